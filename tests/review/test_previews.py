"""`mesh preview` on real changes in a real git repository. REGENERATE=1 writes the golden comments anew."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from .repository import IDENTITY, ROOT, Repository

GOLDEN = Path(__file__).parent / "golden"
FILES = "apps"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "team")


ADDED_LABEL = """

planned = objects


def objects(settings):
    listed = planned(settings)
    for one in listed:
        if one["kind"] == "Namespace":
            one["metadata"].setdefault("labels", {})["added"] = "by-the-change"
    return listed
"""
"""A change of a planner."""


def mesh(
    repository: Repository, *arguments: str, code: int | None = 0, code_in: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """Run `mesh` in a repository.

    :param code: the exit code that it ends with; None: any
    :param code_in: the folder with the packages
    """
    program = "from mesh_components.cli import app; app(prog_name='mesh')"
    done = subprocess.run(
        [sys.executable, "-P", "-c", program, *arguments],
        cwd=repository.folder,
        env={**os.environ, **IDENTITY, "PYTHONPATH": str(code_in)},
        capture_output=True,
        text=True,
    )
    assert code is None or done.returncode == code, done.stdout + done.stderr
    return done


def shift(repository: Repository) -> None:
    repository.replace("apps/shop.yaml", "subset: v1}, weight: 90}", "subset: v1}, weight: 50}")
    repository.replace("apps/shop.yaml", "subset: v2}, weight: 10}", "subset: v2}, weight: 50}")


def loosen(repository: Repository) -> None:
    repository.replace("stacks/Pulumi.production.yaml", "mesh:mtls: STRICT", "mesh:mtls: PERMISSIVE")


def add_port(repository: Repository) -> None:
    server = "    - port: {number: 80, name: http, protocol: HTTP}\n      hosts: [shop.example.com]\n"
    repository.replace("apps/shop.yaml", "  servers:\n", "  servers:\n" + server)


def upgrade(repository: Repository) -> None:
    repository.replace("stacks/Pulumi.production.yaml", "1.29.1", "1.31.0")


def remove_namespace(repository: Repository) -> None:
    repository.replace("stacks/Pulumi.production.yaml", "    - {name: billing, injection: enabled}\n", "")


CHANGES: Mapping[str, Callable[[Repository], None]] = {
    "weight-shifted": shift,
    "mtls-loosened": loosen,
    "gateway-port-added": add_port,
    "istio-upgraded": upgrade,
    "namespace-removed": remove_namespace,
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_comment_is_as_it_was_looked_at(repository: Repository, name: str) -> None:
    CHANGES[name](repository)
    shown = mesh(repository, "preview", FILES, "--all", "--output", "markdown", code=None).stdout
    found = re.sub(r"main \([0-9a-f]{8}\)", "main (<commit>)", shown)
    assert found.startswith("<!-- mesh preview: mesh -->")
    golden = GOLDEN / f"{name}.md"
    if os.environ.get("REGENERATE"):
        golden.write_text(found, encoding="utf-8")
    assert found == golden.read_text(encoding="utf-8")
    assert len(found) < 64_000


def previewed(repository: Repository, *arguments: str, code: int | None = 0) -> dict[str, Any]:
    """Return the environments of a preview by stack."""
    shown = mesh(repository, "preview", FILES, *arguments, "--output", "json", code=code).stdout
    return {one["stack"]: one for one in json.loads(shown)["environments"]}


def test_nothing_changes_where_nothing_was_changed(repository: Repository) -> None:
    found = previewed(repository, "--all")
    assert {name: one["status"] for name, one in found.items()} == {"dev": "unchanged", "production": "unchanged"}
    assert not any(one["findings"]["new"] or one["changes"] for one in found.values())
    assert all(one["findings"]["unchanged"] for one in found.values())


def test_a_shifted_weight_is_two_fields_and_two_edges(repository: Repository) -> None:
    shift(repository)
    found = previewed(repository, "--stack", "dev")["dev"]
    (change,) = found["changes"]
    assert change["object"] == "VirtualService shop/cart"
    assert change["fields"] == [
        {"path": "spec.http[0].route[0].weight", "before": 90, "after": 50},
        {"path": "spec.http[0].route[1].weight", "before": 10, "after": 50},
    ]
    edges = {edge["target"]: edge for edge in found["topology"]["edges"] if edge["change"] == "changed"}
    assert edges["Deployment shop/cart-v2"]["weight"] == 50
    assert any("10" in text for text in edges["Deployment shop/cart-v2"]["was"])


def test_loosened_mutual_tls_is_a_finding_that_was_not_there(repository: Repository) -> None:
    loosen(repository)
    found = previewed(repository, "--all", code=None)
    assert found["dev"]["status"] == "unchanged"
    assert [one["code"] for one in found["production"]["findings"]["new"]] == ["MESH0201"]
    back = previewed(repository, "--stack", "production", "--diff", "HEAD", code=None)["production"]
    assert back["findings"]["new"]


def test_tightened_mutual_tls_mends_a_finding(repository: Repository) -> None:
    loosen(repository)
    repository.commit("Loosened")
    repository.replace("stacks/Pulumi.production.yaml", "mesh:mtls: PERMISSIVE", "mesh:mtls: STRICT")
    found = previewed(repository, "--stack", "production", "--diff", "HEAD")["production"]
    assert [one["code"] for one in found["findings"]["fixed"]] == ["MESH0201"]
    assert not found["findings"]["new"]


def test_what_is_suppressed_is_not_called_fixed(repository: Repository) -> None:
    repository.edit(
        "stacks/Pulumi.dev.yaml",
        lambda text: text + "  mesh:suppressions:\n    - {code: MESH0201, reason: a trial}\n",
    )
    found = previewed(repository, "--stack", "dev")["dev"]["findings"]
    assert [one["code"] for one in found["suppressed"]] == ["MESH0201"]
    assert not found["fixed"]


def test_an_environment_that_fails_does_not_hide_the_others(repository: Repository) -> None:
    shift(repository)
    repository.replace("stacks/Pulumi.production.yaml", "mesh:profile: default", "mesh:profile: defualt")
    found = previewed(repository, "--all", code=1)
    assert list(found) == ["production", "dev"]
    assert found["production"]["status"] == "failed"
    assert "did you mean default?" in found["production"]["error"]
    assert found["dev"]["changes"]


def test_new_and_removed_environments(repository: Repository) -> None:
    repository.git("mv", "stacks/Pulumi.dev.yaml", "stacks/Pulumi.trial.yaml")
    found = previewed(repository, "--all", code=79)  # the shop's certificate is not there, which is new for this one
    assert {name: one["status"] for name, one in found.items()} == {
        "dev": "removed",
        "trial": "new",
        "production": "unchanged",
    }
    assert {change["action"] for change in found["trial"]["changes"]} == {"create"}
    assert {change["action"] for change in found["dev"]["changes"]} == {"delete"}


def test_files_by_stack(repository: Repository) -> None:
    repository.write("apps-production/extra.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: extra}\n")
    shown = mesh(repository, "preview", "apps-{stack}", "--stack", "production", "--output", "json").stdout
    (found,) = json.loads(shown)["environments"]
    assert [(change["action"], change["object"]) for change in found["changes"]] == [("create", "Namespace extra")]


def test_a_repository_keeps_its_index_and_its_work_tree(repository: Repository) -> None:
    shift(repository)
    repository.git("add", "apps/shop.yaml")
    before = repository.git("status", "--porcelain=v2"), repository.git("worktree", "list")
    previewed(repository, "--all")
    assert (repository.git("status", "--porcelain=v2"), repository.git("worktree", "list")) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--stack", "prodution"), "did you mean 'production'?"),
        ((), "--all"),
        (("--all", "--stack", "dev"), "--all"),
        (("--all", "--diff", "no-such-branch"), "'no-such-branch'"),
        (("--all", "--policy-pack", "apps"), "PulumiPolicy.yaml"),
        (("--all", "/dev/null"), "not in the repository"),
    ],
)
def test_mistakes_are_one_clear_message(repository: Repository, arguments: tuple[str, ...], said: str) -> None:
    done = mesh(repository, "preview", *arguments, code=2)
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_outside_of_a_repository_one_is_asked_for(tmp_path: Path, repository: Repository) -> None:
    (repository.folder / ".git").rename(tmp_path / "elsewhere")
    assert "no git repository" in mesh(repository, "preview", "--all", code=2).stderr


def test_a_change_of_the_code_shows_what_it_does_to_environments(repository: Repository) -> None:
    """Where the checkout has the planning code in itself, the older state is planned by the older code."""
    for package in ("mesh_components", "local_cluster"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, repository.folder / package, ignore=ignored)
    repository.commit("The code, too")
    repository.edit("mesh_components/manifests/mesh.py", lambda text: text + ADDED_LABEL)
    arguments = ("preview", "--stack", "dev", "--diff", "HEAD", "--output", "json")
    shown = mesh(repository, *arguments, code_in=repository.folder)
    (found,) = json.loads(shown.stdout)["environments"]
    assert found["notes"] == []
    (change,) = [one for one in found["changes"] if one["object"] == "Namespace shop"]
    assert change["fields"] == [{"path": "metadata.labels.added", "after": "by-the-change"}]


def test_code_that_does_not_run_here_is_said(repository: Repository) -> None:
    repository.write("mesh_components/__init__.py", "")
    repository.write("mesh_components/cli.py", "raise SystemExit('this needs another Python')")
    repository.commit("Code of long ago")
    repository.write("mesh_components/cli.py", "")
    shift(repository)
    found = previewed(repository, "--stack", "dev", "--diff", "HEAD")["dev"]
    assert [one["object"] for one in found["changes"]] == ["VirtualService shop/cart"]
    (note,) = found["notes"]
    assert "this needs another Python" in note
    assert "planned by the code of today" in note
