"""What the agents on each node, the CNI plugin's and ztunnel, have in common."""

from __future__ import annotations

from typing import Any

from mesh_components.settings import MeshSettings
from mesh_components.settings.nodes import ResourceQuotaSettings

from . import rbac

NODES = {"kubernetes.io/os": "linux"}
"""Labels of the nodes that they run on."""

PRIORITY = "system-node-critical"
"""Their priority class."""

SOCKET_FOLDER = "/var/run/ztunnel"
"""Folder of a node where the CNI plugin's agent tells ztunnel of pods."""
SOCKET_VOLUME = "cni-ztunnel-sock-dir"


def socket_volume() -> dict[str, Any]:
    """Return the volume with the folder in which the two agents meet; whichever comes first makes it."""
    return {"name": SOCKET_VOLUME, "hostPath": {"path": SOCKET_FOLDER, "type": "DirectoryOrCreate"}}


def openshift_rules(settings: MeshSettings) -> list[rbac.Rule]:
    """Return the right to run privileged, which OpenShift wants granted."""
    if settings.global_.platform != "openshift":
        return []
    use = rbac.rule("security.openshift.io", "securitycontextconstraints", ("use",))
    return [{**use, "resourceNames": ["privileged"]}]


def quota(described: dict[str, Any], wanted: ResourceQuotaSettings) -> dict[str, Any]:
    """Return a quota for pods of the agents' priority, with ``described`` for metadata.

    GKE admits such pods outside of kube-system only where a quota speaks of them.
    """
    return {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": described,
        "spec": {
            "hard": {"pods": str(wanted.pods)},
            "scopeSelector": {
                "matchExpressions": [{"operator": "In", "scopeName": "PriorityClass", "values": [PRIORITY]}]
            },
        },
    }
