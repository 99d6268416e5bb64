"""Label selectors, as Kubernetes matches them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def contains(labels: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """Return whether labels have all that are wanted."""
    return all(key in labels and labels[key] == value for key, value in wanted.items())


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Return whether a LabelSelector (matchLabels and matchExpressions) selects something with these labels.

    An empty selector selects everything. An operator that Kubernetes does not have selects nothing.
    """
    return contains(labels, selector.get("matchLabels", {})) and all(
        _holds(rule, labels) for rule in selector.get("matchExpressions", [])
    )


def _holds(rule: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    key, values = rule.get("key", ""), rule.get("values", [])
    match rule.get("operator", ""):
        case "In":
            return key in labels and labels[key] in values
        case "NotIn":
            return key not in labels or labels[key] not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
    return False
