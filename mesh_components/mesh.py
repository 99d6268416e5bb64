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
        judge_plan(mesh.objects(settings))
        super().__init__(name, pulumi.ResourceOptions.merge(pulumi.ResourceOptions(protect=settings.protect), opts))

        def child(*after: pulumi.Resource) -> pulumi.ResourceOptions:
            return pulumi.ResourceOptions(parent=self, depends_on=[*self._wait_for, *after])

        self.base = Base(name, settings, child())
        self.certificate_authority = CertificateAuthority(name, settings, child(self.base))
        self.injection = SidecarInjection(name, settings, child(self.base))
        self.control_plane = ControlPlane(
            name, settings, child(self.base, self.certificate_authority, *self.injection.config_map)
        )
        # A gateway needs an istiod that runs; Istio's own objects need one that validates.
        serving = child(self.base, *self.control_plane.workload)
        validating = child(self.control_plane, self.injection)
        self.declare(peer_authentication.objects(settings), after=[self.control_plane])
        self.gateways = {
            key: Gateway(f"{name}:{key}", (settings, gateway), serving)
            for gateway in settings.all_gateways
            for key in [f"{settings.gateway_namespace(gateway)}/{gateway.name}"]
        }
        self.namespaces = {
            namespace.name: MeshNamespace(f"{name}:{namespace.name}", (settings, namespace), validating)
            for namespace in settings.namespaces
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
