"""Kiali's operator, and the Kiali resource that it makes a Kiali of.

Facts: names, labels, rights, arguments and environment of the chart ``kiali-operator`` 2.12 to 2.27. The definition of
the resource has the schema of 2.12, which takes any keys: the keys are checked here, before there is a resource.
"""

from __future__ import annotations

import copy
from typing import Any

from mesh_components.manifests.rbac import CORE, GROUP, READ, VERSION, Rule, rule
from mesh_components.manifests.text import Assembled
from mesh_components.manifests.workloads import field_variable, filled, mount, variable
from mesh_components.settings import MeshSettings
from mesh_components.settings.observability.kiali import KialiSettings

from . import kiali_config
from .kiali_backends import Backends
from .kiali_names import image_reference, namespace, on_openshift, special, whole_version
from .kiali_pod import LOCKED
from .kiali_rbac import CONFIG, OAUTH, of_what_it_shows
from .kiali_rbac import ISTIO as KIALI_ISTIO

NAME = "kiali-operator"
API_GROUP = "kiali.io"
API_VERSION = f"{API_GROUP}/v1alpha1"
PLURAL = "kialis"
DEFINITION = f"{PLURAL}.{API_GROUP}"

ALL = ("create", "delete", "get", "list", "patch", "update", "watch")
PROBES, METRICS = 6789, 8080

ISTIO = ("config.istio.io", KIALI_ISTIO[0], "authentication.istio.io", "rbac.istio.io", *KIALI_ISTIO[1:])
"""API groups of Istio's in the operator's own role; some are of long ago."""

RESOURCE_KINDS = frozenset({"Kiali"})
"""Kinds that wait for the operator, and go before it."""


def objects(mesh: MeshSettings, one: KialiSettings, backends: Backends) -> list[dict[str, Any]]:
    """Return the operator's objects and the Kiali resource, the last."""
    described = _metadata(mesh, one)
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": described}
    pull = one.operator.image.pullSecrets
    names = mesh.global_.imagePullSecrets if pull is None else pull
    return [
        definition(),
        {**account, **filled(imagePullSecrets=[{"name": name} for name in names])},
        *_rights(mesh, one),
        _deployment(mesh, one),
        resource(mesh, one, backends),
    ]


def place(mesh: MeshSettings, one: KialiSettings) -> str:
    """Return the operator's namespace."""
    return one.operator.namespace or namespace(mesh, one)


def definition() -> dict[str, Any]:
    """Return the definition of Kiali resources."""
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {
        "name": "v1alpha1",
        "served": True,
        "storage": True,
        "subresources": {"status": {}},
        "schema": {"openAPIV3Schema": schema},
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": DEFINITION, "labels": {"app": NAME, "app.kubernetes.io/name": NAME}},
        "spec": {
            "group": API_GROUP,
            "names": {"kind": "Kiali", "listKind": "KialiList", "plural": PLURAL, "singular": "kiali"},
            "scope": "Namespaced",
            "versions": [version],
        },
    }


def resource(mesh: MeshSettings, one: KialiSettings, backends: Backends) -> dict[str, Any]:
    """Return the Kiali resource."""
    operator = one.operator
    annotations = {"ansible.sdk.operatorframework.io/verbosity": operator.debug.verbosity, **operator.cr.annotations}
    described = _metadata(mesh, one, operator.cr.name, operator.watchNamespace or place(mesh, one))
    return {
        "apiVersion": API_VERSION,
        "kind": "Kiali",
        "metadata": {**described, "annotations": annotations},
        "spec": kiali_config.spec(mesh, one, backends),
    }


def _selector() -> dict[str, str]:
    return {"app.kubernetes.io/name": NAME, "app.kubernetes.io/instance": NAME}


def _labels(mesh: MeshSettings, one: KialiSettings) -> dict[str, str]:
    known = whole_version(mesh, one)
    return {
        **one.operator.extraLabels,
        "app": NAME,
        **_selector(),
        "version": known,
        "app.kubernetes.io/version": known,
        "app.kubernetes.io/part-of": NAME,
    }


def _metadata(mesh: MeshSettings, one: KialiSettings, name: str = NAME, where: str | None = "") -> dict[str, Any]:
    home = {} if where is None else {"namespace": where or place(mesh, one)}
    return {"name": name, **home, "labels": _labels(mesh, one)}


