"""Apps for traffic: versions of a server that answer with a status of their own, and a client in the mesh."""

from __future__ import annotations

from typing import Any

from .kubectl import Kubectl, Manifest, namespace

NAMESPACE = "traffic"
IMAGE = "docker.io/local/fortio:1"
V1, V2 = 200, 201
"""With what status the versions answer, so that fortio's count of statuses is one of versions."""


def deployment(
    name: str,
    labels: dict[str, str],
    *,
    where: str = NAMESPACE,
    status: int = 200,
    replicas: int = 1,
    probe: dict[str, Any] | None = None,
    annotations: dict[str, str] | None = None,
) -> Manifest:
    """Return a Deployment of fortio's server.

    :param status: how it answers where a request asks for nothing else
    :param probe: readiness and liveness probe
    """
    probe = {"httpGet": {"path": "/fortio/", "port": 8080}, "periodSeconds": 1} if probe is None else probe
    container = {
        "name": "app",
        "image": IMAGE,
        "imagePullPolicy": "Never",
        "args": ["server", "-echo-server-default-params", f"status={status}"],
        "ports": [{"containerPort": 8080}],
        "readinessProbe": probe,
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": where},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels, "annotations": annotations or {}},
                "spec": {
                    "serviceAccountName": labels["app"],
                    "containers": [container],
                    "terminationGracePeriodSeconds": 1,
                },
            },
        },
    }


def account(name: str, where: str = NAMESPACE) -> Manifest:
    """Return a ServiceAccount."""
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": where}}


def service(name: str, where: str = NAMESPACE) -> Manifest:
    """Return a Service: HTTP on 8080, and on 9000 the same as mere TCP."""
    ports = [
        {"name": "http", "port": 8080},
        {"name": "tcp-raw", "port": 9000, "targetPort": 8080},
    ]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": where},
        "spec": {"selector": {"app": name}, "ports": ports},
    }


def versions(status_of_v2: int = V2) -> list[Manifest]:
    """Return a server in two versions and a client, in a namespace with sidecars."""
    return [
        namespace(NAMESPACE, **{"istio-injection": "enabled"}),
        account("server"),
        account("client"),
        service("server"),
        deployment("server-v1", {"app": "server", "version": "v1"}, status=V1),
        deployment("server-v2", {"app": "server", "version": "v2"}, status=status_of_v2),
        deployment("client", {"app": "client", "version": "v1"}),
    ]


def rolled_out(kubectl: Kubectl, *names: str, where: str = NAMESPACE) -> None:
    """Wait until Deployments are complete."""
    for name in names:
        kubectl.rolled_out(where, name)
