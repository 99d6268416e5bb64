"""What only Kiali's settings together with the mesh's can get wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mesh_components.versions import DEFAULT_VERSION
from mesh_components.versions.addons import ADDONS

from ..problems import Problem
from ..profiles import DEFAULT_PROFILE
from ..steps import at
from . import kiali_scope
from .kiali import KialiSettings
from .kiali_versions import KIALI, NEW_SETTINGS, facts, gone_settings, order, unknown_settings

PROFILES_FOR_TRYING = frozenset({"demo"})
"""Profiles of meshes in which everybody may do everything."""

OPENSHIFT = "openshift"
"""Istio's name of the platform, and Kiali's of the login there."""

_DEFAULTS = KialiSettings.model_construct().data()


def problems(mesh: Mapping[str, Any], kiali: Mapping[str, Any], prefix: str = "") -> Iterator[Problem]:
    """Yield the contradictions between a mesh and its Kiali, both as data. Whatever else is wrong is passed over, as is
    a Kiali that is not enabled.

    :param mesh: the settings of the mesh
    :param kiali: those of its Kiali
    :param prefix: what stands before Kiali's keys in messages, such as ``addons.kiali.``
    """
    if kiali.get("enabled") is not True:
        return
    for path, text in (
        *_anonymous(mesh, kiali),
        *_openshift(mesh, kiali),
        *_namespaces(mesh, kiali),
        *kiali_scope.problems(mesh, kiali),
        *_versions(mesh, kiali),
        *_server(kiali),
    ):
        yield Problem(f"{prefix}{path}", None, "", text=text)


def version(mesh: Mapping[str, Any], kiali: Mapping[str, Any]) -> str | None:
    """Return the version of Kiali; None where the settings name none that there is."""
    istio = ADDONS.get(str(mesh.get("version", DEFAULT_VERSION)))
    found = kiali.get("version") or (istio.kiali.tag if istio else None)
    try:
        known = isinstance(found, str) and order(found) >= order(next(iter(KIALI)))
    except ValueError:
        return None
    return found if known else None


Found = Iterator[tuple[str, str]]
"""Paths, and what is wrong there."""


def _anonymous(mesh: Mapping[str, Any], kiali: Mapping[str, Any]) -> Found:
    trusting = mesh.get("profile", DEFAULT_PROFILE) in PROFILES_FOR_TRYING or kiali.get("allowAnonymousWrites") is True
    if at(kiali, "auth.strategy") == "anonymous" and not at(kiali, "deployment.view_only_mode") and not trusting:
        yield (
            "auth.strategy",
            "anonymous lets everybody who reaches Kiali change the mesh, without a login; write "
            "deployment.view_only_mode: true, choose another strategy (token, openid, openshift, header), or, if that "
            "is what you want, write allowAnonymousWrites: true (profile demo needs no such consent)",
        )


def _openshift(mesh: Mapping[str, Any], kiali: Mapping[str, Any]) -> Found:
    here = at(mesh, "global.platform") == OPENSHIFT
    strategy = at(kiali, "auth.strategy")
    if strategy == OPENSHIFT and not here:
        yield (
            "auth.strategy",
            "openshift is the login of OpenShift; write global.platform: openshift, or choose another",
        )
    elif at(kiali, "auth.openshift") is not None and not here:
        yield "auth.openshift", "is for OpenShift alone; write global.platform: openshift, or leave it out"
    elif here and strategy in (None, OPENSHIFT) and _is_server(kiali) and not _address_is_known(kiali):
        yield (
            "auth.openshift.redirect_uris",
            "OpenShift sends users back to known addresses only, and Kiali's is not known before it has one; give "
            "server.web_fqdn, the host of its Route, or the addresses themselves",
        )


def _is_server(kiali: Mapping[str, Any]) -> bool:
    return bool(kiali.get("installationMode", "server") == "server")


def _address_is_known(kiali: Mapping[str, Any]) -> bool:
    return bool(at(kiali, "auth.openshift.redirect_uris") or at(kiali, "server.web_fqdn"))


def _namespaces(mesh: Mapping[str, Any], kiali: Mapping[str, Any]) -> Found:
    own = kiali.get("namespace") or at(mesh, "global.istioNamespace") or "istio-system"
    resource = at(kiali, "operator.watchNamespace") or at(kiali, "operator.namespace") or own
    bound = at(kiali, "operator.allowAdHocKialiNamespace") is False
    if not _is_server(kiali) and bound and resource != own:
        yield (
            "operator.allowAdHocKialiNamespace",
            f"is false, but the Kiali resource is in {resource} and Kiali in {own}; write true, or use one namespace",
        )


def _versions(mesh: Mapping[str, Any], kiali: Mapping[str, Any]) -> Found:
    chosen = version(mesh, kiali)
    if chosen is None:
        return
    for path, first in unknown_settings(chosen, operator=not _is_server(kiali)):
        given = at(kiali, path)
        if given is not None and given != at(_DEFAULTS, path):
            yield path, f"Kiali {chosen} does not read it; leave it out, or choose version {first} or newer"
    for path, first in gone_settings(chosen):
        if at(kiali, path) is not None:
            yield path, f"Kiali {first} and newer find that out themselves; leave it out (version is {chosen})"
    if kiali.get("installationMode") == "operator" and not facts(chosen).operator:
        yield "installationMode", f"operator needs Kiali v2.12 or newer (version is {chosen}); write server"
    wide = at(kiali, "deployment.cluster_wide_access") is not False
    if facts(chosen).lists_namespaces and wide and at(kiali, "deployment.discovery_selectors.default"):
        first = list(NEW_SETTINGS)[1]
        yield (
            "deployment.discovery_selectors",
            f"Kiali {chosen} shows all namespaces that it may see; write deployment.cluster_wide_access: false, or "
            f"choose version {first} or newer",
        )


def _server(kiali: Mapping[str, Any]) -> Found:
    if _is_server(kiali) and at(kiali, "clustering.autodetect_secrets.enabled"):
        yield (
            "clustering.autodetect_secrets",
            "is done by the operator, since a plan does not depend on what is in the cluster; list the clusters with "
            "their Secrets under clustering.clusters, or write installationMode: operator",
        )
