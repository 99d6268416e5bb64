"""What belongs to Istio's own control plane, by its labels and names, and what it goes by.

Upstream: `pkg/config/analysis/analyzers/util/config.go` of istio/istio 1.31; tags as in `istioctl/pkg/tag/generate.go`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from ...validation.unknown import UNKNOWN, IsUnknown, Unknown
from .. import kinds
from ..resource import Resource
from ..shapes import ANY_OBJECT, FLAG, NOTHING, STRING, Schema, fields, keep, many
from ..world import REVISION_LABEL, World

INJECTOR = "istio-sidecar-injector"
"""The ConfigMap that istiod injects from, and the webhook through which it is asked to; a revision's name follows."""
TAG_LABEL = "istio.io/tag"
DEFAULT = "default"
"""The revision, or tag, of who names none."""
SYSTEM_NAMESPACES = frozenset({"kube-system", "kube-public", "kube-node-lease", "local-path-storage"})
"""Kubernetes' own namespaces, which injection leaves alone (upstream `pkg/kube/inject/initializer.go`)."""

IMAGE = fields(imageType=STRING)
VALUES = fields(
    **{
        "global": fields(hub=STRING, tag={"type": ["string", "number"]}, variant=STRING, proxy=fields(image=STRING)),
        "sidecarInjectorWebhook": fields(enableNamespacesByDefault=FLAG),
    }
)
"""What analysis reads of the values that injection goes by."""
MESH_CONFIG = fields(
    defaultConfig=fields(image=IMAGE),
    defaultProviders=fields(accessLogging=many(STRING)),
    extensionProviders=many({"type": "object", "properties": {"name": STRING, "lightstep": ANY_OBJECT}}),
)
"""What the analyzers here read of MeshConfig."""


def is_control_plane(resource: Resource) -> bool:
    """Return whether an object is part of Istio's control plane, or a gateway that comes with it."""
    return "istio" in resource.labels or resource.labels.get("release", "") == "istio"


def is_istios(webhook: Mapping[str, Any]) -> bool:
    """Return whether a webhook's name is in Istio's domain."""
    return bool(webhook.get("name", "").endswith("istio.io"))


def lives(pod: Resource) -> bool:
    """Return whether an object is a pod in a cluster, one that has been by the webhooks already."""
    return pod.kind == kinds.POD and "uid" in pod.body.get("metadata", {})


def injector(revision: str) -> str:
    """Return the name of the ConfigMap that a revision's control plane injects from."""
    return INJECTOR if revision in ("", DEFAULT) else f"{INJECTOR}-{revision}"


def injectors(world: World) -> Mapping[str, Mapping[str, Any] | Unknown]:
    """Return the values that each control plane injects by, by the name of its ConfigMap; some may not be known."""
    return dict(_injectors(world))


def _injectors(world: World) -> Iterator[tuple[str, Mapping[str, Any] | Unknown]]:
    for config in world.all(kinds.CONFIG_MAP):
        with suppress(IsUnknown):
            if config.name.startswith(INJECTOR):
                yield config.name, _values(config.body.get("data", {}))


def _values(data: Mapping[str, str]) -> Mapping[str, Any] | Unknown:
    try:
        return typed(json.loads(str(data.get("values", ""))), VALUES)
    except IsUnknown:
        return UNKNOWN
    except (ValueError, RecursionError):
        return {}


def tags(world: World) -> Mapping[str, str]:
    """Return the revision that each tag stands for."""
    return dict(_tags(world))


def _tags(world: World) -> Iterator[tuple[str, str]]:
    for webhook in world.all(kinds.MUTATING_WEBHOOK):
        with suppress(IsUnknown):
            labels = webhook.labels
            if TAG_LABEL in labels and REVISION_LABEL in labels:
                yield str(labels[TAG_LABEL]), str(labels[REVISION_LABEL])


def mesh_config(world: World) -> Mapping[str, Any]:
    """Return the mesh's MeshConfig with its fields' types made sure."""
    return typed(world.mesh_config, MESH_CONFIG)


def knows_mesh_config(world: World) -> bool:
    """Return whether MeshConfig is what analysis was given, so that what is not in it is not set."""
    return world.scope.mesh_config is not None or world.knows(world.scope.istio_namespace)


def typed(value: Any, schema: Schema) -> Mapping[str, Any]:
    """Return a map with what has another type than the schema's left out, empty when it is no map."""
    kept = keep(value, schema)
    found: Mapping[str, Any] = {} if kept is NOTHING else kept
    return found
