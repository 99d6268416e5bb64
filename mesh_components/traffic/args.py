"""Arguments of the components for traffic, as a program writes them: plain dictionaries in Istio's own spelling.

These types are for editors, type checkers and Pulumi's schema inference. What they may hold is checked by
`mesh_components.settings.traffic`; a test keeps the two equal.
"""

from typing import Any, Required, TypedDict

import pulumi

from mesh_components.args import ControlPlaneArgs


class NotedArgs(TypedDict, total=False):
    """Labels and annotations of every object, and the mesh that they belong to."""

    mesh: ControlPlaneArgs
    """The mesh: version, revision, root namespace and the domain of Services count; unset: one with Istio's
    defaults."""
    labels: dict[str, str]
    """Labels in addition."""
    annotations: dict[str, pulumi.Input[str]]
    """Annotations, such as ``galley.istio.io/analyze-suppress`` for findings that are right as they are."""


class PlacedArgs(NotedArgs, total=False):
    """An object of a namespace."""

    namespace: Required[str]
    """Namespace of the objects."""


class DelayArgs(TypedDict, total=False):
    """Requests that wait before they are sent on."""

    fixedDelay: Required[str]
    """For how long, such as ``5s``."""
    percentage: float
    """How many of the requests, in percent."""


class AbortArgs(TypedDict, total=False):
    """Requests that are answered with an error instead of being sent on."""

    httpStatus: int
    """The HTTP status; 503 where neither this nor ``grpcStatus`` is given."""
    grpcStatus: str
    """The gRPC status by its name, such as ``UNAVAILABLE``; instead of ``httpStatus``."""
    percentage: float
    """How many of the requests, in percent."""


class FaultArgs(TypedDict, total=False):
    """Faults that proxies make, to see how callers take them."""

    delay: DelayArgs
    """Requests that wait."""
    abort: AbortArgs
    """Requests that fail."""


class MirrorArgs(TypedDict, total=False):
    """Where copies of requests go; their answers are thrown away."""

    subset: str
    """Subset of the same service."""
    host: str
    """Another service, by name or host; unset: the same one."""
    port: int
    """Its port; unset: the one port that it has."""
    percentage: float
    """How many of the requests are copied, in percent."""


class HandlingArgs(TypedDict, total=False):
    """What happens to requests on their way."""

    timeout: str
    """How long an answer may take, retries included; ``0s``: any time, as without it."""
    retries: dict[str, Any]
    """Istio's HTTPRetry: `attempts`, `perTryTimeout`, `retryOn` …; unset: Istio's default of two more attempts."""
    fault: FaultArgs
    """Faults that are made for these requests."""
    mirrors: list[MirrorArgs]
    """Where copies of them go."""
    headers: dict[str, Any]
    """Headers that are set, added or removed, of requests and of responses."""
    corsPolicy: dict[str, Any]
    """What browsers let pages of other origins do."""
    rewrite: dict[str, Any]
    """What becomes of path and authority before a request is sent on."""


class RouteArgs(HandlingArgs, total=False):
    """Some of the requests of a service. What it does not say, the service's own settings do."""

    name: str
    """Name of the route, for access logs and statistics."""
    match: list[dict[str, Any]]
    """Which requests, any one of these; none: all that no earlier route takes."""
    weights: dict[str, int]
    """Shares by subset of the service."""
    route: list[dict[str, Any]]
    """Destinations of any kind, as Istio has them; instead of ``weights``."""
    redirect: dict[str, Any]
    """Where clients are sent instead."""
    directResponse: dict[str, Any]
    """What proxies answer by themselves instead."""
    delegate: dict[str, Any]
    """The VirtualService that decides instead."""


class TcpRouteArgs(TypedDict, total=False):
    """Connections of a service that are no HTTP."""

    match: list[dict[str, Any]]
    """Which connections, any one of these; none: all."""
    weights: dict[str, int]
    """Shares by subset of the service."""
    route: list[dict[str, Any]]
    """Destinations of any kind, as Istio has them; instead of ``weights``."""


class TlsRouteArgs(TypedDict, total=False):
    """Connections with TLS that nobody ends on the way, told apart by the name that the client asks for (SNI)."""

    match: Required[list[dict[str, Any]]]
    """Which connections, any one of these; each has `sniHosts`."""
    weights: dict[str, int]
    """Shares by subset of the service."""
    route: list[dict[str, Any]]
    """Destinations of any kind, as Istio has them; instead of ``weights``."""


