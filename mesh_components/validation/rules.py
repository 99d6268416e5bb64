"""The rules in CEL that Istio's schemas carry, evaluated as the API server evaluates them.

What a rule calls beyond CEL itself comes from Kubernetes' CEL libraries (``isURL``, ``url``, ``substring``), or is read
there by Go (``duration``); here they are functions of our own. No schema of Istio has defaults or transition rules.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any, Final

from . import go_duration, go_url
from .cel_engine import cel
from .problem import Path, Problem, Problems, show
from .unknown import Unknown, holds_unknown

_FIELD: Final = re.compile(r"\bself\.(\w+)\b(?!\()")
_WHOLE_SELF: Final = re.compile(r"\bself\b(?!\.\w+\b(?!\())")
_KEYS_OF_MAP: Final = re.compile(r"^self\.all\(key,")


def _is_url(text: str) -> bool:
    try:
        go_url.parse_request_uri(text, strict=False)
    except go_url.BadURL:
        return False
    return True


def _scheme(text: str) -> str | None:
    try:
        return go_url.parse_request_uri(text, strict=False).scheme
    except go_url.BadURL:
        return None


def _substring(text: str, start: int, end: int) -> str | None:
    return text[start:end] if 0 <= start <= end <= len(text) else None


FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = {
    "duration": go_duration.nanoseconds,
    "isURL": _is_url,
    "url": _scheme,
    "getScheme": lambda scheme: scheme,
    "substring": _substring,
}
"""What rules may call that the evaluator does not have, or reads otherwise than Go. A URL stands for its scheme.

None stands for what Kubernetes cannot evaluate; no comparison in these rules holds for it. (The evaluator prints what a
function raises.)
"""


class Rule:
    """One rule of a schema."""

    def __init__(self, rule: str, message: str | None) -> None:
        self.text = rule
        self.message = message or f"the rule {' '.join(rule.split())} does not hold"
        self._program = cel.compile(rule)
        self._functions = [name for name in FUNCTIONS if re.search(rf"\b{name}\(", rule)]
        self._fields = None if _WHOLE_SELF.search(rule) else tuple(dict.fromkeys(_FIELD.findall(rule)))
        self._keys_only = bool(_KEYS_OF_MAP.search(rule))
        self._holds_scalar = lru_cache(maxsize=8192)(self._evaluate)

    def holds(self, value: Any) -> bool:
        """Whether the rule is kept. An evaluation that fails breaks it, as it does for the API server."""
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, str | int):
            return self._holds_scalar(value)
        if self._fields is not None and isinstance(value, Mapping):
            value = {name: value[name] for name in self._fields if value.get(name) is not None}
        elif self._keys_only and isinstance(value, Mapping):
            value = dict.fromkeys(value, "")
        # A rule about something that nobody knows yet is kept until somebody knows.
        return holds_unknown(value) or self._evaluate(value)

    def _evaluate(self, value: Any) -> bool:
        context: Any = {"self": value}
        if self._functions:
            context = cel.Context()
            context.add_variable("self", value)
            for name in self._functions:
                context.add_function(name, FUNCTIONS[name])
        try:
            return bool(self._program.execute(context))
        except Exception:  # whatever the evaluator raises; the API server refuses what it cannot evaluate
            return False


@dataclass
class Ruled:
    """Rules of a part of a schema, and of what is below it. Parts without any are left out."""

    rules: list[Rule] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    """Fields that together tell the items of a list apart (``x-kubernetes-list-type: map``)."""
    fields: dict[str, Ruled] = field(default_factory=dict)
    items: Ruled | None = None

    def problems(self, value: Any, path: Path = ()) -> Problems:
        """Yield the rules that ``value``, which fits its schema, does not keep."""
        for rule in self.rules:
            if not rule.holds(value):
                about = f"{show(value)}: " if isinstance(value, str | int | float) else ""
                yield Problem(path, f"{about}{rule.message}")
        if self.keys:
            yield from self._same_keys(value, path)
        if self.fields:
            for name, part in self.fields.items():
                below = value.get(name)
                if below is not None and not isinstance(below, Unknown):
                    yield from part.problems(below, (*path, name))
        if self.items is not None:
            entries = value.items() if isinstance(value, Mapping) else enumerate(value)
            for key, below in entries:
                if below is not None and not isinstance(below, Unknown):
                    yield from self.items.problems(below, (*path, key))

    def _same_keys(self, value: list[Mapping[str, Any]], path: Path) -> Problems:
        seen: set[tuple[Any, ...]] = set()
        for index, item in enumerate(value):
            key = tuple(item.get(name) for name in self.keys) if isinstance(item, Mapping) else ()
            if holds_unknown(list(key)) or not key:
                continue
            if key in seen:
                yield Problem((*path, index), f"another item has the same {', '.join(self.keys)} {show(key[0])}")
            seen.add(key)

    def walk(self, path: Path = ()) -> Iterator[tuple[Path, Rule]]:
        """Yield every rule with its place."""
        for rule in self.rules:
            yield path, rule
        for name, part in self.fields.items():
            yield from part.walk((*path, name))
        if self.items is not None:
            yield from self.items.walk((*path, "*"))


def compile_rules(schema: Mapping[str, Any]) -> Ruled | None:
    """Make the rules of a schema ready; None when it has none."""
    below = {name: compile_rules(part) for name, part in schema.get("properties", {}).items()}
    entries = schema.get("items") or schema.get("additionalProperties")
    ruled = Ruled(
        rules=[_rule(rule["rule"], rule.get("message")) for rule in schema.get("x-kubernetes-validations", ())],
        keys=schema.get("x-kubernetes-list-map-keys", []) if schema.get("x-kubernetes-list-type") == "map" else [],
        fields={name: part for name, part in below.items() if part is not None},
        items=compile_rules(entries) if isinstance(entries, Mapping) else None,
    )
    return ruled if ruled.rules or ruled.keys or ruled.fields or ruled.items else None


@cache
def _rule(rule: str, message: str | None) -> Rule:
    """Return the one copy of a rule, which many fields share."""
    return Rule(rule, message)
