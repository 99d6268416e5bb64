"""What policies say, in a few words; nothing that could be secret: no keys, no scripts, no plugin's configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ..analysis import kinds
from ..analysis.kinds import Kind
from ..analysis.resource import Resource
from .authorization_words import policy_text
from .known import entries, inside, items, known, number, text, texts
from .traffic import features
from .words import joined, labels_text, many, percent

OBSERVED = (("accessLogging", "access logs"), ("metrics", "metrics"), ("tracing", "traces"))


def _peer_authentication(policy: Resource) -> Iterator[str]:
    mode = text(policy.spec, "mtls", "mode")
    yield f"mutual TLS {mode}" if mode else ""
    for port, level in sorted(entries(policy.spec, "portLevelMtls").items()):
        found = text(level, "mode")
        yield f"port {port} {found}" if found else ""


def _request_authentication(policy: Resource) -> Iterator[str]:
    issuers = [text(rule, "issuer") for rule in items(policy.spec, "jwtRules")]
    yield f"JWT of {joined(*issuers)}" if any(issuers) else ""


def _telemetry(policy: Resource) -> Iterator[str]:
    for field, word in OBSERVED:
        for rule in items(policy.spec, field):
            names = [text(one, "name") for one in items(rule, "providers")]
            part = inside(rule, "randomSamplingPercentage")
            is_off = inside(rule, "disabled") is True or inside(rule, "disableSpanReporting") is True
            yield joined(
                f"no {word}" if is_off else word,
                f"of {percent(part)}" if isinstance(part, int | float) else "",
                f"by {joined(*names)}" if any(names) else "",
                by=" ",
            )


def _sidecar(policy: Resource) -> Iterator[str]:
    listed = [host for listener in items(policy.spec, "egress") for host in texts(listener, "hosts")]
    yield f"reaches {', '.join(dict.fromkeys(listed))}" if listed else ""
    mode = text(policy.spec, "outboundTrafficPolicy", "mode")
    yield f"other hosts {mode}" if mode else ""
    for listener in items(policy.spec, "ingress"):
        port = number(listener, "port", "number")
        yield "" if port is None else f"takes requests at port {port}"


def _envoy_filter(policy: Resource) -> Iterator[str]:
    found = [
        joined(text(one, "patch", "operation"), text(one, "applyTo"), by=" ")
        for one in items(policy.spec, "configPatches")
    ]
    yield f"patches Envoy: {joined(*dict.fromkeys(found))}" if any(found) else ""


def _wasm_plugin(policy: Resource) -> Iterator[str]:
    yield from _plugin(policy.spec, policy)


def _traffic_extension(policy: Resource) -> Iterator[str]:
    if "lua" in policy.spec:
        yield "Lua script"
        yield from _phase(policy)
    else:
        yield from _plugin(entries(policy.spec, "wasm"), policy)


def _plugin(given: Mapping[str, object], policy: Resource) -> Iterator[str]:
    name, url = text(given, "pluginName"), text(given, "url")
    yield joined("plugin", name, url, by=" ")
    yield from _phase(policy)


def _phase(policy: Resource) -> Iterator[str]:
    phase = text(policy.spec, "phase")
    yield f"phase {phase}" if phase else ""


def _proxy_config(policy: Resource) -> Iterator[str]:
    threads, image = number(policy.spec, "concurrency"), text(policy.spec, "image", "imageType")
    yield "" if threads is None else f"concurrency {threads}"
    yield f"image {image}" if image else ""
    variables = sorted(entries(policy.spec, "environmentVariables"))
    yield f"sets {', '.join(variables)}" if variables else ""


def _destination_rule(rule: Resource) -> Iterator[str]:
    subsets = [_subset(one) for one in items(rule.spec, "subsets")]
    yield f"{'subset' if len(subsets) == 1 else 'subsets'} {', '.join(subsets)}" if subsets else ""
    policy = entries(rule.spec, "trafficPolicy")
    yield from features(policy)
    yield f"clients send TLS mode {text(policy, 'tls', 'mode') or 'DISABLE'}" if "tls" in policy else ""
    ports = items(policy, "portLevelSettings")
    yield f"settings of their own for {many(len(ports), 'port')}" if ports else ""
    clients = known(labels_text, "", entries(rule.spec, "workloadSelector", "matchLabels"))
    yield f"for clients with {clients}" if clients else ""


def _subset(subset: object) -> str:
    name, labels = text(subset, "name"), known(labels_text, "", entries(subset, "labels"))
    policy = entries(subset, "trafficPolicy")
    tls = f"TLS mode {text(policy, 'tls', 'mode') or 'DISABLE'}" if "tls" in policy else ""
    told = joined(labels, *features(policy), tls)
    return f"{name} ({told})" if told else name


WORDS: Mapping[Kind, Callable[[Resource], Iterator[str]]] = {
    kinds.AUTHORIZATION_POLICY: policy_text,
    kinds.DESTINATION_RULE: _destination_rule,
    kinds.ENVOY_FILTER: _envoy_filter,
    kinds.PEER_AUTHENTICATION: _peer_authentication,
    kinds.PROXY_CONFIG: _proxy_config,
    kinds.REQUEST_AUTHENTICATION: _request_authentication,
    kinds.SIDECAR: _sidecar,
    kinds.TELEMETRY: _telemetry,
    kinds.TRAFFIC_EXTENSION: _traffic_extension,
    kinds.WASM_PLUGIN: _wasm_plugin,
}
"""What each kind of policy says."""


def said(policy: Resource) -> str:
    """Return what a policy says, in a few words; ``""`` when nothing of it is known."""
    return joined(*known(_said, (), policy))


def _said(policy: Resource) -> list[str]:
    return list(WORDS[policy.kind](policy))
