"""What the API server refuses where a mesh keeps to Istio's stable features: a policy of its own admission.

Facts: which kinds and fields, of which objects (istiod chart, ``validatingadmissionpolicy.yaml`` at 1.31). It means
the objects that name this revision, as Istio's does. The rules are ours, and say what they refuse.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mesh_components.settings import MeshSettings

from . import istiod
from .labels import metadata
from .webhooks import REVISION, VALIDATED_GROUPS, VERSION

KINDS = ("EnvoyFilter", "WasmPlugin", "ProxyConfig")
"""Kinds that are refused whole."""

TELEMETRY = {
    "tracing": "useRequestIdForTraceSampling",
    "metrics": "reportingInterval",
    "accessLogging": "filter",
}
"""Fields that items of a Telemetry's lists may not have, by list."""


def objects(settings: MeshSettings) -> list[dict[str, Any]]:
    """Return the policy and its binding."""
    policy, binding = (
        f"{settings.suffixed(name)}-{settings.istio_namespace}.istio.io"
        for name in ("stable-channel-policy", "stable-channel-policy-binding")
    )
    return [
        {
            "apiVersion": VERSION,
            "kind": "ValidatingAdmissionPolicy",
            "metadata": metadata(settings, policy, part=istiod.PART, namespace=None),
            "spec": {
                "failurePolicy": "Fail",
                "matchConstraints": _meant(settings),
                "validations": list(validations(settings)),
            },
        },
        {
            "apiVersion": VERSION,
            "kind": "ValidatingAdmissionPolicyBinding",
            "metadata": {"name": binding},
            "spec": {"policyName": policy, "validationActions": ["Deny"]},
        },
    ]


def _meant(settings: MeshSettings) -> dict[str, Any]:
    rule = {
        "apiGroups": list(VALIDATED_GROUPS),
        "apiVersions": ["*"],
        "operations": ["CREATE", "UPDATE"],
        "resources": ["*"],
    }
    label = {"key": REVISION, "operator": "In", "values": [settings.revision or "default"]}
    return {"resourceRules": [rule], "objectSelector": {"matchExpressions": [label]}}


def validations(settings: MeshSettings) -> Iterator[dict[str, str]]:
    """Yield what has to hold for an object, in CEL, and what whoever breaks it is told."""
    for kind in KINDS:
        yield {"expression": f"object.kind != '{kind}'", "message": f"{kind} is not one of Istio's stable features"}
    for listed, refused in TELEMETRY.items():
        yield {
            "expression": (
                f"object.kind != 'Telemetry' || !has(object.spec) || !has(object.spec.{listed}) || "
                f"object.spec.{listed}.all(item, !has(item.{refused}))"
            ),
            "message": f"{listed}[].{refused} of Telemetry is not one of Istio's stable features",
        }
    if settings.istio.profiles.stable_denies_trust_domains:
        yield {
            "expression": (
                "object.kind != 'AuthorizationPolicy' || !has(object.spec) || !has(object.spec.rules) || "
                "object.spec.rules.all(rule, !has(rule.from) || rule.from.all(peer, !has(peer.source) || "
                "(!has(peer.source.trustDomains) && !has(peer.source.notTrustDomains))))"
            ),
            "message": "trustDomains of AuthorizationPolicy is not one of Istio's stable features",
        }
