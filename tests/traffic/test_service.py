"""How the concerns of a service's traffic come together in one VirtualService and one DestinationRule."""

from __future__ import annotations

from typing import Any

from mesh_components.settings import MeshSettings

from .planned import by_kind, planned

HOST = "reviews.shop.svc.cluster.local"
REVIEWS = {"service": "reviews", "namespace": "shop"}
JASON = {"headers": {"end-user": {"exact": "jason"}}}


def http(component: str, **args: Any) -> list[dict[str, Any]]:
    routes: list[dict[str, Any]] = by_kind(component, **REVIEWS, **args)["VirtualService"]["spec"]["http"]
    return routes


def policy(component: str, **args: Any) -> dict[str, Any]:
    found: dict[str, Any] = by_kind(component, **REVIEWS, **args)["DestinationRule"]["spec"]
    return found


def test_weights_are_what_kialis_wizard_writes() -> None:
    """Names, hosts, subsets and label of `WizardActions.ts`, case `traffic_shifting`, of Kiali 2.27."""
    found = by_kind("TrafficShifting", **REVIEWS, weights={"v1": 90, "v2": 10})
    labels = {"kiali_wizard": "traffic_shifting"}
    metadata = {"name": "reviews", "namespace": "shop", "labels": labels}
    assert found["DestinationRule"] == {
        "apiVersion": "networking.istio.io/v1",
        "kind": "DestinationRule",
        "metadata": metadata,
        "spec": {
            "host": HOST,
            "subsets": [
                {"name": "v1", "labels": {"version": "v1"}},
                {"name": "v2", "labels": {"version": "v2"}},
            ],
        },
    }
    assert found["VirtualService"] == {
        "apiVersion": "networking.istio.io/v1",
        "kind": "VirtualService",
        "metadata": metadata,
        "spec": {
            "hosts": ["reviews"],
            "http": [
                {
                    "route": [
                        {"destination": {"host": HOST, "subset": "v1"}, "weight": 90},
                        {"destination": {"host": HOST, "subset": "v2"}, "weight": 10},
                    ]
                }
            ],
        },
    }


def test_each_wizard_has_its_label() -> None:
    weights = {"v1": 100}
    for component, wizard, args in (
        ("RequestRouting", "request_routing", {"routes": [{"match": [JASON], "weights": weights}]}),
        ("FaultInjection", "fault_injection", {"abort": {}}),
        ("RequestTimeouts", "request_timeouts", {"timeout": "2s", "weights": weights}),
        ("TcpTrafficShifting", "tcp_traffic_shifting", {"weights": weights}),
        ("Mirroring", "traffic_shifting", {"weights": weights, "mirrors": [{"subset": "v2"}]}),
        ("ServiceTraffic", "request_routing", {"timeout": "2s", "fault": {"abort": {}}}),
    ):
        for each in planned(component, **REVIEWS, **args):
            assert each["metadata"]["labels"]["kiali_wizard"] == wizard, component


def test_a_weight_stands_beside_another_one_alone() -> None:
    assert http("TrafficShifting", weights={"v1": 100}) == [
        {"route": [{"destination": {"host": HOST, "subset": "v1"}}]}
    ]


def test_a_route_takes_what_it_does_not_say_from_the_service() -> None:
    routes = http(
        "ServiceTraffic",
        weights={"v1": 50, "v2": 50},
        timeout="5s",
        fault={"abort": {"httpStatus": 500, "percentage": 1}},
        routes=[
            {"match": [JASON], "timeout": "1s"},
            {"match": [{"uri": {"prefix": "/calm"}}], "fault": {}, "weights": {"v1": 100}},
            {"match": [{"uri": {"prefix": "/away"}}], "redirect": {"uri": "/"}},
        ],
    )
    fault = {"abort": {"percentage": {"value": 1}, "httpStatus": 500}}
    both = [
        {"destination": {"host": HOST, "subset": "v1"}, "weight": 50},
        {"destination": {"host": HOST, "subset": "v2"}, "weight": 50},
    ]
    assert routes == [
        {"match": [JASON], "route": both, "timeout": "1s", "fault": fault},
        {
            "match": [{"uri": {"prefix": "/calm"}}],
            "route": both[:1] and [{"destination": both[0]["destination"]}],
            "timeout": "5s",
        },
        {"match": [{"uri": {"prefix": "/away"}}], "redirect": {"uri": "/"}},
        {"route": both, "timeout": "5s", "fault": fault},
    ]


def test_a_last_route_without_match_is_the_last_one() -> None:
    [route] = http("RequestRouting", routes=[{"weights": {"v2": 100}}])
    assert route == {"route": [{"destination": {"host": HOST, "subset": "v2"}}]}


