"""One set of arguments for each thing that a component can do: what tests plan, ask oracles about, and apply."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n"
KEY = "-----BEGIN PRIVATE KEY-----\nMA==\n-----END PRIVATE KEY-----\n"
JWKS = json.dumps(
    {
        "keys": [
            {
                **{"kty": "EC", "crv": "P-256", "kid": "a"},
                "x": "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY",
                "y": "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU",
            }
        ]
    }
)
"""A public key: the base point of its curve."""
JASON = {"headers": {"end-user": {"exact": "jason"}}}

CASES: Mapping[str, tuple[str, dict[str, Any]]] = {
    "routes by everything": (
        "RequestRouting",
        {
            "service": "reviews",
            "gateways": ["mesh", "shop/public"],
            "hosts": ["shop.example.com"],
            "weights": {"v1": 100},
            "routes": [
                {"name": "jason", "match": [JASON], "weights": {"v2": 100}},
                {"match": [{"uri": {"prefix": "/old"}}], "redirect": {"uri": "/new", "redirectCode": 301}},
                {"match": [{"uri": {"exact": "/health"}}], "directResponse": {"status": 200, "body": {"string": "ok"}}},
                {
                    "match": [
                        {"method": {"exact": "POST"}, "queryParams": {"debug": {"regex": "^1$"}}},
                        {"sourceLabels": {"app": "tester"}, "sourceNamespace": "test"},
                        {"gateways": ["shop/public"], "port": 8080},
                    ],
                    "weights": {"v2": 50, "v3": 50},
                    "rewrite": {"uri": "/api"},
                    "headers": {"request": {"set": {"x-route": "new"}}, "response": {"remove": ["server"]}},
                    "corsPolicy": {
                        "allowOrigins": [{"exact": "https://example.com"}],
                        "allowMethods": ["GET"],
                        "maxAge": "24h",
                    },
                    "timeout": "0.5s",
                },
                {"match": [{"uri": {"prefix": "/ratings"}}], "route": [{"destination": {"host": "ratings"}}]},
            ],
        },
    ),
    "a delegate": (
        "RequestRouting",
        {
            "service": "reviews",
            "routes": [{"match": [{"uri": {"prefix": "/a"}}], "delegate": {"name": "a", "namespace": "other"}}],
        },
    ),
    "weights": ("TrafficShifting", {"service": "reviews", "weights": {"v1": 90, "v2": 10}}),
    "subsets by other labels": (
        "TrafficShifting",
        {
            "service": "reviews",
            "subsets": {
                "stable": {"labels": {"track": "stable"}},
                "canary": {"trafficPolicy": {"loadBalancer": {"simple": "ROUND_ROBIN"}}},
            },
            "weights": {"stable": 100, "canary": 0},
            "port": 9080,
        },
    ),
    "weights of connections": ("TcpTrafficShifting", {"service": "db", "weights": {"v1": 80, "v2": 20}}),
    "weights of some connections": (
        "TcpTrafficShifting",
        {"service": "db", "weights": {"v1": 100}, "match": [{"port": 5432}]},
    ),
    "a mirror": ("Mirroring", {"service": "reviews", "weights": {"v1": 100}, "mirrors": [{"subset": "v2"}]}),
    "mirrors": (
        "Mirroring",
        {
            "service": "reviews",
            "match": [JASON],
            "mirrors": [{"subset": "v2", "percentage": 0.5}, {"host": "audit.logs.svc.cluster.local", "port": 80}],
        },
    ),
    "a delay": ("FaultInjection", {"service": "ratings", "delay": {"fixedDelay": "5s", "percentage": 10}}),
    "aborts for some": (
        "FaultInjection",
        {"service": "ratings", "match": [JASON], "abort": {"httpStatus": 500}, "weights": {"v1": 100}},
    ),
    "a gRPC abort": (
        "FaultInjection",
        {"service": "ratings", "abort": {"grpcStatus": "UNAVAILABLE", "percentage": 0.1}},
    ),
    "a timeout": ("RequestTimeouts", {"service": "ratings", "timeout": "2s"}),
    "retries": (
        "RequestTimeouts",
        {
            "service": "ratings",
            "timeout": "10s",
            "retries": {"attempts": 3, "perTryTimeout": "2s", "retryOn": "gateway-error,connect-failure"},
        },
    ),
    "a circuit breaker": (
        "CircuitBreaker",
        {
            "service": "ratings",
            "connectionPool": {"tcp": {"maxConnections": 1}, "http": {"http1MaxPendingRequests": 1}},
            "outlierDetection": {"consecutive5xxErrors": 3, "interval": "1s", "baseEjectionTime": "30s"},
        },
    ),
    "load": ("LoadBalancing", {"service": "ratings", "simple": "LEAST_REQUEST", "warmup": {"duration": "30s"}}),
    "a hash": ("LoadBalancing", {"service": "ratings", "consistentHash": {"httpHeaderName": "x-user"}}),
    "places": (
        "LoadBalancing",
        {
            "service": "ratings",
            "localityLbSetting": {"failover": [{"from": "us-east", "to": "us-west"}]},
            "outlierDetection": {"consecutive5xxErrors": 5},
        },
    ),
    "everything of a service": (
        "ServiceTraffic",
        {
            "service": "reviews",
            "weights": {"v1": 75, "v2": 25},
            "routes": [{"match": [JASON], "weights": {"v3": 100}, "fault": {}, "timeout": "1s"}],
            "timeout": "5s",
            "retries": {"attempts": 2},
            "fault": {"delay": {"fixedDelay": "0.1s", "percentage": 1}},
            "mirrors": [{"subset": "v3", "percentage": 5}],
            "headers": {"response": {"add": {"x-mesh": "yes"}}},
            "connectionPool": {"http": {"http2MaxRequests": 100}},
            "outlierDetection": {"consecutiveGatewayErrors": 5},
            "loadBalancer": {"simple": "RANDOM"},
            "trafficPolicy": {"tls": {"mode": "ISTIO_MUTUAL"}},
            "exportTo": ["."],
        },
    ),
    "connections of several sorts": (
        "ServiceTraffic",
        {
            "service": "broker",
            "hosts": ["broker.example.com"],
            "tcp": [{"match": [{"port": 9092}], "weights": {"v1": 100}}],
            "tls": [{"match": [{"port": 9093, "sniHosts": ["broker.example.com"]}], "weights": {"v1": 50, "v2": 50}}],
        },
    ),
    "a host of another kind": (
        "ServiceTraffic",
        {
            "host": "api.example.com",
            "timeout": "3s",
            "trafficPolicy": {"connectionPool": {"tcp": {"maxConnections": 9}}},
        },
    ),
    "a plain host": ("IngressHost", {"hosts": ["shop.example.com"], "service": "cart", "port": 80}),
    "a host with TLS": (
        "IngressHost",
        {
            "hosts": ["shop.example.com", "www.shop.example.com"],
            "service": "cart",
            "routes": [{"match": [{"uri": {"prefix": "/v2"}}], "weights": {"v2": 100}}],
            "timeout": "10s",
            "tls": {
                "certificate": CERTIFICATE,
                "privateKey": KEY,
                "settings": {"minProtocolVersion": "TLSV1_3"},
            },
        },
    ),
    "a host with clients' certificates": (
        "IngressHost",
        {
            "hosts": ["shop.example.com"],
            "service": "cart",
            "httpRedirect": False,
            "gateway": {"namespace": "edge", "selector": {"app": "edge"}},
            "tls": {"mode": "MUTUAL", "certificate": CERTIFICATE, "privateKey": KEY, "caCertificate": CERTIFICATE},
        },
    ),
    "a host that ends TLS itself": (
        "IngressHost",
        {"hosts": ["*.shop.example.com"], "service": "cart", "port": 443, "tls": {"mode": "PASSTHROUGH"}},
    ),
    "a gateway for routes of others": (
        "IngressHost",
        {"hosts": ["shop.example.com"], "name": "public", "tls": {"credentialName": "given"}},
    ),
    "a host outside": ("ExternalService", {"hosts": ["api.example.com"]}),
    "hosts outside with a star": ("ExternalService", {"hosts": ["*.example.com"]}),
    "addresses outside": (
        "ExternalService",
        {
            "hosts": ["db.example.com"],
            "addresses": ["192.0.2.10"],
            "ports": [{"number": 5432, "name": "tcp-db", "protocol": "TCP"}],
            "resolution": "STATIC",
            "endpoints": [{"address": "192.0.2.10"}],
            "exportTo": ["."],
        },
    ),
    "TLS by the proxy": (
        "ExternalService",
        {
            "hosts": ["api.example.com", "other.example.com"],
            "ports": [{"number": 80, "name": "http", "protocol": "HTTP", "targetPort": 443}],
            "originateTls": {"mode": "SIMPLE"},
        },
    ),
    "TLS through the egress gateway": (
        "ExternalService",
        {"hosts": ["api.example.com", "other.example.com"], "egressGateway": {}},
    ),
    "HTTP through the egress gateway": (
        "ExternalService",
        {
            "hosts": ["api.example.com"],
            "ports": [{"number": 80, "name": "http", "protocol": "HTTP", "targetPort": 443}],
            "originateTls": {"mode": "SIMPLE"},
            "egressGateway": {"namespace": "edge", "service": "out", "selector": {"app": "out"}, "port": 8443},
        },
    ),
    "a scope": ("SidecarScope", {}),
    "a scope of some workloads": (
        "SidecarScope",
        {
            "name": "cart",
            "selector": {"app": "cart"},
            "hosts": ["./*", "*/ratings.other.svc.cluster.local"],
            "ingress": [
                {"port": {"number": 8080, "protocol": "HTTP", "name": "http"}, "defaultEndpoint": "127.0.0.1:8080"}
            ],
            "outboundTrafficPolicy": {"mode": "REGISTRY_ONLY"},
        },
    ),
    "a Gateway API gateway": (
        "K8sGateway",
        {
            "name": "edge",
            "listeners": [
                {"name": "http", "port": 80, "protocol": "HTTP", "hostname": "shop.example.com"},
                {
                    "name": "https",
                    "port": 443,
                    "protocol": "HTTPS",
                    "tls": {"mode": "Terminate", "certificateRefs": [{"name": "edge"}]},
                    "allowedRoutes": {"namespaces": {"from": "All"}},
                },
            ],
            "certificates": {"edge": {"certificate": CERTIFICATE, "privateKey": KEY}},
        },
    ),
    "an HTTPRoute": (
        "K8sHTTPRoute",
        {
            "name": "cart",
            "gateway": "edge/public",
            "hostnames": ["shop.example.com"],
            "backends": {"cart-v1": 90, "cart-v2": 10},
            "port": 80,
            "matches": [{"path": {"type": "PathPrefix", "value": "/cart"}, "headers": [{"name": "a", "value": "b"}]}],
            "filters": [
                {"type": "RequestHeaderModifier", "requestHeaderModifier": {"set": [{"name": "a", "value": "b"}]}}
            ],
            "timeouts": {"request": "2s"},
        },
    ),
    "an HTTPRoute inside the mesh": (
        "K8sHTTPRoute",
        {
            "name": "cart",
            "service": "cart",
            "rules": [{"matches": [{"method": "GET"}], "backendRefs": [{"name": "cart-v1", "port": 80}]}],
            "backends": {"cart-v2": 1},
            "port": 80,
        },
    ),
    "a GRPCRoute": (
        "K8sGRPCRoute",
        {
            "name": "ratings",
            "service": "ratings",
            "matches": [{"method": {"service": "Ratings", "method": "Get"}}],
            "backends": {"ratings-v1": 1, "ratings-v2": 1},
            "port": 9090,
        },
    ),
    "mutual TLS of a namespace": ("PeerAuthentication", {"mode": "STRICT"}),
    "mutual TLS by port": (
        "PeerAuthentication",
        {"name": "cart", "selector": {"app": "cart"}, "mode": "STRICT", "portLevelMtls": {"8080": "DISABLE"}},
    ),
    "callers that are allowed": (
        "AuthorizationPolicy",
        {
            "name": "cart",
            "selector": {"app": "cart"},
            "rules": [
                {"serviceAccounts": ["frontend", "other/batch"], "methods": ["GET"], "paths": ["/api/*"]},
                {"namespaces": ["monitoring"], "ports": ["15020"]},
                {"from": [{"source": {"ipBlocks": ["192.0.2.0/24"]}}], "to": [{"operation": {"hosts": ["cart"]}}]},
                {"when": [{"key": "request.headers[x-team]", "values": ["a"]}]},
            ],
        },
    ),
    "callers that are denied": (
        "AuthorizationPolicy",
        {"name": "no-deletes", "action": "DENY", "rules": [{"methods": ["DELETE"], "ports": ["8080"]}]},
    ),
    "callers that somebody else decides on": (
        "AuthorizationPolicy",
        {"name": "ext", "action": "CUSTOM", "provider": "opa", "rules": [{"paths": ["/admin"]}]},
    ),
    "nothing but what is allowed": (
        "DefaultDeny",
        {"allow": {"frontend-to-cart": {"selector": {"app": "cart"}, "rules": [{"serviceAccounts": ["frontend"]}]}}},
    ),
    "tokens": (
        "RequestAuthentication",
        {
            "selector": {"app": "cart"},
            "jwtRules": [{"issuer": "https://issuer.example.com", "jwks": JWKS, "audiences": ["shop"]}],
            "required": True,
            "exemptPaths": ["/healthz"],
        },
    ),
}
"""Component and arguments by what they are; all in namespace ``shop``."""


def arguments(case: str) -> dict[str, Any]:
    """Return the arguments of a case."""
    return {"namespace": "shop", **CASES[case][1]}
