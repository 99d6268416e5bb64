"""What istiod is told that opens the mesh.

Variables and defaults: `pilot/pkg/features/{security,pilot,experimental,tuning}.go` of istio/istio 1.31.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .. import kinds
from ..analyzers import each, whole
from ..finding import Finding
from ..messages import mesh
from ..resource import Resource
from ..world import Workload, World
from .environment import like_production, risk

RISKY: Mapping[str, tuple[str, str]] = {
    "UNSAFE_ENABLE_ADMIN_ENDPOINTS": ("true", "anybody who reaches istiod may change what it does"),
    "XDS_AUTH": ("false", "anybody who reaches istiod gets every proxy's configuration"),
    "PILOT_ENABLE_XDS_IDENTITY_CHECK": ("false", "a workload may ask for the configuration of another namespace"),
    "ENABLE_DEBUG_ENDPOINT_AUTH": ("false", "every namespace may read all of istiod's state"),
    "ENABLE_XDS_API_GENERATOR_AUTH": ("false", "every workload may read all of the mesh's configuration"),
    "PILOT_SKIP_VALIDATE_TRUST_DOMAIN": ("true", "certificates of other trust domains are accepted"),
    "VERIFY_CERTIFICATE_AT_CLIENT": ("false", "clients do not look whose certificate a server outside has"),
    "ISTIO_WORKLOAD_ENTRY_VALIDATE_IDENTITY": ("false", "a workload may register itself as another one"),
    "JWKS_RESOLVER_INSECURE_SKIP_VERIFY": ("true", "keys that tokens are checked with are taken from anybody"),
}
"""Variables of istiod: the value that is a risk, and why."""
FALSE, TRUE = ("false", "f", "0"), ("true", "t", "1")
"""How Go reads them, in small letters."""


@each("security.Istiod", kinds.DEPLOYMENT, kinds.POD)
def variables(resource: Resource, world: World) -> Iterator[Finding]:
    """Variables of istiod's that turn a safeguard off."""
    workload = Workload.of(resource)
    if workload.labels.get("app", "") != "istiod":
        return
    for index, container in enumerate(workload.spec.get("containers", [])):
        for number, variable in enumerate(container.get("env", [])):
            name, value = variable.get("name", ""), variable.get("value", "")
            bad, why = RISKY.get(name, ("", ""))
            if bad and value.lower() in (TRUE if bad == "true" else FALSE):
                path = (*workload.path, "spec", "containers", index, "env", number)
                yield risk(mesh.RISKY_SETTING(resource, path, name=name, value=value, why=why), world)


@whole("security.OutboundTraffic")
def any_outbound(world: World) -> Iterator[Finding]:
    """A mesh whose workloads may call any address; that is the default."""
    end = f"-{world.scope.revision}" if world.scope.revision else ""
    place = world.find(kinds.CONFIG_MAP, world.scope.istio_namespace, f"istio{end}")
    if place is None or not like_production(world):
        return
    policy = world.mesh_config.get("outboundTrafficPolicy")
    mode = policy.get("mode", "ALLOW_ANY") if isinstance(policy, Mapping) else "ALLOW_ANY"
    if mode == "ALLOW_ANY":
        yield mesh.ANY_OUTBOUND(place, ("data", "mesh"))
