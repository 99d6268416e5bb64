"""What `mesh render` writes: an object's file name, its text, and what stands in it for a secret."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mesh_components.live.plan import Later
from mesh_components.manifests.text import Assembled
from mesh_components.manifests.yaml_text import to_yaml
from mesh_components.settings.opaque import is_opaque

RANKS: Mapping[str, int] = {
    "CustomResourceDefinition": 0,
    "Namespace": 10,
    "ResourceQuota": 20,
    "LimitRange": 20,
    "NetworkPolicy": 20,
    "ServiceAccount": 20,
    "Secret": 30,
    "ConfigMap": 30,
    "ClusterRole": 40,
    "Role": 40,
    "ClusterRoleBinding": 45,
    "RoleBinding": 45,
    "Service": 50,
    "Endpoints": 55,
    "EndpointSlice": 55,
    "DaemonSet": 60,
    "Deployment": 60,
    "HorizontalPodAutoscaler": 70,
    "PodDisruptionBudget": 70,
    "MutatingWebhookConfiguration": 80,
    "ValidatingWebhookConfiguration": 80,
    "ValidatingAdmissionPolicy": 80,
    "ValidatingAdmissionPolicyBinding": 85,
}
"""First part of a file's name, so that files in the order of their names can be applied; see ``LAST``."""

AFTER_INJECTOR = 88
"""For workloads whose pods istiod completes: made before there is a webhook, they would start with an image that is
none, and nobody would make them anew."""

LAST = 90
"""For kinds that are not listed: custom resources, which need their CRDs, and an istiod that validates them."""

TEMPLATES = "inject.istio.io/templates"
"""Annotation of a pod that istiod completes."""

INCOMPLETE = ".incomplete"
"""End of the name of a file that is not to be applied: kubectl and others read .yaml, .yml and .json in a folder."""

REDACTED = "<redacted>"
"""Stands for what a Secret holds."""

SECRET_KEYS = ("data", "stringData")
"""Where a Secret holds it."""

_PLAIN = frozenset({str, int, bool, float, type(None)})

LONGEST = 200
"""Characters of a file name before a digest takes the place of its end; file systems allow 255 bytes."""


@dataclass(frozen=True)
class Rendered:
    """One object as it is written.

    Attributes:
        file: Name of its file.
        manifest: The object, with markers such as ``<generated>`` where its values are not to be seen.
        markers: The markers in it; with none it can be applied as it is.
    """

    file: str
    manifest: dict[str, Any]
    markers: tuple[str, ...]

    @property
    def title(self) -> str:
        """Kind, namespace and name."""
        metadata = self.manifest["metadata"]
        place = "/".join(filter(None, (metadata.get("namespace"), metadata["name"])))
        return f"{self.manifest['kind']} {place}"

    def text(self) -> str:
        """Return the object as YAML, its keys in the usual order."""
        return to_yaml(self.manifest, sort_keys=False)


def rendered(objects: Iterable[Mapping[str, Any]], *, show_secrets: bool) -> list[Rendered]:
    """Return planned objects as they are written, in the order of their files' names.

    :param objects: with ``Later`` and ``Assembled`` leaves in them
    :param show_secrets: whether what a Secret holds is shown, as far as the stack's file has it in plain text
    """
    return sorted((_one(item, show_secrets) for item in objects), key=lambda one: one.file)


def _one(item: Mapping[str, Any], show_secrets: bool) -> Rendered:
    markers: set[str] = set()
    plain: dict[str, Any] = _marked(item, markers)
    if plain["kind"] == "Secret" and not show_secrets:
        plain = {key: _redacted(value, markers) if key in SECRET_KEYS else value for key, value in plain.items()}
    return Rendered(file_name(plain, complete=not markers), plain, tuple(sorted(markers)))


def _marked(value: Any, markers: set[str]) -> Any:
    """Return a planned value with markers where a value is not known, and add them to ``markers``."""
    # The likeliest kinds first: CRDs have tens of thousands of values.
    if type(value) in _PLAIN:
        return value
    if isinstance(value, Mapping):
        return {key: _marked(inner, markers) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_marked(inner, markers) for inner in value]
    if is_opaque(value):
        marker = f"<{_why(value)}>"
        markers.add(marker)
        return marker
    return value


def _why(value: Any) -> str | None:
    """Return why an opaque value is not known: the reason of the first unknown leaf that it is made of."""
    if isinstance(value, Later):
        return value.why
    if isinstance(value, Assembled):
        return _why(value.value)
    if isinstance(value, Mapping):
        return _why(list(value.values()))
    return next(filter(None, map(_why, value)), None) if isinstance(value, list | tuple) else None


def _redacted(values: Mapping[str, Any], markers: set[str]) -> dict[str, Any]:
    known = {key: value for key, value in values.items() if value not in markers}
    if known:
        markers.add(REDACTED)
    return {key: REDACTED if key in known else value for key, value in values.items()}


def file_name(item: Mapping[str, Any], *, complete: bool = True) -> str:
    """Return the name of an object's file: rank, kind and group as kubectl spells them, namespace, name.

    ``_`` separates them, which no name of Kubernetes has; other characters that file systems do not like are escaped.
    """
    metadata = item["metadata"]
    group = item["apiVersion"].rpartition("/")[0]
    kind = ".".join(filter(None, (item["kind"].lower(), group)))
    parts = [f"{_rank(item):02}-{kind}", *filter(None, (metadata.get("namespace"), metadata["name"]))]
    name = "_".join(re.sub(r"[^A-Za-z0-9.-]", lambda found: f"%{ord(found.group()):02x}", part) for part in parts)
    if len(name) > LONGEST:
        name = f"{name[:LONGEST]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    return f"{name}.yaml{'' if complete else INCOMPLETE}"


def _rank(item: Mapping[str, Any]) -> int:
    template = item.get("spec", {}).get("template") if item["kind"] == "Deployment" else None
    injected = template and TEMPLATES in template["metadata"].get("annotations", {})
    return AFTER_INJECTOR if injected else RANKS.get(item["kind"], LAST)
