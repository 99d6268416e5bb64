"""From what a user wrote to settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from ..versions import DEFAULT_VERSION, VERSIONS
from . import consistency
from .gateway import EgressGatewaySettings, IngressGatewaySettings
from .merge import deep_merge
from .mesh import MeshSettings
from .model import Settings, plain
from .problems import Problem, SettingsError
from .profiles import DEFAULT_PROFILE, PLATFORMS, PROFILES, Profile
from .steps import without
from .validation import found

Part = TypeVar("Part", bound=Settings)

GATEWAY_LISTS: Mapping[str, type[IngressGatewaySettings] | type[EgressGatewaySettings]] = {
    "ingressGateways": IngressGatewaySettings,
    "egressGateways": EgressGatewaySettings,
}
"""The keys under which gateways are listed."""


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
    """Return ``raw`` over its platform over its profile over Istio's defaults, as data that is not validated yet.

    An unknown profile counts as an empty one: validation reports it.
    """
    profile = PROFILES.get(str(raw.get("profile", DEFAULT_PROFILE)), Profile(values={}))
    below = deep_merge(deep_merge(_defaults(MeshSettings), profile.values), _platform(raw))
    data = dict(deep_merge(below, raw))
    for key, model in GATEWAY_LISTS.items():
        below = deep_merge(_defaults(model), profile.gatewayDefaults.get(key, {}))
        if isinstance(data.get(key), list):
            data[key] = [deep_merge(below, item) if isinstance(item, Mapping) else item for item in data[key]]
    return data


def _platform(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what the platform of ``raw`` puts over the profile, as far as the version has such settings."""
    shared = raw.get("global")
    values = PLATFORMS.get(str(shared.get("platform")), {}) if isinstance(shared, Mapping) else {}
    version = VERSIONS.get(str(raw.get("version", DEFAULT_VERSION)))
    for path in version.unknown_settings if version else ():
        values = without(values, path)
    return values


def _defaults(model: type[Settings]) -> dict[str, Any]:
    """Return the defaults of ``model`` as data; what is required or unset is left out."""
    return {
        field.alias or name: plain(default)
        for name, field in model.model_fields.items()
        if not field.is_required() and (default := field.get_default(call_default_factory=True)) is not None
    }
