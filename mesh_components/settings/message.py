"""Parts of Istio's objects inside settings: passed on as they are, held against the schema of the mesh's own Istio.

A setting that is such a part says which one it is, and `mesh_components.arguments` checks it where it stands in what
the user wrote: its fields with the nearest right spelling, and the rules that Istio's schemas have.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from .kubernetes import Object

NETWORKING = "networking.istio.io/v1"
SECURITY = "security.istio.io/v1"
GATEWAY_API = "gateway.networking.k8s.io/v1"


@dataclass(frozen=True)
class Message:
    """Which part of which kind of object a setting is."""

    api_version: str
    """The object's."""
    kind: str
    """The object's."""
    path: str
    """Where below ``spec``, such as ``http[].match[]``; ``[]`` are the items of a list."""


def _virtual_service(path: str) -> Message:
    return Message(NETWORKING, "VirtualService", path)


def _destination_rule(path: str) -> Message:
    return Message(NETWORKING, "DestinationRule", path)


HttpMatch = Annotated[Object, _virtual_service("http[].match[]")]
"""HTTPMatchRequest: `uri`, `method`, `headers`, `queryParams`, `sourceLabels`, `gateways` …, all of which must hold."""
HttpDestination = Annotated[Object, _virtual_service("http[].route[]")]
"""HTTPRouteDestination: `destination`, `weight`, `headers`."""
HttpRedirect = Annotated[Object, _virtual_service("http[].redirect")]
"""HTTPRedirect: `uri`, `authority`, `scheme`, `redirectCode` …"""
HttpDirectResponse = Annotated[Object, _virtual_service("http[].directResponse")]
"""HTTPDirectResponse: `status`, `body`."""
HttpDelegate = Annotated[Object, _virtual_service("http[].delegate")]
"""Delegate: `name`, `namespace` of another VirtualService."""
HttpRewrite = Annotated[Object, _virtual_service("http[].rewrite")]
"""HTTPRewrite: `uri`, `authority`, `uriRegexRewrite`."""
HttpHeaders = Annotated[Object, _virtual_service("http[].headers")]
"""Headers: `request` and `response`, each with `set`, `add`, `remove`."""
CorsPolicy = Annotated[Object, _virtual_service("http[].corsPolicy")]
"""CorsPolicy: `allowOrigins`, `allowMethods`, `maxAge` …"""
Retries = Annotated[Object, _virtual_service("http[].retries")]
"""HTTPRetry: `attempts`, `perTryTimeout`, `retryOn` …"""
Timeout = Annotated[str, _virtual_service("http[].timeout")]
"""A duration, such as ``2s``."""
Delay = Annotated[str, _virtual_service("http[].fault.delay.fixedDelay")]
"""A duration, such as ``5s``."""
TcpMatch = Annotated[Object, _virtual_service("tcp[].match[]")]
"""L4MatchAttributes: `port`, `destinationSubnets`, `sourceLabels`, `gateways` …"""
TlsMatch = Annotated[Object, _virtual_service("tls[].match[]")]
"""TLSMatchAttributes: `sniHosts`, `port`, `gateways` …"""
L4Destination = Annotated[Object, _virtual_service("tcp[].route[]")]
"""RouteDestination: `destination`, `weight`."""

TrafficPolicy = Annotated[Object, _destination_rule("trafficPolicy")]
"""TrafficPolicy, whole: `tls`, `portLevelSettings`, `tunnel` …"""
ConnectionPool = Annotated[Object, _destination_rule("trafficPolicy.connectionPool")]
"""ConnectionPoolSettings: `tcp` with `maxConnections` …, `http` with `http1MaxPendingRequests` …"""
OutlierDetection = Annotated[Object, _destination_rule("trafficPolicy.outlierDetection")]
"""OutlierDetection: `consecutive5xxErrors`, `interval`, `baseEjectionTime`, `maxEjectionPercent` …"""
LoadBalancer = Annotated[Object, _destination_rule("trafficPolicy.loadBalancer")]
"""LoadBalancerSettings: `simple` or `consistentHash`, `localityLbSetting`, `warmup` …"""
SimpleLoadBalancer = Annotated[str, _destination_rule("trafficPolicy.loadBalancer.simple")]
"""``LEAST_REQUEST``, ``ROUND_ROBIN``, ``RANDOM`` or ``PASSTHROUGH``."""
ConsistentHash = Annotated[Object, _destination_rule("trafficPolicy.loadBalancer.consistentHash")]
"""ConsistentHashLB: `httpHeaderName`, `httpCookie`, `useSourceIp` or `httpQueryParameterName` …"""
LocalitySetting = Annotated[Object, _destination_rule("trafficPolicy.loadBalancer.localityLbSetting")]
"""LocalityLoadBalancerSetting: `distribute`, `failover`, `failoverPriority`, `enabled`."""
Warmup = Annotated[Object, _destination_rule("trafficPolicy.loadBalancer.warmup")]
"""WarmupConfiguration: `duration`, `minimumPercent`, `aggression`."""
ClientTls = Annotated[Object, _destination_rule("trafficPolicy.tls")]
"""ClientTLSSettings: `mode`, `sni`, `caCertificates`, `credentialName` …"""

