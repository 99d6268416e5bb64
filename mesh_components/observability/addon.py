"""What the addons have in common as components."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

import pulumi

from mesh_components import arguments
from mesh_components.component import MeshComponent, Waits
from mesh_components.declare import ANNOTATION_SKIP_AWAIT, RULES, KubernetesObject, Rule
from mesh_components.settings import MeshSettings, Settings

One = TypeVar("One", bound=Settings)

CLAIM = Rule(annotations={ANNOTATION_SKIP_AWAIT: "true"})
"""A volume that is made where its first pod runs is not there before the pod, and the pod waits for it anyway."""


class Addon(MeshComponent):
    """An addon: a Deployment, what it reads, its Service, and maybe a volume.

    Ready means that its pod is.
    """

    model: ClassVar[type[Settings]]
    """What the arguments are validated as."""

    def __init__(
        self,
        name: str,
        planned: list[KubernetesObject],
        opts: pulumi.ResourceOptions | None,
        waits: Waits | None,
        outputs: Mapping[str, Any],
    ) -> None:
        super().__init__(name, opts, waits)
        self.declare(planned, rules={**RULES, "PersistentVolumeClaim": CLAIM})
        self.register_outputs(dict(outputs))


def load(
    component: str, model: type[One], args: Mapping[str, Any] | tuple[MeshSettings, One]
) -> tuple[MeshSettings, One]:
    """Return the settings of the mesh and those of an addon, which is declared unless it says otherwise.

    :param component: type and name, for the message
    :raises pulumi.RunError: for settings that are not valid
    """
    if isinstance(args, tuple):
        return args
    return arguments.load(component, model, {"enabled": True, **args} if isinstance(args, Mapping) else args)
