"""YAML inside strings: the mesh's configuration in a ConfigMap, a proxy's in an annotation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from ..validation.unknown import IsUnknown, Unknown


def parsed_map(text: str) -> Mapping[str, Any]:
    """Return a text as a map; empty when it is none, or no YAML.

    :raises IsUnknown: when the text is not known
    """
    if isinstance(text, Unknown):
        raise IsUnknown
    try:
        found = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError:
        return {}
    return found if isinstance(found, dict) else {}
