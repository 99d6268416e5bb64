"""Everything that is compared: profiles and settings, by version."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from mesh_components import schemas
from mesh_components.settings import DEFAULT_PROFILE, DEFAULT_VERSION, PROFILES, VERSIONS
from mesh_components.settings.steps import at

from . import istioctl
from .cases import CASES, Raw

EVERYTHING = "MESH_TEST_ALL_VERSIONS"
"""Environment variable that, when set, compares every case at every version instead of a chosen few."""

REVISION = "canary"

AT_EVERY_VERSION = frozenset(
    {
        # Disruption budgets of a single replica, amounts of zero and how limits are passed on.
        *("istiod-fixed", "no-budgets", "ingress-fixed", "egress", "zero-resources", "no-resources"),
        *("ingress-injected", "gateways-injected", "gateway-defaults"),
        # Variables of istiod, and rights that come and go.
        *("fips", "taint", "taint-name", "termination-message", "revocation-list", "external-istiod", "mcs"),
        *("no-reader", "own-reader", "analysis"),
        # Objects that are there or not.
        *("network-policy", "revision-tags", "tag-without-revision", "cluster-scope", "namespace-scope"),
        *("validation-policy", "validation-elsewhere"),
        # Values that reach the injector and the ConfigMap of values.
        *("sidecar-seccomp", "proxy-resources", "injection", "openshift-pods", "demo-changed"),
    }
)
"""Cases that touch what differs between versions: compared at each version that has their settings."""


@dataclass(frozen=True)
class Comparison:
    """One mesh to compare with what istioctl renders for it. Equal when version, profile, revision and case are."""

    version: str
    profile: str
    revision: str
    case: str
    """Name of the settings beside those three; empty: none."""
    raw: Raw = field(compare=False)
    """What a user would write."""
    values: Raw = field(compare=False, default_factory=dict)
    """Values of Istio's charts for istioctl alone."""

    @property
    def name(self) -> str:
        """How ``deliberate.yaml`` calls it: by the settings, or else the profile."""
        return self.case or self.profile

    def __str__(self) -> str:
        return "-".join(part for part in (self.version, self.case or self.profile, self.revision) if part)


def comparison(version: str, case: str, raw: Raw, *, definitions: bool = False, **more: Any) -> Comparison:
    """Return the comparison of ``raw`` at ``version``.

    Without ``definitions`` both sides leave out Istio's custom resource definitions: they are most of what there is to
    render and to compare, and no setting but this one changes them.
    """
    base: Mapping[str, Any] = raw.get("base", {})
    if not definitions and "excludedCRDs" not in base:
        names = [definition["metadata"]["name"] for definition in schemas.crds(VERSIONS[version].schemas)]
        raw = {**raw, "base": {**base, "excludedCRDs": names}}
    profile, revision = str(raw.get("profile", DEFAULT_PROFILE)), str(raw.get("revision", ""))
    return Comparison(version, profile, revision, case, {**raw, "version": version}, **more)


def profiles() -> Iterator[Comparison]:
    """Yield every profile at every version, without a revision and with one."""
    for version in VERSIONS:
        for profile in PROFILES:
            yield comparison(version, "", {"profile": profile}, definitions=True)
            yield comparison(version, "", {"profile": profile, "revision": REVISION})


def settings() -> Iterator[Comparison]:
    """Yield the cases at the default version, and at the others those that touch what differs there."""
    everything = bool(os.environ.get(EVERYTHING))
    for version, facts in VERSIONS.items():
        for case, raw in CASES.items():
            chosen = everything or version == DEFAULT_VERSION or case in AT_EVERY_VERSION
            if chosen and not any(at(raw, path) is not None for path in facts.unknown_settings):
                yield comparison(version, case, raw)


def parametrize(found: Iterable[Comparison]) -> pytest.MarkDecorator:
    """Return the mark that runs a test for each of the comparisons that can be made."""
    return pytest.mark.parametrize(
        "wanted", [pytest.param(one, id=str(one), marks=marks(one.version)) for one in found]
    )


def marks(version: str) -> list[pytest.MarkDecorator]:
    """Return what keeps a test from running where istioctl of ``version`` cannot be had."""
    missing = f"there is no Go module of Istio {version}: put the path of its istioctl in {istioctl.variable(version)}"
    return [] if istioctl.available(version) else [pytest.mark.skip(reason=missing)]
