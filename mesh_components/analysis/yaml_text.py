"""YAML as Kubernetes reads it, also inside strings: the mesh's configuration in a ConfigMap, a proxy's annotation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from ..validation.unknown import IsUnknown, Unknown


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """PyYAML without its timestamps: JSON has none, and neither has Kubernetes."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
    for first, found in Loader.yaml_implicit_resolvers.items()
}


def parsed_map(text: str) -> Mapping[str, Any]:
    """Return a text as a map; empty when it is none, or no YAML.

    :raises IsUnknown: when the text is not known
    """
    if isinstance(text, Unknown):
        raise IsUnknown
    try:
        found = yaml.load(text, Loader=Loader)
    except (yaml.YAMLError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
