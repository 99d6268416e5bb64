"""Planners: settings in, plain Kubernetes objects out, in the order in which they can be applied. No Pulumi here."""
