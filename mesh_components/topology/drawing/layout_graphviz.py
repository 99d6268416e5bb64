"""Graphviz, for a process of its own: graphs on standard input, positions on standard output, a JSON text per line.

An assertion that fails in Graphviz's C code ends the process that it is in, so that is never the command's own. What
was laid out before is written already then, and the reader knows which graph it was.
"""

from __future__ import annotations

import json
import sys
from typing import Any, TextIO


def serve(source: TextIO, sink: TextIO) -> None:
    """Lay out every graph of ``source``: a line ``{"engine": …, "dot": …}`` each, answered by a line of ``sink``.

    An answer has ``size`` (width and height), ``nodes`` (name to the middle's x and y) and ``edges`` (the attribute
    ``id`` to the points of a chain of cubic Bézier curves), in points, y downwards; or it has ``error``.
    """
    from pygraphviz import AGraph  # type: ignore[import-untyped]

    for line in source:
        asked = json.loads(line)
        try:
            drawn = json.loads(AGraph(string=asked["dot"]).draw(format="json0", prog=asked["engine"]))
            answer = _positions(drawn)
        except (ValueError, OSError, KeyError) as error:
            answer = {"error": str(error)}
        sink.write(json.dumps(answer) + "\n")
        sink.flush()


def _positions(drawn: dict[str, Any]) -> dict[str, Any]:
    left, bottom, right, top = (float(number) for number in drawn["bb"].split(","))

    def point(text: str) -> tuple[float, float]:
        x, y = text.split(",")[:2]
        return round(float(x) - left, 2), round(top - float(y), 2)

    nodes = {one["name"]: point(one["pos"]) for one in drawn.get("objects", ()) if "pos" in one}
    edges = {}
    for edge in drawn.get("edges", ()):
        if "pos" not in edge:
            continue
        # "s,x,y" and "e,x,y" are the tips of arrows, beyond the curve's own ends.
        words = edge["pos"].split(";")[0].split()
        tips = {word[0]: point(word[2:]) for word in words if word[0] in "se"}
        points = [point(word) for word in words if word[0] not in "se"]
        edges[edge["id"]] = ([tips["s"]] * 3 if "s" in tips else []) + points + ([tips["e"]] * 3 if "e" in tips else [])
    return {"size": (round(right - left, 2), round(top - bottom, 2)), "nodes": nodes, "edges": edges}


if __name__ == "__main__":
    serve(sys.stdin, sys.stdout)
