"""Everything that a program declares, gathered where it can be judged: the seam for analysis.

Two views exist. :class:`Mesh <mesh_components.mesh.Mesh>` hands over its own plan before it registers its first child,
so a plan that cannot work registers nothing. And :func:`observe`, called before the program's first resource, gathers
every Kubernetes object of the program, the user's own included, to be judged when the program ends.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import pulumi
from pulumi.runtime.stack import wait_for_rpcs

KubernetesObject = Mapping[str, Any]
"""A Kubernetes object in wire spelling."""


def judge_plan(objects: Iterable[KubernetesObject]) -> None:
    """Judge planned objects before any is registered.

    :raises pulumi.RunError: naming every problem
    """
    problems = duplicates(objects)
    if problems:
        raise pulumi.RunError("\n".join(problems))


def duplicates(objects: Iterable[KubernetesObject]) -> list[str]:
    """Return one line for every object that is declared more than once, where the last apply would win."""
    counted = Counter(filter(None, map(identity, objects)))
    return [
        f"{name} is declared {count} times; an object belongs to one declaration"
        for name, count in counted.items()
        if count > 1
    ]


def identity(manifest: KubernetesObject) -> str | None:
    """Return ``group/Kind namespace/name``, or None while a part of it is not known."""
    metadata = manifest.get("metadata") or {}
    parts = (manifest.get("apiVersion"), manifest.get("kind"), metadata.get("name"), metadata.get("namespace") or "")
    if not all(isinstance(part, str) for part in parts) or not metadata.get("name"):
        return None
    group = str(parts[0]).rpartition("/")[0]
    kind = f"{group}/{parts[1]}" if group else str(parts[1])
    return f"{kind} {parts[3]}/{parts[2]}" if parts[3] else f"{kind} {parts[2]}"


class Declared:
    """The Kubernetes objects that the program has registered so far, in that order."""

    def __init__(self) -> None:
        self.objects: list[KubernetesObject] = []

    def see(self, args: pulumi.ResourceTransformArgs) -> None:
        """Take in one registration; a resource transform that changes nothing."""
        if args.type_.startswith("kubernetes:") and "kind" in args.props:
            self.objects.append(args.props)

    async def judge(self) -> None:
        """Wait until the program has registered everything, then judge the whole.

        :raises pulumi.RunError: naming every problem; raised in a preview it keeps `pulumi up` from changing anything
        """
        await wait_for_rpcs(await_all_outstanding_tasks=False)
        judge_plan(self.objects)


def observe() -> Declared:
    """Gather every Kubernetes object that the program declares from here on; call it before the first resource.

    The end of the program is where they are judged: ``pulumi.run(observe().judge)``.
    """
    declared = Declared()
    pulumi.runtime.register_resource_transform(declared.see)
    return declared
