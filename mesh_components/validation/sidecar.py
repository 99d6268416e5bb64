"""What istiod's webhook checks of a Sidecar (``ValidateSidecar`` and below in ``validation.go``)."""

from __future__ import annotations

import re
from typing import Any, Final

from . import names
from .checks import Object, check, each
from .connection_pool import connection_pool
from .destinations import destination
from .hosts import host_fault
from .problem import Path, Problem, Problems, show, warning
from .selectors import label_selector
from .server_tls import server_tls

_PARTS: Final = ("egress", "ingress", "outboundTrafficPolicy", "inboundConnectionPool")
_LOCAL: Final = ("", "127.0.0.1", "0.0.0.0", "::1", "::")
_HOST_AND_PORT: Final = re.compile(r"(?:\[([^\[\]]*)\]|([^:\[\]]*)):([^:\[\]]*)")
_NUMBER: Final = re.compile(r"[+-]?[0-9]+")
_NOT_AT_INGRESS: Final = ("subjectAltNames", "httpsRedirect", "credentialName", "credentialNames", "tlsCertificates")


@check
def problems(manifest: Object, namespace: str) -> Problems:
    """Yield what is wrong with a Sidecar whose schema is right."""
    spec: Object = manifest.get("spec") or {}
    path: Path = ("spec",)
    everything = ", so it is for every workload of its namespace"
    yield from label_selector(spec, "workloadSelector", "labels", path, everything)
    yield from _something(spec, path)
    seen: set[Any] = set()
    for listener, place in each(spec, "ingress", path):
        yield from _ingress(listener, place)
        yield from _distinct(listener, place, seen)
    yield from connection_pool(spec, "inboundConnectionPool", path)
    yield from _egress(spec, path, namespace)
    yield from _outbound(spec, path)


@check
def _something(spec: Object, path: Path) -> Problems:
    if not spec.get("egress") and not spec.get("ingress") and all(spec.get(name) is None for name in _PARTS[2:]):
        yield Problem(path, f"it says nothing: one of {', '.join(_PARTS)} is required")


@check
def _distinct(listener: Object, path: Path, seen: set[Any]) -> Problems:
    if listener.get("port") is not None:
        number = listener["port"].get("number") or 0
        if number in seen:
            yield Problem((*path, "port", "number"), f"another listener has port {show(number)}")
        seen.add(number)


@check
def _ingress(listener: Object, path: Path) -> Problems:
    port: Object = listener.get("port") or {}
    yield from _port(port, path)
    if fault := names.port_fault(port.get("number") or 0):
        yield Problem((*path, "port", "number"), fault)
    yield from _bind_address(listener, path)
    yield from _default_endpoint(listener, path)
    yield from _ingress_tls(listener, path)
    yield from connection_pool(listener, "connectionPool", path)
    http = (listener.get("connectionPool") or {}).get("http")
    if http is not None and names.protocol(port) not in names.HTTP:
        yield warning(
            (*path, "connectionPool", "http"), "the port is not one of HTTP, so these settings have no effect"
        )


@check
def _port(port: Object, path: Path) -> Problems:
    path = (*path, "port")
    if port.get("targetPort"):
        yield Problem((*path, "targetPort"), "targetPort has no effect at a sidecar")
    if port.get("name") and (fault := names.label_fault(port["name"], "name of a port")):
        yield Problem((*path, "name"), fault)
    if fault := names.protocol_fault(port):
        yield Problem((*path, "protocol"), fault)


@check
def _bind_address(listener: Object, path: Path) -> Problems:
    if listener.get("bind") and (fault := names.address_fault(listener["bind"])):
        yield Problem((*path, "bind"), fault)


@check
def _default_endpoint(listener: Object, path: Path) -> Problems:
    endpoint = listener.get("defaultEndpoint") or ""
    place = (*path, "defaultEndpoint")
    if endpoint.startswith(names.UNIX):
        if fault := names.socket_fault(endpoint.removeprefix(names.UNIX)):
            yield Problem(place, fault)
    elif endpoint:
        found = _HOST_AND_PORT.fullmatch(endpoint)
        host, port = (found.group(1) or found.group(2) or "", found.group(3)) if found else ("?", "")
        if host not in _LOCAL or not _NUMBER.fullmatch(port) or names.port_fault(int(port)):
            yield Problem(place, f"{show(endpoint)} is not [HOST]:PORT with a local host, nor unix://PATH")


