"""The mesh configuration as istiod reads it: ConfigMap ``istio`` with ``mesh`` and ``meshNetworks``.

Facts: what Istio 1.31 sets before the user's MeshConfig is put over it
(``manifests/charts/istio-control/istio-discovery/templates/configmap.yaml``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mesh_components.settings import MeshSettings
from mesh_components.settings.merge import deep_merge

from . import istiod
from .labels import metadata, revision
from .observability import jaeger
from .text import assemble
from .yaml_text import to_yaml

TRUST_DOMAIN = "cluster.local"
"""Root of the mesh's identities where the user chooses none."""

XDS_PORT = istiod.PORTS["tls-xds"]

TRACERS: Mapping[str, Mapping[str, Any]] = {
    "zipkin": {"address": "zipkin.{namespace}:9411"},
    "lightstep": {},
    "datadog": {"address": "$(HOST_IP):8126"},
    "stackdriver": {
        "debug": False,
        "maxNumberOfAttributes": 200,
        "maxNumberOfAnnotations": 200,
        "maxNumberOfMessageEvents": 200,
    },
}
"""What proxies are told about each tracing backend where ``global.tracer`` says nothing else."""


def discovery_address(settings: MeshSettings) -> str:
    """Return where proxies find istiod."""
    remote = settings.istiodRemote
    if not settings.global_.remotePilotAddress:
        host = istiod.name(settings)
    else:
        host = "istiod-remote" if remote.enabled and remote.enabledLocalInjectorIstiod else "istiod"
    return f"{host}.{settings.istio_namespace}.svc:{XDS_PORT}"


def mesh(settings: MeshSettings) -> dict[str, Any]:
    """Return the mesh configuration: Istio's defaults with the user's MeshConfig put over them."""
    found: dict[str, Any] = {
        "trustDomain": TRUST_DOMAIN,
        "rootNamespace": settings.meshConfig.get("rootNamespace") or settings.istio_namespace,
        "defaultConfig": _proxy_config(settings),
        **_default_providers(settings),
    }
    merged: dict[str, Any] = deep_merge(found, settings.meshConfig)
    return merged | _tracing_provider(settings, merged.get("extensionProviders") or [])


def _tracing_provider(settings: MeshSettings, listed: list[Any]) -> dict[str, Any]:
    """Return the extension providers with the mesh's Jaeger among them, in the place of another one of that name."""
    ours = jaeger.tracing_provider(settings, settings.addons.jaeger)
    if ours is None:
        return {}
    others = [one for one in listed if not (isinstance(one, Mapping) and one.get("name") == ours["name"])]
    return {"extensionProviders": [*others, ours]}


def _proxy_config(settings: MeshSettings) -> dict[str, Any]:
    shared = settings.global_
    config: dict[str, Any] = {"discoveryAddress": discovery_address(settings)}
    if shared.meshID:
        config["meshId"] = shared.meshID
    if variant := shared.proxy.variant or shared.variant:
        config["image"] = {"imageType": variant}
    if (tracer := shared.proxy.tracer) != "none":
        config["tracing"] = _tracing(settings, tracer)
    return config


def _tracing(settings: MeshSettings, tracer: str) -> dict[str, Any]:
    if tracer not in TRACERS:
        return {}
    defaults = {
        key: value.format(namespace=settings.istio_namespace) if isinstance(value, str) else value
        for key, value in TRACERS[tracer].items()
    }
    chosen = {key: value for key, value in ((settings.global_.tracer or {}).get(tracer) or {}).items() if value}
    return {tracer: {**defaults, **chosen}}


def _default_providers(settings: MeshSettings) -> dict[str, Any]:
    telemetry = settings.telemetry
    on = telemetry.enabled and telemetry.v2.enabled and not settings.meshConfig.get("defaultProviders")
    prometheus = on and telemetry.v2.prometheus.enabled
    stackdriver = on and telemetry.v2.stackdriver.enabled
    metrics = [
        *(["prometheus"] if prometheus else []),
        *(["stackdriver"] if stackdriver else []),
    ]
    providers = {
        **({"metrics": metrics} if metrics else {}),
        **({"accessLogging": ["stackdriver"]} if stackdriver else {}),
    }
    return {"defaultProviders": providers} if providers else {}


def config_map(settings: MeshSettings) -> dict[str, Any]:
    """Return the ConfigMap ``istio``."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata(settings, settings.suffixed("istio"), part=istiod.PART, labels=revision(settings)),
        "data": {
            "mesh": assemble(to_yaml, mesh(settings)),
            "meshNetworks": assemble(to_yaml, {"networks": dict(settings.global_.meshNetworks)}),
        },
    }
