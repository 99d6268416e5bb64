"""A stack's declared objects held against the live ones: what is missing, what differs, what others added."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from mesh_components.installed import is_gateway_api, managers

from .api import Api, Refused
from .compare import (
    ABSENT,
    Difference,
    Path,
    brief,
    by_key,
    differences,
    first_difference,
    lacking,
    list_difference,
    text,
)
from .expected import expected, left_in_template
from .managed import owned
from .plan import UNKNOWN, Plan
from .row import Row, Status, name_of, worst

DECLARED = "declared"
FOREIGN = "foreign"

AT_ONCE = 8
"""Requests under way at a time."""

NOT_CONTENT = ("managedFields", "generation", "resourceVersion", "creationTimestamp", "uid", "selfLink")
"""Metadata that the API server keeps for itself."""

PROVIDERS_OWN = ("pulumi.com/",)
"""Prefixes of annotations by which Pulumi's provider is told how to apply; what it leaves of them is its affair."""

MOST = 8
"""Fields to name one by one, of one object and owner."""

PUT_BACK = "mesh up --refresh puts it back"
MAKE = "mesh up --refresh makes it again"


@dataclass(frozen=True)
class Compared:
    """A declared object, and what the cluster has for it."""

    declared: dict[str, Any]
    live: dict[str, Any] | None
    """The object as it is; None where there is none."""
    after: dict[str, Any] | None = None
    """What the API server would make of it if it were applied now."""
    refused: str = ""
    """Why the API server would not take it."""


def read(api: Api, plan: Plan) -> list[Compared]:
    """Return every declared object with its live state, asking the API server what an apply would make of each."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(pool.map(lambda item: _read_one(api, item, plan.manager), plan.objects))
    keep = plan.settings.gatewayAPI.existing == "keep"
    return [item for item in found if not (keep and _somebody_elses(item, plan.manager))]


def _somebody_elses(item: Compared, manager: str) -> bool:
    """Say whether this is a definition of the Gateway API that was left alone because it was there before."""
    return is_gateway_api(item.declared) and item.live is not None and manager not in managers(item.live)


def _read_one(api: Api, declared: dict[str, Any], manager: str) -> Compared:
    path = api.path_of(declared)
    live = api.find(path) if path else None
    if path is None or live is None:
        return Compared(declared, None)
    try:
        return Compared(declared, live, after=api.dry_run(path, wanted(declared, live), manager))
    except Refused as error:
        return Compared(declared, live, refused=str(error))


def wanted(declared: Mapping[str, Any], live: Mapping[str, Any]) -> dict[str, Any]:
    """Return what to apply: the declared object, with live values where the declared ones are not known here."""
    filled: dict[str, Any] = _filled(declared, live)
    notes = {
        key: value
        for key, value in (live["metadata"].get("annotations") or {}).items()
        if key.startswith(PROVIDERS_OWN)
    }
    if notes:
        own = filled["metadata"].get("annotations", {})
        filled["metadata"] = {**filled["metadata"], "annotations": {**notes, **own}}
    return filled


def _filled(declared: Any, live: Any) -> Any:
    if declared is UNKNOWN:
        return live
    if isinstance(declared, Mapping):
        below = live if isinstance(live, Mapping) else {}
        inner = {key: _filled(value, below.get(key, ABSENT)) for key, value in declared.items()}
        return {key: value for key, value in inner.items() if value is not ABSENT}
    if isinstance(declared, list):
        left = by_key(declared, "") if all(UNKNOWN is not item for item in declared) else None
        right = by_key(live, "") if isinstance(live, list) else None
        if left is not None and right is not None:
            return [_filled(item, right.get(key, ABSENT)) for key, item in left.items()]
        return [item for item in (_filled(item, ABSENT) for item in declared) if item is not ABSENT]
    return declared


def unknown(declared: Any, path: Path = ()) -> Iterator[Path]:
    """Yield where a declared object has values that are not known here."""
    if declared is UNKNOWN:
        yield path
    elif isinstance(declared, Mapping):
        for key, value in declared.items():
            yield from unknown(value, (*path, key))
    elif isinstance(declared, list):
        for key, value in (by_key(declared, "") or {f"[{n}]": item for n, item in enumerate(declared)}).items():
            yield from unknown(value, (*path, key))


def rows(compared: Iterable[Compared], manager: str) -> list[Row]:
    """Return what is wrong with the declared objects; one row that says so where nothing is."""
    listed = list(compared)
    found = [row for item in listed for row in judge(item, manager)]
    for check, well in ((DECLARED, "as declared"), (FOREIGN, "nothing that nobody declares")):
        if not any(row.check == check for row in found):
            found.append(Row(check, f"{len(listed)} objects", Status.OK, well))
    return found


def judge(item: Compared, manager: str) -> list[Row]:
    """Return what is wrong with one declared object."""
    name = name_of(item.declared)
    if item.live is None:
        return [Row(DECLARED, name, Status.ERROR, "missing", MAKE)]
    if "deletionTimestamp" in item.live["metadata"]:
        return [Row(DECLARED, name, Status.ERROR, "is being deleted", MAKE)]
    rows = []
    if item.after is None:
        what = f"the API server would not take it as it is declared: {item.refused}"
        todo = "an apply is tried to compare; that takes the right to patch, and webhooks that answer"
        rows.append(Row(DECLARED, name, Status.ERROR, what, todo))
    writers = list(owned(item.live))
    ours = {path for owner, path in writers if owner == manager}
    theirs = [(owner, path) for owner, path in writers if owner != manager]
    if item.after is None:
        drifted = list(lacking(wanted(item.declared, item.live), content(item.live)))
    else:
        drifted = [
            difference
            for difference in differences(content(item.after), content(item.live))
            if difference.declared is not ABSENT
            or not left_in_template(item.declared["kind"], difference.path, difference.live)
        ]
    # What somebody put inside a field that is written as a whole, as a CRD's versions are, has no entry of its own.
    inside = [found for found in drifted if found.declared is ABSENT and not _held(found.path, ours)]
    rows += _rewritten(item, ours, theirs)
    rows += [_drift(item, difference, theirs) for difference in drifted if difference not in inside]
    # Somebody may have written the very value that is declared: then it is declared, whoever wrote it.
    declared = ours | ({path for owner, path in owned(item.after) if owner == manager} if item.after else set())
    known_places = [*(difference.path for difference in drifted), *unknown(item.declared)]
    alone = [
        (owner, path)
        for owner, path in theirs
        if path not in declared and not any(related(path, place) for place in known_places)
    ]
    alone += [(_writers(difference.path, theirs), difference.path) for difference in inside]
    rows += _foreign(item.declared, alone, declared)
    return few(rows)


def few(rows: list[Row]) -> list[Row]:
    """Return the rows of one object; of very many by one writer the first, and how many there are besides."""
    found = []
    for key in dict.fromkeys((row.check, row.owner) for row in rows):
        alike = [row for row in rows if (row.check, row.owner) == key]
        shown = alike if len(alike) <= MOST + 1 else alike[:MOST]
        found += shown
        if rest := alike[len(shown) :]:
            what = f"and {len(rest)} more fields"
            found.append(Row(key[0], rest[0].object, worst(rest), what, rest[0].todo, owner=key[1]))
    return found


def _held(path: Path, ours: set[Path]) -> bool:
    """Whether a field is among those that the API server has on record as ours."""
    return any(other[: len(path)] == path for other in ours)


def _writers(path: Path, theirs: list[tuple[str, Path]]) -> str:
    return ", ".join(dict.fromkeys(name for name, other in theirs if related(other, path)))


def own_part(path: Path, ours: set[Path]) -> Path:
    """Return the largest part of an object around a field that is nobody's but theirs: a port, not its number."""
    parts = (path[:length] for length in range(1, len(path) + 1))
    return next((part for part in parts if not _held(part, ours)), path)


