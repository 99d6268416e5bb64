"""Metrics on the node of this machine: its proxies lack Istio's stats filter, and get a stand-in from what Envoy has.

Which that is, and what it does not count, stands in `local_cluster/metrics`. No other cluster gets it.
"""

from __future__ import annotations

from local_cluster import metrics
from local_cluster.cluster import Cluster
from mesh_components.live.api import Api
from mesh_components.live.plan import Plan
from mesh_components.manifests.istio_object import root_namespace

MANAGER = "mesh-local-node"
"""Field manager under which it is applied."""


def wanted(cluster: Cluster, plan: Plan) -> bool:
    """Whether a mesh has somebody who reads metrics, and proxies that count nothing by themselves."""
    return cluster.kind == "node" and plan.settings.addons.prometheus.enabled and plan.settings.configured_here


def bring(api: Api, plan: Plan) -> None:
    """Apply what makes the mesh's proxies count.

    :raises LiveError: when the API server refuses it
    """
    for item in metrics.objects(root_namespace(plan.settings)):
        if path := api.path_of(item):
            api.apply(path, item, MANAGER)
