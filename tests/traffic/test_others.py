"""Hosts at gateways, hosts outside, scopes, routes of the Gateway API, and policies: what they become."""

from __future__ import annotations

import base64
from typing import Any

from .planned import by_kind, planned
from .programs import CERTIFICATE, KEY

SHOP = {"namespace": "shop"}
EGRESS = "istio-egressgateway.istio-system.svc.cluster.local"


def host(**args: Any) -> dict[str, dict[str, Any]]:
    return by_kind("IngressHost", **SHOP, hosts=["shop.example.com"], **args)


def test_a_certificate_is_where_the_gateways_pods_are() -> None:
    found = host(service="cart", tls={"certificate": CERTIFICATE, "privateKey": KEY})
    secret = found["Secret"]
    assert secret["metadata"] == {"name": "shop-example-com", "namespace": "istio-system"}
    assert secret["type"] == "kubernetes.io/tls"
    assert {key: base64.b64decode(value).decode() for key, value in secret["data"].items()} == {
        "tls.crt": CERTIFICATE,
        "tls.key": KEY,
    }
    redirect, secure = found["Gateway"]["spec"]["servers"]
    assert redirect["tls"] == {"httpsRedirect": True}
    assert secure["tls"] == {"mode": "SIMPLE", "credentialName": "shop-example-com"}
    assert found["VirtualService"]["spec"]["gateways"] == ["shop/shop-example-com"]


def test_a_certificate_that_exists_is_named() -> None:
    found = host(tls={"credentialName": "given"})
    assert set(found) == {"Gateway"}
    assert found["Gateway"]["spec"]["servers"][1]["tls"]["credentialName"] == "given"


def test_tls_that_the_service_ends_is_told_apart_by_name() -> None:
    found = host(service="cart", port=443, tls={"mode": "PASSTHROUGH"})
    assert found["Gateway"]["spec"]["servers"][1]["port"]["protocol"] == "TLS"
    assert found["VirtualService"]["spec"]["tls"] == [
        {
            "match": [{"sniHosts": ["shop.example.com"], "port": 443}],
            "route": [{"destination": {"host": "cart.shop.svc.cluster.local", "port": {"number": 443}}}],
        }
    ]


def test_a_servers_certificate_is_checked_unless_somebody_says_otherwise() -> None:
    ports = [{"number": 80, "name": "http", "protocol": "HTTP", "targetPort": 443}]
    for given, expected in (
        ({"mode": "SIMPLE"}, {"mode": "SIMPLE", "sni": "api.example.com", "caCertificates": "system"}),
        (
            {"mode": "SIMPLE", "sni": "a", "insecureSkipVerify": True},
            {"mode": "SIMPLE", "sni": "a", "insecureSkipVerify": True},
        ),
    ):
        found = by_kind("ExternalService", **SHOP, hosts=["api.example.com"], ports=ports, originateTls=given)
        assert found["DestinationRule"]["spec"]["trafficPolicy"]["portLevelSettings"] == [
            {"port": {"number": 80}, "tls": expected}
        ]


def test_traffic_goes_to_the_egress_gateway_and_from_there_to_the_host() -> None:
    found = by_kind("ExternalService", **SHOP, hosts=["api.example.com"], egressGateway={})
    assert set(found) == {"ServiceEntry", "Gateway", "VirtualService"}
    to_gateway, to_host = found["VirtualService"]["spec"]["tls"]
    assert to_gateway["match"][0]["gateways"] == ["mesh"]
    assert to_gateway["route"][0]["destination"] == {"host": EGRESS, "port": {"number": 443}}
    assert to_host["match"][0]["gateways"] == ["shop/api-example-com-egress"]
    assert to_host["route"][0]["destination"] == {"host": "api.example.com", "port": {"number": 443}}


