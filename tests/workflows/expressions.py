"""GitHub's expressions, `${{ … }}`, as far as our workflows have them; whatever is not known is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

TOKENS = re.compile(
    r"\s*(?:(?P<string>'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][\w-]*)"
    r"|(?P<sign>==|!=|&&|\|\||<=|>=|[!<>().,\[\]*]))"
)
EMBEDDED = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
STATUS = ("success", "failure", "always", "cancelled")
"""Functions that say how the job went; an `if` without one means: as long as nothing failed."""


class UnknownError(Exception):
    """An expression asks for something that nobody has given."""


class Lenient(dict[str, Any]):
    """A context in which what is not set is empty: `secrets` and `vars`."""


Functions = Mapping[str, Callable[..., Any]]


def evaluate(text: str, context: Mapping[str, Any], functions: Functions | None = None) -> Any:
    """Return an expression's value."""
    return Expression(text, context, {**FUNCTIONS, **(functions or {})}).value()


def filled(text: str, context: Mapping[str, Any], functions: Functions | None = None) -> Any:
    """Return a text with its expressions' values in it; a text that is one expression keeps its value's type."""
    if whole := re.fullmatch(r"\s*\$\{\{((?:(?!\}\}).)*)\}\}\s*", text, re.DOTALL):
        return evaluate(whole[1], context, functions)
    return EMBEDDED.sub(lambda found: shown(evaluate(found[1], context, functions)), text)


def condition(text: str | None, context: Mapping[str, Any], functions: Functions) -> bool:
    """Return whether an `if` holds."""
    bare = re.sub(r"^\s*\$\{\{(.*)\}\}\s*$", r"\1", text or "success()", flags=re.DOTALL)
    if not any(re.search(rf"\b{name}\s*\(", bare) for name in STATUS):
        bare = f"success() && ({bare})"
    return truth(evaluate(bare, context, functions))


def within(value: Any) -> Iterable[str]:
    """Yield the expressions in a workflow's value, wherever they are."""
    if isinstance(value, str):
        yield from (found[1].strip() for found in EMBEDDED.finditer(value))
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from within(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from within(inner)


def truth(value: Any) -> bool:
    return value not in (None, False, 0, "")


def shown(value: Any) -> str:
    """Return a value as a text has it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value)


def equal(left: Any, right: Any) -> bool:
    """Compare as GitHub does: texts without regard to case, other types as numbers."""
    if isinstance(left, str) and isinstance(right, str):
        return left.lower() == right.lower()
    if type(left) is type(right):
        return bool(left == right)
    return number(left) == number(right)


def number(value: Any) -> float:
    try:
        return float(value or 0)
    except (TypeError, ValueError):
        return float("nan")


def _contains(where: Any, what: Any) -> bool:
    return any(equal(each, what) for each in where) if isinstance(where, list) else shown(what) in shown(where)


FUNCTIONS: Functions = {
    "contains": _contains,
    "format": lambda text, *values: str(text).format(*map(shown, values)),
    "fromJSON": json.loads,
    "join": lambda items, by=",": str(by).join(map(shown, items)),
}


Value = Callable[[], Any]
"""A parsed part of an expression; it is asked for its value only where that matters, as GitHub does."""


class Expression:
    """One expression."""

    def __init__(self, text: str, context: Mapping[str, Any], functions: Functions) -> None:
        self.text, self.context, self.functions = text, context, functions
        self.tokens: list[tuple[str, str]] = []
        at = 0
        while text[at:].strip():
            found = TOKENS.match(text, at)
            if not found:
                raise UnknownError(f"{text!r}: cannot read {text[at:]!r}")
            kind = str(found.lastgroup)
            self.tokens.append((kind, found[kind]))
            at = found.end()

    def value(self) -> Any:
        found = self._either()
        if self.tokens:
            raise UnknownError(f"{self.text!r}: cannot read {self.tokens}")
        return found()

    def _next(self, *signs: str) -> str:
        """Take the next token if it is one of these signs."""
        if self.tokens and self.tokens[0][0] == "sign" and self.tokens[0][1] in signs:
            return self.tokens.pop(0)[1]
        return ""

    def _must(self, sign: str) -> None:
        if not self._next(sign):
            raise UnknownError(f"{self.text!r}: {sign!r} is missing")

    def _either(self) -> Value:
        parts = [self._both()]
        while self._next("||"):
            parts.append(self._both())
        return lambda: _first(parts, wanted=True)

    def _both(self) -> Value:
        parts = [self._compared()]
        while self._next("&&"):
            parts.append(self._compared())
        return lambda: _first(parts, wanted=False)

    def _compared(self) -> Value:
        left = self._negated()
        sign = self._next("==", "!=")
        if not sign:
            return left
        right = self._negated()
        return lambda: equal(left(), right()) is (sign == "==")

    def _negated(self) -> Value:
        if not self._next("!"):
            return self._operand()
        inner = self._negated()
        return lambda: not truth(inner())

    def _operand(self) -> Value:
        if self._next("("):
            inner = self._either()
            self._must(")")
            return inner
        if not self.tokens:
            raise UnknownError(f"{self.text!r} ends too early")
        kind, text = self.tokens.pop(0)
        literals: dict[str, Any] = {"true": True, "false": False, "null": None}
        if kind == "string":
            return lambda: text[1:-1].replace("''", "'")
        if kind == "number":
            return lambda: float(text) if "." in text else int(text)
        if kind != "name":
            raise UnknownError(f"{self.text!r}: cannot read {text!r}")
        if text in literals:
            return lambda: literals[text]
        return self._call(text) if self._next("(") else self._path(text)

    def _call(self, name: str) -> Value:
        given: list[Value] = []
        while not self._next(")"):
            given.append(self._either())
            self._next(",")
        if name not in self.functions:
            raise UnknownError(f"{self.text!r}: function {name}")
        return lambda: self.functions[name](*(each() for each in given))

    def _path(self, name: str) -> Value:
        keys: list[Value | None] = []
        while sign := self._next(".", "["):
            if sign == "[":
                keys.append(self._either())
                self._must("]")
            elif self._next("*"):
                keys.append(None)
            else:
                text = self.tokens.pop(0)[1]
                keys.append(lambda text=text: text)  # type: ignore[misc]
        return lambda: self._at(name, keys)

    def _at(self, name: str, keys: Iterable[Value | None]) -> Any:
        value, spread = self._of(self.context, name), False
        for key in keys:
            if key is None:
                value, spread = list(value.values() if isinstance(value, Mapping) else value), True
            else:
                value = [self._of(each, key()) for each in value] if spread else self._of(value, key())
        return value

    def _of(self, value: Any, key: Any) -> Any:
        if value is None:
            return None
        if isinstance(value, Lenient):
            return value.get(key, "")
        if not isinstance(value, Mapping) or key not in value:
            raise UnknownError(f"{self.text!r}: {key!r} is not given")
        return value[key]


def _first(parts: Iterable[Value], wanted: bool) -> Any:
    """Return the first value that is (not) true, the last where none is; those after it are not asked for."""
    value = None
    for part in parts:
        value = part()
        if truth(value) is wanted:
            break
    return value
