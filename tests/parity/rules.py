"""What counts as equal between a planned object and istioctl's: a short list of rules, each with its reason.

A rule is about every object. What differs in one object only, on purpose, stands in ``deliberate.yaml``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import yaml

Object = dict[str, Any]

PROVENANCE = re.compile(
    r"helm\.sh/.*|app\.kubernetes\.io/managed-by|release|chart|heritage|(install\.)?operator\.istio\.io/.*"
)
"""Labels and annotations that say who installed an object."""

VERSION_LABEL = "app.kubernetes.io/version"
OURS = re.compile(r"pulumi\.com/.*")


def _metadata(item: Object) -> list[Object]:
    """Return the metadata of an object and of the pods it makes."""
    template = ((item.get("spec") or {}).get("template") or {}).get("metadata")
    return [part for part in (item.get("metadata"), template) if part]


def provenance(istio: Object) -> None:
    """Labels that say who installed an object are not ours: Istio's are passed over."""
    for part in _metadata(istio):
        for field in ("labels", "annotations"):
            for key in [key for key in part.get(field) or {} if PROVENANCE.fullmatch(key)]:
                del part[field][key]


def version_label(istio: Object, version: str) -> None:
    """An istioctl that is built from its module says 1.0.0 where a released one names its version."""
    for part in _metadata(istio):
        labels = part.get("labels") or {}
        if labels.get(VERSION_LABEL) == "1.0.0":
            labels[VERSION_LABEL] = version


def shell_annotations(ours: Object) -> None:
    """Annotations for Pulumi's provider are ours alone."""
    annotations = (ours.get("metadata") or {}).get("annotations") or {}
    for key in [key for key in annotations if OURS.fullmatch(key)]:
        del annotations[key]


def prose(istio: Object) -> None:
    """Descriptions in the schemas of custom resource definitions are upstream's prose."""
    if istio["kind"] == "CustomResourceDefinition":
        istio["spec"] = _without_descriptions(istio["spec"])


def _without_descriptions(schema: Any, *, names: bool = False) -> Any:
    if isinstance(schema, list):
        return [_without_descriptions(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _without_descriptions(value, names=key == "properties" and not names)
        for key, value in schema.items()
        if names or key != "description"
    }


def _json(text: str) -> Any:
    return json.loads(text)


def _yaml(text: str) -> Any:
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def _injector_config(text: str) -> Any:
    """Injection templates are compared by what they do (tests/injection); here by name."""
    config = _yaml(text)
    return {**config, "templates": sorted(config["templates"])}


PARSED: Mapping[str, Callable[[str], Any]] = {
    "mesh": _yaml,
    "meshNetworks": _yaml,
    "values": _json,
    "merged-values": _json,
    "original-values": _json,
    "config": _injector_config,
    "deployment": _yaml,
    "service": _yaml,
}
"""ConfigMap keys that hold data as text: compared as data."""


def embedded_data(item: Object) -> None:
    """Text that holds YAML or JSON is compared as what it means."""
    if item["kind"] == "ConfigMap":
        item["data"] = {key: PARSED.get(key, str)(text) for key, text in item["data"].items()}


_SUFFIXES: Mapping[str, Decimal] = {
    "": Decimal(1),
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    **{unit: Decimal(1000) ** power for power, unit in enumerate("kMGTPE", start=1)},
    **{f"{unit}i": Decimal(1024) ** power for power, unit in enumerate("KMGTPE", start=1)},
}
_QUANTITY = re.compile(r"([+-]?[\d.]+(?:[eE][+-]?\d+)?)([a-zA-Z]*)")


def quantity(value: Any) -> Any:
    """Kubernetes reads an amount of a resource as a number: 2000m is 2."""
    match = _QUANTITY.fullmatch(str(value))
    return Decimal(match.group(1)) * _SUFFIXES[match.group(2)] if match and match.group(2) in _SUFFIXES else value


def amounts(item: Any, path: tuple[str, ...] = ()) -> Any:
    """Return ``item`` with the amounts in containers' resources as numbers."""
    if isinstance(item, dict):
        if path[-2:] in (("resources", "limits"), ("resources", "requests")):
            return {key: quantity(value) for key, value in item.items()}
        return {key: amounts(value, (*path, str(key))) for key, value in item.items()}
    if isinstance(item, list):
        return [amounts(value, (*path, "[]")) for value in item]
    return item


EMPTY_IS_ABSENT = ("labels", "annotations", "affinity", "nodeAffinity", "resources")
"""Mappings that say nothing when they are empty."""


def without_nothing(item: Any) -> Any:
    """Return ``item`` without keys that say nothing: null, and some mappings when they are empty."""
    if isinstance(item, dict):
        cleaned = {key: without_nothing(value) for key, value in item.items()}
        return {
            key: value
            for key, value in cleaned.items()
            if value is not None and not (key in EMPTY_IS_ABSENT and value == {})
        }
    if isinstance(item, list):
        return [without_nothing(value) for value in item]
    return item
