"""Which mutual TLS mode counts where, as istiod works it out from PeerAuthentications.

Upstream, istio/istio 1.31: `pilot/pkg/model/authentication.go` (which policies count, the oldest first) and
`ComposePeerAuthentication` in `pilot/pkg/security/authn/policy_applier.go` (what they make together).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..validation.unknown import IsUnknown, Unknown
from . import kinds
from .labelled import Labels, Selectors
from .resource import Resource
from .world import Workload, World

DISABLE, PERMISSIVE, STRICT, UNSET = "DISABLE", "PERMISSIVE", "STRICT", "UNSET"
"""The modes of PeerAuthentication."""
MUTUAL = ("ISTIO_MUTUAL", "MUTUAL")
"""TLS modes of a DestinationRule with which clients send a certificate."""


@dataclass(frozen=True)
class Effective:
    """What counts somewhere.

    Attributes:
        mode: DISABLE, PERMISSIVE or STRICT.
        policy: The policy that says so; None when it is Istio's default.
        ports: Modes of ports that have one of their own, by the pods' port.
    """

    mode: str = PERMISSIVE
    policy: Resource | None = None
    ports: Mapping[int, str] = field(default_factory=dict)

    def at(self, port: int) -> str:
        """Return the mode of a port."""
        return self.ports.get(port, self.mode)


class PeerModes:
    """Modes of the mesh, of namespaces and of workloads. Get it by ``world.derived(PeerModes)``."""

    def __init__(self, world: World) -> None:
        self._root = world.root_namespace
        self._whole: dict[str, Resource] = {}
        self._unsure: set[str] = set()
        self._placeless = False
        selecting: list[tuple[tuple[int, Resource], Labels, str]] = []
        for rank, policy in enumerate(sorted(world.all(kinds.PEER_AUTHENTICATION), key=_age)):
            if isinstance(policy.namespace, Unknown):
                self._placeless = True
                continue
            try:
                if labels := wanted_labels(policy):
                    selecting.append(((rank, policy), labels, policy.namespace))
                else:
                    self._whole.setdefault(policy.namespace, policy)
            except IsUnknown:
                self._unsure.add(policy.namespace)
        self._selecting = Selectors(selecting)

    @property
    def mesh(self) -> Effective:
        """What counts where no namespace says otherwise."""
        return self._over(Effective(), self._root)

    def namespace(self, namespace: str) -> Effective:
        """Return what counts in a namespace for workloads that no policy selects."""
        return self.mesh if namespace == self._root else self._over(self.mesh, namespace)

    def workload(self, namespace: str, labels: Mapping[str, str]) -> Effective:
        """Return what counts for pods with these labels; in the root namespace a policy selects nothing."""
        found = self.namespace(namespace)
        policy = self.selecting(namespace, labels)
        if policy is None:
            return found
        said = mode(policy)
        chosen = found.mode if said == UNSET else said
        ports = {
            int(port): chosen if (at := level.get("mode", UNSET)) == UNSET else at
            for port, level in policy.spec.get("portLevelMtls", {}).items()
            if port.isdecimal()
        }
        return Effective(chosen, policy, ports)

    def of(self, workload: Workload) -> Effective:
        """Return what counts for a workload."""
        return self.workload(workload.namespace, workload.labels)

    def selecting(self, namespace: str, labels: Mapping[str, str]) -> Resource | None:
        """Return the policy that counts of those which select pods with these labels."""
        self._sure(namespace)
        if namespace == self._root:
            return None
        found = self._selecting.all_selecting(labels, namespace)
        return min(found)[1] if found else None

    def declared(self, namespace: str) -> Resource | None:
        """Return the policy for all of a namespace; that of the root namespace is the mesh's."""
        self._sure(namespace)
        return self._whole.get(namespace)

    def _over(self, found: Effective, namespace: str) -> Effective:
        policy = self.declared(namespace)
        said = UNSET if policy is None else mode(policy)
        return found if said == UNSET else Effective(said, policy)

    def _sure(self, namespace: str) -> None:
        if self._placeless or namespace in self._unsure:
            raise IsUnknown


def mode(policy: Resource) -> str:
    """Return a PeerAuthentication's own mode, UNSET when it says none."""
    found: str = policy.spec.get("mtls", {}).get("mode", UNSET)
    return found


def wanted_labels(policy: Resource) -> Mapping[str, str]:
    """Return the labels that a policy selects by; empty when it is for all of its namespace."""
    found: Mapping[str, str] = policy.spec.get("selector", {}).get("matchLabels", {})
    return found


def automatic(world: World) -> bool:
    """Return whether sidecars use mutual TLS by themselves towards what has a sidecar (`enableAutoMtls`)."""
    return world.mesh_config.get("enableAutoMtls") is not False


def sent(rule: Resource) -> str:
    """Return the TLS mode that a DestinationRule makes clients use, ``""`` when it says nothing of TLS."""
    tls = rule.spec.get("trafficPolicy", {}).get("tls")
    # The first value of the enumeration counts when the field is left out.
    return "" if tls is None else str(tls.get("mode", DISABLE))


def _age(policy: Resource) -> tuple[str, str, str]:
    """Return what orders policies: the oldest first, those that are only planned last, then by name."""
    created = policy.body.get("metadata", {}).get("creationTimestamp")
    known = [value if isinstance(value, str) else "~" for value in (created, policy.name, policy.namespace)]
    return known[0], known[1], known[2]