def content(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of an object can be declared."""
    metadata = {key: value for key, value in item["metadata"].items() if key not in NOT_CONTENT}
    return {**{key: value for key, value in item.items() if key != "status"}, "metadata": metadata}


def related(one: Path, other: Path) -> bool:
    """Whether one path leads to the other's field, to something in it or to something around it."""
    shared = min(len(one), len(other))
    return one[:shared] == other[:shared]


def _drift(item: Compared, difference: Difference, theirs: list[tuple[str, Path]]) -> Row:
    owner = _writers(difference.path, theirs)
    declared, live = difference.declared, difference.live
    path = text(difference.path)
    secret = item.declared["kind"] == "Secret"
    if declared is ABSENT:
        what = f"{path} is there, and is not declared any more" + ("" if secret else f": {brief(live)}")
    elif live is ABSENT:
        what = f"{path} is gone" + ("" if secret else f"; declared {brief(declared)}")
    elif secret:
        what = f"{path} is another"
    elif isinstance(declared, list) and isinstance(live, list):
        what = f"{path} {list_difference(declared, live)}"
    elif isinstance(declared, str) and isinstance(live, str) and "\n" in declared + live:
        what = f"{path} differs in {first_difference(declared, live)}"
    else:
        what = f"{path} is {brief(live)}, declared {brief(declared)}"
    return Row(
        DECLARED,
        name_of(item.declared),
        Status.ERROR,
        what,
        PUT_BACK,
        path=path,
        declared=None if secret or declared is ABSENT else declared,
        live=None if secret or live is ABSENT else live,
        owner=owner,
    )


def _rewritten(item: Compared, ours: set[Path], theirs: list[tuple[str, Path]]) -> list[Row]:
    """Return rows for declared fields whose value is not known here, and which somebody else wrote last, or nobody."""
    found = []
    for path in unknown(item.declared):
        if path in ours:
            continue
        owner = _writers(path, theirs)
        what = f"{text(path)} was rewritten" if owner else f"{text(path)} is gone"
        found.append(Row(DECLARED, name_of(item.declared), Status.ERROR, what, PUT_BACK, text(path), owner=owner))
    return found


def _foreign(item: Mapping[str, Any], fields: list[tuple[str, Path]], declared: set[Path]) -> list[Row]:
    kind = item["kind"]
    parts = [(owner, own_part(path, declared)) for owner, path in fields if not expected(owner, kind, path)]
    found = []
    for owner, path in dict.fromkeys(parts):
        status, todo = severity(kind, path)
        what = f"{text(path)} is there, and nobody declares it"
        found.append(Row(FOREIGN, name_of(item), status, what, todo, text(path), owner=owner))
    return found


def severity(kind: str, path: Path) -> tuple[Status, str]:
    """Return how bad a foreign field is, and what to do: what only marks an object changes nothing that it does."""
    todo = "take it away by hand, for Pulumi does not see it, or declare it (setting `patches`)"
    # A definition that allows more than ours keeps objects that another version of Istio made.
    harmless = path[0] == "metadata" or kind == "CustomResourceDefinition"
    return (Status.WARNING if harmless else Status.ERROR), todo
