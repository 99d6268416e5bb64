"""MeshNamespace: a namespace and its part in the mesh."""

from __future__ import annotations

import pulumi

from .args import MeshNamespaceArgs
from .component import MeshComponent, check_keys, load_settings
from .manifests import namespace
from .settings import MeshSettings, NamespaceSettings


class MeshNamespace(MeshComponent):
    """A Namespace with its injection label, and a PeerAuthentication where it sets its own mutual TLS mode.

    It has to depend on the control plane and on sidecar injection: the PeerAuthentication is validated by istiod, and a
    pod created before the injector is reachable is refused.

    :param args: see :class:`~mesh_components.args.MeshNamespaceArgs`
    :raises pulumi.RunError: for settings that are not valid, before anything is registered
    """

    def __init__(
        self,
        name: str,
        args: MeshNamespaceArgs | tuple[MeshSettings, NamespaceSettings],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        settings, one = args if isinstance(args, tuple) else load_namespace(args)
        objects = namespace.objects(settings, one)
        super().__init__(name, opts)
        self.declare(objects)
        self.register_outputs({})


def load_namespace(args: MeshNamespaceArgs) -> tuple[MeshSettings, NamespaceSettings]:
    """Return the mesh-wide settings and those of the namespace.

    :raises pulumi.RunError: for settings that are not valid
    """
    check_keys(args, MeshNamespaceArgs)
    settings = load_settings({**args.get("mesh", {}), "namespaces": [args["namespace"]]})
    return settings, settings.namespaces[0]
