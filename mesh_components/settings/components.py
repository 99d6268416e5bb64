"""Which parts of a mesh a stack declares: Istio's ``components`` (``manifests/profiles/*.yaml`` at 1.31)."""

from __future__ import annotations

from .kubernetes import Name
from .model import Settings


class ComponentSettings(Settings):
    """One part."""

    enabled: bool = True
    """Whether it is declared here."""


class NodeAgentSettings(Settings):
    """An agent on each node."""

    enabled: bool = False
    """Whether it is declared here."""
    namespace: Name | None = None
    """Its namespace; unset: the control plane's."""


class ComponentsSettings(Settings):
    """The parts that can be left out, because another stack has them or nobody needs them. Gateways are listed by
    themselves."""

    base: ComponentSettings = ComponentSettings.model_construct()
    """What all revisions share: CRDs, the control plane's Namespace, the account that reads remote clusters."""
    pilot: ComponentSettings = ComponentSettings.model_construct()
    """istiod with its rights, configuration and webhooks."""
    cni: NodeAgentSettings = NodeAgentSettings.model_construct()
    """The CNI plugin and its agent, which set up the redirection of pods' traffic."""
    ztunnel: NodeAgentSettings = NodeAgentSettings.model_construct()
    """The proxy that ambient pods' traffic goes through."""
