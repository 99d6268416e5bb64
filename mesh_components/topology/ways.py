"""How a client's requests come to a host: to which workloads, by which DestinationRule, under which TLS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..analysis.world import Workload, World
from .known import known
from .places import Place, Places
from .ports import only_port
from .protection import Protection, Said
from .rules import Client, Policy, Rules
from .traffic import features


@dataclass(frozen=True, eq=False)
class Way:
    """How a client's requests come to a host, or to a subset of it.

    Attributes:
        client: Who sends them.
        place: The host.
        port: Its port; None when it is not said, and the host has not just one.
        policy: What the client's DestinationRule says there; None when that is not known.
        features: The same in words.
        workloads: To whom they come, as far as that is known; None when nothing of it is.
    """

    client: Client
    place: Place
    port: int | None
    policy: Policy | None
    features: tuple[str, ...]
    workloads: Sequence[Workload] | None


class Ways:
    """All ways, each worked out once."""

    def __init__(self, world: World, places: Places, protection: Protection) -> None:
        self._places = places
        self._protection = protection
        self._rules = Rules(world)
        self._root: str = known(lambda: world.root_namespace, "")
        self._found: dict[tuple[object, ...], Way] = {}

    def to(self, place: Place, client: Client | None = None, subset: str = "", port: int | None = None) -> Way:
        """Return how requests come to a host.

        :param client: who sends them; without one somebody in the host's own namespace
        :param subset: the subset; all of the host by default
        """
        who = client or Client(place.namespace or self._root)
        asked = (place.host, place.namespace, who.namespace, id(who.labels), who.has_proxy, subset, port)
        if asked not in self._found:
            self._found[asked] = self._way(place, who, subset, only_port(place.destination) if port is None else port)
        return self._found[asked]

    def _way(self, place: Place, client: Client, subset: str, port: int | None) -> Way:
        counting = known(self._rules.counting, None, place.host, place.namespace, client)
        policy = known(counting.of, None, subset, port) if counting else None
        workloads: Sequence[Workload] | None = None
        if not subset:
            workloads = self._places.behind(place.destination)
        elif counting and subset in counting.subsets:
            labels = known(_labels, None, counting.subsets[subset])
            workloads = None if labels is None else self._places.behind(place.destination, labels)
        return Way(client, place, port, policy, tuple(features(policy or {})), workloads)

    def protected(self, way: Way, workloads: Sequence[Workload] | None = None) -> Said:
        """Return what protects requests that come that way.

        :param workloads: those that are meant; all by default
        """
        meant = (way.workloads or ()) if workloads is None else workloads
        return self._protection.towards(way.client, way.policy, way.place.destination, way.port, meant)


def _labels(subset: Mapping[str, Any]) -> dict[str, str]:
    """Return a subset's labels.

    :raises IsUnknown: when one of them is not known
    """
    return {name: f"{value:s}" for name, value in subset.get("labels", {}).items()}
