"""`mesh verify`: what a stack declares held against the live cluster, and whether the mesh is well."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import typer
from rich.console import Console
from rich.markup import escape

from mesh_components.live import drift
from mesh_components.live.api import Api
from mesh_components.live.checks import CHECKS, health, waiting, young
from mesh_components.live.plan import Plan
from mesh_components.live.row import Row, Status, worst
from mesh_components.live.snapshot import ISTIOD, Snapshot, take

from .console import out
from .live_cluster import connect, draw, find_cluster, plain_table, planned
from .options import ContextOption, Output, OutputOption, StackOption

COLOURS = {Status.OK: "green", Status.WARNING: "yellow", Status.ERROR: "red"}

PAUSE = 1.0
PATIENCE, LONG_PATIENCE = 5, 45
"""Seconds to wait for proxies that are still taking what they were sent; the longer ones after a start of istiod or of
such a pod, because proxies connect again after a growing pause."""


def verify(stack: StackOption = "demo", context: ContextOption = None, output: OutputOption = Output.TABLE) -> None:
    """Compare a stack with the live cluster and check the mesh's health; exit code 1 when something is wrong."""
    cluster = find_cluster(context)
    plan = planned(stack, cluster)
    rows = look(connect(cluster), plan)
    if output is Output.JSON:
        found = {"stack": stack, "context": cluster.context, "status": worst(rows), "rows": [r.as_dict() for r in rows]}
        out.print_json(json.dumps(found))
    else:
        show(rows, out)
    if worst(rows) is Status.ERROR:
        raise typer.Exit(1)


def look(api: Api, plan: Plan) -> list[Row]:
    """Return what there is to say about a stack's objects and the mesh's health.

    :raises mesh_components.live.api.LiveError: when the cluster cannot be read
    """
    with ThreadPoolExecutor(1) as pool:
        compared = pool.submit(drift.read, api, plan)
        seen = settled(api, plan.settings.istio_namespace)
    seen = replace(seen, elsewhere=not any(map(is_istiod, plan.objects)))
    return [*drift.rows(compared.result(), plan.manager), *health(seen)]


def is_istiod(item: Mapping[str, Any]) -> bool:
    """Whether a planned object is a control plane."""
    return bool(item["kind"] == "Deployment" and item["metadata"].get("labels", {}).get("app") == ISTIOD)


def settled(api: Api, istio_namespace: str) -> Snapshot:
    """Return what a cluster looks like once no push is under way, or still is after a while."""
    started = time.monotonic()
    while True:
        seen = take(api, istio_namespace)
        patience = LONG_PATIENCE if young(seen) else PATIENCE
        if not any(waiting(seen)) or time.monotonic() - started > patience:
            return seen
        time.sleep(PAUSE)


def show(rows: Sequence[Row], console: Console) -> None:
    """Write one line for each check that is well, and one for everything that is not."""
    table = plain_table("CHECK", "STATUS", "OBJECT", "WHAT", "TO DO")
    for check in dict.fromkeys(row.check for row in rows):
        of_check = [row for row in rows if row.check == check]
        wrong = [row for row in of_check if row.status is not Status.OK]
        for row in wrong or [summary(check, of_check)]:
            owner = f" (by {row.owner})" if row.owner else ""
            status = f"[{COLOURS[row.status]}]{row.status}[/]"
            table.add_row(check, status, escape(row.object), escape(row.what + owner), escape(row.todo))
    draw(console, table)
    errors, warnings = (sum(row.status is status for row in rows) for status in (Status.ERROR, Status.WARNING))
    counted = [f"{number} {word}{'s' * (number != 1)}" for number, word in ((errors, "error"), (warnings, "warning"))]
    colour = COLOURS[worst(list(rows))]
    console.print(f"\n[{colour}]{'; '.join(counted)}[/]" if errors or warnings else f"\n[{colour}]verified[/]")


def summary(check: str, rows: list[Row]) -> Row:
    """Return one row for a check that found nothing wrong."""
    if len(rows) == 1:
        return rows[0]
    return Row(check, f"{len(rows)} of {len(rows)}", Status.OK, CHECKS[check][1] if check in CHECKS else "well")
