"""How far a world reaches: what could not be read is not missing, and what others fill is not ours to miss."""

from __future__ import annotations

from typing import Any

import pytest

from mesh_components.analysis import kinds, world
from mesh_components.analysis.everything import analyze
from mesh_components.analysis.finding import Severity
from mesh_components.analysis.kinds import Kind
from mesh_components.analysis.resource import Nowhere
from mesh_components.analysis.suppressions import ANNOTATION
from mesh_components.validation.unknown import UNKNOWN

NAMESPACE = {
    "apiVersion": "v1",
    "kind": "Namespace",
    "metadata": {"name": "shop", "labels": {"istio-injection": "enabled"}},
}
SERVICE = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "cart", "namespace": "shop"},
    "spec": {"selector": {"app": "cart"}, "ports": [{"name": "http", "port": 80}]},
}
GATEWAY = {
    "apiVersion": "networking.istio.io/v1",
    "kind": "Gateway",
    "metadata": {"name": "public", "namespace": "shop"},
    "spec": {
        "selector": {"istio": "ingress"},
        "servers": [
            {
                "port": {"number": 443, "name": "https", "protocol": "HTTPS"},
                "hosts": ["cart.example.com"],
                "tls": {"mode": "SIMPLE", "credentialName": "cart-cert"},
            }
        ],
    },
}
ROUTE = {
    "apiVersion": "networking.istio.io/v1",
    "kind": "VirtualService",
    "metadata": {"name": "cart", "namespace": "shop"},
    "spec": {"hosts": ["cart"], "http": [{"route": [{"destination": {"host": "basket"}}]}]},
}
PODS = (kinds.POD, *kinds.TEMPLATED)


def found(*manifests: dict[str, Any], **scope: Any) -> set[tuple[str, str]]:
    findings = analyze(world.of(*manifests, **scope))
    return {(one.code, str(one.resource)) for one in findings if one.severity > Severity.INFO}


@pytest.mark.parametrize(
    ("unread", "code", "resource"),
    [
        ((kinds.SERVICE,), "IST0101", "VirtualService shop/cart"),
        ((kinds.SERVICE_ENTRY,), "IST0101", "VirtualService shop/cart"),
        ((kinds.SECRET,), "IST0101", "Gateway shop/public"),
        (PODS, "IST0101", "Gateway shop/public"),
        (PODS, "MESH0102", "Service shop/cart"),
    ],
)
def test_what_may_not_be_read_is_not_missing(unread: tuple[Kind, ...], code: str, resource: str) -> None:
    objects: tuple[dict[str, Any], ...] = (NAMESPACE, SERVICE, GATEWAY, ROUTE)
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "cart-cert", "namespace": "shop"}}
    labels = {"istio": "ingress"}
    pods = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "ingress", "namespace": "shop"},
        "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": {}}},
    }
    objects = (*objects, pods) if unread == (kinds.SECRET,) else (*objects, secret)
    assert (code, resource) in found(*objects)
    assert (code, resource) not in found(*objects, unread=frozenset(unread))


def test_a_namespace_that_is_declared_empty_is_for_others_to_fill() -> None:
    missing = ("IST0101", "VirtualService shop/cart")
    assert missing not in found(ROUTE, NAMESPACE, complete=False)
    assert missing in found(ROUTE, NAMESPACE, SERVICE, complete=False)
    assert missing in found(ROUTE, complete=False, owned=frozenset({"shop"}))


def test_a_given_object_takes_the_place_of_what_is_there() -> None:
    there = [(SERVICE | {"metadata": {"name": "basket", "namespace": "shop"}}, Nowhere())]
    broken = ROUTE | {"spec": {"hosts": ["cart"], "http": [{"route": [{"destination": {"host": "nothing"}}]}]}}
    both = world.World.build([(ROUTE, Nowhere())], world.Scope(complete=True), over=[*there, (broken, Nowhere())])
    assert [str(one) for one in both.given(kinds.VIRTUAL_SERVICE)] == ["VirtualService shop/cart"]
    assert ("IST0101", "VirtualService shop/cart") not in {(one.code, str(one.resource)) for one in analyze(both)}


@pytest.mark.parametrize("unknown", [{"annotations": UNKNOWN}, {"annotations": {ANNOTATION: UNKNOWN}}])
def test_annotations_that_are_not_known_suppress_nothing(unknown: dict[str, Any]) -> None:
    broken = {
        **ROUTE,
        "metadata": {"name": "cart", "namespace": "shop", **unknown},
        "spec": {"hosts": ["cart"], "http": [{"timeout": "5x", "route": [{"destination": {"host": "b"}}]}]},
    }
    assert ("IST0106", "VirtualService shop/cart") in found(NAMESPACE, SERVICE, broken)
