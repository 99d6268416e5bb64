"""Control planes and their proxies, as each istiod tells it.

Facts: istiod's ``/version`` and ``/debug/syncz`` on its monitoring port (``pilot/pkg/xds/debug.go`` at 1.31); debug
pages are answered to local callers without a token, and a forwarded connection is one. What counts as in sync is what
istioctl's proxy-status shows (``debugSyncStatus`` in ``pilot/pkg/xds/statusgen.go``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

MONITORING_PORT = 15014
MONITORING_FLAG = "--monitoringAddr"

TYPES: Mapping[str, str] = {
    "type.googleapis.com/envoy.config.cluster.v3.Cluster": "CDS",
    "type.googleapis.com/envoy.config.listener.v3.Listener": "LDS",
    "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment": "EDS",
    "type.googleapis.com/envoy.config.route.v3.RouteConfiguration": "RDS",
    "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig": "ECDS",
}
"""What proxies subscribe to, in the order in which it is shown; other types are left out of tables."""

LEGACY = {"CDS": "cluster", "LDS": "listener", "EDS": "endpoint", "RDS": "route", "ECDS": "extensionconfig"}
"""Beginning of the fields that say the same in the answer of an istiod without ``resources``."""

SYNCED, STALE, NOT_SENT, REJECTED, IGNORED = "SYNCED", "STALE", "NOT SENT", "ERROR", "IGNORED"


@dataclass(frozen=True)
class Proxy:
    """A proxy, as the istiod that it is connected to sees it."""

    id: str
    """``pod.namespace``."""
    cluster: str
    kind: str
    """``sidecar``, ``gateway``, ``waypoint`` or ``ztunnel``."""
    version: str
    istiod: str
    types: Mapping[str, str]
    """Sync state by type; a type that the proxy does not ask for is missing."""
    errors: Mapping[str, str] = field(default_factory=dict)
    """Why the proxy refused what it was sent, by type."""

    @property
    def pod(self) -> tuple[str, str]:
        """Namespace and name of its pod."""
        name, _, namespace = self.id.rpartition(".")
        return namespace, name

    @property
    def stale(self) -> list[str]:
        """The types that it has not acknowledged."""
        return [name for name, state in self.types.items() if state == STALE]


@dataclass(frozen=True)
class Istiod:
    """One pod of a control plane."""

    pod: str
    namespace: str
    revision: str
    version: str = ""
    build: Mapping[str, str] = field(default_factory=dict)
    proxies: Sequence[Proxy] = ()
    error: str = ""
    """Why it could not be asked."""


def monitoring_port(pod: Mapping[str, Any]) -> int:
    """Return the port on which an istiod pod answers questions about itself."""
    for container in pod["spec"]["containers"]:
        arguments = container.get("args") or []
        joined = " ".join(arguments)
        if found := re.search(rf"{MONITORING_FLAG}[= ]\S*:(\d+)", joined):
            return int(found[1])
    return MONITORING_PORT


def build_info(answer: str) -> dict[str, str]:
    """Return what istiod's ``/version`` says: ``1.31.0-<revision>-<status>``."""
    # A version may hold a hyphen, the other two never do.
    version, revision, status = [*answer.strip().rsplit("-", 2), "", ""][:3]
    return {"version": version, "revision": revision, "status": status}


def proxies(answer: Iterable[Mapping[str, Any]], istiod: str) -> list[Proxy]:
    """Return the proxies in an istiod's answer to ``/debug/syncz``; who only asks, as istioctl does, is none."""
    return [
        Proxy(
            id=entry["proxy"],
            cluster=entry.get("cluster_id", ""),
            kind=KINDS.get(entry.get("proxy_type", ""), entry.get("proxy_type", "")),
            version=entry.get("istio_version", ""),
            istiod=istiod,
            types=types,
            errors=errors,
        )
        for entry in answer
        # Every proxy knows its cluster; istioctl, which connects to ask, has none.
        if entry.get("cluster_id")
        for types, errors in [_states(entry)]
    ]


KINDS = {"router": "gateway"}
"""istioctl's words for kinds of proxies, where they are others than istiod's."""


def _states(entry: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    if "resources" in entry:
        known = {short: entry["resources"][url] for url, short in TYPES.items() if url in entry["resources"]}
    else:
        known = {
            short: {"sent": sent, "acked": entry.get(f"{name}_acked")}
            for short, name in LEGACY.items()
            if (sent := entry.get(f"{name}_sent"))
        }
    return (
        {short: state(status) for short, status in known.items()},
        {short: status["lastError"] for short, status in known.items() if status.get("lastError")},
    )


def state(status: Mapping[str, Any]) -> str:
    """Return in istioctl's words whether a proxy has what it was sent last."""
    if status.get("lastError"):
        return REJECTED
    if not status.get("sent"):
        return NOT_SENT
    return SYNCED if status.get("acked") == status["sent"] else STALE


def minor(version: str) -> tuple[int, int] | None:
    """Return major and minor of a version, or None for one that is not a release's."""
    found = re.match(r"v?(\d+)\.(\d+)", version)
    return (int(found[1]), int(found[2])) if found else None


def release(version: str) -> tuple[int, ...] | None:
    """Return the numbers of a version, for telling which is older."""
    found = re.match(r"v?(\d+)\.(\d+)(?:\.(\d+))?", version)
    return tuple(int(part or 0) for part in found.groups()) if found else None
