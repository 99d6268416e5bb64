"""Which images a mesh runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mesh_components.settings import MeshSettings

from . import workloads

INJECTED = "auto"
"""Image of a container that the injector fills in."""


def named(settings: MeshSettings, objects: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the images that planned objects run, and the one that the injector adds, as far as they are known."""
    proxy = settings.global_.proxy
    found: list[Any] = []
    for one in objects:
        pod = ((one.get("spec") or {}).get("template") or {}).get("spec") or {}
        found += [each["image"] for kind in ("initContainers", "containers") for each in pod.get(kind) or ()]
        if one["kind"] == "MutatingWebhookConfiguration":
            variant = proxy.variant or settings.global_.variant
            found.append(workloads.image(settings.hub, proxy.image, settings.tag, variant))
    return {image for image in found if isinstance(image, str) and image != INJECTED}
