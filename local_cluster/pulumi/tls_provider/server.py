"""The provider on the wire: the SDK's servicer, with errors that read like errors, and a word on who is serving."""

import functools
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
from pulumi.provider.experimental.server import ProviderServicer
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from local_cluster.pulumi.tls_provider import certificates
from local_cluster.pulumi.tls_provider.keys import PemError
from local_cluster.pulumi.tls_provider.provider import ProviderError, TlsProvider, token

NOTICE = "Using this project's stand-in for Pulumi's TLS provider (the released one is not installed)."
"""Said once, when the engine configures the provider."""
NO_AUTHORITY = "caCertPem is not an authority's (isCaCertificate); what it signs may not be accepted"
_LOCALLY_SIGNED = "tls:index/locallySignedCert:LocallySignedCert"


class TlsServicer(ProviderServicer):
    """Serves `TlsProvider` to the engine at the address `engine`, answering with `version`."""

    def __init__(self, engine: str, version: str) -> None:
        super().__init__([], version, TlsProvider(), engine)
        self._engine = engine_pb2_grpc.EngineStub(grpc.aio.insecure_channel(engine)) if engine else None

    async def Configure(self, request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> Any:
        """Configure the provider, and say that it is a stand-in."""
        await self._log(engine_pb2.INFO, NOTICE)
        return await super().Configure(request, context)

    async def Create(self, request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> Any:
        """Create a resource; warn of an authority that is none, as verifiers will refuse what it signs."""
        issued = token(request.urn) == _LOCALLY_SIGNED and not request.preview
        if issued and not _is_authority(request.properties.fields["caCertPem"].string_value):
            await self._log(engine_pb2.WARNING, NO_AUTHORITY, request.urn)
        return await super().Create(request, context)  # type: ignore[no-untyped-call]

    async def _log(self, severity: Any, message: str, urn: str = "") -> None:
        if self._engine is not None:
            await self._engine.Log(engine_pb2.LogRequest(severity=severity, message=message, urn=urn))


def _is_authority(pem: str) -> bool:
    try:
        return certificates.is_authority(certificates.parse_certificate(pem))
    except PemError:
        return True


def _readable(method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    @functools.wraps(method)
    async def call(self: TlsServicer, request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> Any:
        try:
            return await method(self, request, context)
        except ProviderError as error:
            await context.abort(grpc.StatusCode.UNKNOWN, str(error))
        except NotImplementedError as error:
            await context.abort(grpc.StatusCode.UNIMPLEMENTED, str(error))

    return call


for _name in ("Check", "Diff", "Create", "Update", "Read", "Delete", "Invoke", "Call", "Construct", "GetSchema"):
    setattr(TlsServicer, _name, _readable(getattr(TlsServicer, _name)))
