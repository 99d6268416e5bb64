"""The components for programs in any Pulumi language: a component provider, started by the Pulumi engine."""

import sys
from importlib.metadata import version
from typing import Any

import pulumi
from pulumi.provider import main
from pulumi.provider.experimental.component import ComponentProvider

import mesh_components
from mesh_components import (
    AuthorizationPolicyArgs,
    CertificateAuthorityArgs,
    CircuitBreakerArgs,
    ControlPlaneArgs,
    DefaultDenyArgs,
    ExternalServiceArgs,
    FaultInjectionArgs,
    GatewayArgs,
    GrafanaArgs,
    IngressHostArgs,
    JaegerArgs,
    K8sGatewayArgs,
    K8sGRPCRouteArgs,
    K8sHTTPRouteArgs,
    KialiArgs,
    LoadBalancingArgs,
    MeshArgs,
    MeshNamespaceArgs,
    MirroringArgs,
    PeerAuthenticationArgs,
    PrometheusArgs,
    RequestAuthenticationArgs,
    RequestRoutingArgs,
    RequestTimeoutsArgs,
    RevisionTagArgs,
    ServiceTrafficArgs,
    SidecarScopeArgs,
    TcpTrafficShiftingArgs,
    TelemetryArgs,
    TrafficShiftingArgs,
)
from mesh_components.component import PACKAGE

Options = pulumi.ResourceOptions | None


class Described(pulumi.ComponentResource):
    """What schema inference reads of a component: its arguments from `__init__`, its outputs from the annotations.

    It takes annotations as they stand (so no `from __future__ import annotations` here), and cannot follow those of the
    components themselves. Making one of these makes the component of that name.
    """

    makes = None
    """The component. Not annotated: it is no output."""

    def __new__(cls, name: str, args: Any, opts: Options = None) -> Any:
        """Return the component."""
        return cls.makes(name, args, opts)


class Base(Described):
    """Istio's CRDs, the control plane's Namespace, and the reader account that all revisions share."""

    makes = mesh_components.Base

    def __init__(self, name: str, args: ControlPlaneArgs, opts: Options = None) -> None: ...


class CertificateAuthority(Described):
    """The mesh's CA as the Secret `cacerts`, from which istiod signs workload certificates."""

    root_cert: pulumi.Output[str] | None
    """PEM of the root; not set where istiod makes its own."""
    ca_expiry: pulumi.Output[str] | None
    """When the first certificate from the intermediate to the root ends, in UTC (RFC 3339)."""

    makes = mesh_components.CertificateAuthority

    def __init__(self, name: str, args: CertificateAuthorityArgs, opts: Options = None) -> None: ...


class ControlPlane(Described):
    """istiod: RBAC, mesh config, Deployment, Service, autoscaler, disruption budget, validating webhook."""

    makes = mesh_components.ControlPlane

    def __init__(self, name: str, args: ControlPlaneArgs, opts: Options = None) -> None: ...


class SidecarInjection(Described):
    """The injector's ConfigMap and the mutating webhook."""

    makes = mesh_components.SidecarInjection

    def __init__(self, name: str, args: ControlPlaneArgs, opts: Options = None) -> None: ...


class Cni(Described):
    """Istio's CNI plugin on every node, which captures pods' traffic without rights of their own."""

    makes = mesh_components.Cni

    def __init__(self, name: str, args: ControlPlaneArgs, opts: Options = None) -> None: ...


class Ztunnel(Described):
    """Ambient mode's proxy on every node."""

    makes = mesh_components.Ztunnel

    def __init__(self, name: str, args: ControlPlaneArgs, opts: Options = None) -> None: ...


class RevisionTag(Described):
    """A name for a revision that can be given to another one."""

    makes = mesh_components.RevisionTag

    def __init__(self, name: str, args: RevisionTagArgs, opts: Options = None) -> None: ...


class Gateway(Described):
    """An ingress or egress gateway: Deployment, Service, autoscaler, disruption budget, account and its rights."""

    address: pulumi.Output[str] | None
    """IP address or host name of the Service's load balancer; not set for the other types of Service."""

    makes = mesh_components.Gateway

    def __init__(self, name: str, args: GatewayArgs, opts: Options = None) -> None: ...


class MeshNamespace(Described):
    """A Namespace with its injection label, and a PeerAuthentication where it sets its own mutual TLS mode."""

    makes = mesh_components.MeshNamespace

    def __init__(self, name: str, args: MeshNamespaceArgs, opts: Options = None) -> None: ...


class ServiceTraffic(Described):
    """Everything that is to be said of one service's traffic: its one VirtualService and its one DestinationRule."""

    makes = mesh_components.ServiceTraffic

    def __init__(self, name: str, args: ServiceTrafficArgs, opts: Options = None) -> None: ...


