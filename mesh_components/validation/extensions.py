"""What istiod's webhook checks of WasmPlugin, TrafficExtension, ProxyConfig and Telemetry.

Most of it their schemas say already, and what they refuse is not looked at again here.

Source: ``ValidateWasmPlugin``, ``ValidateTrafficExtension``, ``ValidateProxyConfig`` and ``ValidateTelemetry`` in
``pkg/config/validation/validation.go``, and ``validation_istiod.go``.
"""

from __future__ import annotations

from typing import Final

from . import durations, go_url
from .cel_engine import cel
from .checks import Object, check, each, entries
from .problem import Path, Problem, Problems, show, warning
from .selectors import label_selector, policy_target

_SCHEMES: Final = ("", "file", "http", "https", "oci")


@check
def wasm_plugin(manifest: Object, namespace: str) -> Problems:
    """Yield what is wrong with a WasmPlugin whose schema is right."""
    spec: Object = manifest.get("spec") or {}
    path: Path = ("spec",)
    yield from policy_target(spec, path)
    yield from _url(spec, path)


@check
def traffic_extension(manifest: Object, namespace: str) -> Problems:
    """Yield what is wrong with a TrafficExtension whose schema is right."""
    spec: Object = manifest.get("spec") or {}
    path: Path = ("spec",)
    yield from policy_target(spec, path)
    yield from _url(spec.get("wasm") or {}, (*path, "wasm"))


@check
def _url(plugin: Object, path: Path) -> Problems:
    url = plugin.get("url")
    if url and _scheme(url) not in _SCHEMES:
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
def proxy_config(manifest: Object, namespace: str) -> Problems:
    """Yield what is wrong with a ProxyConfig whose schema is right."""
    yield from label_selector(manifest.get("spec") or {}, "selector", "matchLabels", ("spec",), "")


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
        yield from _one_provider(tracing, place)
        yield from _tag_names(tracing, place)
    for logging, place in each(spec, "accessLogging", path):
        yield from _filter(logging, place)


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
def _tag_names(tracing: Object, path: Path) -> Problems:
    for name, _, place in entries(tracing, "customTags", path):
        if not name:
            yield Problem(place, "the name of a tag must not be empty")


@check
def _one_provider(tracing: Object, path: Path) -> Problems:
    if len(tracing.get("providers") or ()) > 1:
        yield warning((*path, "providers"), "only one provider is supported")


@check
def _metrics(metrics: Object, path: Path) -> Problems:
    yield from durations.readable(metrics, "reportingInterval", path)
    for override, place in each(metrics, "overrides", path):
        for name, tag, at in entries(override, "tagOverrides", place):
            yield from _tag_override(name, tag, at)


@check
def _tag_override(name: str, tag: Object, path: Path) -> Problems:
    if not name:
        yield warning(path, "the name of a tag must not be empty")
    if (tag.get("operation") or "UPSERT") == "UPSERT" and not tag.get("value"):
        yield Problem((*path, "value"), "value is missing, and operation UPSERT needs it")
