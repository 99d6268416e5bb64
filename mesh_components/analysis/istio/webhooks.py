"""The webhooks through which pods get their sidecar: one for each pod, and somebody there to answer.

Upstream: `pkg/config/analysis/analyzers/webhook` of istio/istio 1.31.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from ...validation.unknown import IsUnknown, holds_unknown
from .. import kinds
from ..analyzers import each, whole
from ..finding import Finding
from ..injection import INJECT, INJECTION_LABEL
from ..messages import ist
from ..resource import Path, Resource
from ..selectors import selects
from ..world import REVISION_LABEL, World
from .control_plane import is_istios

NAME = "webhook.Analyzer"
SELECTORS = ("namespaceSelector", "objectSelector")

Labels = Mapping[str, str]

OF_NAMESPACES: tuple[Labels, ...] = ({}, {INJECTION_LABEL: "enabled"}, {INJECTION_LABEL: "disabled"})
OF_PODS: tuple[Labels, ...] = ({}, {INJECT: "true"}, {INJECT: "false"})
"""What a namespace or a pod may say of injection; besides, it may name a revision."""


@dataclass(frozen=True, eq=False, slots=True)
class Webhook:
    """One webhook of a configuration that is Istio's.

    Attributes:
        configuration: The object.
        path: The webhook in it.
        body: The webhook.
    """

    configuration: Resource
    path: Path
    body: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.configuration.name}/{self.body.get('name', '')}"

    def takes(self, which: str, labels: Labels) -> bool:
        """Return whether a selector selects these labels; without one it selects all."""
        return selects(self.body.get(which, {}), labels)


@whole(NAME)
def overlapping(world: World) -> Iterator[Finding]:
    """Each pod is injected by one of Istio's webhooks at most, and the control plane that it asks is there."""
    webhooks = list(known(world))
    named = sorted({revision for webhook in webhooks for revision in revisions(webhook.configuration)})
    told: set[tuple[Webhook, frozenset[Webhook]]] = set()
    for namespace in with_revisions(OF_NAMESPACES, named):
        candidates = [webhook for webhook in webhooks if webhook.takes("namespaceSelector", namespace)]
        for pod in with_revisions(OF_PODS, named) if len(candidates) > 1 else ():
            taking = frozenset(webhook for webhook in candidates if webhook.takes("objectSelector", pod))
            for webhook in taking if len(taking) > 1 else ():
                if (webhook, taking) not in told:
                    told.add((webhook, taking))
                    others = ", ".join(sorted(str(other) for other in taking if other is not webhook))
                    problem = f"webhook {webhook} takes the same pods as {others}: they are injected twice"
                    yield ist.INVALID_WEBHOOK(webhook.configuration, webhook.path, problem=problem)


@each(NAME, kinds.MUTATING_WEBHOOK)
def unanswered(configuration: Resource, world: World) -> Iterator[Finding]:
    """The same of the control plane's Service."""
    for webhook in of(configuration):
        service = webhook.body.get("clientConfig", {}).get("service", {})
        namespace, name = service.get("namespace", ""), service.get("name", "")
        if service and world.find(kinds.SERVICE, namespace, name) is None:
            problem = f"webhook {webhook} asks Service {namespace}/{name}, which does not exist"
            path = (*webhook.path, "clientConfig", "service")
            known = world.knows(namespace) and not world.is_elsewhere(configuration)
            yield ist.INVALID_WEBHOOK(configuration, path, problem=problem).unless_known(known)


def known(world: World) -> Iterator[Webhook]:
    """Return Istio's webhooks of which it is known what they select."""
    for configuration in world.all(kinds.MUTATING_WEBHOOK):
        try:
            found = [webhook for webhook in of(configuration) if str(webhook)]
            set(revisions(configuration))
        except IsUnknown:
            continue
        yield from found


def of(configuration: Resource) -> Iterator[Webhook]:
    """Return the webhooks of a configuration, none when it is not Istio's."""
    webhooks = configuration.body.get("webhooks", [])
    if holds_unknown([webhook.get(which, {}) for webhook in webhooks for which in SELECTORS]):
        raise IsUnknown
    if any(map(is_istios, webhooks)) or any(True for _ in revisions(configuration)):
        for index, webhook in enumerate(webhooks):
            yield Webhook(configuration, ("webhooks", index), webhook)


def revisions(configuration: Resource) -> Iterator[str]:
    """Return the revisions that a configuration names, by its label or in its selectors."""
    if REVISION_LABEL in configuration.labels:
        yield configuration.labels[REVISION_LABEL]
    for webhook, which in product(configuration.body.get("webhooks", []), SELECTORS):
        selector = webhook.get(which, {})
        if REVISION_LABEL in selector.get("matchLabels", {}):
            yield selector["matchLabels"][REVISION_LABEL]
        for rule in selector.get("matchExpressions", []):
            if rule.get("key", "") == REVISION_LABEL:
                yield from rule.get("values", [])


def with_revisions(labels: tuple[Labels, ...], revisions: list[str]) -> Iterator[Labels]:
    """Return sets of labels, and each once more with each revision."""
    yield from labels
    for revision in revisions:
        for base in labels:
            yield {**base, REVISION_LABEL: revision}
