"""VirtualServices that delegate rules to others.

Upstream, istio/istio 1.31: `pilot/pkg/model/virtualservice.go`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from ..analysis import kinds
from ..analysis.hosts import EVERYWHERE, HERE
from ..analysis.resource import Path, Resource
from ..analysis.world import World
from ..validation.unknown import IsUnknown

Given = Mapping[str, Any]
"""A rule, or an alternative of its match, as it is written."""
INHERITED = (
    *("rewrite", "directResponse", "timeout", "retries", "fault"),
    *("mirror", "mirrorPercent", "mirrorPercentage", "corsPolicy", "mirrors", "headers"),
)
"""What a delegate's rule takes from the rule that delegates when it does not say it itself (`mergeHTTPRoute`)."""
COMPARED = ("uri", "scheme", "method", "authority")
MAPS = ("headers", "withoutHeaders", "queryParams")


def is_visible(resource: Resource, namespace: str) -> bool:
    """Return whether an object's `exportTo` makes it visible in a namespace."""
    given = resource.spec.get("exportTo", [])
    return not given or any(
        to in (EVERYWHERE, namespace) or (to == HERE and namespace == resource.namespace) for to in given
    )


def http_rules(virtual_service: Resource, world: World) -> Iterator[tuple[Given, Resource, Path]]:
    """Return a VirtualService's HTTP rules, those that it delegates among them: the rule, who says it, and where.

    A rule that delegates to nobody, or to what is not known, is left out.
    """
    for index, given in enumerate(virtual_service.spec.get("http", [])):
        with suppress(IsUnknown):
            if "delegate" not in given:
                yield given, virtual_service, ("spec", "http", index)
            else:
                yield from _delegated(given, virtual_service, world)


def _delegated(given: Given, root: Resource, world: World) -> Iterator[tuple[Given, Resource, Path]]:
    name, namespace = given["delegate"].get("name", ""), given["delegate"].get("namespace", "") or root.namespace
    found = world.find(kinds.VIRTUAL_SERVICE, namespace, name)
    # One with hosts is none, nor is one that is not for this namespace to see; and none delegates further.
    if found is None or found.spec.get("hosts", []) or not is_visible(found, root.namespace):
        return
    for index, own in enumerate(found.spec.get("http", [])):
        with suppress(IsUnknown):
            if "delegate" not in own and (merged := merged_rules(given, own)) is not None:
                yield merged, found, ("spec", "http", index)


def merged_rules(root: Given, own: Given) -> Given | None:
    """Return a delegate's rule with what the rule that delegates adds to it; None when they exclude each other."""
    wanted, given = root.get("match", []), own.get("match", [])
    matches: list[Given] = list(given or wanted)
    if wanted and given:
        pairs = [[merged_matches(one, other) for one in wanted] for other in given]
        if not all(any(pair is not None for pair in found) for found in pairs):
            return None
        matches = [pair for found in pairs for pair in found if pair is not None]
    inherited = {name: root[name] for name in INHERITED if name in root}
    return {**inherited, **own, "match": matches}


def merged_matches(root: Given, own: Given) -> Given | None:
    """Return what two alternatives match together; None when they are in conflict."""
    if _in_conflict(root, own):
        return None
    both = {name: {**root.get(name, {}), **own.get(name, {})} for name in (*MAPS, "sourceLabels")}
    return {**root, **own, **{name: value for name, value in both.items() if value}}


def _in_conflict(root: Given, own: Given) -> bool:
    pairs = [(root.get(name), own.get(name)) for name in COMPARED]
    pairs += [(root.get(name, {}).get(key), value) for name in MAPS for key, value in own.get(name, {}).items()]
    if any(excludes(wider, narrow) for wider, narrow in pairs):
        return True
    if root.get("ignoreUriCase", False) != own.get("ignoreUriCase", False):
        return True
    port, other = root.get("port", 0), own.get("port", 0)
    if port > 0 and other > 0 and port != other:
        return True
    namespace = root.get("sourceNamespace", "")
    if namespace and own.get("sourceNamespace", "") != namespace:
        return True
    labels = root.get("sourceLabels", {})
    if any(labels.get(key, value) != value for key, value in own.get("sourceLabels", {}).items()):
        return True
    wider, narrower = root.get("gateways", []), own.get("gateways", [])
    return bool(wider and narrower) and (len(wider) < len(narrower) or any(name not in wider for name in narrower))


def excludes(root: Given | None, own: Given | None) -> bool:
    """Return whether a delegate's comparison takes what that of the one that delegates does not."""
    if root is None or own is None:
        return False
    if root.get("regex", "") or own.get("regex", ""):
        return True
    if exact := root.get("exact", ""):
        return bool(own.get("prefix", "")) or bool(own.get("exact", "") != exact)
    prefix = root.get("prefix", "")
    narrower = own.get("prefix", "") or own.get("exact", "")
    return not (prefix and narrower and narrower.startswith(prefix))
