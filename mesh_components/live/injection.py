"""Which pods are to have a sidecar, and of which revision, by the webhooks that the cluster has.

Facts: the API server asks the first webhook whose namespace and object selectors match; istiod then decides by its own
rules (``injectRequired`` in ``pkg/kube/inject/inject.go`` at 1.31): no pods on the host's network, none in Kubernetes'
own namespaces, then the label ``sidecar.istio.io/inject`` (or the annotation), the never and always selectors, the
policy. What a pod got is in its annotation ``sidecar.istio.io/status``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

INJECT = "sidecar.istio.io/inject"
STATUS = "sidecar.istio.io/status"
REVISION = "istio.io/rev"
ENTRY = "sidecar-injector.istio.io"
"""How the names of injecting webhooks end."""
PROXY = "istio-proxy"
IGNORED_NAMESPACES = ("kube-system", "kube-public", "kube-node-lease", "local-path-storage")


def matches(selector: Mapping[str, Any] | None, labels: Mapping[str, str]) -> bool:
    """Whether a Kubernetes label selector selects these labels; an empty one selects everything."""
    selector = selector or {}
    if any(labels.get(key) != value for key, value in (selector.get("matchLabels") or {}).items()):
        return False
    return all(_holds(rule, labels) for rule in selector.get("matchExpressions") or [])


def _holds(rule: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    key, values = rule["key"], rule.get("values") or []
    match rule["operator"]:
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case _:
            return key not in labels


def revision_for(
    pod: Mapping[str, Any], namespace: Mapping[str, Any], webhooks: Iterable[Mapping[str, Any]]
) -> str | None:
    """Return the revision whose webhook would be asked about a pod if it were made now, or None."""
    inside = namespace["metadata"].get("labels") or {}
    own = pod["metadata"].get("labels") or {}
    for configuration in webhooks:
        for entry in configuration.get("webhooks") or []:
            if (
                entry["name"].endswith(ENTRY)
                and matches(entry.get("namespaceSelector"), inside)
                and matches(entry.get("objectSelector"), own)
            ):
                labels = configuration["metadata"].get("labels") or {}
                return str(labels.get(REVISION, "default"))
    return None


def required(pod: Mapping[str, Any], config: Mapping[str, Any]) -> bool:
    """Whether istiod would inject a pod that it is asked about.

    :param config: the injector's own (``policy``, ``neverInjectSelector``, ``alwaysInjectSelector``)
    """
    metadata = pod["metadata"]
    if pod["spec"].get("hostNetwork") or metadata["namespace"] in IGNORED_NAMESPACES:
        return False
    labels = metadata.get("labels") or {}
    said = labels.get(INJECT, (metadata.get("annotations") or {}).get(INJECT))
    if said in ("true", "false"):
        return bool(said == "true")
    for key, answer in (("neverInjectSelector", False), ("alwaysInjectSelector", True)):
        if any(selector and matches(selector, labels) for selector in config.get(key) or []):
            return answer
    return bool(config.get("policy", "enabled") == "enabled")


def injected(pod: Mapping[str, Any]) -> str | None:
    """Return the revision that injected a pod, or None for a pod that was not injected."""
    status = (pod["metadata"].get("annotations") or {}).get(STATUS)
    if not status:
        return None
    try:
        return str(json.loads(status).get("revision") or "default")
    except ValueError:
        return "default"


def containers(pod: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return all containers, native sidecars among them."""
    return [*pod["spec"].get("containers", []), *pod["spec"].get("initContainers", [])]


def proxy_image(pod: Mapping[str, Any]) -> str | None:
    """Return the image of a pod's proxy, or None where it has none."""
    return next((container["image"] for container in containers(pod) if container["name"] == PROXY), None)
