"""Reads the names and types of fields from protobuf definitions; nothing else of them, no comments and no options.

Covers proto3 as Istio's mesh API uses it: messages, enums, oneofs, maps, repeated fields, nesting and ``json_name``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

Type = str | list[Any]
"""``"string"``, ``"bool"``, ``"int"``, ``"float"``, ``"duration"``, ``"object"``, ``"any"``, the name of a message or
enum, ``["list", type]`` or ``["map", type]`` (of string keys)."""

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|[A-Za-z_.][\w.]*|-?\d[\w.]*|[{}\[\]()<>=;,:]|\S')
_COMMENT = re.compile(r'("(?:[^"\\\n]|\\.)*")|//[^\n]*|/\*.*?\*/', re.S)
_NUMBERS = ("32", "64")
_SCALARS: Mapping[str, str] = {
    "string": "string",
    "bytes": "string",
    "bool": "bool",
    "double": "float",
    "float": "float",
    **{f"{kind}{size}": "int" for kind in ("int", "uint", "sint", "fixed", "sfixed") for size in _NUMBERS},
    "google.protobuf.BoolValue": "bool",
    "google.protobuf.StringValue": "string",
    "google.protobuf.DoubleValue": "float",
    "google.protobuf.FloatValue": "float",
    **{f"google.protobuf.{kind}{size}Value": "int" for kind in ("Int", "UInt") for size in _NUMBERS},
    "google.protobuf.Duration": "duration",
    "google.protobuf.Struct": "object",
    "google.protobuf.Value": "any",
    "google.protobuf.Any": "object",
}


class _Tokens:
    """The tokens of a definition, one after the other."""

    def __init__(self, text: str) -> None:
        without_comments = _COMMENT.sub(lambda match: match.group(1) or " ", text)
        self._tokens: Iterator[str] = (match.group() for match in _TOKEN.finditer(without_comments))

    def next(self) -> str:
        return next(self._tokens, "")

    def until(self, end: str) -> list[str]:
        """Return the tokens before ``end``, which is consumed; brackets and braces on the way are kept whole."""
        depth, taken = 0, []
        while token := self.next():
            if token == end and not depth:
                break
            depth += (token in "{[<") - (token in "}]>")
            taken.append(token)
        return taken

    def skip_block(self) -> None:
        """Pass over ``{ … }``, whose opening brace is consumed already."""
        depth = 1
        while depth and (token := self.next()):
            depth += (token == "{") - (token == "}")


def _json_name(field: str, options: list[str]) -> str:
    if "json_name" in options:
        return options[options.index("json_name") + 2].strip("\"'")
    head, *rest = field.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


def _message(tokens: _Tokens, name: str, messages: dict[str, Any]) -> None:
    fields: dict[str, Any] = messages.setdefault(name, {})
    depth = 1
    while depth and (token := tokens.next()):
        if token == "}":
            depth -= 1
        elif token == "message":
            inner = tokens.next()
            tokens.next()
            _message(tokens, f"{name}.{inner}", messages)
        elif token == "enum":
            inner = tokens.next()
            tokens.next()
            _enum(tokens, f"{name}.{inner}", messages)
        elif token == "oneof":
            tokens.next()
            tokens.next()
            depth += 1
        elif token in ("option", "reserved", "extensions"):
            tokens.until(";")
        elif token != ";":
            declaration = [token, *tokens.until(";")]
            equals = declaration.index("=")
            *kind, field = declaration[:equals]
            fields[_json_name(field, declaration[equals + 2 :])] = _declared(kind)


def _declared(kind: list[str]) -> Type:
    if kind[0] == "map":
        return ["map", kind[kind.index(",") + 1]]
    if kind[0] == "repeated":
        return ["list", kind[1]]
    return kind[-1]


def _enum(tokens: _Tokens, name: str, messages: dict[str, Any]) -> None:
    values: list[str] = []
    while (token := tokens.next()) and token != "}":
        declaration = tokens.until(";")
        if token not in ("option", "reserved"):
            values.append(token)
            del declaration
    messages[name] = values


def _resolve(kind: Type, scope: str, known: Mapping[str, Any]) -> Type:
    if isinstance(kind, list):
        return [kind[0], _resolve(kind[1], scope, known)]
    if kind in _SCALARS:
        return _SCALARS[kind]
    parts = scope.split(".")
    for length in range(len(parts), -1, -1):
        candidate = ".".join([*parts[:length], kind])
        if candidate in known:
            return candidate
    return "any"


def parse(*texts: str) -> dict[str, Any]:
    """Return the messages and enums that the definitions ``texts`` declare, by name; nested ones as ``Outer.Inner``.

    A message is a mapping of JSON field names to types, an enum a list of names. A type that the definitions do not
    declare is ``"any"``.
    """
    messages: dict[str, Any] = {}
    for text in texts:
        tokens = _Tokens(text)
        while token := tokens.next():
            if token == "message":
                name = tokens.next()
                tokens.next()
                _message(tokens, name, messages)
            elif token == "enum":
                name = tokens.next()
                tokens.next()
                _enum(tokens, name, messages)
            else:
                tokens.until(";")
    return {
        name: value
        if isinstance(value, list)
        else {field: _resolve(kind, name, messages) for field, kind in sorted(value.items())}
        for name, value in sorted(messages.items())
    }
