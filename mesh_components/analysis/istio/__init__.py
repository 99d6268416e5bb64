"""Istio's analyzers: importing this registers them all."""
