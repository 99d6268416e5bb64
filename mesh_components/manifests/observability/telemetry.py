"""What proxies tell of requests: Istio's Telemetry.

Facts: providers that every mesh has (``pkg/config/mesh/mesh.go`` at 1.31, ``DefaultMeshConfig``), and which sort of
provider takes what (``pilot/pkg/model/telemetry{,_logging}.go``, ``pilot/pkg/networking/core/tracing.go``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mesh_components.manifests import mesh_config, patches
from mesh_components.manifests.istio_object import istio_object, root_namespace
from mesh_components.manifests.security.authorization import aim
from mesh_components.settings import MeshSettings, Problem, SettingsError
from mesh_components.settings.observability.telemetry import LISTS, TELEMETRY, TelemetrySettings
from mesh_components.settings.opaque import is_opaque
from mesh_components.settings.problems import nearest

ALWAYS: Mapping[str, str] = {
    "prometheus": "prometheus",
    "stackdriver": "stackdriver",
    "envoy": "envoyFileAccessLog",
}
"""Providers that every mesh has, and their sort."""

TAKES: Mapping[str, frozenset[str]] = {
    "tracing": frozenset(
        {"zipkin", "lightstep", "datadog", "stackdriver", "opencensus", "skywalking", "opentelemetry"}
    ),
    "metrics": frozenset({"prometheus", "stackdriver"}),
    "accessLogging": frozenset({"envoyFileAccessLog", "envoyHttpAls", "envoyTcpAls", "envoyOtelAls", "stackdriver"}),
}
"""Which sorts of providers take traces, metrics and access logs."""


def steps(mesh: MeshSettings, one: TelemetrySettings) -> list[list[dict[str, Any]]]:
    """Return the Telemetry.

    Raises ``SettingsError`` where it names a provider that the mesh does not have, or one that takes something else.
    """
    if problems := list(unknown_providers(mesh, one)):
        raise SettingsError(problems)
    spec = {**aim(one), **{key: list(getattr(one, key)) for key in LISTS}}
    namespace = one.namespace or root_namespace(mesh)
    return [patches.apply(mesh, [istio_object(mesh, one, TELEMETRY, "Telemetry", one.name, namespace, spec)])]


def providers(mesh: MeshSettings) -> dict[str, str]:
    """Return the mesh's providers: their names, and their sorts."""
    listed = mesh_config.mesh(mesh).get("extensionProviders") or []
    own = {one["name"]: sort for one in listed for sort in one if sort != "name"}
    return {**ALWAYS, **own}


def unknown_providers(mesh: MeshSettings, one: TelemetrySettings) -> Iterator[Problem]:
    """Yield what is wrong with the names of providers."""
    known = providers(mesh)
    for key in LISTS:
        fitting = sorted(name for name, sort in known.items() if sort in TAKES[key])
        for index, item in enumerate(getattr(one, key)):
            for number, provider in enumerate(item.get("providers") or []):
                name = provider.get("name")
                if is_opaque(name) or name in fitting:
                    continue
                path = f"{key}[{index}].providers[{number}].name"
                yield Problem(path, name, "", text=_explained(key, name, known, fitting))


def _explained(key: str, name: str, known: Mapping[str, str], fitting: list[str]) -> str:
    choices = f"those for {key}: {', '.join(fitting)}" if fitting else f"it has none for {key}"
    if name in known:
        return f'"{name}" is a provider of sort {known[name]}, which takes no {key}; {choices}'
    near = nearest(name, fitting)
    hint = f"; did you mean {near}?" if near else ""
    return f'"{name}" is no provider of the mesh (meshConfig.extensionProviders); {choices}{hint}'
