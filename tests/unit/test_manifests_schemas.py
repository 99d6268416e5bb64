"""The generated schemas, their generator, and whether they are stale."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from local_cluster import toolchain
from local_cluster.toolchain.table import ISTIO_MODULES, MODULES
from mesh_components import schemas
from mesh_components.schemas import generate
from mesh_components.schemas.protobuf import parse
from mesh_components.settings import VERSIONS

PROTO = """
syntax = "proto3";
package istio.test;
import "google/protobuf/duration.proto";
option go_package = "x";

// A comment with message Not { string seen = 1; }
message Outer {
  /* and
     another */
  message Inner { bool on = 1; }
  enum Mode { reserved 3; OFF = 0; ON = 1 [deprecated = true]; }
  string plain_name = 1; // "quoted // text"
  Inner inner = 2 [deprecated = true];
  repeated Inner many_of_them = 3;
  map<string, Mode> modes = 4;
  google.protobuf.Duration wait = 5;
  oneof choice {
    int32 number = 6;
    other.Package.Thing thing = 7;
  }
  reserved 8 to 10;
  string spelled = 11 [json_name = "SpelledOut", (option) = { a: "}" }];
  Later later = 12;
}
enum Later { FIRST = 0; }
"""

ANNOTATIONS = """
annotations:
  - {name: b.istio.io/old, description: prose, deprecated: true, hidden: true, resources: [Pod]}
  - {name: a.istio.io/new, featureStatus: Beta, description: prose, deprecated: false, hidden: false, resources: [Any]}
