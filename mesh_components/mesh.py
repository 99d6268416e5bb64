"""Mesh: the whole, composed of the parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from .args import MeshArgs
from .base import Base
from .certificate_authority import CertificateAuthority
from .component import MeshComponent, load_settings
from .control_plane import ControlPlane
from .declared import judge_plan
from .gateway import Gateway
from .injection import SidecarInjection
from .manifests import mesh, peer_authentication
from .namespace import MeshNamespace
from .settings import MeshSettings


class Mesh(MeshComponent):
    """An Istio service mesh: Base, CertificateAuthority, SidecarInjection, ControlPlane, Gateways and MeshNamespaces.

    The whole plan is made and judged before the first child is registered. Custom resources wait for what admits them:
    CRDs, then istiod, then a webhook whose caBundle is filled in.

    :param args: see :class:`~mesh_components.args.MeshArgs`; keys have Istio's spelling and Istio's defaults
    :param opts: `provider`, `protect` and the rest pass on to all children; `protect` here wins over the setting
    :raises pulumi.RunError: for settings that are not valid, or a plan that cannot work, with nothing registered
    """

    settings: MeshSettings
    """The validated settings, profile included."""
    base: Base
    certificate_authority: CertificateAuthority
    injection: SidecarInjection
    control_plane: ControlPlane
    gateways: Mapping[str, Gateway]
    """Gateways by ``namespace/name``."""
    namespaces: Mapping[str, MeshNamespace]
    """Namespaces by name."""

    def __init__(self, name: str, args: MeshArgs | MeshSettings, opts: pulumi.ResourceOptions | None = None) -> None:
        settings = self.settings = load_settings(args)
        judge_plan(mesh.objects(settings), settings, name)
        super().__init__(name, pulumi.ResourceOptions.merge(pulumi.ResourceOptions(protect=settings.protect), opts))

        def child(*after: pulumi.Resource) -> pulumi.ResourceOptions:
            return pulumi.ResourceOptions(parent=self, depends_on=[*self._wait_for, *after])

        self.base = Base(name, settings, child())
        self.certificate_authority = CertificateAuthority(name, settings, child(self.base))
        self.injection = SidecarInjection(name, settings, child(self.base))
        self.control_plane = ControlPlane(
            name, settings, child(self.base, self.certificate_authority, *self.injection.config_map)
        )
        # Istio's own objects need an istiod that validates; a gateway needs one that runs, and its namespace.
        self.declare(peer_authentication.objects(settings), after=[self.control_plane])
        self.namespaces = {
            namespace.name: MeshNamespace(
                f"{name}:{namespace.name}", (settings, namespace), child(self.control_plane, self.injection)
            )
            for namespace in settings.namespaces
        }
        self.gateways = {
            key: Gateway(
                f"{name}:{key}",
                (settings, gateway),
                child(self.base, *self.control_plane.workload, *declared_here(self.namespaces, namespace)),
            )
            for gateway in settings.all_gateways
            for namespace in [settings.gateway_namespace(gateway)]
            for key in [f"{namespace}/{gateway.name}"]
        }
        self.register_outputs(self.outputs())

    def outputs(self) -> dict[str, Any]:
        """Return what other stacks read through a StackReference."""
        return {
            "version": self.settings.version,
            "revision": self.settings.revision,
            "istioNamespace": self.settings.istio_namespace,
            "trustDomain": self.settings.meshConfig.get("trustDomain", "cluster.local"),
            "rootCert": self.certificate_authority.root_cert,
            "gateways": {key: gateway.address for key, gateway in self.gateways.items()},
            "namespaces": sorted(self.namespaces),
        }


def declared_here(namespaces: Mapping[str, MeshNamespace], name: str) -> list[MeshNamespace]:
    """Return the namespace as a dependency, if it is one that the mesh declares."""
    return [namespaces[name]] if name in namespaces else []
