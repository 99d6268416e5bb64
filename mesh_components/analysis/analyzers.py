"""The register of analyzers, and how they are run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from ..validation.unknown import IsUnknown
from .finding import Finding
from .kinds import Kind
from .resource import Resource
from .world import Workload, World

OneCheck = Callable[[Resource, World], Iterable[Finding]]
WorkloadCheck = Callable[[Workload, World], Iterable[Finding]]
WholeCheck = Callable[[World], Iterable[Finding]]


@dataclass(frozen=True)
class Analyzer:
    """One analyzer.

    Attributes:
        name: Istio's name where it is Istio's (`Metadata().Name` upstream), else ``kiali.…``, ``kubernetes.…`` or
            ``security.…``.
        purpose: What it looks for, in a line.
        run: The check on a whole world; it never raises `IsUnknown`.
        on_request: It runs only where it is asked for by name.
    """

    name: str
    purpose: str
    run: Callable[[World], Iterator[Finding]]
    on_request: bool = False


REGISTER: dict[str, list[Analyzer]] = {}
"""Analyzers by name, in the order of their definition; a name may have several checks."""


def each(name: str, *kinds: Kind, on_request: bool = False) -> Callable[[OneCheck], OneCheck]:
    """Register a check that looks at one object of these kinds at a time.

    A value that is not known ends the check of that object, and of no other.
    """

    def register(check: OneCheck) -> OneCheck:
        def run(world: World) -> Iterator[Finding]:
            for resource in world.given(*kinds):
                with suppress(IsUnknown):
                    yield from check(resource, world)

        _add(name, check.__doc__, run, on_request)
        return check

    return register


def each_workload(name: str, *, on_request: bool = False) -> Callable[[WorkloadCheck], WorkloadCheck]:
    """Register a check that looks at one workload at a time: a pod, or the template of what makes pods.

    A value that is not known ends the check of that workload, and of no other.
    """

    def register(check: WorkloadCheck) -> WorkloadCheck:
        def run(world: World) -> Iterator[Finding]:
            for workload in world.given_workloads:
                with suppress(IsUnknown):
                    yield from check(workload, world)

        _add(name, check.__doc__, run, on_request)
        return check

    return register


def whole(name: str) -> Callable[[WholeCheck], WholeCheck]:
    """Register a check that looks at the world as a whole; inside it, unknown values are its own to step over."""

    def register(check: WholeCheck) -> WholeCheck:
        def run(world: World) -> Iterator[Finding]:
            with suppress(IsUnknown):
                yield from check(world)

        _add(name, check.__doc__, run)
        return check

    return register


def _add(name: str, doc: str | None, run: Callable[[World], Iterator[Finding]], on_request: bool = False) -> None:
    purpose = (doc or "").strip().partition("\n")[0]
    REGISTER.setdefault(name, []).append(Analyzer(name, purpose, run, on_request))


def run(world: World, names: Collection[str] | None = None) -> list[Finding]:
    """Return what the analyzers find, worst first, then by object; what two of them say alike is there once.

    :param names: names of the analyzers to run; all by default, but those that run on request only
    :raises KeyError: for a name that no analyzer has
    """
    chosen = [check for name in (REGISTER if names is None else names) for check in REGISTER[name]]
    found = [finding for check in chosen if names is not None or not check.on_request for finding in check.run(world)]
    return sorted(
        dict.fromkeys(found),
        key=lambda finding: (-finding.severity, finding.code, str(finding.resource), str(finding.path)),
    )
