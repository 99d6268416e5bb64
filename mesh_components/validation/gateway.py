"""What istiod's webhook checks of a Gateway (``ValidateGateway`` in ``pkg/config/validation/validation.go``)."""

from __future__ import annotations

from . import names
from .checks import Object, check, each
from .hosts import host_fault
from .problem import Path, Problem, Problems, show, warning
from .server_tls import server_tls

_FROM_GATEWAY_API = "internal.istio.io/gateway-semantics"
_PASSTHROUGH = ("PASSTHROUGH", "AUTO_PASSTHROUGH")


@check
def problems(manifest: Object, namespace: str) -> Problems:
    """Yield what is wrong with a Gateway whose schema is right."""
    spec: Object = manifest.get("spec") or {}
    path: Path = ("spec",)
    converted = _is_converted(manifest)
    if not converted:
        yield from _name(manifest)
    if not spec.get("servers"):
        yield Problem((*path, "servers"), "a gateway needs a server")
    seen: set[str] = set()
    for server, place in each(spec, "servers", path):
        yield from _hosts(server, place, converted)
        yield from _port(server, place)
        yield from _bind(server, place)
        yield from server_tls(server, place)
        yield from _tls_fits(server, place)
        yield from _redirects(server, place)
        yield from _port_name(server, place, seen)


def _is_converted(manifest: Object) -> bool:
    """Whether istiod made it of a Gateway of the Gateway API."""
    annotations = (manifest.get("metadata") or {}).get("annotations")
    return isinstance(annotations, dict) and annotations.get(_FROM_GATEWAY_API) == "gateway"


@check
def _name(manifest: Object) -> Problems:
    name = (manifest.get("metadata") or {}).get("name")
    # An object that is still to be named by the API server (generateName) has none.
    if isinstance(name, str) and (fault := names.label_fault(name, "name of a gateway")):
        yield Problem(("metadata", "name"), fault)


@check
def _hosts(server: Object, path: Path, converted: bool) -> Problems:
    if not server.get("hosts"):
        yield Problem((*path, "hosts"), "a server needs a host")
    for host, place in each(server, "hosts", path):
        if fault := host_fault(host, is_gateway=True, converted=converted):
            yield Problem(place, fault)


@check
def _port(server: Object, path: Path) -> Problems:
    port: Object = server.get("port") or {}
    path = (*path, "port")
    if names.protocol(port) not in names.PROTOCOLS:
        allowed = ", ".join(sorted(names.PROTOCOLS)).upper()
        yield Problem((*path, "protocol"), f"{show(port.get('protocol') or '')} is not a protocol of Istio: {allowed}")
    number = port.get("number") or 0
    at_socket = (server.get("bind") or "").startswith(names.UNIX)
    if (number or not at_socket) and (fault := names.port_fault(number)):
        yield Problem((*path, "number"), fault)
    if port.get("targetPort"):
        yield Problem((*path, "targetPort"), "targetPort has no effect at a gateway")
    if not port.get("name"):
        yield Problem((*path, "name"), "name is missing, and the port of a server needs one")


@check
def _port_name(server: Object, path: Path, seen: set[str]) -> Problems:
    if server.get("port") is not None:
        name = server["port"].get("name") or ""
        if name in seen:
            yield Problem((*path, "port", "name"), f"the port of another server is named {show(name)}")
        seen.add(name)


@check
def _bind(server: Object, path: Path) -> Problems:
    bind = server.get("bind") or ""
    if bind.startswith(names.UNIX):
        if fault := names.socket_fault(bind.removeprefix(names.UNIX)):
            yield Problem((*path, "bind"), fault)
        if (server.get("port") or {}).get("number"):
            yield Problem((*path, "port", "number"), "a server at a socket has port number 0")
    elif bind and (fault := names.address_fault(bind)):
        yield Problem((*path, "bind"), fault)


@check
def _tls_fits(server: Object, path: Path) -> Problems:
    """Settings for TLS go with a protocol over TLS, and only with that."""
    if server.get("port") is None:
        return
    protocol, tls = names.protocol(server["port"]), server.get("tls")
    if protocol in names.TLS:
        if tls is None:
            yield Problem((*path, "tls"), f"tls is missing, and protocol {protocol.upper()} needs it")
    elif tls is not None and protocol in names.PROTOCOLS:
        certificates = any(tls.get(name) for name in ("caCertificates", "privateKey", "serverCertificate"))
        # Passthrough is the mode of settings that name none, such as those that only redirect to HTTPS.
        plain = protocol in names.HTTP and (tls.get("mode") or "PASSTHROUGH") in _PASSTHROUGH and not certificates
        if not plain:
            yield Problem((*path, "tls"), f"protocol {protocol.upper()} has no TLS; it is for HTTPS and TLS")


@check
def _redirects(server: Object, path: Path) -> Problems:
    redirects = (server.get("tls") or {}).get("httpsRedirect")
    if redirects and server.get("port") is not None and names.protocol(server["port"]) not in names.HTTP:
        yield warning((*path, "tls", "httpsRedirect"), "httpsRedirect is for servers of plain HTTP")
