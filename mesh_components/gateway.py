"""Gateway: an Envoy at the edge of the mesh."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from .args import GatewayArgs
from .component import MeshComponent, Waits, check_keys, load_settings
from .declare import RULES, Rule
from .manifests import gateway
from .settings import GatewaySettings, MeshSettings

FIELDS: Mapping[str, str] = {"ingress": "ingressGateways", "egress": "egressGateways"}
"""Which list of MeshSettings holds the gateways of a direction."""

WITH_ADDRESS = Rule(wait_for="jsonpath={.status.loadBalancer.ingress[0]}")
"""When a gateway's Service of the type LoadBalancer is ready: its address is an output. On a cluster without load
balancers choose another type, or give the Service the annotation ``pulumi.com/skipAwait: "true"``
(``serviceAnnotations``)."""


class Gateway(MeshComponent):
    """An ingress or egress gateway: Deployment, Service, autoscaler, disruption budget, account and its rights.

    :param args: see :class:`~mesh_components.args.GatewayArgs`
    :param waits: resources that have to be ready before objects of a kind, and not before all of them
    :raises pulumi.RunError: for settings that are not valid, before anything is registered
    """

    address: pulumi.Output[str | None]
    """IP address or host name of the Service's load balancer; None for the other types of Service."""

    def __init__(
        self,
        name: str,
        args: GatewayArgs | tuple[MeshSettings, GatewaySettings],
        opts: pulumi.ResourceOptions | None = None,
        *,
        waits: Waits | None = None,
    ) -> None:
        settings, one = args if isinstance(args, tuple) else load_gateway(args)
        objects = gateway.objects(settings, one)
        super().__init__(name, opts, waits)
        self.declare(objects, rules={**RULES, "Service": WITH_ADDRESS} if one.type == "LoadBalancer" else RULES)
        service = next((resource for key, resource in self.objects.items() if key.startswith("Service/")), None)
        self.address = service.status.apply(load_balancer_address) if service else pulumi.Output.from_input(None)
        self.register_outputs({"address": self.address})


def load_gateway(args: GatewayArgs) -> tuple[MeshSettings, GatewaySettings]:
    """Return the mesh-wide settings and those of the gateway.

    :raises pulumi.RunError: for settings that are not valid
    """
    check_keys(args, GatewayArgs)
    direction = args["direction"]
    if direction not in FIELDS:
        raise pulumi.RunError(f"direction: {direction!r} is not one of {', '.join(FIELDS)}")
    others: dict[str, list[Any]] = {field: [] for field in FIELDS.values()}
    settings = load_settings({**args.get("mesh", {}), **others, FIELDS[direction]: [args["gateway"]]})
    return settings, settings.all_gateways[0]


def load_balancer_address(status: Any) -> str | None:
    """Return the first address in a Service's status, if it has one."""
    ingress = ((status or {}).get("loadBalancer") or {}).get("ingress") or [{}]
    address: str | None = ingress[0].get("ip") or ingress[0].get("hostname")
    return address
