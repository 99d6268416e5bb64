"""Planners of observability: settings in, the addons' Kubernetes objects and Istio's Telemetry out."""
