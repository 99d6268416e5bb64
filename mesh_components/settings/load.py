"""From what a user wrote to settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from ..versions import DEFAULT_VERSION, VERSIONS
from ..versions.profiles import Overlay
from . import consistency
from .cni import CniSettings
from .gateway import EgressGatewaySettings, IngressGatewaySettings
from .merge import deep_merge
from .mesh import MeshSettings
from .model import Settings, plain
from .problems import Problem, SettingsError
from .profiles import DEFAULT_PROFILE, PLATFORMS, PROFILES, Profile
from .steps import at, without
from .validation import found
from .ztunnel import ZtunnelSettings

Part = TypeVar("Part", bound=Settings)

GATEWAY_LISTS: Mapping[str, type[IngressGatewaySettings] | type[EgressGatewaySettings]] = {
    "ingressGateways": IngressGatewaySettings,
    "egressGateways": EgressGatewaySettings,
}
"""The keys under which gateways are listed."""


NODE_AGENTS: Mapping[str, type[Settings]] = {"cni": CniSettings, "ztunnel": ZtunnelSettings}
"""The sections of the agents on each node."""


def load(raw: Mapping[str, Any]) -> MeshSettings:
    """Return the settings that ``raw`` describes, put over those of its profile and of Istio.

    ``raw`` holds plain data in Istio's spelling; listed leaves may be opaque (``mesh_components.settings.opaque``). As
    with istioctl, mappings are merged key by key, and a list replaces the one below.

    Raises ``SettingsError``, which names every problem.
    """
    if not isinstance(raw, Mapping):
        raise SettingsError([Problem("", raw, "a mapping of settings")])
    data = merged(raw)
    try:
        return MeshSettings.model_validate(data)
    except ValidationError as error:
        problems = found(error, MeshSettings, data)
    known = {str(problem) for problem in problems}
    raise SettingsError([*problems, *(more for more in consistency.problems(data) if str(more) not in known)])


def load_part(model: type[Part], raw: Mapping[str, Any]) -> Part:
    """Return the settings of one part, such as ``NamespaceSettings``: what ``raw`` says over Istio's defaults.

    Raises ``SettingsError``, which names every problem.
    """
    if not isinstance(raw, Mapping):
        raise SettingsError([Problem("", raw, "a mapping of settings")])
    data = deep_merge(_defaults(model), raw)
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise SettingsError(found(error, model, data)) from None


def merged(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``raw`` over its platform, compatibility version, profile and Istio's defaults, as data not validated yet.

    A name that is not known counts as an empty one: validation reports it.
    """
    profile = PROFILES.get(str(raw.get("profile", DEFAULT_PROFILE)), Profile(""))
    below = deep_merge(_defaults(MeshSettings), chosen(raw))
    below = deep_merge(below, {"pilot": {"cni": _cni_usage(raw)}})
    data = dict(deep_merge(below, raw))
    for key, model in GATEWAY_LISTS.items():
        below = deep_merge(_defaults(model), profile.gatewayDefaults.get(key, {}))
        if isinstance(data.get(key), list):
            data[key] = [deep_merge(below, item) if isinstance(item, Mapping) else item for item in data[key]]
    return data


def chosen(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the profile, compatibility version and platform of ``raw`` put over Istio's defaults.

    What its version of Istio does not know is left out.
    """
    found: dict[str, Any] = {}
    for overlay in overlays(raw):
        agents = {
            section: {key: value for key, value in overlay.agents.items() if key in model.model_fields}
            for section, model in NODE_AGENTS.items()
        }
        found = deep_merge(deep_merge(found, agents), overlay.values)
    version = VERSIONS.get(str(raw.get("version", DEFAULT_VERSION)))
    for path in version.unknown_settings if version else ():
        found = without(found, path)
    return found


def overlays(raw: Mapping[str, Any]) -> list[Overlay]:
    """Return what ``raw`` asks to be put over Istio's defaults, first the lowest: profile, compatibility, platform."""
    profile = PROFILES.get(str(raw.get("profile", DEFAULT_PROFILE)), Profile(""))
    version = VERSIONS.get(str(raw.get("version", DEFAULT_VERSION)))
    compatibility = version.profiles.compatibility if version else {}
    platform = at(raw, "global.platform") or at(profile.values, "global.platform")
    # ztunnel's chart reads this part of a profile's MeshConfig; what the user sets there does not reach it.
    metadata = at(profile.values, "meshConfig.defaultConfig.proxyMetadata")
    agents = {"meshConfig": {"defaultConfig": {"proxyMetadata": metadata}}} if metadata else {}
    return [
        Overlay(profile.values, agents),
        compatibility.get(str(raw.get("compatibilityVersion")), Overlay()),
        PLATFORMS.get(str(platform), Overlay()),
    ]


def _cni_usage(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return how pods use the CNI plugin where nobody says so: the way it is declared here, if it is."""
    found = deep_merge(chosen(raw), raw)
    provider = at(found, "pilot.cni.provider") or at(found, "cni.provider")
    return {
        "enabled": at(found, "components.cni.enabled") is True,
        **({"provider": provider} if isinstance(provider, str) else {}),
    }


def _defaults(model: type[Settings]) -> dict[str, Any]:
    """Return the defaults of ``model`` as data; what is required or unset is left out."""
    return {
        field.alias or name: plain(default)
        for name, field in model.model_fields.items()
        if not field.is_required() and (default := field.get_default(call_default_factory=True)) is not None
    }
