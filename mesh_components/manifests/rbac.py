"""What istiod and the reader of remote clusters may do.

Facts: rules, names and conditions of Istio 1.31's istiod chart (``templates/{cluster,}role*.yaml``,
``templates/reader-clusterrole*.yaml``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mesh_components.settings import MeshSettings

from .labels import metadata

GROUP = "rbac.authorization.k8s.io"
VERSION = f"{GROUP}/v1"

CORE = ""
ADMISSION = "admissionregistration.k8s.io"
GATEWAY_API = "gateway.networking.k8s.io"
GATEWAY_API_EXPERIMENTAL = "gateway.networking.x-k8s.io"
MULTICLUSTER = "multicluster.x-k8s.io"
ISTIO = (
    "config.istio.io",
    "security.istio.io",
    "networking.istio.io",
    "authentication.istio.io",
    "rbac.istio.io",
    "telemetry.istio.io",
    "extensions.istio.io",
)

READ = ("get", "list", "watch")
# The same rights as READ. RBAC does not care about the order, a comparison field by field does.
FETCH = ("get", "watch", "list")
EDIT = (*FETCH, "update", "patch", "create", "delete")
STATUS = ("update", "patch")

ANALYZED = (
    "authorizationpolicies",
    "destinationrules",
    "envoyfilters",
    "gateways",
    "peerauthentications",
    "proxyconfigs",
    "requestauthentications",
    "serviceentries",
    "sidecars",
    "telemetries",
    "virtualservices",
    "wasmplugins",
    "workloadentries",
    "workloadgroups",
)
"""Istio kinds into whose status istiod writes analysis messages."""

_GATEWAY_API_STATUS = (
    "backendtlspolicies",
    "gatewayclasses",
    "gateways",
    "grpcroutes",
    "httproutes",
    "referencegrants",
    "tcproutes",
    "tlsroutes",
    "udproutes",
)
"""Kinds of the Gateway API whose status istiod keeps, listener sets aside."""

CERTIFICATES = "certificates.k8s.io"
OWN_CERT_PROVIDERS = ("istiod", "custom", "none")
"""Values of ``global.pilotCertProvider`` with which istiod needs no signer of Kubernetes'."""

Rule = dict[str, list[str]]


def rule(groups: str | Sequence[str], resources: str | Sequence[str], verbs: Sequence[str]) -> Rule:
    """Return a rule that allows ``verbs`` on ``resources`` of the API ``groups``."""
    return {
        "apiGroups": [groups] if isinstance(groups, str) else list(groups),
        "resources": [resources] if isinstance(resources, str) else list(resources),
        "verbs": list(verbs),
    }


def _status(kinds: Sequence[str]) -> list[str]:
    return [f"{kind}/status" for kind in kinds]


def _multicluster_group(settings: MeshSettings) -> str:
    return str(settings.pilot.env.get("MCS_API_GROUP") or MULTICLUSTER)


def istiod_rules(settings: MeshSettings) -> list[Rule]:
    """Return what istiod may do in the whole cluster."""
    analysis = settings.global_.istiod.enableAnalysis
    services = _multicluster_group(settings)
    facts = settings.istio.control_plane
    experimental, stable = ["xbackendtrafficpolicies"], list(_GATEWAY_API_STATUS)
    if facts.experimental_listener_sets:
        experimental.append("xlistenersets")
    else:
        stable.append("listenersets")
    rules = [
        rule(ADMISSION, "mutatingwebhookconfigurations", (*READ, "update", "patch")),
        rule(ADMISSION, "validatingwebhookconfigurations", (*READ, "update")),
        rule(ISTIO, "*", FETCH),
    ]
    if analysis:
        rules.append(rule(ISTIO, _status(ANALYZED), STATUS))
    rules += [
        rule("networking.istio.io", "workloadentries", EDIT),
        rule("networking.istio.io", ("workloadentries/status", "serviceentries/status"), EDIT),
        rule("security.istio.io", "authorizationpolicies/status", EDIT),
        rule(CORE, "services/status", EDIT),
        rule("apiextensions.k8s.io", "customresourcedefinitions", READ),
        rule(CORE, ("pods", "nodes", "services", "namespaces", "endpoints"), READ),
        rule("discovery.k8s.io", "endpointslices", READ),
    ]
    if settings.pilot.taint.enabled:
        rules.append(rule(CORE, "nodes", ("patch",)))
    if analysis:
        rules += [
            rule(("extensions", "networking.k8s.io"), "ingresses", READ),
            rule(("extensions", "networking.k8s.io"), "ingresses/status", ("*",)),
        ]
    rules += [
        rule("networking.k8s.io", ("ingresses", "ingressclasses"), READ),
        rule("networking.k8s.io", "ingresses/status", ("*",)),
        rule(CORE, "configmaps", ("create", *READ, "update")),
        *_signing_rules(settings),
        rule("authentication.k8s.io", "tokenreviews", ("create",)),
        rule("authorization.k8s.io", "subjectaccessreviews", ("create",)),
        rule((GATEWAY_API, GATEWAY_API_EXPERIMENTAL), "*", FETCH),
        rule(GATEWAY_API_EXPERIMENTAL, _status(experimental), STATUS),
        rule(GATEWAY_API, _status(stable), STATUS),
        rule(GATEWAY_API, "gatewayclasses", ("create", "update", "patch", "delete")),
        rule(facts.inference_group, "inferencepools", FETCH),
        rule(facts.inference_group, "inferencepools/status", STATUS),
        rule(CORE, "secrets", FETCH),
        rule(services, "serviceexports", (*FETCH, "create", "delete")),
        rule(services, "serviceimports", FETCH),
    ]
    return rules


