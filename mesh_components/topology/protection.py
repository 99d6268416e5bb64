"""Which TLS protects the way to a host within the mesh: what its workloads take, and what the client sends.

What stands at an edge within the mesh:

``STRICT``
    The workloads take mutual TLS only, and the client sends it.
``PERMISSIVE``
    They take both; a client with a proxy sends mutual TLS, any other plain text.
``DISABLE``
    Plain text, because the workloads take nothing else, or because the client's DestinationRule (or `enableAutoMtls:
    false`) makes it send plain text.
``SIMPLE``, ``MUTUAL``
    TLS that the client's DestinationRule makes it begin, with certificates that are not the mesh's: to workloads
    without a proxy, to a gateway whose server has that mode, to a host outside.
``PASSTHROUGH``
    TLS that applications begin themselves: to a host outside whose port's protocol is HTTPS or TLS, or through a
    gateway that passes it on.
``none``
    The client or the workloads have no proxy, or it is a host outside, and nobody begins TLS.
``""``
    Too little is known: no workload, or not whether it has a proxy.

A gateway takes what its servers at that port take; no client sends mutual TLS to it by itself, since istiod has it
only for workloads with a sidecar or in ambient mode (`security.istio.io/tlsMode` in the injection templates).

Where workloads behind one host differ, the weakest counts, and the difference is told. A client and workloads that
cannot talk to each other are told, too: then the mode is that of the workloads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..analysis import kinds
from ..analysis.hosts import Destination
from ..analysis.mtls import DISABLE, PERMISSIVE, STRICT, automatic
from ..analysis.world import Workload, World
from .known import items, known, number, text
from .places import Places
from .ports import target_ports
from .rules import Client, Policy
from .servers import FROM_THE_MESH, NONE, PASSING, Servers
from .workloads import Proxy

OWN_TLS = ("SIMPLE", "MUTUAL")
"""Modes in which a client begins TLS with other certificates than the mesh's."""
PASSTHROUGH = "PASSTHROUGH"
STRENGTH = (NONE, DISABLE, PERMISSIVE, STRICT)
"""What protects less goes first."""

PLAIN = "client sends plain text"
PLAIN_TO_STRICT = "client sends plain text, target takes mutual TLS only"
PLAIN_TO_TLS = "client sends plain text, target takes TLS only"
NO_PROXY_TO_STRICT = "client has no proxy, target takes mutual TLS only"
OWN_TO_STRICT = "client begins TLS of its own, target takes mutual TLS only"
OWN_TO_SIDECAR = "client begins TLS of its own"
OWN_TO_PLAIN = "client begins TLS of its own, target takes plain text only"
MUTUAL_TO_PLAIN = "client sends mutual TLS, target takes plain text only"
MUTUAL_TO_NO_PROXY = "client sends mutual TLS, target has no proxy"


@dataclass(frozen=True)
class Taken:
    """What a workload takes.

    Attributes:
        mode: DISABLE, PERMISSIVE or STRICT; ``none`` without a proxy; of a gateway also the mode of its server.
        is_automatic: Whether clients send mutual TLS by themselves.
    """

    mode: str
    is_automatic: bool = True


@dataclass(frozen=True)
class Said:
    """What protects an edge.

    Attributes:
        tls: The mode; ``""`` when it is not known.
        remarks: What else is to be said of it.
    """

    tls: str
    remarks: tuple[str, ...] = ()


UNSAID = Said("")


class Protection:
    """What protects edges within the mesh, and those that leave it."""

    def __init__(self, world: World, places: Places, servers: Servers) -> None:
        self._places = places
        self._servers = servers
        self._is_automatic = known(automatic, None, world)

    def towards(
        self,
        client: Client,
        policy: Policy | None,
        destination: Destination | None,
        port: int | None,
        workloads: Sequence[Workload],
    ) -> Said:
        """Return what protects requests of a client to some of the workloads behind a host.

        :param policy: of the DestinationRule that counts there, None when it is not known
        :param port: the host's port, None when it is not said
        """
        sends = None if policy is None else known(tls_mode, None, policy)
        if sends is None or self._is_automatic is None:
            return UNSAID
        if not workloads:
            return known(outside, UNSAID, destination, port, sends)
        taken = {self._places.node(one): known(self._taken, None, one, destination, port) for one in workloads}
        return together(client, sends, taken, self._is_automatic)

    def between(self, client: Client, workload: Workload) -> Said:
        """Return what protects requests of a client to a workload, by whichever host and port."""
        return self.towards(client, {}, None, None, [workload])

    def _taken(self, workload: Workload, destination: Destination | None, port: int | None) -> Taken | None:
        carried = self._places.proxy(workload)
        if carried is Proxy.GATEWAY:
            return self._taken_by_gateway(workload, destination, port)
        if not carried.there:
            return None if carried.there is None else Taken(NONE)
        effective = self._places.effective(workload)
        ports = target_ports(workload, destination, port) if effective.ports else ()
        modes = {effective.at(number) for number in ports} or {effective.mode}
        return Taken(min(modes, key=_strength))

    def _taken_by_gateway(self, workload: Workload, destination: Destination | None, port: int | None) -> Taken | None:
        """Return what the servers of a gateway take, which are found by the Service's port or by the pods'."""
        own = [] if port is None else [port]
        modes = self._servers.modes(self._places.node(workload), [*own, *target_ports(workload, destination, port)])
        if len(modes) != 1:
            return None
        (mode,) = modes
        return Taken({FROM_THE_MESH: STRICT, NONE: DISABLE}.get(mode, mode), False) if mode else None


