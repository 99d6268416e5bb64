"""What istiod's webhook checks of a DestinationRule.

Sources: ``ValidateDestinationRule`` and below in ``pkg/config/validation/validation.go``; ``ValidateTLS``,
``ValidateLocalityLbSetting`` and ``ValidateZoneAwareLbSetting`` in ``agent/validation.go``.
"""

from __future__ import annotations

import math
from typing import Final

from . import durations, names
from .checks import Object, check, each
from .connection_pool import connection_pool
from .problem import Path, Problem, Problems, show, warning
from .selectors import label_selector

_CONFIG_MAP: Final = "configmap://"
_TOPOLOGY: Final = frozenset(
    {"topology.kubernetes.io/region", "topology.kubernetes.io/zone", "topology.istio.io/subzone"}
)
_MAGLEV_LIMIT: Final = 5000011
_PORT_PARTS: Final = ("outlierDetection", "connectionPool", "loadBalancer", "tls")
_PARTS: Final = (*_PORT_PARTS, "portLevelSettings", "tunnel", "proxyProtocol", "retryBudget")


@check
def problems(manifest: Object, namespace: str) -> Problems:
    """Yield what is wrong with a DestinationRule whose schema is right."""
    spec: Object = manifest.get("spec") or {}
    path: Path = ("spec",)
    yield from _host(spec, path)
    yield from _traffic_policy(spec, path, namespace)
    yield from _subsets(spec, path, namespace)
    selected = spec.get("workloadSelector") is not None
    yield from names.exported_to(spec, namespace, path, is_service_entry=False, has_selector=selected)
    yield from label_selector(spec, "workloadSelector", "matchLabels", path, "")


@check
def _host(spec: Object, path: Path) -> Problems:
    if fault := names.wildcard_domain_fault(spec.get("host") or ""):
        yield Problem((*path, "host"), fault)


@check
def _subsets(spec: Object, path: Path, namespace: str) -> Problems:
    seen: set[str] = set()
    for subset, place in each(spec, "subsets", path):
        # istiod drops the warnings of a subset's policy, and those of a port's below.
        yield from (problem for problem in _traffic_policy(subset, place, namespace) if not problem.is_warning)
        yield from names.labels(subset, "labels", place)
        yield from _subset_name(subset, place, seen)


@check
def _subset_name(subset: Object, path: Path, seen: set[str]) -> Problems:
    name = subset.get("name") or ""
    if name in seen:
        yield Problem((*path, "name"), f"another subset is named {show(name)}")
    elif fault := names.label_fault(name, "name of a subset"):
        yield Problem((*path, "name"), fault)
    seen.add(name)


@check
def _traffic_policy(parent: Object, path: Path, namespace: str) -> Problems:
    policy = parent.get("trafficPolicy")
    if policy is None:
        return
    path = (*path, "trafficPolicy")
    if all(policy.get(name) in (None, []) for name in _PARTS):
        yield Problem(path, f"a traffic policy needs one of {', '.join(_PARTS)}")
        return
    if policy.get("tunnel") is not None and policy.get("proxyProtocol") is not None:
        yield Problem(path, "a traffic policy has tunnel or proxyProtocol, not both")
    yield from _parts(policy, path, namespace)
    for settings, place in each(policy, "portLevelSettings", path):
        if settings.get("port") is None:
            yield Problem((*place, "port"), "port is missing, and it is required")
        if all(settings.get(name) is None for name in _PORT_PARTS):
            yield Problem(place, f"settings of a port need one of {', '.join(_PORT_PARTS)}")
        yield from _parts(settings, place, namespace, is_port=True)
    yield from _tunnel(policy, path)
    yield from durations.readable(policy.get("retryBudget") or {}, "budgetInterval", (*path, "retryBudget"))


@check
def _parts(policy: Object, path: Path, namespace: str, is_port: bool = False) -> Problems:
    """What a port's settings have in common with a whole policy."""
    yield from _outlier_detection(policy, path, is_port)
    yield from connection_pool(policy, "connectionPool", path)
    for problem in _load_balancer(policy, path):
        if not (is_port and problem.is_warning):
            yield problem
    yield from _tls(policy, path, namespace)


@check
def _tunnel(policy: Object, path: Path) -> Problems:
    tunnel = policy.get("tunnel")
    if tunnel is None:
        return
    path = (*path, "tunnel")
    if tunnel.get("protocol") not in (None, "", "CONNECT", "POST"):
        yield Problem((*path, "protocol"), f"{show(tunnel['protocol'])} is not CONNECT or POST")
    host = tunnel.get("targetHost") or ""
    if names.domain_fault(host) and not names.is_address(host):
        yield Problem((*path, "targetHost"), f"{show(host)} is neither a host nor an IP address")
    if fault := names.port_fault(tunnel.get("targetPort") or 0):
        yield Problem((*path, "targetPort"), fault)


