"""Our custom resource definitions in a real API server, beside the ones that Istio ships and the Gateway API's.

One server takes the definitions of every version in turn, as an upgrade does, and as the way back does.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from local_cluster import toolchain
from local_cluster.toolchain.table import MODULES
from mesh_components import schemas
from mesh_components.schemas import generate
from tests.injection import api_server

from .cluster import Server

pytestmark = pytest.mark.tools

Object = dict[str, Any]

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
CASES = "pkg/config/validation/testdata/crds"
"""Istio's own examples of right and wrong objects."""
READ_OTHERWISE = "001:db8::"
"""An address that YAML 1.1, which PyYAML reads, takes for a mapping where Go's reader does not."""
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Definitions:
    """An API server whose definitions change."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._applied = 0
        self.plurals: dict[tuple[str, str], str] = {}

    def apply(self, definitions: Sequence[Object]) -> None:
        """Applies definitions as the provider does, and waits until the server answers by them.

        A printed column of the test's own in each tells from when on.
        """
        self._applied += 1
        marker = f"test-{self._applied}"
        for definition in definitions:
            marked = json.loads(json.dumps(definition))
            for version in marked["spec"]["versions"]:
                version.setdefault("additionalPrinterColumns", []).append(
                    {"name": marker, "type": "string", "jsonPath": ".metadata.name"}
                )
            name = definition["metadata"]["name"]
            status, answer = self._server.send(
                "PATCH",
                f"{DEFINITIONS}/{name}?fieldManager=test&force=true",
                marked,
                content="application/apply-patch+yaml",
            )
            assert status in (200, 201), answer
        for definition in definitions:
            spec = definition["spec"]
            for version in spec["versions"]:
                if version["served"]:
                    path = f"/apis/{spec['group']}/{version['name']}/{spec['names']['plural']}"
                    self.plurals[f"{spec['group']}/{version['name']}", spec["names"]["kind"]] = spec["names"]["plural"]
                    self._until(path, marker)

    def _until(self, path: str, marker: str) -> None:
        deadline = time.monotonic() + 60
        while True:
            status, answer = self._server.send("GET", path, accept="application/json;as=Table;v=v1;g=meta.k8s.io")
            if status == 200 and marker in [column["name"] for column in answer["columnDefinitions"]]:
                return
            assert time.monotonic() < deadline, f"{path} does not show {marker}: {answer}"
            time.sleep(0.05)

    def path(self, item: Object) -> str:
        """Where objects of this one's kind are."""
        namespace = item["metadata"].get("namespace", "default")
        return f"/apis/{item['apiVersion']}/namespaces/{namespace}/{self.plurals[item['apiVersion'], item['kind']]}"

    def verdict(self, item: Object) -> list[str]:
        """Why an object is refused, empty when it is taken. Nothing is stored. The server's order changes."""
        status, answer = self._server.send("POST", f"{self.path(item)}?dryRun=All&fieldValidation=Strict", item)
        return [] if status == 201 else sorted(re.split(r", |\[|\]", f"{status} {answer.get('message', '')}"))

    def store(self, item: Object) -> bool:
        """Creates an object; says whether it was taken."""
        return self._server.send("POST", self.path(item), item)[0] == 201

    def stored(self, item: Object) -> Object | None:
        """The object as it is read back, without what the server keeps for itself."""
        status, answer = self._server.send("GET", f"{self.path(item)}/{item['metadata']['name']}")
        return {"uid": answer["metadata"]["uid"], "spec": answer.get("spec")} if status == 200 else None


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Definitions]:
    with api_server.running(tmp_path_factory.mktemp("definitions")) as kubeconfig:
        yield Definitions(Server(kubeconfig))


def _module(name: str, minor: str) -> Path:
    return toolchain.module_dir(f"{name}-{minor}" if f"{name}-{minor}" in MODULES else name)


def _upstreams(minor: str) -> list[Object]:
    text = (_module("istio-api", minor) / generate.CRDS).read_text()
    return [document for document in yaml.load_all(text, _LOADER) if document]


@cache
def _cases(minor: str) -> tuple[Object, ...]:
    """Istio's examples of a version (the newest's, where that version is no module), each with a name of its own."""
    module = _module("istio", minor)
    found: list[Object] = []
    for path in sorted((module / CASES).glob("*.yaml")):
        for part in path.read_text().replace(READ_OTHERWISE, f'"{READ_OTHERWISE}"').split("\n---"):
            case = yaml.load(part, _LOADER)
            if isinstance(case, dict):
                case.pop("_err", None)
                case["metadata"] = {"name": f"case-{len(found)}", "namespace": "default"}
                found.append(case)
    return tuple(found)


@pytest.mark.parametrize("minor", schemas.versions())
def test_ours_and_istios_take_and_refuse_the_same(server: Definitions, minor: str) -> None:
    server.apply(schemas.crds(minor))
    known = [case for case in _cases(minor) if (case["apiVersion"], case["kind"]) in server.plurals]
    ours = [server.verdict(case) for case in known]
    server.apply(_upstreams(minor))
    istios = [server.verdict(case) for case in known]
    assert ours == istios
    assert sum(not verdict for verdict in ours) > 20
    assert sum(bool(verdict) for verdict in ours) > 20


def test_every_stored_object_outlives_upgrades_and_downgrades(server: Definitions) -> None:
    versions = schemas.versions()
    kept: list[Object] = []
    for minor in versions:
        server.apply(schemas.crds(minor))
        for case in _cases(minor):
            named = {**case, "metadata": {**case["metadata"], "name": f"{case['metadata']['name']}-{minor}"}}
            if (case["apiVersion"], case["kind"]) in server.plurals and server.store(named):
                kept.append(named)
    assert len(kept) > 20 * len(versions)
    before = [server.stored(case) for case in kept]
    assert all(before)
    for minor in reversed(versions):
        server.apply(schemas.crds(minor))
        found = [server.stored(case) for case in kept]
        assert [state and state["uid"] for state in found] == [state and state["uid"] for state in before], minor
    server.apply(schemas.crds(versions[-1]))
    assert [server.stored(case) for case in kept] == before


@pytest.mark.parametrize("channel", schemas.CHANNELS)
@pytest.mark.parametrize("minor", schemas.gateway_api_versions())
def test_the_gateway_api_is_taken(server: Definitions, minor: str, channel: str) -> None:
    server.apply(schemas.gateway_api_crds(minor, channel))
    listener = {"name": "http", "port": 80, "protocol": "HTTP"}
    gateway = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "metadata": {"name": "edge"},
        "spec": {"gatewayClassName": "istio", "listeners": [listener]},
    }
    assert server.verdict(gateway) == []
    refused = server.verdict({**gateway, "spec": {"gatewayClassName": "istio", "listeners": []}})
    assert "spec.listeners" in " ".join(refused)
