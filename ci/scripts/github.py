"""GitHub's REST API, as far as comments, drift issues and artifacts need it.

Rights are those of the documentation of each endpoint, in the words of a workflow's `permissions`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from errors import CiError
from forge import Entry
from http_api import Api, ApiError

TOKEN = "GITHUB_TOKEN"
BOT = "github-actions[bot]"
"""Who a workflow's own token writes as; MESH_AUTHOR names another account, where another token is used."""

COMMENTS, ISSUES = "permissions: pull-requests: write", "permissions: issues: write"
ARTIFACTS, PULLS = "permissions: actions: read", "permissions: pull-requests: read"


class GitHub:
    """A repository."""

    def __init__(self, api: Api, repository: str, author: str) -> None:
        self.api = api
        self.repository = repository
        self.author = author

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ) -> GitHub:
        """Return the repository that a workflow runs for, from the variables that GitHub sets.

        :raises CiError: where one is missing
        """
        values = {name: environment.get(name, "") for name in ("GITHUB_API_URL", "GITHUB_REPOSITORY", TOKEN)}
        if missing := [name for name, value in values.items() if not value]:
            raise CiError(f"{', '.join(missing)} not set: run this in a workflow, with github.token as {TOKEN}")
        headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
        api = Api(values["GITHUB_API_URL"], ("Authorization", f"Bearer {values[TOKEN]}"), TOKEN, headers)
        return cls(api, values["GITHUB_REPOSITORY"], environment.get("MESH_AUTHOR") or BOT)

    def entry(self, item: Mapping[str, Any], number: str) -> Entry:
        """Return a comment or an issue."""
        author = (item.get("user") or {}).get("login")
        return Entry(item[number], item.get("body") or "", author == self.author)

    # --- issues ---

    def open_issues(self, label: str) -> Iterator[Entry]:
        """Yield the open issues with a label; GitHub lists pull requests among them, which are left out."""
        query: dict[str, str | int] = {"labels": label, "state": "open", "sort": "created", "direction": "asc"}
        for item in self.api.pages(f"/repos/{self.repository}/issues", ISSUES, **query):
            if "pull_request" not in item:
                yield self.entry(item, "number")

    def open_issue(self, title: str, body: str, label: str) -> int:
        """Open an issue with a label.

        :raises ApiError: when it does not get its label, by which it would be found again
        """
        path = f"/repos/{self.repository}/issues"
        made = self.api.send("POST", path, {"title": title, "body": body, "labels": [label]}, ISSUES)
        number = int(made["number"])
        if label not in [each["name"] for each in made.get("labels") or []]:
            # GitHub leaves labels out without a word where the token may not set them.
            self.close_issue(number, f"It could not be labelled `{label}`, so it would not be found again.")
            raise ApiError(f"issue #{number} did not get the label {label!r} and was closed: {ISSUES}")
        return number

    def edit_issue(self, number: int, body: str) -> None:
        """Replace an issue's text."""
        self.api.send("PATCH", f"/repos/{self.repository}/issues/{number}", {"body": body}, ISSUES)

    def close_issue(self, number: int, comment: str) -> None:
        """Close an issue as completed, and say why."""
        path = f"/repos/{self.repository}/issues/{number}"
        self.api.send("PATCH", path, {"state": "closed", "state_reason": "completed"}, ISSUES)
        self.api.send("POST", f"{path}/comments", {"body": comment}, ISSUES)

    # --- what a workflow run left ---

    def pull_request(self, number: int) -> dict[str, Any]:
        """Return a pull request."""
        return dict(self.api.get(f"/repos/{self.repository}/pulls/{number}", PULLS))

    def artifacts(self, run: int) -> Iterator[dict[str, Any]]:
        """Yield the artifacts of a workflow run."""
        yield from self.api.pages(f"/repos/{self.repository}/actions/runs/{run}/artifacts", ARTIFACTS)

    def artifact(self, number: int, limit: int) -> bytes:
        """Return an artifact's zip archive."""
        return self.api.download(f"/repos/{self.repository}/actions/artifacts/{number}/zip", limit, ARTIFACTS)


class PullRequest:
    """The comments on a pull request; GitHub keeps them as those of an issue of the same number."""

    def __init__(self, github: GitHub, number: int) -> None:
        self.github = github
        self.issues = f"/repos/{github.repository}/issues"
        self.number = number

    def comments(self) -> Iterator[Entry]:
        """Yield every comment, the oldest first."""
        for item in self.github.api.pages(f"{self.issues}/{self.number}/comments", COMMENTS):
            yield self.github.entry(item, "id")

    def add(self, body: str) -> None:
        """Write a comment."""
        self.github.api.send("POST", f"{self.issues}/{self.number}/comments", {"body": body}, COMMENTS)

    def edit(self, number: int, body: str) -> None:
        """Replace a comment's text."""
        self.github.api.send("PATCH", f"{self.issues}/comments/{number}", {"body": body}, COMMENTS)

    def delete(self, number: int) -> None:
        """Take a comment away."""
        self.github.api.send("DELETE", f"{self.issues}/comments/{number}", {}, COMMENTS)
