"""Everything that a program declares, gathered where it can be judged: the seam for analysis.

Two views exist. :class:`Mesh <mesh_components.mesh.Mesh>` hands over its own plan before it registers its first child,
so a plan that cannot work registers nothing. And :func:`observe`, called before the program's first resource, gathers
every Kubernetes object of the program, the user's own included, to be judged when the program ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pulumi
from pulumi.runtime.stack import wait_for_rpcs

from .analysis.resource import Named
from .analysis.world import Given
from .judge import Judge
from .settings import MeshSettings

KubernetesObject = Mapping[str, Any]
"""A Kubernetes object in wire spelling."""


def judge_plan(objects: Iterable[KubernetesObject], settings: MeshSettings, name: str) -> None:
    """Judge a mesh's planned objects before any is registered.

    :param name: the component's, to name in findings
    :raises pulumi.RunError: naming every error
    """
    origin = Named(f"Mesh {name}")
    # Where everything is judged in the end, warnings are shown then.
    Judge.of(settings, pulumi.get_stack()).judge(((manifest, origin) for manifest in objects), warn=not Declared.active)


class Declared:
    """The Kubernetes objects that the program has registered so far, in that order.

    :param judge: how they are judged in the end
    """

    active = False
    """Whether this program's objects are gathered."""

    def __init__(self, judge: Judge | None = None) -> None:
        self._judge = judge or Judge()
        self.objects: list[Given] = []

    async def see(self, args: pulumi.ResourceTransformArgs) -> None:
        """Take in one registration; a resource transform that changes nothing."""
        if args.type_.startswith("kubernetes:") and "kind" in args.props:
            self.objects.append((args.props, Named(await urn(args))))

    async def judge(self) -> None:
        """Wait until the program has registered everything, then judge the whole.

        :raises pulumi.RunError: naming every error; raised in a preview it keeps `pulumi up` from changing anything
        """
        await wait_for_rpcs(await_all_outstanding_tasks=False)
        self._judge.judge(self.objects)


async def urn(args: pulumi.ResourceTransformArgs) -> str:
    """Return the URN that a resource is about to get."""
    parent = args.opts.parent
    above = await parent.urn.future() if parent is not None else None
    types = above.split("::")[2] if above else ""
    qualified = f"{types}${args.type_}" if types and types != "pulumi:pulumi:Stack" else args.type_
    return f"urn:pulumi:{pulumi.get_stack()}::{pulumi.get_project()}::{qualified}::{args.name}"


def observe(settings: MeshSettings | None = None) -> Declared:
    """Gather every Kubernetes object that the program declares from here on; call it before the first resource.

    The end of the program is where they are judged: ``pulumi.run(observe(settings).judge)``.

    :param settings: the mesh's, which say how strictly, what is suppressed, and which Istio; without them errors fail
    """
    declared = Declared(Judge.of(settings, pulumi.get_stack()) if settings else None)
    Declared.active = True
    pulumi.runtime.register_resource_transform(declared.see)
    return declared
