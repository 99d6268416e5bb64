"""Metadata that Istio's objects have in common.

Labels that say who installed an object (``helm.sh/*``, ``app.kubernetes.io/managed-by``, ``release``,
``operator.istio.io/*``, ``install.operator.istio.io/*``) are not ours to set.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mesh_components.settings import MeshSettings


def common(settings: MeshSettings, part: str) -> dict[str, str]:
    """Return the recommended Kubernetes labels of an object that belongs to ``part``, such as ``istiod``."""
    return {
        "app.kubernetes.io/name": part,
        "app.kubernetes.io/instance": "istio",
        "app.kubernetes.io/part-of": "istio",
        "app.kubernetes.io/version": settings.version,
    }


def revision(settings: MeshSettings) -> dict[str, str]:
    """Return the label by which istiod, istioctl and Kiali know the revision of an object."""
    return {"istio.io/rev": settings.revision or "default"}


def metadata(
    settings: MeshSettings,
    name: str,
    *,
    part: str,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, Any] | None = None,
    namespace: str | None = "",
) -> dict[str, Any]:
    """Return an object's metadata.

    ``namespace``: empty for the control plane's, None for an object that has none. Empty ``annotations`` are left out.
    """
    found: dict[str, Any] = {"name": name}
    if namespace is not None:
        found["namespace"] = namespace or settings.istio_namespace
    found["labels"] = {**common(settings, part), **(labels or {})}
    if annotations:
        found["annotations"] = dict(annotations)
    return found
