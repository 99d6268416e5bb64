"""What a fork's job leaves is data: attacks that are known, each against the workflow that may write."""

from __future__ import annotations

import io
import json
import tracemalloc
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from .forge_server import LARGEST_BODY, Forge
from .scripts import call, module, run

untrusted: Any = module("untrusted")
errors: Any = module("errors")

MARKER = "<!-- mesh preview: mesh/prod -->"
COMMENT = f"{MARKER}\n## Mesh preview of `prod`\n"
HERE, FORK = {"id": 1}, {"id": 2}
HEAD = "a" * 40


def packed(files: Mapping[str, str | bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", how) as target:
        for name, content in files.items():
            target.writestr(name, content)
    return archive.getvalue()


def preview(comment: str = COMMENT, request: Any = 7, quiet: Any = False, **more: str) -> bytes:
    return packed({"comment.md": comment, "about.json": json.dumps({"request": request, "quiet": quiet}), **more})


def post(forge: Forge, folder: Path, *artifacts: tuple[str, bytes], by: Any = call, **ran: Any) -> Any:
    """Run the script that posts comments, for a run of the fork's."""
    forge.artifacts[3] = list(artifacts)
    run_of = {"id": 3, "head_sha": HEAD, "head_repository": FORK, "repository": HERE, **ran}
    folder.mkdir(exist_ok=True)
    event = folder / "event.json"
    event.write_text(json.dumps({"workflow_run": run_of}))
    variables = {"GITHUB_API_URL": forge.url, "GITHUB_REPOSITORY": "octo/mesh", "GITHUB_TOKEN": forge.token}
    return by("post_comments", "github", folder=folder, GITHUB_EVENT_PATH=str(event), **variables)


@pytest.fixture
def pull(forge: Forge) -> Forge:
    """A forge with the fork's pull request 7, and 8, which is somebody else's."""
    forge.pulls[7] = {"state": "open", "head": {"sha": HEAD, "repo": FORK}}
    forge.pulls[8] = {"state": "open", "head": {"sha": "b" * 40, "repo": {"id": 3}}}
    forge.comments |= {7: [], 8: []}
    return forge


def test_a_preview_is_posted(pull: Forge, tmp_path: Path) -> None:
    done = post(pull, tmp_path, ("mesh-preview-prod", preview()), ("something-else", b"no archive"))
    assert done.returncode == 0, done.stderr
    assert pull.bodies(7)[0].startswith(f"{MARKER}\n> From a fork")


@pytest.mark.parametrize("request_of", [8, 9, 10**30])
def test_a_number_that_is_not_its_own_gets_nothing(pull: Forge, tmp_path: Path, request_of: int) -> None:
    done = post(pull, tmp_path, ("mesh-preview-prod", preview(request=request_of)))
    assert (done.returncode, "nothing is posted" in done.stdout) == (0, True)
    assert not pull.writes()


@pytest.mark.parametrize(
    "altered",
    [
        {"state": "closed"},
        {"head": {"sha": "c" * 40, "repo": FORK}},
        {"head": {"sha": HEAD, "repo": {"id": 9}}},
        {"head": {"sha": HEAD, "repo": None}},
    ],
)
def test_a_pull_request_that_is_closed_or_elsewhere_gets_nothing(
    pull: Forge, tmp_path: Path, altered: dict[str, Any]
) -> None:
    pull.pulls[7] |= altered
    post(pull, tmp_path, ("mesh-preview-prod", preview()))
    assert not pull.writes()


def test_a_fork_that_is_gone_gets_nothing(pull: Forge, tmp_path: Path) -> None:
    pull.pulls[7]["head"] = {"sha": HEAD, "repo": None}
    post(pull, tmp_path, ("mesh-preview-prod", preview()), head_repository=None)
    assert not pull.writes()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("mesh-preview-../../x", preview(), "is none of a stack"),
        ("mesh-preview-a b", preview(), "is none of a stack"),
        ("mesh-preview-", preview(), "is none of a stack"),
        ("mesh-preview-prod", b"PK not an archive", "not a zip file"),
        ("mesh-preview-prod", packed({"about.json": "{}"}), "has no comment.md"),
        ("mesh-preview-prod", packed({"comment.md": COMMENT}), "has no about.json"),
        ("mesh-preview-prod", preview(COMMENT + "x" * 66_000), "allowed are 65000"),
        ("mesh-preview-prod", preview("x" * 50_000_000), "has more than"),
        ("mesh-preview-prod", preview("\N{GRINNING FACE}" * 70_000), "has more than"),
        ("mesh-preview-prod", packed({"comment.md": COMMENT, "about.json": "1" * 5000}), "has more than"),
        ("mesh-preview-prod", packed({"comment.md": COMMENT, "about.json": "[" * 1900}), ""),
        ("mesh-preview-prod", packed({"comment.md": b"\xff\xfe", "about.json": "{}"}), "can't decode"),
        ("mesh-preview-prod", packed({"comment.md": COMMENT}, zipfile.ZIP_LZMA), "upload-artifact does not use"),
        ("mesh-preview-prod", preview("hello"), "does not begin with the mark"),
        ("mesh-preview-prod", preview(" " + COMMENT), "does not begin with the mark"),
        ("mesh-preview-prod", preview(COMMENT.replace("prod", "prod-eu")), "does not begin with the mark"),
        ("mesh-preview-prod", preview(f"{MARKER}x\n"), "does not begin with the mark"),
        ("mesh-preview-prod", preview(request="7/../8"), "names no pull request"),
        ("mesh-preview-prod", preview(request=True), "names no pull request"),
        ("mesh-preview-prod", preview(request=-1), "names no pull request"),
    ],
)
def test_what_no_preview_makes_is_refused_and_the_others_are_posted(
    pull: Forge, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    other = preview(COMMENT.replace("prod", "other"))
    done = post(pull, tmp_path, (name, content), ("mesh-preview-other", other))
    assert done.returncode == 1
    assert said in done.stderr and "Traceback" not in done.stderr
    (body,) = pull.bodies(7)
    assert "mesh/other" in body


def test_a_size_that_lies_is_not_believed() -> None:
    """The archive says 10 bytes, and there are 50 million."""
    content = bytearray(packed({"comment.md": "x" * 50_000_000, "about.json": "{}"}))
    true_size = (50_000_000).to_bytes(4, "little")
    assert content.count(true_size)
    lying = bytes(content).replace(true_size, (10).to_bytes(4, "little"))
    with pytest.raises(errors.CiError):
        untrusted.read("mesh-preview-prod", lying)


def test_a_bomb_takes_no_memory() -> None:
    """50 MB that are 50 kB packed."""
    bomb = preview("x" * 50_000_000)
    assert len(bomb) < 100_000
    tracemalloc.start()
    try:
        with pytest.raises(errors.CiError):
            untrusted.read("mesh-preview-prod", bomb)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()


def test_nothing_is_unpacked(pull: Forge, tmp_path: Path) -> None:
    """Neither a path that leaves the folder nor a file in the place of our scripts gets to disk."""
    evil = {"../../evil.py": "1/0", "ci/scripts/errors.py": "1/0", "sitecustomize.py": "1/0", "json.py": "1/0"}
    folder = tmp_path / "inside" / "workspace"
    folder.mkdir(parents=True)
    done = post(pull, folder, ("mesh-preview-prod", preview(**evil)), by=run)
    assert done.returncode == 0, done.stderr
    assert {path.name for path in tmp_path.rglob("*") if path.is_file()} == {"event.json"}


def test_a_forks_comment_notifies_nobody_and_commands_nothing(pull: Forge, tmp_path: Path) -> None:
    text = (
        f"{MARKER}\n@octocat and @octo/admins, &#64;octocat &#0064;a &#x40;b &commat;c \\@d\n/approve\n  /lgtm cancel\n"
        "mail a@b.example\n\x1b[31mred\u202egnp.exe\n"
    )
    post(pull, tmp_path, ("mesh-preview-prod", preview(text)))
    (body,) = pull.bodies(7)
    gap = untrusted.INVISIBLE
    for mention in ("octocat", "octo/admins"):
        assert f"@{gap}{mention}" in body and f"@{mention}" not in body
    for entity in ("&#64;", "&#0064;", "&#x40;", "&commat;", "\\@"):
        assert f"{entity}{gap}" in body
    assert f"\n{gap}/approve" in body and f"\n  {gap}/lgtm" in body
    assert "\x1b" not in body and "\u202e" not in body
    assert body.splitlines()[0] == MARKER


@pytest.mark.parametrize("end", ["\r\n", "\r", "\u2028", "\x0b", "\x0c", "\x85"])
def test_no_kind_of_line_end_hides_text_from_that(pull: Forge, tmp_path: Path, end: str) -> None:
    post(pull, tmp_path, ("mesh-preview-prod", preview(f"{MARKER}{end}@octocat{end}/approve\n")))
    (body,) = pull.bodies(7)
    assert "@octocat" not in body and "\n/approve" not in body


def test_what_a_member_wrote_stays_as_it_is(pull: Forge, tmp_path: Path) -> None:
    pull.pulls[7]["head"]["repo"] = HERE
    post(pull, tmp_path, ("mesh-preview-prod", preview(f"{MARKER}\n@octocat\n")), head_repository=HERE)
    assert pull.bodies(7) == [f"{MARKER}\n@octocat\n"]


def test_other_comments_cannot_be_taken_over(pull: Forge, tmp_path: Path) -> None:
    """Neither another bot's nor a person's, whatever they begin with, nor ours of another purpose."""
    maintainers = pull.say(7, COMMENT, login="maintainer", id=5)
    coverage = pull.say(7, "<!-- coverage -->\n99 %")
    post(pull, tmp_path, ("mesh-preview-prod", preview("<!-- coverage -->\n0 %")))
    post(pull, tmp_path, ("mesh-preview-prod", preview()))
    assert (maintainers["body"], coverage["body"]) == (COMMENT, "<!-- coverage -->\n99 %")


def test_a_fork_cannot_flood_a_pull_request(pull: Forge, tmp_path: Path) -> None:
    most = untrusted.MOST_COMMENTS
    for run_of in range(2):
        names = [f"stack-{run_of}-{number}" for number in range(most // 2 + 10)]
        artifacts = [(f"mesh-preview-{name}", preview(COMMENT.replace("prod", name))) for name in names]
        post(pull, tmp_path, *artifacts)
    assert len(pull.bodies(7)) == most
    many = [(f"mesh-preview-{number}", preview(COMMENT.replace("prod", str(number)))) for number in range(most + 5)]
    pull.asked.clear()
    done = post(pull, tmp_path, *many)
    assert done.returncode == 1 and f"more than {most} in one run" in done.stderr
    assert sum(line.endswith("/zip") for line in pull.asked) == most


def test_names_cannot_give_the_runner_commands(pull: Forge, tmp_path: Path) -> None:
    name = "mesh-preview-x\n::add-mask::a\n::warning::b"
    done = post(pull, tmp_path, (name, preview()))
    assert done.returncode == 1
    assert not [line for line in (done.stdout + done.stderr).splitlines() if line.lstrip().startswith("::")]


def test_the_largest_comment_that_is_read_can_be_posted(pull: Forge, tmp_path: Path) -> None:
    """With what is put before a fork's, and between its characters in the worst case."""
    text = f"{MARKER}\n" + "word " * 12_000
    assert len(text) < untrusted.LARGEST_COMMENT < LARGEST_BODY
    done = post(pull, tmp_path, ("mesh-preview-prod", preview(text)))
    assert done.returncode == 0, done.stderr


def test_a_comment_that_grows_too_long_keeps_no_other_back(pull: Forge, tmp_path: Path) -> None:
    long = preview(f"{MARKER}\n" + "@a" * 32_000)
    other = preview(COMMENT.replace("prod", "other"))
    done = post(pull, tmp_path, ("mesh-preview-prod", long), ("mesh-preview-other", other))
    assert done.returncode == 1 and "maximum is 65536 characters" in done.stderr
    (body,) = pull.bodies(7)
    assert "mesh/other" in body


def test_only_a_workflow_run_event_will_do(forge: Forge, tmp_path: Path) -> None:
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 7}}))
    done = call("post_comments", "github", folder=tmp_path, GITHUB_EVENT_PATH=str(event))
    assert done.returncode == 1 and "error: this is for workflows that `workflow_run` starts" in done.stderr
