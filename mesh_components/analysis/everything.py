"""Every analyzer there is: importing this module registers them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from . import analyzers, duplicates, istio, kiali, kubernetes, schema, security
from .finding import Finding
from .suppressions import Suppression, apply
from .world import World

__all__ = ["analyze", "duplicates", "istio", "kiali", "kubernetes", "schema", "security"]


def analyze(world: World, suppressions: Sequence[Suppression] = ()) -> list[Finding]:
    """Return everything that is wrong in a world, worst first, but for what somebody has suppressed."""
    return apply(said_once(analyzers.run(world)), suppressions)


def said_once(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Return findings without those of Kiali's that say of an object what one of Istio's says of it, too."""
    listed = list(findings)
    said = {(finding.code, id(finding.resource)) for finding in listed}
    for finding in listed:
        if (kiali.SAME_AS.get(finding.code), id(finding.resource)) not in said:
            yield finding
