"""`mesh analyze`: what it reads, what it writes, how it ends."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from typer.testing import CliRunner, Result

from local_cluster import toolchain
from mesh_components.cli import app
from mesh_components.cli.analyze import FOUND

ROUTE = """\
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: cart
  namespace: shop
spec:
  hosts: [cart]
  http:
  - timeout: 5x
    route:
    - destination:
        host: basket
"""

OTHERS = """\
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec:
  type: ExternalName
  externalName: cart.example.com
  ports: [{name: tcp, port: 80}]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "route.yaml").write_text(ROUTE)
    return tmp_path


def analyze(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, ["analyze", *arguments], input=stdin)


def records(*arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(analyze(*arguments, "--output", "json").stdout)
    return found


def test_a_finding_names_object_field_line_problem_and_remedy(folder: Path) -> None:
    ran = analyze("route.yaml")
    assert ran.exit_code == FOUND
    first = ran.stdout.splitlines()[0]
    assert first.startswith("Error [IST0106] (VirtualService shop/cart spec.http[0].timeout (route.yaml:9)) ")
    assert "5x" in first


def test_what_may_exist_elsewhere_is_not_known_to_be_missing(folder: Path) -> None:
    [unknown] = [one for one in records("route.yaml") if one["code"] == "IST0101"]
    assert (unknown["level"], unknown["certain"], unknown["place"]) == ("Info", False, "route.yaml:12")
    [missing] = [one for one in records("route.yaml", "--complete") if one["code"] == "IST0101"]
    assert (missing["level"], missing["certain"]) == ("Error", True)
    (folder / "others.yaml").write_text(OTHERS)
    [owned] = [one for one in records("route.yaml", "others.yaml") if one["code"] == "IST0101"]
    assert owned["level"] == "Error", "a namespace that is given with what runs in it is wholly known"


def test_folders_and_standard_input_are_read(folder: Path) -> None:
    (folder / "below").mkdir()
    (folder / "below" / "others.yml").write_text(OTHERS)
    (folder / "below" / "notes.txt").write_text("not: [yaml")
    assert {one["origin"] for one in records(str(folder))} >= {"VirtualService shop/cart"}
    assert "standard input:9" in analyze("-", stdin=ROUTE).stdout


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), FOUND),
        (("--suppress", "IST0106=VirtualService shop/*"), 0),
        (("--suppress", "IST0106=VirtualService other/*"), FOUND),
        (("--suppress", "IST0106=VirtualService shop/*", "--failure-threshold", "Info"), FOUND),
    ],
)
def test_the_exit_code_is_istioctls(folder: Path, arguments: tuple[str, ...], code: int) -> None:
    assert analyze("route.yaml", *arguments).exit_code == code


@pytest.mark.tools
@pytest.mark.parametrize(("timeout", "code"), [("5s", 0), ("1us", FOUND)])
def test_istioctl_ends_with_the_same_code(folder: Path, timeout: str, code: int) -> None:
    (folder / "route.yaml").write_text(ROUTE.replace("5x", timeout))
    line = [str(toolchain.ensure("istioctl")), "analyze", "--use-kube=false", "--namespace", "shop", "route.yaml"]
    theirs = subprocess.run(line, capture_output=True, cwd=folder).returncode
    assert analyze("route.yaml").exit_code == theirs == code


def test_the_garbage_collector_is_as_it_was(folder: Path) -> None:
    for file in ("route.yaml", "missing.yaml"):
        analyze(file)
        assert gc.isenabled()


def test_thresholds(folder: Path) -> None:
    assert "Info" not in analyze("route.yaml", "--output-threshold", "Warning").stdout


def test_an_annotation_suppresses_as_istios_does(folder: Path) -> None:
    annotation = '  annotations: {galley.istio.io/analyze-suppress: "*"}'
    (folder / "route.yaml").write_text(ROUTE.replace("  namespace: shop", f"  namespace: shop\n{annotation}"))
    assert analyze("route.yaml", "--complete").exit_code == 0


