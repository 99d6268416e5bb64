"""Containers whose image injection is to fill in.

Upstream: `pkg/config/analysis/analyzers/injection/image-auto.go` of istio/istio 1.31, which looks at pods and
Deployments; here at all that makes pods.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...validation.unknown import IsUnknown, holds_unknown
from .. import kinds
from ..analyzers import each_workload
from ..finding import Finding
from ..injection import PROXY
from ..messages import ist
from ..selectors import selects
from ..world import Workload, World
from .control_plane import is_istios, lives

AUTO = "auto"
NAME_LABEL = "kubernetes.io/metadata.name"
"""The label that Kubernetes gives every namespace."""


@each_workload("injection.ImageAutoAnalyzer")
def image_auto(workload: Workload, world: World) -> Iterator[Finding]:
    """Pods with a container whose image is `auto` are injected; else they cannot start."""
    index = auto_container(workload)
    if index is None or (not lives(workload.resource) and is_injected(workload, world)):
        return
    message = ist.IMAGE_AUTO_WARNING if workload.path else ist.IMAGE_AUTO_ERROR
    path = (*workload.path, "spec", "containers", index, "image")
    resource = workload.resource
    finding = message(resource, path, kind=resource.kind.name, name=resource.name)
    knows = world.knows(workload.namespace) and world.knows(world.scope.istio_namespace)
    yield finding.unless_known(knows or lives(workload.resource))


def auto_container(workload: Workload) -> int | None:
    """Return the number of the container whose image is to be filled in."""
    for index, container in enumerate(workload.spec.get("containers", [])):
        if container.get("name", "") == PROXY and container.get("image", "") == AUTO:
            return index
    return None


def is_injected(workload: Workload, world: World) -> bool:
    """Return whether a webhook injects into a workload's pods."""
    namespace = world.namespace(workload.namespace)
    labels = {NAME_LABEL: workload.namespace, **(namespace.labels if namespace else {})}
    webhooks = world.derived(Injecting)
    if any(
        selects(webhook.get("namespaceSelector", {}), labels)
        and selects(webhook.get("objectSelector", {}), workload.labels)
        for webhook in webhooks.known
    ):
        return True
    if webhooks.some_unknown:
        raise IsUnknown
    return False


class Injecting:
    """Istio's mutating webhooks. Get them by ``world.derived(Injecting)``.

    Attributes:
        known: Those that are known.
        some_unknown: Whether there are more.
    """

    def __init__(self, world: World) -> None:
        self.known: list[Mapping[str, Any]] = []
        self.some_unknown = False
        for resource in world.all(kinds.MUTATING_WEBHOOK):
            try:
                self._add(resource.body.get("webhooks", []))
            except IsUnknown:
                self.some_unknown = True

    def _add(self, webhooks: Sequence[Mapping[str, Any]]) -> None:
        for webhook in webhooks:
            if is_istios(webhook):
                selectors = [webhook.get("namespaceSelector", {}), webhook.get("objectSelector", {})]
                if holds_unknown(selectors):
                    self.some_unknown = True
                else:
                    self.known.append(webhook)
