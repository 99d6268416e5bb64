"""Which namespaces Kiali may see, where it may not see all of them.

A plan does not look into the cluster. So they are those of the mesh's own that selectors match, and those that
selectors name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import ValidationError

from ..model import Settings
from ..namespace import INJECTION_LABEL, REVISION_LABEL, NamespaceSettings
from ..steps import at
from .kiali_deployment import NAMESPACE_NAME, KialiSelectorSettings

Model = TypeVar("Model", bound=Settings)


def labels_of(one: NamespaceSettings) -> dict[str, str]:
    """Return the labels that a namespace of the mesh has."""
    chosen = {INJECTION_LABEL: one.injection, REVISION_LABEL: one.revision}
    given = {key: value for key, value in chosen.items() if value is not None}
    return {NAMESPACE_NAME: one.name, **one.labels, **one.podSecurity.labels(), **given}


def selected(selector: KialiSelectorSettings, namespaces: Sequence[NamespaceSettings]) -> set[str]:
    """Return the names of the namespaces that a selector selects."""
    return set(selector.names or ()) | {one.name for one in namespaces if selector.matches(labels_of(one))}


def problems(mesh: Mapping[str, Any], kiali: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the paths of selectors that select nothing, and what to do; settings as data."""
    listed = at(kiali, "deployment.discovery_selectors.default")
    if at(kiali, "deployment.cluster_wide_access") is not False or not isinstance(listed, list):
        return
    namespaces = [one for one in (_valid(NamespaceSettings, item) for item in mesh.get("namespaces") or ()) if one]
    for index, item in enumerate(listed):
        selector = _valid(KialiSelectorSettings, item)
        if selector and not selected(selector, namespaces):
            known = ", ".join(sorted(one.name for one in namespaces)) or "none"
            yield (
                f"deployment.discovery_selectors.default[{index}]",
                "selects none of the mesh's namespaces, and a plan cannot see others; name them by the label "
                f"{NAMESPACE_NAME}, or list them under namespaces (listed: {known})",
            )


def _valid(model: type[Model], item: Any) -> Model | None:
    try:
        return model.model_validate(item)
    except ValidationError:
        return None
