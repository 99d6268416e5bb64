"""Cni: Istio's CNI plugin on every node."""

from __future__ import annotations

import pulumi

from .args import ControlPlaneArgs
from .component import MeshComponent, Waits, load_settings
from .manifests import cni
from .settings import MeshSettings


class Cni(MeshComponent):
    """The CNI plugin's agent: DaemonSet, configuration, account and rights.

    Ready means that the agent runs on every node. On an upgrade it follows istiod and goes before ztunnel.

    :param args: see :class:`~mesh_components.args.ControlPlaneArgs`; `cni` and `components.cni.namespace` count
    :param waits: what objects of a kind wait for besides
    :raises pulumi.RunError: for settings that are not valid, before anything is registered
    """

    def __init__(
        self,
        name: str,
        args: ControlPlaneArgs | MeshSettings,
        opts: pulumi.ResourceOptions | None = None,
        *,
        waits: Waits | None = None,
    ) -> None:
        objects = cni.objects(load_settings(args))
        super().__init__(name, opts, waits)
        self.declare(objects)
        self.register_outputs({})
