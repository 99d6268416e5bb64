"""Pods by the workload that they belong to, and how a rollout stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .api import owners

ENDED = ("Succeeded", "Failed")


def running(pod: Mapping[str, Any]) -> bool:
    """Whether a pod is to be judged: neither done nor on its way out."""
    return pod.get("status", {}).get("phase") not in ENDED and "deletionTimestamp" not in pod["metadata"]


def workload(pod: Mapping[str, Any]) -> str:
    """Return what a pod belongs to, as it is restarted: ``Deployment namespace/name``; the pod itself if nothing."""
    metadata = pod["metadata"]
    for owner in owners(pod):
        kind, name = owner["kind"], owner["name"]
        template = (metadata.get("labels") or {}).get("pod-template-hash")
        if kind == "ReplicaSet" and template and name.endswith(f"-{template}"):
            kind, name = "Deployment", name.removesuffix(f"-{template}")
        return f"{kind} {metadata['namespace']}/{name}"
    return f"Pod {metadata['namespace']}/{metadata['name']}"


def restart(name: str) -> str:
    """Return how a workload is restarted."""
    kind, _, full = name.partition(" ")
    namespace, _, short = full.partition("/")
    if kind in ("Deployment", "StatefulSet", "DaemonSet"):
        return f"kubectl rollout restart {kind.lower()}/{short} --namespace {namespace}"
    return "delete the pod and make it again" if kind == "Pod" else f"start the {kind} {short} again"


def by_workload(pods: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Return pods by what they belong to."""
    found: dict[str, list[Mapping[str, Any]]] = {}
    for pod in pods:
        found.setdefault(workload(pod), []).append(pod)
    return found


def ready(pod: Mapping[str, Any]) -> bool:
    """Whether a pod is ready."""
    conditions = pod.get("status", {}).get("conditions") or []
    return any(item["type"] == "Ready" and item["status"] == "True" for item in conditions)


def container_runs(pod: Mapping[str, Any], name: str) -> bool:
    """Whether a container of a pod runs, as far as its status says."""
    status = pod.get("status") or {}
    listed = [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]
    return all("running" in (item.get("state") or {}) for item in listed if item["name"] == name)


def starts(pod: Mapping[str, Any]) -> list[str]:
    """Return when a pod and its containers started (RFC 3339)."""
    status = pod.get("status") or {}
    listed = [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]
    running = ((item.get("state") or {}).get("running") or {} for item in listed)
    found = [pod["metadata"].get("creationTimestamp"), *(state.get("startedAt") for state in running)]
    return [start for start in found if start]


def rollout(item: Mapping[str, Any]) -> tuple[int, int, str]:
    """Return how many pods of a Deployment or DaemonSet are ready, how many are wanted, and what is in the way, as
    `kubectl rollout status`."""
    spec, status = item["spec"], item.get("status") or {}
    seen = status.get("observedGeneration", 0) >= item["metadata"].get("generation", 0)
    if item.get("kind") == "DaemonSet":
        return _on_each_node(spec, status, seen)
    wanted = spec.get("replicas", 1)
    have, updated = status.get("readyReplicas", 0), status.get("updatedReplicas", 0)
    old = status.get("replicas", updated) - updated
    if not seen:
        return have, wanted, UNSEEN
    if wanted == 0:
        return have, wanted, "scaled to 0"
    if updated < wanted:
        return have, wanted, f"{updated} of {wanted} replicas are of the latest template"
    if have < wanted:
        return have, wanted, f"{have} of {wanted} replicas are ready"
    if old > 0:
        return have, wanted, f"pods of the template before are still needed: {old}"
    return have, wanted, ""


UNSEEN = "the change has not been seen yet"


def _on_each_node(spec: Mapping[str, Any], status: Mapping[str, Any], seen: bool) -> tuple[int, int, str]:
    """Return how far a DaemonSet is. Where its pods are replaced by hand (OnDelete), old ones are as good."""
    wanted, have = status.get("desiredNumberScheduled", 0), status.get("numberReady", 0)
    by_hand = (spec.get("updateStrategy") or {}).get("type") == "OnDelete"
    updated = wanted if by_hand else status.get("updatedNumberScheduled", 0)
    if not seen:
        return have, wanted, UNSEEN
    if updated < wanted:
        return have, wanted, f"on {updated} of {wanted} nodes it is of the latest template"
    if have < wanted:
        return have, wanted, f"on {have} of {wanted} nodes it is ready"
    return have, wanted, ""


def trouble(pods: Iterable[Mapping[str, Any]]) -> str:
    """Return why pods are not ready, in the words of the kubelet and the scheduler."""
    for pod in pods:
        status = pod.get("status") or {}
        for container in [*status.get("initContainerStatuses", []), *status.get("containerStatuses", [])]:
            state = container.get("state") or {}
            reason = state.get("waiting") or state.get("terminated") or {}
            if reason.get("reason") not in (None, "Completed", "PodInitializing", "ContainerCreating"):
                said = f": {reason['message']}" if reason.get("message") else ""
                return f"container {container['name']}: {reason['reason']}{said}"
        for condition in status.get("conditions") or []:
            if condition["type"] == "PodScheduled" and condition["status"] == "False":
                return f"not scheduled: {condition.get('message', '')}"
    return ""
