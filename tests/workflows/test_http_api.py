"""How our scripts speak to a forge: pages, limits, failures, and what they say when they are refused."""

from __future__ import annotations

import sys
import time
from typing import Any

import pytest

from .forge_server import Fault, Forge
from .scripts import module

http_api: Any = module("http_api")
github: Any = module("github")
gitlab: Any = module("gitlab")
upsert: Any = module("upsert")
errors: Any = module("errors")

MARKER = "<!-- mesh preview: mesh/prod -->"
COMMENTS = "/repos/octo/mesh/issues/7/comments"


@pytest.fixture
def thread(forge: Forge) -> Any:
    """A pull request's comments, by our own client."""
    forge.comments[7] = []
    return github.PullRequest(hub(forge), 7)


@pytest.fixture(autouse=True)
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the client would have waited."""
    listed: list[float] = []
    monkeypatch.setattr(http_api.time, "sleep", listed.append)
    return listed


def hub(forge: Forge, **variables: str) -> Any:
    known = {"GITHUB_API_URL": forge.url, "GITHUB_REPOSITORY": "octo/mesh", "GITHUB_TOKEN": forge.token}
    return github.GitHub.of(known | variables)


def lab(forge: Forge, **variables: str) -> Any:
    known = {"CI_API_V4_URL": f"{forge.url}/api/v4", "CI_PROJECT_ID": "7", "MESH_GITLAB_TOKEN": forge.token}
    return gitlab.GitLab.of(known | variables)


@pytest.mark.parametrize("of", ["github", "gitlab"])
def test_every_page_is_read(forge: Forge, of: str) -> None:
    forge.comments[7] = []
    for number in range(230):
        forge.say(7, str(number))
    found = github.PullRequest(hub(forge), 7) if of == "github" else gitlab.MergeRequest(lab(forge), 7)
    assert [entry.body for entry in found.comments()] == [str(number) for number in range(230)]
    assert sum("/7/" in line for line in forge.asked) == 3


def test_a_next_page_on_another_server_is_not_asked_for(forge: Forge, thread: Any) -> None:
    """It would get the token."""
    link = f'<{forge.storage}/more>; rel="next"'
    forge.faults = [Fault(f"GET {COMMENTS}", 200, {"Link": link}, [])]
    with pytest.raises(errors.CiError, match="another server"):
        list(thread.comments())


@pytest.mark.parametrize(
    ("status", "headers", "body", "waited"),
    [
        (429, {"Retry-After": "7"}, None, 7),
        (403, {"Retry-After": "3"}, {"message": "You have exceeded a secondary rate limit"}, 3),
        (403, {}, {"message": "You have exceeded a secondary rate limit"}, 60),
        (429, {}, None, 60),
        (429, {"RateLimit-Remaining": "0", "RateLimit-Reset": "soon"}, None, 20),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "soon"}, {"message": "API rate limit exceeded"}, 20),
    ],
)
def test_it_waits_as_long_as_the_forge_asks(
    forge: Forge, thread: Any, naps: list[float], status: int, headers: dict[str, str], body: Any, waited: float
) -> None:
    soon = {name: str(int(time.time()) + 20) if value == "soon" else value for name, value in headers.items()}
    forge.faults = [Fault("POST", status, soon, body)]
    assert upsert.comment(thread, MARKER, MARKER) == "created"
    assert naps == [pytest.approx(waited, abs=2)]
    assert forge.bodies(7) == [MARKER]


def test_it_does_not_wait_for_an_hour(forge: Forge, thread: Any, naps: list[float]) -> None:
    forge.faults = [Fault("GET", 429, {"Retry-After": "3600"})]
    with pytest.raises(errors.CiError, match=r"3600 s is longer than this job does. Run the job again later"):
        list(thread.comments())
    assert not naps


def test_reading_is_tried_again_and_not_for_ever(forge: Forge, thread: Any, naps: list[float]) -> None:
    forge.faults = [Fault("GET", status) for status in (500, 502, 0, 503)]
    assert list(thread.comments()) == []
    assert naps == [1, 2, 4, 8]
    forge.faults = [Fault("GET", 502)] * 5
    with pytest.raises(errors.CiError, match=r"502 Server Error; tried 5 times. Run the job again later"):
        list(thread.comments())


@pytest.mark.parametrize("status", [500, 504, 0])
@pytest.mark.parametrize("done", [False, True])
def test_a_comment_whose_answer_is_lost_is_looked_for_before_another_is_written(
    forge: Forge, thread: Any, status: int, done: bool
) -> None:
    forge.faults = [Fault("POST", status, done=done)]
    assert upsert.comment(thread, MARKER, MARKER) == ("unchanged" if done else "created")
    assert forge.bodies(7) == [MARKER]


@pytest.mark.parametrize("done", [False, True])
def test_an_issue_whose_answer_is_lost_is_looked_for_before_another_is_opened(forge: Forge, done: bool) -> None:
    forge.faults = [Fault("POST /repos/octo/mesh/issues$", 502, done=done)]
    upsert.issue(hub(forge), "<!-- x -->", "drift", "Drift", "<!-- x -->\ntext", "gone")
    assert len(forge.open_issues()) == 1


@pytest.mark.parametrize(
    ("alter", "said"),
    [
        ({"token": "another"}, "401 Bad credentials. The token was refused: is GITHUB_TOKEN set, and still valid?"),
        ({"rights": {"issues"}}, "403 Resource not accessible by integration. The token of GITHUB_TOKEN lacks a right: "
         "permissions: pull-requests: write"),
        ({"comments": {}}, "404 Not Found. There is none, or the token of GITHUB_TOKEN may not see it"),
    ],
)  # fmt: skip
def test_a_refusal_says_what_to_do(forge: Forge, thread: Any, alter: dict[str, Any], said: str) -> None:
    client = github.PullRequest(hub(forge), 7)
    for name, value in alter.items():
        setattr(forge, name, value)
    with pytest.raises(errors.CiError) as refused:
        list(client.comments())
    assert said in str(refused.value)
    assert f"GET {forge.url}{COMMENTS}" in str(refused.value)


def test_what_is_not_valid_is_said_in_the_forges_words(thread: Any) -> None:
    with pytest.raises(errors.CiError, match=r"422 Validation Failed; .*maximum is 65536 characters"):
        thread.add("x" * 70_000)


def test_gitlabs_refusals_read_as_well(forge: Forge) -> None:
    forge.rights = set()
    with pytest.raises(
        errors.CiError, match=r"403 Forbidden. The token of MESH_GITLAB_TOKEN lacks a right: role Reporter"
    ):
        list(lab(forge).open_issues("drift"))
    with pytest.raises(errors.CiError, match="404 Project Not Found"):
        list(lab(forge, CI_PROJECT_ID="group/other").open_issues("drift"))


def test_the_token_does_not_follow_to_where_artifacts_lie(forge: Forge) -> None:
    forge.artifacts[3] = [("mesh-preview-prod", b"zip")]
    client = hub(forge)
    assert [each["name"] for each in client.artifacts(3)] == ["mesh-preview-prod"]
    assert client.artifact(3000, 100) == b"zip"
    with pytest.raises(errors.CiError, match="more than 2 bytes"):
        client.artifact(3000, 2)


def test_a_change_is_not_sent_to_where_a_project_moved(forge: Forge, thread: Any) -> None:
    forge.faults = [Fault("POST", 307, {"Location": "/repositories/9/issues/7/comments"})]
    with pytest.raises(errors.CiError, match=r"moved to .*/repositories/9/.*; was the project renamed"):
        thread.add("x")


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"GITHUB_API_URL": "http://forge.example.com"}, "is not https, and a token is to be sent there"),
        ({"GITHUB_API_URL": "file:///etc"}, "is no address of an API"),
        ({"GITHUB_TOKEN": ""}, "GITHUB_TOKEN not set"),
    ],
)
def test_no_token_goes_where_it_should_not(forge: Forge, variables: dict[str, str], said: str) -> None:
    with pytest.raises(errors.CiError, match=said):
        hub(forge, **variables)
    assert not forge.asked


def test_what_a_forge_says_stays_on_one_line(forge: Forge, thread: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """At the beginning of a line it would be a command to GitHub's runner."""
    forge.faults = [Fault("GET", 422, {}, "no JSON\n::add-mask::x")]

    def main() -> int:
        print("after\n", file=sys.stderr)
        return len(list(thread.comments()))

    with pytest.raises(SystemExit) as ended:
        errors.run(main)
    assert ended.value.code == 1
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 3 and said[-1].startswith("error: GET ") and "no JSON ::add-mask::x" in said[-1]