@check
def _outlier_detection(policy: Object, path: Path, is_port: bool) -> Problems:
    outlier = policy.get("outlierDetection")
    if outlier is None:
        return
    path = (*path, "outlierDetection")
    yield from durations.duration(outlier, "baseEjectionTime", path)
    yield from durations.duration(outlier, "interval", path)
    for name in ("maxEjectionPercent", "minHealthPercent"):
        yield from _percent(outlier, name, path)
    if outlier.get("consecutiveErrors") and not is_port:
        instead = "consecutiveGatewayErrors or consecutive5xxErrors"
        yield warning((*path, "consecutiveErrors"), f"consecutiveErrors is deprecated; use {instead}")
    if (outlier.get("consecutiveLocalOriginFailures") or 0) > 0 and not outlier.get("splitExternalLocalOriginErrors"):
        yield Problem((*path, "consecutiveLocalOriginFailures"), "it needs splitExternalLocalOriginErrors to be true")


@check
def _percent(parent: Object, name: str, path: Path) -> Problems:
    if not 0 <= (parent.get(name) or 0) <= 100:
        yield Problem((*path, name), f"{show(parent[name])} is not a percentage from 0 to 100")


@check
def _load_balancer(policy: Object, path: Path) -> Problems:
    balancer = policy.get("loadBalancer")
    if balancer is None:
        return
    path = (*path, "loadBalancer")
    yield from _consistent_hash(balancer, path)
    yield from _localities(balancer, path)
    yield from _priorities(policy, path)
    yield from _failover(balancer, path)
    if balancer.get("localityLbSetting") is not None and balancer.get("zoneAwareLbSetting") is not None:
        yield Problem(path, "a load balancer has localityLbSetting or zoneAwareLbSetting, not both")
    yield from durations.readable(balancer, "warmupDurationSecs", path)
    yield from _warmup(balancer, path)


@check
def _warmup(balancer: Object, path: Path) -> Problems:
    warmup = balancer.get("warmup")
    if warmup is None:
        return
    path = (*path, "warmup")
    yield from durations.duration(warmup, "duration", path)
    if warmup.get("aggression") is not None and warmup["aggression"] <= 0:
        yield Problem((*path, "aggression"), f"{show(warmup['aggression'])} is not more than 0")


@check
def _consistent_hash(balancer: Object, path: Path) -> Problems:
    hashing = balancer.get("consistentHash")
    if hashing is None:
        return
    path = (*path, "consistentHash")
    yield from _cookie(hashing, path)
    yield from _maglev(hashing, path)
    if hashing.get("minimumRingSize"):
        yield warning((*path, "minimumRingSize"), "minimumRingSize is deprecated; use ringHash")
        for name in ("maglev", "ringHash"):
            if hashing.get(name) is not None:
                yield Problem((*path, name), f"minimumRingSize and {name} are set together; leave minimumRingSize out")


@check
def _cookie(hashing: Object, path: Path) -> Problems:
    cookie = hashing.get("httpCookie")
    if cookie is None:
        return
    path = (*path, "httpCookie")
    yield from durations.readable(cookie, "ttl", path)
    seen: set[str] = set()
    for attribute, place in each(cookie, "attributes", path):
        name = attribute.get("name")
        if not name:
            yield Problem((*place, "name"), "the name of an attribute must not be empty")
        elif name in seen:
            yield Problem((*place, "name"), f"another attribute is named {show(name)}")
        seen.add(name or "")
    if not cookie.get("name"):
        yield Problem((*path, "name"), "the name of a cookie must not be empty")


@check
def _maglev(hashing: Object, path: Path) -> Problems:
    maglev = hashing.get("maglev")
    if maglev is None:
        return
    size = int(maglev.get("tableSize") or 0)
    if not 0 < size < _MAGLEV_LIMIT or not _is_prime(size):
        place = (*path, "maglev", "tableSize")
        yield Problem(place, f"{show(size)} is not a size of a table: a prime less than {_MAGLEV_LIMIT}")


def _is_prime(number: int) -> bool:
    """As Envoy has it, to whom 1 is a prime too."""
    if 0 < number < 4:
        return True
    return number % 2 == 1 and all(number % factor for factor in range(3, math.isqrt(number) + 1, 2))


@check
def _localities(balancer: Object, path: Path) -> Problems:
    setting = balancer.get("localityLbSetting")
    if setting is None:
        return
    path = (*path, "localityLbSetting")
    if setting.get("distribute") and setting.get("failover"):
        yield Problem(path, "a locality setting has distribute or failover, not both")
    yield from _distribution(setting, path)