def _rights(mesh: MeshSettings, one: KialiSettings) -> list[dict[str, Any]]:
    described = _metadata(mesh, one, where=None)
    subject = {"kind": "ServiceAccount", "name": NAME, "namespace": place(mesh, one)}
    return [
        {
            "apiVersion": VERSION,
            "kind": "ClusterRole",
            "metadata": described,
            "rules": [*_own_rules(mesh, one), *_kialis_rules(mesh, one)],
        },
        {
            "apiVersion": VERSION,
            "kind": "ClusterRoleBinding",
            "metadata": described,
            "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": NAME},
            "subjects": [subject],
        },
    ]


def _named(found: Rule, name: str) -> dict[str, Any]:
    return {**found, "resourceNames": [name]}


def _own_rules(mesh: MeshSettings, one: KialiSettings) -> list[dict[str, Any]]:
    """Return what the operator needs to make Kiali's objects."""
    facts = special(mesh, one)
    wide = _unless_said(one.operator.clusterRoleCreator, one.deployment.cluster_wide_access)
    roles = (*(("clusterrolebindings", "clusterroles") if wide else ()), "rolebindings", "roles")
    objects = ("configmaps", "endpoints", "pods", "serviceaccounts", "services", "services/finalizers")
    networks = ("ingresses", *(("networkpolicies",) if facts.operator_policies else ()))
    return [
        rule(CORE, objects, ALL),
        rule(CORE, "namespaces", ("get", "list", "patch")),
        rule(CORE, "secrets", ("create", "list", "watch")),
        _named(rule(CORE, "secrets", ("delete", "get", "list", "patch", "update", "watch")), "kiali-signing-key"),
        _named(rule(CORE, "secrets", READ), "kiali-multi-cluster-secret"),
        rule("apps", ("deployments", "replicasets"), ALL),
        rule("autoscaling", "horizontalpodautoscalers", ALL),
        *([rule("policy", "poddisruptionbudgets", ALL)] if facts.operator_budgets else ()),
        rule("monitoring.coreos.com", "servicemonitors", ("create", "get")),
        _named(rule("apps", "deployments/finalizers", ("update",)), NAME),
        rule(API_GROUP, "*", ALL),
        rule("authorization.k8s.io", "selfsubjectaccessreviews", ("list",)),
        rule(GROUP, roles, ALL),
        rule("apiextensions.k8s.io", "customresourcedefinitions", READ),
        rule(("extensions", "networking.k8s.io"), networks, ALL),
        rule("route.openshift.io", ("routes", "routes/custom-host"), ALL),
        rule(OAUTH, "oauthclients", ALL),
        rule(CONFIG, "clusteroperators", ("list", "watch")),
        _named(rule(CONFIG, "clusteroperators", ("get",)), "kube-apiserver"),
        rule("console.openshift.io", "consolelinks", ALL),
        *(_console_rules() if on_openshift(mesh) else ()),
    ]


def _console_rules() -> list[Rule]:
    return [
        rule("console.openshift.io", "consoleplugins", ALL),
        rule("operator.openshift.io", "consoles", ("get", "list", "patch", "update", "watch")),
    ]


def _kialis_rules(mesh: MeshSettings, one: KialiSettings) -> list[Rule]:
    """Return what a Kiali may need: nobody can give away rights that he does not have."""
    facts = special(mesh, one)
    return [
        *of_what_it_shows(facts, changes=not one.operator.onlyViewOnlyMode, istio=ISTIO),
        *([rule(CONFIG, "apiservers", ("get",))] if facts.operator_tls else ()),
        *([rule("project.openshift.io", "projects", ("get",))] if facts.projects else ()),
        rule("route.openshift.io", "routes", ("get",)),
        rule("authentication.k8s.io", "tokenreviews", ("create",)),
        rule("admissionregistration.k8s.io", "mutatingwebhookconfigurations", READ),
    ]


def _unless_said(said: bool | None, otherwise: bool) -> bool:
    return otherwise if said is None else said


def _image(mesh: MeshSettings, one: KialiSettings) -> str | Assembled:
    image = one.operator.image
    # Unlike Kiali's own, the operator's images are published for whole versions alone.
    return image_reference(image.repo, image.tag or whole_version(mesh, one), image.digest)


