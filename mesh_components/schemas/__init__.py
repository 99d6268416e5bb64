"""Istio's own schemas, as data generated from its API module (``python -m mesh_components.schemas.generate``).

One folder for each minor version of Istio:

``annotations.json``
    Istio's annotations by name: the kinds they mean something on (or ``Any``), how far the feature is (``Alpha``,
    ``Beta``, ``Stable``), and whether they are deprecated or hidden.
``crds.json``
    The custom resource definitions, as Kubernetes objects, without prose, and without labels and annotations that say
    who installed them.
``meshconfig.json``
    Names and types of the fields of MeshConfig, ProxyConfig and MeshNetworks.
``source.json``
    The module, its version and the digests of what was read.

The Gateway API's definitions are in ``gateway-api/<minor version>/<channel>.json``, with a ``source.json`` beside.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent

GATEWAY_API = "gateway-api"
"""Folder of the Gateway API's versions."""
CHANNELS = ("standard", "experimental")
"""Release channels of the Gateway API; the second has all of the first, and more."""


def versions() -> list[str]:
    """Return the minor versions of Istio that have schemas, such as ``1.31``."""
    return sorted(path.parent.name for path in FOLDER.glob("*/source.json"))


def gateway_api_versions() -> list[str]:
    """Return the minor versions of the Gateway API that have schemas, such as ``1.6``."""
    return sorted(path.parent.name for path in (FOLDER / GATEWAY_API).glob("*/source.json"))


@cache
def _text(version: str, name: str) -> str:
    return (FOLDER / version / name).read_text(encoding="utf-8")


@cache
def known_annotations(version: str) -> dict[str, dict[str, Any]]:
    """Return the annotations of Istio ``version`` by name, each with resources, status, and deprecated and hidden."""
    found: dict[str, dict[str, Any]] = json.loads(_text(version, "annotations.json"))
    return found


@cache
def shared_crds(version: str) -> Sequence[Mapping[str, Any]]:
    """Return the custom resource definitions of Istio ``version``, read once for all who only read them."""
    return crds(version)


def crds(version: str) -> list[dict[str, Any]]:
    """Return the custom resource definitions of Istio ``version`` (minor, such as ``1.31``), fresh at each call."""
    definitions: list[dict[str, Any]] = json.loads(_text(version, "crds.json"))
    return definitions


def gateway_api_crds(version: str, channel: str) -> list[dict[str, Any]]:
    """Return the Gateway API's definitions at ``version`` (minor, such as ``1.6``) of a release channel, fresh."""
    definitions: list[dict[str, Any]] = json.loads(_text(f"{GATEWAY_API}/{version}", f"{channel}.json"))
    return definitions


@cache
def mesh_config(version: str) -> dict[str, Any]:
    """Return the messages and enums of Istio ``version``'s mesh configuration by name. See ``protobuf.parse``."""
    messages: dict[str, Any] = json.loads(_text(version, "meshconfig.json"))
    return messages


def source(version: str) -> dict[str, Any]:
    """Return where the schemas of Istio ``version`` come from."""
    origin: dict[str, Any] = json.loads(_text(version, "source.json"))
    return origin