@check
def _distribution(setting: Object, path: Path) -> Problems:
    sources: list[str] = []
    for distribution, place in each(setting, "distribute", path):
        targets = dict(distribution.get("to") or {})
        for locality, weight in targets.items():
            if not 1 <= weight <= 100:
                yield Problem((*place, "to", locality), f"{show(weight)} is not a weight from 1 to 100")
        if sum(targets.values()) != 100:
            yield Problem((*place, "to"), f"the weights add up to {show(sum(targets.values()))}, not to 100")
        # istiod goes through these by chance; those with a star first is when it finds most.
        if fault := _overlap(sorted(targets, key=lambda locality: not locality.endswith("*"))):
            yield Problem((*place, "to"), fault)
        sources.append(distribution.get("from") or "")
    if fault := _overlap(sources):
        yield Problem((*path, "distribute"), fault)


def _overlap(localities: list[str]) -> str | None:
    """Say what is wrong with localities that have to stand apart: REGION[/ZONE[/SUBZONE]], ending in * or not."""
    seen: list[list[str]] = []
    for locality in localities:
        if "*" in locality[:-1]:
            return f"{show(locality)}: a locality may have one * only, at its end"
        parts = locality.split("/", 2)
        if "" in parts:
            return f"{show(locality)} has an empty region, zone or subzone"
        for other in seen:
            # A locality holds all that it is the beginning of. What ends in a star and comes after what it would hold,
            # istiod lets pass.
            whole = other[:-1] if other[-1] == "*" else other
            if parts[: len(whole)] == whole or other[: len(parts)] == parts:
                return f"{show(locality)} overlaps with {show('/'.join(other))}"
        seen.append(parts)
    return None


@check
def _priorities(policy: Object, path: Path) -> Problems:
    balancer = policy["loadBalancer"]
    for name in ("localityLbSetting", "zoneAwareLbSetting"):
        setting = balancer.get(name)
        if setting is None:
            continue
        for label, place in each(setting, "failoverPriority", (*path, name)):
            if label in _TOPOLOGY and (name == "zoneAwareLbSetting" or setting.get("failover")):
                why = "with failover" if name == "localityLbSetting" else "here, where zones are handled anyway"
                yield Problem(place, f"{show(label)} cannot be a priority {why}")
        fails_over = setting.get("failover") or setting.get("failoverPriority")
        if fails_over and policy.get("outlierDetection") is None:
            yield warning((*path, name), "failover does nothing without outlierDetection")


@check
def _failover(balancer: Object, path: Path) -> Problems:
    for name in ("localityLbSetting", "zoneAwareLbSetting"):
        for failover, place in each(balancer.get(name) or {}, "failover", (*path, name)):
            yield from _regions(failover, place)


@check
def _regions(failover: Object, path: Path) -> Problems:
    regions = {name: failover.get(name) or "" for name in ("from", "to")}
    if regions["from"] == regions["to"]:
        yield Problem(path, f"failover from {show(regions['from'])} to itself")
    for name, region in regions.items():
        if "/" in region or "*" in region:
            yield Problem((*path, name), f"{show(region)} is not the name of a region, without / and *")


@check
def _tls(policy: Object, path: Path, namespace: str) -> Problems:
    tls = policy.get("tls")
    if tls is None:
        return
    path = (*path, "tls")
    mode = tls.get("mode") or "DISABLE"
    yield from _config_map(tls, path, namespace)
    yield from _unverified(tls, path, mode)
    credential = tls.get("credentialName") or ""
    if credential and mode in ("SIMPLE", "MUTUAL"):
        for name in ("clientCertificate", "caCertificates", "privateKey", "caCrl"):
            if tls.get(name):
                yield Problem((*path, name), f"{name} is set beside credentialName, which brings its own")
    elif mode == "MUTUAL":
        for name in ("clientCertificate", "privateKey"):
            if not tls.get(name):
                yield Problem((*path, name), f"mode MUTUAL needs {name}, or credentialName")


@check
def _config_map(tls: Object, path: Path, namespace: str) -> Problems:
    credential = tls.get("credentialName") or ""
    if credential.startswith(_CONFIG_MAP):
        owner, _, name = credential.removeprefix(_CONFIG_MAP).partition("/")
        if not name.split("/")[0] or owner != namespace:
            place = (*path, "credentialName")
            yield Problem(
                place, f"{show(credential)} is not {_CONFIG_MAP}{namespace}/NAME, of the rule's own namespace"
            )


@check
def _unverified(tls: Object, path: Path, mode: str) -> Problems:
    if not tls.get("insecureSkipVerify"):
        return
    unused = {
        "SIMPLE": ("caCertificates", "credentialName", "subjectAltNames"),
        "MUTUAL": ("caCertificates", "subjectAltNames"),
    }
    for name in unused.get(mode, ()):
        if tls.get(name):
            yield Problem((*path, name), f"{name} is for verification, which insecureSkipVerify turns off")
