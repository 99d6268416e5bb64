"""Clients and servers that disagree on mutual TLS: DestinationRules on one side, PeerAuthentications on the other.

Upstream: `business/checkers/destinationrules/*mtls*` and `traffic_policy_checker.go`,
`business/checkers/peerauthentications`, `business/checkers/authorization/mtls_enabled_checker.go`,
`util/mtls/status.go`. The mode that counts for a workload is worked out as istiod does it, in `..mtls`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...validation.unknown import IsUnknown
from .. import kinds
from ..analyzers import each
from ..finding import Finding
from ..hosts import CLUSTER_DOMAIN
from ..labelled import Labelled
from ..messages import kia
from ..mtls import DISABLE, MUTUAL, PERMISSIVE, STRICT, PeerModes, automatic, mode, sent, wanted_labels
from ..resource import Path, Resource
from ..world import World, part
from .authorization import sources
from .names import exported_to, host_of, others_text

ISTIO_MUTUAL = "ISTIO_MUTUAL"
WHOLE_MESH = "*.local"
"""The host of a DestinationRule for all of the mesh, as Istio's documentation has it."""
TLS: Path = ("spec", "trafficPolicy", "tls", "mode")
MTLS: Path = ("spec", "mtls")
ACCEPTING = (PERMISSIVE, STRICT)
IDENTITY_FIELDS = ("principals", "notPrincipals", "namespaces", "notNamespaces")
IDENTITY_KEYS = ("source.namespace", "source.principal", "connection.sni")
"""What an AuthorizationPolicy knows from the client's certificate."""


def whole_namespace(namespace: str) -> str:
    """Return the host of a DestinationRule for all of a namespace."""
    return f"*.{namespace}.{CLUSTER_DOMAIN}"


class ClientRules:
    """DestinationRules that say something of TLS, by host. Get it by ``world.derived(ClientRules)``."""

    def __init__(self, world: World) -> None:
        self._by_host: dict[str, list[Resource]] = {}
        self._unsure = False
        for rule in world.all(kinds.DESTINATION_RULE):
            try:
                host = host_of(rule.spec.get("host", ""), rule.namespace, world).full
                if sent(rule):
                    self._by_host.setdefault(host, []).append(rule)
            except IsUnknown:
                self._unsure = True

    def sending(self, host: str, *modes: str) -> list[Resource]:
        """Return the rules for exactly this host with one of these TLS modes, with any when none is given."""
        return [rule for rule in self._by_host.get(host, ()) if not modes or sent(rule) in modes]

    def otherwise(self) -> None:
        """Do nothing when all rules are known.

        :raises IsUnknown: when there are rules whose host or mode is not known
        """
        if self._unsure:
            raise IsUnknown


def accepting(namespace: str, world: World) -> str:
    """Return the mode that a namespace's policy declares, ``""`` when it has none or the policy says none."""
    policy = world.derived(PeerModes).declared(namespace)
    return "" if policy is None or mode(policy) == "UNSET" else mode(policy)


@each("kiali.MeshWideMTLSChecker", kinds.DESTINATION_RULE)
def mesh_policy_missing(rule: Resource, world: World) -> Iterator[Finding]:
    """Mutual TLS towards the whole mesh, which no policy of the mesh accepts."""
    root = world.root_namespace
    if rule.spec.get("host", "") != WHOLE_MESH or sent(rule) != ISTIO_MUTUAL or automatic(world):
        return
    if accepting(root, world) not in ACCEPTING:
        yield kia.MESH_POLICY_MISSING(rule, TLS, root=root).unless_known(world.knows(root))


@each("kiali.NamespaceWideMTLSChecker", kinds.DESTINATION_RULE)
def namespace_policy_missing(rule: Resource, world: World) -> Iterator[Finding]:
    """Mutual TLS towards a whole namespace, which no policy of it or of the mesh accepts."""
    namespace, root = rule.namespace, world.root_namespace
    if rule.spec.get("host", "") != whole_namespace(namespace) or sent(rule) != ISTIO_MUTUAL or automatic(world):
        return
    if accepting(namespace, world) not in ACCEPTING and accepting(root, world) not in ACCEPTING:
        found = kia.NAMESPACE_POLICY_MISSING(rule, TLS, namespace=namespace)
        yield found.unless_known(world.knows(root) and world.knows(namespace))


