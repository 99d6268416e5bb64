"""Kiali's validations find what Kiali's own find, on Kiali's own cases.

The YAML cases are read from Kiali's Go module, with the expectations of the tests beside them (`*_test.go`, whose
codes, objects and paths are carried over here). What those tests build in Go is written here anew, test by test.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml

from local_cluster import toolchain
from mesh_components.analysis import analyzers, kiali
from mesh_components.analysis.finding import Finding, Message, Severity
from mesh_components.analysis.messages import catalogue, kia
from mesh_components.analysis.world import World, of
from mesh_components.validation.unknown import UNKNOWN

from .objects import GATEWAYS, NETWORKING, Object, deployment, leaves, make, replaced, service

AUTO, MANUAL = {"enableAutoMtls": True}, {"enableAutoMtls": False}
REGISTERED = [name for name in analyzers.REGISTER if name.startswith("kiali.")]


def codes(world: World, *wanted: str) -> list[tuple[str, str, str]]:
    found = [finding for finding in analyzers.run(world, REGISTERED) if not wanted or finding.code in wanted]
    return sorted((finding.code, str(finding.resource), path_of(finding)) for finding in found)


def path_of(finding: Finding) -> str:
    """As Kiali writes it: ``spec/http[0]/route[1]``."""
    text = ""
    for part in finding.path:
        text += f"[{part}]" if isinstance(part, int) else f"/{part}"
    return text.removeprefix("/")


# Kiali's cases, from its module.


@pytest.fixture(scope="session")
def cases() -> Path:
    return toolchain.module_dir("kiali") / "tests" / "data" / "validations"


def documents(file: Path) -> list[Object]:
    loaded = [document for document in yaml.safe_load_all(file.read_text()) if document]
    for document in loaded:
        if document["kind"] == "Service":  # one has no namespace; the tests take another in its place anyway
            document["metadata"] |= {"name": "ratings", "namespace": "bookinfo"}
    return loaded


PRINCIPALS = "spec/rules[0]/from[0]/source/principals"
FOUND = [("KIA0105", "AuthorizationPolicy bookinfo/policy", PRINCIPALS)]
MTLS_CASES = {
    # Number of the file: whether it is found with automatic mutual TLS, and without.
    "1": (False, True),
    "2": (False, True),
    "3": (False, True),
    "4": (False, False),
    "5": (False, False),
    "6": (False, True),
    "7": (True, True),
    "71": (False, False),
    "8": (True, True),
    "9": (True, True),
    "10": (True, True),
    "101": (False, False),
    "11": (False, True),
    "12": (False, True),
    "13": (False, False),
    "14": (False, False),
    "15": (True, True),
    "16": (True, True),
    "17": (True, True),
    "18": (False, False),
    "19": (None, True),
    "20": (True, None),
    "21": (False, False),
    "22": (True, True),
}
"""From `mtls_enabled_checker_test.go`; None where it does not say."""


@pytest.mark.tools
@pytest.mark.parametrize(
    ("number", "auto", "expected"),
    [
        (number, auto, expected)
        for number, both in MTLS_CASES.items()
        for auto, expected in zip((True, False), both, strict=True)
        if expected is not None
    ],
)
def test_identity_needs_mutual_tls(cases: Path, number: str, auto: bool, expected: bool) -> None:
    given = documents(cases / "authorization" / f"mtls_enabled_checker_{number}.yaml")
    if not any(document["kind"] == "Service" for document in given):
        given.append(service("bookinfo/ratings", app="ratings"))
    world = of(*given, mesh_config=AUTO if auto else MANUAL)
    assert codes(world, "KIA0105") == (FOUND if expected else [])


@pytest.mark.tools
def test_fields_that_need_mutual_tls(cases: Path) -> None:
    given = documents(cases / "authorization" / "authz_policy_requires_mtls.yaml")
    refused = make("PeerAuthentication", "istio-system/default", {"mtls": {"mode": "DISABLE"}})
    found = codes(of(*given, refused), "KIA0105")
    expected = {  # TestNeedsIdentities
        "policy-0": "spec/rules[0]/from[0]/source/principals",
        "policy-1": "spec/rules[0]/from[0]/source/notPrincipals",
        "policy-3": "spec/rules[0]/when[0]",
        "policy-4": "spec/rules[0]/when[0]",
        "policy-5": "spec/rules[0]/when[0]",
        "policy-8": "spec/rules[0]/from[0]/source/namespaces",
        "policy-9": "spec/rules[0]/from[0]/source/notNamespaces",
    }
    assert {resource.split("/")[1]: path for _, resource, path in found} == expected


@pytest.mark.tools
@pytest.mark.parametrize(
    ("file", "code", "expected"),
    [
        ("peerauthentications/disabled_meshwide_checker_1.yaml", "KIA0506", False),
        ("peerauthentications/disabled_meshwide_checker_2.yaml", "KIA0506", True),
        ("peerauthentications/disabled_meshwide_checker_3.yaml", "KIA0506", False),
        ("peerauthentications/disabled_namespacewide_checker_1.yaml", "KIA0505", False),
        ("peerauthentications/disabled_namespacewide_checker_2.yaml", "KIA0505", True),
        ("peerauthentications/disabled_namespacewide_checker_3.yaml", "KIA0505", False),
        ("peerauthentications/disabled_namespacewide_checker_4.yaml", "KIA0505", True),
        ("peerauthentications/disabled_namespacewide_checker_5.yaml", "KIA0505", False),
        ("peerauthentications/disabled_namespacewide_checker_6.yaml", "KIA0505", False),
        ("destinationrules/disabled_meshwide_checker_1.yaml", "KIA0208", False),
        ("destinationrules/disabled_meshwide_checker_2.yaml", "KIA0208", True),
        ("destinationrules/disabled_meshwide_checker_3.yaml", "KIA0208", False),
        ("destinationrules/disabled_meshwide_checker_4.yaml", "KIA0208", False),
    ],
)
def test_mutual_tls_turned_off(cases: Path, file: str, code: str, expected: bool) -> None:
    found = analyzers.run(of(*documents(cases / file)), REGISTERED)
    assert bool([finding for finding in found if finding.code == code]) == expected
    path = "spec/trafficPolicy/tls/mode" if code == "KIA0208" else "spec/mtls"
    assert {(path_of(finding), finding.severity) for finding in found if finding.code == code} <= {
        (path, Severity.ERROR)
    }


@pytest.mark.tools
@pytest.mark.parametrize("kind", ["dr", "se", "vs"])
@pytest.mark.parametrize("scenario", ["valid", "all_valid", "invalid"])
def test_exported_to_nowhere(cases: Path, kind: str, scenario: str) -> None:
    given = documents(cases / "exportto" / f"{kind}_exportto_{scenario}.yaml")
    known = [make("Namespace", name) for name in ("bookinfo", "bookinfo2", "default")]
    found = codes(of(*given, *known), "KIA0005")
    paths = [f"spec/exportTo[{index}]" for index in (0, 1)] if scenario == "invalid" else []
    assert [path for _, _, path in found] == paths


SUBSET_CASES = {
    "matching-subsets-1": [],
    "export-subset": [],
    "no-matching-export-subset": ["spec/http[0]/route[0]/destination", "spec/http[0]/route[1]/destination"],
    "matching-subsets-2": [],
    "matching-subsets-diff-ns": ["spec/http[0]/route[0]/destination", "spec/http[1]/route[0]/destination"],
    "matching-subsets-diff-ns-fqdn": [],
    "matching-subsets-diff-ns-half-fqdn": [],
    "matching-subsets-half-fqdn": [],
    "no-matching-subsets-1": ["spec/http[0]/route[0]/destination", "spec/http[1]/route[0]/destination"],
    "no-matching-subsets-2": ["spec/http[0]/route[0]/destination", "spec/http[1]/route[0]/destination"],
    "no-matching-subsets-3": ["spec/http[0]/route[0]/destination", "spec/http[1]/route[0]/destination"],
    "service-entry": [],
    "service-entry-invalid": ["spec/http[1]/route[0]/destination", "spec/tls[1]/route[0]/destination"],
}
"""From `subset_presence_checker_test.go`."""


@pytest.mark.tools
@pytest.mark.parametrize("name", SUBSET_CASES)
def test_subsets_that_are_not_there(cases: Path, name: str) -> None:
    given = documents(cases / "virtualservices" / f"subset-presence-{name}.yaml")
    first = next(
        f"{o['metadata']['namespace']}/{o['metadata']['name']}" for o in given if o["kind"] == "VirtualService"
    )
    found = codes(of(*given), "KIA1107")
    assert [path for _, resource, path in found if resource == f"VirtualService {first}"] == SUBSET_CASES[name]


@pytest.mark.tools
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("not-referenced", [("spec/subsets[0]", Severity.INFO), ("spec/subsets[1]", Severity.INFO)]),
        ("referenced", [("spec/subsets[0]", Severity.ERROR), ("spec/subsets[1]", Severity.ERROR)]),
        ("wrongly-referenced", [("spec/subsets[0]", Severity.INFO), ("spec/subsets[1]", Severity.INFO)]),
        ("matching-not-referenced", []),
    ],
)
def test_subsets_without_workloads(cases: Path, name: str, expected: list[tuple[str, Severity]]) -> None:
    """`no_dest_checker_test.go`; a subset that no route uses is for information."""
    given = documents(cases / "virtualservices" / f"subset-presence-{name}.yaml")
    rule = next(o for o in given if o["kind"] == "DestinationRule" and o["metadata"]["name"] == "testrule")
    versions = {"subset-presence-matching-not-referenced": ("v1", "v2", "v3")}.get(
        f"subset-presence-{name}", ("v1", "v2")
    )
    there = [service("bookinfo/reviews", app="reviews")]
    there += [deployment(f"bookinfo/reviews-{v}", app="reviews", version=v) for v in versions]
    namespaces = [make("Namespace", name) for name in ("bookinfo", "bookinfo2")]
    routing = [o for o in given if o["kind"] == "VirtualService"]
    world = of(rule, *routing, *there, *namespaces)
    found = [f for f in analyzers.run(world, ["kiali.NoDestinationChecker"]) if f.code == "KIA0203"]
    assert sorted((path_of(f), f.severity) for f in found) == expected


@pytest.mark.tools
@pytest.mark.parametrize("name", ["non-existent-gateway-in-match", "non-existent-ns-gateway-in-match"])
def test_gateways_in_matches(cases: Path, name: str) -> None:
    given = documents(cases / "virtualservices" / f"{name}.yaml")
    gateway = make("Gateway", "default/valid-gateway", {"selector": {"app": "x"}})
    found = codes(of(*given, gateway), "KIA1102")
    assert len(found) == 1
    # Kiali's path leaves out which match it is.
    assert found[0][2].startswith("spec/http[1]/match[0]/gateways[1]")


# What Kiali's tests build in Go, carried over.


def gateway(full_name: str, *hosts: str, port: int = 80, **selector: str) -> Object:
    servers = [{"hosts": list(hosts), "port": {"number": port, "name": "http", "protocol": "HTTP"}}]
    return make("Gateway", full_name, {"selector": selector, "servers": servers})


def rule(full_name: str, host: str, *subsets: str, tls: str | None = None, **spec: Any) -> Object:
    policy = {"trafficPolicy": {"tls": {"mode": tls}}} if tls else {}
    named = {"subsets": [{"name": name, "labels": {"version": name}} for name in subsets]} if subsets else {}
    return make("DestinationRule", full_name, {"host": host, **named, **policy, **spec})


def routing(name: str, *hosts: str, gateways: Iterable[str] = (), **spec: Any) -> Object:
    bound = {"gateways": list(gateways)} if gateways else {}
    return make("VirtualService", f"bookinfo/{name}", {"hosts": list(hosts), **bound, **spec})


def names(world: World, code: str) -> list[str]:
    return sorted({resource.split("/")[-1] for _, resource, _ in codes(world, code)})


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param([gateway("test/a", "valid", app="real")], [], id="TestCorrectGateways"),
        pytest.param(
            [gateway("test/a", "NOTFINE.example.com", "notfine.example.com", app="x")], ["a"], id="TestCaseMatching"
        ),
        pytest.param(
            [gateway("test/a", "api.dev.example.com", "api-dev.example.com", app="x")], [], id="TestDashSubdomain"
        ),
        pytest.param(
            [gateway("test/a", "reviews", app="pub"), gateway("test/b", "reviews", app="prv")],
            [],
            id="DifferentIngress",
        ),
        pytest.param(
            [gateway("test/a", "valid", app="x"), gateway("bookinfo/b", "valid", app="x")],
            ["a", "b"],
            id="TestSameHostPortConfigInDifferentNamespace",
        ),
        pytest.param(
            [gateway("test/a", "valid", app="x"), gateway("test/b", "valid", port=443, app="x")],
            [],
            id="TestSameHostDifferentPortConfig",
        ),
        pytest.param(
            [
                gateway("test/a", "valid", app="x"),
                gateway("test/b", "*", app="x"),
                gateway("test/c", "*.justhost.com", app="x"),
            ],
            ["a", "b", "c"],
            id="TestWildCardMatchingHost",
        ),
        pytest.param([gateway("a/a", "*"), gateway("b/b", "*")], ["a", "b"], id="TestSameWildcardHostPort"),
        pytest.param([gateway("test/a", "*.echidna.com", "t.echidna.com", app="x")], ["a"], id="TestAnotherSubdomain"),
        pytest.param(
            [gateway("test/a", "example.com", "fine.example.com", app="x")], [], id="TestNoMatchOnSubdomainHost"
        ),
        pytest.param(
            [gateway("test/a", "*.example.com", "*.fine.example.com", app="x")], [], id="WildcardSubdomainHost"
        ),
        pytest.param([gateway("test/a", "test1/example.com", "test2/example.com", app="x")], [], id="TargetNamespaces"),
        pytest.param(
            [gateway("test/a", "test/example.com", "./example.com", app="x")], ["a"], id="SameTargetNamespace"
        ),
        pytest.param([gateway("test/a", "test/example.com", "*/example.com", app="x")], ["a"], id="WildcardTarget"),
        pytest.param(
            [gateway("test/a", "test/example.com", "example.com", app="x")], ["a"], id="ImplicitWildcardTarget"
        ),
        pytest.param([gateway("test/a", "*.example.com", "*.example.com", app="x")], ["a"], id="SameWildcards"),
    ],
)
def test_several_gateways(given: list[Object], expected: list[str]) -> None:
    assert names(of(*given), "KIA0301") == expected


def test_each_host_of_a_gateway_is_found() -> None:
    """TestDuplicateGatewaysErrorCount."""
    world = of(gateway("test/a", "valid", "second.valid", app="x"), gateway("test/b", "valid", "second.valid", app="x"))
    assert [path for _, _, path in codes(world, "KIA0301")] == [
        f"spec/servers[0]/hosts[{index}]" for index in (0, 1)
    ] * 2


IM = "ISTIO_MUTUAL"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param([rule("test/a", "host1"), rule("test/b", "host2.test.svc.cluster.local")], [], id="Correct"),
        pytest.param(
            [rule("test/a", "host1"), rule("test/b", "host1.test.svc.cluster.local"), rule("test/c", "host1")],
            ["a", "b", "c"],
            id="TestMultiHostMatchInvalid",
        ),
        pytest.param([rule("test/a", "host1"), rule("test/b", "host1.test")], ["a", "b"], id="InvalidShortFormat"),
        pytest.param([rule("test/a", "host1"), rule("test/b", "host2.test")], [], id="ValidShortFormat"),
        pytest.param([rule("test/a", "host1"), rule("test/b", "host2.bookinfo")], [], id="DiffNamespace"),
        pytest.param([rule("test/a", "host1"), rule("test/b", "*.test.svc.cluster.local")], ["a", "b"], id="Wildcard"),
        pytest.param(
            [rule("t/a", "*.vault.svc.cluster.local"), rule("t/b", "*.istio-test3.svc.cluster.local")],
            [],
            id="TestMultiHostMatchDisjointNamespaceWildcards",
        ),
        pytest.param(
            [rule("t/a", "*.vault.svc.cluster.local"), rule("t/b", "*.vault.svc.cluster.local")],
            ["a", "b"],
            id="TestMultiHostMatchSameNamespaceWildcardsStillConflict",
        ),
        pytest.param([rule("test/a", "*"), rule("test/b", "*.test.svc.cluster.local")], ["a", "b"], id="BothWildcard"),
        pytest.param([rule("test/a", "host1"), rule("test/b", "*.local", tls=IM)], [], id="MeshWideMTLS"),
        pytest.param(
            [rule("test/a", "h"), rule("test/b", "*.test.svc.cluster.local", tls=IM)], [], id="NamespaceWideMTLS"
        ),
        pytest.param(
            [rule("t/a", "*.vault.svc.cluster.local", tls=IM), rule("t/b", "*.vault.svc.cluster.local")],
            ["a", "b"],
            id="TestMultiHostMatchingServiceScopedMTLSWildcardStillConflicts",
        ),
        pytest.param(
            [rule("test/a", "host1", "v1", "v2"), rule("test/b", "host1", "v3", "v4")], [], id="DifferentSubsets"
        ),
        pytest.param(
            [
                rule("test/a", "host1", "v1", "v2"),
                rule("test/b", "host1", "v3", "v4"),
                rule("test/c", "*.test.svc.cluster.local", "v1", "v5"),
            ],
            ["a", "c"],
            id="TestMultiHostMatchDifferentSubsets",
        ),
        pytest.param(
            [rule("b/a", "reviews", "v2", "v3"), rule("b/b", "reviews", "v1"), rule("b/c", "reviews")],
            ["a", "b", "c"],
            id="TestReviewsExample",
        ),
        pytest.param(
            [rule("t/a", "api.service-a.com"), rule("t/b", "api.service-b.com")], [], id="TestMultiServiceEntry"
        ),
        pytest.param(
            [rule("t/a", "api.service-a.com"), rule("t/b", "api.service-a.com")], ["a", "b"], id="EntryInvalid"
        ),
        pytest.param(
            [rule("t/a", "x.com", exportTo=["."]), rule("u/b", "x.com", exportTo=["."])],
            [],
            id="seen by nobody together",
        ),
        pytest.param([rule("t/a", "x.com", exportTo=["u"]), rule("u/b", "x.com")], ["a", "b"], id="seen in u"),
    ],
)
def test_several_rules(given: list[Object], expected: list[str]) -> None:
    known = [make("Namespace", name) for name in ("test", "bookinfo")]
    for order in (given, given[::-1]):
        assert names(of(*order, *known), "KIA0201") == expected


ALL_THREE = ["virtual-1", "virtual-2", "virtual-3"]
WILD = "*.bookinfo.svc.cluster.local"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        pytest.param([["reviews"], ["ratings"]], [], id="TestOneVirtualServicePerHost"),
        pytest.param(
            [[f"{n}.bookinfo.svc.cluster.local"] for n in ("a", "b")], [], id="TestOneVirtualServicePerFQDNHost"
        ),
        pytest.param([[WILD], ["*.eshop.svc.cluster.local"]], [], id="TestOneVirtualServicePerFQDNWildcardHost"),
        pytest.param([["reviews"]] * 3, ALL_THREE, id="TestRepeatingSimpleHost"),
        pytest.param([["reviews.bookinfo"]] * 2, ALL_THREE[:2], id="TestRepeatingSVCNSHost"),
        pytest.param([["reviews"], ["reviews.bookinfo"]], ALL_THREE[:2], id="short and two parts"),
        pytest.param([[WILD], ["reviews.bookinfo"]], ALL_THREE[:2], id="wildcard and two parts"),
        pytest.param([["reviews"], ["details.bookinfo"]], [], id="two services"),
        pytest.param([["reviews.bookinfo.svc.cluster.local"]] * 3, ALL_THREE, id="TestRepeatingFQDNHost"),
        pytest.param([[WILD]] * 3, ALL_THREE, id="TestRepeatingFQDNWildcardHost"),
        pytest.param([[WILD], ["reviews"], ["reviews"]], ALL_THREE, id="TestShortHostNameIncludedIntoWildCard"),
        pytest.param([["*"], ["reviews"], ["reviews"]], ALL_THREE, id="TestWildcardisMarkedInvalid"),
        pytest.param(
            [["reviews"], ["reviews", "mongo.backup.svc.cluster.local"]], ALL_THREE[:2], id="MultipleHostsFailing"
        ),
        pytest.param([["reviews"], ["ratings", "mongo.backup.svc.cluster.local"]], [], id="TestMultipleHostsPassing"),
    ],
)
def test_several_virtual_services(given: list[list[str]], expected: list[str]) -> None:
    made = [routing(f"virtual-{index}", *hosts) for index, hosts in enumerate(given, 1)]
    for order in (made, made[::-1]):
        assert names(of(*order), "KIA1106") == expected


def test_one_host_at_two_gateways() -> None:
    """TestRepeatingSimpleHostWithGateway."""
    bound = [routing("a", "reviews", gateways=["bookinfo"]), routing("b", "reviews", gateways=["bookinfo"])]
    assert names(of(*bound), "KIA1106") == ["a", "b"]
    assert names(of(bound[0], routing("b", "reviews")), "KIA1106") == []
    far = make("VirtualService", "other/b", {"hosts": ["x.com"], "gateways": ["gw"]})
    assert names(of(routing("a", "x.com", gateways=["gw"]), far), "KIA1106") == []  # Gateways of their own namespaces


MESH_WIDE, NS_WIDE = rule("istio-system/mesh", "*.local", tls=IM), rule("bookinfo/ns", WILD, tls=IM)


@pytest.mark.parametrize(
    ("subject", "wider", "expected"),
    [
        (rule("bookinfo/reviews", "reviews"), MESH_WIDE, True),
        (rule("bookinfo/reviews", "reviews", trafficPolicy={"loadBalancer": {"simple": "RANDOM"}}), MESH_WIDE, True),
        (
            rule("bookinfo/reviews", "reviews", trafficPolicy={"portLevelSettings": [{"port": {"number": 1}}]}),
            MESH_WIDE,
            True,
        ),
        (rule("bookinfo/reviews", "reviews", tls=IM), MESH_WIDE, False),
        (
            rule("bookinfo/reviews", "reviews", trafficPolicy={"portLevelSettings": [{"tls": {"mode": "SIMPLE"}}]}),
            MESH_WIDE,
            False,
        ),
        (rule("bookinfo/reviews", "reviews"), NS_WIDE, True),
        (rule("other/reviews", "reviews.other.svc.cluster.local"), NS_WIDE, False),
        (rule("other/entry", "wikipedia.org"), NS_WIDE, False),
        (rule("vault/reviews", "reviews"), rule("bookinfo/x", "*.elsewhere.svc.cluster.local", tls=IM), False),
        (
            rule("other/reviews", "reviews.bookinfo.svc.cluster.local"),
            {**NS_WIDE, "spec": {**NS_WIDE["spec"], "exportTo": ["."]}},
            False,
        ),
    ],
)
def test_mutual_tls_is_overridden(subject: Object, wider: Object, expected: bool) -> None:
    """`traffic_policy_checker_test.go`."""
    assert (subject["metadata"]["name"] in names(of(subject, wider), "KIA0204")) == expected


def peer(namespace: str, mode: str, **spec: Any) -> Object:
    return make("PeerAuthentication", f"{namespace}/default", {"mtls": {"mode": mode}, **spec})


@pytest.mark.parametrize(
    ("given", "auto", "code", "expected"),
    [
        # meshwide_mtls_checker_test.go
        ([MESH_WIDE], False, "KIA0205", True),
        ([MESH_WIDE, peer("istio-system", "DISABLE")], False, "KIA0205", True),
        ([MESH_WIDE, peer("istio-system", "STRICT")], False, "KIA0205", False),
        ([MESH_WIDE], True, "KIA0205", False),
        ([NS_WIDE], False, "KIA0205", False),
        # namespacewide_mtls_checker_test.go
        ([NS_WIDE, peer("bookinfo", "PERMISSIVE")], False, "KIA0206", False),
        ([NS_WIDE, peer("istio-system", "STRICT")], False, "KIA0206", False),
        ([NS_WIDE], False, "KIA0206", True),
        ([NS_WIDE], True, "KIA0206", False),
        # disabled_namespacewide_mtls_checker_test.go
        ([rule("bookinfo/d", WILD, tls="DISABLE"), peer("bookinfo", "PERMISSIVE")], True, "KIA0207", False),
        ([rule("bookinfo/d", WILD, tls="DISABLE"), peer("bookinfo", "STRICT")], True, "KIA0207", True),
        ([rule("bookinfo/d", WILD, tls="DISABLE"), peer("istio-system", "STRICT")], True, "KIA0208", True),
        ([rule("bookinfo/d", WILD, tls="DISABLE"), peer("istio-system", "PERMISSIVE")], True, "KIA0208", False),
        (
            [rule("bookinfo/d", WILD, tls="DISABLE"), peer("istio-system", "STRICT"), peer("bookinfo", "UNSET")],
            True,
            "KIA0208",
            True,
        ),
        (
            [rule("bookinfo/d", WILD, tls="DISABLE"), peer("istio-system", "STRICT"), peer("bookinfo", "DISABLE")],
            True,
            "KIA0208",
            False,
        ),
        ([rule("bookinfo/d", WILD, tls="DISABLE")], True, "KIA0207", False),
        # mesh_mtls_checker_test.go, namespace_mtls_checker_test.go
        ([peer("istio-system", "STRICT")], False, "KIA0401", True),
        ([peer("istio-system", "STRICT")], True, "KIA0401", False),
        ([peer("istio-system", "STRICT"), MESH_WIDE], False, "KIA0401", False),
        ([peer("istio-system", "PERMISSIVE")], False, "KIA0401", False),
        ([peer("bookinfo", "STRICT")], False, "KIA0501", True),
        ([peer("bookinfo", "STRICT")], True, "KIA0501", False),
        ([peer("bookinfo", "STRICT"), NS_WIDE], False, "KIA0501", False),
        ([peer("bookinfo", "STRICT"), MESH_WIDE], False, "KIA0501", False),
        ([peer("bookinfo", "STRICT", selector={"matchLabels": {"a": "b"}})], False, "KIA0501", False),
    ],
)
def test_sides_that_disagree(given: list[Object], auto: bool, code: str, expected: bool) -> None:
    assert bool(names(of(*given, mesh_config=AUTO if auto else MANUAL), code)) == expected


def test_the_meshs_permissive_default_is_enough_with_automatic_mutual_tls() -> None:
    """TestAutoAuthzMeshPermissiveNoDestRule, of a Kiali newer than the module's."""
    policy = make("AuthorizationPolicy", "bookinfo/policy", {"rules": [{"from": [{"source": {"namespaces": ["a"]}}]}]})
    given = [peer("istio-system", "PERMISSIVE"), policy]
    assert not names(of(*given, mesh_config=AUTO), "KIA0105")
    assert names(of(*given, mesh_config=MANUAL), "KIA0105") == ["policy"]


