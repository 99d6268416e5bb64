"""Settings that older versions of Istio do not know.

Facts from the values of each version's charts (``manifests/charts/*/values.yaml``), their templates, and
``operator/pkg/apis/values_types.proto``.
"""

from __future__ import annotations

from collections.abc import Mapping

NEW_SETTINGS: Mapping[str, tuple[str, ...]] = {
    "1.27.0": (),
    "1.28.3": (
        "cni.daemonSetLabels",
        "cni.podLabels",
        "global.networkPolicy",
        "global.proxy.seccompProfile",
        "global.resourceScope",
        "ztunnel.network",
    ),
    "1.29.1": (
        "cni.ambient.enableAmbientDetectionRetry",
        "cni.terminationGracePeriodSeconds",
        "pilot.crlConfigMapName",
        "ztunnel.peerCaCrl",
    ),
    "1.30.3": (
        "base.validationFailurePolicy",
        "cni.useAppArmorAnnotation",
        "global.enableReaderRBAC",
        "pilot.taint.name",
        "ztunnel.dnsConfig",
        "ztunnel.dnsPolicy",
    ),
    "1.31.0": ("global.readerServiceAccount", "pilot.terminationMessagePolicy"),
}
"""Settings, by the first supported version that has them; oldest version first."""


def unknown(version: str) -> Mapping[str, str]:
    """Return the settings that ``version`` does not know yet, each with the first supported version that has it."""
    versions = list(NEW_SETTINGS)
    return {path: later for later in versions[versions.index(version) + 1 :] for path in NEW_SETTINGS[later]}
