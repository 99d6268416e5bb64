"""Two apps in one namespace, and a way to one of them from outside: what moves while a mesh is changed under it."""

from __future__ import annotations

from .kubectl import Kubectl, app, eventually
from .test_ingress import HOST, ROUTE, request

SHOP = "shop"
"""The apps' namespace, which is there before."""


def apps(kubectl: Kubectl, leave: int = 0) -> None:
    """Put the apps `hello` and `client` into the mesh, and a route from outside to `hello`.

    :param leave: seconds for which a pod of `hello` serves on once it is to end
    """
    route = [{**item, "metadata": {**item["metadata"], "namespace": SHOP}} for item in ROUTE]
    kubectl.apply(*app("hello", SHOP, leave), *app("client", SHOP), *route)
    for name in ("hello", "client"):
        kubectl.rolled_out(SHOP, name)


def answers(address: str) -> str:
    """Wait until `hello` answers at a gateway's address, and return the address."""
    eventually(lambda: request(address, HOST), lambda answer: answer[0] == 200, "an answer through the gateway")
    return address
