"""`mesh up` of the demo stack: what a newcomer sees, and what a second run does."""

from __future__ import annotations

import base64
import json
import subprocess
import tempfile
from functools import partial
from pathlib import Path

import pytest

from .kubectl import Kubectl, eventually
from .mesh_stack import ROOT, MeshStack, mesh


def tracked_changes() -> str:
    return subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_up_leaves_the_checkout_as_it_was(demo: MeshStack) -> None:
    before = tracked_changes()
    mesh("up", "--stack", "demo")
    assert tracked_changes() == before


def test_up_leaves_no_keys_in_the_machines_temporary_folder(demo: MeshStack) -> None:
    def kubeconfigs() -> set[Path]:
        return set(Path(tempfile.gettempdir()).glob("kubeconfig*"))

    before = kubeconfigs()
    mesh("up", "--stack", "demo")
    assert kubeconfigs() == before


def test_up_ends_with_a_table_of_what_runs(demo: MeshStack) -> None:
    shown = mesh("up", "--stack", "demo").stdout
    for name in ("istiod", "istio-ingressgateway", "istio-egressgateway"):
        line = next(line for line in shown.splitlines() if name in line.split())
        assert "istio-system" in line and "1.31.0" in line and "1/1" in line
    assert "KUBECONFIG" in shown and "make down" in shown


def test_what_runs_as_json(demo: MeshStack) -> None:
    rows = json.loads(mesh("up", "--stack", "demo", "--output", "json").stdout)
    assert {row["name"]: row["isReady"] for row in rows} == {
        "istiod": True,
        "istio-egressgateway": True,
        "istio-ingressgateway": True,
    }


def test_a_second_up_changes_nothing(demo: MeshStack) -> None:
    demo.pulumi("up", "--yes", "--expect-no-changes")


def test_a_refresh_sees_no_change_after_istiod_has_patched_its_webhooks(demo: MeshStack, kubectl: Kubectl) -> None:
    for kind in ("mutatingwebhookconfigurations", "validatingwebhookconfigurations"):
        for item in kubectl.get(kind)["items"]:
            eventually(
                partial(webhooks, kubectl, kind, item["metadata"]["name"]),
                lambda found: all(webhook["clientConfig"].get("caBundle") for webhook in found),
                f"caBundle of {item['metadata']['name']}",
            )
    demo.pulumi("refresh", "--yes", "--expect-no-changes", "--skip-preview")
    demo.pulumi("up", "--yes", "--expect-no-changes", "--refresh")


def webhooks(kubectl: Kubectl, kind: str, name: str) -> list[dict[str, dict[str, str]]]:
    found: list[dict[str, dict[str, str]]] = kubectl.get(kind, name)["webhooks"]
    return found


def test_no_proxy_refuses_what_istiod_sends(demo: MeshStack, kubectl: Kubectl) -> None:
    metrics = kubectl("get", "--raw", "/api/v1/namespaces/istio-system/services/istiod:15014/proxy/metrics")
    rejected = [line for line in metrics.splitlines() if line.startswith("pilot_total_xds_rejects")]
    assert all(float(line.split()[-1]) == 0 for line in rejected), rejected


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"profil": "demo"}, "profil"),
        ({"profile": "dmeo"}, "demo"),
        ({"pilot": {"replicaCount": "many"}}, "pilot.replicaCount"),
        ({"namespaces": [{"name": "a", "injection": "enabled", "revision": "canary"}]}, "revision"),
    ],
)
def test_a_mistake_is_one_error_at_preview(demo: MeshStack, settings: dict[str, object], said: str) -> None:
    before = demo.resources()
    try:
        done = demo.configure(**settings).pulumi("preview", check=False)
    finally:
        demo.configure()
    shown = done.stdout + done.stderr
    assert done.returncode != 0
    assert said in shown
    assert "Traceback" not in shown
    assert demo.resources() == before


def test_an_unknown_stack_is_a_mistake_that_is_explained(demo: MeshStack) -> None:
    done = mesh("up", "--stack", "dmo", check=False)
    assert done.returncode == 2
    assert "did you mean 'demo'" in done.stderr and "Traceback" not in done.stderr


def test_a_second_stack_on_the_same_cluster_is_refused(demo: MeshStack) -> None:
    done = mesh("up", "--stack", "minimal", check=False)
    assert done.returncode == 2
    assert "demo is up" in done.stderr.replace("\n", " ")


def test_no_key_of_the_ca_stands_readable_in_pulumis_state(demo: MeshStack, kubectl: Kubectl) -> None:
    key = kubectl.get("secret", "cacerts", "--namespace", "istio-system")["data"]["ca-key.pem"]
    pem = base64.b64decode(key).decode()
    assert "PRIVATE KEY" in pem
    backend = Path(demo.target.env["PULUMI_BACKEND_URL"].removeprefix("file://"))
    files = [file for file in backend.rglob("*") if file.is_file()]
    assert any("cacerts" in file.read_text(errors="replace") for file in files)
    for file in files:
        content = file.read_text(errors="replace")
        assert "PRIVATE KEY" not in content, file
        assert key[100:160] not in content and pem.splitlines()[2] not in content, file
