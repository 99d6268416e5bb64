"""A REST API of a forge: authorized requests, pages, waiting when it asks to, and errors that say what to do.

Where the forge is (`GITHUB_API_URL`, `CI_API_V4_URL`) comes from its runner's environment. The token goes there and
nowhere else: redirections are followed for reading only, and without the token when they lead to another server.
"""

from __future__ import annotations

import json
import re
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPException
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from errors import CiError, one_line

ATTEMPTS = 5
PATIENCE = 300.0
"""Seconds that a script waits in all for a forge that asks to be left alone."""

RATE_PAUSE = 60.0
"""Seconds to wait where a limit is met and nothing says for how long; what GitHub's documentation asks for."""

TIMEOUT = 30.0
LARGEST = 20_000_000
"""Bytes of the largest answer that is read."""

REDIRECTIONS = 5
NOT_ANSWERED = (OSError, HTTPException)
"""What happens to requests that get no answer, or half of one."""


class ApiError(CiError):
    """The forge refused a request."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class UncertainError(ApiError):
    """Something may or may not have been made: the forge failed after the request had been sent."""


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: Message
    content: bytes

    def data(self) -> Any:
        """Return the answer's JSON, None for an empty one."""
        try:
            return json.loads(self.content) if self.content.strip() else None
        except ValueError as error:
            raise ApiError("the answer is not JSON: is the address that of an API?") from error


class NoRedirection(urllib.request.HTTPRedirectHandler):
    """Leaves redirections to whoever asked."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Follow none."""


@dataclass
class Api:
    """An API.

    Attributes:
        base: Its address, such as `https://api.github.com`.
        headers: What every request carries besides the token.
        token: Header with the token: its name and value.
        token_name: Variable that the token comes from, for messages.
        slept: Seconds that were waited so far.
    """

    base: str
    token: tuple[str, str]
    token_name: str
    headers: Mapping[str, str] = field(default_factory=dict)
    slept: float = 0.0

    def __post_init__(self) -> None:
        self.base = self.base.rstrip("/")
        place = urlsplit(self.base)
        if place.scheme not in ("http", "https") or not place.hostname:
            raise CiError(f"{self.base!r} is no address of an API; such as https://api.github.com")
        if place.scheme == "http" and place.hostname not in ("127.0.0.1", "localhost", "::1"):
            raise CiError(f"{self.base} is not https, and a token is to be sent there")
        # The default opener would also serve file: and ftp: addresses.
        self._opener = urllib.request.OpenerDirector()
        for handler in (
            urllib.request.ProxyHandler(),
            urllib.request.HTTPHandler(),
            urllib.request.HTTPSHandler(),
            urllib.request.HTTPDefaultErrorHandler(),
            urllib.request.HTTPErrorProcessor(),
            NoRedirection(),
        ):
            self._opener.add_handler(handler)

    def get(self, path: str, needs: str = "", **query: str | int) -> Any:
        """Return what is at a path.

        :param needs: right that the token has to have, for messages
        """
        return self._request("GET", self._url(path, query), needs).data()

    def pages(self, path: str, needs: str = "", **query: str | int) -> Iterator[Any]:
        """Yield the entries of a list, page by page, however many there are."""
        url = self._url(path, {"per_page": 100, **query})
        while url:
            answer = self._request("GET", url, needs)
            listed = answer.data()
            # GitHub wraps some lists: {"total_count": 1, "artifacts": [...]}.
            if isinstance(listed, dict):
                listed = next((value for value in listed.values() if isinstance(value, list)), None)
            if not isinstance(listed, list):
                raise ApiError(f"GET {shown(url)}: a list was expected")
            yield from listed
            url = next_page(answer.headers)
            if url and origin(url) != origin(self.base):
                raise ApiError(f"GET {shown(url)}: the next page would be on another server")

    def send(self, method: str, path: str, body: Mapping[str, Any], needs: str = "") -> Any:
        """Change something and return the answer.

        :raises UncertainError: when something was to be made, and nobody knows whether it was
        """
        return self._request(method, self._url(path, {}), needs, json.dumps(body).encode()).data()

    def download(self, path: str, limit: int, needs: str = "") -> bytes:
        """Return a file.

        :param limit: bytes that it may have
        """
        return self._request("GET", self._url(path, {}), needs, limit=limit).content

    def _url(self, path: str, query: Mapping[str, str | int]) -> str:
        return f"{self.base}{path}" + (f"?{urlencode(query)}" if query else "")

    def _request(self, method: str, url: str, needs: str, body: bytes | None = None, limit: int = LARGEST) -> Answer:
        what = f"{method} {shown(url)}"
        reason = ""
        for attempt in range(1, ATTEMPTS + 1):
            wait, status = 0.0, 0
            try:
                answer = self._follow(method, url, body, limit)
            except NOT_ANSWERED as error:
                reason = str(getattr(error, "reason", "") or error) or type(error).__name__
            else:
                if answer.status < 300:
                    return answer
                reason, status = f"{answer.status} {one_line(message_of(answer))[:300]}", answer.status
                wait = asked_to_wait(answer)
                if status < 500 and not wait:
                    raise ApiError(f"{what}: {reason}{self._hint(status, needs)}", status)
            # A request that was turned away made nothing; after any other failure it may have.
            if method == "POST" and not 0 < status < 500:
                raise UncertainError(f"{what}: {reason}. Run the job again")
            if attempt == ATTEMPTS:
                break
            self._wait(wait or 2.0 ** (attempt - 1), f"{what}: {reason}")
        raise ApiError(f"{what}: {reason}; tried {ATTEMPTS} times. Run the job again later")

    def _follow(self, method: str, url: str, body: bytes | None, limit: int) -> Answer:
        for _ in range(REDIRECTIONS):
            answer = self._once(method, url, body, limit)
            if not 300 <= answer.status < 400:
                return answer
            target = urljoin(url, answer.headers.get("Location", ""))
            if method != "GET" or urlsplit(target).scheme != urlsplit(self.base).scheme:
                moved = f"{method} {shown(url)}: moved to {shown(target)}; was the project renamed?"
                raise ApiError(moved, answer.status)
            url = target
        raise ApiError(f"{method} {shown(url)}: redirected more than {REDIRECTIONS} times")

    def _once(self, method: str, url: str, body: bytes | None, limit: int) -> Answer:
        request = urllib.request.Request(url, data=body, method=method, headers=dict(self.headers))
        request.add_header("User-Agent", "mesh-ci")
        if body is not None:
            request.add_header("Content-Type", "application/json")
        if origin(url) == origin(self.base):
            request.add_header(*self.token)
        try:
            response = self._opener.open(request, timeout=TIMEOUT)
        except urllib.error.HTTPError as error:
            response = error
        with response:
            content = response.read(limit + 1)
            if len(content) > limit:
                raise ApiError(f"{method} {shown(url)}: more than {limit} bytes")
            return Answer(int(response.status or 0), response.headers, content)

    def _wait(self, seconds: float, why: str) -> None:
        if self.slept + seconds > PATIENCE:
            raise ApiError(f"{why}; to wait {seconds:.0f} s is longer than this job does. Run the job again later")
        if seconds >= 1:
            print(f"waiting {seconds:.0f} s: {one_line(why)}", file=sys.stderr, flush=True)
        self.slept += seconds
        time.sleep(seconds)

    def _hint(self, status: int, needs: str) -> str:
        """Return what to do about a refusal."""
        if status == 401:
            return f". The token was refused: is {self.token_name} set, and still valid?"
        if status == 403:
            return f". The token of {self.token_name} lacks a right{f': {needs}' if needs else ''}"
        if status == 404:
            return f". There is none, or the token of {self.token_name} may not see it{f' ({needs})' if needs else ''}"
        return ""


