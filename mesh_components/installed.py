"""Definitions that a cluster has from somebody else: the Gateway API's, which platforms and other installers bring."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

GATEWAY_API_VERSION = "gateway.networking.k8s.io/bundle-version"
"""Annotation with the release that a definition of the Gateway API is of."""

SECONDS = 10
"""How long one answer may take."""


class UnreachableError(Exception):
    """The cluster could not be asked; the message says why."""


@dataclass(frozen=True)
class Installed:
    """A definition of the Gateway API on a cluster, from somebody else."""

    name: str
    version: str
    """Release of the Gateway API, such as ``v1.4.1``; empty: it does not say."""
    managers: tuple[str, ...]
    """Who wrote it, by field manager."""


def is_gateway_api(item: Mapping[str, Any]) -> bool:
    """Say whether an object is a definition of the Gateway API."""
    annotations = item["metadata"].get("annotations") or {}
    return item.get("kind") == "CustomResourceDefinition" and GATEWAY_API_VERSION in annotations


def managers(item: Mapping[str, Any]) -> tuple[str, ...]:
    """Return who wrote an object's content, by field manager, each once. Who only writes its status does not count."""
    entries = item["metadata"].get("managedFields") or []
    return tuple(dict.fromkeys(str(entry.get("manager", "")) for entry in entries if not entry.get("subresource")))


def foreign_definitions(names: Iterable[str], manager: str, kubeconfig: str = "", context: str = "") -> list[Installed]:
    """Return those of the definitions that the cluster has and ``manager`` has never written.

    :param kubeconfig: a file, or its content; empty: ``KUBECONFIG``, or the user's own
    :param context: a context in it; empty: the current one
    :raises UnreachableError: when there is no cluster to ask
    """
    # Loading the client takes longer than planning a mesh, and few meshes need it.
    from kubernetes import client
    from kubernetes import config as configuration
    from urllib3.exceptions import HTTPError

    try:
        with tempfile.TemporaryDirectory() as folder:
            connection = configuration.new_client_from_config(_file(kubeconfig, Path(folder)), context or None)
        definitions = client.ApiextensionsV1Api(connection)
        found = []
        for name in names:
            try:
                answer = definitions.read_custom_resource_definition(
                    name, _preload_content=False, _request_timeout=SECONDS
                )
            except client.ApiException as error:
                if error.status == 404:
                    continue
                raise
            item = json.loads(answer.data)
            if manager not in managers(item):
                version = (item["metadata"].get("annotations") or {}).get(GATEWAY_API_VERSION, "")
                found.append(Installed(name, version, managers(item)))
    except (configuration.ConfigException, client.ApiException, HTTPError, OSError, ValueError) as error:
        raise UnreachableError(str(getattr(error, "reason", None) or error)) from error
    return found


def _file(kubeconfig: str, folder: Path) -> str | None:
    if not kubeconfig:
        return os.environ.get("KUBECONFIG") or None
    if "\n" not in kubeconfig and not kubeconfig.lstrip().startswith("{"):
        return str(Path(kubeconfig).expanduser())
    file = folder / "kubeconfig"
    file.touch(mode=0o600)
    file.write_text(kubeconfig, encoding="utf-8")
    return str(file)
