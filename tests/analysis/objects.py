"""Kubernetes and Istio objects for tests, in few words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Object = dict[str, Any]
NETWORKING, SECURITY, GATEWAYS = "networking.istio.io/v1", "security.istio.io/v1", "gateway.networking.k8s.io/v1"
VERSIONS = {
    **dict.fromkeys(("Namespace", "Pod", "Service", "ServiceAccount"), "v1"),
    **dict.fromkeys(("DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"), "apps/v1"),
    **dict.fromkeys(("GRPCRoute", "HTTPRoute", "K8sGateway"), GATEWAYS),
    **dict.fromkeys(("AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication"), SECURITY),
    "HorizontalPodAutoscaler": "autoscaling/v2",
    "PodDisruptionBudget": "policy/v1",
}
"""API versions of kinds; a kind that is not here is one of Istio's networking API."""


def make(kind: str, full_name: str, spec: Mapping[str, Any] | None = None, **metadata: Any) -> Object:
    group = VERSIONS.get(kind, NETWORKING)
    namespace, _, name = full_name.rpartition("/")
    where = {"namespace": namespace} if namespace else {}
    return {
        "apiVersion": group,
        "kind": kind.removeprefix("K8s"),
        "metadata": {"name": name, **where, **metadata},
        "spec": dict(spec or {}),
    }


def deployment(
    full_name: str, ports: Iterable[int | tuple[str, int]] = (), sidecar: bool = True, **labels: str
) -> Object:
    listed = [{"containerPort": p} if isinstance(p, int) else {"name": p[0], "containerPort": p[1]} for p in ports]
    injected = {"sidecar.istio.io/inject": "true"} if sidecar else {}
    template = {
        "metadata": {"labels": labels | injected},
        "spec": {"containers": [{"name": "app", "image": "app", "ports": listed}]},
    }
    return make("Deployment", full_name, {"selector": {"matchLabels": labels}, "template": template}, labels=labels)


def service(full_name: str, *ports: Object, **selector: str) -> Object:
    return make("Service", full_name, {"ports": list(ports) or [{"name": "http", "port": 80}], "selector": selector})


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterable[tuple[Any, ...]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index))
    else:
        yield path


def replaced(value: Any, path: tuple[Any, ...], by: Any) -> Any:
    if not path:
        return by
    first, *rest = path
    if isinstance(value, dict):
        return {key: replaced(item, tuple(rest), by) if key == first else item for key, item in value.items()}
    return [replaced(item, tuple(rest), by) if index == first else item for index, item in enumerate(value)]