# Each of the others, found and not found.

REVIEWS = [
    service("bookinfo/reviews", app="reviews"),
    deployment("bookinfo/reviews", [80], app="reviews", version="v1"),
]


def policy(**rule_parts: Any) -> Object:
    return make("AuthorizationPolicy", "bookinfo/policy", {"rules": [rule_parts]})


def operation(**what: Any) -> Object:
    return policy(to=[{"operation": what}])


def source(**what: Any) -> Object:
    return policy(**{"from": [{"source": what}]})


def http(*destinations: Object) -> Object:
    return {"http": [{"route": list(destinations)}]}


def to(host: str, subset: str | None = None, weight: int | None = None) -> Object:
    target: Object = {"host": host, **({"subset": subset} if subset else {})}
    return {"destination": target, **({"weight": weight} if weight is not None else {})}


ENTRY = make("ServiceEntry", "bookinfo/ext", {"hosts": ["api.example.com", "*.wild.example.com"], "ports": []})
LISTENER = {"name": "web", "port": 80, "protocol": "HTTP"}


def parent(name: str, **more: Any) -> Object:
    return make("HTTPRoute", "bookinfo/route", {"parentRefs": [{"name": name, **more}], "rules": []})


def k8s_gateway(full_name: str, **allowed: Any) -> Object:
    listener = LISTENER | ({"allowedRoutes": {"namespaces": allowed}} if allowed else {})
    return make("K8sGateway", full_name, {"gatewayClassName": "istio", "listeners": [listener]})


