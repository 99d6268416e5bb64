"""The schemas of Istio's kinds, made ready to judge objects with, each when its kind is first seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import jsonschema_rs

from mesh_components import schemas
from mesh_components.versions import DEFAULT_VERSION, VERSIONS

from .rules import Ruled, compile_rules

TOP_LEVEL: Final = ("apiVersion", "kind", "metadata", "spec", "status")
"""The fields that istiod's webhook allows beside each other (``pkg/webhooks/validation/server/server.go``)."""

_RANGES: Final = {"int32": (-(2**31), 2**31 - 1)}
"""What the API server takes for a number of a format, even where the schema names no limits."""

_COPIED: Final = (
    "type", "enum", "pattern", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "minProperties",
    "maxProperties", "required", "oneOf", "anyOf", "allOf", "not",
)  # fmt: skip


@dataclass(frozen=True)
class Definition:
    """One kind at one of its API versions."""

    kind: str
    schema: Mapping[str, Any]
    """As the custom resource definition has it, with the fields that every object has."""
    validator: jsonschema_rs.Validator
    """Says fast whether an object fits the schema."""
    ruled: Ruled | None
    """Where the schema has rules in CEL."""


def definition(api_version: object, kind: object, version: str = DEFAULT_VERSION) -> Definition | None:
    """Return the definition of a kind in ``version`` of Istio; None when it is none of Istio's."""
    if not isinstance(api_version, str) or not isinstance(kind, str):
        return None
    minor = VERSIONS[version].schemas if version in VERSIONS else version
    return _definitions(minor, kind).get(api_version) if kind in _kinds(minor) else None


@cache
def _kinds(minor: str) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for crd in schemas.shared_crds(minor):
        found.setdefault(crd["spec"]["names"]["kind"], []).append(crd)
    return found


@cache
def _definitions(minor: str, kind: str) -> dict[str, Definition]:
    """Return the definitions of a kind by API version. Versions with the same schema share what is made of it."""
    made: dict[str, Definition] = {}
    for crd in _kinds(minor)[kind]:
        alike: list[tuple[Mapping[str, Any], Definition]] = []
        for served in crd["spec"]["versions"]:
            if not served["served"]:
                continue
            schema = served["schema"]["openAPIV3Schema"]
            one = next((known for other, known in alike if other == schema), None)
            if one is None:
                one = _define(kind, schema)
                alike.append((schema, one))
            made[f"{crd['spec']['group']}/{served['name']}"] = one
    return made


def _define(kind: str, schema: Mapping[str, Any]) -> Definition:
    properties = {name: {"type": "string"} for name in TOP_LEVEL[:2]} | {"metadata": {"type": "object"}}
    whole = {**schema, "type": "object", "properties": {**properties, **schema.get("properties", {})}}
    whole["properties"]["metadata"] = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return Definition(kind, whole, jsonschema_rs.Draft202012Validator(json_schema(whole)), compile_rules(whole))


def json_schema(structural: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema of a custom resource definition as JSON Schema, in which fields it does not know are wrong."""
    schema: dict[str, Any] = {key: structural[key] for key in _COPIED if key in structural}
    if structural.get("x-kubernetes-int-or-string"):
        schema["type"] = ["integer", "string"]
    low, high = limits(structural)
    if low is not None:
        schema["minimum"] = low
    if high is not None:
        schema["maximum"] = high
    if "properties" in structural:
        schema["properties"] = {name: json_schema(value) for name, value in structural["properties"].items()}
        if not structural.get("x-kubernetes-preserve-unknown-fields"):
            schema["additionalProperties"] = False
    if isinstance(structural.get("additionalProperties"), Mapping):
        schema["additionalProperties"] = json_schema(structural["additionalProperties"])
    if isinstance(structural.get("items"), Mapping):
        schema["items"] = json_schema(structural["items"])
    return schema


def limits(schema: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """Return the lowest and the highest number that a schema allows."""
    low, high = _RANGES.get(schema.get("format", ""), (None, None))
    if schema.get("type") != "integer":
        low = high = None
    return schema.get("minimum", low), schema.get("maximum", high)
