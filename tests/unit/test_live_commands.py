"""The commands that read a live cluster: exit codes, what they print, what they refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from local_cluster import cluster as clusters
from mesh_components.cli import app, up, verify
from mesh_components.cli.local_stack import PulumiFailed
from mesh_components.live.api import Api, LiveError
from mesh_components.live.row import Row, Status

KUBECONFIG = """
apiVersion: v1
kind: Config
current-context: here
clusters: [{name: c, cluster: {server: "http://127.0.0.1:9"}}]
contexts: [{name: here, context: {cluster: c, user: u}}]
users: [{name: u, user: {}}]
"""

WELL = Row("declared", "3 objects", Status.OK, "as declared")
MARKED = Row("foreign", "Service a/b", Status.WARNING, "metadata.x is there", "take it away", owner="me")
MISSING = Row("declared", "Role a/b [x]", Status.ERROR, "missing", "mesh up --refresh makes it again")


def mesh(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> clusters.Cluster:
    """A cluster that nothing answers for."""
    file = tmp_path / "kubeconfig"
    file.write_text(KUBECONFIG)
    found = clusters.Cluster("node", file, "here")
    monkeypatch.setattr(clusters, "status", lambda context: clusters.Status(found, []))
    return found


@pytest.mark.parametrize(
    ("rows", "code", "said"),
    [
        ([WELL], 0, "verified"),
        ([WELL, MARKED], 0, "0 errors; 1 warning"),
        ([MISSING, MARKED], 1, "1 error; 1 warning"),
    ],
)
def test_verify_ends_with_the_worst_there_is(
    monkeypatch: pytest.MonkeyPatch, rows: list[Row], code: int, said: str
) -> None:
    monkeypatch.setattr(verify, "look", lambda api, plan: rows)
    done = mesh("verify", "--stack", "demo")
    assert (done.exit_code, done.stdout.strip().splitlines()[-1]) == (code, said)
    assert all(row.what in done.stdout for row in rows)
    assert "\x1b" not in done.stdout
    parsed = json.loads(mesh("verify", "--output", "json").stdout)
    assert [row["object"] for row in parsed["rows"]] == [row.object for row in rows]


def test_a_table_has_one_line_a_row_with_the_writer_and_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    long = Row("declared", "ConfigMap n/x", Status.ERROR, "x" * 300, "do", owner="me")
    monkeypatch.setattr(verify, "look", lambda api, plan: [long, MISSING])
    lines = mesh("verify").stdout.splitlines()
    assert [line.split()[:4] for line in lines[1:3]] == [
        ["declared", "error", "ConfigMap", "n/x"],
        ["declared", "error", "Role", "a/b"],
    ]
    assert f"{'x' * 300} (by me)" in lines[1] and "[x]" in lines[2]


def test_up_fails_on_errors_alone(capsys: pytest.CaptureFixture[str]) -> None:
    up.report([WELL], "demo")
    up.report([WELL, MARKED], "demo")
    with pytest.raises(PulumiFailed, match="mesh verify --stack demo"):
        up.report([MISSING], "demo")


@pytest.mark.parametrize("command", ["verify", "status", "version", "dashboard kiali", "dashboard istiod"])
def test_a_cluster_that_does_not_answer_is_one_message(command: str) -> None:
    done = mesh(*command.split())
    assert done.exit_code == 1
    assert "http://127.0.0.1:9 does not answer" in done.stderr
    assert done.stderr.startswith("error:") and done.exception.__class__ is SystemExit


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("verify --stack dmo", "did you mean 'demo'"),
        ("verify --output yaml", "--output"),
        ("verify extra", "extra"),
        ("status --output yaml", "--output"),
        ("version --nothing", "--nothing"),
        ("dashboard", "kiali"),
        ("dashboard kialy", "did you mean 'kiali'"),
        ("dashboard envoy", "of which pod?"),
        ("dashboard kiali extra", "--namespace"),
        ("dashboard istiod --port 70000", "--port"),
        ("dashboard istiod --port x", "--port"),
    ],
)
def test_a_mistake_is_refused_before_any_cluster_is_asked(command: str, said: str) -> None:
    done = mesh(*command.split())
    assert done.exit_code == 2
    assert said in done.stderr and "Traceback" not in done.stderr


def test_settings_that_are_not_valid(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: mesh\n")
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "Pulumi.demo.yaml").write_text("config: {mesh:profil: demo}\n")
    monkeypatch.chdir(tmp_path)
    done = mesh("verify")
    assert done.exit_code == 2 and "profil" in done.stderr and "Traceback" not in done.stderr


def test_without_a_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clusters, "status", lambda context: clusters.Status(None, []))
    for command in (["verify"], ["status"], ["dashboard", "kiali"]):
        done = mesh(*command)
        assert done.exit_code == 2 and "`mesh up` makes one" in done.stderr
    done = mesh("version")
    assert done.exit_code == 0 and "declares Istio 1.31.0" in done.stdout and "no cluster" in done.stdout


@pytest.mark.parametrize("content", ["", "a: [", "apiVersion: v1\nkind: Config\n"])
def test_a_kubeconfig_that_cannot_be_used(here: clusters.Cluster, content: str) -> None:
    here.kubeconfig.write_text(content)
    with pytest.raises(LiveError, match="cannot use the kubeconfig"):
        Api(here.kubeconfig, here.context)
    here.kubeconfig.unlink()
    with pytest.raises(LiveError, match="cannot use the kubeconfig"):
        Api(here.kubeconfig, here.context)


def test_nothing_is_told_about_what_has_nothing_to_tell() -> None:
    shown: dict[str, Any] = WELL.as_dict()
    assert shown == {"check": "declared", "object": "3 objects", "status": Status.OK, "what": "as declared"}
