"""Everything that analysis knows: the objects, found by kind and name, and how far that knowledge reaches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, TypeVar

from ..validation.unknown import UNKNOWN, IsUnknown, Unknown
from ..versions import DEFAULT_VERSION, VERSIONS
from . import kinds
from .kinds import Kind
from .resource import Nowhere, Origin, Path, Resource
from .shapes import conformed
from .yaml_text import parsed_map

T = TypeVar("T")

Given = tuple[Mapping[str, Any], Origin]
"""An object in wire spelling, and where it comes from."""

REVISION_LABEL = "istio.io/rev"
"""Label that says which revision of the control plane is meant."""

WORKLOADS = (kinds.POD, *kinds.TEMPLATED)
"""Pods, and the kinds that make pods."""


@dataclass(frozen=True)
class Scope:
    """How analysis is to read what it is given.

    Attributes:
        unread: Kinds of which there may be objects that nobody could read.
        complete: Nothing exists besides the given objects: a cluster was read, or somebody says so.
        owned: Namespaces of which everything is given, besides those that are declared together with what runs in them.
        istio_namespace: Where istiod and the mesh's own configuration are.
        default_namespace: The namespace of objects that name none.
        revision: The control plane whose configuration counts; ``""`` for the one without a revision.
        elsewhere: Revisions whose control planes other stacks have.
        environment: The stack's name, by which the security review knows what is a trial; ``""`` when there is none.
        version: Istio's version.
        mesh_config: MeshConfig as given, over the one in the ConfigMap.
        mesh_networks: MeshNetworks as given, over those in the ConfigMap.
    """

    unread: frozenset[Kind] = frozenset()
    complete: bool = False
    owned: frozenset[str] = frozenset()
    istio_namespace: str = "istio-system"
    default_namespace: str = "default"
    revision: str = ""
    elsewhere: frozenset[str] = frozenset()
    environment: str = ""
    version: str = ""
    mesh_config: Mapping[str, Any] | None = None
    mesh_networks: Mapping[str, Any] | None = None

    @property
    def schemas(self) -> str:
        """The minor version whose schemas count: that of ``version``, or else the default's."""
        return VERSIONS.get(self.version, VERSIONS[DEFAULT_VERSION]).schemas


@dataclass(frozen=True, slots=True, eq=False)
class Workload:
    """A pod, or the template that a Deployment or the like makes pods of.

    Attributes:
        resource: The Pod, or what has the template.
        path: The pod's root in the object: ``()`` for a Pod.
        labels: The pods' labels.
        annotations: The pods' annotations.
        spec: The pods' `spec`.
    """

    resource: Resource
    path: Path
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    spec: Mapping[str, Any]

    @property
    def namespace(self) -> str:
        """The pods' namespace."""
        return self.resource.namespace

    @property
    def containers(self) -> Sequence[Mapping[str, Any]]:
        """The pods' containers, those that start before the others included."""
        found: list[Mapping[str, Any]] = [*self.spec.get("containers", []), *self.spec.get("initContainers", [])]
        return found

    @classmethod
    def of(cls, resource: Resource) -> Workload:
        """Return the pods that an object is or makes."""
        path = kinds.TEMPLATED.get(resource.kind, ())
        pod: Mapping[str, Any] = resource.body
        for key in path:
            pod = part(pod, key)
        metadata = part(pod, "metadata")
        return cls(resource, path, part(metadata, "labels"), part(metadata, "annotations"), part(pod, "spec"))


