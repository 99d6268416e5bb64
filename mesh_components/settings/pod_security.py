"""Pod Security Standards that a namespace's labels ask for."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints

from .model import Settings

PodSecurityLevel = Literal["privileged", "baseline", "restricted"]
"""A level of Kubernetes' Pod Security Standards."""
PodSecurityVersion = Annotated[str, StringConstraints(pattern=r"^(latest|v1\.\d+)$")]
"""Which Kubernetes version's standards are meant, such as v1.31."""

PREFIX = "pod-security.kubernetes.io/"


class PodSecuritySettings(Settings):
    """What Kubernetes' Pod Security admission does in a namespace (labels ``pod-security.kubernetes.io/*``).

    Pods with a sidecar need ``privileged``, because ``istio-init`` changes the pod's network; with Istio's CNI plugin
    (``pilot.cni.enabled``) they pass ``baseline``, and ``restricted`` with ``global.proxy.seccompProfile``.
    """

    enforce: PodSecurityLevel | None = None
    """Pods above this level are refused; unset: the cluster's default."""
    warn: PodSecurityLevel | None = None
    """Whoever creates pods above this level is warned; unset: the cluster's default."""
    audit: PodSecurityLevel | None = None
    """Pods above this level are noted in the audit log; unset: the cluster's default."""
    version: PodSecurityVersion | None = None
    """Whose standards are meant; unset: those of the cluster's version."""

    def labels(self) -> dict[str, str]:
        """Return the labels of the namespace."""
        chosen: dict[str, str | None] = {"enforce": self.enforce, "warn": self.warn, "audit": self.audit}
        found = {f"{PREFIX}{mode}": level for mode, level in chosen.items() if level}
        if self.version:
            found |= {f"{PREFIX}{mode}-version": self.version for mode, level in chosen.items() if level}
        return found
