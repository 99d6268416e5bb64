"""Planners of security: settings in, Istio's policies out."""
