"""ControlPlane: istiod, its rights and its configuration."""

from __future__ import annotations

import pulumi

from .args import ControlPlaneArgs
from .component import MeshComponent, Waits, load_settings
from .declare import DeclaredObject, rules_of
from .manifests import control_plane
from .manifests.webhooks import is_default_validator
from .settings import MeshSettings


class ControlPlane(MeshComponent):
    """istiod: RBAC, mesh config, Deployment, Service, autoscaler, disruption budget, validating webhook.

    Ready means that istiod serves and that the API server can reach its validating webhook. The injector's ConfigMap
    (:attr:`SidecarInjection.config_map <mesh_components.injection.SidecarInjection.config_map>`) must be there before
    istiod starts, or it runs without injection until it is restarted (``pilot/pkg/bootstrap/sidecarinjector.go``).

    :param args: see :class:`~mesh_components.args.ControlPlaneArgs`
    :param waits: resources that have to be ready before objects of a kind, and not before all of them
    :raises pulumi.RunError: for settings that are not valid, before anything is registered
    """

    workload: list[DeclaredObject]
    """istiod's Deployment: ready a while before its Service is, and enough for what only needs istiod to run; empty
    where the control plane is elsewhere."""

    def __init__(
        self,
        name: str,
        args: ControlPlaneArgs | MeshSettings,
        opts: pulumi.ResourceOptions | None = None,
        *,
        waits: Waits | None = None,
    ) -> None:
        settings = load_settings(args)
        objects, rules = control_plane.objects(settings), rules_of(settings)
        super().__init__(name, opts, waits)
        self.declare((item for item in objects if not is_default_validator(item)), rules=rules)
        for validator in filter(is_default_validator, objects):
            self.declare_moved(validator, "RevisionTag", rules)
        self.workload = [resource for key, resource in self.objects.items() if key.startswith("Deployment/")]
        self.register_outputs({})
