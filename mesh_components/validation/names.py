"""Names as istiod reads them: hosts, labels, ports, addresses. Each function returns what is wrong, or None.

Sources: ``pkg/config/validation/agent/validation.go``, ``pkg/config/labels/instance.go``, ``pkg/config/host/name.go``,
``pkg/config/protocol/instance.go`` and ``pkg/config/visibility`` of Istio 1.31.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import Final

from .checks import Object, check, entries
from .problem import Path, Problem, Problems, show

_LABEL_TEXT: Final = "[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?"
_QUALIFIED_TEXT: Final = "(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_LABEL: Final = re.compile(_LABEL_TEXT)
_WILDCARD_LABEL: Final = re.compile(rf"\*|(?:\*-?)?{_LABEL_TEXT}")
_NUMBER: Final = re.compile(r"[+-]?[0-9]+")
_KEY: Final = re.compile(rf"({_LABEL_TEXT}(?:\.{_LABEL_TEXT})*/)?({_QUALIFIED_TEXT})")
_VALUE: Final = re.compile(rf"(?:{_QUALIFIED_TEXT})?")
_BITS: Final = re.compile(r"0|[1-9][0-9]{0,2}")
_LONGEST_LABEL: Final = 63
_LONGEST_PREFIX: Final = 253
_LONGEST_DOMAIN: Final = 255
_HIGHEST_PORT: Final = 65535

HTTP: Final = frozenset({"http", "http2", "http_proxy", "grpc", "grpc-web"})
TLS: Final = frozenset({"https", "tls"})
TCP: Final = frozenset({"tcp", "https", "tls", "mongo", "redis", "mysql"})
PROTOCOLS: Final = HTTP | TCP | {"udp"}
"""Protocols that istiod knows, in lower case."""

UNIX: Final = "unix://"
"""What an address of a socket in the file system starts with."""


def protocol(port: Object) -> str:
    """Return a port's protocol in lower case; empty when it names none."""
    return (port.get("protocol") or "").lower()


def protocol_fault(port: Object) -> str | None:
    """Say what is wrong with a protocol that may be left out."""
    name = protocol(port)
    if name and name not in PROTOCOLS:
        return f"{show(port.get('protocol'))} is not a protocol of Istio: {', '.join(sorted(PROTOCOLS)).upper()}"
    return None


def port_fault(number: float) -> str | None:
    """Say what is wrong with the number of a port."""
    return None if 1 <= number <= _HIGHEST_PORT else f"{show(number)} is not a port; ports are 1 to {_HIGHEST_PORT}"


def is_label(text: str) -> bool:
    """Whether a text is a label of DNS (RFC 1123; istiod also takes capitals)."""
    return len(text) <= _LONGEST_LABEL and _LABEL.fullmatch(text) is not None


def label_fault(text: str, what: str) -> str | None:
    """Say what is wrong with a name that has to be one label of DNS."""
    if is_label(text):
        return None
    return f"{show(text)} is not a {what}: letters, digits and inner hyphens, {_LONGEST_LABEL} characters at most"


@lru_cache(maxsize=8192)
def domain_fault(domain: str) -> str | None:
    """Say what is wrong with a full name of DNS."""
    return _length_fault(domain) or _labels_fault(domain, domain)


@lru_cache(maxsize=8192)
def wildcard_domain_fault(domain: str) -> str | None:
    """Say what is wrong with a name of DNS whose first label may be or begin with a wildcard."""
    if fault := _length_fault(domain):
        return fault
    first, dot, rest = domain.partition(".")
    if len(first) > _LONGEST_LABEL or not _WILDCARD_LABEL.fullmatch(first):
        return f"{show(domain)} is not a host: {show(first)} is no label of DNS, * or *-label"
    return _labels_fault(rest, domain) if dot else None


def _length_fault(domain: str) -> str | None:
    if not domain:
        return "a host must not be empty"
    return f"a host may have {_LONGEST_DOMAIN} characters" if len(domain.encode()) > _LONGEST_DOMAIN else None


def _labels_fault(text: str, domain: str) -> str | None:
    *labels, last = text.split(".")
    if _NUMBER.fullmatch(last):
        return f"{show(domain)} is not a host: its last label {show(last)} is a number"
    for label in labels if last == "" else [*labels, last]:
        if not is_label(label):
            return f"{show(domain)} is not a host: {show(label)} is no label of DNS"
    return None


