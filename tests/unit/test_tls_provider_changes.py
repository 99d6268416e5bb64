"""What the provider says of inputs, and what it does when they change."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from local_cluster.pulumi.tls_provider import certificates, checks, differences, keys, provider
from local_cluster.pulumi.tls_provider.types import TYPES
from local_cluster.pulumi.tls_provider.values import UNKNOWN, plain, plain_map, wrapped

PRIVATE, REQUEST, SELF_SIGNED, LOCALLY_SIGNED = (
    "tls:index/privateKey:PrivateKey",
    "tls:index/certRequest:CertRequest",
    "tls:index/selfSignedCert:SelfSignedCert",
    "tls:index/locallySignedCert:LocallySignedCert",
)
KEYS = [keys.outputs(keys.generate("ECDSA", 0, "P256"))["privateKeyPem"] for _ in range(2)]


def state(token: str, inputs: dict[str, Any]) -> dict[str, Any]:
    """Return the state of a resource that was made from `inputs`, as the provider makes it."""
    assert checks.problems(token, inputs) == []
    planned = differences.planned(token, inputs, {})
    identifier, made = provider._MAKERS[token](inputs | planned)
    return planned | made | {"id": identifier}


def self_signed(**changes: Any) -> dict[str, Any]:
    inputs = {
        "privateKeyPem": KEYS[0],
        "subject": {"commonName": "root", "organization": "test"},
        "validityPeriodHours": 100,
        "allowedUses": ["cert_signing"],
        "isCaCertificate": True,
        **changes,
    }
    return {name: value for name, value in inputs.items() if value is not None}


def locally_signed(**changes: Any) -> dict[str, Any]:
    request = certificates.request({"subject": {"commonName": "leaf"}}, keys.parse(KEYS[1]))
    inputs = {
        "caCertPem": state(SELF_SIGNED, self_signed())["certPem"],
        "caPrivateKeyPem": KEYS[0],
        "certRequestPem": request.public_bytes(Encoding.PEM).decode(),
        "validityPeriodHours": 10,
        "allowedUses": ["server_auth"],
        **changes,
    }
    return {name: value for name, value in inputs.items() if value is not None}


INPUTS: dict[str, dict[str, Any]] = {
    PRIVATE: {"algorithm": "ECDSA", "ecdsaCurve": "P256"},
    REQUEST: {"privateKeyPem": KEYS[0], "dnsNames": ["a.b"]},
    SELF_SIGNED: self_signed(),
    LOCALLY_SIGNED: locally_signed(),
}


@pytest.mark.parametrize("token", TYPES)
def test_unchanged_inputs_change_nothing(token: str) -> None:
    assert differences.between(token, state(token, INPUTS[token]), INPUTS[token]) == []


@pytest.mark.parametrize("token", TYPES)
def test_state_has_inputs_defaults_and_all_that_is_computed(token: str) -> None:
    kind, made = TYPES[token], state(token, INPUTS[token])
    defaults = {name: each.default for name, each in kind.inputs.items() if each.default is not None}
    assert {*made} == {*INPUTS[token], *defaults, *kind.computed, "id"}
    assert made.items() >= (defaults | INPUTS[token]).items()


@pytest.mark.parametrize(
    ("token", "change", "path", "replaces"),
    [
        (PRIVATE, {"algorithm": "RSA"}, "algorithm", True),
        (PRIVATE, {"ecdsaCurve": "P384"}, "ecdsaCurve", True),
        (PRIVATE, {"ecdsaCurve": None}, "ecdsaCurve", True),
        (PRIVATE, {"rsaBits": 4096}, "rsaBits", True),
        (PRIVATE, {"rsaBits": 2048}, None, False),
        (REQUEST, {"privateKeyPem": KEYS[1]}, "privateKeyPem", True),
        (REQUEST, {"privateKeyPem": UNKNOWN}, "privateKeyPem", True),
        (REQUEST, {"dnsNames": ["a.b", "c.d"]}, "dnsNames", True),
        (REQUEST, {"dnsNames": None}, "dnsNames", True),
        (REQUEST, {"ipAddresses": ["10.0.0.1"]}, "ipAddresses", True),
        (SELF_SIGNED, {"subject": {"commonName": "other", "organization": "test"}}, "subject.commonName", True),
        (SELF_SIGNED, {"subject": {"commonName": "root"}}, "subject.organization", True),
        (SELF_SIGNED, {"validityPeriodHours": 101}, "validityPeriodHours", True),
        (SELF_SIGNED, {"allowedUses": ["crl_signing"]}, "allowedUses", True),
        (SELF_SIGNED, {"isCaCertificate": None}, "isCaCertificate", True),
        (SELF_SIGNED, {"setAuthorityKeyId": True}, "setAuthorityKeyId", True),
        (SELF_SIGNED, {"setAuthorityKeyId": False}, None, False),
        (SELF_SIGNED, {"maxPathLength": 1}, "maxPathLength", True),
        (SELF_SIGNED, {"earlyRenewalHours": 5}, "earlyRenewalHours", False),
        (SELF_SIGNED, {"earlyRenewalHours": UNKNOWN}, "earlyRenewalHours", False),
        (LOCALLY_SIGNED, {"caCertPem": UNKNOWN}, "caCertPem", True),
        (LOCALLY_SIGNED, {"caPrivateKeyPem": KEYS[1]}, "caPrivateKeyPem", True),
    ],
)
def test_what_a_change_means(token: str, change: dict[str, Any], path: str | None, replaces: bool) -> None:
    inputs = {name: value for name, value in (INPUTS[token] | change).items() if value is not None}
    found = differences.between(token, state(token, INPUTS[token]), inputs)
    assert [(each.path, each.replaces) for each in found] == ([(path, replaces)] if path else [])


def test_a_path_length_stays_when_it_is_not_given_any_more() -> None:
    made = state(SELF_SIGNED, self_signed(maxPathLength=1))
    assert differences.between(SELF_SIGNED, made, self_signed()) == []


def test_an_old_state_with_a_hash_for_a_pem_is_not_replaced() -> None:
    made = state(REQUEST, INPUTS[REQUEST]) | {"privateKeyPem": "da39a3ee5e6b4b0d3255bfef95601890afd80709"}
    found = differences.between(REQUEST, made, INPUTS[REQUEST])
    assert [(each.path, each.replaces) for each in found] == [("privateKeyPem", False)]


def test_a_state_of_the_released_provider_is_read() -> None:
    # Its times have nanoseconds and the machine's time zone.
    end = datetime.now(UTC) + timedelta(hours=50)
    made = state(SELF_SIGNED, self_signed()) | {"validityEndTime": f"{end:%Y-%m-%dT%H:%M:%S}.527628123+00:00"}
    assert differences.between(SELF_SIGNED, made, self_signed()) == []
    assert differences.ready_now(made, 51) and not differences.ready_now(made, 49)


@pytest.mark.parametrize(("early", "replaced"), [(99, False), (100, True), (1000, True)])
def test_a_certificate_past_its_renewal_time_is_replaced(early: int, replaced: bool) -> None:
    made = state(SELF_SIGNED, self_signed())
    found = differences.between(SELF_SIGNED, made, self_signed(earlyRenewalHours=early))
    assert any(each.path == "readyForRenewal" and each.replaces for each in found) == replaced


def test_an_expired_certificate_is_replaced() -> None:
    made = state(SELF_SIGNED, self_signed(validityPeriodHours=0))
    assert made["readyForRenewal"] is True
    found = differences.between(SELF_SIGNED, made, self_signed(validityPeriodHours=0))
    assert [(each.path, each.replaces) for each in found] == [("readyForRenewal", True)]


def test_readiness_that_a_refresh_found_is_taken_back_when_it_does_not_hold() -> None:
    made = state(SELF_SIGNED, self_signed()) | {"readyForRenewal": True}
    found = differences.between(SELF_SIGNED, made, self_signed())
    assert [(each.path, each.new, each.replaces) for each in found] == [("readyForRenewal", False, False)]


def test_a_write_only_key_is_used_and_not_kept() -> None:
    inputs = {"privateKeyPemWo": KEYS[0], "privateKeyPemWoVersion": 1, "dnsNames": ["a.b"]}
    made = state(REQUEST, inputs)
    assert "privateKeyPemWo" not in made and made["privateKeyPemWoVersion"] == 1
    request = certificates.parse_request(made["certRequestPem"])
    assert request.public_key() == keys.parse(KEYS[0]).public_key()
    assert differences.between(REQUEST, made, inputs | {"privateKeyPemWo": KEYS[1]}) == []
    found = differences.between(REQUEST, made, inputs | {"privateKeyPemWoVersion": 2})
    assert [(each.path, each.replaces) for each in found] == [("privateKeyPemWoVersion", True)]


@pytest.mark.parametrize(
    ("token", "inputs", "problem"),
    [
        (PRIVATE, {}, ("algorithm", "is required")),
        (PRIVATE, {"algorithm": "DSA"}, ("algorithm", "is 'DSA', and has to be one of: ECDSA, ED25519, RSA")),
        (PRIVATE, {"algorithm": 5}, ("algorithm", "has to be a string")),
        (PRIVATE, {"algorithm": "RSA", "rsaBits": 512}, ("rsaBits", "is 512, and has to be at least 1024")),
        (PRIVATE, {"algorithm": "RSA", "rsabits": 1}, ("rsabits", "there is no such property; did you mean rsaBits?")),
        (
            PRIVATE,
            {"algorithm": "ECDSA", "ecdsaCurve": "P255"},
            ("ecdsaCurve", "is 'P255', and has to be one of: P224, P256, P384, P521"),
        ),
        (REQUEST, {}, ("privateKeyPem", "or privateKeyPemWo is required, and not both")),
        (
            REQUEST,
            {"privateKeyPem": KEYS[0], "privateKeyPemWo": KEYS[0], "privateKeyPemWoVersion": 1},
            ("privateKeyPem", "or privateKeyPemWo is required, and not both"),
        ),
        (REQUEST, {"privateKeyPemWo": KEYS[0]}, ("privateKeyPemWoVersion", "is required with privateKeyPemWo")),
        (
            REQUEST,
            {"privateKeyPem": KEYS[0], "ipAddresses": ["10.0.0.256"]},
            ("ipAddresses[0]", "'10.0.0.256' does not appear to be an IPv4 or IPv6 address"),
        ),
        (REQUEST, {"privateKeyPem": KEYS[0], "uris": [""]}, ("uris[0]", "is empty")),
        (
            REQUEST,
            {"privateKeyPem": KEYS[0], "subject": {"commonname": "x"}},
            ("subject.commonname", "there is no such property; did you mean commonName?"),
        ),
        (SELF_SIGNED, self_signed(validityPeriodHours=-1), ("validityPeriodHours", "is -1, and has to be at least 0")),
        (SELF_SIGNED, self_signed(maxPathLength=-2), ("maxPathLength", "is -2, and has to be at least -1")),
        (
            SELF_SIGNED,
            self_signed(subject=None),
            ("subject", "is required for an authority's certificate: set at least commonName"),
        ),
        (
            SELF_SIGNED,
            self_signed(isCaCertificate=None, setAuthorityKeyId=True),
            ("setAuthorityKeyId", "needs setSubjectKeyId or isCaCertificate: there is no key identifier to name"),
        ),
        (
            LOCALLY_SIGNED,
            locally_signed(caPrivateKeyPem=KEYS[1]),
            ("caPrivateKeyPem", "is not the private key of the certificate in caCertPem"),
        ),
        (LOCALLY_SIGNED, locally_signed(caCertPem="x"), ("caCertPem", "is not a certificate in PEM")),
        (LOCALLY_SIGNED, locally_signed(certRequestPem="x"), ("certRequestPem", "is not a certificate request in PEM")),
    ],
)
def test_problems_name_the_property_and_what_is_allowed(
    token: str, inputs: dict[str, Any], problem: tuple[str, str]
) -> None:
    assert checks.problems(token, inputs) == [problem]


@pytest.mark.parametrize("token", TYPES)
def test_what_is_not_known_yet_is_no_problem(token: str) -> None:
    assert checks.problems(token, dict.fromkeys(INPUTS[token], UNKNOWN)) == []
    assert checks.problems(token, INPUTS[token]) == []


def test_a_private_key_in_a_problem_stays_private() -> None:
    secret = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n"
    for _, reason in checks.problems(REQUEST, {"privateKeyPem": secret}):
        assert "c2VjcmV0" not in reason


def test_values_survive_the_wire() -> None:
    values = {"text": "x", "number": 3, "yes": True, "list": ["a", UNKNOWN], "object": {"a": "b"}}
    for secret in (False, True):
        assert plain_map({name: wrapped(value, secret=secret) for name, value in values.items()}) == values
    assert plain(wrapped(2)) == 2 and isinstance(plain(wrapped(2)), int)
    assert wrapped("x", secret=True).is_secret
