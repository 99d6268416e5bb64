"""Keys for JWTs, which istiod fetches from wherever a RequestAuthentication says.

Upstream: `pkg/config/analysis/analyzers/authn/blockedcidrs.go` of istio/istio 1.31.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from ...validation.unknown import IsUnknown
from .. import kinds
from ..analyzers import each
from ..finding import Finding
from ..messages import ist
from ..resource import Resource
from ..texts import listed
from ..world import Workload, World

BLOCKED = "BLOCKED_CIDRS_IN_JWKS_URIS"


@each("authn.BlockedCIDRsAnalyzer", kinds.DEPLOYMENT)
def unrestricted_fetches(deployment: Resource, world: World) -> Iterator[Finding]:
    """An istiod that fetches keys from any address."""
    if deployment.labels.get("app", "") != "istiod":
        return
    names = world.derived(authentications)
    istiod = Workload.of(deployment)
    if not names or any(
        variable.get("name", "") == BLOCKED and variable.get("value", "") != ""
        for container in istiod.containers
        for variable in container.get("env", [])
    ):
        return
    path = (*istiod.path, "spec", "containers")
    yield ist.JWKS_FETCH_UNRESTRICTED(deployment, path, count=len(names), names=listed(names))


def authentications(world: World) -> list[str]:
    """Return the names of all RequestAuthentications, as far as they are known."""
    found = []
    for authentication in world.all(kinds.REQUEST_AUTHENTICATION):
        with suppress(IsUnknown):
            found.append(f"{authentication.full_name}")
    return found