class SubsetArgs(TypedDict, total=False):
    """Some of a service's pods."""

    labels: dict[str, str]
    """Labels of these pods; unset: ``version`` with the subset's name, as Kiali has it."""
    trafficPolicy: dict[str, Any]
    """Istio's TrafficPolicy for requests to these pods, over the service's."""


class TargetArgs(PlacedArgs, total=False):
    """Whose traffic it is, and who sees the objects."""

    service: str
    """Name of the Service in ``namespace``."""
    host: str
    """Host of another kind, such as a ServiceEntry's; instead of ``service``."""
    name: str
    """Name of the objects; unset: the service's, or the host's, as Kiali has it."""
    port: int
    """The Service's port to which requests go; unset: the one that was asked for."""
    subsets: dict[str, SubsetArgs]
    """Subsets by name. A subset that routes name and that is not listed is the pods with that label ``version``."""
    hosts: list[str]
    """More names by which clients ask, such as those at a gateway."""
    gateways: list[str]
    """Istio's Gateways, ``namespace/name``, at which the routes count; ``mesh`` means sidecars. Empty: those alone."""
    exportTo: list[str]
    """Namespaces that see the objects: ``.`` for their own; empty: the mesh's default, mostly all."""


class ServiceTrafficArgs(TargetArgs, HandlingArgs, total=False):
    """Every concern of one service's traffic. Those of ``Handling`` count for all requests whose route says nothing
    else."""

    routes: list[RouteArgs]
    """HTTP routes; the first that matches counts, and what none matches goes to ``weights``."""
    weights: dict[str, int]
    """Shares of the HTTP requests by subset; unset: all pods alike."""
    tcp: list[TcpRouteArgs]
    """Routes of connections that are no HTTP."""
    tls: list[TlsRouteArgs]
    """Routes of connections with TLS that nobody ends on the way."""
    connectionPool: dict[str, Any]
    """How many connections and requests may be under way at once; more are refused: the circuit breaker."""
    outlierDetection: dict[str, Any]
    """When a pod that fails gets no requests for a while."""
    loadBalancer: dict[str, Any]
    """Which pod gets a request."""
    trafficPolicy: dict[str, Any]
    """What else Istio's TrafficPolicy has: `tls`, `portLevelSettings`, `tunnel` …"""


class RequestRoutingArgs(TargetArgs, total=False):
    """Requests told apart: by header, URI, method, query, source or gateway."""

    routes: Required[list[RouteArgs]]
    """HTTP routes; the first that matches counts, and what none matches goes to ``weights``."""
    weights: dict[str, int]
    """Shares by subset of what no route takes; unset: all pods alike."""


class TrafficShiftingArgs(TargetArgs, total=False):
    """HTTP requests shared out among versions."""

    weights: Required[dict[str, int]]
    """Shares of the requests by subset."""


class TcpTrafficShiftingArgs(TargetArgs, total=False):
    """Connections shared out among versions."""

    weights: Required[dict[str, int]]
    """Shares of the connections by subset."""
    match: list[dict[str, Any]]
    """Which connections, any one of these; none: all."""


class MatchedArgs(TargetArgs, total=False):
    """A concern of some of the requests, or of all."""

    match: list[dict[str, Any]]
    """Which requests, any one of these; none: all."""
    weights: dict[str, int]
    """Shares of the requests by subset; unset: all pods alike."""


class MirroringArgs(MatchedArgs, total=False):
    """Requests copied to another version or service."""

    mirrors: Required[list[MirrorArgs]]
    """Where copies go; their answers are thrown away."""


class FaultInjectionArgs(MatchedArgs, total=False):
    """Faults that proxies make for callers of a service."""

    delay: DelayArgs
    """Requests that wait."""
    abort: AbortArgs
    """Requests that fail."""


class RequestTimeoutsArgs(MatchedArgs, total=False):
    """How long callers wait, and how often they try."""

    timeout: str
    """How long an answer may take, retries included, such as ``2s``."""
    retries: dict[str, Any]
    """Istio's HTTPRetry: `attempts`, `perTryTimeout`, `retryOn` …"""


