"""As much of GitHub's and GitLab's REST APIs as our scripts ask, as documented: rights, pages, limits, refusals.

What the forges have is plain data in here, for tests to fill in and look at. `faults` makes the next requests fail.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

BOT = {"login": "github-actions[bot]", "id": 41898282}
LARGEST_BODY = 65_536
"""Characters that GitHub takes in a comment and in an issue."""

LARGEST_PAGE = 100


@dataclass
class Fault:
    """A failure to come.

    Attributes:
        where: Regular expression for `METHOD /path`.
        status: Status of the answer; 0: the connection ends without one.
        headers: Its headers.
        body: Its body.
        done: Whether what was asked for is done all the same.
    """

    where: str
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    done: bool = False


@dataclass
class Refusal(Exception):
    """An answer that is an error."""

    status: int
    body: Any


@dataclass
class Forge:
    """What a forge has, GitHub's or GitLab's.

    Attributes:
        token: The token that it knows.
        rights: What that token may do.
        comments: Comments by number of the pull request or merge request.
        pulls: GitHub's pull requests by number.
        artifacts: Name and zip archive of the artifacts by workflow run.
        page: Entries on a page where nobody asks for another number.
        asked: Every request, as `METHOD /path`.
    """

    token: str = "ghs_of-the-workflow"
    rights: set[str] = field(default_factory=lambda: {"comments", "issues", "actions", "pulls"})
    comments: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    issues: list[dict[str, Any]] = field(default_factory=list)
    pulls: dict[int, dict[str, Any]] = field(default_factory=dict)
    artifacts: dict[int, list[tuple[str, bytes]]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    page: int = 30
    me: dict[str, Any] = field(default_factory=lambda: dict(BOT))
    labels_are_dropped: bool = False
    asked: list[str] = field(default_factory=list)
    url: str = ""
    storage: str = ""
    _last: int = 1000

    def number(self) -> int:
        """Return the next number."""
        self._last += 1
        return self._last

    def say(self, on: int, body: str, **author: Any) -> dict[str, Any]:
        """Put a comment there; default: the token's own."""
        who = author or self.me
        comment = {"id": self.number(), "body": body, "user": who, "author": who, "system": False}
        self.comments.setdefault(on, []).append(comment)
        return comment

    def file(self, title: str, body: str, labels: list[str], **author: Any) -> dict[str, Any]:
        """Put an issue there; default: the token's own."""
        who = author or self.me
        number = self.number()
        issue = {
            "number": number,
            "iid": number,
            "title": title,
            "body": body,
            "description": body,
            "state": "open",
            "user": who,
            "author": who,
            "labels": [] if self.labels_are_dropped else labels,
        }
        self.issues.append(issue)
        return issue

    def open_issues(self) -> list[dict[str, Any]]:
        return [issue for issue in self.issues if issue["state"] == "open"]

    def bodies(self, on: int) -> list[str]:
        """Return the texts of our own comments."""
        return [comment["body"] for comment in self.comments.get(on, []) if comment["user"] == self.me]

    def writes(self) -> list[str]:
        """Return the requests that were to change something."""
        return [line for line in self.asked if not line.startswith("GET ")]


@contextmanager
def serving(forge: Forge) -> Iterator[Forge]:
    """Serve a forge, and another server for what it stores elsewhere, as long as this lasts."""
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), made(forge)) for made in (_api, _storage)]
    forge.url, forge.storage = (f"http://127.0.0.1:{server.server_address[1]}" for server in servers)
    threads = [threading.Thread(target=server.serve_forever, args=(0.02,)) for server in servers]
    for thread in threads:
        thread.start()
    try:
        yield forge
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()
        for thread in threads:
            thread.join()


