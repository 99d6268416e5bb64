"""Asks Graphviz for positions, in a process that may die of it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Point = tuple[float, float]

_WORKER = "mesh_components.topology.drawing.layout_graphviz"
_SECONDS = 20.0
_EACH = 0.5
"""Seconds that Graphviz may take: for all graphs, and more for each. 500 services take it one or two."""


class LayoutError(Exception):
    """Graphviz cannot be run at all; the message says what to do."""


@dataclass(frozen=True)
class Graph:
    """A graph to lay out: Graphviz's engine, and the graph in Graphviz's language."""

    engine: str
    dot: str


@dataclass(frozen=True)
class Positions:
    """Where Graphviz puts the parts of a graph, in points, y downwards.

    Attributes:
        width: Of all.
        height: Of all.
        nodes: Names to the middles of the nodes.
        edges: Ids to the points of chains of cubic Bézier curves.
    """

    width: float
    height: float
    nodes: dict[str, Point]
    edges: dict[str, list[Point]]


def positions(graphs: Sequence[Graph]) -> list[Positions | None]:
    """Return the positions of each graph; None for one that Graphviz fails on or dies of.

    :raises LayoutError: when Graphviz, or its Python package, does not work at all
    """
    found: list[Positions | None] = []
    while len(found) < len(graphs):
        answers, said = _run(graphs[len(found) :])
        if not answers and "ModuleNotFoundError" in said:
            raise LayoutError(
                "a picture needs Graphviz, which is in the Python package pygraphviz, and that cannot be imported: "
                f"{said.strip().splitlines()[-1]}; install what requirements.txt names"
            )
        found += answers
        if len(found) < len(graphs):
            # It died of the next one, which is passed over.
            found.append(None)
    return found


def _run(graphs: Sequence[Graph]) -> tuple[list[Positions | None], str]:
    seconds = _SECONDS + _EACH * len(graphs)
    asked = "".join(json.dumps({"engine": one.engine, "dot": one.dot}) + "\n" for one in graphs)
    try:
        ran = subprocess.run(
            [sys.executable, "-m", _WORKER],
            input=asked,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=seconds,
            check=False,
        )
        out, said = ran.stdout, ran.stderr
    except subprocess.TimeoutExpired as error:
        out = error.stdout.decode() if isinstance(error.stdout, bytes) else error.stdout or ""
        said = f"no answer within {seconds:g} s"
    lines = [line for line in out.split("\n")[:-1] if line]
    return [_read(json.loads(line)) for line in lines], said


def _read(answer: dict[str, Any]) -> Positions | None:
    if "error" in answer:
        return None
    width, height = answer["size"]
    nodes = {name: (x, y) for name, (x, y) in answer["nodes"].items()}
    edges = {name: [(x, y) for x, y in points] for name, points in answer["edges"].items()}
    return Positions(width, height, nodes, edges)
