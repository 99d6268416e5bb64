"""The provider's operations, as the SDK's servicer calls them."""

import asyncio
import threading
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pulumi.provider.experimental.provider import (
    CheckRequest,
    ConfigureRequest,
    CreateRequest,
    CreateResponse,
    DeleteRequest,
    DiffRequest,
    PropertyDiffKind,
    ReadRequest,
    UpdateRequest,
)

from local_cluster.pulumi.tls_provider import keys
from local_cluster.pulumi.tls_provider.provider import ProviderError, TlsProvider
from local_cluster.pulumi.tls_provider.types import TYPES
from local_cluster.pulumi.tls_provider.values import UNKNOWN, plain_map, wrapped

PROVIDER = TlsProvider()
PRIVATE, SELF_SIGNED = "tls:index/privateKey:PrivateKey", "tls:index/selfSignedCert:SelfSignedCert"
KEY = keys.outputs(keys.generate("ECDSA", 0, "P384"))["privateKeyPem"]
CERTIFICATE = {"privateKeyPem": KEY, "validityPeriodHours": 10, "allowedUses": ["server_auth"]}


def urn(token: str) -> str:
    return f"urn:pulumi:dev::project::my:index:Parent${token}::a::name"


def values(plain: dict[str, Any]) -> dict[str, Any]:
    return {name: wrapped(value) for name, value in plain.items()}


def create(token: str, inputs: dict[str, Any], *, preview: bool = False) -> CreateResponse:
    return asyncio.run(PROVIDER.create(CreateRequest(urn(token), values(inputs), 0, preview)))


def test_creation_returns_all_outputs_with_the_secret_ones_marked() -> None:
    made = create(PRIVATE, {"algorithm": "RSA"})
    assert {*made.properties} == {*TYPES[PRIVATE].inputs, *TYPES[PRIVATE].computed, "id", "__meta"}
    assert {name for name, value in made.properties.items() if value.is_secret} == TYPES[PRIVATE].secrets
    outputs = plain_map(made.properties)
    assert outputs["id"] == made.resource_id and len(outputs["id"]) == 40
    assert outputs["__meta"] == '{"schema_version":"1"}'
    assert (outputs["rsaBits"], outputs["ecdsaCurve"]) == (2048, "P224")
    certificate = create(SELF_SIGNED, CERTIFICATE)
    assert "__meta" not in certificate.properties
    assert certificate.properties["privateKeyPem"].is_secret and not certificate.properties["certPem"].is_secret


def test_certificate_says_of_itself_what_it_is() -> None:
    made = create(SELF_SIGNED, CERTIFICATE)
    outputs = plain_map(made.properties)
    certificate = x509.load_pem_x509_certificate(outputs["certPem"].encode())
    assert made.resource_id == str(certificate.serial_number)
    assert outputs["keyAlgorithm"] == "ECDSA"
    # A P-384 key signs with its own strength.
    assert isinstance(certificate.signature_hash_algorithm, hashes.SHA384)
    times = (certificate.not_valid_before_utc, certificate.not_valid_after_utc)
    assert [outputs[name][:19] for name in ("validityStartTime", "validityEndTime")] == [
        time.isoformat()[:19] for time in times
    ]
    assert outputs["validityEndTime"].endswith("Z")


def test_a_write_only_key_reaches_creation_and_not_the_state() -> None:
    inputs = {**CERTIFICATE, "privateKeyPemWo": KEY, "privateKeyPemWoVersion": 1}
    del inputs["privateKeyPem"]
    outputs = plain_map(create(SELF_SIGNED, inputs).properties)
    assert "BEGIN CERTIFICATE" in outputs["certPem"]
    assert not {"privateKeyPem", "privateKeyPemWo"} & {*outputs}


@pytest.mark.parametrize(("token", "inputs"), [(PRIVATE, {"algorithm": "RSA"}), (SELF_SIGNED, CERTIFICATE)])
def test_a_preview_knows_inputs_and_defaults_only(token: str, inputs: dict[str, Any]) -> None:
    made = create(token, inputs, preview=True)
    outputs = plain_map(made.properties)
    assert made.resource_id is None
    unknown = {name for name, value in outputs.items() if value == UNKNOWN}
    # Whether it will be ready for renewal at once is known from its inputs.
    assert unknown == {*TYPES[token].computed, "id"} - {"readyForRenewal"}
    assert {name: outputs[name] for name in inputs} == inputs


def test_check_returns_inputs_without_defaults_and_marks_private_keys() -> None:
    request = CheckRequest(urn(SELF_SIGNED), {}, values(CERTIFICATE), b"")
    checked = asyncio.run(PROVIDER.check(request))
    assert not checked.failures and checked.inputs is not None
    assert plain_map(checked.inputs) == CERTIFICATE
    assert [name for name, value in checked.inputs.items() if value.is_secret] == ["privateKeyPem"]


def test_check_fails_with_the_property_and_the_reason() -> None:
    checked = asyncio.run(PROVIDER.check(CheckRequest(urn(PRIVATE), {}, values({"algorithm": "DSA"}), b"")))
    assert [(each.property, each.reason) for each in checked.failures or []] == [
        ("algorithm", "algorithm is 'DSA', and has to be one of: ECDSA, ED25519, RSA")
    ]


