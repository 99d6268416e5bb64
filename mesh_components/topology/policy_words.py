"""What policies say, in a few words; values that could be secret are not among them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ..analysis import kinds
from ..analysis.kinds import Kind
from ..analysis.resource import Resource
from .authorization import policy_text
from .known import entries, inside, items, number, text, texts
from .rules import Policy
from .traffic import features
from .words import many, percent, selector_text, some


def peer_authentication(policy: Resource) -> Iterator[str]:
    """Return the mode, and those of ports."""
    mode = text(policy.spec, "mtls", "mode")
    if mode and mode != "UNSET":
        yield f"mutual TLS {mode}"
    for port, level in sorted(entries(policy.spec, "portLevelMtls").items()):
        if found := text(level, "mode"):
            yield f"port {port} {found}"


def request_authentication(policy: Resource) -> Iterator[str]:
    """Return whose tokens are taken."""
    issuers = [text(rule, "issuer") for rule in items(policy.spec, "jwtRules")]
    if found := [issuer for issuer in issuers if issuer]:
        yield f"JWT of {some(found)}"


def telemetry(policy: Resource) -> Iterator[str]:
    """Return what is observed."""
    for field, word in (("accessLogging", "access logs"), ("metrics", "metrics"), ("tracing", "traces")):
        given = items(policy.spec, field)
        names = [text(one, "name") for rule in given for one in items(rule, "providers")]
        off = any(inside(rule, "disabled") is True or inside(rule, "disableSpanReporting") is True for rule in given)
        shares = [inside(rule, "randomSamplingPercentage") for rule in given]
        part = next((f" of {percent(one)}" for one in shares if isinstance(one, int | float)), "")
        if given:
            by = f" by {some([name for name in names if name])}" if any(names) else ""
            yield f"{word}{part}{by}{' off' if off else ''}"


def sidecar(policy: Resource) -> Iterator[str]:
    """Return what workloads reach."""
    hosts = [host for listener in items(policy.spec, "egress") for host in texts(listener, "hosts")]
    if hosts:
        yield f"reaches {some(list(dict.fromkeys(hosts)))}"
    if found := text(policy.spec, "outboundTrafficPolicy", "mode"):
        yield f"other hosts: {found}"
    if ports := [number(one, "port", "number") for one in items(policy.spec, "ingress")]:
        yield f"takes requests at {some([f'port {port}' for port in ports if port is not None])}"


def envoy_filter(policy: Resource) -> Iterator[str]:
    """Return what is patched."""
    patches = items(policy.spec, "configPatches")
    found = [f"{text(one, 'patch', 'operation')} {text(one, 'applyTo')}".strip() for one in patches]
    if found:
        yield f"patches Envoy: {some(list(dict.fromkeys(one for one in found if one)))}"


def wasm_plugin(policy: Resource) -> Iterator[str]:
    """Return which plugin runs when."""
    yield f"plugin {text(policy.spec, 'pluginName') or text(policy.spec, 'url')}".strip()
    if phase := text(policy.spec, "phase"):
        yield f"phase {phase}"


def traffic_extension(policy: Resource) -> Iterator[str]:
    """Return what kind of extension runs when."""
    if "lua" in policy.spec:
        yield "Lua script"
    if "wasm" in policy.spec:
        yield f"plugin {text(policy.spec, 'wasm', 'pluginName') or text(policy.spec, 'wasm', 'url')}".strip()
    if phase := text(policy.spec, "phase"):
        yield f"phase {phase}"


def proxy_config(policy: Resource) -> Iterator[str]:
    """Return how proxies are set up."""
    if (threads := number(policy.spec, "concurrency")) is not None:
        yield f"concurrency {threads}"
    if image := text(policy.spec, "image", "imageType"):
        yield f"image {image}"
    if variables := entries(policy.spec, "environmentVariables"):
        yield f"sets {some(sorted(variables))}"


def destination_rule(rule: Resource) -> Iterator[str]:
    """Return the subsets, and what is for all of them."""
    subsets = items(rule.spec, "subsets")
    named = [
        f"{text(one, 'name')} ({selector_text(labels)})" if (labels := entries(one, "labels")) else text(one, "name")
        for one in subsets
    ]
    if named:
        yield f"{'subset' if len(named) == 1 else 'subsets'} {some(named)}"
    policy: Policy = entries(rule.spec, "trafficPolicy")
    yield from features(policy)
    if "tls" in policy:
        yield f"clients send TLS mode {text(policy, 'tls', 'mode') or 'DISABLE'}"
    if ports := items(policy, "portLevelSettings"):
        yield f"settings of {many(len(ports), 'port')} of its own"
    if chosen := entries(rule.spec, "workloadSelector", "matchLabels"):
        yield f"for clients with {selector_text(chosen)}"


WORDS: Mapping[Kind, Callable[[Resource], Iterator[str]]] = {
    kinds.AUTHORIZATION_POLICY: policy_text,
    kinds.DESTINATION_RULE: destination_rule,
    kinds.ENVOY_FILTER: envoy_filter,
    kinds.PEER_AUTHENTICATION: peer_authentication,
    kinds.PROXY_CONFIG: proxy_config,
    kinds.REQUEST_AUTHENTICATION: request_authentication,
    kinds.SIDECAR: sidecar,
    kinds.TELEMETRY: telemetry,
    kinds.TRAFFIC_EXTENSION: traffic_extension,
    kinds.WASM_PLUGIN: wasm_plugin,
}
"""What each kind of policy says."""


def said(policy: Resource) -> str:
    """Return what a policy says, in a few words; ``""`` when nothing of it is known."""
    return ", ".join(WORDS[policy.kind](policy))
