"""GitLab's REST API (v4), as far as comments and drift issues need it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any
from urllib.parse import quote

from errors import CiError
from forge import Entry
from http_api import Api

TOKEN = "MESH_GITLAB_TOKEN"
"""A project access token; a job's own token may not write comments or issues."""

NOTES, ISSUES = "role Reporter and scope `api`", "role Reporter and scope `api`"


class GitLab:
    """A project."""

    def __init__(self, api: Api, project: str) -> None:
        self.api = api
        self.path = f"/projects/{quote(project, safe='')}"

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ) -> GitLab:
        """Return the project that a job runs for, from the variables that GitLab sets.

        :raises CiError: where one is missing
        """
        values = {name: environment.get(name, "") for name in ("CI_API_V4_URL", "CI_PROJECT_ID", TOKEN)}
        if missing := [name for name, value in values.items() if not value]:
            raise CiError(
                f"{', '.join(missing)} not set: run this in a GitLab job, with a project access token "
                f"({NOTES}) in the CI/CD variable {TOKEN}"
            )
        return cls(Api(values["CI_API_V4_URL"], ("PRIVATE-TOKEN", values[TOKEN]), TOKEN), values["CI_PROJECT_ID"])

    @cached_property
    def me(self) -> int:
        """The id of the token's own account."""
        return int(self.api.get("/user")["id"])

    def entry(self, item: Mapping[str, Any], number: str, text: str) -> Entry:
        """Return a comment or an issue."""
        return Entry(item[number], item.get(text) or "", (item.get("author") or {}).get("id") == self.me)

    def open_issues(self, label: str) -> Iterator[Entry]:
        """Yield the open issues with a label, the oldest first."""
        query: dict[str, str | int] = {"labels": label, "state": "opened", "order_by": "created_at", "sort": "asc"}
        for item in self.api.pages(f"{self.path}/issues", ISSUES, **query):
            yield self.entry(item, "iid", "description")

    def open_issue(self, title: str, body: str, label: str) -> int:
        """Open an issue with a label, which GitLab makes where there is none."""
        wanted = {"title": title, "description": body, "labels": label}
        return int(self.api.send("POST", f"{self.path}/issues", wanted, ISSUES)["iid"])

    def edit_issue(self, number: int, body: str) -> None:
        """Replace an issue's text."""
        self.api.send("PUT", f"{self.path}/issues/{number}", {"description": body}, ISSUES)

    def close_issue(self, number: int, comment: str) -> None:
        """Close an issue, and say why."""
        self.api.send("PUT", f"{self.path}/issues/{number}", {"state_event": "close"}, ISSUES)
        self.api.send("POST", f"{self.path}/issues/{number}/notes", {"body": comment}, ISSUES)


class MergeRequest:
    """The comments on a merge request."""

    def __init__(self, gitlab: GitLab, number: int) -> None:
        self.gitlab = gitlab
        self.path = f"{gitlab.path}/merge_requests/{number}/notes"

    def comments(self) -> Iterator[Entry]:
        """Yield every comment, the oldest first."""
        query: dict[str, str | int] = {"order_by": "created_at", "sort": "asc"}
        for item in self.gitlab.api.pages(self.path, NOTES, **query):
            if not item.get("system"):
                yield self.gitlab.entry(item, "id", "body")

    def add(self, body: str) -> None:
        """Write a comment."""
        self.gitlab.api.send("POST", self.path, {"body": body}, NOTES)

    def edit(self, number: int, body: str) -> None:
        """Replace a comment's text."""
        self.gitlab.api.send("PUT", f"{self.path}/{number}", {"body": body}, NOTES)

    def delete(self, number: int) -> None:
        """Take a comment away."""
        self.gitlab.api.send("DELETE", f"{self.path}/{number}", {}, NOTES)
