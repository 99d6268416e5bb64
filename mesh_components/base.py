"""Base: the CRDs and what all revisions of a control plane share."""

from __future__ import annotations

import pulumi

from . import definitions
from .args import ControlPlaneArgs
from .component import MeshComponent, Waits, load_settings
from .declare import RULES, DeclaredObject
from .manifests import base
from .settings import MeshSettings


class Base(MeshComponent):
    """Istio's CRDs, the control plane's Namespace, and the reader account that all revisions share.

    The CRDs stay in the cluster when the stack is destroyed: deleting one deletes every object of its kind.

    :param args: see :class:`~mesh_components.args.ControlPlaneArgs`
    :param waits: resources that have to be ready before objects of a kind, and not before all of them
    :raises pulumi.RunError: for settings that are not valid, before anything is registered
    """

    definitions: list[DeclaredObject]
    """The CRDs: what Istio's own objects, and webhooks for them, wait for. istiod runs without, and sees them come."""

    shared: list[DeclaredObject]
    """All the rest: the Namespace, and what pods in it may need."""

    def __init__(
        self,
        name: str,
        args: ControlPlaneArgs | MeshSettings,
        opts: pulumi.ResourceOptions | None = None,
        *,
        waits: Waits | None = None,
    ) -> None:
        objects = base.objects(load_settings(args))
        super().__init__(name, opts, waits)
        planned = [item for item in objects if item["kind"] == definitions.KIND]
        rule = definitions.made_together(name, len(planned))
        # The largest take longest to reach the provider.
        self.declare(
            sorted(objects, key=lambda item: len(str(item)), reverse=True), rules={**RULES, definitions.KIND: rule}
        )
        kinds = {key: key.partition("/")[0] == definitions.KIND for key in self.objects}
        self.definitions = [resource for key, resource in self.objects.items() if kinds[key]]
        self.shared = [resource for key, resource in self.objects.items() if not kinds[key]]
        self.register_outputs({})
