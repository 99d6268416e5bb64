"""Where two versions of an object differ, field by field, and how fields are called.

Both come from the same API server: amounts, defaults and int-or-strings are already as it writes them. List items that
Kubernetes tells apart by a key (server-side apply's ``listType=map``) are matched by that key; fields are called as
kubectl's users write them, list items by their key: ``spec.template.spec.containers[name=discovery].image``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Path = tuple[str, ...]
"""Steps into an object; an item of a list is one step, such as ``[name=discovery]`` or ``[0]``."""

LIST_KEYS: Mapping[str, tuple[str, ...]] = {
    # Of a Service `port` and `protocol`, of a container `containerPort` and `protocol`.
    "ports": ("containerPort", "port", "protocol"),
    "volumeMounts": ("mountPath",),
    "hostAliases": ("ip",),
    "topologySpreadConstraints": ("topologyKey", "whenUnsatisfiable"),
    "conditions": ("type",),
}
"""Keys of list items, by the list's name, where they are not called by `name` (Kubernetes' API, ``+listMapKey``)."""


class Absent:
    """Stands for a field that is not there, where None would be a value."""

    def __repr__(self) -> str:
        return "absent"

    def __reduce__(self) -> str:
        """Be the same one in every process."""
        return "ABSENT"


ABSENT = Absent()


@dataclass(frozen=True)
class Difference:
    """One field that differs."""

    path: Path
    declared: Any
    live: Any


def differences(declared: Any, live: Any, path: Path = ()) -> Iterator[Difference]:
    """Yield the smallest fields in which the two differ; a field that only one has is one difference, whole."""
    if isinstance(declared, Mapping) and isinstance(live, Mapping):
        for key in {**declared, **live}:
            yield from differences(declared.get(key, ABSENT), live.get(key, ABSENT), (*path, key))
    elif isinstance(declared, list) and isinstance(live, list):
        name = path[-1] if path else ""
        left, right = by_key(declared, name), by_key(live, name)
        if left is not None and right is not None:
            for key in {**left, **right}:
                yield from differences(left.get(key, ABSENT), right.get(key, ABSENT), (*path, key))
        elif len(declared) == len(live):
            for number, (ours, theirs) in enumerate(zip(declared, live, strict=True)):
                yield from differences(ours, theirs, (*path, f"[{number}]"))
        else:
            yield Difference(path, declared, live)
    elif declared != live:
        yield Difference(path, declared, live)


def lacking(declared: Any, live: Any, path: Path = ()) -> Iterator[Difference]:
    """Yield what is declared and not live, comparing declared fields alone, without asking the API server.

    For where it cannot be asked: it does not know that ``1`` and ``1000m`` are one amount.
    """
    for difference in differences(declared, live, path):
        if isinstance(difference.declared, Mapping) and isinstance(difference.live, Mapping):
            yield from lacking(difference.declared, difference.live, difference.path)
        elif difference.declared is not ABSENT and difference.declared not in ("", [], {}):
            yield difference


def by_key(items: list[Any], name: str) -> dict[str, Any] | None:
    """Return a list's items by the step that leads to each, or None where items have no key or share one."""
    if not all(isinstance(item, Mapping) for item in items):
        return None
    found = {step_of(item, name): item for item in items}
    return None if None in found or len(found) != len(items) else {str(step): item for step, item in found.items()}


def step_of(item: Mapping[str, Any], name: str) -> str | None:
    """Return the step to an item of the list called ``name``, or None where it has no key."""
    keys = LIST_KEYS.get(name, ("name",))
    return step({key: item[key] for key in keys if key in item})


def step(keys: Mapping[str, Any]) -> str | None:
    """Return the step to the item with these keys: ``[name=discovery]``."""
    # A protocol is only worth naming where it is not the usual one.
    told = {key: value for key, value in keys.items() if (key, value) != ("protocol", "TCP")}
    return f"[{','.join(f'{key}={value}' for key, value in sorted(told.items()))}]" if told else None


def text(path: Path) -> str:
    """Return a path as people write it; a key that is not a plain word is put in brackets."""
    written = ""
    for part in path:
        if part.startswith("["):
            written += part
        elif part.replace("_", "").replace("-", "").isalnum():
            written += f".{part}" if written else part
        else:
            written += f"[{part}]"
    return written


def brief(value: Any, most: int = 60) -> str:
    """Return a value in a few words: texts of one short line as they are, everything else by its size."""
    if value is ABSENT or value is None:
        return "nothing"
    if isinstance(value, str):
        lines = value.splitlines() or [""]
        if len(lines) == 1 and len(value) <= most:
            return repr(value)
        return f"{lines[0][:most].strip()}… ({len(value)} characters)"
    written = json.dumps(value, default=str)
    return written if len(written) <= most else written[:most] + "…"


def list_difference(declared: list[Any], live: list[Any]) -> str:
    """Return which items one of two lists has and the other has not."""
    gone = [item for item in declared if item not in live]
    more = [item for item in live if item not in declared]
    parts = [
        f"{word} {len(items)}: {', '.join(brief(item, 100) for item in items[:2])}{', …' if len(items) > 2 else ''}"
        for word, items in (("lacks", gone), ("has in addition", more))
        if items
    ]
    return "; ".join(parts) or "has the same items another number of times"


def first_difference(declared: str, live: str) -> str:
    """Return where two texts begin to differ, for those that are too long to show."""
    left, right = declared.splitlines(), live.splitlines()
    pairs = zip([*left, ""], [*right, ""], strict=False)
    number, (ours, theirs) = next(
        ((n, pair) for n, pair in enumerate(pairs, 1) if pair[0] != pair[1]), (len(left) + 1, ("", ""))
    )
    return f"line {number}: declared {brief(ours.strip())}, live {brief(theirs.strip())}"