def asked_to_wait(answer: Answer) -> float:
    """Return for how many seconds an answer asks to wait; 0 where it asks for nothing of the kind.

    As GitHub and GitLab document it: 429, or GitHub's 403 with `Retry-After`, with no request left, or that names a
    rate limit. A `Retry-After: 0` counts as a moment.
    """
    after, left = answer.headers.get("Retry-After", ""), answer.headers.get("X-RateLimit-Remaining", "")
    limited = answer.status == 429 or (
        answer.status == 403 and (after or left == "0" or "rate limit" in message_of(answer).lower())
    )
    if not limited and not (answer.status >= 500 and after):
        return 0.0
    if after.isdecimal():
        return max(float(after), 0.01)
    reset = answer.headers.get("X-RateLimit-Reset") or answer.headers.get("RateLimit-Reset") or ""
    if reset.isdecimal() and (left == "0" or answer.headers.get("RateLimit-Remaining") == "0"):
        return max(float(reset) - time.time(), 1.0)
    return RATE_PAUSE


def message_of(answer: Answer) -> str:
    """Return what an answer says is wrong: GitHub's `message` and `errors`, GitLab's `message` or `error`."""
    try:
        data = json.loads(answer.content)
    except ValueError:
        return answer.content[:300].decode(errors="replace")
    if not isinstance(data, dict):
        return str(data)
    errors = data.get("errors")
    parts = [data.get("message") or data.get("error"), *(errors if isinstance(errors, list) else [])]
    return "; ".join(part if isinstance(part, str) else json.dumps(part) for part in parts if part)


def next_page(headers: Message) -> str:
    """Return the address of the next page of a list, from RFC 8288's `Link` header; `""` on the last one."""
    for link in headers.get("Link", "").split(","):
        if found := re.fullmatch(r"\s*<([^>]*)>\s*(?:;.*)?;\s*rel=\"?next\"?.*", link):
            return found[1]
    return ""


def origin(url: str) -> tuple[str, str]:
    """Return the server of an address."""
    place = urlsplit(url)
    return place.scheme, place.netloc


def shown(url: str) -> str:
    """Return an address for messages: without its query, where a signed one has its signature."""
    place = urlsplit(url)
    return f"{place.scheme}://{place.netloc}{place.path}"
