"""Whether everything is known of the place where a host, or what belongs to it, would be."""

from __future__ import annotations

from ..hosts import CLUSTER_DOMAIN, service_name
from ..world import World


def knows_host(world: World, host: str, namespace: str) -> bool:
    """Return whether a host that is not among the objects does not exist.

    :param namespace: of the object that names the host; of short names the host is there too
    """
    if "." in host and not host.endswith(f".{CLUSTER_DOMAIN}"):
        # A ServiceEntry for it may be in any namespace.
        return world.scope.complete
    return world.knows(service_name(host, namespace)[0])


def knows_client_of(world: World, host: str, namespace: str) -> bool:
    """Return whether everything is known of a host's namespace and of the one from which it is used."""
    return knows_host(world, host, namespace) and world.knows(namespace)
