"""What traffic the routes of a VirtualService are for.

Sources: ``pkg/config/validation/validation.go`` and ``virtualservice.go``.
"""

from __future__ import annotations

from typing import Final

from . import headers, names, strings
from .checks import Object, check, each, entries
from .problem import Path, Problem, Problems, show, warning

_TEXT_MATCHES: Final = ("scheme", "method", "authority")


@check
def gateway_names(parent: Object, path: Path, from_gateway_api: bool = False, warns: bool = True) -> Problems:
    """Yield what is wrong with ``gateways``. istiod reads them up to the first without a namespace.

    It drops the warnings about those of matches, but for TLS.
    """
    for name, place in each(parent, "gateways", path):
        owner, slash, gateway = name.partition("/")
        if not slash:
            if "." in name:
                gateway, owner = name.split(".")[:2]
                if warns:
                    yield warning(place, f"{show(name)}: the form {owner}/{gateway} is preferred to a full host name")
            if fault := names.domain_fault(name):
                yield Problem(place, fault)
            return
        if fault := names.label_fault(owner, "namespace"):
            yield Problem(place, fault)
        if not gateway or not (from_gateway_api or names.is_label(gateway)):
            yield Problem(place, names.label_fault(gateway, "name of a gateway") or "")


@check
def http_match(match: Object, path: Path) -> Problems:
    """Yield what is wrong with a match of HTTP."""
    for name, given, place in entries(match, "headers", path):
        if fault := headers.match_name_fault(name):
            yield Problem(place, fault)
        if given is not None:
            yield from strings.match(given, place)
    for name, given, place in entries(match, "withoutHeaders", path):
        if fault := headers.match_name_fault(name):
            yield Problem(place, fault)
        # A star alone stands for any value here, though it is no regular expression.
        if given is not None and given.get("regex") != "*":
            yield from strings.match(given, place)
    if match.get("uri") is not None:
        yield from strings.regexp(match["uri"], (*path, "uri"))
    for field in _TEXT_MATCHES:
        yield from _text_match(match, field, path)
    for _, given, place in entries(match, "queryParams", path):
        if given is not None:
            yield from strings.match(given, place)
    yield from source(match, path)
    yield from _source_namespace(match, path)


@check
def _text_match(match: Object, field: str, path: Path) -> Problems:
    if match.get(field) is not None:
        yield from strings.match(match[field], (*path, field))


@check
def _source_namespace(match: Object, path: Path) -> Problems:
    namespace = match.get("sourceNamespace")
    if namespace and (fault := names.label_fault(namespace, "namespace")):
        yield Problem((*path, "sourceNamespace"), fault)


@check
def source(match: Object, path: Path, warns: bool = False) -> Problems:
    """Port, labels and gateways, which matches of every protocol have."""
    yield from names.labels(match, "sourceLabels", path)
    yield from gateway_names(match, path, warns=warns)
    port = match.get("port")
    if port and (fault := names.port_fault(port)):
        yield Problem((*path, "port"), fault)


@check
def subnets(match: Object, path: Path) -> Problems:
    """Yield the ranges of addresses in ``destinationSubnets`` that are none."""
    for subnet, place in each(match, "destinationSubnets", path):
        if fault := names.subnet_fault(subnet):
            yield Problem(place, fault)
