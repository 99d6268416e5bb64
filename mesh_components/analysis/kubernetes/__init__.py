"""What Kubernetes gets wrong in a mesh: ports, selectors, probes and references that lead nowhere."""

from . import autoscaling, budgets, pods, ports, probes, rbac, references, services

__all__ = ["autoscaling", "budgets", "pods", "ports", "probes", "rbac", "references", "services"]
