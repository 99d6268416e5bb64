"""What the components refuse, with what words, before anything is registered; and what they tell Pulumi."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from pulumi.runtime import rpc

import mesh_components
from mesh_components import (
    CircuitBreaker,
    DefaultDeny,
    ExternalService,
    IngressHost,
    PeerAuthentication,
    RequestAuthentication,
    ServiceTraffic,
    TrafficShifting,
)
from tests.unit.test_components import mocked, run

from .programs import CASES, CERTIFICATE, JWKS, KEY, arguments

REVIEWS: dict[str, Any] = {"service": "reviews", "namespace": "shop"}


def reviews(**more: Any) -> Any:
    """Return arguments of a component about one service."""
    return {**REVIEWS, **more}


def refusal(component: str, **args: Any) -> str:
    """Return the message with which a component refuses its arguments; nothing is registered."""
    engine = mocked()
    with pytest.raises(pulumi.RunError) as refused:
        getattr(mesh_components, component)("mine", args)
    assert engine.requests == []
    return str(refused.value)


def refused(program: Callable[[], object]) -> str:
    """Return the message with which a program ends."""
    with pytest.raises(pulumi.RunError) as found:
        run(program)
    return str(found.value)


@pytest.mark.parametrize(
    ("component", "args", "said"),
    [
        (
            "TrafficShifting",
            {**REVIEWS, "weights": {"v1": 90, "v2": 20}},
            "TrafficShifting mine: the arguments have a problem:\n  weights: {'v1': 90, 'v2': 20} is not allowed; "
            "allowed: weights by subset that add up to 100 (these add up to 110)",
        ),
        (
            "TrafficShifting",
            {**REVIEWS, "weight": {"v1": 100}},
            "weight: unknown key (given: {'v1': 100}); did you mean weights?",
        ),
        ("TrafficShifting", {"namespace": "shop", "weights": {"v1": 100}}, "one of service and host"),
        ("TrafficShifting", {**REVIEWS, "host": "a.b", "weights": {"v1": 100}}, "one of service and host"),
        ("TrafficShifting", {**REVIEWS, "weights": {"v1": "100"}}, "a whole number (write it without quotes)"),
        (
            "TrafficShifting",
            {**REVIEWS, "subsets": {"stable": {}, "canary": {}}, "weights": {"stabel": 100}},
            'weights: "stabel" is not allowed; allowed: one of the subsets: stable, canary; or list it in subsets; '
            "did you mean stable?",
        ),
        (
            "Mirroring",
            {**REVIEWS, "subsets": {"v1": {}}, "mirrors": [{"subset": "v2"}]},
            'mirrors[0].subset: "v2" is not allowed; allowed: one of the subsets: v1; or list it in subsets',
        ),
        ("Mirroring", {**REVIEWS, "mirrors": [{"percentage": 5}]}, "mirrors[0]: says nowhere to copy to"),
        (
            "RequestRouting",
            {**REVIEWS, "routes": [{"match": [{"headrs": {}}], "weights": {"v1": 100}}]},
            "routes[0].match[0].headrs: 'headrs' is not a field here; did you mean headers?",
        ),
        (
            "RequestRouting",
            {**REVIEWS, "routes": [{"match": [{"uri": {"exact": "/a", "prefix": "/"}}]}]},
            "routes[0].match[0].uri: exact and prefix are set together",
        ),
        ("RequestRouting", {**REVIEWS, "routes": [{}, {"match": []}]}, "position 0 has no match and takes everything"),
        (
            "RequestRouting",
            {**REVIEWS, "routes": [{"redirect": {}, "weights": {"v1": 100}}]},
            "weights and redirect exclude each other",
        ),
        ("RequestTimeouts", {**REVIEWS, "timeout": "2x"}, "timeout: '2x': must be a valid duration"),
        ("RequestTimeouts", {**REVIEWS}, "limits nothing; give timeout, retries or both"),
        (
            "RequestTimeouts",
            {**REVIEWS, "retries": {"atempts": 1}},
            "retries.atempts: 'atempts' is not a field here; did you mean attempts?",
        ),
        ("FaultInjection", {**REVIEWS}, "makes no fault"),
        (
            "FaultInjection",
            {**REVIEWS, "delay": {"fixedDelay": "5s", "percentage": 0.00001}},
            "delay.percentage: 1e-05 is not allowed; allowed: 0, or a number from 0.0001 to 100",
        ),
        (
            "FaultInjection",
            {**REVIEWS, "delay": {"fixedDelay": "5s", "percentage": 120}},
            "delay.percentage: 120 is not allowed; allowed: a number from 0 to 100",
        ),
        ("FaultInjection", {**REVIEWS, "abort": {"httpStatus": 500, "grpcStatus": "OK"}}, "exclude each other"),
        (
            "FaultInjection",
            {**REVIEWS, "abort": {"httpStatus": 42}},
            "abort.httpStatus: 42 is not allowed; allowed: a number from 200 to 599",
        ),
        (
            "CircuitBreaker",
            {**REVIEWS, "outlierDetection": {"consecutiveErrors": 5}},
            "outlierDetection.consecutiveErrors: istiod ignores it; write consecutive5xxErrors",
        ),
        ("CircuitBreaker", REVIEWS, "limits nothing"),
        (
            "LoadBalancing",
            {**REVIEWS, "simple": "LEAST_CONN"},
            'simple: "LEAST_CONN": it is deprecated; write LEAST_REQUEST',
        ),
        ("LoadBalancing", {**REVIEWS, "simple": "LEAST"}, "simple: 'LEAST' is not one of"),
        (
            "ServiceTraffic",
            {**REVIEWS, "trafficPolicy": {"loadBalancer": {"simple": "LEAST_CONN"}}},
            'trafficPolicy.loadBalancer.simple: "LEAST_CONN": it is deprecated',
        ),
        ("ServiceTraffic", REVIEWS, "says nothing about the traffic"),
        (
            "ServiceTraffic",
            {**REVIEWS, "loadBalancer": {"simple": "RANDOM"}, "trafficPolicy": {"loadBalancer": {"simple": "RANDOM"}}},
            "loadBalancer stands in trafficPolicy as well",
        ),
        (
            "LoadBalancing",
            {
                **REVIEWS,
                "mesh": {"version": "1.27.0"},
                "simple": "RANDOM",
                "outlierDetection": {"outlierDetectionHttpErrorCodes": []},
            },
            "outlierDetection.outlierDetectionHttpErrorCodes: 'outlierDetectionHttpErrorCodes' is not a field here",
        ),
        (
            "IngressHost",
            {"namespace": "shop", "hosts": []},
            "hosts: [] is not allowed; allowed: something that is not empty",
        ),
        (
            "IngressHost",
            {"namespace": "shop", "hosts": ["a.b"], "tls": {"certificate": CERTIFICATE}},
            "tls: has no privateKey; give both",
        ),
        ("IngressHost", {"namespace": "shop", "hosts": ["a.b"], "tls": {}}, "shows no certificate"),
        (
            "IngressHost",
            {
                "namespace": "shop",
                "hosts": ["a.b"],
                "tls": {"mode": "MUTUAL", "certificate": CERTIFICATE, "privateKey": KEY},
            },
            "says not who signs them; give caCertificate",
        ),
        (
            "IngressHost",
            {"namespace": "shop", "hosts": ["a.b"], "tls": {"certificate": "cert.pem", "privateKey": KEY}},
            'tls.certificate: "cert.pem" is not allowed; allowed: PEM certificates',
        ),
        (
            "IngressHost",
            {"namespace": "shop", "hosts": ["a.b"], "timeout": "1s"},
            "timeout is about requests that go on",
        ),
        (
            "ExternalService",
            {
                "namespace": "shop",
                "hosts": ["a.b"],
                "egressGateway": {},
                "ports": [{"number": 5432, "name": "db", "protocol": "TCP"}],
            },
            "TCP is neither",
        ),
        (
            "ExternalService",
            {"namespace": "shop", "hosts": ["a.b"], "originateTls": {"mode": "SIMPLE"}},
            "no port has it",
        ),
        ("SidecarScope", {"hosts": ["./*"], "egress": []}, "hosts and egress both say"),
        ("K8sHTTPRoute", {"namespace": "shop", "name": "a", "backends": {"a": 1}, "port": 80}, "belongs to nothing"),
        (
            "K8sHTTPRoute",
            {"namespace": "shop", "name": "a", "gateway": "g", "backends": {"a": 1}},
            "has no port; give both",
        ),
        (
            "K8sHTTPRoute",
            {"namespace": "shop", "name": "a", "gateway": "g", "rules": [{"matches": [{"pat": {}}]}]},
            "rules[0].matches[0].pat: 'pat' is not a field here; did you mean path?",
        ),
        ("PeerAuthentication", {"mode": "STRIKT"}, "did you mean STRICT?"),
        (
            "PeerAuthentication",
            {"namespace": "shop", "portLevelMtls": {"80": "DISABLE"}},
            "give their labels in selector",
        ),
        (
            "AuthorizationPolicy",
            {"namespace": "shop", "name": "a", "rules": [{"serviceAccounts": ["Not An Account"]}]},
            'rules[0].serviceAccounts[0]: "Not An Account" is not allowed; allowed: a ServiceAccount as namespace/name',
        ),
        (
            "AuthorizationPolicy",
            {"namespace": "shop", "name": "a", "action": "DENY"},
            "without rules DENY is about no request",
        ),
        ("AuthorizationPolicy", {"name": "a", "action": "CUSTOM", "rules": [{}]}, "give provider"),
        (
            "AuthorizationPolicy",
            {"name": "a", "rules": [{"from": [{"source": {"principal": ["a"]}}]}]},
            "rules[0].from[0].source.principal: 'principal' is not a field here; did you mean principals?",
        ),
        (
            "DefaultDeny",
            {"namespace": "shop", "allow": {"default-deny": {"rules": [{}]}}},
            "call one of them otherwise",
        ),
        ("RequestAuthentication", {"jwtRules": []}, "jwtRules: [] is not allowed"),
        ("RequestAuthentication", {"jwtRules": [{"issuer": "a", "jwks": "{}"}]}, "it is not a set of JSON Web Keys"),
        ("TrafficShifting", {**REVIEWS, "weights": {"v1": 100}, "mesh": {"profil": "demo"}}, "did you mean profile?"),
    ],
)
def test_a_mistake_is_one_error_that_says_what_to_do(component: str, args: dict[str, Any], said: str) -> None:
    assert said in refusal(component, **args)


def test_every_problem_is_in_one_message() -> None:
    message = refusal(
        "ServiceTraffic",
        **REVIEWS,
        weights={"v1": 1},
        timeout="2x",
        connectionPol={},
        routes=[{"match": [{"urri": {}}]}],
    )
    assert message.startswith("ServiceTraffic mine: the arguments have 4 problems:\n")
    for key in ("weights", "timeout", "connectionPol", "routes[0].match[0].urri"):
        assert f"\n  {key}: " in message


def test_a_plan_that_istiod_would_refuse_is_refused_with_the_components_name() -> None:
    message = refusal("IngressHost", namespace="shop", hosts=["not a host"], name="shop", service="cart")
    assert "IST0106" in message and "IngressHost mine" in message and "not a host" in message


@pytest.mark.parametrize(
    "program",
    [
        lambda: (
            CircuitBreaker("one", reviews(outlierDetection={"interval": "1s"})),
            TrafficShifting("two", reviews(weights={"v1": 100})),
        ),
        lambda: (
            TrafficShifting("one", reviews(weights={"v1": 100})),
            ServiceTraffic("two", reviews(name="other", timeout="1s")),
        ),
        lambda: (
            CircuitBreaker("one", reviews(outlierDetection={"interval": "1s"})),
            CircuitBreaker(
                "two",
                {
                    "host": "reviews.shop.svc.cluster.local",
                    "namespace": "shop",
                    "outlierDetection": {"interval": "1s"},
                },
            ),
        ),
    ],
)
def test_two_that_write_the_same_host_are_refused(program: Callable[[], object]) -> None:
    message = refused(program)
    assert " two: " in message and "is already written by " in message and " one; " in message
    assert "reviews" in message and "give both concerns to one ServiceTraffic" in message


def test_two_policies_of_one_name_and_two_of_one_namespace_are_refused() -> None:
    def policies() -> None:
        PeerAuthentication("one", {"namespace": "shop", "mode": "STRICT"})
        PeerAuthentication("two", {"namespace": "shop", "mode": "DISABLE", "name": "other"})

    assert "the PeerAuthentication of namespace shop is already written by PeerAuthentication one" in refused(policies)

    def denied() -> None:
        DefaultDeny("one", {"namespace": "shop"})
        DefaultDeny("two", {"namespace": "shop"})

    assert "AuthorizationPolicy shop/default-deny" in refused(denied)


def test_another_namespace_or_another_cluster_is_no_conflict() -> None:
    def program() -> None:
        import pulumi_kubernetes as kubernetes

        args = reviews(weights={"v1": 100})
        east, west = (kubernetes.Provider(name, render_yaml_to_directory=name) for name in ("east", "west"))
        TrafficShifting("east", args, pulumi.ResourceOptions(providers=[east]))
        TrafficShifting("west", args, pulumi.ResourceOptions(providers={"kubernetes": west}))
        TrafficShifting(
            "other", reviews(weights={"v1": 100}, namespace="other"), pulumi.ResourceOptions(providers=[west])
        )
        again = pulumi.ComponentResource("a:b:C", "again", None, pulumi.ResourceOptions(providers=[west]))
        with pytest.raises(pulumi.RunError, match="already written by TrafficShifting west"):
            TrafficShifting("child", args, pulumi.ResourceOptions(parent=again))

    assert len(run(program).objects) == 6


def test_what_one_namespace_of_clients_sees_alone_is_no_conflict() -> None:
    def program() -> None:
        for namespace in ("shop", "orders"):
            limits: Any = {"timeout": "1s", "outlierDetection": {"interval": "1s"}, "exportTo": ["."]}
            ServiceTraffic(namespace, limits | {"host": "api.example.com", "namespace": namespace})

    assert len(run(program).objects) == 4
    message = refused(
        lambda: [
            ServiceTraffic(namespace, {"host": "api.example.com", "namespace": namespace, "timeout": "1s"})
            for namespace in ("shop", "orders")
        ]
    )
    assert "ServiceTraffic orders: the VirtualService of api.example.com is already written by" in message


def test_several_hosts_go_through_one_egress_gateway() -> None:
    def program() -> None:
        ports = [{"number": 80, "name": "http", "protocol": "HTTP"}]
        for host in ("a.example.com", "b.example.com"):
            ExternalService(host, {"namespace": "shop", "hosts": [host], "ports": ports, "egressGateway": {}})

    assert sum(request.type.endswith(":DestinationRule") for request in run(program).objects) == 2


def test_a_program_that_runs_again_starts_from_nothing() -> None:
    for _ in range(2):
        run(lambda: TrafficShifting("one", reviews(weights={"v1": 100})))


@pytest.mark.parametrize("case", CASES)
def test_objects_are_the_components_own_and_wait_for_those_before(case: str) -> None:
    component = CASES[case][0]
    engine = run(lambda: getattr(mesh_components, component)("mine", arguments(case)))
    assert engine.objects
    for request in engine.objects:
        assert request.parent.endswith(f"mesh-components:index:{component}::mine")
        assert request.name.startswith("mine:")
    last = engine.objects[-1]
    if last.type.endswith(":VirtualService"):
        awaited = {urn.rpartition("$")[2].partition("::")[0] for urn in last.dependencies}
        others = {request.type for request in engine.objects if request is not last}
        assert not others or awaited & others


def test_what_the_component_depends_on_comes_before_its_objects() -> None:
    def program() -> None:
        first = pulumi.ComponentResource("a:b:C", "first")
        thing = pulumi.CustomResource("x:y:Z", "thing", {}, pulumi.ResourceOptions(parent=first))
        TrafficShifting("mine", reviews(weights={"v1": 100}), pulumi.ResourceOptions(depends_on=[thing]))

    engine = run(program)
    assert engine.objects
    for request in engine.objects:
        assert any(urn.endswith("::thing") for urn in request.dependencies)


def test_a_key_that_arrives_later_stays_a_secret() -> None:
    def program() -> None:
        tls: Any = {"certificate": pulumi.Output.from_input(CERTIFICATE), "privateKey": pulumi.Output.secret(KEY)}
        IngressHost("mine", {"namespace": "shop", "hosts": ["a.example.com"], "service": "cart", "tls": tls})

    data = run(program).one("Secret::mine:istio-system/a-example-com").object.fields["data"].struct_value.fields
    assert data["tls.key"].struct_value.fields[rpc._special_sig_key].string_value == rpc._special_secret_sig
    assert data["tls.crt"].string_value.startswith("LS0t")


def test_keys_of_an_issuer_may_arrive_later() -> None:
    def program() -> None:
        rule: Any = {"issuer": "a", "jwks": pulumi.Output.from_input(JWKS)}
        RequestAuthentication("mine", {"namespace": "shop", "jwtRules": [rule]})

    spec = run(program).one("RequestAuthentication::mine:shop/jwt").object.fields["spec"].struct_value
    assert JWKS in str(spec.fields["jwtRules"]).replace('\\"', '"')
