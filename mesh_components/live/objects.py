"""The objects of a cluster that analysis reads."""

from __future__ import annotations

import http
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from mesh_components.analysis import kinds
from mesh_components.analysis.kinds import Kind
from mesh_components.live.api import Api, Object, Refused

READ: tuple[Kind, ...] = tuple(dict.fromkeys(value for value in vars(kinds).values() if isinstance(value, Kind)))
"""Every kind that an analyzer looks at."""

AT_ONCE = 8
"""Requests under way at a time."""


@dataclass
class Listed:
    """What could be read.

    Attributes:
        objects: The objects.
        refused: Kinds that the user may not list, with the server's message.
    """

    objects: list[Object] = field(default_factory=list)
    refused: dict[Kind, str] = field(default_factory=dict)


def read(api: Api, wanted: Iterable[Kind] = READ) -> Listed:
    """Return a cluster's objects of these kinds; a kind that the cluster does not have has none.

    :raises mesh_components.live.api.LiveError: when the cluster does not answer
    """
    groups = {group["name"]: group["preferredVersion"]["groupVersion"] for group in api.get("/apis")["groups"]}
    served = {"": "v1", **groups}
    known = [kind for kind in wanted if kind.group in served]
    found = Listed()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for kind, objects in zip(
            known, pool.map(lambda kind: _list(api, served[kind.group], kind), known), strict=True
        ):
            if isinstance(objects, str):
                found.refused[kind] = objects
            else:
                found.objects += objects
    return found


def _list(api: Api, version: str, kind: Kind) -> list[Object] | str:
    path = api.collection(version, kind.name)
    if path is None:
        return []
    try:
        return api.list(path)
    except Refused as error:
        if error.status in (http.HTTPStatus.FORBIDDEN, http.HTTPStatus.UNAUTHORIZED):
            return str(error)
        raise