@each("kiali.DisabledNamespaceWideMTLSChecker", kinds.DESTINATION_RULE)
def strict_for_plain_namespace(rule: Resource, world: World) -> Iterator[Finding]:
    """Plain text towards a whole namespace that accepts mutual TLS only."""
    namespace = rule.namespace
    if rule.spec.get("host", "") != whole_namespace(namespace) or sent(rule) != DISABLE:
        return
    modes = world.derived(PeerModes)
    if (own := accepting(namespace, world)) == STRICT:
        yield kia.POLICY_IS_STRICT(rule, TLS, policy=modes.declared(namespace))
    elif not own and accepting(world.root_namespace, world) == STRICT:
        yield kia.MESH_POLICY_IS_STRICT(rule, TLS, policy=modes.declared(world.root_namespace))


@each("kiali.DisabledMeshWideMTLSChecker", kinds.DESTINATION_RULE)
def strict_for_plain_mesh(rule: Resource, world: World) -> Iterator[Finding]:
    """Plain text towards a whole mesh that accepts mutual TLS only."""
    root = world.root_namespace
    if rule.spec.get("host", "") == WHOLE_MESH and sent(rule) == DISABLE and accepting(root, world) == STRICT:
        yield kia.MESH_POLICY_IS_STRICT(rule, TLS, policy=world.derived(PeerModes).declared(root))


@each("kiali.TrafficPolicyChecker", kinds.DESTINATION_RULE)
def overridden(rule: Resource, world: World) -> Iterator[Finding]:
    """A rule without TLS settings that takes the place of one which sets mutual TLS for more hosts."""
    policy = rule.spec.get("trafficPolicy", {})
    if "tls" in policy or any("tls" in port for port in policy.get("portLevelSettings", [])):
        return
    rules = world.derived(ClientRules)
    host = host_of(rule.spec.get("host", ""), rule.namespace, world)
    wider = [*rules.sending(WHOLE_MESH, ISTIO_MUTUAL), *rules.sending(host.full, ISTIO_MUTUAL)]
    if host.namespace:
        wider += rules.sending(whole_namespace(host.namespace), ISTIO_MUTUAL)
    together = [
        other
        for other in wider
        if other is not rule and (other.namespace == world.root_namespace or exported_to(other, rule.namespace))
    ]
    if together:
        yield kia.MUTUAL_TLS_OVERRIDDEN(rule, ("spec", "trafficPolicy"), others=others_text(together))


@each("kiali.PeerAuthenticationMtlsChecker", kinds.PEER_AUTHENTICATION)
def rule_missing(policy: Resource, world: World) -> Iterator[Finding]:
    """Mutual TLS only, without a rule that makes clients use it, where they do not by themselves."""
    if wanted_labels(policy) or mode(policy) != STRICT or automatic(world):
        return
    rules, namespace = world.derived(ClientRules), policy.namespace
    found = rules.sending(WHOLE_MESH, ISTIO_MUTUAL)
    if namespace == world.root_namespace:
        message, host = kia.MESH_RULE_MISSING, WHOLE_MESH
    else:
        message, host = kia.NAMESPACE_RULE_MISSING, whole_namespace(namespace)
        found += rules.sending(host, ISTIO_MUTUAL)
    if not found:
        rules.otherwise()
        yield message(policy, MTLS, host=host).unless_known(world.scope.complete)