class RequestRouting(Described):
    """Requests told apart by header, URI, method, query, source or gateway: where they go, what happens on the way."""

    makes = mesh_components.RequestRouting

    def __init__(self, name: str, args: RequestRoutingArgs, opts: Options = None) -> None: ...


class TrafficShifting(Described):
    """HTTP requests shared out among the versions of a service, by weight."""

    makes = mesh_components.TrafficShifting

    def __init__(self, name: str, args: TrafficShiftingArgs, opts: Options = None) -> None: ...


class TcpTrafficShifting(Described):
    """Connections that are no HTTP, shared out among the versions of a service, by weight."""

    makes = mesh_components.TcpTrafficShifting

    def __init__(self, name: str, args: TcpTrafficShiftingArgs, opts: Options = None) -> None: ...


class Mirroring(Described):
    """Copies of requests to another version or service, whose answers are thrown away."""

    makes = mesh_components.Mirroring

    def __init__(self, name: str, args: MirroringArgs, opts: Options = None) -> None: ...


class FaultInjection(Described):
    """Delays and errors that proxies make for callers of a service."""

    makes = mesh_components.FaultInjection

    def __init__(self, name: str, args: FaultInjectionArgs, opts: Options = None) -> None: ...


class RequestTimeouts(Described):
    """How long callers of a service wait for an answer, and how often they try."""

    makes = mesh_components.RequestTimeouts

    def __init__(self, name: str, args: RequestTimeoutsArgs, opts: Options = None) -> None: ...


class CircuitBreaker(Described):
    """Limits under which a service is left alone: too many requests at once, or a pod that fails."""

    makes = mesh_components.CircuitBreaker

    def __init__(self, name: str, args: CircuitBreakerArgs, opts: Options = None) -> None: ...


class LoadBalancing(Described):
    """Which pod of a service gets a request: by load, hash or place."""

    makes = mesh_components.LoadBalancing

    def __init__(self, name: str, args: LoadBalancingArgs, opts: Options = None) -> None: ...


class IngressHost(Described):
    """A host that clients outside reach through an ingress gateway: Gateway, VirtualService, Secret."""

    makes = mesh_components.IngressHost

    def __init__(self, name: str, args: IngressHostArgs, opts: Options = None) -> None: ...


class ExternalService(Described):
    """Hosts outside the mesh, reached from sidecars or through an egress gateway, with TLS by the app or by a proxy."""

    makes = mesh_components.ExternalService

    def __init__(self, name: str, args: ExternalServiceArgs, opts: Options = None) -> None: ...


class SidecarScope(Described):
    """What sidecars know of the mesh: less memory for them, less to send for istiod."""

    makes = mesh_components.SidecarScope

    def __init__(self, name: str, args: SidecarScopeArgs, opts: Options = None) -> None: ...


class K8sGateway(Described):
    """The Gateway API's Gateway, for which istiod makes the proxy, and the Secrets that it shows."""

    makes = mesh_components.K8sGateway

    def __init__(self, name: str, args: K8sGatewayArgs, opts: Options = None) -> None: ...


class K8sHTTPRoute(Described):
    """The Gateway API's HTTPRoute, for a Gateway or for a Service inside the mesh."""

    makes = mesh_components.K8sHTTPRoute

    def __init__(self, name: str, args: K8sHTTPRouteArgs, opts: Options = None) -> None: ...


class K8sGRPCRoute(Described):
    """The Gateway API's GRPCRoute, for a Gateway or for a Service inside the mesh."""

    makes = mesh_components.K8sGRPCRoute

    def __init__(self, name: str, args: K8sGRPCRouteArgs, opts: Options = None) -> None: ...


class PeerAuthentication(Described):
    """Mutual TLS that workloads ask for: of the mesh, a namespace, a workload, or one of its ports."""

    makes = mesh_components.PeerAuthentication

    def __init__(self, name: str, args: PeerAuthenticationArgs, opts: Options = None) -> None: ...


class AuthorizationPolicy(Described):
    """Who may do what with workloads: allowed, denied, noted, or left to somebody else to decide."""

    makes = mesh_components.AuthorizationPolicy

    def __init__(self, name: str, args: AuthorizationPolicyArgs, opts: Options = None) -> None: ...


class DefaultDeny(Described):
    """Nothing is allowed in a namespace, or the mesh, but what is allowed by name."""

    makes = mesh_components.DefaultDeny

    def __init__(self, name: str, args: DefaultDenyArgs, opts: Options = None) -> None: ...


class RequestAuthentication(Described):
    """Tokens (JWT) that requests may carry or have to: whose are taken, and what becomes of the others."""

    makes = mesh_components.RequestAuthentication

    def __init__(self, name: str, args: RequestAuthenticationArgs, opts: Options = None) -> None: ...


class Telemetry(Described):
    """What proxies tell of requests: traces, metrics and access logs."""

    makes = mesh_components.Telemetry

    def __init__(self, name: str, args: TelemetryArgs, opts: Options = None) -> None: ...


