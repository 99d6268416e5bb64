"""`ci/scripts/preview.py` where `mesh preview` does not end as it should, and what it passes on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .scripts import Done, call, module

preview: Any = module("preview")

SHOW = """\
#!/bin/sh
for word in "$@"; do echo "word: $word"; done
env | sort
exit {code}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project whose `mesh` only shows how it is called."""
    (tmp_path / "Pulumi.yaml").write_text('name: "mesh"  # ours\n')
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "Pulumi.prod.yaml").touch()
    command(tmp_path, SHOW.format(code=0))
    return tmp_path


def command(folder: Path, text: str) -> None:
    file = folder / preview.MESH
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(0o755)


def ask(folder: Path, *arguments: str, stack: str = "prod", **variables: str) -> Done:
    line = ["--stack", stack, "--out", "out", "--request", "7", *arguments]
    return call("preview", *line, folder=folder, **variables)


def shown(folder: Path) -> list[str]:
    return (folder / "out" / "preview.txt").read_text().splitlines()


@pytest.mark.parametrize(("code", "expected"), [(2, 2), (1, 1), (79, 79), (0, 1)])
def test_where_there_is_no_comment_one_says_so(folder: Path, code: int, expected: int) -> None:
    """An old one would otherwise stay, and say what is not true any more."""
    command(folder, f"#!/bin/sh\necho secret-from-an-error\nexit {code}\n")
    done = ask(folder)
    assert done.returncode == expected
    comment = (folder / "out" / "comment.md").read_text()
    assert comment.splitlines()[0] == "<!-- mesh preview: mesh/prod -->"
    assert f"ended with exit code {code}" in comment and "secret-from-an-error" not in comment
    assert json.loads((folder / "out" / "about.json").read_text()) == {"stack": "prod", "request": 7, "quiet": False}


def test_more_arguments_are_read_as_a_shell_does(folder: Path) -> None:
    more = {"MESH_PREVIEW_ARGUMENTS": "--fail-on finding", "MESH_PREVIEW_FILES": "'a file/{stack}.yaml' $(id)"}
    ask(folder, **more)
    words = [line.removeprefix("word: ") for line in shown(folder) if line.startswith("word: ")]
    assert words[-4:] == ["--fail-on", "finding", "a file/{stack}.yaml", "$(id)"]
    ask(folder, "--pulumi", **more)
    words = [line.removeprefix("word: ") for line in shown(folder) if line.startswith("word: ")]
    assert words[-2:] == ["--fail-on", "finding"]
    done = ask(folder, MESH_PREVIEW_ARGUMENTS="'")
    assert done.returncode == 1 and "error: MESH_PREVIEW_ARGUMENTS: No closing quotation" in done.stderr


@pytest.mark.parametrize(
    ("stack", "arguments", "given", "left_out"),
    [
        ("prod", ["--diff", "HEAD^1"], "--diff", "--pulumi"),
        ("prod", ["--diff", "HEAD^1", "--pulumi"], "--pulumi", "--diff"),
        # It has no file any more, so Pulumi cannot be asked.
        ("gone", ["--diff", "HEAD^1", "--pulumi"], "--diff", "--pulumi"),
    ],
)
def test_what_a_stack_is_compared_with(
    folder: Path, stack: str, arguments: list[str], given: str, left_out: str
) -> None:
    ask(folder, *arguments, stack=stack)
    assert f"word: {given}" in shown(folder) and f"word: {left_out}" not in shown(folder)


def test_an_empty_secret_is_one_that_is_not_set(folder: Path) -> None:
    ask(folder, PULUMI_ACCESS_TOKEN="", PULUMI_BACKEND_URL="file:///x", KUBECONFIG="", OTHER="")
    found = [line for line in shown(folder) if line.startswith(("PULUMI_", "KUBECONFIG", "OTHER"))]
    assert found == ["OTHER=", "PULUMI_BACKEND_URL=file:///x"]


@pytest.mark.parametrize(
    ("document", "quiet"),
    [
        ({"status": "unchanged"}, True),
        ({"status": "changed"}, False),
        ({"status": "unchanged", "violations": [{}]}, False),
        ({"status": "unchanged", "findings": {"new": [{}], "fixed": [], "suppressed": []}}, False),
        ({"status": "unchanged", "findings": {"new": [], "fixed": [{}], "suppressed": []}}, False),
        ("no document", False),
    ],
)
def test_when_there_is_nothing_to_say(tmp_path: Path, document: Any, quiet: bool) -> None:
    plain = {"violations": [], "findings": {"new": [], "fixed": [], "suppressed": []}}
    text = document if isinstance(document, str) else json.dumps({"environments": [{**plain, **document}]})
    (tmp_path / "preview.json").write_text(text)
    assert preview.nothing_to_say(tmp_path / "preview.json") is quiet


def test_mistakes_are_one_message(folder: Path) -> None:
    (folder / preview.MESH).unlink()
    done = ask(folder)
    assert done.returncode == 1 and "there is no .venv/bin/mesh: run ci/scripts/install.sh first" in done.stderr
    done = ask(folder, stack="a b")
    assert done.returncode == 1 and "'a b' cannot be a stack" in done.stderr
