"""Kiali with Pulumi's real engine and a real API server: the key stays, the operator goes last, objects are taken."""

from __future__ import annotations

import base64
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.engine.conftest import Project, project, runtime
from tests.engine.conftest import kubeconfig as bare
from tests.injection import api_server
from tests.validation.cluster import Server

from .kiali_plans import BACKENDS, planned

__all__ = ["bare", "project", "runtime"]

pytestmark = pytest.mark.tools

RENDERED = """
import pulumi
from mesh_components import Kiali, cluster_provider

to = pulumi.ResourceOptions(providers=[cluster_provider(render_yaml_to_directory="rendered")])
Kiali("kiali", {args}, to)
"""

OPERATED = """
import pulumi
from mesh_components import Kiali, cluster_provider

nobody = {"metadata": {"annotations": {"pulumi.com/skipAwait": "true"}}}
patches = [{"target": {"kind": "Deployment", "name": "kiali-operator"}, "patch": nobody}]
to = pulumi.ResourceOptions(providers=[cluster_provider()])
Kiali("kiali", {"mesh": {"patches": patches}, "installationMode": "operator"}, to)
"""

RESOURCE = "/apis/kiali.io/v1alpha1/namespaces/istio-system/kialis/kiali"
OPERATOR = "/apis/apps/v1/namespaces/istio-system/deployments/kiali-operator"
ROLE = "/apis/rbac.authorization.k8s.io/v1/clusterroles/kiali-operator"
MERGE = "application/merge-patch+json"
SECONDS = 90


@pytest.fixture
def kubeconfig(bare: Path) -> Path:
    """Of an API server that has Kiali's namespace."""
    Server(bare).send("POST", "/api/v1/namespaces", {"metadata": {"name": "istio-system"}})
    return bare


def rendered_key(project: Project) -> str:
    (path,) = (project.folder / "rendered").rglob("*secret*kiali-signing-key*.yaml")
    return base64.b64decode(yaml.safe_load(path.read_text())["data"]["key"]).decode()


def test_the_key_is_drawn_once_and_stays_and_is_encrypted_in_the_state(project: Project) -> None:
    project.program(RENDERED.format(args={}))
    project.run("up", "--yes", "--skip-preview")
    first = rendered_key(project)
    assert len(first.encode()) == 32
    project.run("up", "--yes", "--skip-preview", "--expect-no-changes")
    project.program(RENDERED.format(args={"deployment": {"view_only_mode": True}, "server": {"web_root": "/console"}}))
    assert project.changes("up").get("update", 0) >= 1
    assert rendered_key(project) == first
    state = project.state_file.read_text(encoding="utf-8")
    encoded = base64.b64encode(first.encode()).decode()
    assert first not in state and encoded not in state and "PRIVATE KEY" not in state


def test_two_stacks_have_two_keys(project: Project) -> None:
    project.program(RENDERED.format(args={}))
    project.run("up", "--yes", "--skip-preview")
    first = rendered_key(project)
    project.run("destroy", "--yes", "--skip-preview")
    project.run("up", "--yes", "--skip-preview")
    assert rendered_key(project) != first


