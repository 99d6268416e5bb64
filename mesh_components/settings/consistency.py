"""What only the settings as a whole can get wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..versions import DEFAULT_VERSION, VERSIONS, Version
from . import mesh_config
from .base import BaseSettings
from .cni import CniSettings
from .global_settings import GlobalSettings
from .observability import grafana_consistency, kiali_consistency
from .opaque import is_opaque
from .pilot import PilotSettings
from .problems import Problem, shown
from .steps import at
from .ztunnel import ZtunnelSettings


def problems(data: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield the contradictions in ``data``, settings as data. Whatever else is wrong with it is passed over."""
    yield from _not_yet(data)
    yield from _compatibility(data)
    yield from _node_agents(data)
    yield from _remote(data)
    yield from _gateways(data)
    yield from _revisions(data)
    yield from _namespaces(data)
    yield from _policies(data)
    yield from _pull_secrets(data)
    yield from _proxies(data)
    yield from grafana_consistency.problems(at(data, "addons") or {}, "addons.")
    yield from kiali_consistency.problems(data, at(data, "addons.kiali") or {}, "addons.kiali.")


_SECTIONS: Mapping[str, Any] = {
    "base": BaseSettings.model_construct().data(),
    "global": GlobalSettings.model_construct().data(),
    "pilot": PilotSettings.model_construct().data(),
    "cni": CniSettings.model_construct().data(),
    "ztunnel": ZtunnelSettings.model_construct().data(),
}
"""Istio's defaults in the sections to which newer versions added settings."""


def _version(data: Mapping[str, Any]) -> Version | None:
    return VERSIONS.get(str(data.get("version", DEFAULT_VERSION)))


