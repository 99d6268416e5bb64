"""Who signs the mesh's certificates."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from .model import Settings
from .opaque import OpaqueStr

PEMS = ("caCert", "caKey", "rootCert", "certChain")
"""The settings that make up a user's own intermediate CA; istiod does not start with some of them alone."""


class CertificateAuthoritySettings(Settings):
    """The CA of the mesh.

    ``mode`` says where it comes from: ``istiod`` (Istio's default: istiod makes a self-signed root and keeps it in a
    Secret), ``declared`` (a root and an intermediate made here, istiod gets the intermediate) or ``provided`` (an
    intermediate of the user's). Names and times follow Istio's own certificate tooling (``tools/certs/common.mk``):
    organization Istio, RSA 4096, ten years.
    """

    mode: Literal["istiod", "declared", "provided"] = "istiod"
    """Where the CA comes from."""
    organization: str = Field(default="Istio", min_length=1)
    """Subject organization of root and intermediate."""
    rootCommonName: str = Field(default="Root CA", min_length=1)
    """Subject common name of the root."""
    intermediateCommonName: str = Field(default="Intermediate CA", min_length=1)
    """Subject common name of the intermediate."""
    rootValidityPeriodHours: int = Field(default=87600, ge=1)
    """How long the root is valid, in hours."""
    intermediateValidityPeriodHours: int = Field(default=87600, ge=1)
    """How long the intermediate is valid, in hours; at most as long as the root."""
    keyAlgorithm: Literal["RSA", "ECDSA"] = "RSA"
    """Algorithm of the keys."""
    rsaBits: Literal[2048, 3072, 4096] = 4096
    """Size of RSA keys."""
    ecdsaCurve: Literal["P256", "P384"] = "P256"
    """Curve of ECDSA keys."""
    caCert: OpaqueStr | None = None
    """PEM of the user's intermediate certificate (``provided``)."""
    caKey: OpaqueStr | None = None
    """PEM of the user's intermediate key (``provided``). A secret."""
    rootCert: OpaqueStr | None = None
    """PEM of the user's root certificate (``provided``)."""
    certChain: OpaqueStr | None = None
    """PEM of the chain from the intermediate to the root (``provided``)."""
    caCrl: OpaqueStr | None = None
    """PEM of the revocation list (``provided``); unset: none."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        given = [name for name in (*PEMS, "caCrl") if getattr(self, name) is not None]
        if self.mode == "provided":
            if missing := [name for name in PEMS if name not in given]:
                raise PydanticCustomError(
                    "incomplete", "mode is provided, so {missing} must be given too", {"missing": ", ".join(missing)}
                )
        elif given:
            raise PydanticCustomError(
                "superfluous",
                "mode is {mode}, which does not use {given}; write mode: provided, or leave them out",
                {"mode": self.mode, "given": ", ".join(given)},
            )
        if self.mode == "declared" and self.intermediateValidityPeriodHours > self.rootValidityPeriodHours:
            raise PydanticCustomError(
                "order",
                "intermediateValidityPeriodHours ({inner}) is longer than rootValidityPeriodHours ({outer}); "
                "an intermediate cannot outlive its root",
                {"inner": self.intermediateValidityPeriodHours, "outer": self.rootValidityPeriodHours},
            )
        return self
