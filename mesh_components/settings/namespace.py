# ruff: noqa: RUF012 (pydantic copies defaults)
"""Namespaces that take part in the mesh."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from .kubernetes import Annotations, Labels, Name, ObjectName
from .model import Settings
from .pod_security import PodSecuritySettings
from .sidecar import SidecarSpec

MtlsMode = Literal["STRICT", "PERMISSIVE", "DISABLE"]
"""``mtls.mode`` of a PeerAuthentication."""

INJECTION_LABEL = "istio-injection"
"""Namespace label that says whether pods get a sidecar."""
REVISION_LABEL = "istio.io/rev"
"""Label that says which revision of the control plane is meant."""


class NamespaceSettings(Settings):
    """A namespace and its part in the mesh."""

    name: Name
    """Name of the namespace."""
    injection: Literal["enabled", "disabled"] | None = None
    """Whether its pods get a sidecar (label ``istio-injection``); unset: no label."""
    revision: str | None = None
    """Revision or tag that injects its pods (label ``istio.io/rev``); not together with ``injection``."""
    mtls: MtlsMode | None = None
    """Mutual TLS of its workloads; unset: the mesh's."""
    labels: Labels = {}
    """Labels in addition."""
    annotations: Annotations = {}
    """Annotations."""
    podSecurity: PodSecuritySettings = PodSecuritySettings.model_construct()
    """Pod Security levels."""
    imagePullSecrets: list[ObjectName] = []
    """Names of ``pullSecrets`` to declare in it."""
    sidecar: SidecarSpec | None = None
    """``spec`` of Istio's Sidecar for all its workloads: what their proxies know of the mesh; unset: the mesh's."""
    create: bool = True
    """Whether the Namespace is declared; otherwise it exists, and its policies alone are."""

    @model_validator(mode="after")
    def _declared(self) -> Self:
        given = [key for key in ("injection", "revision", "labels", "annotations") if getattr(self, key)]
        given += ["podSecurity"] if self.podSecurity.labels() else []
        if given and not self.create:
            raise PydanticCustomError(
                "conflict",
                "create is false, so {given} cannot be set here; set it where the namespace is made",
                {"given": " and ".join(given)},
            )
        return self

    @model_validator(mode="after")
    def _one_injector(self) -> Self:
        injection = self.injection is not None or INJECTION_LABEL in self.labels
        revision = self.revision is not None or REVISION_LABEL in self.labels
        if injection and revision:
            raise PydanticCustomError(
                "conflict",
                "injection and a revision exclude each other: injection ({injection}) is the label istio-injection, "
                "revision ({revision}) is the label istio.io/rev, and a namespace carries one of them; remove one",
                {
                    "injection": self.injection or self.labels.get(INJECTION_LABEL),
                    "revision": self.revision or self.labels.get(REVISION_LABEL),
                },
            )
        for key, value, label in (
            ("injection", self.injection, INJECTION_LABEL),
            ("revision", self.revision, REVISION_LABEL),
            *(("podSecurity", level, label) for label, level in self.podSecurity.labels().items()),
        ):
            if value is not None and self.labels.get(label, value) != value:
                raise PydanticCustomError(
                    "conflict",
                    "{key} is {value}, and labels sets {label} to {other}; remove one of the two",
                    {"key": key, "value": value, "label": label, "other": self.labels[label]},
                )
        return self