def test_faults_for_some_leave_the_others_alone() -> None:
    some, others = http("FaultInjection", match=[JASON], delay={"fixedDelay": "5s", "percentage": 10})
    assert some["match"] == [JASON]
    assert some["fault"] == {"delay": {"percentage": {"value": 10}, "fixedDelay": "5s"}}
    assert others == {"route": [{"destination": {"host": HOST}}]}


def test_an_abort_is_503_unless_it_says_otherwise() -> None:
    [route] = http("FaultInjection", abort={})
    assert route["fault"] == {"abort": {"percentage": {"value": 100}, "httpStatus": 503}}


def test_one_mirror_is_where_kiali_reads_it_and_more_are_where_istio_has_them() -> None:
    [one] = http("Mirroring", mirrors=[{"subset": "v2", "percentage": 20}])
    assert one["mirror"] == {"host": HOST, "subset": "v2"}
    assert one["mirrorPercentage"] == {"value": 20}
    [two] = http("Mirroring", mirrors=[{"subset": "v2"}, {"host": "audit", "port": 80}])
    assert two["mirrors"] == [
        {"destination": {"host": HOST, "subset": "v2"}, "percentage": {"value": 100}},
        {"destination": {"host": "audit", "port": {"number": 80}}, "percentage": {"value": 100}},
    ]
    assert "mirror" not in two


def test_limits_alone_need_no_virtual_service() -> None:
    found = by_kind(
        "CircuitBreaker", **REVIEWS, connectionPool={"tcp": {"maxConnections": 1}}, outlierDetection={"interval": "1s"}
    )
    assert set(found) == {"DestinationRule"}
    assert found["DestinationRule"]["spec"] == {
        "host": HOST,
        "trafficPolicy": {
            "connectionPool": {"tcp": {"maxConnections": 1}},
            "outlierDetection": {"interval": "1s"},
        },
    }


def test_policies_come_together() -> None:
    found = policy(
        "ServiceTraffic",
        trafficPolicy={"tls": {"mode": "ISTIO_MUTUAL"}},
        loadBalancer={"simple": "RANDOM"},
        outlierDetection={"consecutive5xxErrors": 3},
    )
    assert found["trafficPolicy"] == {
        "tls": {"mode": "ISTIO_MUTUAL"},
        "loadBalancer": {"simple": "RANDOM"},
        "outlierDetection": {"consecutive5xxErrors": 3},
    }


def test_a_load_balancer_is_put_together() -> None:
    found = policy("LoadBalancing", consistentHash={"useSourceIp": True}, warmup={"duration": "30s"})
    assert found["trafficPolicy"] == {
        "loadBalancer": {"consistentHash": {"useSourceIp": True}, "warmup": {"duration": "30s"}}
    }


def test_names_at_a_gateway_alone_leave_the_mesh_alone() -> None:
    args = {"hosts": ["shop.example.com"], "weights": {"v1": 100}}
    outside = by_kind("TrafficShifting", **REVIEWS, **args, gateways=["shop/public"])["VirtualService"]["spec"]
    assert (outside["hosts"], outside["gateways"]) == (["shop.example.com"], ["shop/public"])
    both = by_kind("TrafficShifting", **REVIEWS, **args, gateways=["shop/public", "mesh"])["VirtualService"]["spec"]
    assert both["hosts"] == ["reviews", "shop.example.com"]


def test_the_domain_of_services_is_the_meshs() -> None:
    mesh = {"global": {"proxy": {"clusterDomain": "corp.example"}}}
    found = by_kind("CircuitBreaker", **REVIEWS, outlierDetection={"interval": "1s"}, mesh=mesh)
    assert found["DestinationRule"]["spec"]["host"] == "reviews.shop.svc.corp.example"


def test_patches_of_the_mesh_reach_these_objects_too() -> None:
    patch = {"target": {"kind": "VirtualService", "name": "reviews"}, "patch": {"metadata": {"labels": {"a": "b"}}}}
    found = by_kind("TrafficShifting", **REVIEWS, weights={"v1": 100}, mesh={"patches": [patch]})
    assert found["VirtualService"]["metadata"]["labels"]["a"] == "b"


def test_the_mesh_may_come_validated() -> None:
    from mesh_components.settings import load

    mesh: MeshSettings = load({"revision": "canary"})
    found = by_kind("TrafficShifting", **REVIEWS, weights={"v1": 100}, mesh=mesh)
    assert found["VirtualService"]["metadata"]["labels"]["istio.io/rev"] == "canary"
