"""What holds for any objects: no crash, nothing found for what is not known, and every place that is named is there."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import Any

import pytest

from mesh_components.analysis import everything  # noqa: F401  (registers)
from mesh_components.analysis.analyzers import REGISTER, run
from mesh_components.analysis.finding import Finding, Severity
from mesh_components.analysis.resource import Nowhere, Path
from mesh_components.analysis.world import Scope, World

from . import upstream_cases
from .random_objects import Maker, Manifest, at, leaves, nodes, replaced, unknown
from .upstream_cases import Case

SCOPES = (
    Scope(complete=True),
    Scope(),
    Scope(owned=frozenset({"a"}), revision="canary", environment="production", version="1.31.0", default_namespace=""),
)
WORLDS = 40
"""Random worlds for each property."""
IDENTITY = {("apiVersion",), ("kind",)}
"""What an object is, which is always known."""
MISSING = {"IST0101", "IST0127", "IST0132", "IST0149", "IST0162", "IST0173", "IST0174"}
"""Findings that say that something is not there, and may well be where nobody looked."""


def world_of(manifests: Iterable[Any], scope: Scope) -> World:
    return World.build(((manifest, Nowhere()) for manifest in manifests), scope)


def all_findings(world: World) -> list[Finding]:
    return run(world, list(REGISTER))


@pytest.mark.parametrize("seed", range(WORLDS))
def test_no_analyzer_crashes_on_what_the_schemas_allow(seed: int) -> None:
    world = world_of(Maker(Random(seed)).world(40), SCOPES[seed % len(SCOPES)])
    for finding in all_findings(world):
        assert_names_a_place(finding)
        assert finding.text and finding.remedy


@pytest.mark.parametrize("seed", range(WORLDS))
def test_no_analyzer_crashes_on_anything_anywhere(seed: int) -> None:
    maker = Maker(Random(seed))
    manifests = maker.world(40)
    for _ in range(3):
        manifests = [maker.spoiled(manifest, maker.anything) for manifest in manifests]
    all_findings(world_of(manifests, SCOPES[seed % len(SCOPES)]))


@pytest.mark.parametrize("seed", range(WORLDS))
def test_no_analyzer_crashes_on_unknown_values_anywhere(seed: int) -> None:
    maker = Maker(Random(seed))
    manifests = [maker.spoiled(manifest, unknown) for manifest in maker.world(40)]
    all_findings(world_of(manifests, SCOPES[seed % len(SCOPES)]))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        cases = upstream_cases.cases()
        metafunc.parametrize("case", cases, ids=[case.name for case in cases])


def found_in(manifests: list[Manifest], scope: Scope) -> set[tuple[str, int]]:
    """Return codes and the objects that have them, by the objects' places in the list: names may not be known."""
    world = world_of(manifests, scope)
    places = {id(resource): place for place, resource in enumerate(world.resources)}
    return {(finding.code, places.get(id(finding.resource), -1)) for finding in all_findings(world)}


def may_be_found(found: set[tuple[str, int]]) -> set[tuple[str, int]]:
    """Return what may be found where less is known: what refuses an object hides what istiod would warn of."""
    refused = {place for code, place in found if code == "IST0106"}
    return found | {(code, place) for code in ("IST0130", "IST0131", "IST0133") for place in refused}


@pytest.mark.parametrize("seed", range(WORLDS))
def test_what_is_not_known_is_not_found_in_random_worlds(seed: int) -> None:
    maker = Maker(Random(seed))
    manifests = maker.world(25)
    scope = SCOPES[seed % len(SCOPES)]
    all_of_it = found_in(manifests, scope)
    for _ in range(20):
        index = maker.random.randrange(len(manifests))
        path = maker.random.choice([path for path in nodes(manifests[index]) if path not in IDENTITY])
        changed = [*manifests[:index], replaced(manifests[index], path, unknown()), *manifests[index + 1 :]]
        more = found_in(changed, scope) - may_be_found(all_of_it)
        assert not more, f"{more} for unknown {path} of {manifests[index]['kind']} {index}"


@pytest.mark.tools
def test_what_is_not_known_is_not_found(case: Case) -> None:
    manifests: list[Any] = [manifest for manifest, _ in case.given()]
    all_of_it = found_in(manifests, case.scope())
    for index, manifest in enumerate(manifests):
        for path in leaves(manifest):
            if path in IDENTITY:
                continue
            changed = [*manifests[:index], replaced(manifest, path, unknown()), *manifests[index + 1 :]]
            more = found_in(changed, case.scope()) - may_be_found(all_of_it)
            assert not more, f"{more} for unknown {path} of {manifest['kind']} {index}"


@pytest.mark.tools
def test_every_finding_names_a_place_in_its_object(case: Case) -> None:
    for finding in all_findings(case.world()):
        assert_names_a_place(finding)


def assert_names_a_place(finding: Finding) -> None:
    """The path is there, or what is missing is a field of what is there."""
    there: Path = ()
    for key in finding.path:
        try:
            at(finding.resource.declared, (*there, key))
        except (KeyError, IndexError, TypeError):
            break
        there = (*there, key)
    rest = finding.path[len(there) :]
    outer = at(finding.resource.declared, there)
    assert all(isinstance(key, str) for key in rest), f"{finding.code} at {finding.path}, which is not there"
    assert not rest or isinstance(outer, dict) or outer is None, f"{finding.code} at {finding.path} inside {outer!r}"


@pytest.mark.tools
def test_what_may_be_elsewhere_is_for_information(case: Case) -> None:
    manifests = [given for given in case.given() if given[0]["kind"] != "Namespace"]
    world = World.build(manifests, Scope(default_namespace="", mesh_config=case.scope().mesh_config))
    for finding in upstream_cases.found(world, case.analyzer) if upstream_cases.registered(case.analyzer) else ():
        if finding.code in MISSING and not known_here(finding):
            assert finding.severity == Severity.INFO and not finding.certain, f"{finding.resource}: {finding.text}"


def known_here(finding: Finding) -> bool:
    """Return whether it is missing in an object that is there: a port of a Service, a host of a Gateway."""
    return "host:port" in finding.text or finding.code == "IST0132"
