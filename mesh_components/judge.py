"""What findings do to a Pulumi program: errors end it, warnings are shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import pulumi

from .analysis import of_settings
from .analysis.finding import Finding, Severity
from .analysis.plain import plain
from .analysis.reports.text import lines
from .analysis.suppressions import Suppression
from .analysis.world import Given, Scope, World
from .settings import MeshSettings
from .settings.analysis import AnalysisMode

HOW_TO_GO_ON = (
    "Correct the errors; a finding that is right as it is goes into the stack's "
    "`suppressions` with its reason; `analysis: warn` shows errors and goes on"
)


@dataclass(frozen=True)
class Judge:
    """How one stack wants its plan judged.

    Attributes:
        mode: What errors do.
        suppressions: Findings not to report.
        scope: How the plan is read.
    """

    mode: AnalysisMode = "enforce"
    suppressions: tuple[Suppression, ...] = ()
    scope: Scope = field(default_factory=Scope)

    @classmethod
    def of(cls, settings: MeshSettings, environment: str = "") -> Judge:
        """Return the judge that a stack's settings ask for.

        :param environment: the stack's name
        """
        return cls(settings.analysis, of_settings.suppressions(settings), of_settings.scope(settings, environment))

    def findings(self, given: Iterable[Given]) -> list[Finding]:
        """Return what is wrong with planned objects; nothing when analysis is off."""
        if self.mode == "off":
            return []
        from .analysis.everything import analyze  # takes a while to load, and is not always wanted

        plan = World.build(((plain(manifest), origin) for manifest, origin in given), self.scope)
        return analyze(plan, self.suppressions)

    def judge(self, given: Iterable[Given], warn: bool = True) -> None:
        """Judge planned objects.

        :param warn: whether warnings are shown
        :raises pulumi.RunError: naming every error, unless the stack only wants to be warned
        """
        found = [finding for finding in self.findings(given) if finding.severity > Severity.INFO]
        errors = [finding for finding in found if finding.severity is Severity.ERROR and self.mode == "enforce"]
        if errors:
            # In an update without a preview, the end of the program comes after its resources were made.
            so_far = "Nothing has been changed. " if pulumi.runtime.is_dry_run() else ""
            raise pulumi.RunError(f"analysis of the plan:\n{lines(found)}\n{so_far}{HOW_TO_GO_ON}")
        if found and warn:
            pulumi.log.warn(f"analysis of the plan:\n{lines(found)}")
