"""Write every setting as a Markdown page: ``python -m mesh_components.settings > docs/settings.md``."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from .left_out import OPERATOR, VALUES
from .reference import Row, rows

HEAD = """# Settings

Each is a key of a stack's file under `mesh:`, or of the arguments of a component. Keys that Istio has are spelled as in
Istio's `values.yaml`, and mean the same; gateways take those of Istio's gateway charts and of IstioOperator's `k8s`
section. What nobody sets is the profile's, then Istio's default, which is listed here. `[]` are the items of a list.
"""

TABLE = """
| setting | type | default | what it is |
|---|---|---|---|
"""

LEFT_OUT = """
## Not settings

What Istio's charts and IstioOperator have, and no setting is for. `patches` reach any field of any planned object.

| where | value | why |
|---|---|---|
"""


def page() -> str:
    """Return the page."""
    groups = [(name, list(group)) for name, group in groupby(rows(), key=_top)]
    alone = [row for _, group in groups if len(group) == 1 for row in group]
    sections = [_section(name, group) for name, group in [("The mesh", alone), *groups] if len(group) > 1]
    left_out = [(f"chart `{chart}`", path, why) for chart, listed in VALUES.items() for path, why in listed.items()]
    left_out += [("IstioOperator's `k8s`", path, why) for path, why in OPERATOR.items()]
    return (
        HEAD
        + "".join(sections)
        + LEFT_OUT
        + "".join(f"| {where} | `{path}` | {why} |\n" for where, path, why in left_out)
    )


def _top(row: Row) -> str:
    return row.path.split(".")[0].removesuffix("[]")


def _section(name: str, listed: Iterable[Row]) -> str:
    return f"\n## {name}\n{TABLE}" + "".join(
        f"| `{row.path}` | {row.type} | {_code(row.default)} | {_meaning(row)} |\n" for row in listed
    )


def _meaning(row: Row) -> str:
    since = f" From Istio {row.since} on." if row.since else ""
    return row.text.replace("``", "`").replace("|", "\\|") + since


def _code(default: str) -> str:
    if default in ("", "required"):
        return default
    return f"`{default}`".replace("|", "\\|")


if __name__ == "__main__":
    print(page(), end="")
