"""What Kubernetes gets wrong in a mesh: ports, selectors, probes and references that lead nowhere."""

from . import admission, autoscaling, budgets, discovery, pods, ports, probes, rbac, references, services

__all__ = [
    "admission",
    "autoscaling",
    "budgets",
    "discovery",
    "pods",
    "ports",
    "probes",
    "rbac",
    "references",
    "services",
]
