"""The setting that names a version of Istio."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from ..versions import VERSIONS


def _supported(value: Any) -> Any:
    if not isinstance(value, str) or value not in VERSIONS:
        raise PydanticCustomError("choice", "{allowed}", {"choices": list(VERSIONS), "allowed": "a supported version"})
    return value


VersionName = Annotated[str, BeforeValidator(_supported)]
"""The name of a supported version."""
