"""How the injector's templates differ between versions of Istio.

Facts from ``manifests/charts/istio-control/istio-discovery/files`` (the templates) and ``pkg/kube/inject`` (what they
may read and call) of each version, and from injecting with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Injection:
    """What the injector of one version adds to pods, and what istiod deploys for Gateways."""

    templates: tuple[str, ...]
    """The names of its templates, in the order of the injector's ConfigMap."""
    reroutes_by_both_annotations: bool
    """Whether a pod's interfaces are taken from both annotations that name some, instead of the newer alone."""
    seccomp_profile: bool
    """Whether injected containers get ``global.proxy.seccompProfile``."""
    divisors: bool
    """Whether variables with a container's limits say their divisor, 1, instead of implying it."""
    omits_nulls: bool
    """Whether a null among the values' resources takes away a default; without, it is passed on. The function for that
    is not there otherwise."""
    revocation_list_name: bool
    """Whether ``pilot.crlConfigMapName`` names the ConfigMap with the CA's revocation list."""
    otel_attributes: bool
    """Whether the proxy is told OpenTelemetry's resource attributes. The function for that is not there otherwise."""
    fips_mode: bool
    """Whether Go is held to FIPS 140-3 by GODEBUG where the compliance policy asks for it."""
    canonical_name_edges: str
    """How a canonical name that was cut to a label's length is rid of marks at its ends: a function of Go templates."""
    init_image: str
    """The field with the init container's image."""
    gateway_class_label: bool
    """Whether what istiod deploys for a Gateway is labelled with its class."""
    gateway_api_version: str
    """API version under which Gateways are named as owners."""
    gateway_port_protocols: bool
    """Whether a deployed gateway's Service passes on each port's protocol; without, all are TCP."""
    gateway_socket_replaceable: bool
    """Whether a user can put a volume of their own in place of a deployed gateway's directory for SPIFFE's socket."""
    waypoint_grace_seconds: int | None
    """How long a waypoint may take to end; None for Kubernetes' default."""
    east_west_network_view: bool
    """Whether a gateway between networks asks for its own network's endpoints alone."""
    agentgateway_certificates: bool
    """Whether agentgateway gets what it needs to have certificates of its own: the CA's address, root and a token."""


_1_27 = Injection(
    templates=("sidecar", "gateway", "grpc-simple", "grpc-agent", "waypoint", "kube-gateway"),
    reroutes_by_both_annotations=True,
    seccomp_profile=False,
    divisors=False,
    omits_nulls=False,
    revocation_list_name=False,
    otel_attributes=False,
    fips_mode=False,
    canonical_name_edges='trimSuffix "-"',
    init_image="ProxyImage",
    gateway_class_label=False,
    gateway_api_version="gateway.networking.k8s.io/v1beta1",
    gateway_port_protocols=False,
    gateway_socket_replaceable=False,
    waypoint_grace_seconds=2,
    east_west_network_view=False,
    agentgateway_certificates=False,
)
_1_28 = replace(
    _1_27,
    reroutes_by_both_annotations=False,
    seccomp_profile=True,
    gateway_class_label=True,
    waypoint_grace_seconds=None,
    east_west_network_view=True,
)
_1_29 = replace(
    _1_28,
    templates=(*_1_28.templates, "agentgateway"),
    divisors=True,
    omits_nulls=True,
    revocation_list_name=True,
    gateway_api_version="gateway.networking.k8s.io/v1",
)
_1_30 = replace(_1_29, otel_attributes=True, agentgateway_certificates=True)
_1_31 = replace(
    _1_30,
    templates=(*_1_30.templates, "agentgateway-waypoint"),
    fips_mode=True,
    canonical_name_edges='trimAll "-_."',
    init_image="ProxyInitImage",
    gateway_port_protocols=True,
    gateway_socket_replaceable=True,
)

INJECTION: Mapping[str, Injection] = {
    "1.27.0": _1_27,
    "1.28.3": _1_28,
    "1.29.1": _1_29,
    "1.30.3": _1_30,
    "1.31.0": _1_31,
}
"""The facts by version: each row says what changed since the one before."""