class Prometheus(Described):
    """Prometheus with Istio's scrape jobs."""

    url: pulumi.Output[str]
    """Where programs in the cluster read metrics."""

    makes = mesh_components.Prometheus

    def __init__(self, name: str, args: PrometheusArgs, opts: Options = None) -> None: ...


class Grafana(Described):
    """Grafana with dashboards of the mesh, its services and workloads, and the control plane."""

    url: pulumi.Output[str]
    """Where programs in the cluster find it."""

    makes = mesh_components.Grafana

    def __init__(self, name: str, args: GrafanaArgs, opts: Options = None) -> None: ...


class Jaeger(Described):
    """Jaeger in one pod: where proxies send traces, and where people look at them."""

    url: pulumi.Output[str]
    """Where programs in the cluster read traces."""

    makes = mesh_components.Jaeger

    def __init__(self, name: str, args: JaegerArgs, opts: Options = None) -> None: ...


class Kiali(Described):
    """Kiali, the console of the mesh, or its operator with a Kiali resource."""

    url: pulumi.Output[str]
    """Where the console is for whoever is in the cluster."""
    version: pulumi.Output[str]
    """Version of Kiali."""
    namespace: pulumi.Output[str]
    """Namespace of Kiali."""

    makes = mesh_components.Kiali

    def __init__(self, name: str, args: KialiArgs, opts: Options = None) -> None: ...


class Made:
    """A mesh as inference's provider wants it: its URN, and its outputs as attributes.

    The component's own attributes of those names are its parts.
    """

    def __init__(self, name: str, args: MeshArgs, opts: Options) -> None:
        mesh = mesh_components.Mesh(name, args, opts)
        self.__dict__ |= {"urn": mesh.urn, **mesh.outputs()}


class Mesh(Described):
    """An Istio service mesh: CRDs, CA, istiod, injection, gateways and namespaces."""

    version: pulumi.Output[str]
    """Version of Istio."""
    revision: pulumi.Output[str]
    """Revision of the control plane; empty: none."""
    revisionTags: pulumi.Output[dict[str, str]]
    """Revisions by the tags that mean them; `default` is a control plane without a revision."""
    istioNamespace: pulumi.Output[str]
    """Namespace of the control plane."""
    trustDomain: pulumi.Output[str]
    """Trust domain of the mesh's identities."""
    rootCert: pulumi.Output[str] | None
    """PEM of the root of the mesh's CA; not set where istiod makes its own."""
    caExpiry: pulumi.Output[str] | None
    """When the first certificate of that CA ends, in UTC (RFC 3339)."""
    gateways: pulumi.Output[dict[str, Any]]
    """Addresses of the gateways' load balancers by `namespace/name`; null for the other types of Service."""
    namespaces: pulumi.Output[list[str]]
    """Names of the namespaces that the mesh declares."""

    makes = Made

    def __init__(self, name: str, args: MeshArgs, opts: Options = None) -> None: ...


COMPONENTS = [
    Mesh,
    Base,
    CertificateAuthority,
    ControlPlane,
    SidecarInjection,
    Cni,
    Ztunnel,
    RevisionTag,
    Gateway,
    MeshNamespace,
    ServiceTraffic,
    RequestRouting,
    TrafficShifting,
    TcpTrafficShifting,
    Mirroring,
    FaultInjection,
    RequestTimeouts,
    CircuitBreaker,
    LoadBalancing,
    IngressHost,
    ExternalService,
    SidecarScope,
    K8sGateway,
    K8sHTTPRoute,
    K8sGRPCRoute,
    PeerAuthentication,
    AuthorizationPolicy,
    DefaultDeny,
    RequestAuthentication,
    Telemetry,
    Prometheus,
    Grafana,
    Jaeger,
    Kiali,
]


class Provider(ComponentProvider):
    """Inference's provider, for components that check their arguments themselves."""

    def map_inputs(self, inputs: Any, component_def: Any) -> Any:
        """Return the inputs under the names that the schema has, which are the components' own.

        The inherited mapping says what is missing, but drops what it does not know; the components report that.
        """
        super().map_inputs(inputs, component_def)
        return whole(inputs)


def whole(value: Any) -> Any:
    """Return a value with whole numbers as such: on the wire every number is a float."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: whole(inner) for key, inner in value.items()}
    return [whole(inner) for inner in value] if isinstance(value, list) else value


def released() -> str:
    """Return the package's version as Pulumi spells versions: 1.2.4.dev5+g1234 is 1.2.4-dev.5."""
    number, dev, commits = version("mesh-components").partition("+")[0].partition(".dev")
    padded = ".".join([*number.split("."), "0", "0"][:3])
    return f"{padded}-dev.{commits}" if dev else padded


if __name__ == "__main__":
    main(Provider(COMPONENTS, PACKAGE, version=released()), sys.argv[1:])
