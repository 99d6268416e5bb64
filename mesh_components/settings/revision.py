"""Names of revisions."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

_REVISION = re.compile(r"[a-z0-9]([-a-z0-9]{0,40}[a-z0-9])?")


def _check(value: str) -> str:
    if value and not _REVISION.fullmatch(value):
        allowed = "lower-case letters, digits and '-', at most 42 characters, such as canary or 1-31-0; or empty"
        raise PydanticCustomError("format", "{allowed}", {"allowed": allowed})
    return value


RevisionName = Annotated[str, AfterValidator(_check)]
"""A revision: part of object names and a label value, so a DNS label; empty means none."""