def test_sarif_has_rules_results_and_lines(folder: Path) -> None:
    log = json.loads(analyze("route.yaml", "--output", "sarif").stdout)
    [run] = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    [result] = [one for one in run["results"] if one["ruleId"] == "IST0106"]
    assert rules[result["ruleIndex"]]["id"] == "IST0106" and result["level"] == "error"
    place = result["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("route.yaml", 9)
    # What SARIF 2.1.0 asks of these objects (sections 3.13, 3.14, 3.19, 3.27).
    needed = {
        "type": "object",
        "required": ["version", "runs"],
        "properties": {
            "version": {"const": "2.1.0"},
            "runs": {
                "items": {
                    "required": ["tool", "results"],
                    "properties": {
                        "results": {
                            "items": {
                                "required": ["message", "ruleId"],
                                "properties": {"level": {"enum": ["none", "note", "warning", "error"]}},
                            }
                        }
                    },
                }
            },
        },
    }
    jsonschema_rs.validate(needed, log)


def test_a_stack_is_judged_with_the_line_of_its_setting(folder: Path) -> None:
    (folder / "Pulumi.yaml").write_text("name: mesh\nruntime: python\n")
    (folder / "stacks").mkdir()
    lines = ["config:", "  mesh:profile: default", "  mesh:namespaces:", "    - name: shop", "      mtls: DISABLE"]
    (folder / "stacks" / "Pulumi.live.yaml").write_text("\n".join(lines) + "\n")
    found = [one for one in records("--stack", "live") if "shop" in one["origin"]]
    assert found and {one["place"] for one in found} == {"stacks/Pulumi.live.yaml:4"}


NEWER = """\
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: trusted, namespace: shop}
spec:
  rules:
  - from:
    - source: {trustDomains: [example.com]}
---
apiVersion: extensions.istio.io/v1alpha1
kind: TrafficExtension
metadata: {name: shaped, namespace: shop}
spec: {lua: {inlineCode: "-- nothing"}}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Pod
metadata:
  name: cart
  namespace: shop
  labels: {app: cart}
  annotations: {sidecar.istio.io/statsFlushInterval: 5s}
spec: {containers: [{name: cart, image: example.com/cart:1}]}
"""
"""What Istio has since 1.30 (the field and the kind) and since 1.28 (the annotation)."""


@pytest.mark.parametrize(
    ("version", "objects", "annotated"),
    [
        ("1.31.0", set(), set()),
        ("1.30.3", set(), set()),
        ("1.28.3", {"AuthorizationPolicy", "TrafficExtension"}, set()),
        ("1.27.0", {"AuthorizationPolicy", "TrafficExtension"}, {"Pod"}),
    ],
)
def test_a_stack_is_judged_with_the_schemas_of_its_version(
    folder: Path, version: str, objects: set[str], annotated: set[str]
) -> None:
    (folder / "Pulumi.yaml").write_text("name: mesh\nruntime: python\n")
    (folder / "stacks").mkdir()
    (folder / "stacks" / "Pulumi.live.yaml").write_text(f"config:\n  mesh:version: {version}\n")
    (folder / "newer.yaml").write_text(NEWER)
    found = records("--stack", "live", "newer.yaml")
    refused = {one["origin"].split()[0] for one in found if one["code"] in ("IST0106", "IST0133")}
    unknown = {one["origin"].split()[0] for one in found if one["code"] == "IST0108"}
    assert (refused, unknown) == (objects, annotated)


def test_every_analyzer_is_listed_with_its_purpose() -> None:
    shown = analyze("--list-analyzers").stdout
    for name in ("gateway.ConflictingGatewayAnalyzer", "kiali.", "security.", "schema.ValidationAnalyzer"):
        assert name in shown


def test_without_a_terminal_there_are_no_colours(folder: Path) -> None:
    line = [sys.executable, "-c", "from mesh_components.cli import app; app()", "analyze", "route.yaml"]
    ran = subprocess.run(line, capture_output=True, text=True)
    assert ran.returncode == FOUND and "\x1b" not in ran.stdout + ran.stderr
