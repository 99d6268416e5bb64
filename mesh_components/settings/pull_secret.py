"""Registry credentials for pods."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from .kubernetes import ObjectName
from .model import Settings
from .opaque import OpaqueStr


def _docker_config(value: Any) -> Any:
    if isinstance(value, str):
        try:
            parsed = json.loads(value)
        except ValueError:
            parsed = None
        if not isinstance(parsed, dict) or not isinstance(parsed.get("auths"), dict):
            allowed = 'a docker config as JSON text, such as {"auths": {"registry.example.com": {"auth": "…"}}}'
            raise PydanticCustomError("format", "{allowed}", {"allowed": allowed})
    return value


class PullSecretSettings(Settings):
    """Registry credentials, declared as a Secret of type ``kubernetes.io/dockerconfigjson``.

    It stands in the control plane's namespace when ``global.imagePullSecrets`` names it, and in every namespace whose
    ``imagePullSecrets`` do. Names that are not listed here mean Secrets that exist.
    """

    name: ObjectName
    """Name of the Secret."""
    dockerConfigJson: Annotated[OpaqueStr, BeforeValidator(_docker_config)]
    """The credentials, as ``docker login`` keeps them: JSON with ``auths``. A secret."""
