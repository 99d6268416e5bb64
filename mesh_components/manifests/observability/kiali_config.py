"""What Kiali's server reads: ``config.yaml``, and the `spec` of a Kiali resource, from which the operator makes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mesh_components.manifests.istio_object import cluster_domain, root_namespace
from mesh_components.manifests.text import Assembled, assemble
from mesh_components.manifests.workloads import filled
from mesh_components.manifests.yaml_text import to_yaml
from mesh_components.settings import MeshSettings
from mesh_components.settings.merge import deep_merge
from mesh_components.settings.model import plain
from mesh_components.settings.observability.kiali import OURS, KialiSettings
from mesh_components.settings.observability.kiali_deployment import NAMESPACE_NAME
from mesh_components.settings.observability.kiali_versions import unknown_settings
from mesh_components.settings.steps import without

from .kiali_backends import Backends
from .kiali_credentials import key_reference
from .kiali_names import certificate, namespace, on_openshift, special, strategy, version, web_root
from .kiali_scope import accessible, listed

READ = ("cluster_wide_access", "discovery_selectors", "instance_name", "namespace", "tls_config", "view_only_mode")
"""What the server reads of ``deployment``; the rest is about its Kubernetes objects."""

DEFAULT_DOMAIN = "cluster.local"


def config(mesh: MeshSettings, one: KialiSettings, backends: Backends) -> dict[str, Any]:
    """Return what the server reads."""
    data = _common(mesh, one, backends)
    deployment = {key: value for key, value in data["deployment"].items() if key in READ}
    chosen = one.deployment.discovery_selectors
    deployment["discovery_selectors"] = filled(default=plain(chosen.default), overrides=plain(chosen.overrides))
    if not one.deployment.cluster_wide_access:
        # The server has to be told the namespaces that it may see by their names.
        deployment["discovery_selectors"] = {**deployment["discovery_selectors"], "default": [_named(mesh, one)]}
    deployment = {key: value for key, value in deployment.items() if value != {}}
    data |= {"deployment": deployment, "clustering": without(data["clustering"], "autodetect_secrets")}
    data["server"] = filled(**data["server"])
    certificate_file, key_file = certificate(mesh, one)
    data["identity"] = {"cert_file": certificate_file, "private_key_file": key_file}
    data["server"]["web_root"] = web_root(mesh, one)
    if on_openshift(mesh):
        data["auth"].setdefault("openshift", {})
    return _of_version(mesh, one, data)


def text(mesh: MeshSettings, one: KialiSettings, backends: Backends) -> str | Assembled:
    """Return ``config.yaml``."""
    return assemble(to_yaml, config(mesh, one, backends))


def spec(mesh: MeshSettings, one: KialiSettings, backends: Backends) -> dict[str, Any]:
    """Return the `spec` of a Kiali resource."""
    return _of_version(mesh, one, _said(_common(mesh, one, backends), _DEFAULTS))


_DEFAULTS = KialiSettings.model_construct().data()


def _said(data: Mapping[str, Any], defaults: Any) -> dict[str, Any]:
    """Return settings without those that say nothing: what is empty, and would be so anyway."""
    known = defaults if isinstance(defaults, Mapping) else {}
    found = {}
    for key, value in data.items():
        default = known.get(key)
        kept = _said(value, default) if isinstance(value, Mapping) else value
        if kept not in ("", [], {}) or (value in ("", [], {}) and value != default):
            found[key] = kept
    return found


def _common(mesh: MeshSettings, one: KialiSettings, backends: Backends) -> dict[str, Any]:
    """Return Kiali's own settings, and what follows from the mesh's where they say nothing."""
    data = {key: value for key, value in one.data().items() if key not in OURS}
    data["auth"]["strategy"] = strategy(mesh, one)
    data["deployment"]["namespace"] = namespace(mesh, one)
    data["deployment"]["tls_config"].setdefault("source", "auto" if on_openshift(mesh) else "config")
    data["external_services"] = deep_merge(
        deep_merge(backends.services(), {"istio": _istio(mesh, one)}), data["external_services"]
    )
    for service in ("grafana", "tracing"):
        _enable(data["external_services"][service], one.external_services, service)
    if reference := key_reference(mesh, one):
        data["login_token"]["signing_key"] = reference
    elif "signing_key" in data["login_token"]:
        del data["login_token"]["signing_key"]
    if special(mesh, one).names_istiod:
        data["istio_namespace"] = mesh.istio_namespace
    return data


def _enable(data: dict[str, Any], services: Any, name: str) -> None:
    """A service whose address the user gives is there, unless he says that it is not."""
    given = getattr(services, name)
    if given.enabled is None and (given.internal_url or given.external_url):
        data["enabled"] = True


def _istio(mesh: MeshSettings, one: KialiSettings) -> dict[str, Any]:
    found: dict[str, Any] = {"root_namespace": root_namespace(mesh)} if special(mesh, one).names_istiod else {}
    # Without it, Kiali takes the trust domain for the domain of Services.
    if mesh.meshConfig.get("trustDomain", DEFAULT_DOMAIN) != DEFAULT_DOMAIN or cluster_domain(mesh) != DEFAULT_DOMAIN:
        found["istio_identity_domain"] = f"svc.{cluster_domain(mesh)}"
    return found


def _named(mesh: MeshSettings, one: KialiSettings) -> dict[str, Any]:
    names = accessible(mesh, one)
    return {"matchExpressions": [{"key": NAMESPACE_NAME, "operator": "In", "values": names}]}


OLD_URLS: Mapping[str, str] = {"internal_url": "in_cluster_url", "external_url": "url"}
"""What older versions call addresses of Grafana and tracing."""


def _of_version(mesh: MeshSettings, one: KialiSettings, data: dict[str, Any]) -> dict[str, Any]:
    """Return the configuration as this version of Kiali spells it, without what it does not know."""
    for path, _ in unknown_settings(version(mesh, one), operator=one.installationMode == "operator"):
        data = without(data, path)
    data["external_services"] = filled(**data["external_services"])
    facts = special(mesh, one)
    if facts.cluster_urls:
        services = dict(data["external_services"])
        for name in ("grafana", "tracing"):
            services[name] = {OLD_URLS.get(key, key): value for key, value in services[name].items()}
        data["external_services"] = services
    if facts.lists_namespaces:
        deployment = without(data["deployment"], "discovery_selectors")
        data["deployment"] = {**deployment, "accessible_namespaces": listed(mesh, one)}
    if facts.reads_certificates:
        # It has no right to read Secrets with the CA's private key.
        flags = {"certificates_information_indicators": {"enabled": False}}
        data["kiali_feature_flags"] = {**flags, **data["kiali_feature_flags"]}
    return data