class CircuitBreakerArgs(TargetArgs, total=False):
    """Limits under which a service is left alone: too many requests at once, or too many failures."""

    connectionPool: dict[str, Any]
    """How many connections and requests may be under way at once; more are refused."""
    outlierDetection: dict[str, Any]
    """When a pod that fails gets no requests for a while."""


class LoadBalancingArgs(TargetArgs, total=False):
    """Which pod gets a request."""

    simple: str
    """``LEAST_REQUEST``, ``ROUND_ROBIN``, ``RANDOM`` or ``PASSTHROUGH``."""
    consistentHash: dict[str, Any]
    """The same pod for the same header, cookie, query parameter or source address; instead of ``simple``."""
    localityLbSetting: dict[str, Any]
    """Which places are preferred. Istio turns it on with ``outlierDetection`` alone."""
    warmup: dict[str, Any]
    """How slowly a new pod gets its full share."""
    outlierDetection: dict[str, Any]
    """When a pod counts as failed, for ``localityLbSetting`` to choose another place."""


class GatewayPodsArgs(TypedDict, total=False):
    """Which gateway it is: its pods."""

    namespace: str
    """Their namespace; unset: the control plane's."""
    selector: dict[str, str]
    """Labels of the pods."""


class HostTlsArgs(TypedDict, total=False):
    """TLS between clients and the gateway."""

    mode: str
    """``SIMPLE``: the gateway shows a certificate; ``MUTUAL``: clients do, too; ``OPTIONAL_MUTUAL``: they may;
    ``PASSTHROUGH``: the service itself does, and the gateway sees nothing."""
    certificate: pulumi.Input[str]
    """Certificate of the host and those that sign it, as PEM: its Secret is declared in the gateway's namespace."""
    privateKey: pulumi.Input[str]
    """Its private key as PEM."""
    caCertificate: pulumi.Input[str]
    """Who signs clients' certificates, as PEM, for the modes in which clients show them."""
    credentialName: str
    """Name of the Secret; without ``certificate``, of one that exists. Unset: the host's name."""
    settings: dict[str, Any]
    """What else Istio's ServerTLSSettings has: `minProtocolVersion`, `cipherSuites` …"""


class IngressHostArgs(PlacedArgs, HandlingArgs, total=False):
    """A host at an ingress gateway: Istio's Gateway, a VirtualService where requests go on, a Secret."""

    hosts: Required[list[str]]
    """Names by which clients ask, such as ``shop.example.com``."""
    name: str
    """Name of the objects; unset: the first host's, with hyphens for its dots."""
    gateway: GatewayPodsArgs
    """The gateway; unset: Istio's ingress gateway."""
    tls: HostTlsArgs
    """TLS; unset: plain HTTP alone."""
    httpPort: int
    """The gateway's port for plain HTTP."""
    httpsPort: int
    """The gateway's port for TLS."""
    httpRedirect: bool
    """With TLS: whether requests without it are sent there; otherwise they are not answered."""
    service: str
    """Service in ``namespace`` that gets what no route takes."""
    port: int
    """The Service's port; unset: the one port that it has."""
    routes: list[RouteArgs]
    """HTTP routes; the first that matches counts."""


class EgressWayArgs(TypedDict, total=False):
    """The egress gateway through which traffic leaves."""

    namespace: str
    """Namespace of its pods and its Service; unset: the control plane's."""
    service: str
    """Its Service."""
    selector: dict[str, str]
    """Labels of its pods."""
    port: int
    """Port of its Service; between sidecars and it everything is under TLS."""


class ExternalServiceArgs(PlacedArgs, total=False):
    """Hosts outside the mesh: Istio's ServiceEntry, and what leads traffic there."""

    hosts: Required[list[str]]
    """Their names, such as ``api.example.com``."""
    name: str
    """Name of the objects; unset: the first host's, with hyphens for its dots."""
    ports: list[dict[str, Any]]
    """Istio's ServicePort; unset: 443 with TLS that the app itself speaks."""
    resolution: str
    """How addresses are found: from DNS, those of ``endpoints``, or the one that the app asked for (``NONE``); unset:
    ``NONE`` for hosts with a star, or else ``DNS``."""
    location: str
    """``MESH_INTERNAL``: workloads of the mesh that no Kubernetes Service has, such as virtual machines."""
    addresses: list[pulumi.Input[str]]
    """Addresses by which apps ask for it; may arrive later."""
    endpoints: list[dict[str, Any]]
    """Istio's WorkloadEntry: where it really is; unset: at ``hosts``."""
    exportTo: list[str]
    """Namespaces that see the objects: ``.`` for their own; empty: the mesh's default, mostly all."""
    originateTls: dict[str, Any]
    """TLS that a proxy makes of what apps send as plain HTTP: Istio's ClientTLSSettings, such as ``mode: SIMPLE``.
    For ports with HTTP, whose `targetPort` is the one with TLS."""
    egressGateway: EgressWayArgs
    """The egress gateway that everything goes through, ``{}`` for Istio's own; unset: straight from the sidecars."""