"""


def test_names_and_types_are_read_from_protobuf() -> None:
    assert parse(PROTO) == {
        "Later": ["FIRST"],
        "Outer": {
            "SpelledOut": "string",
            "inner": "Outer.Inner",
            "later": "Later",
            "manyOfThem": ["list", "Outer.Inner"],
            "modes": ["map", "Outer.Mode"],
            "number": "int",
            "plainName": "string",
            "thing": "any",
            "wait": "duration",
        },
        "Outer.Inner": {"on": "bool"},
        "Outer.Mode": ["OFF", "ON"],
    }


def test_prose_goes_and_a_property_called_description_stays() -> None:
    schema = {
        "description": "prose",
        "properties": {
            "description": {"type": "string", "description": "prose"},
            "properties": {"properties": {"a": {"description": "prose"}}},
        },
        "items": [{"description": "prose", "type": "object"}],
    }
    assert generate.without_prose(schema) == {
        "properties": {"description": {"type": "string"}, "properties": {"properties": {"a": {}}}},
        "items": [{"type": "object"}],
    }


@pytest.mark.parametrize("version", {version.schemas for version in VERSIONS.values()})
def test_every_supported_version_has_schemas(version: str) -> None:
    assert version in schemas.versions()
    names = [crd["metadata"]["name"] for crd in schemas.crds(version)]
    assert len(names) == len(set(names)) > 10
    assert {"virtualservices.networking.istio.io", "peerauthentications.security.istio.io"} <= set(names)
    assert {"accessLogFile", "defaultConfig", "trustDomain"} <= schemas.mesh_config(version)["MeshConfig"].keys()
    assert {"concurrency", "proxyMetadata"} <= schemas.mesh_config(version)["ProxyConfig"].keys()


def test_annotations_are_those_of_the_module() -> None:
    table = schemas.known_annotations("1.31")
    assert table["sidecar.istio.io/inject"] == {"resources": ["Pod"], "status": "Beta", "deprecated": True}
    assert table["galley.istio.io/analyze-suppress"]["resources"] == ["Any"]
    source = (toolchain.module_dir("istio-api") / "annotation/annotations.gen.go").read_text()
    assert sorted(table) == sorted(re.findall(r'Name: +"([^"]+)"', source))


def _strings(schema: Any) -> list[str]:
    if isinstance(schema, dict):
        return [key for key, value in schema.items() if isinstance(value, str)] + [
            found for value in schema.values() for found in _strings(value)
        ]
    return [found for item in schema for found in _strings(item)] if isinstance(schema, list) else []


def test_definitions_hold_no_prose_and_no_provenance() -> None:
    for crd in schemas.crds("1.31"):
        assert set(crd["metadata"]) == {"name"}
        assert "description" not in _strings(crd["spec"])


def test_definitions_are_fresh_each_time() -> None:
    schemas.crds("1.31")[0]["spec"].clear()
    assert schemas.crds("1.31")[0]["spec"]


def test_every_type_of_the_mesh_config_is_known() -> None:
    messages = schemas.mesh_config("1.31")
    scalars = {"string", "bool", "int", "float", "duration", "object", "any"}

    def named(kind: Any) -> str:
        return named(kind[1]) if isinstance(kind, list) else str(kind)

    kinds = {named(kind) for fields in messages.values() if isinstance(fields, dict) for kind in fields.values()}
    assert kinds <= scalars | messages.keys()


@pytest.fixture
def module(tmp_path: Path) -> Path:
    """A folder that looks like the API module."""
    folder = tmp_path / "api@v1.31.7"
    for path in (generate.CRDS, *generate.PROTOS):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("" if path == generate.CRDS else PROTO, encoding="utf-8")
    definition = {
        "apiVersion": "v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "a.b", "labels": {"x": "y"}},
        "spec": {},
    }
    (folder / generate.CRDS).write_text(yaml.safe_dump(definition), encoding="utf-8")
    (folder / generate.ANNOTATIONS).parent.mkdir()
    (folder / generate.ANNOTATIONS).write_text(ANNOTATIONS, encoding="utf-8")
    return folder


def test_files_are_written_and_checked(module: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate, "FOLDER", tmp_path / "out")
    (tmp_path / "out").mkdir()
    assert generate.main([str(module), "--check"]) == 1
    assert generate.main([str(module)]) == 0
    assert generate.main([str(module), "--check"]) == 0
    target = tmp_path / "out" / "1.31"
    crds = json.loads((target / "crds.json").read_text())
    assert crds == [{"apiVersion": "v1", "kind": "CustomResourceDefinition", "metadata": {"name": "a.b"}, "spec": {}}]
    assert json.loads((target / "annotations.json").read_text()) == {
        "a.istio.io/new": {"resources": ["Any"], "status": "Beta"},
        "b.istio.io/old": {"resources": ["Pod"], "status": "Alpha", "deprecated": True, "hidden": True},
    }
    assert json.loads((target / "source.json").read_text())["version"] == "v1.31.7"
    (module / generate.PROTOS[0]).write_text("message New {}", encoding="utf-8")
    assert generate.main([str(module), "--check"]) == 1


def test_another_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main([str(tmp_path), "--version", "v1.31.0"]) == 2
    assert "is neither the Go module istio.io/api" in capsys.readouterr().err


def test_a_folder_without_version_is_refused(module: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main([str(module), "--version", "main"]) == 2
    assert "'main' is not a module version" in capsys.readouterr().err


def _module(name: str, minor: str) -> Path:
    """The folder of a module at a minor version; the one without a suffix belongs to the default Istio."""
    return toolchain.module_dir(f"{name}-{minor}" if f"{name}-{minor}" in MODULES else name)


@pytest.mark.tools
@pytest.mark.parametrize("minor", schemas.versions())
def test_the_schemas_are_what_the_module_gives(minor: str) -> None:
    assert generate.stale(_module("istio-api", minor), schemas.source(minor)["version"]) == []


@pytest.mark.tools
@pytest.mark.parametrize("minor", schemas.gateway_api_versions())
def test_the_gateway_api_is_what_the_module_gives(minor: str) -> None:
    origin = schemas.source(f"{schemas.GATEWAY_API}/{minor}")
    assert generate.stale(_module("gateway-api", minor), origin["version"]) == []


@pytest.mark.tools
@pytest.mark.parametrize("version", [version for version in VERSIONS if version in ISTIO_MODULES])
def test_each_istio_has_the_gateway_api_that_it_is_built_with(version: str) -> None:
    minor = VERSIONS[version].schemas
    required = (_module("istio", minor) / "go.mod").read_text()
    found = re.search(r"sigs.k8s.io/gateway-api (v[\d.]+)$", required, re.MULTILINE)
    assert found
    assert schemas.source(f"{schemas.GATEWAY_API}/{VERSIONS[version].gateway_api}")["version"] == found[1]


def test_every_supported_version_has_schemas_of_its_own() -> None:
    assert {row.schemas: f"v{name}" for name, row in VERSIONS.items()} == {
        minor: schemas.source(minor)["version"] for minor in schemas.versions()
    }
