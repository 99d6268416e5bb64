"""Dashboards as Grafana's JSON model.

Facts: fields of Grafana's dashboard schema (version 41, Grafana 12.0): ``panels`` with ``gridPos`` on 24 columns,
``fieldConfig``, ``targets``; ``templating.list``; ``links``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import count
from string import ascii_uppercase
from typing import Any

from .model import Chart, Choice, Column, Dashboard, Number, Panel, Query, Row, Table, Variable

SCHEMA_VERSION = 41
TAG = "istio-mesh"
"""Tag by which the dashboards find each other."""

COLUMNS = 24
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
"""The data source that people choose at the top of the dashboard."""


def dashboard(one: Dashboard) -> dict[str, Any]:
    """Return the JSON model of a dashboard."""
    return {
        "uid": one.uid,
        "title": one.title,
        "description": one.text,
        "tags": [TAG],
        "schemaVersion": SCHEMA_VERSION,
        "version": 1,
        "editable": True,
        # Pointing at a time shows it in every chart.
        "graphTooltip": 1,
        "time": {"from": "now-30m", "to": "now"},
        "refresh": "30s",
        "timezone": "browser",
        "annotations": {"list": []},
        "links": [_to_the_others()],
        "templating": {"list": [_source(), *map(_variable, one.variables)]},
        "panels": list(_panels(one.rows)),
    }


def _to_the_others() -> dict[str, Any]:
    return {
        "type": "dashboards",
        "title": "Mesh",
        "tags": [TAG],
        "asDropdown": True,
        "keepTime": True,
        "includeVars": False,
        "targetBlank": False,
        "icon": "external link",
        "tooltip": "",
        "url": "",
    }


def _source() -> dict[str, Any]:
    return {"type": "datasource", "name": "datasource", "label": "Data source", "query": "prometheus", "hide": 0}


def _variable(one: Variable | Choice) -> dict[str, Any]:
    shared = {"name": one.name, "label": one.title, "hide": 0}
    if isinstance(one, Choice):
        options = [{"text": value, "value": value, "selected": value in one.chosen} for value in one.values]
        chosen = {"text": list(one.chosen), "value": list(one.chosen)}
        return {
            **shared,
            "type": "custom",
            "query": ",".join(one.values),
            "options": options,
            "current": chosen,
            "multi": True,
            "includeAll": False,
        }
    every = (
        {"includeAll": True, "allValue": ".*", "current": {"text": ["All"], "value": ["$__all"]}} if one.many else {}
    )
    return {
        **shared,
        "type": "query",
        "datasource": SOURCE,
        "query": {"query": one.query, "refId": one.name},
        # Looked up again when the time range changes: services come and go.
        "refresh": 2,
        "sort": 1,
        "multi": one.many,
        "includeAll": False,
        **every,
    }


def _panels(rows: Sequence[Row]) -> Iterator[dict[str, Any]]:
    """Yield the panels, laid out from left to right and from top to bottom."""
    numbers, top = count(1), 0
    for row in rows:
        heading = {"x": 0, "y": top, "w": COLUMNS, "h": 1}
        yield {
            "id": next(numbers),
            "type": "row",
            "title": row.title,
            "collapsed": False,
            "panels": [],
            "gridPos": heading,
        }
        top += 1
        left = tallest = 0
        for panel in row.panels:
            if left + panel.width > COLUMNS:
                left, top, tallest = 0, top + tallest, 0
            place = {"x": left, "y": top, "w": panel.width, "h": panel.height}
            yield {"id": next(numbers), "gridPos": place, **_panel(panel)}
            left, tallest = left + panel.width, max(tallest, panel.height)
        top += tallest


def _panel(one: Panel) -> dict[str, Any]:
    head = {"title": one.title, "description": one.text, "datasource": SOURCE}
    if isinstance(one, Number):
        return {**head, **_number(one)}
    if isinstance(one, Table):
        return {**head, **_table(one)}
    return {**head, **_chart(one)}


def _chart(one: Chart) -> dict[str, Any]:
    custom = {
        "drawStyle": "line",
        "lineInterpolation": "linear",
        "lineWidth": 1,
        "fillOpacity": 25 if one.stacked else 5,
        "showPoints": "never",
        "spanNulls": False,
        "stacking": {"mode": "normal" if one.stacked else "none", "group": "A"},
    }
    defaults = {"unit": one.unit, "min": 0, "custom": custom, "color": {"mode": "palette-classic"}}
    if one.highest is not None:
        defaults["max"] = one.highest
    return {
        "type": "timeseries",
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": {
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
        "targets": [_target(letter, query) for letter, query in zip(ascii_uppercase, one.queries, strict=False)],
    }


def _number(one: Number) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"color": "text", "value": None}]
    if one.good_from is not None:
        steps = [{"color": "red", "value": None}, {"color": "green", "value": one.good_from}]
    defaults = {"unit": one.unit, "noValue": "none", "thresholds": {"mode": "absolute", "steps": steps}}
    return {
        "type": "stat",
        "fieldConfig": {"defaults": {**defaults, "color": {"mode": "thresholds"}}, "overrides": []},
        "options": {
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
            "colorMode": "value",
            "graphMode": "area",
            "justifyMode": "auto",
            "orientation": "auto",
            "textMode": "value",
        },
        "targets": [_target("A", Query(one.expression))],
    }


def _table(one: Table) -> dict[str, Any]:
    lettered = list(zip(ascii_uppercase, one.columns, strict=False))
    names = dict(one.labels) | {f"Value #{letter}": each.title for letter, each in lettered}
    order = [*(label for label, _ in one.labels), *(f"Value #{letter}" for letter, _ in lettered)]
    organized = {
        "excludeByName": {"Time": True},
        "indexByName": {name: place for place, name in enumerate(order)},
        "renameByName": names,
    }
    return {
        "type": "table",
        "fieldConfig": {
            "defaults": {"custom": {"align": "auto", "filterable": True}},
            "overrides": [*_linked(one), *(_unit(column) for column in one.columns)],
        },
        "options": {"showHeader": True, "sortBy": [{"displayName": one.columns[0].title, "desc": True}]},
        "targets": [
            {**_target(letter, Query(column.expression)), "format": "table", "instant": True, "range": False}
            for letter, column in lettered
        ],
        "transformations": [{"id": "merge", "options": {}}, {"id": "organize", "options": organized}],
    }


def _linked(one: Table) -> list[dict[str, Any]]:
    if not one.link:
        return []
    link = {"title": "Look at ${__value.text}", "url": one.link.format("${__value.raw}"), "targetBlank": False}
    return [_override(one.labels[0][1], "links", [link])]


def _unit(column: Column) -> dict[str, Any]:
    return _override(column.title, "unit", column.unit)


def _override(name: str, field: str, value: Any) -> dict[str, Any]:
    return {"matcher": {"id": "byName", "options": name}, "properties": [{"id": field, "value": value}]}


def _target(letter: str, query: Query) -> dict[str, Any]:
    return {
        "refId": letter,
        "datasource": SOURCE,
        "expr": query.expression,
        "legendFormat": query.legend or "__auto",
        "editorMode": "code",
        "range": True,
    }
