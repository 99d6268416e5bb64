# ruff: noqa: RUF012 (pydantic copies defaults)
"""One route: which requests, where to, and what happens to them on the way."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from ..kubernetes import Name, Port
from ..message import (
    CorsPolicy,
    Delay,
    HttpDelegate,
    HttpDestination,
    HttpDirectResponse,
    HttpHeaders,
    HttpMatch,
    HttpRedirect,
    HttpRewrite,
    L4Destination,
    Retries,
    TcpMatch,
    Timeout,
    TlsMatch,
)
from ..model import Settings

WHOLE = 100
"""What weights add up to."""


def _whole(weights: dict[str, int]) -> dict[str, int]:
    if (total := sum(weights.values())) != WHOLE:
        allowed = f"weights by subset that add up to {WHOLE} (these add up to {total})"
        raise PydanticCustomError("format", "{allowed}", {"allowed": allowed})
    return weights


Weights = Annotated[dict[Name, Annotated[int, Field(ge=0, le=WHOLE)]], AfterValidator(_whole)]
"""Shares of the requests by subset, in percent: whole numbers that add up to 100."""

LEAST = 0.0001
"""The smallest share in percent that Istio knows, besides none at all (``validation.go``, ``validatePercentage``)."""


def _countable(percentage: float) -> float:
    if 0 < percentage < LEAST:
        raise PydanticCustomError("format", "{allowed}", {"allowed": f"0, or a number from {LEAST} to 100"})
    return percentage


Percentage = Annotated[float, Field(ge=0, le=100), AfterValidator(_countable)]
"""Percent of the requests, fractions included."""


class DelaySettings(Settings):
    """Requests that wait before they are sent on."""

    fixedDelay: Delay
    """For how long, such as ``5s``."""
    percentage: Percentage = 100
    """How many of the requests, in percent."""


class AbortSettings(Settings):
    """Requests that are answered with an error instead of being sent on."""

    httpStatus: Annotated[int, Field(ge=200, le=599)] | None = None
    """The HTTP status; 503 where neither this nor ``grpcStatus`` is given."""
    grpcStatus: str | None = None
    """The gRPC status by its name, such as ``UNAVAILABLE``; instead of ``httpStatus``."""
    percentage: Percentage = 100
    """How many of the requests, in percent."""

    @model_validator(mode="after")
    def _one_status(self) -> Self:
        if self.httpStatus is not None and self.grpcStatus is not None:
            raise PydanticCustomError("conflict", "httpStatus and grpcStatus exclude each other; remove one")
        return self


class FaultSettings(Settings):
    """Faults that proxies make, to see how callers take them."""

    delay: DelaySettings | None = None
    """Requests that wait."""
    abort: AbortSettings | None = None
    """Requests that fail."""


class MirrorSettings(Settings):
    """Where copies of requests go; their answers are thrown away."""

    subset: Name | None = None
    """Subset of the same service."""
    host: str | None = None
    """Another service, by name or host; unset: the same one."""
    port: Port | None = None
    """Its port; unset: the one port that it has."""
    percentage: Percentage = 100
    """How many of the requests are copied, in percent."""

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if self.subset is None and self.host is None:
            raise PydanticCustomError("incomplete", "says nowhere to copy to; give subset, or host")
        return self


class Handling(Settings):
    """What happens to requests on their way."""

    timeout: Timeout | None = None
    """How long an answer may take, retries included; ``0s``: any time, as without it."""
    retries: Retries | None = None
    """Istio's HTTPRetry: `attempts`, `perTryTimeout`, `retryOn` …; unset: Istio's default of two more attempts."""
    fault: FaultSettings | None = None
    """Faults that are made for these requests."""
    mirrors: list[MirrorSettings] | None = None
    """Where copies of them go."""
    headers: HttpHeaders | None = None
    """Headers that are set, added or removed, of requests and of responses."""
    corsPolicy: CorsPolicy | None = None
    """What browsers let pages of other origins do."""
    rewrite: HttpRewrite | None = None
    """What becomes of path and authority before a request is sent on."""


class RouteSettings(Handling):
    """Some of the requests of a service. What it does not say, the service's own settings do."""

    name: str | None = None
    """Name of the route, for access logs and statistics."""
    match: list[HttpMatch] = []
    """Which requests, any one of these; none: all that no earlier route takes."""
    weights: Weights | None = None
    """Shares by subset of the service."""
    route: list[HttpDestination] | None = None
    """Destinations of any kind, as Istio has them; instead of ``weights``."""
    redirect: HttpRedirect | None = None
    """Where clients are sent instead."""
    directResponse: HttpDirectResponse | None = None
    """What proxies answer by themselves instead."""
    delegate: HttpDelegate | None = None
    """The VirtualService that decides instead."""

    @model_validator(mode="after")
    def _one_end(self) -> Self:
        ends = ("weights", "route", "redirect", "directResponse", "delegate")
        given = [key for key in ends if getattr(self, key) is not None]
        if len(given) > 1:
            text = "{given} exclude each other, each being where the requests end; keep one"
            raise PydanticCustomError("conflict", text, {"given": " and ".join(given)})
        return self

    @property
    def is_sent_on(self) -> bool:
        """Whether the requests reach a service."""
        return self.redirect is None and self.directResponse is None and self.delegate is None


class TcpRouteSettings(Settings):
    """Connections of a service that are no HTTP."""

    match: list[TcpMatch] = []
    """Which connections, any one of these; none: all."""
    weights: Weights | None = None
    """Shares by subset of the service."""
    route: list[L4Destination] | None = None
    """Destinations of any kind, as Istio has them; instead of ``weights``."""

    @model_validator(mode="after")
    def _one_end(self) -> Self:
        if (self.weights is None) == (self.route is None):
            raise PydanticCustomError("conflict", "one of weights and route says where connections go; give one")
        return self


class TlsRouteSettings(Settings):
    """Connections with TLS that nobody ends on the way, told apart by the name that the client asks for (SNI)."""

    match: list[TlsMatch]
    """Which connections, any one of these; each has `sniHosts`."""
    weights: Weights | None = None
    """Shares by subset of the service."""
    route: list[L4Destination] | None = None
    """Destinations of any kind, as Istio has them; instead of ``weights``."""

    @model_validator(mode="after")
    def _one_end(self) -> Self:
        if (self.weights is None) == (self.route is None):
            raise PydanticCustomError("conflict", "one of weights and route says where connections go; give one")
        return self


def check_reached(routes: list[RouteSettings]) -> list[RouteSettings]:
    """Return routes, the last of which alone may take everything.

    :raises PydanticCustomError: where a route is never reached
    """
    for index, route in enumerate(routes[:-1]):
        if not route.match:
            text = "the route at position {index} has no match and takes everything, so no later one is reached; " + (
                "put it last"
            )
            raise PydanticCustomError("order", text, {"index": index})
    return routes


Routes = Annotated[list[RouteSettings], AfterValidator(check_reached)]
"""Routes, the first that matches counts."""
