"""The provider's operations on its resources."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.provider.experimental.provider import (
    CheckFailure,
    CheckRequest,
    CheckResponse,
    ConfigureRequest,
    ConfigureResponse,
    CreateRequest,
    CreateResponse,
    DeleteRequest,
    DiffRequest,
    DiffResponse,
    GetSchemaRequest,
    GetSchemaResponse,
    PropertyDiff,
    PropertyDiffKind,
    Provider,
    ReadRequest,
    ReadResponse,
    UpdateRequest,
    UpdateResponse,
)

from local_cluster.pulumi.tls_provider import certificates, checks, differences, keys
from local_cluster.pulumi.tls_provider.types import TYPES, ResourceType
from local_cluster.pulumi.tls_provider.values import UNKNOWN, plain_map, wrapped

State = dict[str, Any]


class ProviderError(Exception):
    """Something that the user has to know; shown as it is."""


class TlsProvider(Provider):
    """Creates, compares and forgets the resources of `types.TYPES`. Nothing exists outside the state."""

    async def configure(self, request: ConfigureRequest) -> ConfigureResponse:
        """Agree on the wire format: the engine keeps track of secret inputs itself, and previews are served."""
        return ConfigureResponse(accept_secrets=False, supports_preview=True, accept_outputs=False)

    async def check(self, request: CheckRequest) -> CheckResponse:
        """Report what is wrong with the inputs; return them as they are, with private keys marked secret.

        What the state has already was checked when it came there, and large keys take a while.
        """
        kind, inputs = _kind(token(request.urn)), plain_map(request.new_inputs)
        new = not request.old_inputs or inputs != plain_map(request.old_inputs)
        found = checks.problems(token(request.urn), inputs) if new else []
        failures = [CheckFailure(path, f"{path} {reason}") for path, reason in found]
        return CheckResponse(_wrapped(inputs, kind), failures)

    async def diff(self, request: DiffRequest) -> DiffResponse:
        """Compare the state with the new inputs; see `differences`."""
        _kind(token(request.urn))
        found = differences.between(token(request.urn), plain_map(request.old_state), plain_map(request.new_inputs))
        return DiffResponse(
            changes=bool(found),
            replaces=sorted({_root(each.path) for each in found if each.replaces}),
            diffs=sorted({_root(each.path) for each in found}),
            detailed_diff={each.path: PropertyDiff(_DIFF_KINDS[_change(each), each.replaces], True) for each in found},
        )

    async def create(self, request: CreateRequest) -> CreateResponse:
        """Make the resource. In a preview, what only its making tells is unknown.

        Made beside the event loop: two large keys take one's time on two processors, and nobody else waits for them.
        """
        kind, inputs = _kind(token(request.urn)), plain_map(request.properties)
        state = differences.planned(token(request.urn), inputs, {})
        if request.preview:
            state |= dict.fromkeys((*kind.computed, "id"), UNKNOWN)
            if kind.renewable:
                state["readyForRenewal"] = differences.ready_on_creation(state)
            return CreateResponse(None, _wrapped(state, kind))
        try:
            identifier, made = await asyncio.to_thread(_MAKERS[token(request.urn)], inputs | state)
        except ValueError as error:
            raise ProviderError(str(error)) from None
        return CreateResponse(identifier, _wrapped(state | made | {"id": identifier}, kind))

    async def update(self, request: UpdateRequest) -> UpdateResponse:
        """Take over new inputs that need no new key or certificate."""
        kind, state = _kind(token(request.urn)), plain_map(request.olds)
        state |= differences.planned(token(request.urn), plain_map(request.news), state)
        if kind.renewable:
            state["readyForRenewal"] = differences.ready_on_creation(state)
        return UpdateResponse(_wrapped(state, kind))

    async def read(self, request: ReadRequest) -> ReadResponse:
        """Return the state, with a certificate's readiness for renewal as it is now."""
        kind, state = _kind(token(request.urn)), plain_map(request.properties)
        if "id" not in state:
            raise ProviderError(
                f"{token(request.urn)} cannot be imported: a key or certificate has no life outside its stack"
            )
        if kind.renewable and differences.ready_now(state, state.get("earlyRenewalHours", 0)):
            state["readyForRenewal"] = True
        return ReadResponse(request.resource_id, _wrapped(state, kind), _wrapped(plain_map(request.inputs), kind))

    async def get_schema(self, request: GetSchemaRequest) -> GetSchemaResponse:
        """Refuse: SDKs and imports are made from a schema, and the released provider has it."""
        raise ProviderError("the stand-in for the TLS provider has no schema; install the released pulumi-resource-tls")

    async def delete(self, request: DeleteRequest) -> None:
        """Do nothing: the engine forgets the state."""


