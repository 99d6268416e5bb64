# ruff: noqa: RUF012 (pydantic copies defaults)
"""The traffic of one service: everything that its one VirtualService and its one DestinationRule say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from ..kubernetes import Labels, Name, ObjectName, Port, ServiceName
from ..message import (
    ConnectionPool,
    ConsistentHash,
    HttpMatch,
    LoadBalancer,
    LocalitySetting,
    OutlierDetection,
    Retries,
    SimpleLoadBalancer,
    TcpMatch,
    Timeout,
    TrafficPolicy,
    Warmup,
)
from ..model import Settings
from ..placed import Placed
from ..problems import Problem
from .route import (
    AbortSettings,
    DelaySettings,
    FaultSettings,
    Handling,
    MirrorSettings,
    Routes,
    RouteSettings,
    TcpRouteSettings,
    TlsRouteSettings,
    Weights,
)

VERSION_LABEL = "version"
"""Label of pods that tells the versions of a workload apart, for Istio as for Kiali."""


class SubsetSettings(Settings):
    """Some of a service's pods."""

    labels: Labels | None = None
    """Labels of these pods; unset: ``version`` with the subset's name, as Kiali has it."""
    trafficPolicy: TrafficPolicy | None = None
    """Istio's TrafficPolicy for requests to these pods, over the service's."""


class Target(Placed):
    """Whose traffic it is, and who sees the objects."""

    service: ServiceName | None = None
    """Name of the Service in ``namespace``."""
    host: str | None = None
    """Host of another kind, such as a ServiceEntry's; instead of ``service``."""
    name: ObjectName | None = None
    """Name of the objects; unset: the service's, or the host's, as Kiali has it."""
    port: Port | None = None
    """The Service's port to which requests go; unset: the one that was asked for."""
    subsets: dict[Name, SubsetSettings] = {}
    """Subsets by name. A subset that routes name and that is not listed is the pods with that label ``version``."""
    hosts: list[str] = []
    """More names by which clients ask, such as those at a gateway."""
    gateways: list[str] = []
    """Istio's Gateways, ``namespace/name``, at which the routes count; ``mesh`` means sidecars. Empty: those alone."""
    exportTo: list[str] = []
    """Namespaces that see the objects: ``.`` for their own; empty: the mesh's default, mostly all."""

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        if (self.service is None) == (self.host is None):
            text = "one of service and host says whose traffic it is; give one"
            raise PydanticCustomError("conflict" if self.service else "incomplete", text)
        return self

    @model_validator(mode="after")
    def _named_object(self) -> Self:
        if self.name is None and self.host is not None and "*" in self.host:
            raise PydanticCustomError("incomplete", "host has a star and cannot name the objects; give name")
        return self

    @model_validator(mode="after")
    def _known_subsets(self) -> Self:
        if self.subsets and (
            unknown := [found for found in named_subsets(self.data()) if found[1] not in self.subsets]
        ):
            allowed = f"one of the subsets: {', '.join(self.subsets)}; or list it in subsets"
            problems = [Problem(path, name, allowed, choices=tuple(self.subsets)) for path, name in unknown]
            raise PydanticCustomError(
                "problems", "{text}", {"text": "\n".join(map(str, problems)), "problems": problems}
            )
        return self

    @property
    def object_name(self) -> str:
        """Name of the objects."""
        return self.name or self.service or self.host or ""