class Handler(BaseHTTPRequestHandler):
    """A request, read and answered."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def reply(self, status: int, body: Any = None, headers: dict[str, str] | None = None) -> None:
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _storage(forge: Forge) -> type[BaseHTTPRequestHandler]:
    class Storage(Handler):
        """Where artifacts lie: signed addresses, and no authorization beside them."""

        def do_GET(self) -> None:
            if "Authorization" in self.headers or "PRIVATE-TOKEN" in self.headers:
                return self.reply(400, {"message": "a token was sent to the storage"})
            _, run, index = urlsplit(self.path).path.split("/")
            return self.reply(200, forge.artifacts[int(run)][int(index)][1])

    return Storage


def _api(forge: Forge) -> type[BaseHTTPRequestHandler]:
    class Api(Handler):
        """The API of both forges."""

        def handle_request(self) -> None:
            place = urlsplit(self.path)
            line = f"{self.command} {place.path}"
            forge.asked.append(line)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            fault = next((each for each in forge.faults if re.search(each.where, line)), None)
            if fault:
                forge.faults.remove(fault)
            if fault and not fault.done:
                return self.fail(fault)
            try:
                answer = route(forge, self.command, place.path, dict(parse_qsl(place.query)), body, self.headers)
            except Refusal as refusal:
                answer = (refusal.status, refusal.body, {})
            return self.fail(fault) if fault else self.reply(*answer)

        def fail(self, fault: Fault) -> None:
            if fault.status:
                said = {"message": "Server Error"} if fault.body is None else fault.body
                self.reply(fault.status, said, fault.headers)
            else:
                self.close_connection = True

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_request

    return Api


Answer = tuple[int, Any, dict[str, str]]


def route(forge: Forge, method: str, path: str, query: dict[str, str], body: Any, headers: Any) -> Answer:
    """Return the answer to a request."""
    if path.startswith("/api/v4/"):
        if headers.get("PRIVATE-TOKEN") != forge.token:
            raise Refusal(401, {"message": "401 Unauthorized"})
        return gitlab(forge, method, path, query, body)
    if headers.get("Authorization") != f"Bearer {forge.token}":
        raise Refusal(401, {"message": "Bad credentials"})
    return github(forge, method, path, query, body)


def listing(forge: Forge, path: str, query: dict[str, str], items: list[Any], wrap: str = "") -> Answer:
    """Return a page of a list, with links to the others."""
    size = min(int(query.get("per_page", forge.page)), LARGEST_PAGE)
    page = int(query.get("page", 1))
    shown = items[(page - 1) * size : page * size]
    links = []
    if page * size < len(items):
        at = f"{forge.url}{path}?" + urlencode({**query, "page": page + 1})
        links = [f'<{at}>; rel="next"', f'<{forge.url}{path}?page={-(-len(items) // size)}>; rel="last"']
    found = {"total_count": len(items), wrap: shown} if wrap else shown
    return 200, found, {"Link": ", ".join(links)} if links else {}


def github(forge: Forge, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
    """Answer as GitHub does."""
    repository = "/repos/octo/mesh"
    if not path.startswith(f"{repository}/"):
        raise Refusal(404, {"message": "Not Found"})
    rest = path.removeprefix(repository)

    def may(right: str) -> None:
        if right not in forge.rights:
            raise Refusal(403, {"message": "Resource not accessible by integration"})

    if found := re.fullmatch(r"/issues/(\d+)/comments", rest):
        number = int(found[1])
        issue = next((each for each in forge.issues if each["number"] == number), None)
        if number not in forge.comments and issue is None:
            raise Refusal(404, {"message": "Not Found"})
        may("issues" if issue else "comments")
        if method == "GET":
            return listing(forge, path, query, forge.comments.get(number, []))
        return 201, forge.say(number, valid(body.get("body"))), {}
    if found := re.fullmatch(r"/issues/comments/(\d+)", rest):
        may("comments")
        comment = one_of([each for listed in forge.comments.values() for each in listed], "id", int(found[1]))
        if method == "DELETE":
            next(listed for listed in forge.comments.values() if comment in listed).remove(comment)
            return 204, None, {}
        comment["body"] = valid(body.get("body"))
        return 200, comment, {}
    if rest == "/issues":
        may("issues")
        if method == "GET":
            wanted = {label for label in query.get("labels", "").split(",") if label}
            listed = [
                each
                for each in forge.issues
                if query.get("state", "open") in (each["state"], "all") and wanted <= set(each["labels"])
            ]
            return listing(forge, path, query, [github_issue(each) for each in listed])
        return 201, github_issue(forge.file(body["title"], valid(body.get("body")), body.get("labels", []))), {}
    if found := re.fullmatch(r"/issues/(\d+)", rest):
        may("issues")
        issue = one_of(forge.issues, "number", int(found[1]))
        issue["body"] = valid(body.get("body", issue["body"]))
        issue["state"] = body.get("state", issue["state"])
        return 200, github_issue(issue), {}
    if found := re.fullmatch(r"/pulls/(\d+)", rest):
        may("pulls")
        if int(found[1]) not in forge.pulls:
            raise Refusal(404, {"message": "Not Found"})
        return 200, forge.pulls[int(found[1])], {}
    if found := re.fullmatch(r"/actions/runs/(\d+)/artifacts", rest):
        may("actions")
        run = int(found[1])
        items = [
            {"id": run * 1000 + index, "name": name, "size_in_bytes": len(content), "expired": False}
            for index, (name, content) in enumerate(forge.artifacts.get(run, []))
        ]
        return listing(forge, path, query, items, "artifacts")
    if found := re.fullmatch(r"/actions/artifacts/(\d+)/zip", rest):
        may("actions")
        run, index = divmod(int(found[1]), 1000)
        return 302, None, {"Location": f"{forge.storage}/{run}/{index}?sig=secret"}
    raise Refusal(404, {"message": "Not Found"})


def github_issue(issue: dict[str, Any]) -> dict[str, Any]:
    """Return an issue as GitHub shows it."""
    return {**issue, "labels": [{"name": label} for label in issue["labels"]]}


def gitlab(forge: Forge, method: str, path: str, query: dict[str, str], body: Any) -> Answer:
    """Answer as GitLab does."""
    if path == "/api/v4/user":
        return 200, {"id": forge.me["id"], "username": "project_7_bot"}, {}
    if not path.startswith("/api/v4/projects/7/"):
        raise Refusal(404, {"message": f"404 Project Not Found: {unquote(path)}"})
    rest = path.removeprefix("/api/v4/projects/7")
    query = {"per_page": "20", **query}

    def may(right: str) -> None:
        if right not in forge.rights:
            raise Refusal(403, {"message": "403 Forbidden"})

    if found := re.fullmatch(r"/merge_requests/(\d+)/notes(?:/(\d+))?", rest):
        may("comments")
        number = int(found[1])
        if number not in forge.comments:
            raise Refusal(404, {"message": "404 Not found"})
        if method == "GET":
            return listing(forge, path, query, forge.comments[number])
        if method == "POST":
            return 201, forge.say(number, body["body"]), {}
        note = one_of(forge.comments[number], "id", int(found[2]))
        if method == "DELETE":
            forge.comments[number].remove(note)
            return 204, None, {}
        note["body"] = body["body"]
        return 200, note, {}
    if found := re.fullmatch(r"/issues/(\d+)/notes", rest):
        may("issues")
        return 201, forge.say(int(found[1]), body["body"]), {}
    if rest == "/issues":
        may("issues")
        if method == "POST":
            return 201, forge.file(body["title"], body["description"], body["labels"].split(",")), {}
        state = {"opened": "open"}.get(query.get("state", ""), "")
        listed = [
            each
            for each in forge.issues
            if (not state or each["state"] == state) and {query["labels"]} <= set(each["labels"])
        ]
        return listing(forge, path, query, listed)
    if found := re.fullmatch(r"/issues/(\d+)", rest):
        may("issues")
        issue = one_of(forge.issues, "iid", int(found[1]))
        issue["description"] = body.get("description", issue["description"])
        issue["state"] = "closed" if body.get("state_event") == "close" else issue["state"]
        return 200, issue, {}
    raise Refusal(404, {"error": "404 Not Found"})


def one_of(items: list[dict[str, Any]], key: str, value: int) -> dict[str, Any]:
    """Return the item with a number."""
    found = next((each for each in items if each[key] == value), None)
    if found is None:
        raise Refusal(404, {"message": "Not Found"})
    return found


def valid(body: Any) -> str:
    """Return a text that GitHub takes."""
    errors: list[Any] = []
    if not isinstance(body, str) or not body.strip():
        errors = [{"resource": "IssueComment", "code": "missing_field", "field": "body"}]
    elif len(body) > LARGEST_BODY:
        message = f"body is too long (maximum is {LARGEST_BODY} characters)"
        errors = [{"resource": "IssueComment", "code": "custom", "field": "body", "message": message}]
    if errors:
        raise Refusal(422, {"message": "Validation Failed", "errors": errors})
    return str(body)
