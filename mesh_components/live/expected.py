"""Fields that others write into declared objects, as they should: who, where, and why.

What stands here is not reported. Everything else that somebody wrote into a declared object is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .compare import Path, text


@dataclass(frozen=True)
class Expected:
    """Fields that somebody else owns by design. Each part is a regular expression of the whole."""

    owner: str
    kind: str
    path: str
    why: str

    def covers(self, owner: str, kind: str, path: Path) -> bool:
        """Whether the field is one of these."""
        return bool(
            re.fullmatch(self.owner, owner) and re.fullmatch(self.kind, kind) and re.fullmatch(self.path, text(path))
        )


MARKS: Sequence[str] = (
    r"spec\.template\.metadata\.labels\[(operator|install\.operator)\.istio\.io/.*\]",
    r"spec\.template\.metadata\.labels\[(helm\.sh|app\.kubernetes\.io)/.*\]",
    r"spec\.template\.metadata\.labels\.(chart|heritage|release)",
    r"spec\.template\.spec\.affinity(\.nodeAffinity.*)?",
)
"""What an earlier installer left in pod templates, and what takes a restart of every pod to remove: labels that say
who installed it, and an empty affinity. After an adoption it goes with the next change of the template
(`live/adoption.py`)."""


def left_in_template(kind: str, path: Path, live: Any) -> bool:
    """Whether a field that is not declared is an earlier installer's mark in a pod template.

    :param live: its value; an affinity counts while there is nothing in it
    """
    if kind not in ("Deployment", "DaemonSet") or not any(re.fullmatch(mark, text(path)) for mark in MARKS):
        return False
    return isinstance(live, str) or hollow(live)


def hollow(value: Any) -> bool:
    """Whether there is nothing in a value."""
    return all(map(hollow, value.values())) if isinstance(value, Mapping) else not value


ANYBODY = ".*"
CONTROLLERS = "kube-controller-manager|cloud-controller-manager|.*-cloud-controller-manager"
WEBHOOKS = "MutatingWebhookConfiguration|ValidatingWebhookConfiguration"

EXPECTED: Sequence[Expected] = (
    Expected(
        "pilot-discovery",
        WEBHOOKS,
        r"webhooks\[.*\]\.clientConfig\.caBundle",
        "istiod fills in its root certificate (pkg/webhooks/webhookpatch.go)",
    ),
    Expected(
        "pilot-discovery",
        "ValidatingWebhookConfiguration",
        r"webhooks\[.*\]\.failurePolicy",
        "istiod sets Fail once it has seen that it is asked (pkg/webhooks/validation/controller)",
    ),
    Expected(
        "kube-controller-manager",
        "Deployment",
        r"metadata\.annotations\[deployment\.kubernetes\.io/revision\]",
        "the Deployment controller counts rollouts",
    ),
    Expected(
        CONTROLLERS,
        "Deployment",
        r"spec\.replicas",
        "the autoscaler sets the number of replicas, which is not declared where there is one",
    ),
    Expected(
        ANYBODY,
        "Deployment",
        r"spec\.template\.metadata\.annotations\[kubectl\.kubernetes\.io/restartedAt\]",
        "`kubectl rollout restart` restarts pods by this annotation",
    ),
    Expected(
        CONTROLLERS,
        "Service",
        r"metadata\.finalizers.*",
        "the load balancer's controller wants to clean up before the Service goes",
    ),
    Expected(
        CONTROLLERS,
        "ServiceAccount",
        r"(secrets|imagePullSecrets).*",
        "some Kubernetes distributions add pull secrets to every account",
    ),
    Expected(
        ANYBODY,
        "Namespace",
        r"metadata\.(annotations|labels)\[(openshift\.io|pod-security\.kubernetes\.io)/.*\]",
        "OpenShift numbers namespaces and labels their pod security",
    ),
    Expected(
        ANYBODY,
        ANYBODY,
        r"metadata\.annotations\[(argocd\.argoproj\.io|kustomize\.toolkit\.fluxcd\.io)/.*\]",
        "`mesh render --gitops` tells Argo CD and Flux by annotations what to keep, and in which order",
    ),
    Expected(
        ANYBODY,
        "CustomResourceDefinition",
        r"(spec\..*\.description|metadata\.(annotations|labels).*)",
        "an earlier installer's texts and marks on a definition that was kept",
    ),
)


def expected(owner: str, kind: str, path: Path) -> bool:
    """Whether it is known, and meant, that this owner writes this field."""
    return any(entry.covers(owner, kind, path) for entry in EXPECTED)
