"""`make bench`: measure beside what others take for the same; nothing fails for being slow."""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from local_cluster import cluster as clusters
from local_cluster import paths
from mesh_components.cli.console import err, out
from mesh_components.cli.up import down

from . import cold
from .compare import Comparison, table
from .measurements import analyzing, importing, installing, previewing, rendering

ON_A_CLUSTER = ("preview", "install")
PARTS = ("import", "render", "analyze", *ON_A_CLUSTER)
"""What there is to measure."""
SIZES = (100, 1_000, 10_000)
"""Numbers of objects to analyze."""


def main() -> None:
    """Run the measurements on a node of their own and print the table."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="counted rounds after one warm-up (default: 3)")
    parser.add_argument("--output", choices=["table", "json"], default="table")
    parser.add_argument("--cold", action="store_true", help="only `make up` on empty caches, by phase (up to an hour)")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="what to measure (default: everything)")
    chosen = parser.parse_args()
    if chosen.cold:
        with tempfile.TemporaryDirectory() as folder:
            phases = cold.make_up(Path(__file__).parents[1], Path(folder), err.print)
        if chosen.output == "json":
            out.print_json(json.dumps([asdict(phase) for phase in phases]))
        else:
            out.print(cold.table(phases))
        return
    os.environ["MESH_STATE_DIR"] = str(paths.state_dir().with_name("mesh-components-bench"))
    # The warm-up leaves bytecode, as anybody's first run does; otherwise Python would compile what was edited in each.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    found: list[Comparison] = []
    if "import" in chosen.only:
        found.append(importing(chosen.rounds, err.print))
    if "render" in chosen.only:
        found.append(rendering(chosen.rounds, err.print))
    if "analyze" in chosen.only:
        with tempfile.TemporaryDirectory() as folder:
            found += [analyzing(number, Path(folder), chosen.rounds, err.print) for number in SIZES]
    if {*ON_A_CLUSTER} & {*chosen.only}:
        found += on_a_cluster(chosen.rounds, chosen.only)
    if chosen.output == "json":
        out.print_json(json.dumps([one.as_dict() for one in found]))
    else:
        out.print(table(found))


def on_a_cluster(rounds: int, only: Sequence[str]) -> list[Comparison]:
    """Return the measurements that need a cluster, on a node of their own."""
    cluster = clusters.up()
    try:
        found: list[Comparison] = []
        if "preview" in only:
            with tempfile.TemporaryDirectory() as folder:
                found += previewing(cluster, Path(folder), rounds, err.print)
        if "install" in only:
            found.append(installing(cluster, rounds, err.print))
        return found
    finally:
        down()


if __name__ == "__main__":
    main()
