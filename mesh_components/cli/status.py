"""`mesh status`: how far istiod, gateways and node agents are, and whether proxies have what they were sent."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any

import typer
from rich.markup import escape

from mesh_components.live import workloads
from mesh_components.live.api import Object
from mesh_components.live.proxies import IGNORED, NOT_SENT, REJECTED, STALE, SYNCED, TYPES, Istiod
from mesh_components.live.snapshot import (
    COMPONENT,
    DAEMON_SETS,
    DEPLOYMENTS,
    NODE_AGENT,
    NODE_AGENTS,
    ask_istiods,
    labels,
    revision,
)

from .console import out
from .live_cluster import ISTIO_NAMESPACE, IstioNamespaceOption, connect, draw, find_cluster, plain_table
from .options import ContextOption, Output, OutputOption

COLOURS = {SYNCED: "green", NOT_SENT: "dim", IGNORED: "dim", STALE: "yellow", REJECTED: "red"}


def status(
    context: ContextOption = None,
    istio_namespace: IstioNamespaceOption = ISTIO_NAMESPACE,
    namespace: Annotated[
        str | None, typer.Option("--namespace", "-n", metavar="NAME", help="Show the proxies of this namespace alone.")
    ] = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Show how far istiod, gateways, node agents and each proxy's sync are; exit code 1 when one is not complete."""
    api = connect(find_cluster(context))
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(ask_istiods, api, istio_namespace)
        deployments = pool.submit(api.list, DEPLOYMENTS, labelSelector=COMPONENT)
        daemon_sets = pool.submit(api.list, DAEMON_SETS, labelSelector=NODE_AGENTS)
    rollouts = [rollout(item, COMPONENT) for item in deployments.result()]
    rollouts += [rollout(item, NODE_AGENT) for item in daemon_sets.result()]
    rollouts.sort(key=lambda row: (row["kind"].endswith("gateway"), row["revision"], row["namespace"], row["name"]))
    proxies = [row for row in proxy_rows(asked.result()) if namespace in (None, row["namespace"])]
    errors = {f"{istiod.namespace}/{istiod.pod}": istiod.error for istiod in asked.result() if istiod.error}
    if output is Output.JSON:
        out.print_json(json.dumps({"rollouts": rollouts, "proxies": proxies, "errors": errors}))
    else:
        show(rollouts, proxies, errors)
    states = {state for row in proxies for state in row["types"].values()}
    if errors or not rollouts or any(row["problem"] for row in rollouts) or states & {STALE, REJECTED}:
        raise typer.Exit(1)


def rollout(item: Object, kind: str) -> dict[str, Any]:
    """Return how far a Deployment's or DaemonSet's rollout is.

    :param kind: the label that says which part of Istio it is
    """
    have, wanted, problem = workloads.rollout(item)
    return {
        "namespace": item["metadata"]["namespace"],
        "name": item["metadata"]["name"],
        "kind": labels(item)[kind],
        "revision": revision(item),
        "ready": have,
        "wanted": wanted,
        "problem": problem,
    }


def proxy_rows(istiods: list[Istiod]) -> list[dict[str, Any]]:
    """Return a row for each proxy, in the order of their names."""
    rows = [
        {
            "name": proxy.id,
            "namespace": proxy.pod[0],
            "cluster": proxy.cluster,
            "kind": proxy.kind,
            "types": dict(proxy.types),
            **({"errors": dict(proxy.errors)} if proxy.errors else {}),
            "istiod": istiod.pod,
            "version": proxy.version,
        }
        for istiod in istiods
        for proxy in istiod.proxies
    ]
    return sorted(rows, key=lambda row: str(row["name"]))


def show(rollouts: list[dict[str, Any]], proxies: list[dict[str, Any]], errors: dict[str, str]) -> None:
    """Print both as tables."""
    table = plain_table("NAMESPACE", "NAME", "KIND", "REVISION", "READY", "ROLLOUT")
    for row in rollouts:
        colour = "red" if row["problem"] else "green"
        ready = f"[{colour}]{row['ready']}/{row['wanted']}[/]"
        complete = escape(row["problem"] or "complete")
        table.add_row(row["namespace"], row["name"], row["kind"], row["revision"], ready, complete)
    if rollouts:
        draw(out, table)
    else:
        out.print("There is neither an istiod nor a gateway nor a node agent in this cluster.")
    for pod, error in errors.items():
        out.print(f"[red]{escape(f'istiod {pod}: {error}')}[/]", soft_wrap=True)
    out.print()
    if not proxies:
        out.print("No proxy is connected.")
        return
    table = plain_table("PROXY", "CLUSTER", *TYPES.values(), "ISTIOD", "VERSION")
    for row in proxies:
        states = [row["types"].get(name, IGNORED) for name in TYPES.values()]
        coloured = [f"[{COLOURS[state]}]{state}[/]" for state in states]
        table.add_row(row["name"], row["cluster"], *coloured, row["istiod"], row["version"])
    draw(out, table)
    for row in proxies:
        for kind, reason in row.get("errors", {}).items():
            out.print(f"[red]{escape(row['name'])} refused {kind}: {escape(reason)}[/]", soft_wrap=True)
