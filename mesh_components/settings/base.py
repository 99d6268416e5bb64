# ruff: noqa: RUF012 (pydantic copies defaults)
"""Istio's ``base`` values: what all revisions share."""

from __future__ import annotations

from typing import Literal

from .kubernetes import CaBundle, WebhookUrl
from .model import Settings


class BaseSettings(Settings):
    """Istio's ``base`` values (``manifests/charts/base/values.yaml`` at 1.31)."""

    enableIstioConfigCRDs: bool = True
    """Whether Istio's custom resource definitions are declared."""
    excludedCRDs: list[str] = []
    """Names of definitions to leave out, such as ``wasmplugins.extensions.istio.io``."""
    validationURL: WebhookUrl = ""
    """URL of a validator outside the cluster; empty: istiod's Service."""
    validationCABundle: CaBundle = ""
    """Base64 PEM that the API server trusts for ``validationURL``; empty: istiod fills it in."""
    validationFailurePolicy: Literal["Ignore", "Fail"] | None = None
    """What happens while the validator is not there; unset: Kubernetes' ``Fail``, which istiod upholds."""
