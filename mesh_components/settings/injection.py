# ruff: noqa: RUF012 (pydantic copies defaults)
"""Istio's ``sidecarInjectorWebhook`` values: which pods get a sidecar, and from which template.

Names, types and defaults are those of the istiod chart's values at 1.31.
"""

from __future__ import annotations

from typing import Literal

from .kubernetes import Object
from .model import Settings
from .opaque import OpaqueStr


class SidecarInjectorSettings(Settings):
    """Istio's ``sidecarInjectorWebhook`` values."""

    alwaysInjectSelector: list[Object] = []
    """Label selectors of pods that always get a sidecar."""
    defaultTemplates: list[str] = []
    """Templates for pods that name none; empty: ``sidecar``."""
    enableNamespacesByDefault: bool = False
    """Whether namespaces without any label take part."""
    injectedAnnotations: dict[str, OpaqueStr] = {}
    """Annotations that injected pods get in addition."""
    neverInjectSelector: list[Object] = []
    """Label selectors of pods that never get a sidecar."""
    reinvocationPolicy: Literal["Never", "IfNeeded"] = "Never"
    """Whether the webhook is called again after others changed a pod."""
    rewriteAppHTTPProbe: bool = True
    """Whether HTTP probes go through the agent, so that they pass mutual TLS."""
    templates: dict[str, str] = {}
    """Injection templates by name, in addition to Istio's or replacing one of them."""
