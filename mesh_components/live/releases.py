"""Helm's records of what it installed: one Secret per revision of a release, with the objects in it."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from .api import Api

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
CHARTS = frozenset({"base", "istiod", "gateway", "cni", "ztunnel", "default"})
"""Names of Istio's charts; what other releases hold is not read."""

CLUSTER_SCOPED = frozenset(
    {
        "ClusterRole",
        "ClusterRoleBinding",
        "CustomResourceDefinition",
        "MutatingWebhookConfiguration",
        "ValidatingWebhookConfiguration",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "Namespace",
    }
)
"""Kinds in Istio's charts that have no namespace."""


@dataclass(frozen=True)
class Release:
    """The latest revision of a release, and where all its revisions are recorded."""

    name: str
    namespace: str
    chart: str
    objects: list[dict[str, Any]]
    """What it installed, each with its namespace."""
    secrets: list[str]
    """The Secrets that record it, the latest last."""

    def holds(self, items: Iterable[Mapping[str, Any]]) -> bool:
        """Whether it installed one of these objects."""
        mine = {identity(item) for item in self.objects}
        return any(identity(item) in mine for item in items)


def releases(api: Api) -> list[Release]:
    """Return the releases of Istio's charts that are on a cluster.

    :raises LiveError: when Secrets may not be read
    """
    by_release: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for secret in api.list("/api/v1/secrets", labelSelector="owner=helm"):
        key = secret["metadata"]["namespace"], secret["metadata"]["labels"]["name"]
        by_release.setdefault(key, []).append(secret)
    found = [_release(*key, secrets) for key, secrets in sorted(by_release.items())]
    return [release for release in found if release.chart in CHARTS]


def _release(namespace: str, name: str, secrets: list[dict[str, Any]]) -> Release:
    secrets = sorted(secrets, key=lambda secret: int(secret["metadata"]["labels"]["version"]))
    record = decoded(secrets[-1]["data"]["release"])
    chart = str(record["chart"]["metadata"]["name"])
    objects = _objects(record.get("manifest") or "", namespace) if chart in CHARTS else []
    return Release(name, namespace, chart, objects, [secret["metadata"]["name"] for secret in secrets])


def decoded(data: str) -> dict[str, Any]:
    """Return Helm's record: JSON, compressed, in base64 twice (helm/pkg/storage/driver)."""
    content = base64.b64decode(base64.b64decode(data))
    record: dict[str, Any] = json.loads(gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content)
    return record


def _objects(manifest: str, namespace: str) -> list[dict[str, Any]]:
    found = []
    for item in yaml.load_all(manifest, Loader=LOADER):
        if item and item["kind"] not in CLUSTER_SCOPED:
            # Without one of its own, an object is in the release's namespace.
            found.append({**item, "metadata": {"namespace": namespace, **item["metadata"]}})
        elif item:
            found.append(item)
    return found


def identity(item: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return what tells an object from others, whatever the version of its API: kind, namespace, name."""
    metadata = item["metadata"]
    where = "" if item["kind"] in CLUSTER_SCOPED else metadata.get("namespace") or ""
    return item["kind"], where, metadata["name"]
