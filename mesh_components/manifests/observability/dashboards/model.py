"""What a dashboard is made of: rows of panels, each with a title, a unit and queries in PromQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Query:
    """One line of a chart, or one for each set of labels."""

    expression: str
    """PromQL. Grafana puts in what stands for variables, such as ``$service``."""
    legend: str = ""
    """What the line is called, with labels in double braces."""


@dataclass(frozen=True)
class Chart:
    """Values over time."""

    title: str
    unit: str
    """How values are written, by Grafana's name: ``reqps``, ``percentunit``, ``ms``, ``Bps``, ``bytes``, ``short`` …"""
    queries: Sequence[Query]
    text: str = ""
    """What it shows, where the title does not say."""
    width: int = 8
    """Of 24."""
    height: int = 8
    stacked: bool = False
    """Whether lines are added up, because they are parts of a whole."""
    highest: float | None = None
    """The top of the scale; None: as high as the values are."""


@dataclass(frozen=True)
class Number:
    """One value: the last one."""

    title: str
    unit: str
    expression: str
    text: str = ""
    width: int = 4
    height: int = 4
    good_from: float | None = None
    """From this value on it is shown green, below red; None: no colour."""


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    title: str
    unit: str
    expression: str
    """PromQL whose result has the table's labels."""


@dataclass(frozen=True)
class Table:
    """The last values of several queries, a row for each set of labels."""

    title: str
    labels: Sequence[tuple[str, str]]
    """Labels that make a row, each with the title of its column."""
    columns: Sequence[Column]
    link: str = ""
    """Where a click on the first label leads: a path of Grafana's, in which ``{}`` is the label's value."""
    text: str = ""
    width: int = 24
    height: int = 10


Panel = Chart | Number | Table


@dataclass(frozen=True)
class Row:
    """Panels under a heading."""

    title: str
    panels: Sequence[Panel]


@dataclass(frozen=True)
class Variable:
    """What people choose at the top of a dashboard: values of a label."""

    name: str
    title: str
    query: str
    """Grafana's ``label_values(metric, label)``."""
    many: bool = False
    """Whether several values, or all, can be chosen."""
    chosen: str = ""
    """What is chosen at first; empty: the first value, or all where many can be."""


@dataclass(frozen=True)
class Choice:
    """What people choose from a list that is always the same."""

    name: str
    title: str
    values: Sequence[str]
    chosen: Sequence[str]
    """Several of them can be chosen."""


@dataclass(frozen=True)
class Dashboard:
    """A page of Grafana's."""

    uid: str
    """Part of its address. Links name it, so it stays."""
    title: str
    text: str
    rows: Sequence[Row]
    variables: Sequence[Variable | Choice] = ()
