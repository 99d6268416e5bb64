"""Faults that a VirtualService injects (``pkg/config/validation/validation.go``)."""

from __future__ import annotations

from typing import Final

from . import durations
from .checks import Object, check
from .problem import Path, Problem, Problems, show

_STATUSES: Final = range(200, 601)
_GRPC_STATUSES: Final = frozenset(
    {
        "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS",
        "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED",
        "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
    }
)  # fmt: skip


@check
def fault(route: Object, path: Path) -> Problems:
    """Yield what is wrong with an injected fault."""
    fault = route.get("fault")
    if fault is None:
        return
    path = (*path, "fault")
    if fault.get("abort") is None and fault.get("delay") is None:
        yield Problem(path, "a fault is an abort, a delay or both")
    yield from _abort(fault, path)
    yield from _delay(fault, path)


@check
def _abort(fault: Object, path: Path) -> Problems:
    abort = fault.get("abort")
    if abort is None:
        return
    path = (*path, "abort")
    yield from _percentage(abort, path)
    if abort.get("grpcStatus") is not None:
        if abort["grpcStatus"] not in _GRPC_STATUSES:
            allowed = ", ".join(sorted(_GRPC_STATUSES))
            yield Problem((*path, "grpcStatus"), f"{show(abort['grpcStatus'])} is not a status of gRPC: {allowed}")
    elif abort.get("http2Error") is not None:
        yield Problem((*path, "http2Error"), "an abort by an error of HTTP/2 is not supported")
    elif abort.get("httpStatus") is not None:
        yield from status(abort["httpStatus"], (*path, "httpStatus"))


@check
def status(status: float, path: Path) -> Problems:
    """Yield when a number is no status of HTTP."""
    if not _STATUSES.start <= status < _STATUSES.stop:
        yield Problem(path, f"{show(status)} is not a status of HTTP from 200 to 599")


@check
def _delay(fault: Object, path: Path) -> Problems:
    delay = fault.get("delay")
    if delay is None:
        return
    path = (*path, "delay")
    yield from _percentage(delay, path)
    yield from durations.duration(delay, "fixedDelay", path)
    if delay.get("exponentialDelay") is not None:
        yield Problem((*path, "exponentialDelay"), "an exponential delay is not supported")


@check
def _percentage(parent: Object, path: Path) -> Problems:
    value = (parent.get("percentage") or {}).get("value") or 0
    if value < 0 or value > 100 or 0 < value < 0.0001:
        yield Problem((*path, "percentage", "value"), f"{show(value)} is neither 0 nor a percentage from 0.0001 to 100")
