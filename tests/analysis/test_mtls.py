"""The mode that counts is the one that istiod works out.

The cases are those of `TestComposePeerAuthentication` (istio/istio 1.31,
`pilot/pkg/security/authn/policy_applier_test.go`), carried over: those tests are in Go.
"""

from __future__ import annotations

from typing import Any

import pytest

from mesh_components.analysis.mtls import DISABLE, PERMISSIVE, STRICT, PeerModes, automatic
from mesh_components.analysis.world import of
from mesh_components.validation.unknown import UNKNOWN, IsUnknown

from .objects import Object, make

ROOT, OWN = "istio-system", "my-ns"
LABELS = {"app": "foo"}
SELECTOR = {"matchLabels": LABELS}
NOW, BEFORE = "2030-01-01T00:00:01Z", "2030-01-01T00:00:00Z"


def policy(namespace: str, name: str = "default", mode: Any = "", created: str = "", **spec: Any) -> Object:
    said = {} if isinstance(mode, str) and not mode else {"mtls": {"mode": mode}}
    when = {"creationTimestamp": created} if created else {}
    return make("PeerAuthentication", f"{namespace}/{name}", {**said, **spec}, **when)


def three(namespace: str, **spec: Any) -> list[Object]:
    return [
        policy(namespace, "now", DISABLE, NOW, **spec),
        policy(namespace, "second-ago", PERMISSIVE, BEFORE, **spec),
        policy(namespace, "second-later", STRICT, BEFORE, **spec),
    ]


PORTS = {"80": {"mode": DISABLE}, "90": {"mode": "UNSET"}, "100": {}}
CASES: dict[str, tuple[list[Object], str]] = {
    "no config": ([], PERMISSIVE),
    "mesh only": ([policy(ROOT, mode=STRICT)], STRICT),
    "mesh vs namespace": ([policy(ROOT, mode=STRICT, selector={}), policy(OWN, mode=PERMISSIVE)], PERMISSIVE),
    "ignore a selector in the root namespace": ([policy(ROOT, mode=STRICT, selector=SELECTOR)], PERMISSIVE),
    "workload vs namespace": ([policy(OWN), policy(OWN, "foo", selector=SELECTOR)], PERMISSIVE),
    "namespace vs mesh": ([policy(OWN, mode=PERMISSIVE), policy(ROOT, mode=DISABLE)], PERMISSIVE),
    "several of the mesh": (three(ROOT), PERMISSIVE),
    "several of the namespace": (three(OWN), PERMISSIVE),
    "several of the workload": (three(OWN, selector=SELECTOR), PERMISSIVE),
    "inheritance: default": ([policy(ROOT, mode="UNSET")], PERMISSIVE),
    "inheritance: mesh to workload": ([policy(ROOT, mode=STRICT), policy(OWN, "foo", selector=SELECTOR)], STRICT),
    "inheritance: namespace to workload": ([policy(OWN, mode=STRICT), policy(OWN, "f", selector=SELECTOR)], STRICT),
    "inheritance: all": (
        [policy(ROOT, mode=STRICT), policy(OWN, mode="UNSET"), policy(OWN, "foo", selector=SELECTOR)],
        STRICT,
    ),
    "port level": ([policy(ROOT, mode=STRICT), policy(OWN, "foo", selector=SELECTOR, portLevelMtls=PORTS)], STRICT),
    # Not upstream's: who is meant at all.
    "another namespace": ([policy("other", mode=STRICT)], PERMISSIVE),
    "another workload": ([policy(OWN, mode=STRICT, selector={"matchLabels": {"app": "bar"}})], PERMISSIVE),
    "a planned one is younger": ([policy(OWN, "a", DISABLE), policy(OWN, "b", STRICT, NOW)], STRICT),
}


@pytest.mark.parametrize("name", CASES)
def test_the_mode_of_a_workload(name: str) -> None:
    given, expected = CASES[name]
    for order in (given, given[::-1]):
        assert of(*order).derived(PeerModes).workload(OWN, LABELS).mode == expected


def test_the_modes_of_ports() -> None:
    effective = of(*CASES["port level"][0]).derived(PeerModes).workload(OWN, LABELS)
    assert dict(effective.ports) == {80: DISABLE, 90: STRICT, 100: STRICT}
    assert (effective.at(80), effective.at(81)) == (DISABLE, STRICT)


def test_the_root_namespace_is_the_meshs_own() -> None:
    world = of(policy("config", mode=STRICT), mesh_config={"rootNamespace": "config"})
    modes = world.derived(PeerModes)
    assert {modes.mesh.mode, modes.namespace("config").mode, modes.namespace(OWN).mode} == {STRICT}
    assert of(policy("config", mode=STRICT)).derived(PeerModes).mesh.mode == PERMISSIVE


@pytest.mark.parametrize(
    "unknown",
    [
        policy(OWN, mode=UNKNOWN),
        policy(ROOT, mode=UNKNOWN),
        policy(OWN, mode=STRICT, selector=UNKNOWN),
        policy(OWN, mode=STRICT, selector={"matchLabels": {"app": UNKNOWN}}),
        policy(OWN, mode=STRICT) | {"metadata": {"name": "a", "namespace": UNKNOWN}},
    ],
)
def test_what_is_not_known_is_not_guessed(unknown: Object) -> None:
    with pytest.raises(IsUnknown):
        assert of(unknown).derived(PeerModes).workload(OWN, LABELS).mode == STRICT


def test_a_name_that_is_not_known_changes_nothing() -> None:
    nameless = policy(OWN, mode=STRICT) | {"metadata": {"name": UNKNOWN, "namespace": OWN}}
    assert of(nameless).derived(PeerModes).namespace(OWN).mode == STRICT


@pytest.mark.parametrize(("config", "expected"), [({}, True), ({"enableAutoMtls": False}, False)])
def test_mutual_tls_is_automatic_by_default(config: Object, expected: bool) -> None:
    assert automatic(of(mesh_config=config)) == expected
