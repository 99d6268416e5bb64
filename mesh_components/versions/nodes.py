"""How the agents on each node differ between versions of Istio.

Facts from ``manifests/charts/istio-cni`` and ``manifests/charts/ztunnel`` of each version.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Nodes:
    """The CNI plugin's agent and ztunnel in one version."""

    network_policies: bool
    """Whether ``global.networkPolicy`` covers them."""
    cni_grace_seconds: int
    """How long the CNI agent may take to end where no setting says so."""
    reconciles_rules: bool
    """Whether the CNI agent puts right the rules of ambient pods as it starts where no setting says so."""
    detection_retry_variable: bool
    """Whether the CNI agent is told if it looks again where it could not find out whether a pod is ambient."""
    ztunnel_cpu_divisor: bool
    """Whether ztunnel's CPU limit is handed over with the divisor 1 said instead of implied."""
    ztunnel_resource_variables: bool
    """Whether ztunnel is told which of its CPU limit and request are set."""


_1_27 = Nodes(
    network_policies=False,
    cni_grace_seconds=5,
    reconciles_rules=False,
    detection_retry_variable=False,
    ztunnel_cpu_divisor=False,
    ztunnel_resource_variables=False,
)
_1_29 = replace(
    _1_27,
    network_policies=True,
    cni_grace_seconds=30,
    reconciles_rules=True,
    detection_retry_variable=True,
    ztunnel_cpu_divisor=True,
)
_1_31 = replace(_1_29, ztunnel_resource_variables=True)

NODES: Mapping[str, Nodes] = {
    "1.27.0": _1_27,
    "1.28.3": _1_27,
    "1.29.1": _1_29,
    "1.30.3": _1_29,
    "1.31.0": _1_31,
}
"""The facts by version: each row says what changed since the one before."""