CASES: list[tuple[str, list[Object], bool]] = [
    ("KIA0002", [peer("bookinfo", "STRICT"), make("PeerAuthentication", "bookinfo/b", {})], True),
    ("KIA0002", [peer("bookinfo", "STRICT"), peer("other", "STRICT")], False),
    ("KIA0002", [make("Sidecar", "a/x", {}), make("Sidecar", "a/y", {})], True),
    ("KIA0002", [make("RequestAuthentication", "a/x", {}), make("RequestAuthentication", "a/y", {})], False),
    (
        "KIA0003",
        [
            make("PeerAuthentication", "bookinfo/a", {"selector": {"matchLabels": {"app": "reviews"}}}),
            make("PeerAuthentication", "bookinfo/b", {"selector": {"matchLabels": {"version": "v1"}}}),
            *REVIEWS,
        ],
        True,
    ),
    (
        "KIA0003",
        [
            make("PeerAuthentication", "bookinfo/a", {"selector": {"matchLabels": {"app": "reviews"}}}),
            make("PeerAuthentication", "bookinfo/b", {"selector": {"matchLabels": {"version": "v2"}}}),
            *REVIEWS,
        ],
        False,
    ),
    ("KIA0004", [make("Sidecar", "bookinfo/a", {"workloadSelector": {"labels": {"app": "x"}}}), *REVIEWS], True),
    ("KIA0004", [make("Sidecar", "bookinfo/a", {"workloadSelector": {"labels": {"app": "reviews"}}}), *REVIEWS], False),
    (
        "KIA0004",
        [make("AuthorizationPolicy", "istio-system/a", {"selector": {"matchLabels": {"app": "reviews"}}}), *REVIEWS],
        False,
    ),
    (
        "KIA0004",
        [
            make("AuthorizationPolicy", "vms/a", {"selector": {"matchLabels": {"app": "vm"}}}),
            make("WorkloadEntry", "vms/vm", {"address": "10.0.0.1", "labels": {"app": "vm"}}),
        ],
        False,
    ),
    ("KIA0101", [source(namespaces=["nowhere"]), *REVIEWS], True),
    ("KIA0101", [source(namespaces=["bookinfo", "book*", "*info", "*"]), *REVIEWS], False),
    ("KIA0102", [operation(methods=["GRPC"])], True),
    ("KIA0102", [operation(methods=["/pkg.Service/Method"])], True),
    ("KIA0102", [operation(methods=["GET", "get", "PO*", "*T", "*"])], False),
    ("KIA0104", [operation(hosts=["ratings"]), *REVIEWS], True),
    ("KIA0104", [operation(hosts=["ratings.bookinfo"]), *REVIEWS], True),
    (
        "KIA0104",
        [operation(hosts=["reviews", "reviews.bookinfo", "*.x", "api.example.com", "a.info"]), *REVIEWS],
        False,
    ),
    ("KIA0104", [operation(hosts=["routed"]), routing("a", "routed"), *REVIEWS], False),
    ("KIA0104", [operation(hosts=["routed"]), routing("a", WILD), *REVIEWS], False),
    ("KIA0106", [source(principals=["cluster.local/ns/bookinfo/sa/ghost"]), *REVIEWS], True),
    ("KIA0106", [source(principals=["bookinfo/default"]), *REVIEWS], True),
    (
        "KIA0106",
        [
            source(
                principals=[
                    "cluster.local/ns/bookinfo/sa/default",
                    "*/sa/default",
                    "cluster.local/ns/bookinfo/*",
                    "*",
                    "other.mesh/ns/x/sa/y",
                ]
            ),
            *REVIEWS,
        ],
        False,
    ),
    ("KIA0202", [rule("bookinfo/a", "ratings"), *REVIEWS], True),
    ("KIA0202", [rule("bookinfo/a", "reviews.other.svc.cluster.local"), *REVIEWS], True),
    ("KIA0202", [rule("bookinfo/a", "reviews"), rule("x/b", "reviews.bookinfo"), *REVIEWS], False),
    ("KIA0202", [rule("bookinfo/a", "api.example.com"), rule("x/b", "a.wild.example.com"), ENTRY], False),
    ("KIA0202", [rule("bookinfo/a", "*.anything.com")], False),
    ("KIA0203", [rule("bookinfo/a", "reviews", "v1", "v9"), *REVIEWS], True),
    ("KIA0203", [rule("bookinfo/a", "reviews", "v1"), *REVIEWS], False),
    ("KIA0209", [rule("bookinfo/a", "reviews", subsets=[{"name": "all"}]), *REVIEWS], True),
    ("KIA0302", [gateway("bookinfo/a", "*", app="ghost"), *REVIEWS], True),
    ("KIA0302", [gateway("bookinfo/a", "*", app="reviews"), *REVIEWS], False),
    ("KIA0601", [service("b/x", {"name": "http2foo", "port": 80}, app="x"), deployment("b/x", app="x")], True),
    (
        "KIA0601",
        [service("b/x", {"name": "http2foo", "port": 80}, app="x"), deployment("b/x", sidecar=False, app="x")],
        False,
    ),
    (
        "KIA0601",
        [
            service(
                "b/x",
                {"name": "http2-foo", "port": 80},
                {"name": "web", "port": 81, "appProtocol": "mysql"},
                {"name": "dns", "port": 53, "protocol": "UDP"},
                app="x",
            ),
            deployment("b/x", app="x"),
        ],
        False,
    ),
    (
        "KIA0602",
        [service("b/x", {"name": "d", "port": 1, "appProtocol": "mysql-wrong"}, app="x"), deployment("b/x", app="x")],
        True,
    ),
    ("KIA0701", [service("b/x", {"name": "http", "port": 9080}, app="x"), deployment("b/x", [8080], app="x")], True),
    ("KIA0701", [service("b/x", {"name": "http", "port": 9080}, app="x"), deployment("b/x", [9080], app="x")], False),
    (
        "KIA0701",
        [
            service("b/x", {"name": "http", "port": 9080, "targetPort": "web"}, app="x"),
            deployment("b/x", [("web", 8080)], app="x"),
        ],
        False,
    ),
    (
        "KIA0701",
        [
            service("istio-system/x", {"name": "http", "port": 9080}, app="x"),
            deployment("istio-system/x", [8080], app="x"),
        ],
        False,
    ),
    ("KIA1004", [make("Sidecar", "bookinfo/a", {"egress": [{"hosts": ["./ghost"]}]}), *REVIEWS], True),
    (
        "KIA1004",
        [make("Sidecar", "bookinfo/a", {"egress": [{"hosts": ["*/ghost.x.svc.cluster.local"]}]}), *REVIEWS],
        True,
    ),
    (
        "KIA1004",
        [
            make(
                "Sidecar",
                "bookinfo/a",
                {"egress": [{"hosts": ["./reviews", "*/*", "x/*", "~/*", "*/api.example.com"]}]},
            ),
            ENTRY,
            *REVIEWS,
        ],
        False,
    ),
    ("KIA1101", [routing("a", "reviews", **http(to("ghost"))), *REVIEWS], True),
    ("KIA1101", [routing("a", "reviews", **http(to("reviews"), to("api.example.com"))), ENTRY, *REVIEWS], False),
    ("KIA1102", [routing("a", "x", gateways=["ghost", "mesh"])], True),
    (
        "KIA1102",
        [routing("a", "x", gateways=["mesh", "gw", "bookinfo/gw", "./gw"]), gateway("bookinfo/gw", "*", a="b")],
        False,
    ),
    ("KIA1104", [routing("a", "reviews", **http(to("reviews", weight=50))), *REVIEWS], True),
    ("KIA1104", [routing("a", "reviews", **http(to("reviews", weight=100))), *REVIEWS], False),
    ("KIA1104", [routing("a", "reviews", **http(to("reviews", "a", 50), to("reviews", "b", 50))), *REVIEWS], False),
    (
        "KIA1105",
        [routing("a", "reviews", **http(to("reviews", "a", 50), to("reviews.bookinfo", "a", 50))), *REVIEWS],
        True,
    ),
    ("KIA1105", [routing("a", "reviews", **http(to("reviews", "a", 50), to("reviews", "b", 50))), *REVIEWS], False),
    ("KIA1107", [routing("a", "reviews", **http(to("reviews", "v9"))), rule("bookinfo/r", "reviews", "v1")], True),
    ("KIA1107", [routing("a", "reviews", **http(to("reviews", "v1"))), rule("x/r", WILD, "v1")], False),
    ("KIA1401", [parent("ghost")], True),
    ("KIA1401", [parent("gw"), k8s_gateway("bookinfo/gw")], False),
    ("KIA1401", [parent("gw", namespace="infra"), k8s_gateway("infra/gw")], True),
    ("KIA1401", [parent("gw", namespace="infra"), k8s_gateway("infra/gw", **{"from": "All"})], False),
    ("KIA1401", [parent("svc", kind="Service", group="")], False),
    (
        "KIA1401",
        [
            parent("gw", namespace="infra"),
            k8s_gateway("infra/gw", **{"from": "Selector", "selector": {"matchLabels": {"web": "yes"}}}),
        ],
        False,  # of the route's namespace, no labels are known
    ),
    (
        "KIA1401",
        [
            parent("gw", namespace="infra"),
            k8s_gateway("infra/gw", **{"from": "Selector", "selector": {"matchLabels": {"web": "yes"}}}),
            make("Namespace", "bookinfo", labels={"web": "no"}),
        ],
        True,
    ),
]


