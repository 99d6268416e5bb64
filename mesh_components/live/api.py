"""The API server, read as plain data: objects as it stores them, and what it would make of an apply."""

from __future__ import annotations

import http
import json
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

import yaml
from kubernetes import client
from kubernetes import config as kubeconfig
from urllib3.exceptions import HTTPError

Object = dict[str, Any]
"""A Kubernetes object in wire spelling."""

SECONDS = 30
"""How long one answer may take."""

APPLY = "application/apply-patch+yaml"
"""Content type of a server-side apply."""

AUTHENTICATION = ["BearerToken"]
"""The API's only scheme, by the client's name for it; client certificates are part of the connection."""


_UNPRINTABLE = re.compile("[\x7f-\x9f\ufeff\ufffe\uffff]")


class LiveError(Exception):
    """The cluster could not be read; the message says what was asked and what it answered."""


class Refused(LiveError):
    """The API server refused one request."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Api:
    """One cluster.

    :param kubeconfig_file: its kubeconfig
    :param context: the context in it; None: the current one
    """

    def __init__(self, kubeconfig_file: Path, context: str | None = None) -> None:
        try:
            self.client = kubeconfig.new_client_from_config(str(kubeconfig_file), context=context)
        except (kubeconfig.ConfigException, yaml.YAMLError, OSError, ValueError) as error:
            raise LiveError(f"cannot use the kubeconfig {kubeconfig_file}: {error}") from error
        self._resources: dict[str, dict[str, tuple[str, bool]]] = {}
        self._lock = Lock()

    def get(self, path: str, **query: str) -> Object:
        """Return what is at a path.

        :raises Refused: with the server's own message
        :raises LiveError: when it does not answer
        """
        return self.request("GET", path, query)

    def find(self, path: str, **query: str) -> Object | None:
        """Return what is at a path, or None when nothing is."""
        try:
            return self.get(path, **query)
        except Refused as error:
            if error.status == http.HTTPStatus.NOT_FOUND:
                return None
            raise

    def list(self, path: str, **query: str) -> list[Object]:
        """Return the objects of a collection; empty where the cluster does not know the kind."""
        found = self.find(path, **query) or {}
        kind = str(found.get("kind", "")).removesuffix("List")
        # Items of a list come without what they are.
        return [{"apiVersion": found["apiVersion"], "kind": kind, **item} for item in found.get("items") or []]

    def request(self, method: str, path: str, query: Mapping[str, str], body: Any = None, kind: str = "") -> Object:
        """Send one request and return the answer, parsed.

        :param kind: the body's content type
        """
        pairs = list(query.items())
        # A patch to apply is YAML to the server, and YAML has no pairs of escapes for what is beyond 16 bits.
        body = _yaml_of(body) if kind == APPLY else body
        headers = {"Accept": "application/json", **({"Content-Type": kind} if kind else {})}
        try:
            serialized = self.client.param_serialize(
                method, path, query_params=pairs, header_params=headers, body=body, auth_settings=AUTHENTICATION
            )
            answer = self.client.call_api(*serialized, _request_timeout=SECONDS)
            content = answer.read()
        except (HTTPError, OSError, client.ApiException) as error:
            reason = getattr(error, "reason", None) or error
            raise LiveError(f"the cluster at {self.client.configuration.host} does not answer: {reason}") from error
        if answer.status >= http.HTTPStatus.BAD_REQUEST:
            raise Refused(answer.status, message_of(content) or f"{method} {path}: status {answer.status}")
        parsed: Object = json.loads(content)
        return parsed

    @cached_property
    def server_version(self) -> str:
        """The API server's version, such as v1.34.0."""
        return str(self.get("/version")["gitVersion"])

    def path_of(self, item: Mapping[str, Any]) -> str | None:
        """Return where an object is, or None where the cluster does not know its kind."""
        version, metadata = str(item["apiVersion"]), item["metadata"]
        known = self._kinds(version).get(item["kind"])
        if known is None:
            return None
        plural, namespaced = known
        where = f"/namespaces/{metadata.get('namespace', 'default')}" if namespaced else ""
        return f"{_root(version)}{where}/{plural}/{metadata['name']}"

    def collection(self, version: str, kind: str) -> str | None:
        """Return where the objects of a kind are listed, or None where the cluster does not know it."""
        known = self._kinds(version).get(kind)
        return f"{_root(version)}/{known[0]}" if known else None

    def _kinds(self, version: str) -> dict[str, tuple[str, bool]]:
        """Return plural and scope by kind, as the server itself lists them."""
        with self._lock:
            if version not in self._resources:
                listed = (self.find(_root(version)) or {}).get("resources", [])
                self._resources[version] = {
                    entry["kind"]: (entry["name"], bool(entry["namespaced"]))
                    for entry in listed
                    if "/" not in entry["name"]
                }
            return self._resources[version]

    def dry_run(self, path: str, item: Mapping[str, Any], manager: str) -> Object:
        """Return what the object would be after a forced server-side apply by ``manager``; nothing is stored.

        :raises Refused: when the server would not take it
        """
        query = {"fieldManager": manager, "force": "true", "dryRun": "All", "fieldValidation": "Ignore"}
        return self.request("PATCH", path, query, dict(item), APPLY)

    def apply(self, path: str, item: Mapping[str, Any], manager: str) -> Object:
        """Apply an object server-side as ``manager``, whatever others have on record, and return what it is then.

        :raises Refused: when the server does not take it
        """
        return self.request("PATCH", path, {"fieldManager": manager, "force": "true"}, dict(item), APPLY)

    def merge(self, path: str, change: Mapping[str, Any]) -> Object:
        """Change fields of an object (a JSON merge patch) and return what it is then.

        :raises Refused: when the server does not take it; a ``resourceVersion`` in it that is not the latest is a
            conflict
        """
        return self.request("PATCH", path, {}, dict(change), "application/merge-patch+json")

    def delete(self, path: str) -> None:
        """Delete an object, and in the background what it owns; it may be gone already.

        :raises Refused: when the server does not
        """
        try:
            self.request("DELETE", path, {"propagationPolicy": "Background"})
        except Refused as error:
            if error.status != http.HTTPStatus.NOT_FOUND:
                raise


def _yaml_of(body: Any) -> str:
    """Return data as JSON that is YAML, too: escapes for what cannot stand in YAML, and for nothing else."""
    return _UNPRINTABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(body, ensure_ascii=False))


def _root(version: str) -> str:
    return f"/apis/{version}" if "/" in version else f"/api/{version}"


def message_of(content: bytes) -> str:
    """Return the message in an answer of the API server, if it has one."""
    try:
        parsed = json.loads(content)
    except ValueError:
        return content.decode(errors="replace").strip()
    return str(parsed.get("message", "")) if isinstance(parsed, Mapping) else ""


def owners(item: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return an object's controlling owners."""
    return [owner for owner in item["metadata"].get("ownerReferences") or [] if owner.get("controller")]
