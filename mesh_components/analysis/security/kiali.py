"""A Kiali that lets everybody change the mesh.

`config.yaml` and the Kiali resource: kiali/helm-charts 2.29; Istio's addon (`samples/addons/kiali.yaml`) is such a one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .. import kinds
from ..analyzers import each
from ..finding import Finding
from ..kinds import Kind
from ..messages import mesh
from ..resource import Resource
from ..world import World
from ..yaml_text import parsed_map
from .environment import risk

KIALI = Kind("kiali.io", "Kiali")
"""What the operator makes a Kiali of."""
CONFIG = "config.yaml"
WRITING = frozenset(["*", "create", "delete", "patch", "update"])
WRITTEN_GROUPS = frozenset(
    ["*", "networking.istio.io", "security.istio.io", "telemetry.istio.io", "gateway.networking.k8s.io"]
)
"""API groups of what Kiali changes in a mesh."""


@each("security.Kiali", kinds.CONFIG_MAP)
def server(config: Resource, world: World) -> Iterator[Finding]:
    """A Kiali server without authentication, and with rights to write."""
    if config.name != "kiali" and config.labels.get("app.kubernetes.io/name", config.labels.get("app", "")) != "kiali":
        return
    settings = parsed_map(config.body.get("data", {}).get(CONFIG, ""))
    if _is_open(settings) and _may_write(config.name, world):
        yield risk(mesh.ANONYMOUS_KIALI(config, ("data", CONFIG)), world)


@each("security.Kiali", KIALI)
def resource(kiali: Resource, world: World) -> Iterator[Finding]:
    """A Kiali resource without authentication, and with rights to write."""
    if _is_open(kiali.spec):
        yield risk(mesh.ANONYMOUS_KIALI(kiali, ("spec", "auth", "strategy")), world)


def _is_open(settings: Mapping[str, Any]) -> bool:
    auth, deployment = settings.get("auth"), settings.get("deployment")
    if not isinstance(auth, Mapping) or auth.get("strategy") != "anonymous":
        return False
    return not (isinstance(deployment, Mapping) and deployment.get("view_only_mode") is True)


def _may_write(name: str, world: World) -> bool:
    """Return whether Kiali's own role lets it change the mesh; when the role is not given, it may."""
    role = world.find(kinds.CLUSTER_ROLE, "", name)
    if role is None:
        return True
    return any(
        WRITING.intersection(rule.get("verbs", [])) and WRITTEN_GROUPS.intersection(rule.get("apiGroups", []))
        for rule in role.body.get("rules", [])
    )
