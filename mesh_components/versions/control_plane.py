"""How the control plane's objects differ between versions of Istio.

Facts from ``manifests/charts/istio-control/istio-discovery/templates`` of each version, and from rendering it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class ControlPlane:
    """What istiod and its rights look like in one version."""

    memory_limit_variable: bool
    """Whether istiod is told its memory limit in GOMEMLIMIT; without, it reads the limit itself."""
    untaint_variables: bool
    """Whether ``pilot.taint`` is passed on in istiod's environment; without, ``pilot.env`` has to."""
    fips_variable: bool
    """Whether Go is held to FIPS 140-3 by GODEBUG when ``COMPLIANCE_POLICY`` asks for it."""
    inference_group: str
    """API group of the InferencePools that istiod reads."""
    experimental_listener_sets: bool
    """Whether istiod keeps the status of listener sets of Gateway API's experimental group instead of its own."""
    reader_sees_config_maps: bool
    """Whether an istiod in another cluster may read ConfigMaps here."""


_1_27 = ControlPlane(
    memory_limit_variable=True,
    untaint_variables=False,
    fips_variable=False,
    inference_group="inference.networking.x-k8s.io",
    experimental_listener_sets=True,
    reader_sees_config_maps=False,
)
_1_28 = replace(_1_27, inference_group="inference.networking.k8s.io")
_1_29 = replace(_1_28, memory_limit_variable=False, reader_sees_config_maps=True)
_1_30 = replace(_1_29, untaint_variables=True, experimental_listener_sets=False)
_1_31 = replace(_1_30, fips_variable=True)

CONTROL_PLANE: Mapping[str, ControlPlane] = {
    "1.27.0": _1_27,
    "1.28.3": _1_28,
    "1.29.1": _1_29,
    "1.30.3": _1_30,
    "1.31.0": _1_31,
}
"""The facts by version: each row says what changed since the one before."""