@dataclass(eq=False)
class World:
    """Objects under analysis.

    A look-up that an object with an unknown name could answer raises `IsUnknown`, which ends the check that asked.
    """

    scope: Scope = field(default_factory=Scope)
    resources: list[Resource] = field(default_factory=list)
    _derived: dict[Any, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def build(cls, given: Iterable[Given], scope: Scope | None = None, over: Iterable[Given] = ()) -> World:
        """Return the world of these objects.

        :param given: objects; lists of objects (kind `List`) are taken apart, what is no object is left out
        :param over: what is there already (a cluster's objects); a given object takes the place of the one it replaces
        """
        world = cls(scope or Scope())
        wanted = [world.resource(manifest, origin) for manifest, origin in flat(given)]
        taken = {key for key in map(_key, wanted) if key}
        there = (world.resource(manifest, origin) for manifest, origin in flat(over))
        world.resources = [*wanted, *(resource for resource in there if _key(resource) not in taken)]
        return world

    def resource(self, manifest: Mapping[str, Any], origin: Origin) -> Resource:
        """Return an object as the analyzers see it."""
        kind = Kind.of(manifest["apiVersion"], manifest["kind"])
        body = conformed(manifest, kind)
        metadata = part(body, "metadata")
        name = part(metadata, "name", UNKNOWN)
        namespace = "" if kind in kinds.CLUSTER_SCOPED else part(metadata, "namespace", self.scope.default_namespace)
        return Resource(kind, namespace, name, body, manifest, origin)

    @cached_property
    def _by_kind(self) -> Mapping[Kind, list[Resource]]:
        found: dict[Kind, list[Resource]] = defaultdict(list)
        for resource in self.resources:
            found[resource.kind].append(resource)
        return found

    @cached_property
    def _by_name(self) -> Mapping[tuple[Kind, str, str], Resource]:
        return {key: resource for resource in self.resources if (key := _key(resource))}

    @cached_property
    def _by_namespace(self) -> Mapping[tuple[Kind, str], list[Resource]]:
        found: dict[tuple[Kind, str], list[Resource]] = defaultdict(list)
        for resource in self.resources:
            if not isinstance(resource.namespace, Unknown):
                found[resource.kind, resource.namespace].append(resource)
        return found

    @cached_property
    def _nameless(self) -> frozenset[Kind]:
        """Kinds that have an object whose name or namespace is not known."""
        return self.scope.unread | {resource.kind for resource in self.resources if _key(resource) is None}

    @cached_property
    def _placeless(self) -> frozenset[Kind]:
        """Kinds that have an object whose namespace is not known."""
        unplaced = {resource.kind for resource in self.resources if isinstance(resource.namespace, Unknown)}
        return self.scope.unread | unplaced

    def given(self, *wanted: Kind) -> Iterator[Resource]:
        """Return the objects of these kinds that could be read."""
        for kind in wanted:
            yield from self._by_kind.get(kind, ())

    def all(self, *wanted: Kind) -> Iterator[Resource]:
        """Return the objects of these kinds.

        :raises IsUnknown: when there may be some that could not be read
        """
        if not self.scope.unread.isdisjoint(wanted):
            raise IsUnknown
        yield from self.given(*wanted)

    def within(self, namespace: str, *wanted: Kind) -> Iterator[Resource]:
        """Return the objects of these kinds in a namespace.

        :raises IsUnknown: when one more object may be there
        """
        for kind in wanted:
            if kind in self._placeless:
                raise IsUnknown
            yield from self._by_namespace.get((kind, namespace), ())

    def find(self, kind: Kind, namespace: str, name: str) -> Resource | None:
        """Return one object, None when there is none.

        :raises IsUnknown: when an object whose name is not known may be the one
        """
        found = self._by_name.get((kind, namespace, name))
        if found is None and kind in self._nameless:
            raise IsUnknown
        return found

    def namespace(self, name: str) -> Resource | None:
        """Return a namespace's own object."""
        return self.find(kinds.NAMESPACE, "", name)

    def knows(self, namespace: str) -> bool:
        """Return whether everything in a namespace is among the objects, so that what is not there is missing."""
        return self.scope.complete or namespace in self._owned

    def is_elsewhere(self, resource: Resource) -> bool:
        """Return whether an object is for a control plane that another stack has, by its revision: a tag may be."""
        return not self.scope.complete and resource.labels.get(REVISION_LABEL, "") in self.scope.elsewhere

    @cached_property
    def _owned(self) -> Collection[str]:
        """Namespaces that are declared, and filled: one that is declared empty is for others to fill."""
        declared = {resource.name for resource in self.given(kinds.NAMESPACE) if not isinstance(resource.name, Unknown)}
        inhabitants = self.given(kinds.SERVICE, *WORKLOADS)
        filled = {resource.namespace for resource in inhabitants if not isinstance(resource.namespace, Unknown)}
        return self.scope.owned | (declared & filled)

    @property
    def workloads(self) -> Sequence[Workload]:
        """Pods and the templates of what makes pods; pods that an object in this world makes are left out.

        :raises IsUnknown: when there may be some that could not be read
        """
        if not self.scope.unread.isdisjoint(WORKLOADS):
            raise IsUnknown
        return self.given_workloads

    @cached_property
    def given_workloads(self) -> Sequence[Workload]:
        """Those of `workloads` that could be read."""
        return [Workload.of(resource) for resource in self.given(*WORKLOADS) if not self._has_owner(resource)]

    def _has_owner(self, resource: Resource) -> bool:
        """Return whether what made the object is in this world, and its template with it."""
        with suppress(IsUnknown):
            return any(
                (Kind.of(owner.get("apiVersion", ""), owner.get("kind", "")), resource.namespace, owner.get("name", ""))
                in self._by_name
                for owner in part(resource.body, "metadata").get("ownerReferences", [])
            )
        return False

    @cached_property
    def _workloads_by_namespace(self) -> Mapping[str, list[Workload]]:
        found: dict[str, list[Workload]] = defaultdict(list)
        for workload in self.workloads:
            if not isinstance(workload.namespace, Unknown):
                found[workload.namespace].append(workload)
        return found

    def workloads_in(self, namespace: str) -> Sequence[Workload]:
        """Return the workloads of a namespace."""
        if not self._placeless.isdisjoint(WORKLOADS):
            raise IsUnknown
        return self._workloads_by_namespace.get(namespace, [])

    def derived(self, make: Callable[[World], T]) -> T:
        """Return what a function makes of this world, made once: an index that several checks share.

        :raises IsUnknown: when the function does, which is not asked again then, either
        """
        if make not in self._derived:
            self._derived[make] = UNKNOWN
            with suppress(IsUnknown):
                self._derived[make] = make(self)
        found: T | Unknown = self._derived[make]
        if isinstance(found, Unknown):
            raise IsUnknown
        return found

    @cached_property
    def mesh_config(self) -> Mapping[str, Any]:
        """The mesh's MeshConfig as given or as istiod's ConfigMap has it; without Istio's defaults."""
        given = self.scope.mesh_config
        return given if given is not None else self._mesh_data("mesh")

    @cached_property
    def mesh_networks(self) -> Mapping[str, Any]:
        """The mesh's MeshNetworks, by name of the network."""
        given = self.scope.mesh_networks
        found = given if given is not None else self._mesh_data("meshNetworks")
        networks: Mapping[str, Any] = found.get("networks") or {}
        return networks

    @cached_property
    def root_namespace(self) -> str:
        """Where Istio's objects count for the whole mesh."""
        return str(self.mesh_config.get("rootNamespace") or self.scope.istio_namespace)

    def _mesh_data(self, key: str) -> Mapping[str, Any]:
        name = f"istio-{self.scope.revision}" if self.scope.revision else "istio"
        found = self.find(kinds.CONFIG_MAP, self.scope.istio_namespace, name)
        return parsed_map(found.body.get("data", {}).get(key, "")) if found else {}


def part(whole: Any, key: str, otherwise: Any = MappingProxyType({})) -> Any:
    """Return a field of something that may not be known; then the field is not known either."""
    return UNKNOWN if isinstance(whole, Unknown) else whole.get(key, otherwise)


def flat(given: Iterable[Given]) -> Iterator[Given]:
    """Return the objects alone: lists taken apart, and without what has no ``apiVersion`` and ``kind``."""
    for manifest, origin in given:
        if not isinstance(manifest, Mapping):
            continue
        kind, api_version = manifest.get("kind"), manifest.get("apiVersion")
        if not (isinstance(kind, str) and isinstance(api_version, str)):
            continue
        items = manifest.get("items")
        if kind.endswith("List") and isinstance(items, list):
            yield from flat((item, origin) for item in items)
        else:
            yield manifest, origin


def _key(resource: Resource) -> tuple[Kind, str, str] | None:
    """Return what names an object, None while a part is not known."""
    if isinstance(resource.name, Unknown) or isinstance(resource.namespace, Unknown):
        return None
    return resource.kind, resource.namespace, resource.name


def of(*manifests: Mapping[str, Any], **scope: Any) -> World:
    """Return the world of objects from nowhere: for tests and for trying a thing out.

    :param scope: attributes of `Scope`; it is complete unless said otherwise
    """
    return World.build(((manifest, Nowhere()) for manifest in manifests), Scope(**({"complete": True} | scope)))
