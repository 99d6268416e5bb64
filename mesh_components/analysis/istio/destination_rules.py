"""DestinationRules: servers whose certificates nobody verifies, hosts that nobody has, subsets without pods.

Upstream: `pkg/config/analysis/analyzers/destinationrule/{ca-certificates,subset}.go` of istio/istio 1.31.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .. import kinds
from ..analyzers import each
from ..finding import Finding
from ..hosts import Destination, Hosts
from ..labelled import Labels, pods_and_machines
from ..messages import ist
from ..resource import Path, Resource
from ..selectors import contains
from ..world import Workload, World
from .known_hosts import knows_host

VERIFYING_MODES = ("SIMPLE", "MUTUAL")
"""TLS modes in which a client that is given authorities verifies the server's certificate."""

HOSTNAME = "kubernetes.io/hostname"
OF_PLACE = {"topology.kubernetes.io/region", "topology.kubernetes.io/zone", "topology.istio.io/subzone", HOSTNAME}
"""Labels that a workload has of its node, which is not known before the pod is there
(`AugmentLabels` in `pilot/pkg/serviceregistry/util/label/label.go`)."""

OF_CLUSTER = {"topology.istio.io/cluster", "topology.istio.io/network"}
"""Labels that a workload has of its cluster, which the objects do not tell."""


@each("destinationrule.CaCertificateAnalyzer", kinds.DESTINATION_RULE)
def unverified_servers(rule: Resource, world: World) -> Iterator[Finding]:
    """TLS to a host without authorities to verify its certificate by."""
    policy = rule.spec.get("trafficPolicy", {})
    host = rule.spec.get("host", "")
    if is_unverified(policy.get("tls", {}), rule):
        path: Path = ("spec", "trafficPolicy", "tls")
        yield ist.NO_SERVER_CERT_VERIFICATION(rule, path, mode=policy["tls"]["mode"], host=host)
    for index, port in enumerate(policy.get("portLevelSettings", [])):
        if is_unverified(port.get("tls", {}), rule):
            path = ("spec", "trafficPolicy", "portLevelSettings", index, "tls")
            number = port.get("port", {}).get("number", 0)
            yield ist.NO_SERVER_CERT_VERIFICATION_PORT(rule, path, mode=port["tls"]["mode"], host=host, port=number)


def is_unverified(tls: Mapping[str, Any], rule: Resource) -> bool:
    """Return whether TLS settings have no authorities; a credential counts for selected workloads alone."""
    if tls.get("mode", "") not in VERIFYING_MODES or tls.get("caCertificates", "") != "":
        return False
    return tls.get("credentialName", "") == "" or "workloadSelector" not in rule.spec


@each("destinationrule.SubsetSelectPodAnalyzer", kinds.DESTINATION_RULE)
def subsets(rule: Resource, world: World) -> Iterator[Finding]:
    """Hosts that no Service and no ServiceEntry has, and subsets that select none of a host's pods.

    Other than upstream, which takes any pod with the subset's labels for the host's, a subset is looked for among the
    pods that the Service or ServiceEntry selects, and among a ServiceEntry's endpoints. Labels that come with the node
    or the cluster count as there where those are not known.
    """
    host = rule.spec.get("host", "")
    found = world.derived(Hosts).find(host, rule.namespace, rule.spec.get("exportTo", []))
    if found is None:
        missing = ist.UNKNOWN_DESTINATION_RULE_HOST(rule, ("spec", "host"), host=host)
        yield missing.unless_known(knows_host(world, host, rule.namespace))
        return
    endpoints = Endpoints(found, world)
    for index, subset in enumerate(rule.spec.get("subsets", [])):
        if not endpoints.have(subset.get("labels", {})):
            path = ("spec", "subsets", index)
            missing = ist.SUBSET_SELECTS_NO_PODS(rule, path, subset=subset.get("name", ""))
            yield missing.unless_known(world.knows(found.resource.namespace))


class Endpoints:
    """What is behind a host: workloads, virtual machines, endpoints that are written down."""

    def __init__(self, found: Destination, world: World) -> None:
        self._resource = found.resource
        self._world = world
        spec = found.resource.spec
        self._is_service = found.resource.kind == kinds.SERVICE
        selector = spec if self._is_service else spec.get("workloadSelector", {})
        self._selector: Labels = selector.get("selector" if self._is_service else "labels", {})

    def have(self, labels: Labels) -> bool:
        """Return whether something behind the host has a subset's labels, or may have them.

        :raises IsUnknown: when something may have them that is not wholly known
        """
        if self._selector:
            return self._workloads_have(labels)
        if self._is_service:  # somebody else writes its endpoints
            return True
        written = self._resource.spec.get("endpoints", [])
        return any(contains(endpoint.get("labels", {}), labels) for endpoint in written) or not (written or labels)

    def _workloads_have(self, labels: Labels) -> bool:
        given = {key: value for key, value in labels.items() if key not in OF_CLUSTER | OF_PLACE}
        wanted = {**self._selector, **given}
        workloads, namespace = self._world.derived(pods_and_machines), self._resource.namespace
        for workload in workloads.selected(wanted, namespace):
            if contains(workload.labels, self._selector) and self._is_at(workload, labels):
                return True
        workloads.make_sure(wanted, namespace)
        return False

    def _is_at(self, workload: Workload, labels: Labels) -> bool:
        """Return whether a workload has, or may have, those of a subset's labels that come with the node."""
        wanted = {key: value for key, value in labels.items() if key in OF_PLACE}
        name = workload.spec.get("nodeName", "")
        node = self._world.find(kinds.NODE, "", name) if wanted and name != "" else None
        if node is None:
            return True
        there = {key: value for key, value in node.labels.items() if key in OF_PLACE and value != ""}
        return contains({**workload.labels, **there, HOSTNAME: name}, wanted)
