"""Dashboards of our own, as data: what each shows, and the PromQL that finds it."""

from __future__ import annotations

from collections.abc import Mapping

from . import control_plane, mesh, service, workload
from .model import Dashboard

DASHBOARDS: Mapping[str, Dashboard] = {
    "mesh-overview.json": mesh.DASHBOARD,
    "mesh-service.json": service.DASHBOARD,
    "mesh-workload.json": workload.DASHBOARD,
    "mesh-control-plane.json": control_plane.DASHBOARD,
}
"""The dashboards by file name."""
