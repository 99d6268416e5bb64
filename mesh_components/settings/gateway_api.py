# ruff: noqa: RUF012 (pydantic copies defaults)
"""The Gateway API's own custom resource definitions, which are not Istio's and which many clusters bring along."""

from __future__ import annotations

from typing import Literal

from .model import Settings


class GatewayAPISettings(Settings):
    """Whether and which definitions of the Gateway API are declared. Their version is the one that Istio is built
    with."""

    enabled: bool = False
    """Whether they are declared."""
    channel: Literal["standard", "experimental"] = "standard"
    """Release channel; ``experimental`` has more kinds and fields, without a promise to keep them."""
    existing: Literal["keep", "replace"] = "keep"
    """What becomes of definitions that the cluster has from somebody else: left alone, or taken over."""
    leave: list[str] = []
    """Names of definitions not to declare. The program on disk adds those that it finds on the cluster."""
