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
    The workloads have no proxy, and the client's DestinationRule makes it begin TLS of its own. So it is for hosts
    outside, too.
``PASSTHROUGH``
    A host outside to which applications send TLS themselves (its port's protocol is HTTPS or TLS).
``none``
    The client or the workloads have no proxy, or it is a host outside, and nobody begins TLS.
``""``
    Too little is known: no workload, or not whether it has a proxy.

Where workloads behind one host differ, the weakest counts, and the difference is told. A client and workloads that
cannot talk to each other are told, too: then the mode is that of the workloads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..analysis import kinds
from ..analysis.hosts import Destination
from ..analysis.istio.gateways import named_ports
from ..analysis.mtls import DISABLE, MUTUAL, PERMISSIVE, STRICT, PeerModes, automatic
from ..analysis.world import Workload, World
from ..validation.unknown import IsUnknown, Unknown
from .known import items, known, number, text
from .places import Places
from .rules import Client, Counting
from .words import some

NONE, PASSTHROUGH = "none", "PASSTHROUGH"
OWN_TLS = ("SIMPLE", "MUTUAL")
"""Modes in which a client begins TLS without the mesh's certificates."""
STRENGTH = (NONE, DISABLE, PERMISSIVE, STRICT)
"""What protects less goes first."""
PLAIN_TO_STRICT = "client sends plain text, target takes mutual TLS only"
NO_PROXY_TO_STRICT = "client has no proxy, target takes mutual TLS only"
TLS_TO_STRICT = "client sends TLS without a client certificate, target takes mutual TLS only"
MUTUAL_TO_PLAIN = "client sends mutual TLS, target takes plain text only"
MUTUAL_TO_NO_PROXY = "client sends mutual TLS, target has no proxy"
PLAIN = "client sends plain text"

Said = tuple[str, tuple[str, ...]]
"""A mode, and what else is to be said of it."""


class Protection:
    """What protects edges within the mesh, and those that leave it."""

    def __init__(self, world: World, places: Places) -> None:
        self._world = world
        self._places = places
        self.automatic = known(lambda: automatic(world), True)

    def towards(
        self, client: Client, found: Destination | None, subset: str, port: int | None, workloads: Sequence[Workload],
        counting: Callable[[], Counting],
    ) -> Said:  # fmt: skip
        """Return what protects requests of a client to some of the workloads behind a host.

        :param counting: returns the rules that count there, or raises `IsUnknown`
        """
        try:
            rule = counting()
            sends = tls_mode(rule.of(subset, port))
        except IsUnknown:
            return "", ()
        if not workloads:
            return known(lambda: self._outside(found, port, sends), ("", ()))
        modes = {self._places.node(one): known(lambda one=one: self.taken(one, found, port), "") for one in workloads}
        return combined(client, sends, modes, self.automatic)

    def taken(self, workload: Workload, found: Destination | None, port: int | None) -> str:
        """Return the mode that a workload takes at a port of a Service; ``none`` without a proxy."""
        has_proxy = self._places.proxy(workload).there
        if not has_proxy:
            return "" if has_proxy is None else NONE
        effective = self._world.derived(PeerModes).of(workload)
        if not effective.ports:
            return effective.mode
        taken = {effective.at(number) for number in target_ports(workload, found, port)} or {effective.mode}
        return min(taken, key=_strength)

    def _outside(self, found: Destination | None, port: int | None, sends: str) -> Said:
        """Return what protects requests to a host outside of the mesh, or to one of which no workload is known."""
        if sends in OWN_TLS:
            return sends, ()
        if found is None or found.resource.kind != kinds.SERVICE_ENTRY:
            return "", ()
        if text(found.resource.spec, "location") == "MESH_INTERNAL":
            return "", ()
        ports = [one for one in items(found.resource.spec, "ports") if port is None or number(one, "number") == port]
        protocols = {text(one, "protocol").upper() for one in ports}
        return (PASSTHROUGH if protocols and protocols <= {"HTTPS", "TLS"} else NONE), ()


def combined(client: Client, sends: str, modes: dict[str, str], automatic_tls: bool) -> Said:
    """Return what a client's TLS mode and those of workloads make together.

    :param sends: the TLS mode of the client's DestinationRule, ``""`` for none
    :param modes: by workload, ``""`` where it is not known
    """
    if "" in modes.values():
        return "", ()
    made = {name: one_way(client, sends, mode, automatic_tls) for name, mode in modes.items()}
    weakest = min(made.values(), key=lambda said: _strength(said[0]))
    told = dict.fromkeys(remark for _, remarks in made.values() for remark in remarks)
    if len({mode for mode, _ in made.values()}) > 1:
        told[f"not the same everywhere: {some([f'{name} {mode}' for name, (mode, _) in sorted(made.items())])}"] = None
    return weakest[0], tuple(told)


def _strength(mode: str) -> int:
    return STRENGTH.index(mode) if mode in STRENGTH else len(STRENGTH)


def one_way(client: Client, sends: str, takes: str, automatic_tls: bool) -> Said:
    """Return what a client's TLS mode and that of one workload make together."""
    if client.has_proxy is None:
        return "", ()
    if not client.has_proxy:
        return NONE, (NO_PROXY_TO_STRICT,) if takes == STRICT else ()
    if takes == NONE:
        if sends in OWN_TLS:
            return sends, ()
        return NONE, (MUTUAL_TO_NO_PROXY,) if sends in MUTUAL else ()
    if sends == DISABLE or (not sends and not automatic_tls):
        if takes == STRICT:
            return STRICT, (PLAIN_TO_STRICT,)
        return DISABLE, (PLAIN,) if sends and takes != DISABLE else ()
    if sends == "SIMPLE":
        return takes, (TLS_TO_STRICT,) if takes == STRICT else ("client begins TLS of mode SIMPLE",)
    if sends in MUTUAL and takes == DISABLE:
        return DISABLE, (MUTUAL_TO_PLAIN,)
    return takes, ()


def tls_mode(policy: Any) -> str:
    """Return the TLS mode that a policy makes clients use, ``""`` when it says nothing of TLS.

    :raises IsUnknown: when that is not known
    """
    settings = policy.get("tls")
    if settings is None:
        return ""
    # The first value of the enumeration counts when the field is left out.
    return f"{settings.get('mode', DISABLE):s}"


def target_ports(workload: Workload, found: Destination | None, port: int | None) -> Iterable[int]:
    """Return the pods' ports behind one port of a host, behind all of them when none is said.

    :raises IsUnknown: when one is not known
    """
    field = "port" if found is None or found.resource.kind == kinds.SERVICE else "number"
    for given in found.resource.spec.get("ports", []) if found else ():
        if port is None or given.get(field, 0) == port:
            target = given.get("targetPort", 0) or given.get(field, 0)
            if isinstance(target, Unknown):
                raise IsUnknown
            yield from [target] if isinstance(target, int) else named_ports(workload, target)
