"""What istiod's webhook checks of security policies.

Sources: ``ValidateAuthorizationPolicy``, ``ValidateRequestAuthentication`` and ``ValidatePeerAuthentication`` in
``pkg/config/validation/validation.go``; ``pkg/config/security/security.go``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from . import durations, go_url, json_web_keys, names
from .checks import Object, check, each
from .problem import Path, Problem, Problems, show, warning
from .selectors import label_selector, policy_target

Fault = Callable[[str], str | None]

_MOST_ACCOUNTS: Final = 16
_LONGEST_ACCOUNT: Final = 320
_DIGITS: Final = re.compile(r"[0-9]+")
_LITERAL: Final = re.compile(r"[a-zA-Z0-9\-._~%!$&'()+,;:@=]+")
_ONE, _ANY = "{*}", "{**}"
_DRY_RUN: Final = "istio.io/dry-run"
_BOOLEANS: Final = frozenset("1 t T TRUE true True 0 f F FALSE false False".split())  # noqa: SIM905


def _not_empty(value: str) -> str | None:
    return None if value else "a value must not be empty"


def _address(value: str) -> str | None:
    return names.subnet_fault(value)


def _wildcard(value: str) -> str | None:
    if not value:
        return "a value must not be empty"
    if value.count("*") > 1 or ("*" in value and not value.startswith("*") and not value.endswith("*")):
        return f"{show(value)}: one wildcard is allowed, at the start or at the end"
    return None


def _trust_domain(value: str) -> str | None:
    return _wildcard(value) or (f"{show(value)}: a trust domain has no /" if "/" in value else None)


def _account(value: str) -> str | None:
    parts = value.split("/")
    if "" in parts or "*" in value or len(parts) > 2 or len(value.encode()) > _LONGEST_ACCOUNT:
        return f"{show(value)} is not ACCOUNT or NAMESPACE/ACCOUNT, without wildcards, {_LONGEST_ACCOUNT} bytes at most"
    return None


def _port(value: str) -> str | None:
    good = _DIGITS.fullmatch(value) and len(value.lstrip("0")) <= 5 and int(value) <= 65535
    return None if good else f"{show(value)} is not a port from 0 to 65535"


def _path(value: str) -> str | None:
    """Paths may have {*} for one part and {**} for the rest, which then comes last of the two."""
    is_template = _ONE in value or _ANY in value
    rest = False
    for part in value.strip("/").split("/"):
        if part in (_ONE, _ANY):
            if rest:
                return f"{show(value)}: nothing but fixed parts may follow {_ANY}"
            rest = part == _ANY
        elif "{" in part or "}" in part:
            return f"{show(value)}: braces are allowed in {_ONE} and {_ANY} only"
        elif is_template and not _LITERAL.fullmatch(part):
            return f"{show(value)}: {show(part)} may not stand in a template of a path"
    return None


def _empty_or_path(value: str) -> str | None:
    return _not_empty(value) or _path(value)


def _both(fields: Mapping[str, Fault]) -> dict[str, Fault]:
    """Return fields with those that negate them: ``ports`` and ``notPorts``."""
    return {name: fault for field, fault in fields.items() for name in (field, f"not{field[0].upper()}{field[1:]}")}


_SOURCE: Final = _both(
    {
        "principals": _not_empty,
        "requestPrincipals": _not_empty,
        "namespaces": _not_empty,
        "serviceAccounts": _account,
        "trustDomains": _trust_domain,
        "ipBlocks": _address,
        "remoteIpBlocks": _address,
    }
)
_OPERATION: Final = _both({"ports": _port, "methods": _not_empty, "hosts": _not_empty, "paths": _empty_or_path})
_BY_IDENTITY: Final = tuple(_both({"principals": _not_empty, "namespaces": _not_empty}))
_ACCOUNTS: Final = ("serviceAccounts", "notServiceAccounts")
_BELOW_HTTP: Final = {
    "source": (*_BY_IDENTITY, *_ACCOUNTS, "ipBlocks", "notIpBlocks", "remoteIpBlocks", "notRemoteIpBlocks"),
    "operation": ("ports", "notPorts"),
}
"""What can be told of a connection that is not HTTP."""
_NOT_CUSTOM: Final = tuple(_both(dict.fromkeys(
    ("namespaces", "serviceAccounts", "trustDomains", "principals", "requestPrincipals"), _not_empty
)))  # fmt: skip
"""What an external authorizer cannot be asked by."""
_KEYS_NOT_CUSTOM: Final = ("source.namespace", "source.serviceAccount", "source.trustDomain", "source.principal")

_CONDITIONS: Final[Mapping[str, Fault]] = {
    "source.ip": _address,
    "remote.ip": _address,
    "source.namespace": _not_empty,
    "source.serviceAccount": _account,
    "source.principal": _not_empty,
    "source.trustDomain": _wildcard,
    "request.auth.principal": _not_empty,
    "request.auth.audiences": _not_empty,
    "request.auth.presenter": _not_empty,
    "destination.ip": _address,
    "destination.port": _port,
    "connection.sni": _not_empty,
}
"""Keys of conditions, with what their values have to be."""
_KEYED: Final = ("request.headers", "request.auth.claims", "experimental.envoy.filters.")
"""Beginnings of keys that go on with a name in brackets."""


@check
def authorization_policy(manifest: Object, namespace: str) -> Problems:
    """Yield what is wrong with an AuthorizationPolicy whose schema is right."""
    spec: Object = manifest.get("spec") or {}
    path: Path = ("spec",)
    yield from policy_target(spec, path)
    yield from _action(spec, path)
    yield from _dry_run(manifest, spec)
    for rule, place in each(spec, "rules", path):
        yield from _parts(rule, "from", "source", _SOURCE, place)
        yield from _parts(rule, "to", "operation", _OPERATION, place)
        for condition, at in each(rule, "when", place):
            yield from _condition(condition, at)
        yield from _denies_tcp(spec, rule, place)
        yield from _custom(spec, rule, place)


@check
def _action(spec: Object, path: Path) -> Problems:
    action = spec.get("action") or "ALLOW"
    if action in ("CUSTOM", "DENY") and not spec.get("rules"):
        hint = "write rules: [{}] to match every request"
        yield Problem((*path, "rules"), f"action {action} without rules never applies; {hint}")
    provider = spec.get("provider")
    if action == "CUSTOM" and spec.get("rules") and not (provider or {}).get("name"):
        yield Problem((*path, "provider", "name"), "provider.name is missing, and action CUSTOM needs it")
    if action != "CUSTOM" and provider is not None:
        yield Problem((*path, "provider"), f"a provider goes with action CUSTOM, not {action}")


@check
def _dry_run(manifest: Object, spec: Object) -> Problems:
    annotations = (manifest.get("metadata") or {}).get("annotations")
    value = annotations.get(_DRY_RUN) if isinstance(annotations, dict) else None
    if isinstance(value, str):
        place = ("metadata", "annotations", _DRY_RUN)
        if (spec.get("action") or "ALLOW") not in ("ALLOW", "DENY"):
            yield Problem(place, f"dry run is for ALLOW and DENY, not for {spec['action']}")
        elif value not in _BOOLEANS:
            yield Problem(place, f"{show(value)} is not true or false")


@check
def _parts(rule: Object, field: str, part: str, faults: Mapping[str, Fault], path: Path) -> Problems:
    """``from`` has sources, ``to`` has operations; each has to say something."""
    for item, place in each(rule, field, path):
        given = item.get(part)
        at = (*place, part)
        if given is None:
            yield Problem(at, f"{part} is missing, and it is required")
        else:
            yield from _not_blank(given, faults, at)
            for name, fault in faults.items():
                yield from _values(given, name, fault, at)


@check
def _not_blank(given: Object, faults: Mapping[str, Fault], path: Path) -> Problems:
    if not any(given.get(name) for name in faults):
        yield Problem(path, f"it says nothing; leave it out, or set one of {', '.join(faults)}")
    if any(given.get(name) for name in _ACCOUNTS) and any(given.get(name) for name in _BY_IDENTITY):
        yield Problem(path, "serviceAccounts cannot be set together with namespaces or principals")


@check
def _values(given: Object, field: str, fault: Fault, path: Path) -> Problems:
    if fault is _account and len(given.get(field) or ()) > _MOST_ACCOUNTS:
        yield Problem((*path, field), f"at most {_MOST_ACCOUNTS} service accounts are allowed")
    for value, place in each(given, field, path):
        if found := fault(value):
            yield Problem(place, found)


@check
def _condition(condition: Object, path: Path) -> Problems:
    key = condition.get("key") or ""
    place = (*path, "key")
    if not key:
        yield Problem(place, "key is missing, and it is required")
        return
    if not condition.get("values") and not condition.get("notValues"):
        yield Problem(path, "a condition needs values or notValues")
        return
    fault = _CONDITIONS.get(key)
    if key.startswith(_KEYED):
        opening = key.find("[")
        if not key.endswith("]") or not 0 < opening < len(key) - 2:
            yield Problem(place, f"{show(key)} needs a name in brackets, as in request.headers[x-token]")
    elif fault is None:
        yield Problem(place, f"{show(key)} is not a key of a condition: {', '.join([*_CONDITIONS, *_KEYED])}")
    for field in ("values", "notValues"):
        yield from _values(condition, field, fault or _not_empty, path)


@check
def _denies_tcp(spec: Object, rule: Object, path: Path) -> Problems:
    """A rule to deny that only HTTP can be matched by matches every connection that is not HTTP."""
    if spec.get("action") != "DENY":
        return
    stated = {part: [i[part] for i in rule.get(f) or () if i.get(part) is not None] for f, part in _FIELDS.items()}
    below = {part: any(i.get(n) for i in stated[part] for n in names) for part, names in _BELOW_HTTP.items()}
    by_source, by_operation = bool(stated["source"]), bool(stated["operation"])
    if (by_source and not by_operation and not below["source"]) or (by_operation and not below["operation"]):
        yield warning(path, "the rule has attributes of HTTP only, so it denies all traffic of TCP; name the ports")


_FIELDS: Final = {"from": "source", "to": "operation"}


@check
def _custom(spec: Object, rule: Object, path: Path) -> Problems:
    if spec.get("action") != "CUSTOM":
        return
    for item, place in each(rule, "from", path):
        for name in _NOT_CUSTOM:
            if (item.get("source") or {}).get(name):
                yield Problem((*place, "source", name), f"{name} is not supported with action CUSTOM")
    for condition, place in each(rule, "when", path):
        key = condition.get("key") or ""
        if key in _KEYS_NOT_CUSTOM or key.startswith("request.auth."):
            yield Problem((*place, "key"), f"{show(key)} is not supported with action CUSTOM")


@check
def peer_authentication(manifest: Object, namespace: str) -> Problems:
    """Yield what is wrong with a PeerAuthentication whose schema is right."""
    spec: Object = manifest.get("spec") or {}
    path: Path = ("spec",)
    yield from label_selector(spec, "selector", "matchLabels", path, "")
    yield from _port_level(spec, path)


@check
def _port_level(spec: Object, path: Path) -> Problems:
    ports = spec.get("portLevelMtls")
    if ports is None:
        return
    path = (*path, "portLevelMtls")
    if not (spec.get("selector") or {}).get("matchLabels"):
        yield Problem(path, "settings of ports need a selector with labels")
    for port in ports:
        if not _DIGITS.fullmatch(port) or names.port_fault(int(port)):
            yield Problem((*path, port), f"{show(port)} is not a port; ports are 1 to 65535")


@check
def request_authentication(manifest: Object, namespace: str) -> Problems:
    """Yield what is wrong with a RequestAuthentication whose schema is right."""
    spec: Object = manifest.get("spec") or {}
    path: Path = ("spec",)
    yield from policy_target(spec, path)
    for rule, place in each(spec, "jwtRules", path):
        yield from _jwt_rule(rule, place)


@check
def _jwt_rule(rule: Object, path: Path) -> Problems:
    yield from _issuer(rule, path)
    yield from _keys_address(rule, path)
    yield from _keys(rule, path)
    for field in ("audiences", "fromParams", "fromCookies"):
        yield from _values(rule, field, _not_empty, path)
    yield from durations.duration(rule, "timeout", path)


@check
def _issuer(rule: Object, path: Path) -> Problems:
    if not rule.get("issuer") and not _keys_uri(rule):
        yield Problem(path, "a rule needs issuer or jwksUri")


def _keys_uri(rule: Object) -> Any:
    return rule.get("jwksUri") or rule.get("jwks_uri") or ""


@check
def _keys_address(rule: Object, path: Path) -> Problems:
    uri = _keys_uri(rule)
    if uri:
        try:
            good = go_url.parse(uri).scheme in ("http", "https")
        except go_url.BadURL:
            good = False
        if not good:
            yield Problem((*path, "jwksUri"), f"{show(uri)} is not a URL that starts with http:// or https://")


@check
def _keys(rule: Object, path: Path) -> Problems:
    keys = rule.get("jwks")
    if not keys:
        return
    path = (*path, "jwks")
    try:
        private = json_web_keys.private(keys)
    except json_web_keys.BadKeys as error:
        yield Problem(path, f"it is not a set of JSON Web Keys: {error}")
        return
    for index in private:
        yield warning(path, f"key {index} is a private or symmetric one; public keys are enough, and safe to show")
