"""URLs as Go's ``net/url`` reads them, which is what the API server and istiod go by."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_BAD_HOST_ESCAPE = re.compile(r"%(?!25|[89A-Fa-f][0-9A-Fa-f])")
_HOST = re.compile(r"[A-Za-z0-9\-_.~!$&'()*+,;=:\[\]<>\"%\x80-\U0010ffff]*")
_USER = re.compile(r"[A-Za-z0-9\-._:~!$&'()*+,;=%@]*", re.ASCII)
_PORT = re.compile(r"(:[0-9]*)?", re.ASCII)


class BadURL(ValueError):
    """Says why a text is not a URL."""


@dataclass(frozen=True, slots=True)
class URL:
    """The parts that somebody asks for."""

    scheme: str
    port: str


def parse(text: str, *, strict: bool = True) -> URL:
    """Read a URL or a reference to one, with or without a fragment.

    ``strict``: as programs for Go 1.26 and later do, to which a host in HTTP has no colon (``urlstrictcolons``). istiod
    is one of them; the API server is not.
    """
    text, _, fragment = text.partition("#")
    if _BAD_ESCAPE.search(fragment):
        raise BadURL("a % in it is not followed by two hexadecimal digits")
    return _parse(text, False, strict)


def parse_request_uri(text: str, *, strict: bool = True) -> URL:
    """Read what may stand in a request: a URL, or a path from the root."""
    return _parse(text, True, strict)


def _parse(text: str, request: bool, strict: bool) -> URL:
    if _CONTROL.search(text):
        raise BadURL("it has control characters")
    if not text and request:
        raise BadURL("it is empty")
    if text == "*":
        return URL("", "")
    if text.startswith(":"):
        raise BadURL("there is nothing before its first colon")
    found = _SCHEME.match(text)
    scheme, rest = (found.group(1).lower(), text[found.end() :]) if found else ("", text)
    rest = rest.partition("?")[0]
    if not rest.startswith("/"):
        if scheme:
            return URL(scheme, "")
        if request:
            raise BadURL("it is neither a URL nor a path from the root")
        if ":" in rest.partition("/")[0]:
            raise BadURL("its first part has a colon")
    port = ""
    if rest.startswith("//") and (scheme or (not request and not rest.startswith("///"))):
        authority, slash, path = rest[2:].partition("/")
        rest = slash + path
        port = _authority(authority, strict and scheme in ("http", "https"))
    if _BAD_ESCAPE.search(rest):
        raise BadURL("a % in it is not followed by two hexadecimal digits")
    return URL(scheme, port)


def _is_ipv6(literal: str) -> bool:
    try:
        ipaddress.IPv6Address(literal.removeprefix("[").replace("%25", "%", 1))
    except ValueError:
        return False
    return literal.startswith("[")


def _authority(authority: str, strict: bool) -> str:
    """Judge user and host; return the port."""
    user, at, host = authority.rpartition("@")
    if at and (not _USER.fullmatch(user) or _BAD_ESCAPE.search(user)):
        raise BadURL("its user has characters that may not stand there")
    if "[" in host:
        literal, bracket, port = host.rpartition("]")
        if not bracket or not _is_ipv6(literal):
            raise BadURL("what stands in brackets is no IPv6 address")
    else:
        found = host.find(":") if strict else host.rfind(":")
        port = host[found:] if found >= 0 else ""
    if not _PORT.fullmatch(port):
        raise BadURL(f"its port {port[1:]!r} is not a number")
    if _BAD_HOST_ESCAPE.search(host) or not _HOST.fullmatch(host):
        raise BadURL("its host has characters that may not stand there")
    return port[1:]
