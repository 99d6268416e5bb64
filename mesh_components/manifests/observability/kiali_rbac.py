"""What Kiali's own account may do.

Facts: rules of the chart ``kiali-server`` 2.12 to 2.27 (``templates/role*.yaml``, ``clusterrole*-openshift.yaml``).
Where users log in, Kiali writes with their rights and reads with its own; only where nobody logs in it needs rights to
write.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mesh_components.manifests.rbac import CORE, GROUP, READ, VERSION, Rule, rule
from mesh_components.settings import MeshSettings
from mesh_components.settings.observability.kiali import KialiSettings
from mesh_components.settings.observability.kiali_versions import KialiFacts

from .kiali_names import at_least, metadata, namespace, on_openshift, special, strategy, writes
from .kiali_scope import accessible

WORKLOADS = ("daemonsets", "deployments", "replicasets", "statefulsets")
ISTIO = ("networking.istio.io", "security.istio.io", "extensions.istio.io", "telemetry.istio.io")
GATEWAY_API = "gateway.networking.k8s.io"
INFERENCE = "inference.networking.k8s.io"
OAUTH = "oauth.openshift.io"
CONFIG = "config.openshift.io"
LOGS = "logs-tab"
"""The feature that shows logs."""


def rules(mesh: MeshSettings, one: KialiSettings) -> list[Rule]:
    """Return what Kiali may do in each namespace that it sees."""
    facts = special(mesh, one)
    return [
        *of_what_it_shows(facts, changes=writes(mesh, one), logs=LOGS not in one.kiali_feature_flags.disabled_features),
        *([rule("project.openshift.io", "projects", ("get",))] if facts.projects else ()),
        rule("route.openshift.io", "routes", ("get",)),
        rule("authentication.k8s.io", "tokenreviews", ("create",)),
        _client(mesh, one),
        rule("admissionregistration.k8s.io", "mutatingwebhookconfigurations", READ),
    ]


def of_what_it_shows(
    facts: KialiFacts, *, changes: bool, logs: bool = True, istio: Sequence[str] = ISTIO
) -> list[Rule]:
    """Return what Kiali may do with the objects that it shows.

    :param facts: of its version
    :param changes: whether it may change them
    :param logs: whether it may read the logs of pods
    :param istio: API groups of Istio's
    """
    edited: Sequence[str] = ("patch",) if changes else ()
    made: Sequence[str] = ("create", "delete", "patch") if changes else ()
    known = (*istio, GATEWAY_API, *((INFERENCE,) if facts.inference else ()))
    return [
        rule(CORE, ("configmaps", "endpoints", *(("pods/log",) if logs else ())), READ),
        rule(CORE, ("namespaces", "pods", "replicationcontrollers", "services"), (*READ, *edited)),
        rule(CORE, "pods/portforward", ("create", "post")),
        rule(("extensions", "apps"), WORKLOADS, (*READ, *edited)),
        rule("batch", ("cronjobs", "jobs"), (*READ, *edited)),
        rule(known, "*", (*READ, *made)),
        rule("apps.openshift.io", "deploymentconfigs", (*READ, *edited)),
    ]


def objects(mesh: MeshSettings, one: KialiSettings) -> list[dict[str, Any]]:
    """Return the roles and their bindings: for the whole cluster, or in each namespace."""
    name = one.deployment.instance_name if writes(mesh, one) else f"{one.deployment.instance_name}-viewer"
    places = [None] if one.deployment.cluster_wide_access else accessible(mesh, one)
    found = [item for place in places for item in _pair(mesh, one, name, place, rules(mesh, one))]
    if on_openshift(mesh) and (wide := _openshift(mesh, one)):
        found += _pair(mesh, one, f"{client_name(mesh, one)}-openshift", None, wide)
    return found


def client_name(mesh: MeshSettings, one: KialiSettings) -> str:
    """Return the name of Kiali's OAuthClient, which belongs to no namespace."""
    return f"{one.deployment.instance_name}-{namespace(mesh, one)}"


def _client(mesh: MeshSettings, one: KialiSettings) -> dict[str, Any]:
    found = rule(OAUTH, "oauthclients", ("get",))
    return {**found, "resourceNames": [client_name(mesh, one)]}


def _openshift(mesh: MeshSettings, one: KialiSettings) -> list[dict[str, Any]]:
    """Return what Kiali may do in the whole cluster even where it does not see all of it."""
    tls = one.deployment.tls_config.source in (None, "auto") and at_least(mesh, one, "v2.21")
    return [
        *([_client(mesh, one)] if strategy(mesh, one) == "openshift" else ()),
        *([rule(CONFIG, "apiservers", ("get",))] if tls else ()),
    ]


def _pair(
    mesh: MeshSettings, one: KialiSettings, name: str, place: str | None, allowed: list[Any]
) -> list[dict[str, Any]]:
    kind = "Role" if place else "ClusterRole"
    described = metadata(mesh, one, name=name, place=place)
    subject = {"kind": "ServiceAccount", "name": one.deployment.instance_name, "namespace": namespace(mesh, one)}
    return [
        {"apiVersion": VERSION, "kind": kind, "metadata": described, "rules": allowed},
        {
            "apiVersion": VERSION,
            "kind": f"{kind}Binding",
            "metadata": described,
            "roleRef": {"apiGroup": GROUP, "kind": kind, "name": name},
            "subjects": [subject],
        },
    ]
