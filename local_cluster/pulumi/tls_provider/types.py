"""The resource types of pulumi-tls 5.x as data: what each takes, gives back, and when it is replaced."""

from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["string", "integer", "boolean", "strings", "subject"]

SUBJECT_FIELDS: dict[str, Kind] = {
    "commonName": "string",
    "country": "string",
    "emailAddress": "string",
    "locality": "string",
    "organization": "string",
    "organizationalUnit": "string",
    "postalCode": "string",
    "province": "string",
    "serialNumber": "string",
    "streetAddresses": "strings",
}
"""Fields of `subject`, all optional."""

KEY_USAGES = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "cert_signing",
    "crl_signing",
    "encipher_only",
    "decipher_only",
)
"""Values of `allowedUses` that are bits of the key usage extension, in the order of RFC 5280, section 4.2.1.3."""
EXTENDED_KEY_USAGES = {
    "any_extended": "2.5.29.37.0",
    "server_auth": "1.3.6.1.5.5.7.3.1",
    "client_auth": "1.3.6.1.5.5.7.3.2",
    "code_signing": "1.3.6.1.5.5.7.3.3",
    "email_protection": "1.3.6.1.5.5.7.3.4",
    "ipsec_end_system": "1.3.6.1.5.5.7.3.5",
    "ipsec_tunnel": "1.3.6.1.5.5.7.3.6",
    "ipsec_user": "1.3.6.1.5.5.7.3.7",
    "timestamping": "1.3.6.1.5.5.7.3.8",
    "ocsp_signing": "1.3.6.1.5.5.7.3.9",
    "microsoft_server_gated_crypto": "1.3.6.1.4.1.311.10.3.3",
    "netscape_server_gated_crypto": "2.16.840.1.113730.4.1",
    "microsoft_commercial_code_signing": "1.3.6.1.4.1.311.2.1.22",
    "microsoft_kernel_code_signing": "1.3.6.1.4.1.311.61.1.1",
}
"""Values of `allowedUses` that are extended key usages, with their object identifiers."""
ALGORITHMS = ("RSA", "ECDSA", "ED25519")
CURVES = ("P224", "P256", "P384", "P521")


@dataclass(frozen=True)
class Input:
    """One input property.

    Attributes:
        kind: What its value is.
        required: Whether it has to be given.
        default: Value in the state when it is not given; None for none.
        kept: Without a value given, whatever the state has stays as it is.
        secret: Encrypted in the state, in inputs as in outputs.
        replaces: A change replaces the resource; otherwise it is an update in place.
        pem: A change replaces the resource only where the state holds a PEM (old states held hashes).
        choices: Allowed values, of the elements for a list; empty for any.
        minimum: Lowest allowed number.
        filled: Elements of the list may not be empty strings.
        write_only: Never in the state, so a change of it changes nothing; `<name>Version` says when there is a new one.
        instead_of: Exactly one of this input and the one named here has to be given.
    """

    kind: Kind
    required: bool = False
    default: Any = None
    kept: bool = False
    secret: bool = False
    replaces: bool = True
    pem: bool = False
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    filled: bool = False
    write_only: bool = False
    instead_of: str = ""


@dataclass(frozen=True)
class ResourceType:
    """One resource type: its inputs, and the names of the outputs that are computed on creation.

    Attributes:
        inputs: Input properties by name; each is an output too.
        computed: Names of the outputs that are not inputs, but for `id`, in no order.
        secrets: Names among `computed` that are encrypted in the state.
        schema_version: Version of the state's shape as the bridged provider counts it, 0 for the first.
        renewable: It is a certificate: it becomes ready for renewal and is then replaced.
    """

    inputs: dict[str, Input]
    computed: tuple[str, ...]
    secrets: frozenset[str] = field(default_factory=frozenset)
    schema_version: int = 0
    renewable: bool = False

    def is_secret(self, name: str) -> bool:
        """Tell whether an output is encrypted in the state."""
        return name in self.secrets or (name in self.inputs and self.inputs[name].secret)


_PEM = Input("string", required=True, pem=True)


def _private_key(name: str) -> dict[str, Input]:
    """Return the inputs for a private key: in the state, or write-only with a version."""
    return {
        name: Input("string", pem=True, secret=True),
        f"{name}Wo": Input("string", secret=True, write_only=True, instead_of=name),
        f"{name}WoVersion": Input("integer"),
    }


_NAMES = {
    "subject": Input("subject"),
    "dnsNames": Input("strings"),
    "ipAddresses": Input("strings", filled=True),
    "uris": Input("strings", filled=True),
}
_CERTIFICATE = {
    "validityPeriodHours": Input("integer", required=True, minimum=0),
    "allowedUses": Input("strings", required=True, choices=(*KEY_USAGES, *EXTENDED_KEY_USAGES)),
    "earlyRenewalHours": Input("integer", default=0, minimum=0, replaces=False),
    "isCaCertificate": Input("boolean", default=False),
    "maxPathLength": Input("integer", minimum=-1, kept=True),
    "setSubjectKeyId": Input("boolean", default=False),
}
_VALIDITY = ("certPem", "readyForRenewal", "validityStartTime", "validityEndTime")

TYPES: dict[str, ResourceType] = {
    "tls:index/privateKey:PrivateKey": ResourceType(
        inputs={
            "algorithm": Input("string", required=True, choices=ALGORITHMS),
            "rsaBits": Input("integer", default=2048, minimum=1024),
            "ecdsaCurve": Input("string", default="P224", choices=CURVES),
        },
        computed=(
            "privateKeyPem",
            "privateKeyPemPkcs8",
            "privateKeyOpenssh",
            "publicKeyPem",
            "publicKeyOpenssh",
            "publicKeyFingerprintMd5",
            "publicKeyFingerprintSha256",
        ),
        secrets=frozenset({"privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh"}),
        schema_version=1,
    ),
    "tls:index/certRequest:CertRequest": ResourceType(
        inputs={**_private_key("privateKeyPem"), **_NAMES},
        computed=("certRequestPem", "keyAlgorithm"),
    ),
    "tls:index/selfSignedCert:SelfSignedCert": ResourceType(
        inputs={
            **_private_key("privateKeyPem"),
            **_NAMES,
            **_CERTIFICATE,
            "setAuthorityKeyId": Input("boolean", default=False),
        },
        computed=(*_VALIDITY, "keyAlgorithm"),
        renewable=True,
    ),
    "tls:index/locallySignedCert:LocallySignedCert": ResourceType(
        inputs={"caCertPem": _PEM, **_private_key("caPrivateKeyPem"), "certRequestPem": _PEM, **_CERTIFICATE},
        computed=(*_VALIDITY, "caKeyAlgorithm"),
        renewable=True,
    ),
}
"""The resource types by Pulumi's type token."""