def token(urn: str) -> str:
    """Return the type token in a URN: the last of the types that its third part has, one for each ancestor."""
    return urn.split("::", 3)[2].rpartition("$")[2]


def _kind(token: str) -> ResourceType:
    try:
        return TYPES[token]
    except KeyError:
        raise ProviderError(
            f"the stand-in for the TLS provider has no resource {token}; it has: {', '.join(TYPES)}"
        ) from None


def _wrapped(values: Mapping[str, Any], kind: ResourceType) -> dict[str, PropertyValue]:
    result = {name: wrapped(value, secret=kind.is_secret(name)) for name, value in values.items()}
    if kind.schema_version and "id" in values:
        # Where the bridged provider looks for the version of a state's shape.
        result["__meta"] = wrapped(f'{{"schema_version":"{kind.schema_version}"}}')
    return result


def _root(path: str) -> str:
    return path.partition(".")[0]


def _change(difference: differences.Difference) -> str:
    if difference.old is None:
        return "add"
    return "delete" if difference.new is None else "update"


_DIFF_KINDS = {
    ("add", False): PropertyDiffKind.ADD,
    ("add", True): PropertyDiffKind.ADD_REPLACE,
    ("delete", False): PropertyDiffKind.DELETE,
    ("delete", True): PropertyDiffKind.DELETE_REPLACE,
    ("update", False): PropertyDiffKind.UPDATE,
    ("update", True): PropertyDiffKind.UPDATE_REPLACE,
}


# Each maker takes the planned state, with write-only inputs, and returns the resource's identifier and its computed
# outputs. It raises ValueError with what contradicts what.


def _make_key(state: State) -> tuple[str, State]:
    key = keys.generate(state["algorithm"], state["rsaBits"], state["ecdsaCurve"])
    return keys.identifier(keys.public_bytes(key.public_key())), dict(keys.outputs(key))


def _make_request(state: State) -> tuple[str, State]:
    key = _key(state, "privateKeyPem")
    made = certificates.request(state, key)
    pem = made.public_bytes(Encoding.PEM).decode()
    return keys.identifier(made.public_bytes(Encoding.DER)), {
        "certRequestPem": pem,
        "keyAlgorithm": keys.algorithm(key),
    }


def _make_self_signed(state: State) -> tuple[str, State]:
    key = _key(state, "privateKeyPem")
    subject = certificates.Subject(
        certificates.name(state.get("subject")), key.public_key(), certificates.alternatives(state)
    )
    made = certificates.issue(state, subject, None, key)
    return made.serial, {**_validity(state, made), "keyAlgorithm": keys.algorithm(key)}


def _make_locally_signed(state: State) -> tuple[str, State]:
    key = _key(state, "caPrivateKeyPem")
    authority = certificates.issuer(certificates.parse_certificate(state["caCertPem"]), key)
    subject = certificates.requested(certificates.parse_request(state["certRequestPem"]))
    made = certificates.issue(state, subject, authority, key)
    return made.serial, {**_validity(state, made), "caKeyAlgorithm": keys.algorithm(key)}


def _key(state: State, name: str) -> keys.PrivateKey:
    return keys.parse(state.get(name) or state[f"{name}Wo"])


def _validity(state: State, made: certificates.Certificate) -> State:
    return {
        "certPem": made.pem,
        "readyForRenewal": differences.ready_on_creation(state),
        "validityStartTime": _rfc3339(made.not_before),
        "validityEndTime": _rfc3339(made.not_after),
    }


def _rfc3339(time: datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")


_MAKERS: dict[str, Callable[[State], tuple[str, State]]] = {
    "tls:index/privateKey:PrivateKey": _make_key,
    "tls:index/certRequest:CertRequest": _make_request,
    "tls:index/selfSignedCert:SelfSignedCert": _make_self_signed,
    "tls:index/locallySignedCert:LocallySignedCert": _make_locally_signed,
}
