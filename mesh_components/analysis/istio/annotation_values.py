"""What the values of Istio's annotations have to look like, as injection reads them.

Upstream: `AnnotationValidation` in `pkg/kube/inject/validate.go` of istio/istio 1.31. Each check returns what is wrong
with a text, nothing when it is right. Of `proxy.istio.io/config`, names and types of the fields and ports are checked.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import yaml

from ...schemas import versions

if TYPE_CHECKING:
    from ...settings.problems import Problem

Check = Callable[[str], str]

HIGHEST_PORT = 65535
BOOLEANS = frozenset({"1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"})
"""What Go's `strconv.ParseBool` reads."""
MODES = ("REDIRECT", "TPROXY", "NONE")
PORT_FIELDS = ("proxyAdminPort", "statusPort")
"""Fields of ProxyConfig that are ports."""

_QUANTITY = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+)?", re.ASCII)
_CIDR = re.compile(r"[0-9A-Fa-f:.]+/(0|[1-9][0-9]{0,2})", re.ASCII)
_INTERFACE = re.compile(r"[a-zA-Z][a-zA-Z0-9_.-]{0,14}", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)


def at_most(text: str, most: int) -> bool:
    """Return whether a text is a whole number from 0 up."""
    return text.isascii() and text.isdigit() and int(text[:20]) <= most


def mode(text: str) -> str:
    """Judge a mode of interception."""
    return "" if text in MODES else f"{text!r} is none of {', '.join(MODES)}"


def port(text: str) -> str:
    """Judge a port."""
    return "" if at_most(text.strip(), HIGHEST_PORT) else f"{text!r} is not a port"


def ports(text: str) -> str:
    """Judge a list of ports."""
    return next((problem for part in text.strip().split(",") if (problem := port(part))), "") if text.strip() else ""


def ports_or_all(text: str) -> str:
    """Judge a list of ports, or the star that stands for all."""
    return "" if text == "*" else ports(text)


def whole_number(text: str) -> str:
    """Judge a number that Go can hold in 32 bits."""
    return "" if at_most(text, 2**32 - 1) else f"{text!r} is not a whole number from 0 up"


def boolean(text: str) -> str:
    """Judge a truth value."""
    return "" if text in BOOLEANS else f"{text!r} is neither true nor false"


def ranges(text: str) -> str:
    """Judge a list of IP ranges."""
    for part in text.split(",") if text else ():
        try:
            ipaddress.ip_network(part if _CIDR.fullmatch(part) else "", strict=False)
        except ValueError:
            return f"{part!r} is not an IP range, such as 10.0.0.0/8"
    return ""


def ranges_or_all(text: str) -> str:
    """Judge a list of IP ranges, or the star that stands for all."""
    return "" if text == "*" else ranges(text)


def interfaces(text: str) -> str:
    """Judge a list of network interfaces' names."""
    for part in text.split(",") if text else ():
        if not _INTERFACE.fullmatch(part.strip()):
            return f"{part!r} is not the name of a network interface"
    return ""


def quantity(text: str) -> str:
    """Judge an amount of a resource in Kubernetes' notation."""
    return "" if _QUANTITY.fullmatch(text) else f"{text!r} is not an amount, such as 100m or 128Mi"


def proxy_config(text: str) -> str:
    """Judge a proxy's configuration."""
    try:
        config = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, ValueError, RecursionError):
        return "it is not YAML"
    return "; ".join(map(str, proxy_config_problems(config)))


def proxy_config_problems(config: Any) -> Iterator[Problem]:
    """Return what is wrong with a proxy's configuration, given what Istio's reader of it is lenient about."""
    from ...settings import mesh_config  # loaded for the few objects that have the annotation
    from ...settings.problems import Problem

    for problem in mesh_config.problems(config, versions()[-1], "config", "ProxyConfig"):
        if not tolerated(problem):
            yield problem
    for name in PORT_FIELDS if isinstance(config, Mapping) else ():
        number = config.get(name, 1)
        if isinstance(number, int) and not 1 <= number <= HIGHEST_PORT:
            yield Problem(f"config.{name}", number, f"a port from 1 to {HIGHEST_PORT}")


def tolerated(problem: Problem) -> bool:
    """Return whether Istio reads a value all the same.

    Protobuf's JSON has field names in the protocol's own spelling too, numbers in quotes and enums by number.
    """
    if problem.unknown:
        return "_" in problem.path.rpartition(".")[2]
    if problem.choices:
        return isinstance(problem.value, int) and not isinstance(problem.value, bool)
    return "number" in problem.allowed and isinstance(problem.value, str) and bool(_NUMBER.fullmatch(problem.value))


_SIDECAR, _TRAFFIC, _READINESS = "sidecar.istio.io", "traffic.sidecar.istio.io", "readiness.status.sidecar.istio.io"

VALUES: Mapping[str, Check] = {
    f"{_SIDECAR}/interceptionMode": mode,
    f"status.{_SIDECAR}/port": port,
    f"{_READINESS}/initialDelaySeconds": whole_number,
    f"{_READINESS}/periodSeconds": whole_number,
    f"{_READINESS}/failureThreshold": whole_number,
    f"{_TRAFFIC}/includeOutboundIPRanges": ranges_or_all,
    f"{_TRAFFIC}/excludeOutboundIPRanges": ranges,
    f"{_TRAFFIC}/includeInboundPorts": ports_or_all,
    f"{_TRAFFIC}/excludeInboundPorts": ports,
    f"{_TRAFFIC}/excludeOutboundPorts": ports,
    f"{_TRAFFIC}/excludeInterfaces": interfaces,
    f"{_TRAFFIC}/kubevirtInterfaces": interfaces,
    "istio.io/reroute-virtual-interfaces": interfaces,
    "prometheus.istio.io/merge-metrics": boolean,
    "proxy.istio.io/config": proxy_config,
    f"{_SIDECAR}/proxyCPU": quantity,
    f"{_SIDECAR}/proxyMemory": quantity,
    f"{_SIDECAR}/proxyCPULimit": quantity,
    f"{_SIDECAR}/proxyMemoryLimit": quantity,
}
"""The check of each annotation whose value injection checks."""
