"""What istiod's webhook checks of WasmPlugin, TrafficExtension, ProxyConfig and Telemetry.

Source: ``ValidateWasmPlugin``, ``ValidateTrafficExtension``, ``ValidateProxyConfig`` and ``ValidateTelemetry`` in
``pkg/config/validation/validation.go``, and ``validation_istiod.go``.
"""

from __future__ import annotations

import re
from typing import Final

from . import durations, go_url, names
from .cel_engine import cel
from .checks import Object, check, each, entries
from .problem import Path, Problem, Problems, show, warning
from .selectors import label_selector, policy_target

_SCHEMES: Final = ("", "file", "http", "https", "oci")
_DIGEST: Final = re.compile(r"[a-f0-9]{64}")
_LONGEST: Final = {"imagePullSecret": 253, "pluginName": 256}
_LONGEST_VARIABLE: Final = 256
_LONGEST_CODE: Final = 64 * 1024
_TAGS: Final = {"literal": "value", "header": "name", "environment": "name"}
"""What a custom tag of each type has to have."""


@check
def wasm_plugin(manifest: Object, namespace: str) -> Problems:
    """Yield what is wrong with a WasmPlugin whose schema is right."""
    spec: Object = manifest.get("spec") or {}
    path: Path = ("spec",)
    yield from policy_target(spec, path)
    yield from _wasm(spec, path)
    yield from _matches(spec, path)


@check
def traffic_extension(manifest: Object, namespace: str) -> Problems:
    """Yield what is wrong with a TrafficExtension whose schema is right."""
    spec: Object = manifest.get("spec") or {}
    path: Path = ("spec",)
    yield from policy_target(spec, path)
    yield from _one_language(spec, path)
    yield from _lua(spec, path)
    if spec.get("wasm") is not None:
        yield from _wasm(spec["wasm"], (*path, "wasm"))
    yield from _matches(spec, path)


@check
def _one_language(spec: Object, path: Path) -> Problems:
    if (spec.get("wasm") is None) == (spec.get("lua") is None):
        yield Problem(path, "an extension has either wasm or lua")


@check
def _lua(spec: Object, path: Path) -> Problems:
    lua = spec.get("lua")
    if lua is not None:
        size = len((lua.get("inlineCode") or "").encode(errors="replace"))
        if not 0 < size <= _LONGEST_CODE:
            yield Problem((*path, "lua", "inlineCode"), f"it has {size} bytes; 1 to {_LONGEST_CODE} are allowed")


@check
def _wasm(plugin: Object, path: Path) -> Problems:
    yield from _url(plugin, path)
    yield from _digest(plugin, path)
    for name in _LONGEST:
        yield from _length(plugin, name, path)
    yield from _variables(plugin.get("vmConfig") or {}, (*path, "vmConfig"))


@check
def _url(plugin: Object, path: Path) -> Problems:
    url = plugin.get("url") or ""
    if not url:
        yield Problem((*path, "url"), "url is missing, and it is required")
    elif _scheme(url) not in _SCHEMES:
        allowed = ", ".join(filter(None, _SCHEMES))
        yield Problem((*path, "url"), f"{show(url)} is not a URL whose scheme is one of {allowed}")


def _scheme(url: str) -> str | None:
    """Return the scheme of a URL, or of one with http:// before it where it has none."""
    for text in (url, f"http://{url}"):
        try:
            scheme = go_url.parse_request_uri(text).scheme
        except go_url.BadURL:
            continue
        try:
            go_url.parse(text)
        except go_url.BadURL:
            return None
        return scheme
    return None


@check
def _digest(plugin: Object, path: Path) -> Problems:
    digest = plugin.get("sha256") or ""
    if digest and not _DIGEST.fullmatch(digest):
        yield Problem((*path, "sha256"), f"{show(digest)} is not 64 hexadecimal digits in lower case")


@check
def _length(plugin: Object, name: str, path: Path) -> Problems:
    if len((plugin.get(name) or "").encode(errors="replace")) > _LONGEST[name]:
        yield Problem((*path, name), f"it may have {_LONGEST[name]} bytes")


@check
def _variables(machine: Object, path: Path) -> Problems:
    seen: set[str] = set()
    for variable, place in each(machine, "env", path):
        yield from _variable(variable, place, seen)


@check
def _variable(variable: Object, path: Path, seen: set[str]) -> Problems:
    name = variable.get("name") or ""
    if not 0 < len(name.encode(errors="replace")) <= _LONGEST_VARIABLE:
        yield Problem((*path, "name"), f"the name of a variable has 1 to {_LONGEST_VARIABLE} bytes")
    if name in seen:
        yield Problem((*path, "name"), f"another variable is named {show(name)}")
    seen.add(name)
    if variable.get("value") and (variable.get("valueFrom") or "INLINE") != "INLINE":
        yield Problem((*path, "value"), f"a value goes with valueFrom INLINE, not {variable['valueFrom']}")


