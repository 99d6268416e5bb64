"""Where things are in the picture: the node of each workload, Service and host, made as they are asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..analysis import kinds
from ..analysis.hosts import CLUSTER_DOMAIN, Destination, Hosts, fqdn, service_name
from ..analysis.istio.k8s_gateways import CLASS_LABEL
from ..analysis.labelled import Labelled, Labels
from ..analysis.mtls import PeerModes
from ..analysis.resource import Resource
from ..analysis.world import Workload, World
from ..validation.unknown import IsUnknown
from .draft import Draft, Key, key
from .graph import Node, NodeKind
from .known import entries, inside, items, known, number, text, texts
from .workloads import Proxy, Scales, gateway_name, image_tag, inhabitants, is_named, kind_of, proxy, version

SHOWN_PORTS = 6
"""How many ports a node's second line names."""


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

    :param draft: where the nodes are put
    """

    def __init__(self, world: World, draft: Draft) -> None:
        self.world = world
        self.draft = draft
        self._scales = Scales(world)
        self._nodes: dict[int, str] = {}
        self._proxies: dict[int, Proxy] = {}
        self._services: dict[Key, str] = {}
        self._behind: dict[Key, list[Workload]] = {}
        self.gateways: dict[str, list[Workload]] = defaultdict(list)
        """The workloads of each gateway's node."""
        self.workloads = list(inhabitants(world))
        self._labelled = Labelled((one, one.labels, one.namespace) for one in self.workloads)
        self._add_workloads()
        self._add_gateways_of_others()
        for service in {str(one): one for one in world.given(kinds.SERVICE) if is_named(one)}.values():
            self._add_service(service)
        for entry in {str(one): one for one in world.given(kinds.SERVICE_ENTRY) if is_named(one)}.values():
            self._add_hosts(entry)

    # Workloads.

    def _add_workloads(self) -> None:
        selected = {id(one) for gateway in self.world.given(kinds.GATEWAY) for one in self._by_selector(gateway)}
        for workload in self.workloads:
            kind = kind_of(workload)
            if kind is NodeKind.WORKLOAD and id(workload) in selected:
                kind = NodeKind.GATEWAY
            self._add_workload(workload, kind)

    def _by_selector(self, gateway: Resource) -> Iterator[Workload]:
        labels = entries(gateway.spec, "selector")
        return self.selected(labels) if labels else iter(())

    def _add_workload(self, workload: Workload, kind: NodeKind) -> None:
        resource, world = workload.resource, self.world
        of_api = world.derived(api_gateways).get((resource.namespace, gateway_name(workload)))
        shown = resource if of_api is None else of_api
        carried = self._proxies[id(workload)] = proxy(workload, kind, world)
        self._nodes[id(workload)] = name = str(shown)
        mode = known(lambda: world.derived(PeerModes).of(workload).mode, "") if carried.there else ""
        node = Node(name, kind, shown.name, shown.namespace, self._about(workload, kind, carried), mode)
        self.draft.add_node(node, resource, shown)
        if kind is NodeKind.GATEWAY:
            self.gateways[name].append(workload)

    def _about(self, workload: Workload, kind: NodeKind, carried: Proxy) -> str:
        resource = workload.resource
        plain = resource.kind in (kinds.DEPLOYMENT, kinds.K8S_GATEWAY) or kind is not NodeKind.WORKLOAD
        said = version(workload) if kind is NodeKind.WORKLOAD else version(workload) or image_tag(workload)
        class_name = text(workload.labels, CLASS_LABEL)
        found = (
            "" if plain else resource.kind.name,
            f"class {class_name}" if class_name else "",
            f"version {said}" if said else "",
            self._scales.of(resource),
            str(carried) if kind is NodeKind.WORKLOAD else "",
        )
        return ", ".join(part for part in found if part)

    def _add_gateways_of_others(self) -> None:
        """Add the Gateways of the Gateway API whose pods nobody knows: another controller's, or somebody else's."""
        for gateway in self.world.derived(api_gateways).values():
            name = str(gateway)
            if name not in self.draft.nodes:
                class_name = text(gateway.spec, "gatewayClassName")
                about = f"class {class_name}" if class_name else ""
                node = Node(name, NodeKind.GATEWAY, gateway.name, gateway.namespace, about)
                self.draft.add_node(node, gateway)

    def selected(self, labels: Labels, namespace: str | None = None) -> Iterator[Workload]:
        """Return the workloads that are known to have all of these labels.

        :param namespace: where to look; everywhere by default
        """
        return self._labelled.selected(labels, namespace)

    def node(self, workload: Workload) -> str:
        """Return the id of a workload's node."""
        return self._nodes[id(workload)]

    def proxy(self, workload: Workload) -> Proxy:
        """Return what carries a workload's requests."""
        return self._proxies[id(workload)]

    # Services and hosts.

    def _add_service(self, service: Resource) -> None:
        selector = entries(service.spec, "selector")
        chosen = list(self.selected(selector, service.namespace)) if selector else []
        self._behind[key(service)] = chosen
        nodes = dict.fromkeys(map(self.node, chosen))
        kinds_of = {self.draft.nodes[node].kind for node in nodes}
        if nodes and kinds_of <= {NodeKind.GATEWAY, NodeKind.CONTROL_PLANE}:
            self._services[key(service)] = next(iter(nodes))
            for node in nodes:
                self.draft.detail(node, service_text(service))
                self.draft.show(node, [service])
            return
        self._services[key(service)] = str(service)
        node = Node(str(service), NodeKind.SERVICE, service.name, service.namespace, service_text(service))
        self.draft.add_node(node, service)

    def _add_hosts(self, entry: Resource) -> None:
        labels = entries(entry.spec, "workloadSelector", "labels")
        self._behind[key(entry)] = list(self.selected(labels, entry.namespace)) if labels else []
        for host in texts(entry.spec, "hosts"):
            full = fqdn(host, entry.namespace)
            node = self._service_of(full) or self._add_host(full, entry)
            self.draft.show(node, [entry])
            self.draft.add_note(node, entry, entry_text(entry))

    def _add_host(self, host: str, entry: Resource) -> str:
        name = f"Host {host}"
        if text(entry.spec, "location") == "MESH_INTERNAL":
            node = Node(name, NodeKind.SERVICE, host, entry.namespace, ports_text(items(entry.spec, "ports"), "number"))
        else:
            node = Node(name, NodeKind.EXTERNAL, host, "", ports_text(items(entry.spec, "ports"), "number"))
        self.draft.add_node(node, entry)
        return name

    def _service_of(self, host: str) -> str:
        """Return the node of the Service that has a host; ``""`` when none has."""
        if not host.endswith(f".{CLUSTER_DOMAIN}"):
            return ""
        namespace, name = service_name(host, "")
        return self._services.get((kinds.SERVICE, f"Service {namespace}/{name}"), "")

    def of(self, resource: Resource) -> str:
        """Return the id of a Service's node; ``""`` for one that is not drawn."""
        return self._services.get(key(resource), "")

    def host(self, host: str, namespace: str, export_to: Sequence[str] = ()) -> Place:
        """Return what a host is, where it is written in an object of this namespace; drawn if it was not.

        :param export_to: the object's `exportTo`
        """
        full = fqdn(host, namespace)
        try:
            found = self.world.derived(Hosts).find(host, namespace, export_to)
            is_known = True
        except IsUnknown:
            found, is_known = None, False
        if found is not None and key(found.resource) in self._behind:
            node = self.of(found.resource) if found.resource.kind == kinds.SERVICE else f"Host {found.host}"
            if node not in self.draft.nodes:
                node = self._service_of(found.host) or node
            return Place(node, found.host, found.resource.namespace, found)
        return self._unregistered(full, is_known)

    def _unregistered(self, host: str, is_known: bool) -> Place:
        name = f"Host {host}"
        if host.endswith(f".{CLUSTER_DOMAIN}") and not host.startswith("*"):
            namespace, short = service_name(host, "")
            about = "no Service here" if is_known else ""
            node = Node(name, NodeKind.SERVICE, short, namespace, about)
        else:
            node = Node(name, NodeKind.EXTERNAL, host, "", "")
        self.draft.add_node(node)
        return Place(name, host, node.namespace)

    def behind(self, destination: Destination | None, labels: Labels | None = None) -> list[Workload]:
        """Return the workloads that are known to be behind a host; with labels those that have them, too.

        :raises IsUnknown: when the labels are not known
        """
        chosen = self._behind.get(key(destination.resource), []) if destination else []
        wanted = dict(labels or {})
        return [one for one in chosen if all(text(one.labels, name) == value for name, value in wanted.items())]

    def selecting(self) -> Iterator[tuple[str, Resource, list[Workload]]]:
        """Return Services, and ServiceEntries with a selector: the node, the object, the workloads behind it."""
        for resource in self.world.given(kinds.SERVICE, kinds.SERVICE_ENTRY):
            if key(resource) not in self._behind or not self._behind[key(resource)]:
                continue
            if resource.kind == kinds.SERVICE:
                yield self.of(resource), resource, self._behind[key(resource)]
            else:
                for host in texts(resource.spec, "hosts"):
                    full = fqdn(host, resource.namespace)
                    yield self._service_of(full) or f"Host {full}", resource, self._behind[key(resource)]


