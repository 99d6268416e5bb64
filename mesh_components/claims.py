"""Who writes what in a program: two components that would write the same are refused rather than left to fight.

Istio reads one VirtualService and one DestinationRule for a host; of two, it ignores one. Two declarations of the same
object take turns in undoing each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from weakref import WeakKeyDictionary

import pulumi
from pulumi.runtime.settings import get_monitor

from .manifests.istio_object import cluster_domain
from .settings import MeshSettings

_taken: WeakKeyDictionary[Any, dict[tuple[int, str], str]] = WeakKeyDictionary()
"""By program, of which each has a connection of its own to the engine: who has what on which cluster."""


def claim(
    whose: str, mesh: MeshSettings, objects: Iterable[Mapping[str, Any]], opts: pulumi.ResourceOptions | None
) -> None:
    """Note that a component writes these objects.

    :param whose: the component's type and name
    :raises pulumi.RunError: where another one does already
    """
    monitor = get_monitor()
    if monitor is None:
        return
    taken = _taken.setdefault(monitor, {})
    cluster = id(provider(opts))
    wanted = {what: instead for each in objects for what, instead in claims(mesh, each)}
    for what, instead in wanted.items():
        if other := taken.get((cluster, what)):
            raise pulumi.RunError(f"{whose}: {what} is already written by {other}; {instead}")
    taken |= {(cluster, what): whose for what in wanted}


def provider(opts: pulumi.ResourceOptions | None) -> pulumi.ProviderResource | None:
    """Return the Kubernetes provider that options choose, as far as they or the parent say."""
    if opts is None:
        return None
    given: Any = opts.providers or ([opts.provider] if opts.provider else [])
    listed = given.values() if isinstance(given, Mapping) else [given] if not isinstance(given, list) else given
    for one in listed:
        if getattr(one, "package", "") == "kubernetes":
            found: pulumi.ProviderResource = one
            return found
    return opts.parent.get_provider("kubernetes:core/v1:ConfigMap") if opts.parent is not None else None


def claims(mesh: MeshSettings, manifest: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what an object lays claim to, and what to do where somebody else has it."""
    kind, metadata, spec = manifest["kind"], manifest["metadata"], manifest.get("spec") or {}
    namespace = metadata["namespace"]
    one = "Istio reads one of them, so give both concerns to one ServiceTraffic"
    if kind == "VirtualService" and "mesh" in (spec.get("gateways") or ["mesh"]):
        # At a gateway, Istio merges what several say of a host. One that nobody else sees is nobody else's affair.
        seen = f" in namespace {namespace}" if spec.get("exportTo") == ["."] else ""
        for host in spec["hosts"]:
            yield f"the VirtualService of {full_name(mesh, host, namespace)}{seen}", one
    if kind == "DestinationRule" and "workloadSelector" not in spec:
        # Each namespace of clients may have one; rules that only have subsets are merged, as for an egress gateway.
        about = f"{full_name(mesh, spec['host'], namespace)} in namespace {namespace}"
        if "trafficPolicy" in spec:
            yield f"the DestinationRule of {about}", one
        for subset in spec.get("subsets", []):
            yield f"subset {subset['name']} of {about}", one
    if kind == "PeerAuthentication" and "selector" not in spec:
        yield f"the PeerAuthentication of namespace {namespace}", "Istio reads one for a namespace; keep one of them"
    routing = kind in ("VirtualService", "DestinationRule")
    group = manifest["apiVersion"].partition("/")[0]
    yield f"{kind} {namespace}/{metadata['name']} ({group})", one if routing else "give one of them another name"


def full_name(mesh: MeshSettings, host: str, namespace: str) -> str:
    """Return a host as Istio reads it in an object of ``namespace``: a name without dots is a Service there."""
    if "." in host or "*" in host:
        return host
    return f"{host}.{namespace}.svc.{cluster_domain(mesh)}"
