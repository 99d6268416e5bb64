"""Arguments of the components for security, as a program writes them: plain dictionaries in Istio's own spelling.

These types are for editors, type checkers and Pulumi's schema inference. What they may hold is checked by
`mesh_components.settings.security`; a test keeps the two equal.
"""

from typing import Any, NotRequired, Required, TypedDict

from mesh_components.traffic.args import NotedArgs


class EverywhereArgs(NotedArgs, total=False):
    """A policy of a namespace, or of the whole mesh."""

    namespace: str
    """Namespace that it is for; unset: the whole mesh (it is in the root namespace)."""


class AimedArgs(TypedDict, total=False):
    """Which workloads of the namespace."""

    selector: dict[str, str]
    """Labels of the workloads; empty: all."""
    targetRefs: list[dict[str, Any]]
    """Gateways, Services or ServiceEntries by name, for waypoints and the Gateway API's gateways; instead of
    ``selector``."""


class PeerAuthenticationArgs(EverywhereArgs, total=False):
    """Istio's PeerAuthentication, of the mesh, a namespace, or a workload and its ports."""

    name: str
    """Name of the object."""
    mode: str
    """Mutual TLS on every port; unset: what holds for the namespace or the mesh."""
    selector: dict[str, str]
    """Labels of the workloads; empty: all."""
    portLevelMtls: dict[str, str]
    """Mutual TLS by port of the workload (not of its Service), in quotes, over ``mode``; with ``selector``."""


_From = TypedDict("_From", {"from": NotRequired[list[dict[str, Any]]]})


class AuthorizationRuleArgs(_From, total=False):
    """Which requests. What is given has to hold, all of it; of a list, any one."""

    serviceAccounts: list[str]
    """ServiceAccounts of the callers, proved by mutual TLS: ``namespace/name``, or ``name`` in the own namespace."""
    namespaces: list[str]
    """Namespaces of the callers, proved by mutual TLS; besides ``serviceAccounts``."""
    methods: list[str]
    """HTTP methods."""
    paths: list[str]
    """Paths, with ``*`` at the beginning or the end for any text."""
    ports: list[str]
    """Ports of the workload, in quotes."""
    to: list[dict[str, Any]]
    """Requests, as Istio has them; besides the ones above."""
    when: list[dict[str, Any]]
    """Conditions on attributes, which have to hold, too."""


class AuthorizationPolicyArgs(EverywhereArgs, AimedArgs, total=False):
    """Istio's AuthorizationPolicy."""

    name: Required[str]
    """Name of the object."""
    action: str
    """``ALLOW``: these requests, and of the workloads no others; ``DENY``: not these; ``CUSTOM``: ``provider``
    decides."""
    rules: list[AuthorizationRuleArgs]
    """Which requests, any one of these. An empty rule is all of them; no rules are none of them."""
    provider: str
    """For ``CUSTOM``: the name of an extension provider in the mesh's configuration."""


class AllowArgs(AimedArgs, total=False):
    """Requests that are allowed all the same."""

    rules: Required[list[AuthorizationRuleArgs]]
    """Which requests, any one of these. An empty rule is all of them."""


class DefaultDenyArgs(EverywhereArgs, total=False):
    """Nothing is allowed but what is allowed by name."""

    name: str
    """Name of the policy that allows nothing."""
    allow: dict[str, AllowArgs]
    """What is allowed, by name of its policy."""


class RequestAuthenticationArgs(EverywhereArgs, AimedArgs, total=False):
    """Istio's RequestAuthentication: a request with a bad token is refused; one without is, where a token is
    required."""

    name: str
    """Name of the object."""
    jwtRules: Required[list[dict[str, Any]]]
    """Istio's JWTRule: `issuer`, and `jwksUri` or `jwks` with its keys …"""
    required: bool
    """Whether requests without a token are refused, by an AuthorizationPolicy called ``<name>-required``."""
    exemptPaths: list[str]
    """Paths that need no token all the same, such as ``/healthz``; with ``required``."""
