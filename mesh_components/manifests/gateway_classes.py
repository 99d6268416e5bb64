"""What istiod puts over the objects that it makes for Gateways of a class: a ConfigMap a class.

Facts: names and labels of Istio 1.31's istiod chart (``gateway-class-configmap.yaml``); istiod looks for the label.
"""

from __future__ import annotations

from typing import Any

from mesh_components.settings import MeshSettings

from . import istiod
from .labels import metadata, revision
from .yaml_text import to_yaml

CLASS = "gateway.istio.io/defaults-for-class"


def objects(settings: MeshSettings) -> list[dict[str, Any]]:
    """Return a ConfigMap for each class that the settings name."""
    return [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": metadata(
                settings,
                f"istio-{settings.revision or 'default'}-gatewayclass-{name}",
                part=istiod.PART,
                labels={**revision(settings), CLASS: name},
            ),
            "data": {kind: to_yaml(overlay).rstrip("\n") for kind, overlay in overlays.items()},
        }
        for name, overlays in settings.gatewayClasses.items()
    ]