def test_http_goes_to_the_egress_gateway_under_mutual_tls() -> None:
    ports = [{"number": 80, "name": "http", "protocol": "HTTP"}]
    found = by_kind("ExternalService", **SHOP, hosts=["api.example.com"], ports=ports, egressGateway={})
    assert found["Gateway"]["spec"]["servers"][0]["tls"] == {"mode": "ISTIO_MUTUAL"}
    [subset] = found["DestinationRule"]["spec"]["subsets"]
    assert subset["trafficPolicy"]["portLevelSettings"][0]["tls"] == {"mode": "ISTIO_MUTUAL", "sni": "api.example.com"}
    to_gateway, to_host = found["VirtualService"]["spec"]["http"]
    assert to_gateway["route"][0]["destination"]["subset"] == subset["name"]
    assert to_host["route"][0]["destination"] == {"host": "api.example.com", "port": {"number": 80}}


def test_a_scope_knows_its_own_namespace_and_the_control_planes() -> None:
    mesh = {"global": {"istioNamespace": "mesh-system"}}
    found = by_kind("SidecarScope", **SHOP, mesh=mesh)["Sidecar"]
    assert found["spec"] == {"egress": [{"hosts": ["./*", "mesh-system/*"]}]}
    assert by_kind("SidecarScope", mesh=mesh)["Sidecar"]["metadata"]["namespace"] == "mesh-system"


def test_what_is_for_the_whole_mesh_is_in_the_root_namespace() -> None:
    mesh = {"meshConfig": {"rootNamespace": "mesh-policies"}}
    for component, args in (
        ("PeerAuthentication", {"mode": "STRICT"}),
        ("DefaultDeny", {}),
        ("RequestAuthentication", {"jwtRules": [{"issuer": "a"}]}),
        ("AuthorizationPolicy", {"name": "a"}),
    ):
        [found] = planned(component, mesh=mesh, **args)
        assert found["metadata"]["namespace"] == "mesh-policies", component


def test_accounts_are_of_the_policys_own_namespace_unless_they_say_otherwise() -> None:
    rules = [{"serviceAccounts": ["frontend", "other/batch"], "namespaces": ["tests"], "methods": ["GET"]}]
    found = by_kind("AuthorizationPolicy", **SHOP, name="cart", rules=rules)["AuthorizationPolicy"]
    assert found["spec"] == {
        "action": "ALLOW",
        "rules": [
            {
                "from": [
                    {"source": {"serviceAccounts": ["shop/frontend", "other/batch"]}},
                    {"source": {"namespaces": ["tests"]}},
                ],
                "to": [{"operation": {"methods": ["GET"]}}],
            }
        ],
    }


def test_nothing_is_allowed_after_what_is_allowed() -> None:
    allow = {"a": {"rules": [{}]}, "b": {"selector": {"app": "b"}, "rules": [{"paths": ["/x"]}]}}
    first, second, last = planned("DefaultDeny", **SHOP, allow=allow)
    assert first["spec"] == {"action": "ALLOW", "rules": [{}]}
    assert second["spec"]["selector"] == {"matchLabels": {"app": "b"}}
    assert (last["metadata"]["name"], last["spec"]) == ("default-deny", {})


def test_a_required_token_is_refused_by_its_absence() -> None:
    found = by_kind(
        "RequestAuthentication", **SHOP, jwtRules=[{"issuer": "a"}], required=True, exemptPaths=["/healthz"]
    )
    assert found["AuthorizationPolicy"]["metadata"]["name"] == "jwt-required"
    assert found["AuthorizationPolicy"]["spec"] == {
        "action": "DENY",
        "rules": [
            {
                "from": [{"source": {"notRequestPrincipals": ["*"]}}],
                "to": [{"operation": {"notPaths": ["/healthz"]}}],
            }
        ],
    }


def test_routes_of_the_gateway_api_belong_to_a_gateway_or_a_service() -> None:
    args = {"name": "cart", "backends": {"cart-v1": 9, "cart-v2": 1}, "port": 80}
    outside = by_kind("K8sHTTPRoute", **SHOP, **args, gateway="edge/public")["HTTPRoute"]["spec"]
    assert outside["parentRefs"] == [{"name": "public", "namespace": "edge"}]
    inside = by_kind("K8sGRPCRoute", **SHOP, **args, service="cart")["GRPCRoute"]["spec"]
    assert inside["parentRefs"] == [{"group": "", "kind": "Service", "name": "cart"}]
    assert inside["rules"][-1]["backendRefs"] == [
        {"name": "cart-v1", "port": 80, "weight": 9},
        {"name": "cart-v2", "port": 80, "weight": 1},
    ]
