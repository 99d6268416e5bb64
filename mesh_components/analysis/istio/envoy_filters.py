"""EnvoyFilters whose patches do nothing, or something else after an upgrade.

Upstream: `pkg/config/analysis/analyzers/envoyfilter` of istio/istio 1.31.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from ...validation.unknown import IsUnknown
from .. import kinds
from ..analyzers import whole
from ..finding import Finding, Message
from ..messages import ist
from ..resource import Path, Resource
from ..world import World

Patch = Mapping[str, Any]

NOT_IN_ROUTES = frozenset({"ROUTE_CONFIGURATION", "HTTP_ROUTE"})
"""Where ADD and REMOVE do nothing."""
REPLACEABLE = frozenset({"NETWORK_FILTER", "HTTP_FILTER", "VIRTUAL_HOST"})
"""What REPLACE works for."""
RELATIVE = frozenset({"REMOVE", "REPLACE", "INSERT_BEFORE", "INSERT_AFTER"})
"""Operations that go by what is there already."""


@whole("envoyfilter.EnvoyPatchAnalyzer")
def patches(world: World) -> Iterator[Finding]:
    """EnvoyFilters use operations that work on what they apply to, and do not hang on the order of filters."""
    versioned: set[str] = set()
    for resource in world.all(kinds.ENVOY_FILTER):
        said: set[str] = set()
        with suppress(IsUnknown):
            for index, entry in enumerate(resource.spec.get("configPatches", [])):
                # A cause that several patches share, such as no priority, is told once.
                for finding in judge(resource, ("spec", "configPatches", index), entry, versioned):
                    if finding.text not in said:
                        said.add(finding.text)
                        yield finding


def judge(resource: Resource, path: Path, entry: Patch, versioned: set[str]) -> Iterator[Finding]:
    """Return what is wrong with one patch, nothing when it is not known well enough.

    :param versioned: names that an earlier patch for certain proxy versions has; this patch's may come to it
    """
    with suppress(IsUnknown):
        yield from _judge(resource, path, entry, versioned)


def _judge(resource: Resource, path: Path, entry: Patch, versioned: set[str]) -> Iterator[Finding]:
    operation, applies_to = entry.get("patch", {}).get("operation", ""), entry.get("applyTo", "")
    name = patched(entry)
    if useless := does_nothing(operation, applies_to):
        yield useless(resource, path, apply_to=applies_to)
    elif operation in RELATIVE and not resource.spec.get("priority", 0):
        message = ist.ENVOY_RELATIVE_WITH_VERSION if name in versioned else ist.ENVOY_RELATIVE_OPERATION
        yield message(resource, path, operation=operation)
    if entry.get("match", {}).get("proxy", {}).get("proxyVersion", ""):
        versioned.add(name)


def does_nothing(operation: str, applies_to: str) -> Message | None:
    """Return the message for an operation that does nothing there."""
    if operation == "ADD" and applies_to in NOT_IN_ROUTES:
        return ist.ENVOY_ADD
    if operation == "REMOVE" and applies_to in NOT_IN_ROUTES:
        return ist.ENVOY_REMOVE
    if operation == "REPLACE" and applies_to not in REPLACEABLE:
        return ist.ENVOY_REPLACE
    return None


def patched(entry: Patch) -> str:
    """Return the name of what a patch puts in, or else of the filter that it looks for."""
    value = entry.get("patch", {}).get("value", {})
    if "name" in value:
        return str(value["name"])
    listener = entry.get("match", {}).get("listener", {})
    return str(listener.get("filterChain", {}).get("filter", {}).get("name", ""))