@pytest.mark.parametrize("text", ["two\nlines", "two\r\nlines", "two\u2028lines", " two\tlines\n"])
def test_an_error_is_one_line(text: str) -> None:
    assert errors.one_line(text) == "two lines"


# --- one of each, in place ---


def test_the_mark_is_compared_as_a_whole(forge: Forge, thread: Any) -> None:
    longer = MARKER.replace("prod", "prod-eu")
    for body in (f"{longer}\neu", f"see {MARKER}", f"text\n{MARKER}"):
        forge.say(7, body)
    assert upsert.comment(thread, MARKER, f"{MARKER}\nnew") == "created"
    assert upsert.comment(thread, MARKER, f"{MARKER}\nnewer") == "updated"
    assert forge.bodies(7) == [f"{longer}\neu", f"see {MARKER}", f"text\n{MARKER}", f"{MARKER}\nnewer"]


def test_other_line_ends_are_the_same_comment(forge: Forge, thread: Any) -> None:
    forge.say(7, f"{MARKER}\r\ntext\r\n")
    assert upsert.comment(thread, MARKER, f"{MARKER}\ntext\n") == "unchanged"
    assert not forge.writes()


def test_of_two_comments_one_stays(forge: Forge, thread: Any) -> None:
    forge.say(7, f"{MARKER}\na")
    forge.say(7, f"{MARKER}\nb")
    assert upsert.comment(thread, MARKER, f"{MARKER}\nc") == "updated"
    assert forge.bodies(7) == [f"{MARKER}\nc"]


