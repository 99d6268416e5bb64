"""Istio's values as its charts would see them: istiod's injection templates and Istio's tools read them.

Facts: which values the injector gets (istiod chart, ``istiod-injector-configmap.yaml``), and how istioctl 1.31 fills
the ConfigMap ``values`` (``configmap-values.yaml``, ``zzy_descope_legacy.yaml``, ``manifests/profiles/default.yaml``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mesh_components.settings import PROFILES, MeshSettings, load
from mesh_components.settings.load import NODE_AGENTS, overlays
from mesh_components.settings.merge import deep_merge
from mesh_components.settings.opaque import is_opaque
from mesh_components.settings.pilot import OVERLAYS
from mesh_components.settings.steps import without

from . import istiod
from .labels import metadata, revision
from .text import assemble
from .workloads import filled

DESCRIPTION = "Istio's values behind this control plane, for people and tools to read. Changing them has no effect."


def to_json(value: Any) -> str:
    """Render data as indented JSON, keys sorted, so that equal data gives equal text."""
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False)


def known(settings: MeshSettings) -> dict[str, Any]:
    """Return the settings that this version of Istio has, with the hub and tag that are in effect."""
    data = settings.data()
    for path in settings.istio.unknown_settings:
        data = without(data, path)
    data["global"] |= {"hub": settings.hub, "tag": settings.tag}
    return data


def injector(settings: MeshSettings) -> dict[str, Any]:
    """Return the values that injection templates are rendered with."""
    data = known(settings)
    whole = {section: data[section] for section in ("global", "sidecarInjectorWebhook", "revision", "gateways")}
    return {**whole, "pilot": {"cni": _cni(settings, data), "env": data["pilot"]["env"]}}


def _cni(settings: MeshSettings, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``cni`` as istiod's chart sees it: what is set for the node agent, and istiod's use of it over that."""
    return {**_beyond_defaults(settings, data, "cni"), **data["pilot"]["cni"]}


def _beyond_defaults(settings: MeshSettings, data: Mapping[str, Any], section: str) -> dict[str, Any]:
    """Return what a section holds that is neither a default of its chart nor outside of sections in Istio's files."""
    defaults = {section: type(getattr(settings, section))().data()}
    for path in settings.istio.unknown_settings:
        defaults = without(defaults, path)
    agents = {key: value for key, value in _agents(settings).items() if key in NODE_AGENTS[section].model_fields}
    for overlay in overlays(_named(settings)):
        agents = _unsaid(agents, overlay.values.get(section, {}))
    found: dict[str, Any] = _difference(data[section], deep_merge(defaults[section], agents)) or {}
    return found


def _unsaid(value: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``value`` without the leaves that ``said`` has, too."""
    return {
        key: _unsaid(inner, said[key]) if isinstance(inner, Mapping) and key in said else inner
        for key, inner in value.items()
        if key not in said or isinstance(inner, Mapping)
    }


def _agents(settings: MeshSettings) -> dict[str, Any]:
    """Return what Istio's files for the profile, compatibility version and platform have outside of any section."""
    found: dict[str, Any] = {}
    for overlay in overlays(_named(settings)):
        found = deep_merge(found, overlay.agents)
    return found


def _named(settings: MeshSettings) -> dict[str, Any]:
    """Return the settings that name others."""
    return {
        "version": settings.version,
        "profile": settings.profile,
        **filled(compatibilityVersion=settings.compatibilityVersion),
        **({"global": {"platform": settings.global_.platform}} if settings.global_.platform else {}),
    }


def injector_text(settings: MeshSettings) -> Any:
    """Return ``injector`` as JSON, assembled later where a value arrives later."""
    return assemble(to_json, injector(settings))


def original(settings: MeshSettings) -> dict[str, Any]:
    """Return what the settings say beyond Istio's defaults and the profile."""
    plain = load(_named(settings))
    always: dict[str, Any] = {
        "global": {
            "hub": settings.hub,
            "tag": settings.tag,
            "istioNamespace": settings.istio_namespace,
            "configValidation": settings.global_.configValidation,
            **filled(platform=settings.global_.platform),
        },
        **_profile(settings),
    }
    found: dict[str, Any] = deep_merge(always, _difference(_sections(settings), _sections(plain)) or {})
    return found


def merged(settings: MeshSettings) -> dict[str, Any]:
    """Return all values in effect, istiod's own at the top as in its chart."""
    data = known(settings)
    found = {**_agents(settings), **_sections(settings), **_profile(settings), "ownerName": ""}
    found |= found.pop("pilot")
    found |= {"cni": _cni(settings, data), "ztunnel": {"resourceName": settings.ztunnel.resourceName}}
    found["ztunnel"] |= _beyond_defaults(settings, data, "ztunnel")
    # As in Istio's charts, where these have no default.
    found["base"] = {key: value for key, value in found["base"].items() if value not in ("", [])}
    return found


def _profile(settings: MeshSettings) -> dict[str, str]:
    return filled(profile=PROFILES[settings.profile].chart, compatibilityVersion=settings.compatibilityVersion)


def _sections(settings: MeshSettings) -> dict[str, Any]:
    data = known(settings)
    data["pilot"] = {key: value for key, value in data["pilot"].items() if key not in OVERLAYS}
    data["revisionTags"] = [tag.name for tag in settings.revisionTags]
    names = (
        "meshConfig",
        "pilot",
        "cni",
        "ztunnel",
        "istiodRemote",
        "experimental",
        "gatewayClasses",
        "revision",
        "revisionTags",
        "sidecarInjectorWebhook",
        "telemetry",
        "gateways",
        "base",
        "global",
    )
    return {name: data[name] for name in names}


def _difference(above: Any, below: Any) -> Any:
    """Return what has to be merged over ``below`` to get ``above``."""
    if isinstance(above, dict) and isinstance(below, dict):
        found = {}
        for key, value in above.items():
            if key not in below:
                found[key] = value
            elif (inner := _difference(value, below[key])) is not None:
                found[key] = inner
        return found or None
    if is_opaque(above) or is_opaque(below):
        return None if above is below else above
    return None if above == below else above


def config_map(settings: MeshSettings) -> dict[str, Any]:
    """Return the ConfigMap ``values``, which nothing but people and tools reads."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata(
            settings,
            settings.suffixed("values"),
            part=istiod.PART,
            labels=revision(settings),
            annotations={"kubernetes.io/description": DESCRIPTION},
        ),
        "data": {
            "merged-values": assemble(to_json, merged(settings)),
            "original-values": assemble(to_json, original(settings)),
        },
    }
