"""One object under analysis: what it is, what it says, and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..validation.unknown import Unknown
from .kinds import Kind

Path = tuple[str | int, ...]
"""A field, from the object's root: ``("spec", "http", 0, "timeout")``."""


class Origin(Protocol):
    """Where an object comes from."""

    def locate(self, path: Path) -> str:
        """Return where the field stands, as precisely as is known: ``file.yaml:12``, a URN, ``""``."""
        ...


class Nowhere:
    """The origin of an object that was made up on the spot."""

    def locate(self, path: Path) -> str:
        """Return nothing."""
        return ""


@dataclass(frozen=True, slots=True)
class Named:
    """An origin without parts: a URN, a cluster's context."""

    name: str

    def locate(self, path: Path) -> str:
        """Return the name."""
        return self.name


@dataclass(frozen=True, slots=True, eq=False)
class Resource:
    """A Kubernetes object under analysis.

    Attributes:
        kind: Group and kind.
        namespace: Its namespace, the world's default one where it has none; ``""`` when it is cluster-scoped.
        name: Its name; may be `UNKNOWN`, as any value.
        body: The object with its fields' types made sure: what has another type than the API says, and every null, is
            left out, so `resource.spec.get("hosts", [])` is a list. Values may be `UNKNOWN`.
        declared: The object just as it was given.
        origin: Where it comes from.
        spec: The object's `spec`, empty when it has none.
    """

    kind: Kind
    namespace: str
    name: str
    body: Mapping[str, Any]
    declared: Mapping[str, Any]
    origin: Origin
    spec: Mapping[str, Any] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "spec", self.body.get("spec", {}))

    @property
    def labels(self) -> Mapping[str, str]:
        """The object's labels."""
        found: Mapping[str, str] = self.body.get("metadata", {}).get("labels", {})
        return found

    @property
    def annotations(self) -> Mapping[str, str]:
        """The object's annotations."""
        found: Mapping[str, str] = self.body.get("metadata", {}).get("annotations", {})
        return found

    @property
    def full_name(self) -> str:
        """``namespace/name``, or the name where there is no namespace."""
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    def __str__(self) -> str:
        """Return kind and name, as istioctl writes them: ``VirtualService shop/cart``; ``?`` for what is not known."""
        parts = ("?" if isinstance(part, Unknown) else part for part in (self.namespace, self.name))
        return f"{self.kind.name} {'/'.join(part for part in parts if part)}"
