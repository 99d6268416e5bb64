"""What a change does to one environment, as data; what comments and JSON are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from ..topology.graph import Topology
from .changes import ObjectChange
from .findings import Findings


class Status(StrEnum):
    """What becomes of an environment."""

    FAILED = "failed"
    """It could not be previewed; nobody knows what the change does to it."""
    NEW = "new"
    REMOVED = "removed"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


class Enforcement(StrEnum):
    """What a policy violation does (Pulumi's `EnforcementLevel`, without those that report nothing)."""

    MANDATORY = "mandatory"
    """`pulumi up` refuses to go on."""
    ADVISORY = "advisory"


@dataclass(frozen=True)
class Violation:
    """What a policy pack has against an environment.

    Attributes:
        policy: Name of the policy.
        pack: Name of its pack.
        enforcement: What it does.
        resource: URN of the resource that it is about; ``""`` for the stack as a whole.
        message: What is wrong.
    """

    policy: str
    pack: str
    enforcement: Enforcement
    resource: str
    message: str


@dataclass(frozen=True)
class Environment:
    """What a change does to one environment.

    Attributes:
        stack: Its stack.
        status: What becomes of it.
        engine: Whether Pulumi's engine was asked, which holds the plan against what is deployed; else the plans of two
            commits are compared.
        error: Why it could not be previewed; ``""`` when it could.
        notes: What else a reviewer should know of this preview.
        changes: What becomes of its objects.
        findings: What becomes of its findings.
        violations: What policy packs have against it.
        topology: The picture of the change, without what stays as it is.
        seconds: How long it took.
    """

    stack: str
    status: Status
    engine: bool = False
    error: str = ""
    notes: tuple[str, ...] = ()
    changes: tuple[ObjectChange, ...] = ()
    findings: Findings = field(default_factory=Findings)
    violations: tuple[Violation, ...] = ()
    topology: Topology | None = None
    seconds: float = 0.0

    def count(self, *actions: str) -> int:
        """Return how many objects have one of these done to them."""
        return sum(change.action in actions for change in self.changes)

    @property
    def refused(self) -> int:
        """How many things there are that `pulumi up` would refuse: new errors, and violations of mandatory policies."""
        mandatory = sum(one.enforcement is Enforcement.MANDATORY for one in self.violations)
        return self.findings.new_of("Error") + mandatory

    @property
    def rank(self) -> tuple[int, int, str]:
        """What orders environments: those first that a reviewer has to look at."""
        if self.status is Status.FAILED:
            urgency = 0
        elif self.refused:
            urgency = 1
        elif self.findings.new:
            urgency = 2
        else:
            urgency = 3 if self.status is not Status.UNCHANGED else 4
        return urgency, -len(self.changes), self.stack


@dataclass(frozen=True)
class Preview:
    """What a change does to some environments of a project.

    Attributes:
        project: Name of the Pulumi project.
        against: The commit that it is compared with, as people name it; ``""`` where what is deployed is.
        environments: The ones that a reviewer has to look at first.
        whole: Whether it was asked for every environment.
    """

    project: str
    against: str
    environments: tuple[Environment, ...]
    whole: bool = False

    @property
    def marker(self) -> str:
        """The comment's first line, by which it is found again: one for each stack, or one for the project."""
        stack = "" if self.whole else "/" + ",".join(sorted(one.stack for one in self.environments))
        return f"<!-- mesh preview: {self.project}{stack} -->"


def status_of(changes: tuple[ObjectChange, ...], there_before: bool, there_after: bool) -> Status:
    """Return what becomes of an environment that could be previewed."""
    if not there_before:
        return Status.NEW
    if not there_after:
        return Status.REMOVED
    return Status.CHANGED if changes else Status.UNCHANGED
