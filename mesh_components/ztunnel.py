"""Ztunnel: the proxy of ambient pods on every node."""

from __future__ import annotations

import pulumi

from .args import ControlPlaneArgs
from .component import MeshComponent, Waits, load_settings
from .manifests import ztunnel
from .settings import MeshSettings


class Ztunnel(MeshComponent):
    """ztunnel: DaemonSet and account, and its rights on OpenShift.

    Ready means that it runs on every node, for which istiod has to sign its certificate. It follows the CNI plugin,
    which hands it the pods.

    :param args: see :class:`~mesh_components.args.ControlPlaneArgs`; `ztunnel` and `components.ztunnel.namespace` count
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
        objects = ztunnel.objects(load_settings(args))
        super().__init__(name, opts, waits)
        self.declare(objects)
        self.register_outputs({})