@pytest.mark.parametrize(("code", "given", "expected"), CASES, ids=[f"{c}-{i}" for i, (c, _, _) in enumerate(CASES)])
def test_a_case(code: str, given: list[Object], expected: bool) -> None:
    assert bool(codes(of(*given), code)) == expected


def test_principals_of_former_trust_domains_are_looked_up() -> None:
    given = [source(principals=["old.mesh/ns/bookinfo/sa/ghost", "old.mesh/ns/bookinfo/sa/default"]), *REVIEWS]
    path = "spec/rules[0]/from[0]/source/principals[0]"
    world = of(*given, mesh_config={"trustDomainAliases": ["old.mesh"]})
    assert [found[2] for found in codes(world, "KIA0106")] == [path]
    assert not codes(of(*given), "KIA0106")  # of another mesh


def test_every_code_is_found_somewhere() -> None:
    everything = {value.code for value in vars(kia).values() if isinstance(value, Message)}
    elsewhere = {  # in the tests above
        *("KIA0005", "KIA0105", "KIA0201", "KIA0204", "KIA0205", "KIA0206", "KIA0207", "KIA0208"),
        *("KIA0301", "KIA0401", "KIA0501", "KIA0505", "KIA0506", "KIA1106"),
    }
    assert everything == {code for code, _, found in CASES if found} | elsewhere


