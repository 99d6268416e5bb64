"""Mesh: the whole, composed of the parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from .args import MeshArgs
from .base import Base
from .certificate_authority import CertificateAuthority
from .cni import Cni
from .component import PODS_NEED, Dependencies, MeshComponent, Waits, load_settings, once_made
from .control_plane import ControlPlane
from .declared import judge_plan
from .gateway import Gateway
from .injection import SidecarInjection
from .manifests import mesh, peer_authentication, sidecar_scope
from .manifests.observability import kiali, kiali_scope
from .namespace import MeshNamespace
from .observability.addons import declare_addons
from .outputs import MeshOutputs
from .revision_tag import RevisionTag
from .settings import MeshSettings
from .ztunnel import Ztunnel


class Mesh(MeshComponent):
    """An Istio service mesh: Base, CertificateAuthority, SidecarInjection, ControlPlane, Cni, Ztunnel, RevisionTags,
    Gateways and MeshNamespaces, those parts of which `components` says that they are here; and its addons: Prometheus,
    Grafana, Jaeger and Kiali.

    The whole plan is made and judged before the first child is registered. Custom resources wait for what admits them:
    CRDs, then istiod, then a webhook whose caBundle is filled in.

    :param args: see :class:`~mesh_components.args.MeshArgs`; keys have Istio's spelling and Istio's defaults
    :param opts: `provider`, `protect` and the rest pass on to all children; `protect` here wins over the setting
    :raises pulumi.RunError: for settings that are not valid, or a plan that cannot work, with nothing registered
    """

    settings: MeshSettings
    """The validated settings, profile included."""
    base: Base | None
    certificate_authority: CertificateAuthority
    injection: SidecarInjection | None
    control_plane: ControlPlane | None
    cni: Cni | None
    ztunnel: Ztunnel | None
    tags: Mapping[str, RevisionTag]
    """Revision tags by name."""
    gateways: Mapping[str, Gateway]
    """Gateways by ``namespace/name``."""
    namespaces: Mapping[str, MeshNamespace]
    """Namespaces by name."""
    addons: Mapping[str, MeshComponent]
    """Addons by the names that they have in the settings."""

    def __init__(self, name: str, args: MeshArgs | MeshSettings, opts: pulumi.ResourceOptions | None = None) -> None:
        settings = self.settings = load_settings(args)
        keys = kiali.secret(settings, settings.addons.kiali, "")
        judge_plan([*mesh.objects(settings), *keys], settings, name)
        super().__init__(name, pulumi.ResourceOptions.merge(pulumi.ResourceOptions(protect=settings.protect), opts))

        def child(*after: pulumi.Resource) -> pulumi.ResourceOptions:
            return pulumi.ResourceOptions(parent=self, depends_on=[*self._wait_for, *after])

        parts = settings.components
        # The state is written often, so what is large comes into it late (`once_made`): the injector's templates after
        # the rest that istiod needs, the CRDs after istiod, beside the gateways' start.
        small: list[pulumi.Resource] = []
        before_definitions: list[pulumi.Resource] = []
        held_back: Waits = {"CustomResourceDefinition": [once_made(before_definitions)]}
        self.base = Base(name, settings, child(), waits=held_back) if parts.base.enabled else None
        base = [self.base] if self.base else []
        shared = self.base.shared if self.base else []
        definitions = self.base.definitions if self.base else []
        self.certificate_authority = CertificateAuthority(name, settings, child(*shared))
        self.injection = self.control_plane = None
        if parts.pilot.enabled:
            self.injection = SidecarInjection(name, settings, child(*shared), waits={"ConfigMap": [once_made(small)]})
            self.control_plane = ControlPlane(
                name,
                settings,
                child(*shared),
                waits=control_plane_waits(
                    settings, [self.certificate_authority, *self.injection.config_map], definitions
                ),
            )
            small += [one for key, one in self.control_plane.objects.items() if key.partition("/")[0] in PODS_NEED]
        before_definitions += [
            *small,
            self.certificate_authority,
            *self.certificate_authority.objects.values(),
            *(self.injection.config_map if self.injection else []),
        ]
        if self.control_plane and settings.global_.configValidation:
            before_definitions += self.control_plane.workload
        istiod = [self.control_plane] if self.control_plane else []
        workload = self.control_plane.workload if self.control_plane else []
        self.tags = {
            tag.name: RevisionTag(f"{name}:{tag.name}", (settings, tag), child(*base)) for tag in settings.revisionTags
        }
        # Istio's own objects need an istiod that validates; a gateway needs one that runs, and its namespace.
        policies = [*peer_authentication.objects(settings), *sidecar_scope.objects(settings)]
        self.declare(policies, after=[*base, *istiod])
        injectors = [*([self.injection] if self.injection else []), *self.tags.values()]
        self.namespaces = {
            namespace.name: MeshNamespace(
                f"{name}:{namespace.name}", (settings, namespace), child(*base, *istiod, *injectors)
            )
            for namespace in settings.namespaces
        }
        self.cni = self.ztunnel = None
        # Istio's order on an upgrade: istiod, the CNI plugin, ztunnel.
        if parts.cni.enabled:
            here = declared_here(self.namespaces, settings.cni_namespace)
            self.cni = Cni(name, settings, child(*shared, *here), waits={"DaemonSet": workload})
        nodes = [self.cni] if self.cni else []
        if parts.ztunnel.enabled:
            here = declared_here(self.namespaces, settings.ztunnel_namespace)
            self.ztunnel = Ztunnel(name, settings, child(*shared, *here), waits={"DaemonSet": [*workload, *nodes]})
        self.gateways = {
            key: Gateway(
                f"{name}:{key}",
                (settings, gateway),
                child(*shared, *declared_here(self.namespaces, namespace)),
                waits={
                    # Before the webhook works, a pod to be injected is refused for its image; before the CNI plugin is
                    # there, its traffic is not redirected.
                    "Deployment": [*workload, *([*injectors, *nodes] if gateway.injectionTemplate else [])]
                },
            )
            for gateway in settings.all_gateways
            for namespace in [settings.gateway_namespace(gateway)]
            for key in [f"{namespace}/{gateway.name}"]
        }
        watched = [
            one
            for place in kiali_scope.accessible(settings, settings.addons.kiali)
            for one in declared_here(self.namespaces, place)
        ]
        self.addons = declare_addons(
            name,
            settings,
            lambda namespace: child(*shared, *declared_here(self.namespaces, namespace)),
            before_kiali={"Deployment": [*workload, *definitions], "Role": watched, "RoleBinding": watched},
            before_telemetry={"Telemetry": [*base, *istiod]},
        )
        self.register_outputs(self.outputs())

    def outputs(self) -> dict[str, Any]:
        """Return what other stacks read, by the names in :data:`mesh_components.outputs.NAMES`."""
        settings, known = self.settings, pulumi.Output.from_input
        return MeshOutputs(
            version=known(settings.version),
            revision=known(settings.revision),
            revision_tags=known(
                {tag.name: settings.tagged(tag).revision or "default" for tag in settings.revisionTags}
            ),
            istio_namespace=known(settings.istio_namespace),
            trust_domain=known(settings.meshConfig.get("trustDomain", "cluster.local")),
            root_cert=self.certificate_authority.root_cert,
            ca_expiry=self.certificate_authority.ca_expiry,
            gateways=pulumi.Output.all(**{key: gateway.address for key, gateway in self.gateways.items()}),
            namespaces=known(sorted(self.namespaces)),
        ).exports()


def control_plane_waits(settings: MeshSettings, before_istiod: Dependencies, definitions: Dependencies) -> Waits:
    """Return what objects of the control plane wait for.

    istiod starts without the CRDs, and sees them come (its informers wait for them). But what depends on the
    control plane is mostly of their kinds; so its last part, the webhook that admits those, waits for them.
    """
    if settings.global_.configValidation:
        return {"Deployment": before_istiod, "ValidatingWebhookConfiguration": definitions}
    return {"Deployment": [*before_istiod, *definitions]}


def declared_here(namespaces: Mapping[str, MeshNamespace], name: str) -> list[MeshNamespace]:
    """Return the namespace as a dependency, if it is one that the mesh declares."""
    return [namespaces[name]] if name in namespaces else []
