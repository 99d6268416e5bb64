"""What is wrong with a resource's inputs, said before anything is made.

Two rounds: the shape of each property, from the table in `types`; then what only the values together tell. A value
that is not known yet is left for later.
"""

import difflib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from local_cluster.pulumi.tls_provider import certificates, keys
from local_cluster.pulumi.tls_provider.keys import PemError
from local_cluster.pulumi.tls_provider.types import SUBJECT_FIELDS, TYPES, Input, Kind
from local_cluster.pulumi.tls_provider.values import UNKNOWN, has_unknown

Problem = tuple[str, str]
"""A property's path, and what is wrong with its value."""

_KINDS: dict[Kind, tuple[str, Callable[[Any], bool]]] = {
    "string": ("a string", lambda value: isinstance(value, str)),
    "integer": ("a whole number", lambda value: isinstance(value, int) and not isinstance(value, bool)),
    "boolean": ("true or false", lambda value: isinstance(value, bool)),
    "strings": ("a list of strings", lambda value: isinstance(value, list) and all(isinstance(x, str) for x in value)),
    "subject": ("an object", lambda value: isinstance(value, Mapping)),
}


def problems(token: str, inputs: Mapping[str, Any]) -> list[Problem]:
    """Return what is wrong with the (plain) inputs of a resource of type `token`; an empty list when they are good."""
    declared = TYPES[token].inputs
    found = [*_unknown_names(inputs, declared, ""), *_missing(inputs, declared)]
    for name, value in inputs.items():
        if name in declared:
            found += _shape(name, value, declared[name])
    # Together they can only be judged when each is what it should be.
    return found or list(_TOGETHER[token](inputs))


def _unknown_names(given: Mapping[str, Any], known: Mapping[str, Any], prefix: str) -> Iterator[Problem]:
    for name in given:
        # The engine's own marks (`__defaults` and such) travel with the inputs.
        if name in known or name.startswith("__"):
            continue
        near = difflib.get_close_matches(name, known, 1)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(sorted(known))}"
        yield f"{prefix}{name}", f"there is no such property; {hint}"


def _missing(inputs: Mapping[str, Any], declared: Mapping[str, Input]) -> Iterator[Problem]:
    for name, each in declared.items():
        if each.required and name not in inputs:
            yield name, "is required"
        if each.instead_of and (name in inputs) == (each.instead_of in inputs):
            yield each.instead_of, f"or {name} is required, and not both"
        if each.write_only and name in inputs and f"{name}Version" not in inputs:
            yield f"{name}Version", f"is required with {name}"


def _shape(name: str, value: Any, declared: Input) -> Iterator[Problem]:
    if value == UNKNOWN:
        return
    expected, fits = _KINDS[declared.kind]
    if not fits(value):
        yield name, f"has to be {expected}"
    elif declared.kind == "subject":
        yield from _subject(name, value)
    elif declared.minimum is not None and value < declared.minimum:
        yield name, f"is {value}, and has to be at least {declared.minimum}"
    else:
        yield from _elements(name, value, declared)


def _elements(name: str, value: Any, declared: Input) -> Iterator[Problem]:
    elements = (
        [(f"{name}[{index}]", each) for index, each in enumerate(value)] if isinstance(value, list) else [(name, value)]
    )
    for path, each in elements:
        if each == UNKNOWN:
            continue
        if declared.choices and each not in declared.choices:
            yield path, f"is {each!r}, and has to be one of: {', '.join(sorted(declared.choices))}"
        if declared.filled and not each:
            yield path, "is empty"


def _subject(path: str, value: Mapping[str, Any]) -> Iterator[Problem]:
    yield from _unknown_names(value, SUBJECT_FIELDS, f"{path}.")
    for name, each in value.items():
        expected, fits = _KINDS[SUBJECT_FIELDS.get(name, "string")]
        if name in SUBJECT_FIELDS and each != UNKNOWN and not fits(each):
            yield f"{path}.{name}", f"has to be {expected}"


# What values tell together


def _key(_: Mapping[str, Any]) -> Iterator[Problem]:
    yield from ()


def _request(inputs: Mapping[str, Any]) -> Iterator[Problem]:
    yield from _pem(inputs, _given(inputs, "privateKeyPem"), keys.parse)
    yield from _names(inputs)


def _self_signed(inputs: Mapping[str, Any]) -> Iterator[Problem]:
    yield from _request(inputs)
    yield from _usages(inputs)
    identified = inputs.get("isCaCertificate") or inputs.get("setSubjectKeyId")
    if inputs.get("setAuthorityKeyId") is True and not identified:
        yield "setAuthorityKeyId", "needs setSubjectKeyId or isCaCertificate: there is no key identifier to name"
    if inputs.get("isCaCertificate") is True and not inputs.get("subject"):
        yield "subject", "is required for an authority's certificate: set at least commonName"


def _locally_signed(inputs: Mapping[str, Any]) -> Iterator[Problem]:
    yield from _pem(inputs, "certRequestPem", certificates.parse_request)
    key = _given(inputs, "caPrivateKeyPem")
    wrong = [*_pem(inputs, "caCertPem", certificates.parse_certificate), *_pem(inputs, key, keys.parse)]
    yield from wrong
    if not wrong and not has_unknown([inputs["caCertPem"], inputs[key]]):
        certified = certificates.parse_certificate(inputs["caCertPem"]).public_key()
        if certified != keys.parse(inputs[key]).public_key():
            yield key, "is not the private key of the certificate in caCertPem"
    yield from _usages(inputs)


_TOGETHER: dict[str, Callable[[Mapping[str, Any]], Iterator[Problem]]] = {
    "tls:index/privateKey:PrivateKey": _key,
    "tls:index/certRequest:CertRequest": _request,
    "tls:index/selfSignedCert:SelfSignedCert": _self_signed,
    "tls:index/locallySignedCert:LocallySignedCert": _locally_signed,
}


def _given(inputs: Mapping[str, Any], name: str) -> str:
    return name if name in inputs else f"{name}Wo"


def _pem(inputs: Mapping[str, Any], name: str, parse: Callable[[str], object]) -> Iterator[Problem]:
    if inputs[name] == UNKNOWN:
        return
    try:
        parse(inputs[name])
    except PemError as error:
        yield name, str(error)


def _usages(inputs: Mapping[str, Any]) -> Iterator[Problem]:
    if has_unknown(inputs["allowedUses"]):
        return
    try:
        certificates.usages(inputs["allowedUses"])
    except ValueError as error:
        yield "allowedUses", str(error)


def _names(inputs: Mapping[str, Any]) -> Iterator[Problem]:
    if "subject" in inputs and not has_unknown(inputs["subject"]):
        try:
            certificates.name(inputs["subject"])
        except ValueError as error:
            yield "subject", str(error)
    for name in ("dnsNames", "ipAddresses", "uris"):
        for index, each in enumerate(_known_list(inputs.get(name))):
            try:
                certificates.alternatives({name: [each]})
            except ValueError as error:
                yield f"{name}[{index}]", str(error)


def _known_list(value: Any) -> list[str]:
    return [each for each in value if each != UNKNOWN] if isinstance(value, list) else []