MISSING = [
    ("KIA0004", make("Sidecar", "bookinfo/a", {"workloadSelector": {"labels": {"app": "x"}}})),
    ("KIA0005", rule("bookinfo/a", "*.x", exportTo=["nowhere"])),
    ("KIA0101", source(namespaces=["nowhere"])),
    ("KIA0104", operation(hosts=["ghost"])),
    ("KIA0106", source(principals=["cluster.local/ns/bookinfo/sa/ghost"])),
    ("KIA0202", rule("bookinfo/a", "ghost")),
    ("KIA0302", gateway("bookinfo/a", "*", app="ghost")),
    ("KIA1004", make("Sidecar", "bookinfo/a", {"egress": [{"hosts": ["./ghost"]}]})),
    ("KIA1101", routing("a", "x", **http(to("ghost")))),
    ("KIA1102", routing("a", "x", gateways=["ghost"])),
    ("KIA1107", routing("a", "x", **http(to("ghost", "v1")))),
    ("KIA1401", parent("ghost")),
]


@pytest.mark.parametrize(("code", "given"), MISSING, ids=[code for code, _ in MISSING])
def test_what_may_be_elsewhere_is_for_information(code: str, given: Object) -> None:
    """In a namespace of which not everything is known, nothing is missing for certain."""
    found = [f for f in analyzers.run(of(given, complete=False), REGISTERED) if f.code == code]
    assert [(f.certain, f.severity) for f in found] == [(False, Severity.INFO)]
    known = [f for f in analyzers.run(of(given), REGISTERED) if f.code == code]
    assert [(f.certain, f.severity) for f in known] == [(True, catalogue()[code].severity)]


