"""Settings: what is accepted, what it becomes, and what a mistake is answered with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from mesh_components.settings import (
    DEFAULT_VERSION,
    PROFILES,
    VERSIONS,
    CertificateAuthoritySettings,
    IngressGatewaySettings,
    MeshSettings,
    NamespaceSettings,
    SettingsError,
    load,
    load_part,
)
from mesh_components.settings.kubernetes import Resources
from mesh_components.settings.merge import deep_merge
from mesh_components.settings.problems import nearest


class Later:
    """A value known only later, like a pulumi.Output."""

    def apply(self, func: Callable[[Any], Any]) -> Any:
        raise AssertionError("settings must not look into a value that is not there yet")


SUPPORTED = ", ".join(VERSIONS)


def problems(raw: Any) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(raw)
    assert all(str(problem) in str(caught.value) for problem in caught.value.problems)
    return [str(problem) for problem in caught.value.problems]


def problem(raw: Any) -> str:
    found = problems(raw)
    assert len(found) == 1, found
    return found[0]


# What is accepted


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_alone_is_enough(profile: str) -> None:
    settings = load({"profile": profile})
    assert settings.profile == profile
    assert settings.version == DEFAULT_VERSION


def test_nothing_is_the_default_profile() -> None:
    assert load({}) == load({"profile": "default"})


def test_defaults_are_istios() -> None:
    settings = load({})
    assert settings.hub == "registry.istio.io/release"
    assert settings.tag == settings.version
    assert settings.istio_namespace == "istio-system"
    assert [gateway.name for gateway in settings.all_gateways] == ["istio-ingressgateway"]
    assert settings.pilot.resources == Resources(requests={"cpu": "500m", "memory": "2048Mi"})
    assert settings.mtls is None
    assert settings.certificateAuthority.mode == "istiod"


def test_the_demo_profile_adds_an_egress_gateway_and_asks_for_less() -> None:
    settings = load({"profile": "demo"})
    assert [gateway.name for gateway in settings.all_gateways] == ["istio-ingressgateway", "istio-egressgateway"]
    assert 31400 in [port.port for port in settings.ingressGateways[0].ports]
    assert settings.global_.proxy.resources.requests == {"cpu": "10m", "memory": "40Mi"}
    assert settings.global_.proxy.resources.limits == {"cpu": "2000m", "memory": "1024Mi"}


def test_the_minimal_profile_has_no_gateway() -> None:
    assert load({"profile": "minimal"}).all_gateways == []


def test_mappings_merge_and_lists_replace() -> None:
    raw = {
        "profile": "demo",
        "pilot": {"resources": {"requests": {"cpu": "1"}}},
        "meshConfig": {"extensionProviders": [], "accessLogFile": ""},
    }
    settings = load(raw)
    assert settings.pilot.resources == Resources(requests={"cpu": "1", "memory": "100Mi"})
    assert settings.meshConfig["extensionProviders"] == []
    assert settings.meshConfig["enablePrometheusMerge"] is True


def test_a_profiles_gateway_values_are_under_every_gateway_of_the_kind() -> None:
    settings = load({"profile": "demo", "ingressGateways": [{"name": "a"}, {"name": "b", "autoscaleEnabled": True}]})
    assert [gateway.autoscaleEnabled for gateway in settings.ingressGateways] == [False, True]
    assert {len(gateway.ports) for gateway in settings.ingressGateways} == {5}


def test_merging_changes_neither_side() -> None:
    below, above = {"a": {"b": 1}, "c": [1]}, {"a": {"d": 2}, "c": [2]}
    assert deep_merge(below, above) == {"a": {"b": 1, "d": 2}, "c": [2]}
    assert (below, above) == ({"a": {"b": 1}, "c": [1]}, {"a": {"d": 2}, "c": [2]})


def test_profiles_and_raw_settings_stay_as_they_are() -> None:
    raw: dict[str, Any] = {"profile": "demo", "pilot": {"env": {"A": "b"}}}
    load(raw).data()["meshConfig"]["extensionProviders"].append("changed")
    assert load(raw) == load({"profile": "demo", "pilot": {"env": {"A": "b"}}})
    assert raw == {"profile": "demo", "pilot": {"env": {"A": "b"}}}


def test_settings_do_not_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load({}).pilot.replicaCount = 3


def test_settings_are_data_that_makes_them_again() -> None:
    settings = load({"profile": "demo", "namespaces": [{"name": "a", "injection": "enabled"}]})
    assert MeshSettings.model_validate(settings.data()) == settings
    assert "global" in settings.data()


def test_every_supported_version_loads() -> None:
    for version in VERSIONS:
        assert load({"version": version}).tag == version


OPAQUE: Mapping[str, Callable[[Any], Mapping[str, Any]]] = {
    "hub": lambda later: {"global": {"hub": later}},
    "tag": lambda later: {"global": {"tag": later}},
    "env": lambda later: {"pilot": {"env": {"A": later}}},
    "annotation": lambda later: {"pilot": {"podAnnotations": {"a": later}}},
    "address": lambda later: {"ingressGateways": [{"name": "a", "loadBalancerIP": later}]},
    "PEM": lambda later: {
        "certificateAuthority": {
            "mode": "provided",
            **dict.fromkeys(("caCert", "caKey", "rootCert", "certChain"), later),
        }
    },
    "meshConfig": lambda later: {"meshConfig": {"trustDomain": later}},
}


@pytest.mark.parametrize("make", OPAQUE.values(), ids=OPAQUE)
def test_listed_leaves_may_arrive_later(make: Callable[[Any], Mapping[str, Any]]) -> None:
    load(make(Later()))


# What is refused


def test_an_unknown_key_names_the_nearest() -> None:
    assert problem({"pilot": {"autoscaleenable": True}}) == (
        "pilot.autoscaleenable: unknown key (given: true); did you mean autoscaleEnabled?"
    )


def test_an_unknown_key_at_the_wrong_place_names_the_right_one() -> None:
    assert "did you mean pilot.imagePullPolicy or global.imagePullPolicy" in problem({"imagePullPolicy": "Always"})


def test_an_unknown_key_like_nothing_lists_what_is_allowed() -> None:
    found = problem({"telemetry": {"xyzzy": 1}})
    assert "telemetry.xyzzy: unknown key" in found
    assert "allowed: enabled, v2" in found


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"protect": "yes"}, 'protect: "yes" is not allowed; allowed: true or false (write it without quotes)'),
        ({"pilot": {"replicaCount": "3"}}, 'pilot.replicaCount: "3" is not allowed; allowed: a whole number'),
        ({"pilot": {"replicaCount": -1}}, "pilot.replicaCount: -1 is not allowed; allowed: 0 or more"),
        ({"pilot": []}, "pilot: [] is not allowed; allowed: a mapping"),
        ({"namespaces": {"a": 1}}, "namespaces: {'a': 1} is not allowed; allowed: a list"),
        ({"global": {"hub": 5}}, "global.hub: 5 is not allowed; allowed: a string (write it in quotes)"),
        ({"pilot": {"traceSampling": 101}}, "pilot.traceSampling: 101 is not allowed; allowed: a number from 0 to 100"),
        ({"pilot": {"rollingMaxSurge": "all"}}, 'pilot.rollingMaxSurge: "all" is not allowed'),
        ({"pilot": {"resources": {"limits": {"cpu": "lots"}}}}, 'pilot.resources.limits.cpu: "lots" is not allowed'),
        ({"pilot": {"podLabels": {"a": "b c"}}}, 'pilot.podLabels.a: "b c" is not allowed; allowed: a label value'),
        ({"revision": "Canary"}, 'revision: "Canary" is not allowed; allowed: lower-case letters'),
        (
            {"mtls": "strict"},
            "mtls: \"strict\" is not allowed; allowed: one of 'STRICT', 'PERMISSIVE' or 'DISABLE'; "
            "did you mean STRICT?",
        ),
        ({"global": {"platform": "openshit"}}, "did you mean openshift?"),
        ({"namespaces": [{}]}, "namespaces[0].name: is required and was not given"),
        ({"namespaces": [{"name": "A_b"}]}, 'namespaces[0].name: "A_b" is not allowed; allowed: a DNS label'),
    ],
)
def test_a_wrong_value_names_key_value_and_what_is_allowed(raw: Mapping[str, Any], expected: str) -> None:
    assert expected in problem(raw)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (
            {"profile": "dmo"},
            f'profile: "dmo" is not allowed; allowed: a supported profile: {", ".join(PROFILES)}; did you mean demo?',
        ),
        (
            {"version": "1.31"},
            f'version: "1.31" is not allowed; allowed: a supported version: {SUPPORTED}; did you mean 1.31.0?',
        ),
        (
            {"version": 1.31},
            f"version: 1.31 is not allowed; allowed: a supported version: {SUPPORTED}",
        ),
    ],
)
def test_an_unknown_profile_or_version_lists_the_supported(raw: Mapping[str, Any], expected: str) -> None:
    assert problem(raw) == expected


@pytest.mark.parametrize("port", [0, 65536, -1])
def test_a_bad_port(port: int) -> None:
    raw = {"ingressGateways": [{"name": "a", "ports": [{"name": "x", "port": port}]}]}
    assert problem(raw) == (
        f"ingressGateways[0].ports[0].port: {port} is not allowed; allowed: a number from 1 to 65535"
    )


def test_a_bad_target_port() -> None:
    raw = {"ingressGateways": [{"name": "a", "ports": [{"name": "x", "port": 80, "targetPort": 0}]}]}
    assert "ports[0].targetPort: 0 is not allowed; allowed: a number from 1 to 65535" in problem(raw)


@pytest.mark.parametrize("second", [{"name": "x", "port": 81}, {"name": "y", "port": 80}])
def test_two_ports_alike(second: Mapping[str, Any]) -> None:
    raw = {"ingressGateways": [{"name": "a", "ports": [{"name": "x", "port": 80}, second]}]}
    assert "two ports have the" in problem(raw)


def test_one_port_for_two_protocols() -> None:
    ports = [{"name": "dns", "port": 53}, {"name": "dns-udp", "port": 53, "protocol": "UDP"}]
    load({"ingressGateways": [{"name": "a", "ports": ports}]})


def test_duplicate_gateways() -> None:
    raw = {"ingressGateways": [{"name": "a"}], "egressGateways": [{"name": "a", "namespace": "istio-system"}]}
    assert problem(raw) == (
        'egressGateways[0].name: "a" in namespace istio-system is already ingressGateways[0].name; '
        "gateways in one namespace have different names"
    )
    load({"ingressGateways": [{"name": "a"}], "egressGateways": [{"name": "a", "namespace": "other"}]})


@pytest.mark.parametrize("name", ["istiod", "istiod-canary", "istio-reader"])
def test_a_gateway_that_takes_a_name_of_the_control_planes(name: str) -> None:
    raw = {"revision": "canary", "ingressGateways": [{"name": name}]}
    assert problem(raw).startswith(f'ingressGateways[0].name: "{name}" is not allowed')
    load({**raw, "ingressGateways": [{"name": name, "namespace": "edge"}]})


@pytest.mark.parametrize(
    "raw",
    [
        {"pilot": {"podLabels": {"istio": "x"}}},
        {"ingressGateways": [{"name": "a", "podLabels": {"app": "x"}}]},
        {"ingressGateways": [{"name": "a", "labels": {"b": "c"}, "podLabels": {"b": "c"}}]},
    ],
)
def test_labels_of_pods_leave_selectors_alone(raw: Mapping[str, Any]) -> None:
    assert "find the pods" in problem(raw)


def test_two_modes_for_the_root_namespace() -> None:
    raw: dict[str, Any] = {"mtls": "STRICT", "namespaces": [{"name": "a", "mtls": "DISABLE"}]}
    load(raw)
    assert "set one of the two" in problem({**raw, "meshConfig": {"rootNamespace": "a"}})


def test_duplicate_namespaces() -> None:
    assert problem({"namespaces": [{"name": "a"}, {"name": "b"}, {"name": "a"}]}) == (
        'namespaces[2].name: "a" is already namespaces[0].name; list each namespace once'
    )


def test_the_control_planes_namespace_twice() -> None:
    assert "declared already" in problem({"namespaces": [{"name": "istio-system"}]})
    load({"namespaces": [{"name": "istio-system", "create": False, "mtls": "STRICT"}]})
    load({"createNamespace": False, "namespaces": [{"name": "istio-system"}]})


@pytest.mark.parametrize(
    "namespace",
    [
        {"injection": "enabled", "revision": "canary"},
        {"injection": "disabled", "labels": {"istio.io/rev": "canary"}},
        {"revision": "canary", "labels": {"istio-injection": "enabled"}},
        {"labels": {"istio.io/rev": "canary", "istio-injection": "enabled"}},
    ],
)
def test_injection_together_with_a_revision(namespace: Mapping[str, Any]) -> None:
    found = problem({"namespaces": [{"name": "a", **namespace}]})
    assert found.startswith("namespaces[0]: injection and a revision exclude each other")


def test_a_label_against_its_setting() -> None:
    raw = {"namespaces": [{"name": "a", "injection": "enabled", "labels": {"istio-injection": "disabled"}}]}
    assert "remove one of the two" in problem(raw)


def test_a_namespace_that_is_not_declared_cannot_be_labelled() -> None:
    found = problem({"namespaces": [{"name": "a", "create": False, "injection": "enabled"}]})
    assert "namespaces[0]: create is false, so injection cannot be set" in found


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"accessLogfile": "x"}, 'meshConfig.accessLogfile: unknown key (given: "x"); did you mean accessLogFile?'),
        ({"enable_tracing": True}, "did you mean enableTracing?"),
        ({"enableTracing": "true"}, 'meshConfig.enableTracing: "true" is not allowed; allowed: true or false'),
        (
            {"defaultConfig": {"concurency": 2}},
            "meshConfig.defaultConfig.concurency: unknown key (given: 2); did you mean concurrency?",
        ),
        (
            {"defaultConfig": {"drainDuration": "10"}},
            'meshConfig.defaultConfig.drainDuration: "10" is not allowed; allowed: a duration in seconds',
        ),
        (
            {"defaultConfig": {"proxyMetadata": {"A": True}}},
            "meshConfig.defaultConfig.proxyMetadata.A: true is not allowed; allowed: a string",
        ),
        ({"outboundTrafficPolicy": {"mode": "REGISTRY"}}, "did you mean REGISTRY_ONLY?"),
        (
            {"extensionProviders": [{"name": "a", "zipkin": {"servce": "x"}}]},
            'meshConfig.extensionProviders[0].zipkin.servce: unknown key (given: "x"); did you mean service?',
        ),
        ({"extensionProviders": {}}, "meshConfig.extensionProviders: {} is not allowed; allowed: a list"),
        ({"defaultConfig": []}, "meshConfig.defaultConfig: [] is not allowed; allowed: a mapping"),
    ],
)
def test_mesh_config_is_checked_against_istios_fields(config: Mapping[str, Any], expected: str) -> None:
    assert expected in problem({"meshConfig": config})


def test_a_provided_authority_is_whole() -> None:
    assert problem({"certificateAuthority": {"mode": "provided", "caCert": "x"}}) == (
        "certificateAuthority: mode is provided, so caKey, rootCert, certChain must be given too"
    )
    assert "write mode: provided" in problem({"certificateAuthority": {"rootCert": "x"}})


def test_an_intermediate_does_not_outlive_its_root() -> None:
    raw = {"certificateAuthority": {"mode": "declared", "rootValidityPeriodHours": 10}}
    assert "cannot outlive its root" in problem(raw)


def test_secrets_are_not_shown() -> None:
    key = "-----BEGIN PRIVATE KEY-----\nabc"
    for authority in ({"caKey": [key]}, {"caKy": key}, {"organization": [key]}):
        message = "\n".join(problems({"certificateAuthority": authority}))
        assert "abc" not in message


def test_every_problem_is_listed_at_once() -> None:
    raw = {
        "profile": "dmo",
        "pilot": {"replicacount": 1, "autoscaleEnabled": 1},
        "namespaces": [{"name": "a"}, {"name": "a"}],
        "meshConfig": {"accessLogfile": ""},
        "ingressGateways": [{"name": "a", "ports": [{"name": "x", "port": 0}]}, {"name": "a"}],
    }
    paths = sorted(found.split(": ")[0] for found in problems(raw))
    assert paths == sorted(
        [
            "ingressGateways[0].ports[0].port",
            "ingressGateways[1].name",
            "meshConfig.accessLogfile",
            "namespaces[1].name",
            "pilot.autoscaleEnabled",
            "pilot.replicacount",
            "profile",
        ]
    )


@pytest.mark.parametrize("raw", [None, [], "demo", 5])
def test_settings_that_are_no_mapping(raw: Any) -> None:
    assert "allowed: a mapping of settings" in problem(raw)


@pytest.mark.parametrize("key", ["ingressGateways", "namespaces", "patches"])
@pytest.mark.parametrize("value", [[5], [None], ["a"], 5, "a", {"a": 1}])
def test_odd_lists_are_refused_without_a_traceback(key: str, value: Any) -> None:
    problems({key: value})


def test_the_nearest_name_ignores_case_and_separators() -> None:
    assert nearest("replica_count", ["replicaCount", "resources"]) == "replicaCount"
    assert nearest("REPLICACOUNT", ["replicaCount"]) == "replicaCount"
    assert nearest("xyzzy", ["replicaCount"]) is None


# Parts alone


def test_a_part_alone_has_istios_defaults() -> None:
    gateway = load_part(IngressGatewaySettings, {"name": "edge", "resources": {"limits": {"cpu": "4"}}})
    assert gateway.labels["istio"] == "ingressgateway"
    assert gateway.resources is not None
    assert gateway.resources.limits == {"cpu": "4", "memory": "1024Mi"}
    assert load_part(CertificateAuthoritySettings, {"mode": "declared"}).rsaBits == 4096


def test_a_part_alone_is_checked() -> None:
    with pytest.raises(SettingsError, match='injection: "on" is not allowed'):
        load_part(NamespaceSettings, {"name": "a", "injection": "on"})


GATEWAY: Any = {"name": "edge", "type": "ClusterIP"}


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({"pilot": {"autoscaleMin": 6}}, "autoscaleMin (6) is more than autoscaleMax (5)"),
        ({"pilot": {"rollingMaxSurge": 0, "rollingMaxUnavailable": "0%"}}, "no pod could ever be replaced"),
        ({"pilot": {"rollingMaxSurge": "101%"}}, 'a percentage, such as "25%"'),
        ({"pilot": {"env": {"1 ST": "x"}}}, "names of environment variables"),
        ({"pilot": {"podAnnotations": {"a b": "x"}}}, "a name of letters, digits"),
        ({"pilot": {"priorityClassName": "High!"}}, "the name of a priority class"),
        ({"pilot": {"resources": {"limits": {"memory": "1Gi"}}}}, "memory requests 2048Mi, more than its limit 1Gi"),
        ({"global": {"network": "a b"}}, "a label value"),
        ({"ingressGateways": [{"name": "9-edge"}]}, "a DNS label that starts with a letter"),
        ({"ingressGateways": [{"ports": []}]}, "ports is empty"),
        ({"ingressGateways": [{**GATEWAY, "loadBalancerClass": "x.y/z"}]}, "loadBalancerClass is for load balancers"),
        ({"ingressGateways": [{**GATEWAY, "externalTrafficPolicy": "Local"}]}, "for traffic from outside"),
        (
            {"ingressGateways": [{**GATEWAY, "ports": [{"port": 80, "name": "a", "nodePort": 30000}]}]},
            "nodePort is for",
        ),
        ({"ingressGateways": [{"healthCheckNodePort": 30001}]}, "needs externalTrafficPolicy: Local"),
        ({"ingressGateways": [{"volumes": [{"name": "podinfo", "emptyDir": {}}]}]}, "volume podinfo is there already"),
        ({"ingressGateways": [{"dnsPolicy": "None"}]}, "dnsConfig.nameservers must be given too"),
    ],
)
def test_what_kubernetes_would_refuse_is_refused_before(raw: dict[str, Any], said: str) -> None:
    assert said in problem(raw)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"base": {"validationCABundle": "not base64"}}, "allowed: PEM certificates in base64"),
        ({"base": {"validationURL": "http://istiod/validate"}}, "allowed: a URL that begins with https://"),
        (
            {"istiodRemote": {"enabled": True, "injectionURL": "istiod:15017"}},
            "allowed: a URL that begins with https://",
        ),
        ({"istiodRemote": {"enabled": True, "injectionPath": "inject"}}, "allowed: a path whose parts are"),
        ({"istiodRemote": {"enabled": True, "injectionCABundle": "?"}}, "allowed: PEM certificates in base64"),
    ],
)
def test_what_a_webhook_would_be_refused_for_is_refused_before(raw: Mapping[str, Any], expected: str) -> None:
    assert expected in problem(raw)
