"""The shop's workloads: plain Kubernetes objects that know nothing of a mesh."""

from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_kubernetes as kubernetes

NAMESPACE = "shop"
PORT = 8080


@dataclass(frozen=True)
class App:
    """A version of a service."""

    name: str
    version: str = "v1"
    asks: tuple[str, ...] = ()
    """Services that it asks for each request."""
    visits: str = ""
    """For one that serves nobody: the URL that it asks by itself."""
    host: str = ""
    """The host that it visits there."""
    fails: bool = False


def apps(ratings_v2_fails: bool) -> list[App]:
    """Return all that the shop is made of, and a visitor."""
    return [
        App("frontend", asks=("catalog", "cart")),
        App("catalog", asks=("ratings",)),
        App("ratings", "v1"),
        App("ratings", "v2", fails=ratings_v2_fails),
        App("cart", "v1"),
        App("cart", "v2"),
        App("visitor", visits="http://istio-ingressgateway.istio-system/", host="shop.example.com"),
    ]


def declare(listed: list[App], image: str, opts: pulumi.ResourceOptions) -> None:
    """Declare apps: one account and one Service for each name, one Deployment for each version."""
    code = kubernetes.core.v1.ConfigMap(
        "code",
        metadata={"name": "code", "namespace": NAMESPACE},
        data={"service.py": (Path(__file__).parent / "service.py").read_text(encoding="utf-8")},
        opts=opts,
    )
    for name in dict.fromkeys(app.name for app in listed):
        metadata = {"name": name, "namespace": NAMESPACE}
        kubernetes.core.v1.ServiceAccount(name, metadata=metadata, opts=opts)
        if name != "visitor":
            ports = [{"name": "http", "port": 80, "target_port": PORT}]
            kubernetes.core.v1.Service(
                name, metadata=metadata, spec={"selector": {"app": name}, "ports": ports}, opts=opts
            )
    for app in listed:
        deployment(app, image, pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[code])))


def deployment(app: App, image: str, opts: pulumi.ResourceOptions) -> None:
    """Declare one version."""
    labels = {"app": app.name, "version": app.version}
    # Visitors come from outside of the mesh.
    marked = {**labels, "sidecar.istio.io/inject": "false"} if app.visits else labels
    environment = {
        "NAME": app.name,
        "VERSION": app.version,
        "ASKS": " ".join(f"http://{name}.{NAMESPACE}/" for name in app.asks),
        "VISITS": app.visits,
        "HOST": app.host,
        "FAILS": "yes" if app.fails else "",
    }
    container = {
        "name": "app",
        "image": image,
        "command": ["python3", "/code/service.py"],
        "env": [{"name": name, "value": value} for name, value in environment.items() if value],
        "volume_mounts": [{"name": "code", "mount_path": "/code", "read_only": True}],
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}},
        "security_context": {
            "run_as_non_root": True,
            "run_as_user": 1000,
            "allow_privilege_escalation": False,
            "capabilities": {"drop": ["ALL"]},
            "seccomp_profile": {"type": "RuntimeDefault"},
        },
    }
    if not app.visits:
        container["ports"] = [{"name": "http", "container_port": PORT}]
        container["readiness_probe"] = {"http_get": {"path": "/healthz", "port": PORT}, "period_seconds": 2}
    kubernetes.apps.v1.Deployment(
        f"{app.name}-{app.version}",
        metadata={"name": f"{app.name}-{app.version}", "namespace": NAMESPACE},
        spec={
            "selector": {"match_labels": labels},
            "template": {
                "metadata": {"labels": marked},
                "spec": {
                    "service_account_name": app.name,
                    "containers": [container],
                    "volumes": [{"name": "code", "config_map": {"name": "code"}}],
                },
            },
        },
        opts=opts,
    )
