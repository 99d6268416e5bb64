"""What a change does to the objects of an environment, field by field, the same for rendered objects and Pulumi's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..live.compare import ABSENT, differences, text
from ..live.row import name_of

SECRET = "<redacted>"
"""Stands for what a Secret holds."""
ANOTHER = "<redacted, and another than before>"
"""Stands for what a Secret holds where the change gives it another value."""

SECRET_KEYS = ("data", "stringData")
"""Where a Secret holds it."""

PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----")
"""How a private key's PEM begins, wherever somebody wrote one."""

CREATED, CHANGED, REPLACED, DELETED = "create", "update", "replace", "delete"
"""What happens to an object, as Pulumi calls it."""


@dataclass(frozen=True)
class Field:
    """One field that a change alters.

    Attributes:
        path: As people write it: ``spec.http[0].route[0].weight``.
        before: Its value; ABSENT when it was not there.
        after: Its value; ABSENT when it goes.
    """

    path: str
    before: Any
    after: Any


@dataclass(frozen=True)
class ObjectChange:
    """What a change does to one object.

    Attributes:
        action: ``create``, ``update``, ``replace`` or ``delete``.
        object: Kind, namespace and name: ``VirtualService shop/cart``.
        api_version: The object's.
        fields: What is altered; empty when the whole object comes or goes.
        manifest: The object as it will be, or as it was when it goes, without secrets.
    """

    action: str
    object: str
    api_version: str
    fields: tuple[Field, ...]
    manifest: Mapping[str, Any]

    @property
    def kind(self) -> str:
        """The object's kind."""
        return self.object.partition(" ")[0]


def changes(before: Iterable[Mapping[str, Any]], after: Iterable[Mapping[str, Any]]) -> list[ObjectChange]:
    """Return what becomes of each object, in the order of ``after``, then what goes.

    :param before: objects as they are
    :param after: objects as they will be
    """
    old = {key(item): item for item in before}
    new = {key(item): item for item in after}
    here = (one(old.get(name), item, CHANGED if name in old else CREATED) for name, item in new.items())
    gone = (one(item, None, DELETED) for name, item in old.items() if name not in new)
    return [change for change in (*here, *gone) if change.action != CHANGED or change.fields]


def key(item: Mapping[str, Any]) -> tuple[str, str]:
    """Return what tells an object from all others, whatever version of the API it is written in."""
    return item["apiVersion"].rpartition("/")[0], name_of(item)


def one(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, action: str) -> ObjectChange:
    """Return what a change does to one object, of which at least one state is given."""
    there = after if after is not None else before
    assert there is not None
    fields = altered(before, after) if before is not None and after is not None else ()
    return ObjectChange(action, name_of(there), there["apiVersion"], fields, without_secrets(there))


def altered(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Field, ...]:
    """Return the fields in which two states of an object differ. What a Secret holds is never among their values."""
    secret = "Secret" in (before.get("kind"), after.get("kind"))
    found = []
    for difference in differences(before, after):
        old, new = difference.declared, difference.live
        if secret and difference.path[0] in SECRET_KEYS:
            old, new = hidden(old, new)
        found.append(Field(text(difference.path), without_keys(old), without_keys(new)))
    return tuple(found)


def hidden(before: Any, after: Any) -> tuple[Any, Any]:
    """Return marks in place of a secret's two values."""
    new = ABSENT if after is ABSENT else SECRET if before is ABSENT else ANOTHER
    return ABSENT if before is ABSENT else SECRET, new


def without_secrets(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an object with marks in place of what a Secret holds."""
    if item.get("kind") != "Secret":
        found: Mapping[str, Any] = without_keys(item)
        return found
    return {
        name: dict.fromkeys(value, SECRET) if name in SECRET_KEYS and isinstance(value, Mapping) else value
        for name, value in item.items()
    }


def without_keys(value: Any) -> Any:
    """Return a value with a mark in place of each text that has a private key in it."""
    if isinstance(value, str):
        return SECRET if PRIVATE_KEY.search(value) else value
    if isinstance(value, Mapping):
        return {name: without_keys(inner) for name, inner in value.items()}
    return [without_keys(inner) for inner in value] if isinstance(value, list) else value
