"""What analysis says of Pod Security, and what the stacks ask for, is what the API server's admission does."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from mesh_components.analysis.pod_security import LEVELS, PRIVILEGED, RESTRICTED, refusals
from mesh_components.live.api import Api
from mesh_components.manifests import mesh
from mesh_components.settings import load
from tests.injection.istioctl import configured, kube_inject

from .kubectl import Kubectl, namespace

STACKS = Path(__file__).parents[2] / "stacks"
SECCOMP = {"type": "RuntimeDefault"}
CNI = {"pilot": {"cni": {"enabled": True}}}
PROFILED = {"global": {"proxy": {"seccompProfile": SECCOMP}}}
HARDENED = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": SECCOMP,
}


def place(level: str) -> str:
    return f"level-{level}"


@pytest.fixture(scope="module")
def levels(kubectl: Kubectl) -> Iterator[None]:
    """A namespace for each level, which warns of what it refuses."""
    prefix = "pod-security.kubernetes.io"
    for level in LEVELS:
        kubectl.apply(namespace(place(level), **{f"{prefix}/enforce": level, f"{prefix}/warn": level}))
    for level in LEVELS:
        kubectl("wait", "--for=create", "serviceaccount/default", "--namespace", place(level), "--timeout=60s")
    yield
    for level in LEVELS:
        kubectl("delete", "namespace", place(level), "--wait=false")


def admission(kubectl: Kubectl, level: str, spec: Mapping[str, Any]) -> str:
    """What the API server says of a pod in a namespace of this level; nothing when it takes it without a word."""
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "tried", "namespace": place(level)},
        "spec": {key: value for key, value in spec.items() if key != "serviceAccountName"},
    }
    client = _client(kubectl.kubeconfig)
    path, query = f"/api/v1/namespaces/{place(level)}/pods", [("dryRun", "All")]
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    request = client.param_serialize("POST", path, query_params=query, header_params=headers, body=pod)
    answer = client.call_api(*request)
    content: str = answer.read().decode()
    if answer.status < 400:
        warned: str | None = answer.getheader("Warning")
        return warned or ""
    assert "violates PodSecurity" in content, content
    return content


@cache
def _client(kubeconfig: Path) -> Any:
    return Api(kubeconfig).client


def stack(name: str) -> dict[str, Any]:
    config = yaml.safe_load((STACKS / f"Pulumi.{name}.yaml").read_text())["config"]
    return {key.removeprefix("mesh:"): value for key, value in config.items()}


@cache
def planned(name: str) -> list[dict[str, Any]]:
    return mesh.objects(load(stack(name)))


def workloads(name: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Kind and name, namespace and pod of what a stack runs."""
    for item in planned(name):
        if item["kind"] in ("Deployment", "DaemonSet"):
            full_name = f"{item['kind']} {item['metadata']['name']}"
            yield full_name, item["metadata"]["namespace"], item["spec"]["template"]["spec"]


STACK_NAMES = sorted(file.name.split(".")[1] for file in STACKS.glob("Pulumi.*.yaml"))


@pytest.mark.parametrize("name", STACK_NAMES)
def test_the_namespaces_of_a_stack_take_its_pods_without_a_warning(levels: None, kubectl: Kubectl, name: str) -> None:
    enforced = {
        item["metadata"]["name"]: item["metadata"].get("labels", {}).get("pod-security.kubernetes.io/enforce")
        for item in planned(name)
        if item["kind"] == "Namespace"
    }
    for full_name, where, pod in workloads(name):
        level = enforced.get(where) or PRIVILEGED
        assert admission(kubectl, level, pod) == "", f"{full_name} of {name} in a namespace that is {level}"


@pytest.mark.parametrize("name", ["staging", "production"])
def test_careful_stacks_restrict_the_control_plane(name: str) -> None:
    assert load(stack(name)).podSecurity.enforce == RESTRICTED


APP = {"name": "app", "image": "app", "securityContext": HARDENED}


def injected(kubectl: Kubectl, folder: Path, **raw: Any) -> dict[str, Any]:
    """The pod of a hardened app with the sidecar that a mesh with these settings injects."""
    labels = {"app": "app"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [APP]}}
    app = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "app", "namespace": "apps"},
        "spec": {"selector": {"matchLabels": labels}, "template": template},
    }
    found = load({"profile": "minimal", **raw})
    settings = configured(found.version, mesh.objects(found))
    done = kube_inject(settings, json.dumps(app), kubeconfig=kubectl.kubeconfig, environment={}, folder=folder)
    assert done.objects, done.said
    spec: dict[str, Any] = done.objects[0]["spec"]["template"]["spec"]
    assert len(spec["containers"]) + len(spec.get("initContainers", [])) > 1
    return spec