@each("kiali.PeerAuthenticationDisabledChecker", kinds.PEER_AUTHENTICATION)
def still_mutual(policy: Resource, world: World) -> Iterator[Finding]:
    """A namespace or mesh that refuses mutual TLS, which a rule makes clients use all the same."""
    if wanted_labels(policy) or mode(policy) != DISABLE:
        return
    rules, namespace = world.derived(ClientRules), policy.namespace
    mesh = rules.sending(WHOLE_MESH, *MUTUAL)
    if namespace == world.root_namespace:
        if mesh:
            yield kia.MESH_STILL_MUTUAL(policy, MTLS, rule=mesh[0])
        return
    host = whole_namespace(namespace)
    own = rules.sending(host, *MUTUAL)
    if own or (mesh and not rules.sending(host, DISABLE)):
        yield kia.NAMESPACE_STILL_MUTUAL(policy, MTLS, rule=(own or mesh)[0], host=host)


@each("kiali.MtlsEnabledChecker", kinds.AUTHORIZATION_POLICY)
def needs_mutual_tls(policy: Resource, world: World) -> Iterator[Finding]:
    """A rule that matches by the caller's identity where connections have none."""
    fields = list(identity_fields(policy))
    if not fields:
        return
    selector: Mapping[str, str] = policy.spec.get("selector", {}).get("matchLabels", {})
    reason = why_plain(selector, policy.namespace, world)
    if reason:
        known = automatic(world) or world.scope.complete
        for path in fields:
            yield kia.NEEDS_MUTUAL_TLS(policy, path, reason=reason).unless_known(known)


def identity_fields(policy: Resource) -> Iterator[Path]:
    """Return the fields of a policy that match by the caller's certificate."""
    for path, source in sources(policy):
        for field in IDENTITY_FIELDS:
            if source.get(field, []):
                yield (*path, field)
    for index, rule in enumerate(policy.spec.get("rules", [])):
        for number, condition in enumerate(rule.get("when", [])):
            if condition.get("key", "") in IDENTITY_KEYS:
                yield ("spec", "rules", index, "when", number)


def why_plain(labels: Mapping[str, str], namespace: str, world: World) -> str:
    """Return why workloads with these labels get connections without mutual TLS; ``""`` when they get it.

    Kiali's rule: the workloads' own policy first, with the rules for their Services; then what counts for the
    namespace. Without automatic mutual TLS, both a policy that accepts it and a rule that sends it must be declared.
    """
    modes, rules = world.derived(PeerModes), world.derived(ClientRules)
    own = modes.selecting(namespace, labels) if labels else None
    if own is not None:
        said = mode(own)
        if said == STRICT:
            return ""
        if said == DISABLE:
            return f"{own} disables it"
        if said == PERMISSIVE:
            for rule in _rules_for(wanted_labels(own), namespace, world):
                if sent(rule) in MUTUAL:
                    return ""
                if sent(rule) == DISABLE:
                    return f"{rule} disables it for clients"
    declared = accepting(namespace, world) or accepting(world.root_namespace, world)
    if declared == DISABLE:
        return f"PeerAuthentication disables it in {namespace}"
    sending = rules.sending(whole_namespace(namespace)) or rules.sending(WHOLE_MESH)
    if sending:
        if sent(sending[0]) not in MUTUAL:
            return f"{sending[0]} makes clients use TLS mode {sent(sending[0])}"
        return "" if automatic(world) or declared else "no PeerAuthentication is declared that accepts it"
    if automatic(world):
        return ""
    rules.otherwise()
    return "automatic mutual TLS is off, and no DestinationRule makes clients use it"


def _rules_for(wanted: Mapping[str, str], namespace: str, world: World) -> Iterator[Resource]:
    """Return the rules for Services of workloads that a policy selects."""
    rules = world.derived(ClientRules)
    for service in world.derived(services_by_selector).all_selected(wanted, namespace):
        yield from rules.sending(f"{service.name}.{namespace}.{CLUSTER_DOMAIN}")


def services_by_selector(world: World) -> Labelled[Resource]:
    """Return Services by the labels that they select by."""
    return Labelled(
        (service, part(service.spec, "selector"), service.namespace) for service in world.all(kinds.SERVICE)
    )
