"""Compares planned objects with istioctl's, object by object and field by field."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

from . import rules

Object = dict[str, Any]
Key = tuple[str, str, str, str]
Step = str | int

ABSENT = "(absent)"
PRESENT = "(present)"


@dataclass(frozen=True)
class Difference:
    """One field that differs, or an object that only one side has (with an empty path)."""

    object: str
    """``Kind name`` or ``Kind namespace/name``."""
    path: str
    """Dotted; keys that hold dots stand in brackets and quotes, indices in brackets."""
    ours: Any
    istio: Any

    def __str__(self) -> str:
        return f"{self.object} {self.path or '(whole)'}: ours {self.ours!r}, Istio {self.istio!r}"


@dataclass(frozen=True)
class Deliberate:
    """A difference that is meant."""

    object: str
    """As in ``Difference``, with * and ? for what differs by revision and namespace."""
    path: str
    reason: str
    case: str = ""
    """The only case that has it; empty: it belongs to the profiles."""

    def covers(self, case: str, difference: Difference) -> bool:
        """Say whether ``difference``, found in ``case``, is this one, or inside it."""
        if self.case not in ("", case) or not fnmatchcase(difference.object, self.object):
            return False
        return difference.path == self.path or difference.path.startswith((f"{self.path}.", f"{self.path}["))


@dataclass
class Result:
    """What came out of one comparison."""

    case: str
    compared: int = 0
    """Objects that both sides have."""
    equal: int = 0
    """Those without any difference."""
    deliberate: list[Difference] = field(default_factory=list)
    undeclared: list[Difference] = field(default_factory=list)
    applied: set[Deliberate] = field(default_factory=set)

    def __str__(self) -> str:
        return "\n".join([f"{self.case}: {len(self.undeclared)} undeclared differences", *map(str, self.undeclared)])


def load_objects(text: str) -> list[Object]:
    """Return the objects in a YAML stream."""
    documents = yaml.load_all(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return [document for document in documents if document]


def load_deliberate(path: Path) -> list[Deliberate]:
    """Return the deliberate differences listed in ``path``."""
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [
        Deliberate(object=entry["object"], path=path, reason=entry["reason"], case=entry.get("case", ""))
        for entry in entries
        for path in entry["paths"]
    ]


def name(item: Mapping[str, Any]) -> str:
    """Return how an object is called in messages and in ``deliberate.yaml``."""
    metadata = item["metadata"]
    namespace = metadata.get("namespace")
    return f"{item['kind']} {namespace}/{metadata['name']}" if namespace else f"{item['kind']} {metadata['name']}"


def key(item: Mapping[str, Any]) -> Key:
    """Return what makes an object the same on both sides."""
    metadata = item["metadata"]
    return item["apiVersion"], item["kind"], metadata.get("namespace") or "", metadata["name"]


def _by_key(items: Iterable[Object]) -> dict[Key, Object]:
    found: dict[Key, Object] = {}
    for item in items:
        if key(item) in found:
            raise AssertionError(f"{name(item)} is there twice")
        found[key(item)] = copy.deepcopy(item)
    return found


def compare(
    case: str, ours: Iterable[Object], istio: Iterable[Object], version: str, deliberate: Sequence[Deliberate] = ()
) -> Result:
    """Compare two sets of objects under the rules; sort what differs into deliberate and undeclared."""
    left, right = _by_key(ours), _by_key(istio)
    result = Result(case)
    for identity in sorted(left.keys() | right.keys()):
        mine, theirs = left.get(identity), right.get(identity)
        if mine is None or theirs is None:
            present = mine or theirs or {}
            values = (PRESENT, ABSENT) if theirs is None else (ABSENT, PRESENT)
            found = [Difference(name(present), "", *values)]
        else:
            result.compared += 1
            found = list(differences(mine, theirs, version))
            result.equal += not found
        for difference in found:
            meant = [entry for entry in deliberate if entry.covers(case, difference)]
            result.applied.update(meant)
            (result.deliberate if meant else result.undeclared).append(difference)
    return result


def differences(ours: Object, istio: Object, version: str) -> Iterator[Difference]:
    """Yield the fields in which one object differs between the two sides, under the rules."""
    called = name(ours)
    rules.shell_annotations(ours)
    rules.provenance(istio)
    rules.version_label(istio, version)
    rules.prose(istio)
    for item in (ours, istio):
        rules.embedded_data(item)
    left, right = (rules.without_nothing(rules.amounts(item)) for item in (ours, istio))
    for steps, mine, theirs in _walk(left, right, ()):
        yield Difference(called, render(steps), mine, theirs)


def _walk(ours: Any, istio: Any, at: tuple[Step, ...]) -> Iterator[tuple[tuple[Step, ...], Any, Any]]:
    ours, istio = _opened(ours, istio), _opened(istio, ours)
    if isinstance(ours, dict) and isinstance(istio, dict):
        for step in sorted(ours.keys() | istio.keys(), key=str):
            yield from _walk(ours.get(step, ABSENT), istio.get(step, ABSENT), (*at, step))
    elif isinstance(ours, list) and isinstance(istio, list):
        for index in range(max(len(ours), len(istio))):
            mine = ours[index] if index < len(ours) else ABSENT
            theirs = istio[index] if index < len(istio) else ABSENT
            yield from _walk(mine, theirs, (*at, index))
    elif type(ours) is not type(istio) or ours != istio:
        yield at, ours, istio


def _opened(value: Any, other: Any) -> Any:
    """Return an empty mapping for one that is absent where the other side has a mapping, to name what is in it."""
    return {} if value is ABSENT and isinstance(other, dict) and other else value


def render(steps: Iterable[Step]) -> str:
    """Return the path made of ``steps``."""
    path = ""
    for step in steps:
        if isinstance(step, int):
            path += f"[{step}]"
        elif "." in step or "/" in step:
            path += f'["{step}"]'
        else:
            path += f".{step}" if path else step
    return path