class SidecarScopeArgs(NotedArgs, total=False):
    """Istio's Sidecar."""

    namespace: str
    """Namespace whose sidecars it is for; unset: all that have no Sidecar of their own (it is in the root
    namespace)."""
    name: str
    """Name of the object."""
    selector: dict[str, str]
    """Labels of the workloads that it is for; empty: all of the namespace."""
    hosts: list[str]
    """Services that these workloads know, as ``namespace/host``; empty: those of their own namespace and of the
    control plane's, ``./*`` and ``istio-system/*``. Not together with ``egress``."""
    egress: list[dict[str, Any]]
    """Istio's egress listeners; instead of ``hosts``."""
    ingress: list[dict[str, Any]]
    """Istio's ingress listeners; unset: the workload's ports."""
    outboundTrafficPolicy: dict[str, Any]
    """What becomes of requests to what they do not know; unset: the mesh's."""
    inboundConnectionPool: dict[str, Any]
    """How many connections and requests these workloads take at once."""


class CertificateArgs(TypedDict, total=False):
    """A certificate and its key, as a Secret."""

    certificate: Required[pulumi.Input[str]]
    """Certificate and those that sign it, as PEM."""
    privateKey: Required[pulumi.Input[str]]
    """Its private key as PEM."""


class K8sGatewayArgs(PlacedArgs, total=False):
    """The Gateway API's Gateway, for which istiod makes the proxy."""

    name: Required[str]
    """Its name; Deployment and Service are called ``<name>-<class>``."""
    gatewayClassName: str
    """Its class: ``istio``, ``istio-waypoint`` …"""
    listeners: Required[list[dict[str, Any]]]
    """What it listens for."""
    addresses: list[dict[str, Any]]
    """Addresses that it asks for."""
    infrastructure: dict[str, Any]
    """Labels and annotations of what istiod makes for it."""
    certificates: dict[str, CertificateArgs]
    """Secrets to declare beside it, by name, for the `certificateRefs` of listeners."""


class K8sRouteArgs(PlacedArgs, total=False):
    """A route of the Gateway API: what all kinds have in common."""

    name: Required[str]
    """Its name."""
    gateway: str
    """The Gateway API's Gateway that it belongs to, ``name`` or ``namespace/name``."""
    service: str
    """The Service of ``namespace`` whose traffic inside the mesh it is for; instead of ``gateway``."""
    parentRefs: list[dict[str, Any]]
    """What it belongs to, as the Gateway API has it; besides ``gateway`` and ``service``."""
    hostnames: list[str]
    """Names by which clients ask; empty: those of the gateway's listeners."""
    backends: dict[str, int]
    """Services that get the requests, with their weights; with ``port``."""
    port: int
    """Port of the Services in ``backends``."""


class K8sHTTPRouteArgs(K8sRouteArgs, total=False):
    """The Gateway API's HTTPRoute."""

    matches: list[dict[str, Any]]
    """Which requests go to ``backends``, any one of these; none: all that no rule takes."""
    filters: list[dict[str, Any]]
    """What happens to these requests: headers, redirect, rewrite, mirror."""
    timeouts: dict[str, Any]
    """How long an answer to them may take."""
    rules: list[dict[str, Any]]
    """More rules, whole, before that one."""


class K8sGRPCRouteArgs(K8sRouteArgs, total=False):
    """The Gateway API's GRPCRoute."""

    matches: list[dict[str, Any]]
    """Which calls go to ``backends``, any one of these; none: all that no rule takes."""
    filters: list[dict[str, Any]]
    """What happens to these calls."""
    rules: list[dict[str, Any]]
    """More rules, whole, before that one."""
