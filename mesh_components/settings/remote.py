"""Istio's ``istiodRemote`` values: a cluster whose control plane is in another one.

Names, types and defaults are those of the istiod chart's values at 1.31.
"""

from __future__ import annotations

from .kubernetes import CaBundle, WebhookPath, WebhookUrl
from .model import Settings


class IstiodRemoteSettings(Settings):
    """Istio's ``istiodRemote`` values."""

    enabled: bool = False
    """Whether istiod is in another cluster, at ``global.remotePilotAddress``."""
    enabledLocalInjectorIstiod: bool = False
    """Whether an istiod of this cluster injects sidecars nevertheless."""
    injectionURL: WebhookUrl = ""
    """URL of the injector; empty: istiod's Service."""
    injectionPath: WebhookPath = "/inject"
    """Path of the injector at istiod's Service."""
    injectionCABundle: CaBundle = ""
    """Base64 PEM that the API server trusts for the injector; empty: istiod fills it in."""
