"""What a change of inputs means for a resource that exists: nothing, an update in place, or a replacement."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from local_cluster.pulumi.tls_provider.types import TYPES, Input
from local_cluster.pulumi.tls_provider.values import UNKNOWN

# As the bridged provider tells a PEM from the hash that its old states hold.
_PEM = re.compile(r"^-----BEGIN [A-Za-z ]+-----\n[\s\S]+\n-----END [A-Za-z ]+-----\n?$")


@dataclass(frozen=True)
class Difference:
    """One property that differs: its value in the state and the wanted one (None: none), and whether it forces a
    replacement.
    """

    path: str
    old: Any
    new: Any
    replaces: bool


def planned(token: str, inputs: Mapping[str, Any], state: Mapping[str, Any]) -> dict[str, Any]:
    """Return the input properties as the state will have them: the inputs, then defaults, then what is kept from
    `state`.
    """
    result: dict[str, Any] = {}
    for name, declared in TYPES[token].inputs.items():
        if declared.write_only:
            continue
        value = inputs.get(name, declared.default)
        if value is None and declared.kept:
            value = state.get(name)
        if value is not None:
            result[name] = value
    return result


def ready_on_creation(values: Mapping[str, Any]) -> bool:
    """Tell whether a certificate with these properties is ready for renewal as soon as it is made."""
    hours, early = values["validityPeriodHours"], values["earlyRenewalHours"]
    return UNKNOWN not in (hours, early) and (hours == 0 or early >= hours)


def ready_now(state: Mapping[str, Any], early_renewal_hours: Any) -> bool:
    """Tell whether the certificate in the state is past its time of renewal."""
    end = state.get("validityEndTime")
    if not end or early_renewal_hours == UNKNOWN:
        return False
    return datetime.now(UTC) >= datetime.fromisoformat(end) - timedelta(hours=early_renewal_hours)


def between(token: str, state: Mapping[str, Any], inputs: Mapping[str, Any]) -> list[Difference]:
    """Return how the state of a resource differs from what its new inputs ask for; an empty list for not at all."""
    kind, wanted, found = TYPES[token], planned(token, inputs, state), []
    for name, declared in kind.inputs.items():
        if declared.write_only:
            continue
        old, new = state.get(name), wanted.get(name)
        if old != new:
            found += _parts(name, old, new, _replaces(declared, old))
    if kind.renewable:
        if ready_now(state, wanted["earlyRenewalHours"]):
            found.append(Difference("readyForRenewal", state.get("readyForRenewal"), UNKNOWN, True))
        elif state.get("readyForRenewal") != ready_on_creation(wanted):
            found.append(Difference("readyForRenewal", state.get("readyForRenewal"), ready_on_creation(wanted), False))
    return found


def _replaces(declared: Input, old: Any) -> bool:
    return declared.replaces and (not declared.pem or bool(_PEM.match(old or "")))


def _parts(path: str, old: Any, new: Any, replaces: bool) -> list[Difference]:
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return [Difference(path, old, new, replaces)]
    return [
        Difference(f"{path}.{key}", old.get(key), new.get(key), replaces)
        for key in sorted({*old, *new})
        if old.get(key) != new.get(key)
    ]
