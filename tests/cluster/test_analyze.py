"""`mesh analyze --cluster`: the live mesh, beside istioctl analyze, and a plan laid over it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local_cluster import toolchain

from .kubectl import Kubectl
from .mesh_stack import MeshStack, mesh

NAMESPACE = "analyzed"

BROKEN = f"""
apiVersion: v1
kind: Namespace
metadata: {{name: {NAMESPACE}, labels: {{istio-injection: enabled}}}}
---
apiVersion: v1
kind: Service
metadata: {{name: cart, namespace: {NAMESPACE}}}
spec: {{ports: [{{name: web, port: 80}}]}}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {{name: cart, namespace: {NAMESPACE}}}
spec:
  hosts: [cart]
  gateways: [nobody]
  http: [{{route: [{{destination: {{host: basket}}}}]}}]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {{name: cart, namespace: {NAMESPACE}}}
spec: {{host: cart, trafficPolicy: {{tls: {{mode: SIMPLE}}}}}}
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {{name: public, namespace: {NAMESPACE}}}
spec:
  selector: {{istio: ingressgateway}}
  servers:
  - port: {{number: 443, name: https, protocol: HTTPS}}
    hosts: [a.example.com]
    tls: {{mode: SIMPLE, credentialName: none}}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {{name: cart, namespace: {NAMESPACE}}}
spec: {{selector: {{matchLabels: {{app: nobody}}}}, rules: [{{}}]}}
"""


@pytest.fixture(scope="module")
def broken(demo: MeshStack, kubectl: Kubectl) -> Iterator[None]:
    kubectl("apply", "--filename", "-", stdin=BROKEN)
    yield
    kubectl("delete", "namespace", NAMESPACE, "--wait=false")


def analyze(*arguments: str) -> list[dict[str, Any]]:
    done = mesh("analyze", "--output", "json", *arguments, check=False)
    assert done.returncode in (0, 79), done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_a_sound_mesh_has_no_errors_and_no_warnings_of_istios(demo: MeshStack) -> None:
    found = analyze("--cluster", "--output-threshold", "Warning")
    assert not [one for one in found if one["level"] == "Error" or one["code"].startswith("IST")]


def test_the_stack_over_its_own_cluster_is_sound(demo: MeshStack) -> None:
    assert mesh("analyze", "--stack", "demo", "--cluster").returncode == 0


def test_what_istioctl_finds_in_the_cluster_is_found(demo: MeshStack, broken: None) -> None:
    line = [str(toolchain.ensure("istioctl")), "--kubeconfig", str(demo.cluster.kubeconfig)]
    arguments = ["analyze", "--all-namespaces", "--output", "json"]
    theirs = json.loads(subprocess.run([*line, *arguments], capture_output=True, text=True).stdout)
    expected = {(one["code"], one["origin"]) for one in theirs}
    assert {code for code, _ in expected} >= {"IST0101", "IST0118", "IST0128"}
    ours = {(one["code"], one["origin"]) for one in analyze("--cluster")}
    assert expected <= ours
    assert {pair for pair in ours if pair[0].startswith("IST")} == expected


def test_a_plan_is_judged_with_what_is_there(demo: MeshStack, kubectl: Kubectl, broken: None, tmp_path: Path) -> None:
    route = """
    apiVersion: networking.istio.io/v1
    kind: VirtualService
    metadata: {name: other, namespace: %s}
    spec: {hosts: [HOST], http: [{route: [{destination: {host: HOST}}]}]}
    """
    file = tmp_path / "route.yaml"
    for host, missing in (("cart", False), ("basket", True)):
        file.write_text(route.replace("HOST", host) % NAMESPACE)
        found = [one for one in analyze(str(file), "--cluster") if one["origin"] == f"VirtualService {NAMESPACE}/other"]
        assert any(one["code"] == "IST0101" and one["level"] == "Error" for one in found) is missing
        assert all(one["place"].startswith(str(file)) for one in found)
