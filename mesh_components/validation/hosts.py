"""Hosts of gateways and of sidecars, NAMESPACE/HOST (``ValidateNamespaceSlashWildcardHostname``)."""

from __future__ import annotations

from . import names
from .problem import show


def host_fault(host: str, *, is_gateway: bool, converted: bool = False) -> str | None:
    """Say what is wrong with a host; at a gateway its namespace may be left out."""
    namespace, slash, name = host.partition("/")
    if not slash:
        return _name_fault(host, is_gateway=True) if is_gateway else f"{show(host)} is not of the form NAMESPACE/HOST"
    if not namespace or not name:
        return f"{show(host)} is not of the form NAMESPACE/HOST: neither may be empty"
    if is_gateway:
        known = namespace in ("*", ".") or (namespace == "~" and converted)
    else:
        # A tilde in front excludes; alone it stands for no namespace.
        namespace = namespace.removeprefix("~")
        known = namespace in ("", "*", ".")
    if not known and not names.is_label(namespace):
        return f"{show(host)}: {show(namespace)} is not *, . or the name of a namespace"
    return _name_fault(name, is_gateway)


def _name_fault(name: str, is_gateway: bool) -> str | None:
    if name != "*" and "." not in name:
        return f"{show(name)} is a short name; write the full host, or *"
    fault = names.wildcard_domain_fault(name)
    if fault and not (is_gateway and names.is_address(name)):
        return fault
    return names.partial_wildcard_fault(name)
