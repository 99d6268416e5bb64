"""What pods need that does not exist: service accounts, ConfigMaps, Secrets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ...validation.unknown import IsUnknown, Unknown
from .. import kinds
from ..analyzers import each
from ..finding import Finding
from ..kinds import Kind
from ..messages import mesh
from ..resource import Path, Resource
from ..world import Workload, World

MADE_BY_OTHERS = frozenset([(kinds.CONFIG_MAP, "istio-ca-root-cert"), (kinds.CONFIG_MAP, "kube-root-ca.crt")])
"""What istiod and Kubernetes put into every namespace."""
SECRET_NAMES = {
    Kind("cert-manager.io", "Certificate"): ("spec", "secretName"),
    Kind("external-secrets.io", "ExternalSecret"): ("spec", "target", "name"),
    Kind("bitnami.com", "SealedSecret"): ("metadata", "name"),
}
"""Kinds whose objects become Secrets, and where they say its name; it is the object's own by default."""


class Reference(NamedTuple):
    """A pod's need of a ConfigMap or Secret."""

    path: Path
    kind: Kind
    name: str
    key: str = ""


def references(workload: Workload) -> Iterator[Reference]:
    """Return what a pod cannot start without."""
    for index, volume in enumerate(workload.spec.get("volumes", [])):
        path: Path = ("volumes", index)
        yield from _one((*path, "configMap"), kinds.CONFIG_MAP, volume.get("configMap"), "name")
        yield from _one((*path, "secret"), kinds.SECRET, volume.get("secret"), "secretName")
        for number, source in enumerate(volume.get("projected", {}).get("sources", [])):
            below = (*path, "projected", "sources", number)
            yield from _one((*below, "configMap"), kinds.CONFIG_MAP, source.get("configMap"), "name")
            yield from _one((*below, "secret"), kinds.SECRET, source.get("secret"), "name")
    for field in ("containers", "initContainers"):
        for index, container in enumerate(workload.spec.get(field, [])):
            yield from _of_container((field, index), container)


def _of_container(path: Path, container: Any) -> Iterator[Reference]:
    for number, source in enumerate(container.get("envFrom", [])):
        yield from _one((*path, "envFrom", number), kinds.CONFIG_MAP, source.get("configMapRef"), "name")
        yield from _one((*path, "envFrom", number), kinds.SECRET, source.get("secretRef"), "name")
    for number, variable in enumerate(container.get("env", [])):
        source = variable.get("valueFrom", {})
        below = (*path, "env", number, "valueFrom")
        yield from _one((*below, "configMapKeyRef"), kinds.CONFIG_MAP, source.get("configMapKeyRef"), "name")
        yield from _one((*below, "secretKeyRef"), kinds.SECRET, source.get("secretKeyRef"), "name")


def _one(path: Path, kind: Kind, said: Any, field: str) -> Iterator[Reference]:
    if said is not None and not said.get("optional", False) and said.get(field, ""):
        yield Reference(path, kind, said[field], said.get("key", ""))


class Promised:
    """Secrets that other objects become. Get it by ``world.derived(Promised)``."""

    def __init__(self, world: World) -> None:
        self._names: set[tuple[str, str]] = set()
        self._unsure = False
        for kind, path in SECRET_NAMES.items():
            for resource in world.all(kind):
                try:
                    self._names.add((resource.namespace, _said(resource, path) or resource.name))
                except IsUnknown:
                    self._unsure = True

    def has(self, namespace: str, name: str) -> bool:
        """Return whether some object becomes this Secret.

        :raises IsUnknown: when none does, and there are some whose name is not known
        """
        found = (namespace, name) in self._names
        if not found and self._unsure:
            raise IsUnknown
        return found


def _said(resource: Resource, path: tuple[str, ...]) -> str:
    found: Any = resource.body
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    if isinstance(found, Unknown):
        raise IsUnknown
    return found if isinstance(found, str) else ""


@each("kubernetes.References", kinds.POD, *kinds.TEMPLATED)
def accounts(resource: Resource, world: World) -> Iterator[Finding]:
    """Pods that run as a service account which does not exist."""
    workload = Workload.of(resource)
    name = workload.spec.get("serviceAccountName", "default")
    if name in ("", "default") or world.find(kinds.SERVICE_ACCOUNT, resource.namespace, name) is not None:
        return
    path = (*workload.path, "spec", "serviceAccountName")
    yield mesh.ACCOUNT_NOT_FOUND(resource, path, account=name).unless_known(world.knows(resource.namespace))


@each("kubernetes.References", kinds.POD, *kinds.TEMPLATED)
def configuration(resource: Resource, world: World) -> Iterator[Finding]:
    """Pods that need a ConfigMap, a Secret or a key in one that does not exist."""
    workload, namespace = Workload.of(resource), resource.namespace
    said = set()
    for path, kind, name, key in references(workload):
        found = world.find(kind, namespace, name)
        missing = found is None and (kind, name) not in MADE_BY_OTHERS
        if missing and kind == kinds.SECRET:
            missing = not world.derived(Promised).has(namespace, name)
        if found is not None and key:
            held = [part for field in ("data", "stringData", "binaryData") for part in found.body.get(field, {})]
            missing = key not in held
        if missing and (kind, name, key) not in said:
            said.add((kind, name, key))
            shown = f", key {key}," if found is not None else ""
            finding = mesh.REFERENCE_NOT_FOUND(
                resource, (*workload.path, "spec", *path), kind=kind.name, name=name, key=shown
            )
            yield finding.unless_known(world.knows(namespace))


@each("kubernetes.References", kinds.POD, *kinds.TEMPLATED)
def pull_secrets(resource: Resource, world: World) -> Iterator[Finding]:
    """Pods whose secrets for pulling images do not exist."""
    workload, namespace = Workload.of(resource), resource.namespace
    for index, said in enumerate(workload.spec.get("imagePullSecrets", [])):
        name = said.get("name", "")
        if not name or world.find(kinds.SECRET, namespace, name) is not None:
            continue
        if not world.derived(Promised).has(namespace, name):
            path = (*workload.path, "spec", "imagePullSecrets", index)
            yield mesh.PULL_SECRET_NOT_FOUND(resource, path, name=name).unless_known(world.knows(namespace))
