"""SidecarInjection: what istiod puts into pods, and the webhook through which it does."""

from __future__ import annotations

import pulumi

from .args import ControlPlaneArgs
from .component import MeshComponent, Waits, load_settings
from .declare import DeclaredObject, rules_of
from .manifests import sidecar_injection
from .settings import MeshSettings


class SidecarInjection(MeshComponent):
    """The injector's ConfigMap and the mutating webhook.

    Ready means that istiod has filled in the webhook's caBundle; so a control plane depends on :attr:`config_map`, not
    on the component, which waits for that control plane.

    :param args: see :class:`~mesh_components.args.ControlPlaneArgs`
    :param waits: resources that have to be ready before objects of a kind, and not before all of them
    :raises pulumi.RunError: for settings that are not valid, before anything is registered
    """

    config_map: list[DeclaredObject]
    """The injector's ConfigMap, which has to exist before istiod starts; empty where it is left to somebody else
    (``global.omitSidecarInjectorConfigMap``)."""

    def __init__(
        self,
        name: str,
        args: ControlPlaneArgs | MeshSettings,
        opts: pulumi.ResourceOptions | None = None,
        *,
        waits: Waits | None = None,
    ) -> None:
        settings = load_settings(args)
        objects = sidecar_injection.objects(settings)
        super().__init__(name, opts, waits)
        self.declare(objects, rules=rules_of(settings))
        self.config_map = [resource for key, resource in self.objects.items() if key.startswith("ConfigMap/")]
        self.register_outputs({})
