"""How istiod and the gateways differ as Kubernetes workloads between versions of Istio.

Facts from each version's charts (``manifests/charts/{istio-control/istio-discovery,gateways}``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Workloads:
    """What istiod and the gateways have in common in one version."""

    budget_of_one: bool
    """Whether a part with a single replica has a disruption budget too, which then blocks drains."""
    empty_sources: bool
    """Whether network policies say "from anywhere" with an empty list of sources instead of none."""
    zero_amounts: bool
    """Whether an amount of 0 in a container's resources is passed on instead of left out."""
    gateway_cpu_divisor: bool
    """Whether a gateway's CPU limit is handed to the proxy with the divisor 1 said instead of implied."""


_1_27 = Workloads(budget_of_one=True, empty_sources=True, zero_amounts=True, gateway_cpu_divisor=False)
_1_28 = replace(_1_27, budget_of_one=False)
_1_29 = replace(_1_28, zero_amounts=False, gateway_cpu_divisor=True)
_1_30 = replace(_1_29, empty_sources=False)

WORKLOADS: Mapping[str, Workloads] = {
    "1.27.0": _1_27,
    "1.28.3": _1_28,
    "1.29.1": _1_29,
    "1.30.3": _1_30,
    "1.31.0": _1_30,
}
"""The facts by version: each row says what changed since the one before."""
