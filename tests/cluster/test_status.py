"""`mesh status` says what istioctl says."""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from typing import Any

import pytest

from local_cluster import toolchain

from .kubectl import Kubectl, app, eventually
from .live import is_well, loaded, refused
from .mesh_stack import MeshStack, mesh


def proxy_status(kubectl: Kubectl) -> dict[str, dict[str, str]]:
    """Return istioctl's table, by proxy and column; how long ago something was sent is left out."""
    line = [
        str(toolchain.ensure("istioctl")),
        "--kubeconfig",
        str(kubectl.kubeconfig),
        "proxy-status",
        "--verbosity",
        "1",
    ]
    shown = subprocess.run(line, capture_output=True, text=True, check=True, timeout=60).stdout.splitlines()
    header, *lines = ([cell.strip() for cell in re.split(r"\s{3,}", line.strip())] for line in shown if line.strip())
    cells = (dict(zip(header, [re.sub(r" \(.*\)", "", cell) for cell in line], strict=True)) for line in lines)
    return {row["NAME"]: row for row in cells}


@pytest.fixture(scope="module")
def with_apps(demo: MeshStack, kubectl: Kubectl) -> MeshStack:
    kubectl.apply(*app("seen", "apps"))
    kubectl.rolled_out("apps", "seen")
    is_well()
    return demo


def test_each_proxys_sync_is_what_istioctl_shows(with_apps: MeshStack, kubectl: Kubectl) -> None:
    theirs = proxy_status(kubectl)
    ours = {row["name"]: row for row in loaded("status")["proxies"]}
    assert len(ours) >= 3 and set(ours) == set(theirs)
    for name, row in ours.items():
        assert row["cluster"] == theirs[name]["CLUSTER"]
        assert row["istiod"] == theirs[name]["ISTIOD"]
        assert row["version"] == theirs[name]["VERSION"]
        for kind in ("CDS", "LDS", "EDS", "RDS", "ECDS"):
            assert row["types"].get(kind, "IGNORED") == theirs[name].get(kind, "IGNORED"), (name, kind)
    assert {row["types"]["CDS"] for row in ours.values()} == {"SYNCED"}


def test_versions_are_those_that_istioctl_shows(with_apps: MeshStack, kubectl: Kubectl) -> None:
    istioctl = [str(toolchain.ensure("istioctl")), "--kubeconfig", str(kubectl.kubeconfig)]
    line = [*istioctl, "version", "--output", "json"]

    def shown() -> tuple[Any, Any]:
        theirs = json.loads(subprocess.run(line, capture_output=True, text=True, check=True, timeout=60).stdout)
        return loaded("version"), theirs

    def same(found: tuple[Any, Any]) -> bool:
        ours, theirs = found
        counted = Counter(proxy["IstioVersion"] for proxy in theirs["dataPlaneVersion"] if "~" not in proxy["ID"])
        return bool(counted) and {row["version"]: row["proxies"] for row in ours["dataPlane"]} == counted

    # Each looks at its own moment, and who asks istiod is connected to it for one: istioctl counts that, too.
    ours, theirs = eventually(shown, same, "the same proxies", attempts=5, pause=2)
    planes = [(plane["Revision"], plane["Info"]["version"]) for plane in theirs["meshVersion"]]
    assert (
        [(plane["revision"], plane["version"]) for plane in ours["controlPlanes"]] == planes == [("default", "1.31.0")]
    )
    assert ours["client"]["istio"] == "1.31.0"


def test_the_rollout_of_istiod_and_gateways(with_apps: MeshStack) -> None:
    rows = loaded("status")["rollouts"]
    assert [(row["name"], row["revision"], row["ready"], row["wanted"], row["problem"]) for row in rows] == [
        ("istiod", "default", 1, 1, ""),
        ("istio-egressgateway", "default", 1, 1, ""),
        ("istio-ingressgateway", "default", 1, 1, ""),
    ]


def test_the_table_has_a_line_for_each(with_apps: MeshStack) -> None:
    shown = mesh("status", "--namespace", "apps").stdout
    assert "\x1b" not in shown
    (line,) = [line for line in shown.splitlines() if line.startswith("seen-")]
    assert "SYNCED" in line and "istiod-" in line and "1.31.0" in line
    assert "istio-ingressgateway-" not in shown, "it is of another namespace"


def test_a_context_that_does_not_exist(with_apps: MeshStack) -> None:
    for command in ("status", "version"):
        assert "nowhere" in refused(command, "--context", "nowhere")
