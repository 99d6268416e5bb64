"""`mesh down` forgets a stack whose state cannot be read any more, as after a full disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from local_cluster import cluster as clusters
from local_cluster.pulumi import runtime
from mesh_components.cli.local_stack import PulumiFailed
from mesh_components.cli.up import forget_stacks, local_stack, stacks_folder

pytestmark = pytest.mark.tools

ROOT = Path(__file__).parents[2]


def test_a_state_that_was_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MESH_STATE_DIR", str(tmp_path))
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("PULUMI_BACKEND_URL", raising=False)
    cluster = clusters.Cluster("node", tmp_path / "kubeconfig", "gone")
    engine = runtime.prepare()
    assert engine.backend
    whole, broken = (local_stack(name, cluster, engine) for name in ("demo", "minimal"))
    for stack in (whole, broken):
        stack.prepare(cluster.context)
    [file] = engine.backend.glob("**/stacks/*/minimal.json")
    file.write_bytes(file.read_bytes()[:20])
    with pytest.raises(PulumiFailed, match="JSON"):
        broken.remove()
    kept = file.with_name("production.json.gz")
    kept.write_bytes(b"")
    others = file.parents[1] / "other" / file.name
    others.parent.mkdir()
    others.write_bytes(b"")
    forget_stacks(cluster)
    assert kept.exists() and not file.exists(), "another cluster's stays"
    assert others.exists(), "another project's stays"
    kept.unlink()
    others.unlink()
    whole.prepare(cluster.context)
    forget_stacks(cluster)
    said = capsys.readouterr().err.replace("\n", "")
    assert "stack minimal could not be forgotten" in said and "stack demo could not" not in said
    assert "state is removed" in said
    assert not engine.backend.exists() and not stacks_folder(cluster).exists()


def test_a_stack_that_is_not_there_is_forgotten_already(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MESH_STATE_DIR", str(tmp_path))
    monkeypatch.chdir(ROOT)
    stack = local_stack("demo", clusters.Cluster("node", tmp_path / "kubeconfig", "gone"), runtime.prepare())
    stack.prepare("gone")
    stack.remove()
    stack.remove()
    assert stack.stacks() == {}
