"""`make bench`: measure, and say what it is; there is no aim yet, and nothing fails for being slow."""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from dataclasses import asdict
from pathlib import Path

from local_cluster import cluster as clusters
from local_cluster import paths
from mesh_components.cli.console import err, out
from mesh_components.cli.up import down

from . import cold
from .compare import Comparison, table
from .measurements import analyzing, importing, installing, previewing, rendering

SIZES = (100, 1_000, 10_000)
"""Numbers of objects to analyze."""


def main() -> None:
    """Run the measurements on a node of their own and print the table."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="counted rounds after one warm-up (default: 3)")
    parser.add_argument("--output", choices=["table", "json"], default="table")
    parser.add_argument("--cold", action="store_true", help="only `make up` on empty caches, by phase (half an hour)")
    parser.add_argument(
        "--analysis", action="store_true", help="only what needs no cluster: imports, rendering, analysis"
    )
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
    found = [importing(chosen.rounds, err.print), rendering(chosen.rounds, err.print)]
    with tempfile.TemporaryDirectory() as folder:
        found += [analyzing(number, Path(folder), chosen.rounds, err.print) for number in SIZES]
    if not chosen.analysis:
        found += on_a_cluster(chosen.rounds)
    if chosen.output == "json":
        out.print_json(json.dumps([one.as_dict() for one in found]))
    else:
        out.print(table(found))


def on_a_cluster(rounds: int) -> list[Comparison]:
    """Return the measurements that need a cluster, on a node of their own."""
    cluster = clusters.up()
    try:
        with tempfile.TemporaryDirectory() as folder:
            preview = previewing(cluster, Path(folder), rounds, err.print)
        return [*preview, installing(cluster, rounds, err.print)]
    finally:
        down()


if __name__ == "__main__":
    main()
