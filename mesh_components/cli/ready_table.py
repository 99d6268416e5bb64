"""What is running: the table that `mesh up` ends with, read from the cluster."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

from kubernetes import client
from rich.table import Table


@dataclass(frozen=True)
class Running:
    """One Deployment of the mesh, as the API server reports it now."""

    namespace: str
    name: str
    kind: str
    version: str
    ready: int
    wanted: int
    address: str

    @property
    def is_ready(self) -> bool:
        """Whether every wanted replica is ready."""
        return self.wanted > 0 and self.ready >= self.wanted

    def as_dict(self) -> dict[str, Any]:
        """Return the row for `--output json`."""
        return asdict(self) | {"isReady": self.is_ready}


MESH_SELECTOR = "istio"
"""Label key that istiod and the gateways carry, with `pilot`/`istiod`, `ingressgateway` or `egressgateway` as value."""


ADDON = "addon"
"""Kind of what a stack declares besides."""


def running(api: client.ApiClient, addons: Collection[tuple[str, str]] = ()) -> list[Running]:
    """Return the mesh's Deployments in all namespaces, control plane first, addons last.

    :param addons: namespaces and names of Deployments that are the mesh's, though they do not say so
    :raises kubernetes.client.ApiException: when the cluster cannot be read
    """
    core, apps = client.CoreV1Api(api), client.AppsV1Api(api)
    services = core.list_service_for_all_namespaces(label_selector=MESH_SELECTOR).items
    deployments = apps.list_deployment_for_all_namespaces(label_selector=MESH_SELECTOR).items
    labelled = {(item.metadata.namespace, item.metadata.name) for item in deployments}
    for namespace, name in sorted(set(addons) - labelled):
        called = f"metadata.name={name}"
        services += core.list_namespaced_service(namespace, field_selector=called).items
        deployments += apps.list_namespaced_deployment(namespace, field_selector=called).items
    addresses = {(item.metadata.namespace, item.metadata.name): _address(item) for item in services}
    rows = [
        Running(
            namespace=item.metadata.namespace,
            name=item.metadata.name,
            kind=(item.metadata.labels or {}).get(MESH_SELECTOR, ADDON),
            version=item.spec.template.spec.containers[0].image.rpartition(":")[2],
            ready=item.status.ready_replicas or 0,
            wanted=item.spec.replicas,
            address=addresses.get((item.metadata.namespace, item.metadata.name), ""),
        )
        for item in deployments
    ]
    order = {"pilot": 0, "istiod": 0, ADDON: 2}
    return sorted(rows, key=lambda row: (order.get(row.kind, 1), row.namespace, row.name))


def _address(service: client.V1Service) -> str:
    """Return where a Service is reached: its load balancer's address, else its type and cluster address."""
    for ingress in (service.status.load_balancer and service.status.load_balancer.ingress) or []:
        return str(ingress.ip or ingress.hostname)
    return f"{service.spec.cluster_ip} (in the cluster)"


def table(rows: list[Running]) -> Table:
    """Draw the rows."""
    drawn = Table("NAMESPACE", "NAME", "KIND", "VERSION", "READY", "ADDRESS", box=None, pad_edge=False)
    for row in rows:
        colour = "green" if row.is_ready else "red"
        drawn.add_row(
            row.namespace, row.name, row.kind, row.version, f"[{colour}]{row.ready}/{row.wanted}[/]", row.address
        )
    return drawn
