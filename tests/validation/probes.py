"""Objects that are right but for one text, which is each of a pool in turn, so that no odd text is missed by chance."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from . import corpus
from .corpus import DURATIONS, HOSTS, NUMBERS, REGEXPS, WORDS, Object

_ROUTE = {"route": [{"destination": {"host": "a"}}]}
_PORT = {"number": 80, "name": "a", "protocol": "HTTP"}
_TEXTS = (*WORDS, *HOSTS)

PLACES: tuple[tuple[str, str, Any, tuple[Any, ...]], ...] = (
    ("networking.istio.io/v1", "VirtualService", lambda x: {"hosts": [x], "http": [_ROUTE]}, _TEXTS),
    (
        "networking.istio.io/v1",
        "VirtualService",
        lambda x: {"hosts": [x, "*.com"], "gateways": ["g"], "http": [_ROUTE]},
        _TEXTS,
    ),
    ("networking.istio.io/v1", "VirtualService", lambda x: {"hosts": ["a"], "gateways": [x], "http": [_ROUTE]}, _TEXTS),
    ("networking.istio.io/v1", "VirtualService", lambda x: {"hosts": ["a"], "exportTo": [x], "http": [_ROUTE]}, _TEXTS),
    (
        "networking.istio.io/v1",
        "VirtualService",
        lambda x: {"hosts": ["a"], "exportTo": [".", x], "http": [_ROUTE]},
        _TEXTS,
    ),
    ("networking.istio.io/v1", "VirtualService", lambda x: _http(match=[{"uri": {"regex": x}}]), (*REGEXPS, *WORDS)),
    (
        "networking.istio.io/v1",
        "VirtualService",
        lambda x: _http(match=[{"withoutHeaders": {"a": {"regex": x}}}]),
        REGEXPS,
    ),
    ("networking.istio.io/v1", "VirtualService", lambda x: _http(match=[{"headers": {x: {"prefix": "a"}}}]), _TEXTS),
    ("networking.istio.io/v1", "VirtualService", lambda x: _http(match=[{"headers": {"a": {"prefix": x}}}]), WORDS),
    ("networking.istio.io/v1", "VirtualService", lambda x: _http(match=[{"sourceLabels": {x: "a"}}]), _TEXTS),
    ("networking.istio.io/v1", "VirtualService", lambda x: _http(match=[{"sourceLabels": {"a": x}}]), _TEXTS),
    ("networking.istio.io/v1", "VirtualService", lambda x: _http(match=[{"port": x}]), NUMBERS),
    ("networking.istio.io/v1", "VirtualService", lambda x: _http(headers={"request": {"set": {x: "a"}}}), WORDS),
    ("networking.istio.io/v1", "VirtualService", lambda x: _http(headers={"response": {"add": {"a": x}}}), WORDS),
    ("networking.istio.io/v1", "VirtualService", lambda x: _http(headers={"response": {"remove": [x]}}), WORDS),
    ("networking.istio.io/v1", "VirtualService", lambda x: _http(timeout=x), DURATIONS),
    ("networking.istio.io/v1", "VirtualService", lambda x: _http(corsPolicy={"maxAge": x}), DURATIONS),
    ("networking.istio.io/v1", "VirtualService", lambda x: _http(corsPolicy={"allowMethods": [x]}), WORDS),
    ("networking.istio.io/v1", "VirtualService", lambda x: _http(retries={"attempts": 1, "retryOn": x}), WORDS),
    ("networking.istio.io/v1", "VirtualService", lambda x: _http(fault={"abort": {"grpcStatus": x}}), WORDS),
    ("networking.istio.io/v1", "VirtualService", lambda x: _http(fault={"abort": {"httpStatus": x}}), NUMBERS),
    (
        "networking.istio.io/v1",
        "VirtualService",
        lambda x: _http(fault={"delay": {"percentage": {"value": x}}}),
        NUMBERS,
    ),
    (
        "networking.istio.io/v1",
        "VirtualService",
        lambda x: _http(rewrite={"uriRegexRewrite": {"match": x, "rewrite": "a"}}),
        REGEXPS,
    ),
    ("networking.istio.io/v1", "VirtualService", lambda x: _http(route=[{"destination": {"host": x}}]), _TEXTS),
    (
        "networking.istio.io/v1",
        "VirtualService",
        lambda x: _http(route=[{"destination": {"host": "a", "subset": x}}]),
        WORDS,
    ),
    (
        "networking.istio.io/v1",
        "VirtualService",
        lambda x: {"hosts": ["http"], "http": [{"redirect": {"redirectCode": x, "uri": "/"}}]},
        NUMBERS,
    ),
    (
        "networking.istio.io/v1",
        "VirtualService",
        lambda x: {"hosts": ["a"], "http": [{"directResponse": {"status": 200, "body": {"bytes": x}}}]},
        WORDS,
    ),
    (
        "networking.istio.io/v1",
        "VirtualService",
        lambda x: {"hosts": ["*.com"], "gateways": ["g"], "tls": [{"match": [{"sniHosts": [x]}], **_ROUTE}]},
        _TEXTS,
    ),
    (
        "networking.istio.io/v1",
        "VirtualService",
        lambda x: {"hosts": ["a"], "tcp": [{"match": [{"destinationSubnets": [x]}], **_ROUTE}]},
        _TEXTS,
    ),
    ("networking.istio.io/v1", "DestinationRule", lambda x: {"host": x}, _TEXTS),
    ("networking.istio.io/v1", "DestinationRule", lambda x: _policy(outlierDetection={"interval": x}), DURATIONS),
    (
        "networking.istio.io/v1",
        "DestinationRule",
        lambda x: _policy(connectionPool={"tcp": {"idleTimeout": x}}),
        DURATIONS,
    ),
    (
        "networking.istio.io/v1",
        "DestinationRule",
        lambda x: _policy(loadBalancer={"consistentHash": {"httpCookie": {"name": "a", "ttl": x}}}),
        DURATIONS,
    ),
    (
        "networking.istio.io/v1",
        "DestinationRule",
        lambda x: _policy(loadBalancer={"consistentHash": {"useSourceIp": True, "maglev": {"tableSize": x}}}),
        (*NUMBERS, 3, 9, 65537, 65539),
    ),
    (
        "networking.istio.io/v1",
        "DestinationRule",
        lambda x: _policy(
            loadBalancer={"localityLbSetting": {"distribute": [{"from": "r/z/s", "to": {"r": 1, x: 99}}]}}
        ),
        WORDS,
    ),
    (
        "networking.istio.io/v1",
        "DestinationRule",
        lambda x: _policy(
            loadBalancer={
                "localityLbSetting": {
                    "distribute": [{"from": x, "to": {"r": 100}}, {"from": "region/zone/a", "to": {"r": 100}}]
                }
            }
        ),
        WORDS,
    ),
    (
        "networking.istio.io/v1",
        "DestinationRule",
        lambda x: _policy(loadBalancer={"localityLbSetting": {"failover": [{"from": "r", "to": x}]}}),
        WORDS,
    ),
    (
        "networking.istio.io/v1",
        "DestinationRule",
        lambda x: _policy(loadBalancer={"localityLbSetting": {"failoverPriority": [x]}}),
        WORDS,
    ),
    (
        "networking.istio.io/v1",
        "DestinationRule",
        lambda x: _policy(tls={"mode": "SIMPLE", "credentialName": x}),
        WORDS,
    ),
    (
        "networking.istio.io/v1",
        "DestinationRule",
        lambda x: _policy(tunnel={"targetHost": x, "targetPort": 80}),
        _TEXTS,
    ),
    ("networking.istio.io/v1", "DestinationRule", lambda x: {"host": "a", "subsets": [{"name": x}]}, _TEXTS),
    (
        "networking.istio.io/v1",
        "DestinationRule",
        lambda x: {"host": "a", "exportTo": [x], "workloadSelector": {"matchLabels": {"a": "b"}}},
        _TEXTS,
    ),
    ("networking.istio.io/v1", "Gateway", lambda x: {"servers": [{"hosts": [x], "port": _PORT}]}, _TEXTS),
    (
        "networking.istio.io/v1",
        "Gateway",
        lambda x: {"servers": [{"hosts": ["*"], "port": {**_PORT, "protocol": x}}]},
        WORDS,
    ),
    (
        "networking.istio.io/v1",
        "Gateway",
        lambda x: {"servers": [{"hosts": ["*"], "bind": x, "port": {**_PORT, "number": 0}}]},
        _TEXTS,
    ),
    ("networking.istio.io/v1", "Gateway", lambda x: {"servers": [{"hosts": ["*"], "bind": x, "port": _PORT}]}, _TEXTS),
    (
        "networking.istio.io/v1",
        "Gateway",
        lambda x: {
            "servers": [
                {"hosts": ["*"], "port": {**_PORT, "protocol": "TLS"}, "tls": {"cipherSuites": [x, "AES128-SHA"]}}
            ]
        },
        WORDS,
    ),
    ("networking.istio.io/v1", "ServiceEntry", lambda x: {"hosts": [x]}, _TEXTS),
    (
        "networking.istio.io/v1",
        "ServiceEntry",
        lambda x: {"hosts": [x], "resolution": "DYNAMIC_DNS", "ports": [_PORT]},
        _TEXTS,
    ),
    ("networking.istio.io/v1", "ServiceEntry", lambda x: {"hosts": [x], "resolution": "DNS", "ports": [_PORT]}, _TEXTS),
    ("networking.istio.io/v1", "ServiceEntry", lambda x: {"hosts": ["a.com"], "addresses": [x]}, _TEXTS),
    (
        "networking.istio.io/v1",
        "ServiceEntry",
        lambda x: {"hosts": ["a.com"], "resolution": "STATIC", "ports": [_PORT], "endpoints": [{"address": x}]},
        _TEXTS,
    ),
    (
        "networking.istio.io/v1",
        "ServiceEntry",
        lambda x: {"hosts": ["a.com"], "resolution": "DNS", "ports": [_PORT], "endpoints": [{"address": x}]},
        _TEXTS,
    ),
    ("networking.istio.io/v1", "ServiceEntry", lambda x: {"hosts": ["a.com"], "exportTo": [x]}, _TEXTS),
    ("networking.istio.io/v1", "Sidecar", lambda x: {"egress": [{"hosts": [x]}]}, _TEXTS),
    ("networking.istio.io/v1", "Sidecar", lambda x: {"egress": [{"hosts": ["*/*", x]}]}, _TEXTS),
    ("networking.istio.io/v1", "Sidecar", lambda x: {"ingress": [{"port": _PORT, "defaultEndpoint": x}]}, _TEXTS),
    (
        "networking.istio.io/v1",
        "Sidecar",
        lambda x: {"outboundTrafficPolicy": {"mode": "ALLOW_ANY", "egressProxy": {"host": x, "port": {"number": 80}}}},
        _TEXTS,
    ),
    ("networking.istio.io/v1", "WorkloadEntry", lambda x: {"address": x}, _TEXTS),
    ("networking.istio.io/v1", "WorkloadEntry", lambda x: {"address": "1.1.1.1", "ports": {x: 80}}, _TEXTS),
    (
        "networking.istio.io/v1",
        "WorkloadGroup",
        lambda x: {"template": {}, "probe": {"httpGet": {"port": 80, "httpHeaders": [{"name": x, "value": "a"}]}}},
        WORDS,
    ),
    (
        "networking.istio.io/v1alpha3",
        "EnvoyFilter",
        lambda x: {
            "configPatches": [
                {"applyTo": "CLUSTER", "match": {"proxy": {"proxyVersion": x}}, "patch": {"operation": "REMOVE"}}
            ]
        },
        REGEXPS,
    ),
    (
        "security.istio.io/v1",
        "AuthorizationPolicy",
        lambda x: {"rules": [{"to": [{"operation": {"paths": [x]}}]}]},
        WORDS,
    ),
    (
        "security.istio.io/v1",
        "AuthorizationPolicy",
        lambda x: {"rules": [{"to": [{"operation": {"ports": [x]}}]}]},
        (*WORDS, *map(str, NUMBERS)),
    ),
    (
        "security.istio.io/v1",
        "AuthorizationPolicy",
        lambda x: {"rules": [{"from": [{"source": {"ipBlocks": [x]}}]}]},
        _TEXTS,
    ),
    (
        "security.istio.io/v1",
        "AuthorizationPolicy",
        lambda x: {"rules": [{"from": [{"source": {"serviceAccounts": [x]}}]}]},
        WORDS,
    ),
    (
        "security.istio.io/v1",
        "AuthorizationPolicy",
        lambda x: {"rules": [{"from": [{"source": {"trustDomains": [x]}}]}]},
        _TEXTS,
    ),
    (
        "security.istio.io/v1",
        "AuthorizationPolicy",
        lambda x: {"rules": [{"when": [{"key": x, "values": ["1"]}]}]},
        WORDS,
    ),
    (
        "security.istio.io/v1",
        "AuthorizationPolicy",
        lambda x: {"rules": [{"when": [{"key": "source.trustDomain", "notValues": [x]}]}]},
        WORDS,
    ),
    (
        "security.istio.io/v1",
        "AuthorizationPolicy",
        lambda x: {"targetRefs": [{"kind": x, "name": "a"}]},
        ("Service", "Gateway", "Pod"),
    ),
    ("security.istio.io/v1", "RequestAuthentication", lambda x: {"jwtRules": [{"issuer": "a", "jwksUri": x}]}, _TEXTS),
    ("security.istio.io/v1", "RequestAuthentication", lambda x: {"jwtRules": [{"issuer": "a", "jwks": x}]}, WORDS),
    (
        "security.istio.io/v1",
        "RequestAuthentication",
        lambda x: {"jwtRules": [{"issuer": "a", "outputClaimToHeaders": [{"claim": "a", "header": x}]}]},
        WORDS,
    ),
    (
        "security.istio.io/v1",
        "RequestAuthentication",
        lambda x: {"jwtRules": [{"issuer": "a", "timeout": x}]},
        DURATIONS,
    ),
    (
        "security.istio.io/v1",
        "PeerAuthentication",
        lambda x: {"selector": {"matchLabels": {"a": "b"}}, "portLevelMtls": {x: {"mode": "STRICT"}}},
        WORDS,
    ),
    ("security.istio.io/v1", "PeerAuthentication", lambda x: {"selector": {"matchLabels": {x: "b"}}}, WORDS),
    ("telemetry.istio.io/v1", "Telemetry", lambda x: {"accessLogging": [{"filter": {"expression": x}}]}, WORDS),
    ("telemetry.istio.io/v1", "Telemetry", lambda x: {"metrics": [{"reportingInterval": x}]}, DURATIONS),
    ("extensions.istio.io/v1alpha1", "WasmPlugin", lambda x: {"url": x}, _TEXTS),
    ("extensions.istio.io/v1alpha1", "WasmPlugin", lambda x: {"url": "a", "sha256": x}, WORDS),
)
"""API version, kind, what makes the specification of a text or number, and those to try."""


_LARGE: tuple[tuple[str, Object], ...] = (
    *(
        (
            "VirtualService",
            {"hosts": ["a"], "http": [{"directResponse": {"status": 200, "body": {"string": "x" * size}}}]},
        )
        for size in (100 * 1024, 100 * 1024 + 1, 1024 * 1024 + 1)
    ),
    *(("TrafficExtension", {"lua": {"inlineCode": "x" * size}}) for size in (65536, 65537)),
)
"""Objects of which the size is what counts."""


def _http(**route: Any) -> Object:
    return {"hosts": ["a"], "http": [{**_ROUTE, **route}]}


def _policy(**policy: Any) -> Object:
    return {"host": "a", "trafficPolicy": policy}


def probes() -> Iterator[Object]:
    """The objects."""
    newest = {kind: version for version, kind in reversed(corpus.definitions())}
    extra: dict[str, list[Object]] = yaml.safe_load((Path(__file__).parent / "extra.yaml").read_text())
    for kind, specs in extra.items():
        for spec in specs:
            yield _object(newest[kind], kind, spec)
    for kind, spec in _LARGE:
        yield _object(newest[kind], kind, spec)
    entry = {"hosts": ["*.b"], "resolution": "DYNAMIC_DNS", "location": "MESH_INTERNAL"}
    for label, value in (("istio.io/use-waypoint", "a"), ("istio.io/use-waypoint", "None"), ("a", "b")):
        item = _object("networking.istio.io/v1", "ServiceEntry", {**entry, "ports": [_PORT]})
        yield {**item, "metadata": {**item["metadata"], "labels": {label: value}}}
    for value in ("true", "T", "yes", ""):
        for action in ("ALLOW", "AUDIT"):
            item = _object("security.istio.io/v1", "AuthorizationPolicy", {"action": action})
            yield {**item, "metadata": {**item["metadata"], "annotations": {"istio.io/dry-run": value}}}
    for version, kind, made_of, values in PLACES:
        for value in values:
            yield _object(version, kind, made_of(value))


def _object(version: str, kind: str, spec: Object) -> Object:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "x", "namespace": "default"}, "spec": spec}
