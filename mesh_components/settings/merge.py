"""How values are put over each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def deep_merge(below: Any, above: Any) -> Any:
    """Put ``above`` over ``below`` as istioctl does: mappings are merged, everything else (lists too) is replaced.

    A key that is null above is taken as not set there. Neither argument is changed.
    """
    if not (isinstance(below, Mapping) and isinstance(above, Mapping)):
        return above
    merged = dict(below)
    for key, value in above.items():
        merged[key] = deep_merge(below[key], value) if key in below else value
    return merged