@check
def _ingress_tls(listener: Object, path: Path) -> Problems:
    tls = listener.get("tls")
    if tls is None:
        return
    yield from server_tls(listener, path)
    path = (*path, "tls")
    for name in _NOT_AT_INGRESS:
        if tls.get(name):
            yield Problem((*path, name), f"{name} is not supported at a sidecar")
    if tls.get("mode") in ("ISTIO_MUTUAL", "AUTO_PASSTHROUGH"):
        yield Problem((*path, "mode"), f"mode {tls['mode']} is not for a sidecar")
    if names.protocol(listener["port"]) not in names.TLS:
        yield Problem(path, "TLS is for ports of HTTPS or TLS")


@check
def _egress(spec: Object, path: Path, namespace: str) -> Problems:
    listeners: list[Any] = list(spec.get("egress") or ())
    seen: set[Any] = set()
    for index, listener in enumerate(listeners):
        place: Path = (*path, "egress", index)
        if listener.get("port") is None:
            if index != len(listeners) - 1:
                yield Problem(place, "only the last listener for egress may have no port")
        else:
            yield from _egress_port(listener, place)
            number = listener["port"].get("number") or 0
            key = number or listener.get("bind") or ""
            if key in seen:
                yield Problem((*place, "port"), f"another listener has {show(key)}")
            seen.add(key)
        yield from _egress_hosts(listener, place, namespace)


@check
def _egress_port(listener: Object, path: Path) -> Problems:
    port = listener["port"]
    yield from _port(port, path)
    number = port.get("number") or 0
    if number:
        if fault := names.port_fault(number):
            yield Problem((*path, "port", "number"), fault)
        yield from _bind_address(listener, path)
        return
    bind = listener.get("bind") or ""
    if not bind.startswith(names.UNIX):
        yield Problem((*path, "bind"), f"{show(bind)}: a port with number 0 is bound to a socket, unix://PATH")
    elif fault := names.socket_fault(bind.removeprefix(names.UNIX)):
        yield Problem((*path, "bind"), fault)
    if listener.get("captureMode") not in (None, "DEFAULT", "NONE"):
        yield Problem((*path, "captureMode"), f"{listener['captureMode']} is not for a socket; DEFAULT and NONE are")


@check
def _egress_hosts(listener: Object, path: Path, namespace: str) -> Problems:
    if not listener.get("hosts"):
        yield Problem((*path, "hosts"), "a listener for egress needs a host")
    seen: dict[str, set[str]] = {}
    for host, place in each(listener, "hosts", path):
        if fault := host_fault(host, is_gateway=False):
            yield Problem(place, fault)
        owner, slash, name = host.partition("/")
        if not slash or owner.startswith("~"):
            continue
        others = seen.setdefault(namespace if owner == "." else owner, set())
        if (name == "*" and others) or name in others or "*" in others:
            yield warning(place, f"{show(host)} is listed, or covered, already")
        others.add(name)
    if "*" in seen.get("*", ()) and len(seen) > 1:
        yield warning((*path, "hosts"), "*/* selects everything, so the other hosts have no effect")


@check
def _outbound(spec: Object, path: Path) -> Problems:
    policy = spec.get("outboundTrafficPolicy")
    if policy is None:
        return
    path = (*path, "outboundTrafficPolicy")
    mode = policy.get("mode") or "REGISTRY_ONLY"
    proxy = policy.get("egressProxy")
    if proxy is None:
        return
    path = (*path, "egressProxy")
    if mode != "ALLOW_ANY":
        yield Problem(path, f"egressProxy goes with mode ALLOW_ANY, not {mode}")
        return
    if fault := names.domain_fault(proxy.get("host") or ""):
        yield Problem((*path, "host"), fault)
    elif proxy.get("port") is None:
        yield Problem((*path, "port"), "port is missing, and it is required")
    else:
        yield from destination(policy, "egressProxy", path[:-1], from_gateway_api=False)