def _not_yet(data: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield the settings that the version does not know. Their defaults change nothing, so they pass."""
    version = _version(data)
    for path, since in version.unknown_settings.items() if version else ():
        given = at(data, path)
        if given is not None and given != at(_SECTIONS, path):
            text = (
                f"Istio {version.name if version else ''} does not have this setting (given: {shown(path, given)}); "
                f"Istio {since} is the first supported version that does: leave it out, or choose that version or a "
                "newer one"
            )
            yield Problem(path, given, "", text=text)


def _compatibility(data: Mapping[str, Any]) -> Iterator[Problem]:
    given, version = data.get("compatibilityVersion"), _version(data)
    if version and given and isinstance(given, str) and given not in version.profiles.compatibility:
        choices = tuple(version.profiles.compatibility)
        allowed = f"an older minor version that Istio {version.name} can behave as: {', '.join(choices)}"
        yield Problem("compatibilityVersion", given, allowed, choices=choices)


def _node_agents(data: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield the problem of a ztunnel that istiod gives no certificates, because it trusts another account."""
    part = at(data, "components.ztunnel")
    here = isinstance(part, Mapping) and part.get("enabled") is True and at(data, "components.pilot.enabled") is True
    if not here or at(data, "pilot.env.CA_TRUSTED_NODE_ACCOUNTS"):
        return
    trusted = {
        "pilot.trustedZtunnelNamespace": at(data, "pilot.trustedZtunnelNamespace") or _istio_namespace(data),
        "pilot.trustedZtunnelName": at(data, "pilot.trustedZtunnelName") or "ztunnel",
    }
    actual = {
        "pilot.trustedZtunnelNamespace": part.get("namespace") or _istio_namespace(data),
        "pilot.trustedZtunnelName": at(data, "ztunnel.resourceName") or "ztunnel",
    }
    for path, name in trusted.items():
        if name != actual[path]:
            text = f'istiod trusts "{name}", and ztunnel is "{actual[path]}"; set this to {actual[path]}'
            yield Problem(path, name, "", text=text)


def _remote(data: Mapping[str, Any]) -> Iterator[Problem]:
    address = at(data, "global.remotePilotAddress")
    if at(data, "istiodRemote.enabled") is True and is_opaque(address):
        text = "is not known before the update, and with istiodRemote it decides which objects there are; write it out"
        yield Problem("global.remotePilotAddress", None, "", text=text)
    if at(data, "istiodRemote.injectionURL") and at(data, "istiodRemote.enabled") is not True:
        text = "is where pods are injected from, and the istiod here would go unused; set istiodRemote.enabled, too"
        yield Problem("istiodRemote.injectionURL", at(data, "istiodRemote.injectionURL"), "", text=text)


def _items(data: Mapping[str, Any], field: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    items = data.get(field)
    for index, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, Mapping):
            yield index, item


def _istio_namespace(data: Mapping[str, Any]) -> str:
    section = data.get("global")
    given = section.get("istioNamespace") if isinstance(section, Mapping) else None
    return given if given and isinstance(given, str) else "istio-system"


def _reserved(data: Mapping[str, Any]) -> frozenset[str]:
    """Return names of gateways that would take the name of an object of the control plane."""
    revision = data.get("revision")
    return frozenset({"istiod", "istio-reader", *([f"istiod-{revision}"] if revision else [])})


def _gateways(data: Mapping[str, Any]) -> Iterator[Problem]:
    reserved = _reserved(data)
    seen: dict[tuple[Any, Any], str] = {}
    for field in ("ingressGateways", "egressGateways"):
        for index, gateway in _items(data, field):
            name, namespace = gateway.get("name"), gateway.get("namespace") or _istio_namespace(data)
            path = f"{field}[{index}].name"
            if not isinstance(name, str):
                continue
            if name in reserved and namespace == _istio_namespace(data):
                yield Problem(
                    path, name, "a name that the control plane has no object of, such as istio-ingressgateway"
                )
            first = seen.setdefault((namespace, name), path)
            if first != path:
                where = f'"{name}" in namespace {namespace} is already {first}'
                text = f"{where}; gateways in one namespace have different names"
                yield Problem(path, name, "", text=text)


def _revisions(data: Mapping[str, Any]) -> Iterator[Problem]:
    own = data.get("revision")
    seen: dict[str, str] = {}
    tags = data.get("revisionTags")
    for index, tag in enumerate(tags if isinstance(tags, list) else ()):
        name, path = tag.get("name") if isinstance(tag, Mapping) else tag, f"revisionTags[{index}]"
        if not isinstance(name, str):
            continue
        first = seen.setdefault(name, path)
        if first != path:
            yield Problem(path, name, "", text=f'"{name}" is already {first}; list each tag once')
        elif name == own:
            text = f'"{name}" is a revision; a tag needs another name, or namespaces could not tell which one is meant'
            yield Problem(path, name, "", text=text)
    if own and "defaultRevision" in data:
        text = f'with a revision ("{own}"), the tag default says who takes what names none: revisionTags: [default]'
        yield Problem("defaultRevision", data["defaultRevision"], "", text=text)


def _namespaces(data: Mapping[str, Any]) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    own = _istio_namespace(data) if data.get("createNamespace", True) else None
    for index, namespace in _items(data, "namespaces"):
        name, path = namespace.get("name"), f"namespaces[{index}].name"
        if not isinstance(name, str):
            continue
        first = seen.setdefault(name, path)
        if first != path:
            yield Problem(path, name, "", text=f'"{name}" is already {first}; list each namespace once')
        elif name == own and namespace.get("create", True):
            text = (
                f'"{name}" is the control plane\'s namespace, which is declared already; '
                "write create: false here, or createNamespace: false"
            )
            yield Problem(path, name, "", text=text)


def _policies(data: Mapping[str, Any]) -> Iterator[Problem]:
    config = data.get("meshConfig")
    root = (config.get("rootNamespace") if isinstance(config, Mapping) else None) or _istio_namespace(data)
    for index, namespace in _items(data, "namespaces"):
        for key in ("mtls", "sidecar"):
            if namespace.get("name") == root and namespace.get(key) and data.get(key):
                text = f"{root} is Istio's root namespace, where {key} of the whole mesh stands; set one of the two"
                yield Problem(f"namespaces[{index}].{key}", namespace[key], "", text=text)
    levels = data.get("podSecurity")
    if not data.get("createNamespace", True) and isinstance(levels, Mapping) and any(levels.values()):
        text = "createNamespace is false, so the levels cannot be set here; set them where the namespace is made"
        yield Problem("podSecurity", levels, "", text=text)


def _pull_secrets(data: Mapping[str, Any]) -> Iterator[Problem]:
    listed = [secret.get("name") for _, secret in _items(data, "pullSecrets")]
    for index, name in enumerate(listed):
        if name in listed[:index]:
            text = f'"{name}" is already pullSecrets[{listed.index(name)}].name; list each Secret once'
            yield Problem(f"pullSecrets[{index}].name", name, "", text=text)
    asked: set[Any] = set()
    section = data.get("global")
    shared = section.get("imagePullSecrets") if isinstance(section, Mapping) else None
    used = [name for name in shared if name in listed] if isinstance(shared, list) else []
    for index, namespace in _items(data, "namespaces"):
        names = namespace.get("imagePullSecrets")
        for number, name in enumerate(names if isinstance(names, list) else ()):
            asked.add((namespace.get("name"), name))
            if name not in listed:
                path = f"namespaces[{index}].imagePullSecrets[{number}]"
                yield Problem(path, name, "a name that is listed in pullSecrets", choices=tuple(map(str, listed)))
    for field in ("ingressGateways", "egressGateways"):
        for index, gateway in _items(data, field):
            place = gateway.get("namespace") or _istio_namespace(data)
            for name in used if place != _istio_namespace(data) else ():
                if (place, name) not in asked:
                    how = f"list {place} under namespaces with imagePullSecrets: [{name}]"
                    text = f"global.imagePullSecrets has {name}, which is not declared in {place}; {how}"
                    yield Problem(f"{field}[{index}].namespace", place, "", text=text)


def _proxies(data: Mapping[str, Any]) -> Iterator[Problem]:
    version = _version(data)
    if version is not None and "meshConfig" in data:
        yield from mesh_config.problems(data["meshConfig"], version.schemas)
