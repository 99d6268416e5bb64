"""What every settings model has in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """Base of all settings: unknown keys are errors, types are not coerced, and nothing changes after validation."""

    # Importing this package is much of what a command takes. So validators are built when they are first used, and the
    # attributes' docstrings are not searched for in the source.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True, defer_build=True)

    def data(self) -> dict[str, Any]:
        """Return the settings as plain data in Istio's spelling, without what is unset (``None``).

        Opaque leaves stay what they are. The containers are fresh: changing them does not change the settings.
        """
        fields = type(self).model_fields
        return {
            field.alias or name: plain(value)
            for name, field in fields.items()
            if (value := getattr(self, name)) is not None
        }


def plain(value: Any) -> Any:
    """Return a copy of ``value`` in which every model is plain data. See ``Settings.data``."""
    if isinstance(value, Settings):
        return value.data()
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value