@pytest.mark.parametrize("of", [hub, lab])
def test_of_two_issues_one_stays_open(forge: Forge, of: Any) -> None:
    first, second = (forge.file("Drift", f"{MARKER}\n{text}", ["drift"]) for text in "ab")
    somebodys = forge.file("Drift", f"{MARKER}\nc", ["drift"], login="octocat", id=5)
    assert upsert.issue(of(forge), MARKER, "drift", "Drift", f"{MARKER}\nd", "gone") == f"updated #{first['number']}"
    assert forge.open_issues() == [first, somebodys]
    assert forge.bodies(second["number"]) == [f"#{first['number']} says it."]
    assert upsert.issue(of(forge), MARKER, "drift", "Drift", "", "gone") == f"closed #{first['number']}"
    assert forge.open_issues() == [somebodys]
    assert forge.bodies(first["number"]) == ["gone"]
    assert upsert.issue(of(forge), MARKER, "drift", "Drift", "", "gone") == "nothing to say"


def test_a_pull_request_in_githubs_list_of_issues_is_none(forge: Forge) -> None:
    forge.file("Drift", f"{MARKER}\nd", ["drift"])["pull_request"] = {}
    assert list(hub(forge).open_issues("drift")) == []


def test_an_issue_that_gets_no_label_does_not_stay_open(forge: Forge) -> None:
    """It would not be found again, and every run would open another."""
    forge.labels_are_dropped = True
    with pytest.raises(
        errors.CiError, match="did not get the label 'drift' and was closed: permissions: issues: write"
    ):
        upsert.issue(hub(forge), MARKER, "drift", "Drift", f"{MARKER}\nd", "gone")
    assert not forge.open_issues()
