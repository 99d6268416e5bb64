"""What components that write Istio objects have in common: checked at construction, registered step by step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pulumi

from . import arguments, claims
from .analysis.resource import Named
from .component import PACKAGE, MeshComponent
from .declare import DeclaredObject, KubernetesObject, Rule, resource_name, type_token
from .declared import Declared
from .judge import Judge
from .settings import MeshSettings, Settings

Steps = list[list[KubernetesObject]]
"""Objects, those that others refer to in an earlier step than these."""


class IstioConfiguration(MeshComponent):
    """A component whose children are Istio objects.

    Arguments are validated, objects are planned and judged by the project's own analysis, and another component of the
    program that writes the same is found, all before anything is registered. What admits Istio objects has to be there:
    `depends_on` the mesh, where the same program declares it.
    """

    model: ClassVar[type[Settings]]
    """What the arguments are validated as."""

    siblings: ClassVar[tuple[str, ...]] = ()
    """Components that write the same objects: one of them with this name may have declared them in an earlier run."""

    @staticmethod
    def plan(mesh: MeshSettings, one: Any) -> Steps:
        """Return the objects that settings ask for."""
        raise NotImplementedError

    def __init__(self, name: str, args: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        whose = f"{type(self).__name__} {name}"
        mesh, own = arguments.load(whose, self.model, args)
        steps = type(self).plan(mesh, own)
        listed = [each for step in steps for each in step]
        # Where everything is judged in the end, warnings are shown then.
        judge = Judge.of(mesh, pulumi.get_stack())
        judge.judge(((each, Named(whose)) for each in listed), warn=not Declared.active)
        claims.claim(whose, mesh, listed, opts)
        super().__init__(name, opts)
        after: list[DeclaredObject] = []
        for step in steps:
            known = set(self.objects)
            self.declare(step, after=after, rules={each["kind"]: self._stays(each) for each in step})
            after = [resource for key, resource in self.objects.items() if key not in known]
        self.register_outputs({})

    def _stays(self, manifest: KubernetesObject) -> Rule:
        """Return options by which an object that a sibling declared stays, and is not deleted as the sibling's."""
        token, name = type_token(manifest), resource_name(self._owner, manifest)

        def urns(own: str) -> list[str]:
            head, types, _ = own.rsplit("::", 2)
            above = f"{parent}$" if (parent := types.rpartition("$")[0]) else ""
            return [f"{head}::{above}{PACKAGE}:index:{sibling}${token}::{name}" for sibling in others]

        def one(place: int) -> pulumi.Output[str]:
            return self.urn.apply(lambda own: urns(own)[place])

        others = [sibling for sibling in self.siblings if sibling != type(self).__name__]
        return Rule(pulumi.ResourceOptions(aliases=[one(place) for place in range(len(others))]))