@pytest.mark.parametrize(
    ("raw", "highest"),
    [({}, "privileged"), (PROFILED, "privileged"), (CNI, "baseline"), ({**CNI, **PROFILED}, "restricted")],
    ids=["init", "init-profiled", "cni", "cni-profiled"],
)
def test_injected_pods_pass_the_level_that_the_settings_allow(
    levels: None, kubectl: Kubectl, tmp_path: Path, raw: dict[str, Any], highest: str
) -> None:
    pod = injected(kubectl, tmp_path, **raw)
    passed = [level for level in LEVELS if not admission(kubectl, level, pod)]
    assert passed[-1] == highest
    assert passed == [level for level in LEVELS if not refusals(pod, level)]
    # What analysis says of the namespace, without having seen the pod.
    findings = {level: _said(level, raw) for level in LEVELS}
    assert findings == {level: level not in passed for level in LEVELS}


def _said(level: str, raw: dict[str, Any]) -> bool:
    from mesh_components.analysis import everything
    from mesh_components.analysis.world import of

    own = [{"name": "apps", "injection": "enabled", "podSecurity": {"enforce": level}}]
    objects = mesh.objects(load({"profile": "minimal", **raw, "namespaces": own}))
    return any(finding.code == "MESH0121" for finding in everything.analyze(of(*objects)))


def one(context: dict[str, Any] | None = None, pod: dict[str, Any] | None = None, **container: Any) -> dict[str, Any]:
    return {"containers": [{**APP, **container, "securityContext": {**HARDENED, **(context or {})}}], **(pod or {})}


PODS: Mapping[str, dict[str, Any]] = {
    "hardened": one(),
    "nothing-said": {"containers": [{"name": "app", "image": "app"}]},
    "host-network": one(pod={"hostNetwork": True}),
    "host-path": one(pod={"volumes": [{"name": "v", "hostPath": {"path": "/v"}}]}),
    "nfs": one(pod={"volumes": [{"name": "v", "nfs": {"server": "nfs", "path": "/v"}}]}),
    "volumes": one(pod={"volumes": [{"name": "v", "emptyDir": {}}, {"name": "c", "configMap": {"name": "c"}}]}),
    "host-port": one(ports=[{"containerPort": 80, "hostPort": 80}]),
    "privileged": one({"privileged": True, "allowPrivilegeEscalation": True}),
    "net-admin": one({"capabilities": {"drop": ["ALL"], "add": ["NET_ADMIN"]}}),
    "chown": one({"capabilities": {"drop": ["ALL"], "add": ["CHOWN"]}}),
    "bind": one({"capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}}),
    "keeps": one({"capabilities": {}}),
    "escalates": one({"allowPrivilegeEscalation": True}),
    "root": one({"runAsUser": 0}),
    "may-be-root": one({"runAsNonRoot": None}),
    "pod-says": one(
        {"runAsNonRoot": None, "seccompProfile": None},
        pod={"securityContext": {"runAsNonRoot": True, "seccompProfile": SECCOMP}},
    ),
    "unconfined": one({"seccompProfile": {"type": "Unconfined"}}),
    "apparmor": one({"appArmorProfile": {"type": "Unconfined"}}),
    "selinux": one({"seLinuxOptions": {"type": "spc_t"}}),
    "selinux-user": one({"seLinuxOptions": {"user": "u"}}),
    "proc": one({"procMount": "Unmasked"}, pod={"hostUsers": False}),
    "sysctl": one(pod={"securityContext": {"sysctls": [{"name": "net.core.somaxconn", "value": "9"}]}}),
    "safe-sysctl": one(
        pod={"securityContext": {"sysctls": [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}]}}
    ),
}


@pytest.mark.parametrize("name", PODS)
def test_analysis_refuses_what_admission_refuses(levels: None, kubectl: Kubectl, name: str) -> None:
    pod = PODS[name]
    said = {level: "violates" in admission(kubectl, level, pod) for level in LEVELS}
    # Where the pod says nothing (null), analysis has it without the field, as the API gives it.
    shaped = json.loads(json.dumps(pod), object_hook=lambda item: {k: v for k, v in item.items() if v is not None})
    assert said == {level: bool(refusals(shaped, level)) for level in LEVELS}