def until(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < deadline, f"not within {SECONDS} s: {what}"
        time.sleep(0.5)


def ended(process: subprocess.Popen[bytes]) -> int:
    return process.wait(SECONDS)


def test_the_resource_is_there_when_kiali_is_and_its_operator_goes_last(project: Project, kubeconfig: Path) -> None:
    """The operator's part is played here: it says that Kiali is there, and lets the resource go when Kiali is gone."""
    server = Server(kubeconfig)
    project.program(OPERATED)
    project.run("config", "set", "kubernetes:kubeconfig", str(kubeconfig))
    log = kubeconfig.parent / "kube-controller-manager.log"
    controllers = (f"--kubeconfig={kubeconfig}", "--controllers=garbage-collector-controller", "--leader-elect=false")
    with api_server.process(log, "kube-controller-manager", *controllers, "--secure-port=0"):
        up = project.start("up", "--yes", "--skip-preview")
        until(lambda: server.send("GET", RESOURCE)[0] == 200, "the resource is made")
        assert server.send("GET", OPERATOR)[0] == 200
        _, found = server.send("PATCH", RESOURCE, {"metadata": {"finalizers": ["kiali.io/finalizer"]}}, content=MERGE)
        assert found["spec"]["deployment"]["cluster_wide_access"] is True
        time.sleep(3)
        assert up.poll() is None, "up ended before the operator had said that Kiali is there"
        condition = {
            "type": "Successful",
            "status": "True",
            "reason": "Successful",
            "message": "",
            "lastTransitionTime": "2026-01-01T00:00:00Z",
        }
        server.send("PATCH", f"{RESOURCE}/status", {"status": {"conditions": [condition]}}, content=MERGE)
        assert ended(up) == 0

        down = project.start("destroy", "--yes", "--skip-preview")
        until(lambda: "deletionTimestamp" in server.send("GET", RESOURCE)[1]["metadata"], "the resource is to go")
        time.sleep(3)
        assert down.poll() is None
        assert server.send("GET", OPERATOR)[0] == server.send("GET", ROLE)[0] == 200
        server.send("PATCH", RESOURCE, {"metadata": {"finalizers": None}}, content=MERGE)
        assert ended(down) == 0
        assert server.send("GET", OPERATOR)[0] == server.send("GET", ROLE)[0] == 404
        # Whoever has other Kialis in the cluster keeps them.
        assert server.send("GET", "/apis/kiali.io/v1alpha1/kialis")[0] == 200


PLURALS = {
    "ClusterRole": "clusterroles",
    "ClusterRoleBinding": "clusterrolebindings",
    "ConfigMap": "configmaps",
    "CustomResourceDefinition": "customresourcedefinitions",
    "Deployment": "deployments",
    "HorizontalPodAutoscaler": "horizontalpodautoscalers",
    "Ingress": "ingresses",
    "Kiali": "kialis",
    "NetworkPolicy": "networkpolicies",
    "PodDisruptionBudget": "poddisruptionbudgets",
    "Role": "roles",
    "RoleBinding": "rolebindings",
    "Secret": "secrets",
    "Service": "services",
    "ServiceAccount": "serviceaccounts",
}


def applied(server: Server, item: dict[str, Any], *, dry: bool) -> str | None:
    """Apply an object, and return what the API server has against it."""
    version, metadata = item["apiVersion"], item["metadata"]
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    place = f"/namespaces/{metadata['namespace']}" if "namespace" in metadata else ""
    query = f"fieldManager=test&force=true&fieldValidation=Strict{'&dryRun=All' if dry else ''}"
    path = f"{root}{place}/{PLURALS[item['kind']]}/{metadata['name']}?{query}"
    status, answer = server.send("PATCH", path, item, content="application/apply-patch+yaml")
    return None if status < 300 else f"{item['kind']} {metadata['name']}: {answer.get('message')}"


FULL: dict[str, Any] = {
    "deployment": {
        "hpa": {"spec": {"maxReplicas": 2, "metrics": []}},
        "pod_disruption_budget": {"spec": {"minAvailable": 1}},
        "ingress": {"enabled": True},
        "service_type": "NodePort",
        "tolerations": [{"operator": "Exists"}],
        "affinity": {"pod_anti": {"preferredDuringSchedulingIgnoredDuringExecution": []}},
        "custom_secrets": [{"name": "one", "mount": "/one"}],
        "custom_envs": [{"name": "A", "value": "b"}],
        "host_aliases": [{"ip": "10.0.0.1", "hostnames": ["a"]}],
        "dns": {"policy": "ClusterFirst", "config": {"searches": ["a.example"]}},
        "topology_spread_constraints": [
            {"maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway"}
        ],
    },
    "external_services": {"prometheus": {"auth": {"type": "bearer", "token": "secret:p:t"}}},
    "clustering": {"clusters": [{"name": "west", "secret_name": "west"}]},
    "server": {"web_fqdn": "kiali.example.com", "web_schema": "https", "node_port": 30123},
}
NAMED = {"matchLabels": {"kubernetes.io/metadata.name": "istio-system"}}


def test_the_api_server_takes_every_object(kubeconfig: Path) -> None:
    server = Server(kubeconfig)
    definition = planned(installationMode="operator").find("CustomResourceDefinition")
    assert applied(server, definition, dry=False) is None
    until(lambda: server.send("GET", "/apis/kiali.io/v1alpha1/kialis")[0] == 200, "the definition is served")
    plans = [
        planned(backends=BACKENDS),
        planned(backends=BACKENDS, version="v1.89.0"),
        planned(**FULL),
        planned(installationMode="operator", **FULL),
        planned(deployment={"cluster_wide_access": False, "discovery_selectors": {"default": [NAMED]}}),
        planned({"profile": "demo"}, auth={"strategy": "anonymous"}),
        *(planned({"version": version}, installationMode="operator") for version in ("1.27.0", "1.31.0")),
    ]
    refused = {found for plan in plans for item in plan.objects if (found := applied(server, item, dry=True))}
    assert sum(len(plan.objects) for plan in plans) > 50
    assert not refused
