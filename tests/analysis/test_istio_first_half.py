"""Where Istio's analyzers of traffic and policies look further than upstream's do, or find less on purpose."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from mesh_components.analysis import istio  # noqa: F401  (registers)
from mesh_components.analysis import world as worlds
from mesh_components.analysis.analyzers import run
from mesh_components.analysis.finding import Finding
from mesh_components.validation.unknown import UNKNOWN

from .objects import Object, deployment, make, service

Found = list[tuple[str, str]]


def found(analyzer: str, *objects: Object, **scope: Any) -> Found:
    return [(finding.code, str(finding.resource)) for finding in findings(analyzer, *objects, **scope)]


def findings(analyzer: str, *objects: Object, **scope: Any) -> list[Finding]:
    return run(worlds.of(*objects, **scope), [analyzer])


def gateway(full_name: str, host: str = "a.com", port: int = 80, tls: Any = None, **selector: str) -> Object:
    server = {"port": {"number": port, "name": "p", "protocol": "HTTP"}, "hosts": [host]} | (
        {"tls": tls} if tls else {}
    )
    return make("Gateway", full_name, {"selector": selector, "servers": [server]})


def virtual_service(full_name: str, *hosts: str, to: Object | None = None, **spec: Any) -> Object:
    http = {"http": [{"route": [{"destination": to}]}]} if to else {}
    return make("VirtualService", full_name, {"hosts": [*hosts], **http, **spec})


def rule(full_name: str, host: str, **labels: str) -> Object:
    return make("DestinationRule", full_name, {"host": host, "subsets": [{"name": "v1", "labels": labels}]})


# Gateways

PORTS = "gateway.IngressGatewayPortAnalyzer"
CONFLICTS = "gateway.ConflictingGatewayAnalyzer"
SECRETS = "gateway.SecretAnalyzer"


def test_a_planned_deployment_is_the_gateways_pods() -> None:
    objects = deployment("edge/gw", istio="gw"), service("edge/gw", {"name": "http", "port": 80}, istio="gw")
    assert found(PORTS, gateway("edge/g", istio="gw"), *objects) == []
    assert found(PORTS, gateway("edge/g", port=81, istio="gw"), *objects) == [("IST0162", "Gateway edge/g")]


def test_a_target_ports_name_is_looked_up_among_the_pods_ports() -> None:
    objects = (
        deployment("edge/gw", [("web", 8080)], istio="gw"),
        service("edge/gw", {"name": "http", "port": 80, "targetPort": "web"}, istio="gw"),
    )
    assert found(PORTS, gateway("edge/g", port=8080, istio="gw"), *objects) == []


def test_a_service_without_a_selector_sends_to_no_pods() -> None:
    objects = deployment("edge/gw", istio="gw"), service("edge/other", {"name": "http", "port": 80})
    assert found(PORTS, gateway("edge/g", istio="gw"), *objects) == [("IST0162", "Gateway edge/g")]


def test_pods_of_a_gateway_may_be_elsewhere_unless_all_is_known() -> None:
    (finding,) = findings(PORTS, gateway("edge/g", istio="gw"), complete=False, owned=frozenset({"edge"}))
    assert (finding.code, finding.certain) == ("IST0101", False)


def test_gateways_conflict_when_one_workload_has_the_labels_of_both() -> None:
    gateways = gateway("a/one", app="gw", istio="gw"), gateway("b/two", istio="gw", zone="z")
    pods = deployment("edge/gw", app="gw", istio="gw", zone="z")
    assert found(CONFLICTS, *gateways, pods) == [("IST0145", "Gateway a/one"), ("IST0145", "Gateway b/two")]
    assert found(CONFLICTS, *gateways, deployment("edge/gw", app="gw", istio="gw")) == []


def test_every_server_of_a_port_counts_in_a_conflict() -> None:
    one, two = gateway("a/one", "a.com", istio="gw"), gateway("a/two", "a.com", istio="gw")
    one["spec"]["servers"].append({"port": {"number": 80}, "hosts": ["b.com"]})
    assert found(CONFLICTS, one, two) == [("IST0145", "Gateway a/one"), ("IST0145", "Gateway a/two")]
    two["spec"]["servers"][0]["bind"] = "10.0.0.1"
    assert found(CONFLICTS, one, two) == []


def test_one_finding_names_all_gateways_that_share_a_certificate() -> None:
    tls = {"mode": "SIMPLE", "credentialName": "cert"}
    gateways = [gateway(f"a/g{number}", f"{number}.com", 443, tls, istio="gw") for number in range(3)]
    found_here = findings("gateway.CertificateAnalyzer", *gateways)
    assert [str(finding.resource) for finding in found_here] == ["Gateway a/g0", "Gateway a/g1", "Gateway a/g2"]
    assert all(f"a/g{number}" in finding.text for finding in found_here for number in range(3))


@pytest.mark.parametrize("credential", ["kubernetes-gateway://a/cert", "builtin://", "configmap://a/b"])
def test_what_is_no_secret_is_not_looked_for(credential: str) -> None:
    one = gateway("edge/g", "a.com", 443, {"credentialName": credential}, istio="gw")
    assert found(SECRETS, one, deployment("edge/gw", istio="gw")) == []


def secret(full_name: str, **data: str) -> Object:
    namespace, _, name = full_name.partition("/")
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": namespace}, **data}


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({}, "has neither"),
        ({"data": {"tls.crt": base64.b64encode(b"x").decode()}}, "has neither"),
        ({"data": {"tls.crt": "%%%", "tls.key": "%%%"}}, "has neither"),
        ({"stringData": {"tls.crt": "not a certificate", "tls.key": "key"}}, "cannot be read"),
        ({"stringData": {"cert": "not a certificate", "key": "key"}}, "cannot be read"),
    ],
)
def test_secrets_without_a_certificate(data: dict[str, Any], problem: str) -> None:
    one = gateway("edge/g", "a.com", 443, {"credentialName": "cert"}, istio="gw")
    (finding,) = findings(SECRETS, one, deployment("edge/gw", istio="gw"), secret("edge/cert", **data))
    assert finding.code == "IST0161"
    assert problem in finding.text


def test_a_secret_in_one_of_the_namespaces_of_a_gateways_pods_will_do() -> None:
    one = gateway("edge/g", "a.com", 443, {"credentialName": "cert"}, istio="gw")
    pods = deployment("edge/gw", istio="gw"), deployment("other/gw", istio="gw")
    assert [code for code, _ in found(SECRETS, one, *pods)] == ["IST0101"]
    assert [code for code, _ in found(SECRETS, one, *pods, secret("other/cert"))] == ["IST0161"]


# VirtualServices

HOSTS = "virtualservice.ConflictingMeshGatewayHostsAnalyzer"
DESTINATIONS = "virtualservice.DestinationHostAnalyzer"
SUBSETS = "virtualservice.DestinationRuleAnalyzer"
GATEWAYS = "virtualservice.GatewayAnalyzer"


def test_hosts_of_limited_and_of_all_namespaces_conflict_by_wildcards_too() -> None:
    everywhere = virtual_service("a/all", "*.b.com")
    limited = virtual_service("c/some", "x.b.com", exportTo=["."])
    assert found(HOSTS, everywhere, limited) == [
        ("IST0109", "VirtualService a/all"),
        ("IST0109", "VirtualService c/some"),
    ]
    assert found(HOSTS, everywhere, virtual_service("c/some", "xb.com", exportTo=["."])) == []


def test_a_host_written_twice_is_no_conflict_with_itself() -> None:
    assert found(HOSTS, virtual_service("a/one", "cart", "cart.a.svc.cluster.local")) == []


def test_a_host_is_missing_for_sure_only_where_its_namespace_is_known() -> None:
    near, far, outside = (
        virtual_service("a/one", "x", to={"host": host}) for host in ("cart", "cart.b.svc.cluster.local", "cart.com")
    )
    for one, certain in ((near, True), (far, False), (outside, False)):
        (finding,) = findings(DESTINATIONS, one, complete=False, owned=frozenset({"a"}))
        assert (finding.code, finding.certain) == ("IST0101", certain)
    (finding,) = findings(DESTINATIONS, far, complete=False, owned=frozenset({"b"}))
    assert finding.certain


def test_a_missing_port_of_a_service_that_is_there_is_certain() -> None:
    one = virtual_service("a/one", "x", to={"host": "cart", "port": {"number": 81}})
    (finding,) = findings(DESTINATIONS, one, service("a/cart"), complete=False)
    assert finding.certain


def test_a_virtual_services_own_subsets_are_not_held_against_it() -> None:
    both = virtual_service("a/cart", "cart", to={"host": "cart", "subset": "v1"}, gateways=["g", "mesh"])
    both["spec"]["http"].append({"route": [{"destination": {"host": "cart.a.svc.cluster.local"}}]})
    assert found(DESTINATIONS, both, service("a/cart")) == []
    edge = virtual_service("a/edge", "a.com", to={"host": "cart"}, gateways=["g"])
    assert found(DESTINATIONS, both, edge, service("a/cart")) == [("IST0140", "VirtualService a/edge")]
    elsewhere = virtual_service("b/edge", "a.com", to={"host": "cart"}, gateways=["g"])
    assert found(DESTINATIONS, both, elsewhere, service("a/cart"), service("b/cart")) == []


def test_subsets_of_hosts_outside_may_be_defined_in_any_namespace_and_by_wildcard() -> None:
    one = virtual_service("a/one", "x.com", to={"host": "x.com", "subset": "v1"})
    assert found(SUBSETS, one) == [("IST0101", "VirtualService a/one")]
    assert found(SUBSETS, one, rule("b/rule", "x.com")) == []
    assert found(SUBSETS, one, rule("b/rule", "*.com")) == []
    assert found(SUBSETS, one, rule("b/rule", "*.x.com")) == [("IST0101", "VirtualService a/one")]


def test_hosts_that_a_gateway_serves_for_some_namespaces() -> None:
    one = virtual_service("a/one", "x.b.com", gateways=["edge/g"])
    for host, served in (
        ("*", True),
        ("*/*", True),
        ("a/*.b.com", True),
        ("*/x.b.com", True),
        ("./*", False),
        ("c/x.b.com", False),
        ("*.c.com", False),
    ):
        expected = [] if served else [("IST0132", "VirtualService a/one")]
        assert found(GATEWAYS, one, gateway("edge/g", host)) == expected, host


@pytest.mark.parametrize(
    ("header", "is_claim"),
    [
        ("@request.auth.claims.sub", True),
        ("@Request.Auth.Claims[sub][x]", True),
        ("@request.auth.claims", False),
        ("@request.auth.claims[]", False),
        ("x-header", False),
    ],
)
def test_what_is_routing_by_claims(header: str, is_claim: bool) -> None:
    one = virtual_service("a/one", "a.com", gateways=["edge/g"])
    one["spec"]["http"] = [{"match": [{"withoutHeaders": {header: {"exact": "x"}}}]}]
    objects = one, gateway("edge/g", istio="gw"), deployment("edge/gw", istio="gw")
    analyzer = "virtualservice.JWTClaimRouteAnalyzer"
    assert [code for code, _ in found(analyzer, *objects)] == ["IST0149"] * is_claim
    everywhere = make("RequestAuthentication", "istio-system/any")
    assert found(analyzer, *objects, everywhere) == []
    assert found(analyzer, *objects, make("RequestAuthentication", "a/any")) == found(analyzer, *objects)


# DestinationRules

RULES = "destinationrule.SubsetSelectPodAnalyzer"
MISSED = [("IST0173", "DestinationRule a/rule")]


def test_a_subset_is_of_the_services_own_workloads() -> None:
    objects = rule("a/rule", "cart", version="v1"), service("a/cart", app="cart")
    assert found(RULES, *objects, deployment("a/cart", app="cart", version="v1")) == []
    assert found(RULES, *objects, deployment("a/other", app="other", version="v1")) == MISSED
    assert found(RULES, *objects, deployment("b/cart", app="cart", version="v1")) == MISSED


def test_nobody_knows_what_is_behind_a_service_without_a_selector() -> None:
    assert found(RULES, rule("a/rule", "cart", version="v1"), service("a/cart")) == []


@pytest.mark.parametrize(
    "label", ["topology.kubernetes.io/zone", "topology.istio.io/cluster", "kubernetes.io/hostname"]
)
def test_labels_of_the_node_or_the_cluster_may_come(label: str) -> None:
    objects = service("a/cart", app="cart"), deployment("a/cart", app="cart")
    assert found(RULES, rule("a/rule", "cart", **{label: "z"}), *objects) == []


def test_machines_and_written_endpoints_have_subsets_too() -> None:
    selecting = make("ServiceEntry", "a/vm", {"hosts": ["vm.com"], "workloadSelector": {"labels": {"app": "vm"}}})
    of_machine = rule("a/rule", "vm.com", version="v1")
    assert found(RULES, of_machine, selecting) == MISSED
    machine = make("WorkloadEntry", "a/one", {"labels": {"app": "vm", "version": "v1"}})
    assert found(RULES, of_machine, selecting, machine) == []
    written = make("ServiceEntry", "a/vm", {"hosts": ["vm.com"], "endpoints": [{"labels": {"version": "v1"}}]})
    assert found(RULES, of_machine, written) == []
    assert found(RULES, rule("a/rule", "vm.com", version="v2"), written) == MISSED
    assert found(RULES, rule("a/rule", "vm.com"), make("ServiceEntry", "a/vm", {"hosts": ["vm.com"]})) == []


# Sidecars, AuthorizationPolicies, ServiceEntries


def sidecar(full_name: str, **labels: str) -> Object:
    return make("Sidecar", full_name, {"workloadSelector": {"labels": labels}} if labels else {})


def test_sidecars_of_the_same_workloads_conflict_once() -> None:
    pods = [deployment(f"a/d{number}", app="x", number=f"{number}") for number in range(3)]
    conflict = findings("sidecar.SelectorAnalyzer", sidecar("a/one", app="x"), sidecar("a/two", app="x"), *pods)
    assert [(finding.code, str(finding.resource)) for finding in conflict] == [
        ("IST0110", "Sidecar a/one"),
        ("IST0110", "Sidecar a/two"),
    ]
    assert all("d0, d1, d2" in finding.text for finding in conflict)


def test_templates_in_an_ambient_namespace_have_no_sidecar() -> None:
    namespace = make("Namespace", "a", labels={"istio.io/dataplane-mode": "ambient"})
    objects = namespace, sidecar("a/one", app="x")
    analyzer = "sidecar.SelectorAnalyzer"
    assert found(analyzer, *objects, deployment("a/d", app="x")) == [("IST0167", "Sidecar a/one")]
    out = deployment("a/d", (), True, app="x", **{"istio.io/dataplane-mode": "none"})
    assert found(analyzer, *objects, out) == []


def test_a_policy_for_a_waypoint_or_gateway_needs_no_pods_in_its_namespace() -> None:
    analyzer = "auth.AuthorizationPoliciesAnalyzer"
    missed = [("IST0127", "AuthorizationPolicy a/p")]
    assert found(analyzer, make("AuthorizationPolicy", "a/p")) == missed
    assert found(analyzer, make("AuthorizationPolicy", "a/p", {"targetRefs": [{"name": "waypoint"}]})) == []
    assert found(analyzer, make("AuthorizationPolicy", "a/p"), deployment("a/d", app="x")) == []
    assert found(analyzer, make("AuthorizationPolicy", "a/p"), deployment("a/d", sidecar=False, app="x")) == missed


def test_namespaces_that_a_program_declares_no_object_for_may_be_there() -> None:
    policy = make("AuthorizationPolicy", "a/p", {"rules": [{"from": [{"source": {"namespaces": ["b", "b*", "c"]}}]}]})
    objects = policy, deployment("a/d", app="x")
    wanted = [
        finding.path[-1]
        for finding in findings("auth.AuthorizationPoliciesAnalyzer", *objects, complete=False, owned=frozenset({"b"}))
        if not finding.certain
    ]
    assert wanted == [2]


def test_entries_for_all_conflict_with_entries_for_some() -> None:
    def entry(full_name: str, protocol: str, *export_to: str) -> Object:
        port = {"number": 80, "name": "p", "protocol": protocol}
        return make("ServiceEntry", full_name, {"hosts": ["x.com"], "ports": [port], "exportTo": [*export_to]})

    analyzer = "serviceentry.ConflictingServiceEntryProtocolAnalyzer"
    both = [("IST0177", "ServiceEntry a/all"), ("IST0177", "ServiceEntry b/some")]
    assert found(analyzer, entry("a/all", "HTTP"), entry("b/some", "TCP", ".")) == both
    assert found(analyzer, entry("a/all", "HTTP"), entry("b/some", "http", ".")) == []
    assert found(analyzer, entry("a/some", "HTTP", "."), entry("b/some", "TCP", ".")) == []


def test_addresses_that_istio_gives_by_itself() -> None:
    entry = make("ServiceEntry", "a/e", {"hosts": ["x.com"], "ports": [{"number": 80, "protocol": "tcp"}]})
    needed = [("IST0134", "ServiceEntry a/e")]
    cases: list[tuple[Any, Found]] = [
        ({}, needed),
        ({"ISTIO_META_DNS_CAPTURE": "true"}, needed),
        ({"ISTIO_META_DNS_AUTO_ALLOCATE": "true"}, needed),
        ({"ISTIO_META_DNS_CAPTURE": "true", "ISTIO_META_DNS_AUTO_ALLOCATE": "true"}, []),
        ({"ISTIO_META_DNS_CAPTURE": "true", "PILOT_ENABLE_IP_AUTOALLOCATE": "true"}, []),
        ("nonsense", needed),
        (UNKNOWN, []),
    ]
    for variables, expected in cases:
        config = {"defaultConfig": {"proxyMetadata": variables}}
        assert found("serviceentry.Analyzer", entry, mesh_config=config) == expected, variables


def test_names_of_namespaces_are_compared_without_regard_to_case() -> None:
    policy = make("AuthorizationPolicy", "a/p", {"rules": [{"from": [{"source": {"namespaces": ["A", "*A", "a"]}}]}]})
    objects = policy, deployment("a/d", app="x"), make("Namespace", "a")
    missed = findings("auth.AuthorizationPoliciesAnalyzer", *objects)
    assert [finding.path[-1] for finding in missed] == [1]


def test_a_workload_in_an_unknown_namespace_hides_no_conflict_of_others() -> None:
    gateways = gateway("a/one", app="gw"), gateway("b/two", istio="gw")
    elsewhere = deployment("edge/x", app="x")
    elsewhere["metadata"]["namespace"] = UNKNOWN
    pods = deployment("edge/gw", app="gw", istio="gw")
    assert len(found(CONFLICTS, *gateways, pods, elsewhere)) == 2


def test_a_virtual_service_for_gateways_alone_has_no_part_in_conflicts_inside_the_mesh() -> None:
    inside = virtual_service("a/one", "cart"), virtual_service("a/two", "cart", gateways=["mesh", "g"])
    both = [("IST0109", "VirtualService a/one"), ("IST0109", "VirtualService a/two")]
    assert found(HOSTS, *inside, virtual_service("a/edge", "cart", gateways=["g"])) == both


def test_routes_inside_the_mesh_need_not_name_the_subsets_of_others() -> None:
    user = virtual_service("a/cart", "cart", to={"host": "cart", "subset": "v1"})
    inside = virtual_service("a/shop", "shop", to={"host": "cart"})
    assert found(DESTINATIONS, user, inside, service("a/cart")) == []


def test_a_policy_for_nothing_is_told_at_its_selector_if_it_has_one() -> None:
    for spec, path in (({}, ()), ({"selector": {"matchLabels": {"app": "x"}}}, ("spec", "selector"))):
        (finding,) = findings("auth.AuthorizationPoliciesAnalyzer", make("AuthorizationPolicy", "a/p", spec))
        assert finding.path == path