def together(client: Client, sends: str, taken: Mapping[str, Taken | None], is_automatic: bool) -> Said:
    """Return what a client's TLS mode and those of workloads make together.

    :param sends: the TLS mode of the client's DestinationRule, ``""`` for none
    :param taken: by workload, None where it is not known
    """
    if len(taken) == 1:
        (one,) = taken.values()
        return UNSAID if one is None else one_way(client, sends, one.mode, is_automatic and one.is_automatic)
    made = {
        name: UNSAID if one is None else one_way(client, sends, one.mode, is_automatic and one.is_automatic)
        for name, one in taken.items()
    }
    if UNSAID in made.values():
        return UNSAID
    weakest = min(made.values(), key=lambda said: _strength(said.tls))
    told = dict.fromkeys(remark for said in made.values() for remark in said.remarks)
    if len({said.tls for said in made.values()}) > 1:
        told[f"not the same everywhere: {', '.join(f'{name} {said.tls}' for name, said in sorted(made.items()))}"] = (
            None
        )
    return Said(weakest.tls, tuple(told))


def _strength(mode: str) -> int:
    return STRENGTH.index(mode) if mode in STRENGTH else len(STRENGTH)


def one_way(client: Client, sends: str, takes: str, is_automatic: bool) -> Said:
    """Return what a client's TLS mode and that of one workload make together.

    :param is_automatic: whether the client sends mutual TLS by itself
    """
    if client.has_proxy is None:
        return UNSAID
    if not client.has_proxy:
        return Said(NONE, (NO_PROXY_TO_STRICT,) if takes == STRICT else ())
    if takes == NONE:
        return Said(sends) if sends in OWN_TLS else Said(NONE, (MUTUAL_TO_NO_PROXY,) if sends == FROM_THE_MESH else ())
    if takes in PASSING:
        return Said(PASSTHROUGH)
    if takes not in STRENGTH:  # a gateway's server with certificates of its own
        return Said(takes, () if sends in OWN_TLS else (PLAIN_TO_TLS,))
    if sends == DISABLE or (not sends and not is_automatic):
        if takes == STRICT:
            return Said(STRICT, (PLAIN_TO_STRICT,))
        return Said(DISABLE, (PLAIN,) if takes == PERMISSIVE else ())
    if takes == DISABLE:
        return Said(DISABLE, {"": (), "SIMPLE": (OWN_TO_PLAIN,)}.get(sends, (MUTUAL_TO_PLAIN,)))
    if sends == "SIMPLE":
        return Said(takes, (OWN_TO_STRICT,) if takes == STRICT else (OWN_TO_SIDECAR,))
    return Said(takes)


def outside(destination: Destination | None, port: int | None, sends: str) -> Said:
    """Return what protects requests to a host outside of the mesh, or to one of which no workload is known."""
    if sends in OWN_TLS:
        return Said(sends)
    if destination is None or destination.resource.kind != kinds.SERVICE_ENTRY:
        return UNSAID
    spec = destination.resource.spec
    if text(spec, "location") == "MESH_INTERNAL":
        return UNSAID
    ports = [one for one in items(spec, "ports") if port is None or number(one, "number") == port]
    protocols = {text(one, "protocol").upper() for one in ports}
    return Said(PASSTHROUGH if protocols and protocols <= {"HTTPS", "TLS"} else NONE)


def tls_mode(policy: Policy) -> str:
    """Return the TLS mode that a policy makes clients use, ``""`` when it says nothing of TLS.

    :raises IsUnknown: when that is not known
    """
    settings = policy.get("tls")
    # The first value of the enumeration counts when the field is left out.
    return "" if settings is None else f"{settings.get('mode', DISABLE):s}"
