"""Tokens of requests (JWT)."""

from __future__ import annotations

from typing import Any

from mesh_components.manifests import patches
from mesh_components.manifests.istio_object import SECURITY, istio_object, root_namespace
from mesh_components.settings import MeshSettings
from mesh_components.settings.security.request import RequestAuthenticationSettings

from .authorization import aim

SUPPRESS = "galley.istio.io/analyze-suppress"
"""Annotation with the codes of findings that are right as they are."""


def steps(mesh: MeshSettings, one: RequestAuthenticationSettings) -> list[list[dict[str, Any]]]:
    """Return the RequestAuthentication, and after it the policy that refuses requests without a token."""
    namespace = one.namespace or root_namespace(mesh)
    spec = {**aim(one), "jwtRules": list(one.jwtRules)}
    made = istio_object(mesh, one, SECURITY, "RequestAuthentication", one.name, namespace, spec)
    found = [[made]]
    if one.required:
        tokenless: dict[str, Any] = {"from": [{"source": {"notRequestPrincipals": ["*"]}}]}
        if one.exemptPaths:
            tokenless["to"] = [{"operation": {"notPaths": list(one.exemptPaths)}}]
        spec = {**aim(one), "action": "DENY", "rules": [tokenless]}
        name = f"{one.name}-required"
        refusal = istio_object(mesh, one, SECURITY, "AuthorizationPolicy", name, namespace, spec)
        # That it also denies what is no HTTP, and so carries no token, is what is meant.
        refusal["metadata"].setdefault("annotations", {}).setdefault(SUPPRESS, "IST0133")
        found.append([refusal])
    return [patches.apply(mesh, step) for step in found]