def api_gateways(world: World) -> Mapping[tuple[str, str], Resource]:
    """Return the Gateways of the Gateway API by namespace and name, as far as those are known."""
    return {(one.namespace, one.name): one for one in world.given(kinds.K8S_GATEWAY) if is_named(one)}


def service_text(service: Resource) -> str:
    """Return a Service's type and ports: ``ClusterIP 80 http → 8080``."""
    spec = service.spec
    kind = text(spec, "type") or ("ClusterIP" if inside(service.body, "spec") is not None else "")
    if kind == "ExternalName":
        return f"ExternalName {text(spec, 'externalName')}".strip()
    if kind == "ClusterIP" and text(spec, "clusterIP") == "None":
        kind = "headless"
    return " ".join(part for part in (kind, ports_text(items(spec, "ports"), "port")) if part)


def ports_text(ports: Iterable[object], field: str) -> str:
    """Return ports as they stand in a node: number, name or protocol, and where they lead."""
    found = [port_text(port, field) for port in ports if number(port, field) is not None]
    more = f" and {len(found) - SHOWN_PORTS} more" if len(found) > SHOWN_PORTS else ""
    return ", ".join(found[:SHOWN_PORTS]) + more


def port_text(port: object, field: str) -> str:
    """Return one port: ``80 http → 8080``."""
    target = number(port, "targetPort")
    to = text(port, "targetPort") if target is None else str(target) if target != number(port, field) else ""
    name = text(port, "name") or text(port, "protocol")
    return " ".join(part for part in (str(number(port, field)), name, f"→ {to}" if to else "") if part)


def entry_text(entry: Resource) -> str:
    """Return what a ServiceEntry makes of a host."""
    parts = (
        text(entry.spec, "location") or "MESH_EXTERNAL",
        f"resolution {text(entry.spec, 'resolution') or 'NONE'}",
        ports_text(items(entry.spec, "ports"), "number"),
    )
    return ", ".join(part for part in parts if part)
