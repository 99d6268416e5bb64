"""From what a program plans to what analysis reads: plain values, and `UNKNOWN` for everything else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..validation.unknown import UNKNOWN

PULUMI_SIGNATURE = "4dabf18193072939515e22adb298388d"
"""Key of a map that stands for a secret, an asset or a reference (pulumi/pulumi `sdk/go/common/resource/sig`)."""
PULUMI_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""Text that stands for a value that is not known yet (pulumi/pulumi `sdk/go/common/resource/plugin/rpc.go`)."""


def plain(value: Any) -> Any:
    """Return a value with everything in it that is not known yet, or not to be known, as `UNKNOWN`.

    Numbers arrive as floats from Pulumi's engine; a whole one is an integer.
    """
    if value is None or isinstance(value, str | bool | int):
        return UNKNOWN if value == PULUMI_UNKNOWN else value
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, Mapping):
        return UNKNOWN if PULUMI_SIGNATURE in value else {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return UNKNOWN
