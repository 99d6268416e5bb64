"""The user's changes to planned objects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mesh_components.settings import MeshSettings, PatchSettings, PatchTarget, Problem, SettingsError
from mesh_components.settings.problems import nearest


def merge_patch(value: Any, patch: Any) -> Any:
    """Return ``value`` with ``patch`` merged in: a JSON merge patch (RFC 7386), and named items merged by name.

    A list whose items all are mappings with a ``name`` is merged into such a list: an item of the same name is patched,
    another is appended. Every other list replaces the one there was.
    """
    if isinstance(patch, Mapping):
        merged = dict(value) if isinstance(value, Mapping) else {}
        for key, inner in patch.items():
            if inner is None:
                merged.pop(key, None)
            else:
                merged[key] = merge_patch(merged.get(key), inner)
        return merged
    if _named(value) and _named(patch):
        items = {item["name"]: item for item in value}
        for item in patch:
            items[item["name"]] = merge_patch(items.get(item["name"]), item)
        return list(items.values())
    return patch


def _named(value: Any) -> bool:
    return (
        isinstance(value, list) and all(isinstance(item, Mapping) and "name" in item for item in value) and bool(value)
    )


def matches(target: PatchTarget, item: Mapping[str, Any]) -> bool:
    """Say whether ``item`` is the object that ``target`` means."""
    metadata = item["metadata"]
    return (
        item["kind"] == target.kind
        and metadata["name"] == target.name
        and target.namespace in (None, metadata.get("namespace"))
    )


def apply(settings: MeshSettings, objects: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return ``objects`` with the settings' patches in them."""
    return [_patched(settings.patches, item) for item in objects]


def _patched(patches: Iterable[PatchSettings], item: dict[str, Any]) -> dict[str, Any]:
    for patch in patches:
        if matches(patch.target, item):
            item = merge_patch(item, patch.patch)
    return item


def check(settings: MeshSettings, objects: Iterable[Mapping[str, Any]]) -> None:
    """Raise ``SettingsError`` for every patch whose target is not among ``objects``, the whole plan."""
    plan = list(objects)
    problems = []
    for index, patch in enumerate(settings.patches):
        if not any(matches(patch.target, item) for item in plan):
            problems.append(_unmatched(f"patches[{index}].target", patch.target, plan))
    if problems:
        raise SettingsError(problems)


def _unmatched(path: str, target: PatchTarget, plan: list[Mapping[str, Any]]) -> Problem:
    names = [_name(item["kind"], item["metadata"].get("namespace"), item["metadata"]["name"]) for item in plan]
    wanted = _name(target.kind, target.namespace, target.name)
    near = nearest(wanted, names)
    hint = f"; did you mean {near}?" if near else ""
    return Problem(path, wanted, "", text=f"no planned object is {wanted}{hint}")


def _name(kind: str, namespace: str | None, name: str) -> str:
    return f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"
