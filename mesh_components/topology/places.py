"""Where things are in the picture: the node of each workload, Service and host."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..analysis import kinds
from ..analysis.hosts import CLUSTER_DOMAIN, Destination, Hosts, fqdn, service_name
from ..analysis.kinds import Kind
from ..analysis.labelled import Labelled, Labels
from ..analysis.mtls import Effective, PeerModes
from ..analysis.resource import Resource
from ..analysis.world import Workload, World
from ..validation.unknown import IsUnknown
from .draft import Draft
from .graph import Node, NodeKind
from .known import entries, items, known, text, texts
from .ports import entry_text, ports_text, service_text
from .workloads import Proxy, Scales, about, gateway_name, inhabitants, is_named, kind_of, proxy

WITHOUT_PLACE = frozenset({NodeKind.GATEWAY, NodeKind.CONTROL_PLANE})
"""Kinds of nodes whose Services are part of them."""


@dataclass(frozen=True)
class Place:
    """What a host is in the picture.

    Attributes:
        node: The node's id.
        host: The full host.
        namespace: The namespace of what it stands for; ``""`` for outside.
        destination: The Service or ServiceEntry; None when there is none, or none is known.
    """

    node: str
    host: str
    namespace: str = ""
    destination: Destination | None = None


class Places:
    """The nodes of a world's objects.

    Attributes:
        workloads: All workloads that are drawn.
        gateways: The workloads of each gateway's node.

    :param draft: where the nodes are put
    """

    def __init__(self, world: World, draft: Draft) -> None:
        self._world = world
        self._draft = draft
        self._scales = Scales(world)
        self._nodes: dict[int, str] = {}
        self._proxies: dict[int, Proxy] = {}
        self._effective: dict[int, Effective] = {}
        self._services: dict[Resource, str] = {}
        self._service_names: dict[tuple[str, str], str] = {}
        self._hosts: dict[tuple[str, str, tuple[str, ...]], Place] = {}
        self._behind: dict[Resource, list[Workload]] = {}
        self._api_gateways: dict[str, str] = {}
        self.gateways: dict[str, list[Workload]] = defaultdict(list)
        self.workloads = list(inhabitants(world))
        self._labelled = Labelled((one, one.labels, one.namespace) for one in self.workloads)
        self._add_workloads()
        for service in each_once(world, kinds.SERVICE):
            self._add_service(service)
        for entry in each_once(world, kinds.SERVICE_ENTRY):
            self._add_hosts(entry)
        for gateway in world.derived(api_gateways).values():
            self._add_api_gateway(gateway)

    # Workloads and gateways.

    def _add_workloads(self) -> None:
        chosen = [entries(gateway.spec, "selector") for gateway in self._world.given(kinds.GATEWAY)]
        selected = {id(one) for labels in chosen if labels for one in self.selected(labels)}
        for workload in self.workloads:
            kind = kind_of(workload)
            if kind is NodeKind.WORKLOAD and id(workload) in selected:
                kind = NodeKind.GATEWAY
            self._add_workload(workload, kind)

    def _add_workload(self, workload: Workload, kind: NodeKind) -> None:
        resource = workload.resource
        shown = self._world.derived(api_gateways).get((resource.namespace, gateway_name(workload)), resource)
        carried = self._proxies[id(workload)] = proxy(workload, kind, self._world)
        name = self._nodes[id(workload)] = self._draft.name(shown)
        detail = about(workload, kind, carried, self._scales.of(resource))
        found = known(self.effective, None, workload) if kind is NodeKind.WORKLOAD and carried.there else None
        mode = found.mode if found else ""
        self._draft.add_node(Node(name, kind, shown.name, shown.namespace, detail, mode), resource, shown)
        if (scaler := self._scales.scaler(resource)) is not None:
            self._draft.show(name, [scaler])
        if kind is NodeKind.GATEWAY:
            self.gateways[name].append(workload)

    def effective(self, workload: Workload) -> Effective:
        """Return which mutual TLS modes count for a workload.

        :raises IsUnknown: when that is not known
        """
        if id(workload) not in self._effective:
            self._effective[id(workload)] = self._world.derived(PeerModes).of(workload)
        return self._effective[id(workload)]

    def _add_api_gateway(self, gateway: Resource) -> None:
        """Add a Gateway of the Gateway API: its own pods, those behind the Service that it names, or only itself."""
        name = self._draft.name(gateway)
        if name not in self._draft.nodes:
            for address in items(gateway.spec, "addresses"):
                host = fqdn(text(address, "value"), gateway.namespace)
                node = self._service_at(host) if text(address, "type") == "Hostname" else ""
                if node in self.gateways:
                    self._api_gateways[name] = node
                    self._draft.show(node, [gateway])
                    return
            class_name = text(gateway.spec, "gatewayClassName")
            detail = f"class {class_name}" if class_name else ""
            self._draft.add_node(Node(name, NodeKind.GATEWAY, gateway.name, gateway.namespace, detail), gateway)
        self._api_gateways[name] = name

    def api_gateway(self, gateway: Resource) -> str:
        """Return the id of the node of a Gateway of the Gateway API."""
        return self._api_gateways.get(self._draft.name(gateway), "")

    def selected(self, labels: Labels, namespace: str | None = None) -> Iterator[Workload]:
        """Return the workloads that are known to have all of these labels; none when not all labels are known.

        :param namespace: where to look; everywhere by default
        """
        if all(isinstance(value, str) for value in labels.values()):
            yield from self._labelled.selected(labels, namespace)

    def node(self, workload: Workload) -> str:
        """Return the id of a workload's node."""
        return self._nodes[id(workload)]

    def proxy(self, workload: Workload) -> Proxy:
        """Return what carries a workload's requests."""
        return self._proxies[id(workload)]

    # Services and hosts.

    def _add_service(self, service: Resource) -> None:
        selector = entries(service.spec, "selector")
        chosen = self._behind[service] = list(self.selected(selector, service.namespace)) if selector else []
        nodes = list(dict.fromkeys(map(self.node, chosen)))
        if nodes and {self._draft.nodes[node].kind for node in nodes} <= WITHOUT_PLACE:
            for node in nodes:
                self._draft.detail(node, service_text(service))
                self._draft.show(node, [service])
        else:
            nodes = [self._draft.name(service)]
            made = Node(nodes[0], NodeKind.SERVICE, service.name, service.namespace, service_text(service))
            self._draft.add_node(made, service)
        self._services[service] = self._service_names[service.namespace, service.name] = nodes[0]

    def _add_hosts(self, entry: Resource) -> None:
        labels = entries(entry.spec, "workloadSelector", "labels")
        self._behind[entry] = list(self.selected(labels, entry.namespace)) if labels else []
        for host in texts(entry.spec, "hosts"):
            node = self._host_node(fqdn(host, entry.namespace))
            if node not in self._draft.nodes:
                is_inside = text(entry.spec, "location") == "MESH_INTERNAL"
                kind, namespace = (NodeKind.SERVICE, entry.namespace) if is_inside else (NodeKind.EXTERNAL, "")
                self._draft.add_node(Node(node, kind, host, namespace, ports_text(entry)))
            self._draft.add_note(node, entry, entry_text(entry))

    def _host_node(self, host: str) -> str:
        """Return the id of the node of a ServiceEntry's host: its own, or that of the Service of that name."""
        return self._service_at(host) or f"Host {host}"

    def _service_at(self, host: str) -> str:
        """Return the id of the node of the Service that has a full host; ``""`` when none has."""
        return self._service_names.get(service_name(host, ""), "")

    def host(self, host: str, namespace: str, export_to: tuple[str, ...] = ()) -> Place:
        """Return what a host is, where it is written in an object of this namespace; drawn if it was not.

        :param export_to: the object's `exportTo`
        """
        asked = host, namespace, export_to
        if asked not in self._hosts:
            self._hosts[asked] = self._host(host, namespace, export_to)
        return self._hosts[asked]

    def has(self, host: str, namespace: str, export_to: tuple[str, ...]) -> bool:
        """Return whether a host is known to be one of the mesh's registry."""
        return known(self._world.derived(Hosts).find, None, host, namespace, export_to) is not None

    def _host(self, host: str, namespace: str, export_to: Sequence[str]) -> Place:
        try:
            found = self._world.derived(Hosts).find(host, namespace, export_to)
        except IsUnknown:
            return self._elsewhere(fqdn(host, namespace), "")
        if found is None or found.resource not in self._behind:
            return self._elsewhere(fqdn(host, namespace), "no Service here")
        is_service = found.resource.kind == kinds.SERVICE
        node = self._services[found.resource] if is_service else self._host_node(found.host)
        return Place(node, found.host, found.resource.namespace, found)

    def _elsewhere(self, host: str, detail: str) -> Place:
        """Return what a host is that no object here has: a Service of a namespace, by its name, or a host outside."""
        name = f"Host {host}"
        namespace, short = service_name(host, "")
        if namespace and "*" not in host:
            node = Node(name, NodeKind.SERVICE, short, namespace, detail)
        else:
            node = Node(name, NodeKind.EXTERNAL, host)
        self._draft.add_node(node)
        return Place(name, host, node.namespace)

    def behind(self, destination: Destination | None, labels: Labels | None = None) -> list[Workload]:
        """Return the workloads that are known to be behind a host; with labels those that have them, too."""
        chosen = self._behind.get(destination.resource, []) if destination else []
        wanted = (labels or {}).items()
        return [one for one in chosen if all(text(one.labels, name) == value for name, value in wanted)]

    def selecting(self) -> Iterator[tuple[Resource, str, str]]:
        """Return Services and ServiceEntries with workloads behind them: the object, the node, the full host."""
        for resource in self._world.given(kinds.SERVICE, kinds.SERVICE_ENTRY):
            if not self._behind.get(resource):
                continue
            if resource.kind == kinds.SERVICE:
                host = f"{resource.name}.{resource.namespace}.{CLUSTER_DOMAIN}"
                yield resource, self._services[resource], host
                continue
            for name in texts(resource.spec, "hosts"):
                host = fqdn(name, resource.namespace)
                yield resource, self._host_node(host), host


def each_once(world: World, kind: Kind) -> Iterator[Resource]:
    """Return the objects of a kind whose names are known; the last of several of one name counts."""
    yield from {str(one): one for one in world.given(kind) if is_named(one)}.values()


def api_gateways(world: World) -> Mapping[tuple[str, str], Resource]:
    """Return the Gateways of the Gateway API by namespace and name; get them by ``world.derived(api_gateways)``."""
    return {(one.namespace, one.name): one for one in each_once(world, kinds.K8S_GATEWAY)}
