"""Who may do what."""

from __future__ import annotations

from typing import Any

from mesh_components.manifests import patches
from mesh_components.manifests.istio_object import SECURITY, given, istio_object, root_namespace
from mesh_components.settings import MeshSettings
from mesh_components.settings.placed import Noted
from mesh_components.settings.security.authorization import (
    AllowSettings,
    AuthorizationPolicySettings,
    DefaultDenySettings,
    RuleSettings,
)
from mesh_components.settings.security.selected import Aimed


def policy(mesh: MeshSettings, one: AuthorizationPolicySettings) -> list[list[dict[str, Any]]]:
    """Return one AuthorizationPolicy."""
    namespace = one.namespace or root_namespace(mesh)
    spec = {
        **aim(one),
        # ALLOW is what Istio takes an absent action for; said all the same, so that nobody has to know.
        "action": one.action,
        "provider": None if one.provider is None else {"name": one.provider},
    }
    made = _policy(mesh, one, one.name, namespace, spec, one.rules or [])
    return [patches.apply(mesh, [made])]


def default_deny(mesh: MeshSettings, one: DefaultDenySettings) -> list[list[dict[str, Any]]]:
    """Return what is allowed, and after it the policy that allows nothing, so that no request is lost in between."""
    namespace = one.namespace or root_namespace(mesh)
    allowed = [_allow(mesh, one, name, namespace, each) for name, each in one.allow.items()]
    nothing = _policy(mesh, one, one.name, namespace, {}, [])
    return [patches.apply(mesh, step) for step in (allowed, [nothing]) if step]


def aim(one: Aimed) -> dict[str, Any]:
    """Return what a policy is for."""
    return given(
        {
            "selector": {"matchLabels": dict(one.selector)} if one.selector else None,
            "targetRefs": list(one.targetRefs),
        }
    )


def _allow(mesh: MeshSettings, noted: Noted, name: str, namespace: str, one: AllowSettings) -> dict[str, Any]:
    return _policy(mesh, noted, name, namespace, {**aim(one), "action": "ALLOW"}, one.rules)


def _policy(
    mesh: MeshSettings, noted: Noted, name: str, namespace: str, spec: dict[str, Any], rules: list[RuleSettings]
) -> dict[str, Any]:
    whole = {**spec, "rules": [rule(each, namespace) for each in rules]}
    return istio_object(mesh, noted, SECURITY, "AuthorizationPolicy", name, namespace, whole)


def rule(one: RuleSettings, namespace: str) -> dict[str, Any]:
    """Return one of Istio's rules."""
    accounts = [name if "/" in name else f"{namespace}/{name}" for name in one.serviceAccounts]
    callers = [
        *([{"source": {"serviceAccounts": accounts}}] if accounts else []),
        *([{"source": {"namespaces": list(one.namespaces)}}] if one.namespaces else []),
        *one.from_,
    ]
    operation = given({"methods": list(one.methods), "paths": list(one.paths), "ports": list(one.ports)})
    requests = [*([{"operation": operation}] if operation else []), *one.to]
    return given({"from": callers, "to": requests, "when": list(one.when)})