def sni_domain_fault(domain: str) -> str | None:
    """Say what is wrong with a server name behind a gateway, which may be one that istiod generates for passthrough."""
    if fault := _length_fault(domain):
        return fault
    if not domain.startswith("outbound_"):
        return wildcard_domain_fault(domain)
    parts = domain.split("_")
    if len(parts) < 4 or not re.search("[0-9]", parts[1].strip(".")) or not re.search("[a-zA-Z]", parts[3].strip(".")):
        return f"{show(domain)} is not of the form outbound_.PORT_._.HOST"
    return None


def partial_wildcard_fault(host: str) -> str | None:
    """Say what is wrong with a host whose wildcard stands for a part of a label."""
    if "*" in host and len(host) != 1 and not host.startswith("*."):
        return f"{show(host)}: a wildcard has to be the whole first label, as in *.example.com"
    return None


def matches(one: str, other: str) -> bool:
    """Whether two hosts, each perhaps with a wildcard, overlap."""
    if one.startswith("*") and other.startswith("*"):
        return one[1:].endswith(other[1:]) or other[1:].endswith(one[1:])
    if one.startswith("*"):
        return other.endswith(one[1:])
    return one.endswith(other[1:]) if other.startswith("*") else one == other


def is_within(one: str, other: str) -> bool:
    """Whether every name that ``one`` stands for is one of ``other``'s."""
    if one.startswith("*"):
        return other.startswith("*") and len(one) >= len(other) and one[1:].endswith(other[1:])
    return one.endswith(other[1:]) if other.startswith("*") else one == other


@lru_cache(maxsize=8192)
def is_address(text: str) -> bool:
    """Whether a text is an address of IP."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def address_fault(text: str) -> str | None:
    """Say what is wrong with an address of IP."""
    return None if is_address(text) else f"{show(text)} is not an IP address"


def subnet_fault(text: str) -> str | None:
    """Say what is wrong with an address of IP, or a range of them in CIDR notation."""
    if "/" not in text:
        return address_fault(text)
    address, _, bits = text.rpartition("/")
    good = is_address(address) and "%" not in address and _BITS.fullmatch(bits)
    if good and int(bits) <= (128 if ":" in address else 32):
        return None
    return f"{show(text)} is not a range of IP addresses such as 10.0.0.0/8"


def socket_fault(path: str) -> str | None:
    """Say what is wrong with the path of a socket (what follows ``unix://``); abstract ones start with @."""
    if not path:
        return "the path of a socket must not be empty"
    if path.startswith("@") or (path.startswith("/") and not path.endswith("/")):
        return None
    return f"{show(path)} is not the full path of a file, nor an abstract socket (@name)"


@check
def labels(parent: Object, name: str, path: Path) -> Problems:
    """Yield keys and values of the labels ``name`` that Kubernetes would not take."""
    for key, value, place in entries(parent, name, path):
        found = _KEY.fullmatch(key)
        if not found or len(found.group(1) or "") > _LONGEST_PREFIX + 1 or len(found.group(2)) > _LONGEST_LABEL:
            yield Problem(place, f"{show(key)} is not a key of a label")
        if not _VALUE.fullmatch(value):
            yield Problem(place, f"{show(value)} is not a value of a label")


@check
def exported_to(spec: Object, namespace: str, path: Path, *, is_service_entry: bool, has_selector: bool) -> Problems:
    """Yield what is wrong with ``exportTo``: namespaces, ``.`` for the object's own, ``*`` for all, ``~`` for none."""
    given: list[str] = list(spec.get("exportTo") or ())
    place = (*path, "exportTo")
    seen: set[str] = set()
    for index, entry in enumerate(given):
        target = namespace if entry == "." else entry
        if target in seen:
            yield Problem((*place, index), f"{show(entry)} repeats an entry ({show(target)})")
        elif (target in (".", "*")) or (target == "~" and is_service_entry) or is_label(target):
            seen.add(target)
        else:
            allowed = "., *, ~ or the name of a namespace" if is_service_entry else "., * or the name of a namespace"
            yield Problem((*place, index), f"{show(entry)} is not {allowed}")
    if has_selector and seen and seen != {namespace}:
        yield Problem(place, "a rule with a workload selector can be exported to its own namespace only: write .")
    for entry, meaning in (("*", "everybody"), ("~", "nobody")):
        if entry in seen and len(given) > 1:
            yield Problem(place, f"{entry} stands for {meaning}, so it has to stand alone")
