"""What analysis finds: one problem at one place, with what to do about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

from .resource import Path, Resource


class Severity(IntEnum):
    """How bad a finding is, in istioctl's three levels (upstream `pkg/config/analysis/diag/level.go`)."""

    INFO = 1
    WARNING = 2
    ERROR = 3

    def __str__(self) -> str:
        """Return the level as istioctl writes it."""
        return self.name.capitalize()


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem.

    Attributes:
        message: Which problem it is.
        resource: The object that has it.
        path: The field, from the object's root; empty for the object as a whole.
        text: What is wrong, with names and values.
        remedy: What to do about it.
        certain: False when it hangs on something that may well exist outside of what analysis was given.
    """

    message: Message
    resource: Resource
    path: Path
    text: str
    remedy: str
    certain: bool = True

    @property
    def code(self) -> str:
        """The code, for example ``IST0101``."""
        return self.message.code

    @property
    def severity(self) -> Severity:
        """The message's severity; what is not certain is for information."""
        return self.message.severity if self.certain else Severity.INFO

    @property
    def place(self) -> str:
        """Where the object comes from: a file's line, a URN, a cluster; empty when nobody knows."""
        return self.resource.origin.locate(self.path)

    def unless_known(self, known: bool) -> Finding:
        """Return the finding as certain only when everything is known of the place where something is missing."""
        return self if known else replace(self, certain=False)


@dataclass(frozen=True, slots=True)
class Message:
    """One kind of problem; call it with an object to get a finding.

    Attributes:
        code: ``IST…`` as in Istio, ``KIA…`` as in Kiali, ``MESH…`` for this project's own.
        name: The problem's name in one word, as Istio has it.
        severity: How bad it is.
        text: What is wrong; `str.format` fields stand for names and values.
        remedy: What to do about it; the same fields may stand in it.
    """

    code: str
    name: str
    severity: Severity
    text: str
    remedy: str

    def __call__(self, resource: Resource, path: Path = (), /, **values: Any) -> Finding:
        """Return the finding that an object has this problem at a field.

        :param values: for the text's fields; a list is written with commas
        """
        shown = {key: written(value) for key, value in values.items()}
        return Finding(self, resource, path, self.text.format(**shown), self.remedy.format(**shown))


def written(value: Any) -> Any:
    """Return a value as it stands in a text: a list's items with commas between them."""
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
