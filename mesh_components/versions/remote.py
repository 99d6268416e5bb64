"""How a cluster whose istiod is elsewhere differs between versions of Istio.

Facts from ``remote-istiod-*.yaml`` in ``manifests/charts/istio-control/istio-discovery/templates`` of each version.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Remote:
    """How one version finds an istiod in another cluster."""

    endpoint_slices: bool
    """Whether its address stands in an EndpointSlice; before, in Endpoints."""
    ipv6: bool
    """Whether an IPv6 address is known as one; before, it counts as a host name."""


_1_27 = Remote(endpoint_slices=False, ipv6=False)
_1_28 = replace(_1_27, endpoint_slices=True)
_1_30 = replace(_1_28, ipv6=True)

REMOTE: Mapping[str, Remote] = {
    "1.27.0": _1_27,
    "1.28.3": _1_28,
    "1.29.1": _1_28,
    "1.30.3": _1_30,
    "1.31.0": _1_30,
}
"""The facts by version: each row says what changed since the one before."""
