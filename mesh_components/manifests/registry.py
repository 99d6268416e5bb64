"""Registry credentials as Secrets, where pods that pull images need them."""

from __future__ import annotations

import base64
from collections.abc import Collection
from typing import Any

from mesh_components.settings import MeshSettings

from .text import assemble

KEY = ".dockerconfigjson"
"""The key that the kubelet reads."""


def secrets(settings: MeshSettings, namespace: str, names: Collection[str]) -> list[dict[str, Any]]:
    """Return the Secrets of the settings' ``pullSecrets`` that are among ``names``, in ``namespace``."""
    return [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": one.name, "namespace": namespace},
            "type": "kubernetes.io/dockerconfigjson",
            "data": {KEY: assemble(_base64, one.dockerConfigJson)},
        }
        for one in settings.pullSecrets
        if one.name in names
    ]


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")
