"""Objects to analyze: as many as wanted, of the kinds that istioctl reads from files, valid and without findings."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, islice
from typing import Any

import yaml

NAMESPACES = 50
"""How many namespaces the objects are spread over."""


def text(number: int) -> str:
    """Return a YAML text of that many objects."""
    return yaml.dump_all(islice(objects(), number), Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper))


def objects() -> Iterator[dict[str, Any]]:
    """Return objects without end: for each service a route, a rule, a policy and an external host."""
    for number in count():
        name, namespace = f"service-{number}", f"namespace-{number % NAMESPACES}"
        host = f"{name}.{namespace}.svc.cluster.local"
        yield _object("networking.istio.io", "VirtualService", name, namespace, _routes(host))
        yield _object("networking.istio.io", "DestinationRule", name, namespace, _traffic(host))
        yield _object("security.istio.io", "AuthorizationPolicy", name, namespace, _allowed(name, namespace))
        yield _object("networking.istio.io", "ServiceEntry", name, namespace, _external(number))


def _object(group: str, kind: str, name: str, namespace: str, spec: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace, "labels": {"app": name}}
    return {"apiVersion": f"{group}/v1", "kind": kind, "metadata": metadata, "spec": spec}


def _routes(host: str) -> dict[str, Any]:
    def to(subset: str, weight: int) -> dict[str, Any]:
        return {"destination": {"host": host, "subset": subset, "port": {"number": 8080}}, "weight": weight}

    match = {"headers": {"x-user": {"exact": "jason"}}, "uri": {"prefix": "/api"}}
    retries = {"attempts": 3, "perTryTimeout": "2s"}
    route = {"match": [match], "route": [to("v1", 80), to("v2", 20)], "timeout": "5s", "retries": retries}
    return {"hosts": [host], "http": [route]}


def _traffic(host: str) -> dict[str, Any]:
    policy = {
        "connectionPool": {"tcp": {"maxConnections": 100}},
        "outlierDetection": {"consecutive5xxErrors": 5, "interval": "10s"},
    }
    subsets = [{"name": version, "labels": {"version": version}} for version in ("v1", "v2")]
    return {"host": host, "trafficPolicy": policy, "subsets": subsets}


def _allowed(name: str, namespace: str) -> dict[str, Any]:
    source = {"principals": [f"cluster.local/ns/{namespace}/sa/client"]}
    operation = {"methods": ["GET", "POST"], "paths": ["/api/*"]}
    rule = {"from": [{"source": source}], "to": [{"operation": operation}]}
    return {"selector": {"matchLabels": {"app": name}}, "action": "ALLOW", "rules": [rule]}


def _external(number: int) -> dict[str, Any]:
    port = {"number": 443, "name": "tls", "protocol": "TLS"}
    host = f"external-{number}.example.com"
    return {"hosts": [host], "ports": [port], "location": "MESH_EXTERNAL", "resolution": "DNS"}