@pytest.mark.parametrize(("code", "given"), MISSING, ids=[code for code, _ in MISSING])
def test_what_an_unknown_name_could_be_is_not_missing(code: str, given: Object) -> None:
    later = {"namespace": "bookinfo", "name": UNKNOWN}
    entry = make("ServiceEntry", "bookinfo/e", {"hosts": [UNKNOWN], "ports": []})
    unknown: list[Object] = [
        entry,
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": UNKNOWN}},
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": later},
        {"apiVersion": NETWORKING, "kind": "Gateway", "metadata": later},
        {"apiVersion": GATEWAYS, "kind": "Gateway", "metadata": later},
        rule("bookinfo/later", UNKNOWN),  # type: ignore[arg-type]
        deployment("bookinfo/later", app=UNKNOWN),  # type: ignore[arg-type]
    ]
    assert not codes(of(given, *unknown), code)


@pytest.mark.parametrize("outbound", ["ALLOW_ANY", "REGISTRY_ONLY"])
def test_unknown_hosts_are_a_warning_where_they_are_let_through(outbound: str) -> None:
    world = of(routing("a", "x", **http(to("ghost"))), mesh_config={"outboundTrafficPolicy": {"mode": outbound}})
    found = [f.severity for f in analyzers.run(world, REGISTERED) if f.code == "KIA1101"]
    assert found == [Severity.WARNING if outbound == "ALLOW_ANY" else Severity.ERROR]


@pytest.mark.parametrize("by", [UNKNOWN, None, 7, [], {}, "", "*", ["x"], {"a": 1}], ids=repr)
def test_nothing_makes_it_crash(by: Any) -> None:
    for _, given, _ in CASES:
        for position, one in enumerate(given):
            for path in leaves(one):
                if path[0] in ("metadata", "spec"):
                    changed = [*given[:position], replaced(one, path, by), *given[position + 1 :]]
                    analyzers.run(of(*changed), REGISTERED)


def test_the_same_problem_has_codes_that_there_are() -> None:
    known = catalogue()
    assert all(code in known and other in known for code, other in kiali.SAME_AS.items())