def test_a_key_is_read_once_and_one_made_here_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    foreign = keys.generate("ECDSA", 0, "P256").private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
    )
    made = plain_map(create(PRIVATE, {"algorithm": "ECDSA"}).properties)["privateKeyPem"]
    read: list[str] = []
    real = keys.read

    def recorded(pem: str) -> Any:
        read.append(pem)
        return real(pem)

    monkeypatch.setattr(keys, "read", recorded)
    for pem in (made, foreign.decode()):
        inputs = {**CERTIFICATE, "privateKeyPem": pem}
        asyncio.run(PROVIDER.check(CheckRequest(urn(SELF_SIGNED), {}, values(inputs), b"")))
        create(SELF_SIGNED, inputs)
    assert read == [foreign.decode()]


def test_inputs_that_the_state_has_are_not_checked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def check(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
        request = CheckRequest(urn(SELF_SIGNED), values(old), values(new), b"")
        return [each.property for each in asyncio.run(PROVIDER.check(request)).failures or []]

    broken = {**CERTIFICATE, "allowedUses": ["none"]}
    assert check(CERTIFICATE, broken) == check({}, broken) == ["allowedUses[0]"]
    assert "privateKeyPem" in "".join(check({}, {}))
    monkeypatch.setattr(keys, "parse", lambda pem: pytest.fail("read again"))
    assert check(CERTIFICATE, CERTIFICATE) == []


def test_two_things_are_made_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    both = threading.Barrier(2, timeout=10)
    real = keys.generate
    monkeypatch.setattr(keys, "generate", lambda *kind: [both.wait(), real(*kind)][1])

    async def make() -> list[CreateResponse]:
        request = CreateRequest(urn(PRIVATE), values({"algorithm": "ECDSA"}), 0, False)
        return list(await asyncio.gather(PROVIDER.create(request), PROVIDER.create(request)))

    first, second = (plain_map(made.properties)["privateKeyPem"] for made in asyncio.run(make()))
    assert first != second


def test_diff_tells_replacements_from_updates() -> None:
    state = create(SELF_SIGNED, CERTIFICATE).properties
    wanted = {**CERTIFICATE, "earlyRenewalHours": 1, "subject": {"commonName": "new"}}
    found = asyncio.run(PROVIDER.diff(DiffRequest(urn(SELF_SIGNED), "1", state, values(wanted), [])))
    assert (found.changes, found.replaces, found.diffs) == (True, ["subject"], ["earlyRenewalHours", "subject"])
    assert {path: each.kind for path, each in found.detailed_diff.items()} == {
        "earlyRenewalHours": PropertyDiffKind.UPDATE,
        "subject": PropertyDiffKind.ADD_REPLACE,
    }
    same = asyncio.run(PROVIDER.diff(DiffRequest(urn(SELF_SIGNED), "1", state, values(CERTIFICATE), [])))
    assert (same.changes, same.replaces) == (False, [])


def test_update_keeps_the_certificate() -> None:
    state = create(SELF_SIGNED, CERTIFICATE).properties
    wanted = {**CERTIFICATE, "earlyRenewalHours": 3}
    request = UpdateRequest(urn(SELF_SIGNED), "1", state, values(wanted), 0, [], False)
    updated = plain_map(asyncio.run(PROVIDER.update(request)).properties)
    assert updated == plain_map(state) | {"earlyRenewalHours": 3}


def test_read_finds_a_certificate_ready_for_renewal() -> None:
    state = create(SELF_SIGNED, {**CERTIFICATE, "earlyRenewalHours": 3}).properties
    for end, ready in (("2020-01-01T00:00:00Z", True), ("2999-01-01T00:00:00.123456789+02:00", False)):
        aged = {**state, "validityEndTime": wrapped(end)}
        read = asyncio.run(PROVIDER.read(ReadRequest(urn(SELF_SIGNED), "1", aged, values(CERTIFICATE))))
        assert plain_map(read.properties) == plain_map(aged) | {"readyForRenewal": ready}
        assert read.properties["privateKeyPem"].is_secret and read.resource_id == "1"


def test_import_and_foreign_types_are_refused_in_words() -> None:
    with pytest.raises(ProviderError, match="cannot be imported"):
        asyncio.run(PROVIDER.read(ReadRequest(urn(PRIVATE), "1", {}, {})))
    with pytest.raises(ProviderError, match="has no resource tls:index/other:Other; it has: tls:index/privateKey"):
        create("tls:index/other:Other", {})


def test_a_contradiction_that_only_creation_sees_is_told_without_a_traceback() -> None:
    with pytest.raises(ProviderError, match="validityPeriodHours is 1000000000, which ends after"):
        create(SELF_SIGNED, {**CERTIFICATE, "validityPeriodHours": 1_000_000_000})


def test_configuration_and_deletion() -> None:
    answer = asyncio.run(PROVIDER.configure(ConfigureRequest({}, {}, True, True)))
    assert (answer.supports_preview, answer.accept_secrets) == (True, False)
    assert asyncio.run(PROVIDER.delete(DeleteRequest(urn(PRIVATE), "1", {}, 0))) is None
