"""What a preview by Pulumi's engine says, read from its event stream (`pulumi preview --json`, streamed).

Source: pulumi/pulumi `sdk/go/common/apitype/events.go` and `core.go` (the operations).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..analysis.plain import PULUMI_SIGNATURE, PULUMI_UNKNOWN
from .changes import (
    ANOTHER,
    CHANGED,
    CREATED,
    DELETED,
    REPLACED,
    SECRET,
    Field,
    ObjectChange,
    altered,
    one,
    without_secrets,
)
from .environment import Enforcement, Violation

KUBERNETES = "kubernetes:"
"""How the type tokens of Kubernetes objects begin."""

ACTIONS: Mapping[str, str] = {
    "create": CREATED,
    "import": CREATED,
    "update": CHANGED,
    "delete": DELETED,
    "replace": REPLACED,
    "create-replacement": REPLACED,
    "import-replacement": REPLACED,
}
"""What the engine's operations come to; those that are not listed change nothing, or are a part of one that is."""

COMPUTED = "<computed>"
"""Stands for a value that only the update will know."""

FAILED = "preview failed"
"""What the engine says at the end of every preview that fails, whatever the reason."""

COLOURS = re.compile(r"<\{%[^%]*%\}>|\x1b\[[0-9;]*m")
"""The engine's marks for colours, and terminals'."""

NOT_DECLARED = "__"
"""How names of inputs begin that the SDK or the provider adds."""


@dataclass
class EnginePreview:
    """What an engine's preview says of a stack.

    Attributes:
        before: Kubernetes objects as they were declared when the stack was last updated, in Pulumi's form.
        after: Kubernetes objects as they are declared now, in Pulumi's form, each with its URN.
        changes: What becomes of resources, Kubernetes objects or not.
        violations: What policy packs have against it.
        errors: Why it failed; empty when it did not.
        said: What the program and the plugins wrote to standard error, in parts.
    """

    before: list[tuple[Mapping[str, Any], str]] = field(default_factory=list)
    after: list[tuple[Mapping[str, Any], str]] = field(default_factory=list)
    changes: list[ObjectChange] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    @property
    def only_violations(self) -> bool:
        """Whether nothing but mandatory policies made it fail: then everything that it says holds."""
        mandatory = any(one.enforcement is Enforcement.MANDATORY for one in self.violations)
        return mandatory and set(self.errors) <= {FAILED}


def read(lines: Iterable[str]) -> EnginePreview:
    """Return what an event stream says; lines that are no events are passed over."""
    found = EnginePreview()
    seen: set[str] = set()
    for event in events(lines):
        if step := event.get("resourcePreEvent", {}).get("metadata"):
            _add_step(found, step, seen)
        if policy := event.get("policyEvent"):
            found.violations += violation(policy)
        diagnostic = event.get("diagnosticEvent", {})
        if diagnostic and not diagnostic.get("ephemeral"):
            lines_of = {"error": found.errors, "info#err": found.said}
            lines_of.get(diagnostic.get("severity"), []).append(uncoloured(diagnostic.get("message", "")))
        if error := event.get("errorEvent", {}).get("error"):
            found.errors.append(uncoloured(error))
    found.violations = list(dict.fromkeys(found.violations))
    return found


def events(lines: Iterable[str]) -> Iterator[Mapping[str, Any]]:
    """Return the events among lines of output."""
    for line in lines:
        if line.startswith("{"):
            try:
                yield json.loads(line)
            except ValueError:
                continue


def _add_step(found: EnginePreview, step: Mapping[str, Any], seen: set[str]) -> None:
    """Take in what is planned for one resource; a replacement comes in several steps, of which the first counts."""
    urn, action = step["urn"], ACTIONS.get(step["op"])
    old, new = (_inputs(step.get(name)) for name in ("old", "new"))
    if urn in seen or (new is None and action != DELETED):
        return
    seen.add(urn)
    if is_object(step, old, new):
        if old is not None:
            found.before.append((old, urn))
        if new is not None and action != DELETED:
            found.after.append((new, urn))
    resource = step.get("new") or step.get("old") or {}
    if action and resource.get("custom"):
        found.changes.append(changed(step, action, old, new))


def _inputs(state: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    return None if state is None else state.get("inputs") or {}


def is_object(step: Mapping[str, Any], *states: Mapping[str, Any] | None) -> bool:
    """Return whether a resource is an object of Kubernetes'."""
    return step["type"].startswith(KUBERNETES) and any(
        state and "kind" in state and "apiVersion" in state for state in states
    )


def changed(
    step: Mapping[str, Any], action: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None
) -> ObjectChange:
    """Return what becomes of a resource; one that is no object of Kubernetes' is called by its type and its name."""
    before, after = (None if state is None else cleaned(state) for state in (old, new))
    if action in (CREATED, DELETED):
        before, after = (None, after) if action == CREATED else (before, None)
    there = after or before or {}
    if is_object(step, there) and "name" in (there.get("metadata") or {}):
        found = one(before, after, action)
    else:
        title = f"{step['type'].rpartition(':')[2]} {step['urn'].rpartition('::')[2]}"
        fields = altered(before, after) if before is not None and after is not None else ()
        found = ObjectChange(action, title, step["type"], fields, without_secrets(there))
    both = before is not None and after is not None
    return replace(found, fields=_unseen(step)) if both and not found.fields else found


def _unseen(step: Mapping[str, Any]) -> tuple[Field, ...]:
    """Return fields of which the engine says that they change, and whose values are the same where they can be seen."""
    diff = step.get("detailedDiff") or {}
    return tuple(Field(path, SECRET, ANOTHER) for path in diff)


def cleaned(value: Any) -> Any:
    """Return a resource's inputs as people wrote them, with marks for secrets and for what is computed."""
    if isinstance(value, Mapping):
        if PULUMI_SIGNATURE in value:
            return SECRET
        return {key: cleaned(inner) for key, inner in value.items() if not key.startswith(NOT_DECLARED)}
    if isinstance(value, list):
        return [cleaned(inner) for inner in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return COMPUTED if value == PULUMI_UNKNOWN else SECRET if value == "[secret]" else value


def violation(event: Mapping[str, Any]) -> Iterator[Violation]:
    """Return the violation that a policy event reports."""
    level = event.get("enforcementLevel", "")
    if level in ("none", "disabled"):
        return
    yield Violation(
        event.get("policyName", ""),
        event.get("policyPackName", ""),
        Enforcement.MANDATORY if level == "mandatory" else Enforcement.ADVISORY,
        event.get("resourceUrn", ""),
        violated(uncoloured(event.get("message", ""))),
    )


def violated(text: str) -> str:
    """Return a violation's own message: the engine puts the policy's description above it, on a line of its own."""
    description, newline, message = text.strip().partition("\n")
    return message.strip() if newline else description


def uncoloured(text: str) -> str:
    """Return a text without marks for colours."""
    return COLOURS.sub("", text).strip()
