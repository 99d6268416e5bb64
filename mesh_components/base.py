"""Base: the CRDs and what all revisions of a control plane share."""

from __future__ import annotations

import pulumi

from .args import ControlPlaneArgs
from .component import MeshComponent, load_settings
from .manifests import base
from .settings import MeshSettings


class Base(MeshComponent):
    """Istio's CRDs, the control plane's Namespace, and the reader account that all revisions share.

    The CRDs stay in the cluster when the stack is destroyed: deleting one deletes every object of its kind.

    :param args: see :class:`~mesh_components.args.ControlPlaneArgs`
    :raises pulumi.RunError: for settings that are not valid, before anything is registered
    """

    def __init__(
        self, name: str, args: ControlPlaneArgs | MeshSettings, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        objects = base.objects(load_settings(args))
        super().__init__(name, opts)
        self.declare(objects)
        self.register_outputs({})
