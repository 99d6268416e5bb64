"""Which parts of a mesh a stack declares: Istio's ``components`` (``manifests/profiles/*.yaml`` at 1.31)."""

from __future__ import annotations

from .model import Settings


class ComponentSettings(Settings):
    """One part."""

    enabled: bool = True
    """Whether it is declared here."""


class ComponentsSettings(Settings):
    """The parts that can be left out, because another stack has them or nobody needs them."""

    base: ComponentSettings = ComponentSettings()
    """What all revisions share: CRDs, the control plane's Namespace, the account that reads remote clusters."""
    pilot: ComponentSettings = ComponentSettings()
    """istiod with its rights, configuration and webhooks."""