def _environment(mesh: MeshSettings, one: KialiSettings) -> list[dict[str, Any]]:
    operator, deployment, openshift = one.operator, one.deployment, on_openshift(mesh)
    facts = special(mesh, one)
    own_image = bool(deployment.image_name or deployment.image_version or deployment.image_digest)
    more = bool(deployment.additional_pod_containers_yaml or deployment.additional_pod_init_containers_yaml)
    wide = _unless_said(operator.allowAllAccessibleNamespaces, deployment.cluster_wide_access)
    profiler = "/opt/ansible/ansible-profiler.cfg" if operator.debug.enableProfiler else "/etc/ansible/ansible.cfg"
    watches = operator.watchesFile or ("watches-os.yaml" if openshift else "watches-k8s.yaml")
    console = variable("ALLOW_AD_HOC_OSSMCONSOLE_IMAGE", operator.allowAdHocOSSMConsoleImage)
    console_verbosity = variable("ANSIBLE_VERBOSITY_OSSMCONSOLE_KIALI_IO", operator.debug.verbosity)
    containers = variable("ALLOW_AD_HOC_CONTAINERS", _unless_said(operator.allowAdHocContainers, more))
    return [
        variable("WATCH_NAMESPACE", operator.watchNamespace or ""),
        field_variable("POD_NAME", "metadata.name", versioned=False),
        field_variable("POD_NAMESPACE", "metadata.namespace", versioned=False),
        variable("ALLOW_AD_HOC_KIALI_NAMESPACE", operator.allowAdHocKialiNamespace),
        variable("ALLOW_AD_HOC_KIALI_IMAGE", _unless_said(operator.allowAdHocKialiImage, own_image)),
        *([console] if openshift else ()),
        *([containers] if facts.operator_tls else ()),
        variable("ALLOW_SECURITY_CONTEXT_OVERRIDE", operator.allowSecurityContextOverride),
        variable("ALLOW_ALL_ACCESSIBLE_NAMESPACES", wide),
        variable("PROFILE_TASKS_TASK_OUTPUT_LIMIT", "100"),
        variable("ANSIBLE_DEBUG_LOGS", operator.debug.enabled),
        variable("ANSIBLE_VERBOSITY_KIALI_KIALI_IO", operator.debug.verbosity),
        *([console_verbosity] if openshift else ()),
        variable("ANSIBLE_CONFIG", profiler),
        variable("ANSIBLE_LOCAL_TEMP", "/tmp/ansible/tmp"),
        variable("ANSIBLE_REMOTE_TEMP", "/tmp/ansible/tmp"),
        variable("WATCHES_FILE", watches),
        *copy.deepcopy(operator.env),
    ]


def _container(mesh: MeshSettings, one: KialiSettings) -> dict[str, Any]:
    operator = one.operator
    alive = {"httpGet": {"path": "/healthz", "port": PROBES}}
    given = operator.resources.data()
    reconciling = ["--reconcile-period=0s"] if special(mesh, one).operator_budgets else []
    return {
        "name": "operator",
        "image": _image(mesh, one),
        "imagePullPolicy": operator.image.pullPolicy,
        "args": [
            "--zap-log-level=info",
            f"--leader-election-id={NAME}",
            *reconciling,
            "--watches-file=./$(WATCHES_FILE)",
            f"--health-probe-bind-address=:{PROBES}",
            f"--metrics-bind-address=:{METRICS}",
        ],
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": PROBES}, "periodSeconds": 30},
        "livenessProbe": {**alive, "periodSeconds": 30},
        "startupProbe": {**alive, "initialDelaySeconds": 30, "periodSeconds": 10, "failureThreshold": 6},
        "securityContext": dict(operator.securityContext) or copy.deepcopy(LOCKED),
        "volumeMounts": [mount("tmp", "/tmp")],
        "env": _environment(mesh, one),
        "ports": [{"name": "http-metrics", "containerPort": METRICS}],
        **filled(resources={part: filled(**amounts) for part, amounts in given.items()}),
    }


def _deployment(mesh: MeshSettings, one: KialiSettings) -> dict[str, Any]:
    operator = one.operator
    scraped = {
        "prometheus.io/scrape": "true" if operator.metrics.enabled else "false",
        "prometheus.io/path": "/metrics",
        "prometheus.io/port": str(METRICS),
    }
    described = _metadata(mesh, one)
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": described,
        "spec": {
            "replicas": operator.replicaCount,
            "selector": {"matchLabels": _selector()},
            "template": {
                "metadata": {
                    "name": NAME,
                    "labels": {"name": NAME, **described["labels"], **operator.podLabels},
                    "annotations": {**scraped, **operator.podAnnotations},
                },
                "spec": {
                    "serviceAccountName": NAME,
                    **filled(
                        priorityClassName=operator.priorityClassName,
                        tolerations=list(operator.tolerations),
                        nodeSelector=dict(operator.nodeSelector),
                        affinity=dict(operator.affinity),
                    ),
                    "containers": [_container(mesh, one)],
                    "volumes": [{"name": "tmp", "emptyDir": {}}],
                },
            },
        },
    }
