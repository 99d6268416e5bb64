"""Revisions of a control plane, and the tags that stand for them."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator

from .kubernetes import matching
from .model import Settings

DEFAULT_TAG = "default"
"""The tag whose revision takes what names none: namespaces with ``istio-injection``, Istio objects without a label."""

_REVISION = re.compile(r"[a-z0-9]([-a-z0-9]{0,40}[a-z0-9])?")


RevisionName = Annotated[
    str,
    matching(
        re.compile(f"({_REVISION.pattern})?"),
        "lower-case letters, digits and '-', at most 42 characters, such as canary or 1-31-0; or empty",
    ),
]
"""A revision: part of object names and a label value, so a DNS label; empty means none."""

TagName = Annotated[
    str, matching(_REVISION, "lower-case letters, digits and '-', at most 42 characters, such as prod or default")
]
"""A tag: a name for a revision, wherever a revision can be named."""


class RevisionTagSettings(Settings):
    """A tag: a second name for a revision, which can be given to another one."""

    name: TagName
    """Name of the tag, as namespaces have it in their label ``istio.io/rev``; ``default``: whoever names none."""
    revision: RevisionName | None = None
    """The revision that it stands for, of this stack or another; unset: this stack's; ``default``: the one without."""


def _short(value: Any) -> Any:
    return {"name": value} if isinstance(value, str) else value


RevisionTag = Annotated[RevisionTagSettings, BeforeValidator(_short)]
"""A tag; as in Istio's values, its name alone means this stack's revision."""
