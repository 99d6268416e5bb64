"""Disruption budgets that let no pod go."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from .. import kinds
from ..analyzers import each
from ..finding import Finding, Severity
from ..graded import at
from ..labelled import pods
from ..messages import mesh
from ..resource import Resource
from ..selectors import selects
from ..world import Workload, World
from .autoscaling import SCALED, Autoscalers


@each("kubernetes.Budgets", kinds.POD_DISRUPTION_BUDGET)
def blocks_drains(budget: Resource, world: World) -> Iterator[Finding]:
    """A budget that keeps nodes from being drained, because none of a workload's pods may go."""
    selector = budget.spec.get("selector", {})
    if not selector:
        return
    labels = selector.get("matchLabels", {})
    world.derived(pods).make_sure(labels, budget.namespace)
    known = world.derived(pods).selected(labels, budget.namespace)
    workloads = list(islice((workload for workload in known if selects(selector, workload.labels)), 2))
    if len(workloads) != 1 or workloads[0].resource.kind not in SCALED:
        return
    replicas, scaled = _replicas(workloads[0], world)
    if replicas > 0 and _allowed(budget, replicas) <= 0:
        found = mesh.BUDGET_BLOCKS_DRAINS(budget, ("spec",), replicas=replicas, workload=workloads[0].resource)
        # An autoscaler may run more than it must.
        yield at(found, Severity.INFO) if scaled else found


def _replicas(workload: Workload, world: World) -> tuple[int, bool]:
    """Return how many pods there are at least, and whether an autoscaler may run more."""
    autoscaler = world.derived(Autoscalers).of(workload.resource)
    if autoscaler is None:
        return workload.resource.spec.get("replicas", 1), False
    least: int = autoscaler.spec.get("minReplicas", 1)
    return least, autoscaler.spec.get("maxReplicas", least) > least


def _allowed(budget: Resource, replicas: int) -> int:
    """Return how many of the pods may be gone; percentages round up, as in Kubernetes."""
    spec = budget.spec
    if "maxUnavailable" in spec:
        return _count(spec["maxUnavailable"], replicas)
    return replicas - _count(spec.get("minAvailable", 1), replicas)


def _count(value: Any, replicas: int) -> int:
    if isinstance(value, int):
        return value
    share = value.removesuffix("%")
    if share == value or not share.isdecimal():
        return 0
    return -(-int(share) * replicas // 100)
