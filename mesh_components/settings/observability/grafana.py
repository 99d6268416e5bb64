# ruff: noqa: RUF012 (pydantic copies defaults)
"""Grafana: dashboards of what Prometheus keeps.

Defaults are those of Istio's addon at 1.31 (``samples/addons/grafana.yaml``), but for who may do what: there everybody
is an administrator.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, model_validator
from pydantic_core import PydanticCustomError

from ..kubernetes import Name, Object, ObjectName
from ..model import Settings
from ..opaque import OpaqueScalar
from .workload import Address, ReachedSettings, StoredWorkloadSettings

OWN_DATA_SOURCES = ("Prometheus", "Jaeger")
"""Names of the data sources that are declared here."""


def _named(listed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    taken = set(OWN_DATA_SOURCES)
    for place, source in enumerate(listed):
        if missing := [key for key in ("name", "type") if not source.get(key)]:
            text = "[{place}] has no {key}, which every data source needs"
            raise PydanticCustomError("incomplete", text, {"place": place, "key": missing[0]})
        if source["name"] in taken:
            text = '[{place}].name: "{name}" is the name of another data source; choose a new one'
            raise PydanticCustomError("duplicate", text, {"place": place, "name": source["name"]})
        taken.add(source["name"])
    return listed


def _titled(dashboards: dict[str, Any]) -> dict[str, Any]:
    for name, dashboard in dashboards.items():
        if isinstance(dashboard, Mapping) and not dashboard.get("title"):
            text = (
                "{name} has no title; write Grafana's JSON model of the dashboard, without what an export wraps it in"
            )
            raise PydanticCustomError("incomplete", text, {"name": name})
    return dashboards


class AnonymousSettings(Settings):
    """Who does not log in."""

    enabled: bool = True
    """Whether they see anything."""
    role: Literal["Viewer", "Editor", "Admin"] = "Viewer"
    """What they may do; ``Admin`` as in Istio's addon, where whoever reaches Grafana may change everything."""


class GrafanaSettings(ReachedSettings, StoredWorkloadSettings):
    """Grafana, with dashboards of the mesh, its services and workloads, and the control plane."""

    anonymous: AnonymousSettings = AnonymousSettings.model_construct()
    """Who does not log in."""
    adminSecret: ObjectName | None = None
    """A Secret in the same namespace with ``admin-user`` and ``admin-password``; unset: nobody can log in."""
    envFromSecret: ObjectName | None = None
    """A Secret in the same namespace whose keys are environment variables of Grafana's: for what is secret among its
    settings, such as ``GF_AUTH_GENERIC_OAUTH_CLIENT_SECRET``."""
    prometheusUrl: Address = ""
    """Where metrics are read; empty: from the mesh's Prometheus (``addons.prometheus``)."""
    jaegerUrl: Address = ""
    """Where traces are read; empty: from the mesh's Jaeger (``addons.jaeger``), if there is one."""
    datasources: Annotated[list[Object], AfterValidator(_named)] = []
    """Grafana's data sources in addition, as Grafana is provisioned with: ``name``, ``type``, ``url`` …"""
    dashboards: Annotated[dict[Name, Object], AfterValidator(_titled)] = {}
    """Dashboards in addition, by name: Grafana's JSON model as data."""
    ini: dict[str, dict[str, OpaqueScalar]] = {}
    """Grafana's own settings (``grafana.ini``) by section, over those that are made from the rest."""

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if not (self.anonymous.enabled or self.adminSecret or self.ini):
            text = "anonymous is off and nobody can log in; name a Secret in adminSecret, or set up a login in ini"
            raise PydanticCustomError("conflict", text)
        return self