@check
def _matches(spec: Object, path: Path) -> Problems:
    for match, place in each(spec, "match", path):
        for port, at in each(match, "ports", place):
            yield from _port(port, at)


@check
def _port(port: Object, path: Path) -> Problems:
    if fault := names.port_fault(port.get("number") or 0):
        yield Problem((*path, "number"), fault)


@check
def proxy_config(manifest: Object, namespace: str) -> Problems:
    """Yield what is wrong with a ProxyConfig whose schema is right."""
    spec: Object = manifest.get("spec") or {}
    yield from label_selector(spec, "selector", "matchLabels", ("spec",), "")
    yield from _concurrency(spec, ("spec",))


@check
def _concurrency(spec: Object, path: Path) -> Problems:
    if (spec.get("concurrency") or 0) < 0:
        yield Problem((*path, "concurrency"), f"{show(spec['concurrency'])} is less than 0")


@check
def telemetry(manifest: Object, namespace: str) -> Problems:
    """Yield what is wrong with a Telemetry whose schema is right."""
    spec: Object = manifest.get("spec") or {}
    path: Path = ("spec",)
    yield from policy_target(spec, path)
    for metrics, place in each(spec, "metrics", path):
        yield from _metrics(metrics, place)
    yield from _one_tracing(spec, path)
    for tracing, place in each(spec, "tracing", path):
        yield from _tracing(tracing, place)
    for logging, place in each(spec, "accessLogging", path):
        yield from _providers(logging, place)
        yield from _filter(logging, place)


@check
def _providers(parent: Object, path: Path) -> Problems:
    for provider, place in each(parent, "providers", path):
        yield from _provider(provider, place)


@check
def _provider(provider: Object, path: Path) -> Problems:
    if not provider.get("name"):
        yield Problem((*path, "name"), "the name of a provider must not be empty")


@check
def _filter(logging: Object, path: Path) -> Problems:
    given = logging.get("filter")
    if given is None:
        return
    expression = given.get("expression") or ""
    try:
        cel.compile(expression)
    except Exception:  # whatever the parser raises
        yield Problem((*path, "filter", "expression"), f"{show(expression)} is not an expression in CEL")


@check
def _one_tracing(spec: Object, path: Path) -> Problems:
    if len(spec.get("tracing") or ()) > 1:
        yield warning((*path, "tracing"), "only the first tracing has an effect")


@check
def _tracing(tracing: Object, path: Path) -> Problems:
    yield from _providers(tracing, path)
    yield from _one_provider(tracing, path)
    yield from _sampling(tracing, path)
    for name, tag, place in entries(tracing, "customTags", path):
        yield from _tag(name, tag, place)


@check
def _one_provider(tracing: Object, path: Path) -> Problems:
    if len(tracing.get("providers") or ()) > 1:
        yield warning((*path, "providers"), "only one provider is supported")


@check
def _sampling(tracing: Object, path: Path) -> Problems:
    percentage = tracing.get("randomSamplingPercentage")
    if percentage is not None and not 0 <= percentage <= 100:
        yield Problem((*path, "randomSamplingPercentage"), f"{show(percentage)} is not a percentage from 0 to 100")


@check
def _tag(name: str, tag: Object, path: Path) -> Problems:
    if not name:
        yield Problem(path, "the name of a tag must not be empty")
    for kind, field in _TAGS.items():
        if tag.get(kind) is not None and not tag[kind].get(field):
            yield Problem((*path, kind, field), f"{field} is missing, and it is required")


@check
def _metrics(metrics: Object, path: Path) -> Problems:
    yield from durations.readable(metrics, "reportingInterval", path)
    yield from _providers(metrics, path)
    for override, place in each(metrics, "overrides", path):
        for name, tag, at in entries(override, "tagOverrides", place):
            yield from _tag_override(name, tag, at)
        yield from _metric(override, place)


@check
def _tag_override(name: str, tag: Object, path: Path) -> Problems:
    if not name:
        yield warning(path, "the name of a tag must not be empty")
    operation = tag.get("operation") or "UPSERT"
    if operation == "UPSERT" and not tag.get("value"):
        yield Problem((*path, "value"), "value is missing, and operation UPSERT needs it")
    elif operation == "REMOVE" and tag.get("value"):
        yield Problem((*path, "value"), "operation REMOVE has no value")


@check
def _metric(override: Object, path: Path) -> Problems:
    if (override.get("match") or {}).get("customMetric") == "":
        yield Problem((*path, "match", "customMetric"), "the name of a metric must not be empty")
