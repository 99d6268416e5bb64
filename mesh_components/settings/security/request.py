# ruff: noqa: RUF012 (pydantic copies defaults)
"""Tokens of requests (JWT)."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from ..kubernetes import ObjectName
from ..message import JwtRule
from .selected import Aimed, Everywhere


class RequestAuthenticationSettings(Everywhere, Aimed):
    """Istio's RequestAuthentication: a request with a bad token is refused; one without is, where a token is
    required."""

    name: ObjectName = "jwt"
    """Name of the object."""
    jwtRules: list[JwtRule] = Field(min_length=1)
    """Istio's JWTRule: `issuer`, and `jwksUri` or `jwks` with its keys …"""
    required: bool = False
    """Whether requests without a token are refused, by an AuthorizationPolicy called ``<name>-required``."""
    exemptPaths: list[str] = []
    """Paths that need no token all the same, such as ``/healthz``; with ``required``."""

    @model_validator(mode="after")
    def _exempt_from_something(self) -> Self:
        if self.exemptPaths and not self.required:
            raise PydanticCustomError("superfluous", "exemptPaths are exempt from nothing; set required")
        return self