def named_subsets(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every subset that settings name in ``weights`` and ``mirrors``, with where they do."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            place = f"{path}.{key}" if path else str(key)
            if key == "weights":
                yield from ((place, name) for name in inner)
            elif key == "mirrors":
                yield from (
                    (f"{place}[{index}].subset", mirror["subset"])
                    for index, mirror in enumerate(inner)
                    if "subset" in mirror and "host" not in mirror
                )
            elif key in ("routes", "tcp", "tls"):
                yield from named_subsets(inner, place)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from named_subsets(inner, f"{path}[{index}]")


class ServiceTrafficSettings(Target, Handling):
    """Every concern of one service's traffic. Those of ``Handling`` count for all requests whose route says nothing
    else."""

    routes: Routes = []
    """HTTP routes; the first that matches counts, and what none matches goes to ``weights``."""
    weights: Weights | None = None
    """Shares of the HTTP requests by subset; unset: all pods alike."""
    tcp: list[TcpRouteSettings] = []
    """Routes of connections that are no HTTP."""
    tls: list[TlsRouteSettings] = []
    """Routes of connections with TLS that nobody ends on the way."""
    connectionPool: ConnectionPool | None = None
    """How many connections and requests may be under way at once; more are refused: the circuit breaker."""
    outlierDetection: OutlierDetection | None = None
    """When a pod that fails gets no requests for a while."""
    loadBalancer: LoadBalancer | None = None
    """Which pod gets a request."""
    trafficPolicy: TrafficPolicy | None = None
    """What else Istio's TrafficPolicy has: `tls`, `portLevelSettings`, `tunnel` …"""

    @model_validator(mode="after")
    def _said_once(self) -> Self:
        sections = ("connectionPool", "outlierDetection", "loadBalancer")
        twice = [key for key in sections if getattr(self, key) is not None and key in (self.trafficPolicy or {})]
        if twice:
            text = "{given} stands in trafficPolicy as well; keep one of the two"
            raise PydanticCustomError("conflict", text, {"given": " and ".join(twice)})
        return self

    @model_validator(mode="after")
    def _something(self) -> Self:
        own = (
            *("routes", "weights", "tcp", "tls", "connectionPool", "outlierDetection", "loadBalancer", "trafficPolicy"),
            *("subsets", "gateways", *Handling.model_fields),
        )
        if all(getattr(self, key) in (None, [], {}) for key in own):
            raise PydanticCustomError(
                "incomplete", "says nothing about the traffic; give one of {keys}", {"keys": ", ".join(own)}
            )
        return self


class Concern(Target):
    """One concern of a service's traffic, the only one that it has."""

    def whole(self) -> ServiceTrafficSettings:
        """Return the same as settings of everything."""
        shared = {key: getattr(self, key) for key in Target.model_fields}
        return ServiceTrafficSettings.model_validate(shared | self.concerns())

    def concerns(self) -> dict[str, Any]:
        """Return the settings besides those of the target."""
        own = type(self).model_fields.keys() - Target.model_fields.keys()
        return {key: value for key in own if (value := getattr(self, key)) is not None}


class RequestRoutingSettings(Concern):
    """Requests told apart: by header, URI, method, query, source or gateway."""

    routes: Routes
    """HTTP routes; the first that matches counts, and what none matches goes to ``weights``."""
    weights: Weights | None = None
    """Shares by subset of what no route takes; unset: all pods alike."""


class TrafficShiftingSettings(Concern):
    """HTTP requests shared out among versions."""

    weights: Weights
    """Shares of the requests by subset."""


class TcpTrafficShiftingSettings(Concern):
    """Connections shared out among versions."""

    weights: Weights
    """Shares of the connections by subset."""
    match: list[TcpMatch] = []
    """Which connections, any one of these; none: all."""

    def concerns(self) -> dict[str, Any]:
        """Return the one route."""
        return {"tcp": [TcpRouteSettings(match=self.match, weights=self.weights)]}


class Matched(Concern):
    """A concern of some of the requests, or of all."""

    match: list[HttpMatch] = []
    """Which requests, any one of these; none: all."""
    weights: Weights | None = None
    """Shares of the requests by subset; unset: all pods alike."""

    def handling(self) -> dict[str, Any]:
        """Return what happens to those requests."""
        own = type(self).model_fields.keys() - Matched.model_fields.keys()
        return {key: value for key in own if (value := getattr(self, key)) is not None}

    def concerns(self) -> dict[str, Any]:
        """Return it as a route of these requests, or for all of them."""
        shares = {} if self.weights is None else {"weights": self.weights}
        if self.match:
            return {**shares, "routes": [RouteSettings.model_validate({"match": self.match, **self.handling()})]}
        return {**shares, **self.handling()}


class MirroringSettings(Matched):
    """Requests copied to another version or service."""

    mirrors: list[MirrorSettings]
    """Where copies go; their answers are thrown away."""


class FaultInjectionSettings(Matched):
    """Faults that proxies make for callers of a service."""

    delay: DelaySettings | None = None
    """Requests that wait."""
    abort: AbortSettings | None = None
    """Requests that fail."""

    @model_validator(mode="after")
    def _some_fault(self) -> Self:
        if self.delay is None and self.abort is None:
            raise PydanticCustomError("incomplete", "makes no fault; give delay, abort or both")
        return self

    def handling(self) -> dict[str, Any]:
        """Return the faults."""
        return {"fault": FaultSettings(delay=self.delay, abort=self.abort)}


class RequestTimeoutsSettings(Matched):
    """How long callers wait, and how often they try."""

    timeout: Timeout | None = None
    """How long an answer may take, retries included, such as ``2s``."""
    retries: Retries | None = None
    """Istio's HTTPRetry: `attempts`, `perTryTimeout`, `retryOn` …"""

    @model_validator(mode="after")
    def _some_limit(self) -> Self:
        if self.timeout is None and self.retries is None:
            raise PydanticCustomError("incomplete", "limits nothing; give timeout, retries or both")
        return self


class CircuitBreakerSettings(Concern):
    """Limits under which a service is left alone: too many requests at once, or too many failures."""

    connectionPool: ConnectionPool | None = None
    """How many connections and requests may be under way at once; more are refused."""
    outlierDetection: OutlierDetection | None = None
    """When a pod that fails gets no requests for a while."""

    @model_validator(mode="after")
    def _some_limit(self) -> Self:
        if self.connectionPool is None and self.outlierDetection is None:
            raise PydanticCustomError("incomplete", "limits nothing; give connectionPool, outlierDetection or both")
        return self


class LoadBalancingSettings(Concern):
    """Which pod gets a request."""

    simple: SimpleLoadBalancer | None = None
    """``LEAST_REQUEST``, ``ROUND_ROBIN``, ``RANDOM`` or ``PASSTHROUGH``."""
    consistentHash: ConsistentHash | None = None
    """The same pod for the same header, cookie, query parameter or source address; instead of ``simple``."""
    localityLbSetting: LocalitySetting | None = None
    """Which places are preferred. Istio turns it on with ``outlierDetection`` alone."""
    warmup: Warmup | None = None
    """How slowly a new pod gets its full share."""
    outlierDetection: OutlierDetection | None = None
    """When a pod counts as failed, for ``localityLbSetting`` to choose another place."""

    def concerns(self) -> dict[str, Any]:
        """Return the load balancer, and what it needs."""
        keys = ("simple", "consistentHash", "localityLbSetting", "warmup")
        chosen = {key: value for key in keys if (value := getattr(self, key)) is not None}
        outliers = {} if self.outlierDetection is None else {"outlierDetection": self.outlierDetection}
        return {**({"loadBalancer": chosen} if chosen else {}), **outliers}

    @model_validator(mode="after")
    def _some_choice(self) -> Self:
        keys = ("simple", "consistentHash", "localityLbSetting", "warmup")
        if all(getattr(self, key) is None for key in keys):
            raise PydanticCustomError("incomplete", "chooses nothing; give one of {keys}", {"keys": ", ".join(keys)})
        return self
