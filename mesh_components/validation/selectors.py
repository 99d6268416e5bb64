"""Which workloads or gateways a policy is for (``pkg/config/validation/validation.go``)."""

from __future__ import annotations

from typing import Final

from .checks import Object, check, each, entries
from .problem import Path, Problem, Problems, show, warning

TARGETS: Final = frozenset(
    {
        ("", "Service"),
        ("core", "Service"),
        ("networking.istio.io", "ServiceEntry"),
        ("gateway.networking.k8s.io", "Gateway"),
        ("gateway.networking.k8s.io", "GatewayClass"),
    }
)
"""What a policy may target, by group and kind."""


@check
def label_selector(spec: Object, field: str, labels: str, path: Path, unlabelled: str) -> Problems:
    """Yield what is wrong with a selector: wildcards, an empty key; a warning when it selects by nothing."""
    selector = spec.get(field)
    if selector is None:
        return
    place = (*path, field)
    for key, value, at in entries(selector, labels, place):
        if not key:
            yield Problem(at, "the key of a label must not be empty")
        if "*" in key or "*" in value:
            yield Problem(at, f"{show(f'{key}={value}')}: a selector has no wildcards")
    if not selector.get(labels):
        yield warning(place, f"the selector has no labels{unlabelled}")


@check
def policy_target(spec: Object, path: Path, selector: str = "selector") -> Problems:
    """Yield what is wrong with how a policy says what it is for: a selector, or targets, or none of them."""
    yield from _one_way(spec, path, selector)
    yield from label_selector(spec, selector, "matchLabels", path, "")
    if spec.get("targetRef") is not None:
        yield from _target(spec["targetRef"], (*path, "targetRef"))
    for target, place in each(spec, "targetRefs", path):
        yield from _target(target, place)


@check
def _one_way(spec: Object, path: Path, selector: str) -> Problems:
    ways = [name for name in (selector, "targetRef") if spec.get(name) is not None]
    ways += ["targetRefs"] if spec.get("targetRefs") else []
    if len(ways) > 1:
        yield Problem(path, f"{' and '.join(ways)} are set together; a policy has one of them")


@check
def _target(target: Object, path: Path) -> Problems:
    if target.get("namespace"):
        yield Problem(
            (*path, "namespace"), f"{show(target['namespace'])}: a target in another namespace is not supported"
        )
    kind = target.get("group") or "", target.get("kind") or ""
    if kind not in TARGETS:
        allowed = ", ".join(sorted({f"{group}/{name}".lstrip("/") for group, name in TARGETS if group != "core"}))
        yield Problem(path, f"{show('/'.join(kind).lstrip('/'))} cannot be a target; it is one of {allowed}")