ServerTls = Annotated[Object, Message(NETWORKING, "Gateway", "servers[].tls")]
"""ServerTLSSettings: `mode`, `credentialName`, `minProtocolVersion`, `cipherSuites` …"""
ServicePort = Annotated[Object, Message(NETWORKING, "ServiceEntry", "ports[]")]
"""ServicePort: `number`, `name`, `protocol`, `targetPort`."""
WorkloadEndpoint = Annotated[Object, Message(NETWORKING, "ServiceEntry", "endpoints[]")]
"""WorkloadEntry: `address`, `ports`, `locality`, `weight` …"""
EgressListener = Annotated[Object, Message(NETWORKING, "Sidecar", "egress[]")]
"""IstioEgressListener: `hosts`, `port`, `bind`, `captureMode`."""
IngressListener = Annotated[Object, Message(NETWORKING, "Sidecar", "ingress[]")]
"""IstioIngressListener: `port`, `defaultEndpoint`, `tls`, `connectionPool` …"""
OutboundPolicy = Annotated[Object, Message(NETWORKING, "Sidecar", "outboundTrafficPolicy")]
"""OutboundTrafficPolicy: `mode` ``REGISTRY_ONLY`` or ``ALLOW_ANY``, `egressProxy`."""

TargetRef = Annotated[Object, Message(SECURITY, "AuthorizationPolicy", "targetRefs[]")]
"""PolicyTargetReference: `group`, `kind`, `name` of a Gateway, Service or ServiceEntry."""
From = Annotated[Object, Message(SECURITY, "AuthorizationPolicy", "rules[].from[]")]
"""Rule.From: `source` with `principals`, `namespaces`, `ipBlocks`, `requestPrincipals`, and each as `not…`."""
To = Annotated[Object, Message(SECURITY, "AuthorizationPolicy", "rules[].to[]")]
"""Rule.To: `operation` with `methods`, `paths`, `ports`, `hosts`, and each as `not…`."""
When = Annotated[Object, Message(SECURITY, "AuthorizationPolicy", "rules[].when[]")]
"""Condition: `key`, `values`, `notValues`."""
JwtRule = Annotated[Object, Message(SECURITY, "RequestAuthentication", "jwtRules[]")]
"""JWTRule: `issuer`, `audiences`, `jwksUri` or `jwks`, `fromHeaders`, `forwardOriginalToken` …"""

Listener = Annotated[Object, Message(GATEWAY_API, "Gateway", "listeners[]")]
"""Listener: `name`, `port`, `protocol`, `hostname`, `tls`, `allowedRoutes`."""
GatewayAddress = Annotated[Object, Message(GATEWAY_API, "Gateway", "addresses[]")]
"""An address that the gateway asks for: `type`, `value`."""
Infrastructure = Annotated[Object, Message(GATEWAY_API, "Gateway", "infrastructure")]
"""Labels and annotations of what is made for the gateway; `parametersRef`."""
ParentRef = Annotated[Object, Message(GATEWAY_API, "HTTPRoute", "parentRefs[]")]
"""ParentReference: `group`, `kind`, `namespace`, `name`, `sectionName`, `port` of a Gateway, or of a Service."""
HttpRouteRule = Annotated[Object, Message(GATEWAY_API, "HTTPRoute", "rules[]")]
"""HTTPRouteRule: `matches`, `filters`, `backendRefs`, `timeouts` …"""
HttpRouteMatch = Annotated[Object, Message(GATEWAY_API, "HTTPRoute", "rules[].matches[]")]
"""HTTPRouteMatch: `path`, `headers`, `queryParams`, `method`."""
HttpRouteFilter = Annotated[Object, Message(GATEWAY_API, "HTTPRoute", "rules[].filters[]")]
"""HTTPRouteFilter: `type` and what belongs to it, such as `requestHeaderModifier`, `requestMirror`, `urlRewrite`."""
HttpRouteTimeouts = Annotated[Object, Message(GATEWAY_API, "HTTPRoute", "rules[].timeouts")]
"""HTTPRouteTimeouts: `request`, `backendRequest`."""
GrpcRouteRule = Annotated[Object, Message(GATEWAY_API, "GRPCRoute", "rules[]")]
"""GRPCRouteRule: `matches`, `filters`, `backendRefs`."""
GrpcRouteMatch = Annotated[Object, Message(GATEWAY_API, "GRPCRoute", "rules[].matches[]")]
"""GRPCRouteMatch: `method` with `service` and `method`, `headers`."""
GrpcRouteFilter = Annotated[Object, Message(GATEWAY_API, "GRPCRoute", "rules[].filters[]")]
"""GRPCRouteFilter: `type` and what belongs to it."""

OUTDATED = {
    "consecutiveErrors": "istiod ignores it; write consecutive5xxErrors",
    "warmupDurationSecs": "it is deprecated; write warmup with duration",
    "mirrorPercent": "it is deprecated; write mirrorPercentage with value",
    "mirror_percent": "it is deprecated; write mirrorPercentage with value",
}
"""Fields that Istio's schemas still have and that nobody should write, with what to do instead."""

OUTDATED_VALUES = {"LEAST_CONN": "it is deprecated; write LEAST_REQUEST"}
"""Values of that sort."""
