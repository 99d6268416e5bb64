"""How Istio's profiles differ between its versions.

Facts from ``manifests/helm-profiles`` and ``validatingadmissionpolicy.yaml`` of each version. The other files of that
folder, and those of ``manifests/profiles``, set the same in all supported versions, as far as a version knows the
settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Overlay:
    """Settings that are put over others."""

    values: Mapping[str, Any] = field(default_factory=dict)
    """Settings, by their names."""
    agents: Mapping[str, Any] = field(default_factory=dict)
    """What Istio's files have outside of any section. The charts of the node agents, istio-cni and ztunnel, take it as
    theirs where they know it."""


@dataclass(frozen=True)
class Profiles:
    """One version's facts."""

    compatibility: Mapping[str, Overlay]
    """What makes it behave as an older minor version did, by that version."""
    stable_denies_trust_domains: bool
    """Whether the stable profile refuses AuthorizationPolicies that look at trust domains."""


def _flags(*names: str) -> Mapping[str, Any]:
    return {"pilot": {"env": dict.fromkeys(names, "false")}}


_CHANGES: Mapping[str, Overlay] = {
    "1.25": Overlay(
        _flags("PILOT_ENABLE_IP_AUTOALLOCATE"),
        agents={"ambient": {"dnsCapture": False, "reconcileIptablesOnStartup": False}},
    ),
    "1.26": Overlay(agents={"ambient": {"shareHostNetworkNamespace": True}}),
    "1.27": Overlay(_flags("ENABLE_NATIVE_SIDECARS")),
    "1.28": Overlay(_flags("DISABLE_SHADOW_HOST_SUFFIX", "PILOT_SPAWN_UPSTREAM_SPAN_FOR_GATEWAY")),
    "1.29": Overlay(
        {**_flags("DISABLE_TRACK_REMAINING_CB_METRICS"), "cni": {"ambient": {"reconcileIptablesOnStartup": False}}}
    ),
    "1.30": Overlay(_flags("PILOT_SIDECAR_PICK_BEST_SERVICE_NAMESPACE")),
    "1.31": Overlay(_flags("PILOT_ENABLE_STRICT_GATEWAY_MERGING", "PILOT_AUTO_SEND_UNHEALTHY_ENDPOINTS")),
}
"""What takes back the changes of behaviour that a minor version brought, oldest first."""


def _merged(*mappings: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in mappings:
        for key, value in one.items():
            inner = found.get(key)
            found[key] = _merged(inner, value) if isinstance(inner, dict) and isinstance(value, Mapping) else value
    return found


def _compatibility(oldest: str, own: str, more: Mapping[str, Overlay] | None = None) -> Mapping[str, Overlay]:
    """Return what minor version ``own`` offers: each older one from ``oldest`` on takes back all that came after it.

    ``more``: what a file has besides.
    """
    minors = ["1.24", *_CHANGES]
    found = {}
    for minor in minors[minors.index(oldest) : minors.index(own)]:
        since = [_CHANGES[later] for later in minors[minors.index(minor) + 1 : minors.index(own) + 1]]
        since += [more[minor]] if more and minor in more else []
        found[minor] = Overlay(_merged(*(one.values for one in since)), _merged(*(one.agents for one in since)))
    return found


_SPANS = {"1.30": Overlay(_flags("PILOT_SPAWN_UPSTREAM_SPAN_FOR_GATEWAY"))}
"""1.31 lists for 1.30 a flag that its files for 1.28 and 1.29 lack."""

PROFILES: Mapping[str, Profiles] = {
    "1.27.0": Profiles(_compatibility("1.24", "1.27"), stable_denies_trust_domains=False),
    "1.28.3": Profiles(_compatibility("1.25", "1.28"), stable_denies_trust_domains=False),
    "1.29.1": Profiles(_compatibility("1.25", "1.29"), stable_denies_trust_domains=False),
    "1.30.3": Profiles(_compatibility("1.25", "1.30"), stable_denies_trust_domains=True),
    "1.31.0": Profiles(_compatibility("1.25", "1.31", _SPANS), stable_denies_trust_domains=True),
}
"""The facts by version."""