def _signing_rules(settings: MeshSettings) -> list[Rule]:
    """Return the rules for certificates that Kubernetes signs or hands out, where they are used."""
    rules: list[Rule] = []
    env = settings.pilot.env
    if env.get("EXTERNAL_CA") or settings.global_.pilotCertProvider not in OWN_CERT_PROVIDERS:
        requests = [f"certificatesigningrequests{part}" for part in ("", "/approval", "/status")]
        rules += [
            rule(CERTIFICATES, requests, ("update", "create", "get", "delete", "watch")),
            {**rule(CERTIFICATES, "signers", ("approve",)), "resourceNames": list(settings.global_.certSigners)},
        ]
    if trust_bundles(settings):
        rules += [
            rule(CERTIFICATES, "clustertrustbundles", ("update", "create", "delete", "list", "watch", "get")),
            {**rule(CERTIFICATES, "signers", ("attest",)), "resourceNames": ["istio.io/istiod-ca"]},
        ]
    return rules


def trust_bundles(settings: MeshSettings) -> bool:
    """Say whether istiod hands out roots as ClusterTrustBundles (its flag ENABLE_CLUSTER_TRUST_BUNDLE_API)."""
    return settings.pilot.env.get("ENABLE_CLUSTER_TRUST_BUNDLE_API") is True


GATEWAY_CONTROLLER_RULES: Sequence[Rule] = [
    rule("apps", "deployments", EDIT),
    rule("autoscaling", "horizontalpodautoscalers", EDIT),
    rule("policy", "poddisruptionbudgets", EDIT),
    rule(CORE, "services", EDIT),
    rule(CORE, "serviceaccounts", EDIT),
]
"""What istiod needs to run proxies for Gateway API objects."""

NAMESPACE_RULES: Sequence[Rule] = [
    rule("networking.istio.io", "gateways", ("create",)),
    rule(CORE, "secrets", ("create", *FETCH, "update", "delete")),
    rule(CORE, "configmaps", ("delete",)),
    rule("coordination.k8s.io", "leases", ("get", "update", "patch", "create")),
]
"""What istiod may do in its own namespace."""


_REMOTE_RULES: Sequence[Rule] = [
    rule(CORE, "configmaps", ("create", *READ, "update")),
    rule(ADMISSION, "mutatingwebhookconfigurations", (*READ, "update", "patch")),
    rule(ADMISSION, "validatingwebhookconfigurations", (*READ, "update")),
]
"""What an istiod in another cluster may do here in addition, where it is the one of this cluster."""


def reader_rules(settings: MeshSettings) -> list[Rule]:
    """Return what an istiod in another cluster may read here."""
    services = _multicluster_group(settings)
    watched = (
        *("endpoints", "pods", "services", "nodes", "replicationcontrollers"),
        *("namespaces", "secrets"),
        *(["configmaps"] if settings.istio.control_plane.reader_sees_config_maps else []),
    )
    return [
        rule(ISTIO, "*", READ),
        rule(CORE, watched, READ),
        rule("networking.istio.io", "workloadentries", FETCH),
        rule(("networking.x-k8s.io", GATEWAY_API), "gateways", FETCH),
        rule("apiextensions.k8s.io", "customresourcedefinitions", READ),
        rule("discovery.k8s.io", "endpointslices", READ),
        rule(services, "serviceexports", (*READ, "create", "delete")),
        rule(services, "serviceimports", READ),
        rule("apps", "replicasets", READ),
        rule("authentication.k8s.io", "tokenreviews", ("create",)),
        rule("authorization.k8s.io", "subjectaccessreviews", ("create",)),
        *(_REMOTE_RULES if settings.istiodRemote.enabled else ()),
    ]


def cluster_role(settings: MeshSettings, name: str, part: str, app: str, rules: Sequence[Rule]) -> dict[str, Any]:
    """Return the ClusterRole ``name`` with ``rules``; labels say that it belongs to ``part`` and ``app``."""
    return {
        "apiVersion": VERSION,
        "kind": "ClusterRole",
        "metadata": metadata(settings, name, part=part, labels={"app": app}, namespace=None),
        "rules": list(rules),
    }


def cluster_role_binding(
    settings: MeshSettings, name: str, part: str, app: str, subject: Mapping[str, str], role: str = ""
) -> dict[str, Any]:
    """Return the ClusterRoleBinding that gives the ClusterRole ``role`` to ``subject``; empty: that of its own name."""
    return {
        "apiVersion": VERSION,
        "kind": "ClusterRoleBinding",
        "metadata": metadata(settings, name, part=part, labels={"app": app}, namespace=None),
        "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": role or name},
        "subjects": [dict(subject)],
    }


def role(
    settings: MeshSettings,
    name: str,
    part: str,
    rules: Sequence[Rule],
    subject: Mapping[str, str],
    labels: Mapping[str, str],
    namespace: str = "",
) -> list[dict[str, Any]]:
    """Return the Role ``name`` with ``rules``, and the RoleBinding of the same name that gives it to ``subject``."""
    described = metadata(settings, name, part=part, labels=labels, namespace=namespace)
    return [
        {"apiVersion": VERSION, "kind": "Role", "metadata": described, "rules": list(rules)},
        {
            "apiVersion": VERSION,
            "kind": "RoleBinding",
            "metadata": metadata(settings, name, part=part, labels=labels, namespace=namespace),
            "roleRef": {"apiGroup": GROUP, "kind": "Role", "name": name},
            "subjects": [dict(subject)],
        },
    ]


def account(name: str, namespace: str) -> dict[str, str]:
    """Return the subject for a ServiceAccount."""
    return {"kind": "ServiceAccount", "name": name, "namespace": namespace}
