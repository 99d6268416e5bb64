"""Which objects a reviewer wants to see first."""

from __future__ import annotations

from collections.abc import Mapping

RANKS: Mapping[str, int] = {
    # who may talk to whom, and how it is protected
    "PeerAuthentication": 0,
    "AuthorizationPolicy": 0,
    "RequestAuthentication": 0,
    "Namespace": 0,
    # where requests go
    "VirtualService": 1,
    "DestinationRule": 1,
    "Gateway": 1,
    "HTTPRoute": 1,
    "GRPCRoute": 1,
    "TCPRoute": 1,
    "TLSRoute": 1,
    "ServiceEntry": 1,
    "Sidecar": 1,
    "EnvoyFilter": 1,
    "Service": 2,
    # what runs
    "Deployment": 3,
    "DaemonSet": 3,
    "StatefulSet": 3,
    "Secret": 3,
    "HorizontalPodAutoscaler": 4,
    "PodDisruptionBudget": 4,
    "MutatingWebhookConfiguration": 5,
    "ValidatingWebhookConfiguration": 5,
    "ConfigMap": 6,
    "ServiceAccount": 7,
    "ClusterRole": 7,
    "ClusterRoleBinding": 7,
    "Role": 7,
    "RoleBinding": 7,
    "CustomResourceDefinition": 9,
}
"""Rank of a kind; the lower, the sooner."""

OTHERS = 2
"""Rank of kinds that are not listed: custom resources, mostly."""


def rank(kind: str) -> int:
    """Return how soon a kind's objects are wanted, 0 first."""
    return RANKS.get(kind, OTHERS)
