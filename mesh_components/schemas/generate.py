"""Writes the schemas of one version of Istio, or of the Gateway API, from the folder of its Go module.

    python -m mesh_components.schemas.generate <folder> [--version v1.31.0] [--check]

The folder is what ``go mod download -json istio.io/api@<version>`` or ``… sigs.k8s.io/gateway-api@<version>`` names;
``make schemas`` does it for all of them. ``--check`` writes nothing and fails when the stored files differ from what
would be written.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from pathlib import Path
from typing import Any

import yaml

from . import CHANNELS, FOLDER, GATEWAY_API
from .protobuf import parse

ISTIO = "istio.io/api"
GATEWAY_API_MODULE = "sigs.k8s.io/gateway-api"
CHANNEL_FOLDER = Path("config/crd")
"""Where the Gateway API's module has a folder of definitions for each release channel."""
ANNOTATIONS = Path("annotation/annotations.yaml")
CRDS = Path("kubernetes/customresourcedefinitions.gen.yaml")
PROTOS = tuple(Path("mesh/v1alpha1") / f"{name}.proto" for name in ("config", "network", "proxy"))

GATEWAY_API_ANNOTATIONS = (
    "api-approved.kubernetes.io",
    "gateway.networking.k8s.io/bundle-version",
    "gateway.networking.k8s.io/channel",
)
"""Annotations that the API server demands for a group of Kubernetes' own, and by which installers know each other."""

NO_DEFINITION = ("kustomization.yaml",)
"""Files beside the definitions."""

_SCHEMA_MAPS = ("properties", "patternProperties", "definitions")


class WrongFolderError(Exception):
    """The folder given is none of the modules."""


def without_prose(schema: Any) -> Any:
    """Return ``schema`` (a JSON schema, or anything that holds some) without descriptions.

    A property that is itself called ``description`` stays.
    """
    if isinstance(schema, list):
        return [without_prose(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: {name: without_prose(item) for name, item in value.items()}
        if key in _SCHEMA_MAPS and isinstance(value, dict)
        else without_prose(value)
        for key, value in schema.items()
        if not (key == "description" and isinstance(value, str))
    }


def definitions(text: str, annotations: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Return the custom resource definitions in the YAML ``text``, by name, without prose and provenance.

    ``annotations``: those to keep.
    """
    documents = yaml.load_all(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    found = [
        {
            "apiVersion": document["apiVersion"],
            "kind": document["kind"],
            "metadata": _metadata(document["metadata"], annotations),
            "spec": without_prose(document["spec"]),
        }
        for document in documents
        if document and document["kind"] == "CustomResourceDefinition"
    ]
    return sorted(found, key=lambda definition: str(definition["metadata"]["name"]))


def _metadata(given: dict[str, Any], annotations: tuple[str, ...]) -> dict[str, Any]:
    kept = {key: given["annotations"][key] for key in annotations}
    return {"name": given["name"], **({"annotations": kept} if kept else {})}


def annotation_table(text: str) -> dict[str, dict[str, Any]]:
    """Return the annotations in the YAML ``text`` by name; without a status one is alpha, as in the module's code."""
    found = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))["annotations"]
    return {
        entry["name"]: {
            "resources": entry["resources"],
            "status": entry.get("featureStatus", "Alpha"),
            **{flag: True for flag in ("deprecated", "hidden") if entry[flag]},
        }
        for entry in sorted(found, key=lambda entry: str(entry["name"]))
    }


def files(folder: Path, version: str) -> dict[Path, str]:
    """Return the files to write, path to content, for the module in ``folder`` at ``version``."""
    if (folder / CHANNEL_FOLDER).is_dir():
        return _gateway_api_files(folder, version)
    sources = {}
    for path in (ANNOTATIONS, CRDS, *PROTOS):
        if not (folder / path).is_file():
            raise WrongFolderError(
                f"{folder} is neither the Go module {ISTIO}, which has {path}, nor {GATEWAY_API_MODULE}"
            )
        sources[path.as_posix()] = (folder / path).read_text(encoding="utf-8")
    crds = definitions(sources[CRDS.as_posix()])
    target = FOLDER / minor(version)
    return {
        target / "annotations.json": _json(annotation_table(sources[ANNOTATIONS.as_posix()])),
        target / "crds.json": _json(crds),
        target / "meshconfig.json": _json(parse(*(sources[path.as_posix()] for path in PROTOS))),
        target / "source.json": _source(ISTIO, version, sources),
    }


def _gateway_api_files(folder: Path, version: str) -> dict[Path, str]:
    target = FOLDER / GATEWAY_API / minor(version)
    found: dict[Path, str] = {}
    sources: dict[str, str] = {}
    for channel in CHANNELS:
        paths = [
            path
            for path in sorted((folder / CHANNEL_FOLDER / channel).glob("*.yaml"))
            if path.name not in NO_DEFINITION
        ]
        texts = {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in paths}
        crds = [crd for text in texts.values() for crd in definitions(text, GATEWAY_API_ANNOTATIONS)]
        found[target / f"{channel}.json"] = _json(crds)
        sources |= texts
    return {**found, target / "source.json": _source(GATEWAY_API_MODULE, version, sources)}


def _source(module: str, version: str, texts: dict[str, str]) -> str:
    digests = {path: hashlib.sha256(text.encode()).hexdigest() for path, text in texts.items()}
    return json.dumps({"module": module, "version": version, "sha256": digests}, indent=2) + "\n"


def _json(value: Any) -> str:
    """Render one object or message a line: small, and still readable as a diff."""
    compact: dict[str, Any] = {"separators": (",", ":"), "ensure_ascii": False}
    if isinstance(value, list):
        return "[\n" + ",\n".join(json.dumps(item, **compact) for item in value) + "\n]\n"
    return (
        "{\n" + ",\n".join(f"{json.dumps(key)}:{json.dumps(item, **compact)}" for key, item in value.items()) + "\n}\n"
    )


def stale(folder: Path, version: str) -> list[str]:
    """Return the stored files that differ from what the module in ``folder`` at ``version`` gives."""
    return [
        str(path)
        for path, content in files(folder, version).items()
        if not path.is_file() or path.read_text(encoding="utf-8") != content
    ]


def minor(version: str) -> str:
    """Return the minor version of ``v1.31.0``: ``1.31``."""
    match = re.fullmatch(r"v?(\d+\.\d+)\.\d+.*", version)
    if not match:
        raise WrongFolderError(f"{version!r} is not a module version; it looks like v1.31.0")
    return match.group(1)


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m mesh_components.schemas.generate", description=__doc__)
    parser.add_argument("folder", type=Path, help=f"folder of the Go module {ISTIO} or {GATEWAY_API_MODULE}")
    parser.add_argument("--version", help="version of the module; default: the end of the folder's name")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a stored file is stale")
    options = parser.parse_args(arguments)
    version = options.version or options.folder.resolve().name.partition("@")[2]
    try:
        if options.check:
            changed = stale(options.folder, version)
            for file in changed:
                print(f"stale: {file}; write it again without --check", file=sys.stderr)
            return 1 if changed else 0
        contents = files(options.folder, version)
    except WrongFolderError as problem:
        print(problem, file=sys.stderr)
        return 2
    for path, content in contents.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        print(f"{path}: {len(content)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
