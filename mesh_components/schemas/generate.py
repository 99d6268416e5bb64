"""Writes the schemas of one Istio version from the folder of its API module.

    python -m mesh_components.schemas.generate <folder of istio.io/api> [--version v1.31.0] [--check]

The folder is what ``go mod download -json istio.io/api@<version>`` names. ``--check`` writes nothing and fails when
the stored files differ from what would be written.
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

from . import FOLDER
from .protobuf import parse

MODULE = "istio.io/api"
ANNOTATIONS = Path("annotation/annotations.yaml")
CRDS = Path("kubernetes/customresourcedefinitions.gen.yaml")
PROTOS = tuple(Path("mesh/v1alpha1") / f"{name}.proto" for name in ("config", "network", "proxy"))

_SCHEMA_MAPS = ("properties", "patternProperties", "definitions")


class WrongFolderError(Exception):
    """The folder given is not the API module."""


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


def definitions(text: str) -> list[dict[str, Any]]:
    """Return the custom resource definitions in the YAML ``text``, by name, without prose and provenance."""
    documents = yaml.load_all(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    found = [
        {**document, "metadata": {"name": document["metadata"]["name"]}, "spec": without_prose(document["spec"])}
        for document in documents
        if document
    ]
    return sorted(found, key=lambda definition: str(definition["metadata"]["name"]))


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


def files(folder: Path, version: str) -> dict[str, str]:
    """Return the files to write, name to content, for the API module in ``folder`` at ``version``."""
    sources = {}
    for path in (ANNOTATIONS, CRDS, *PROTOS):
        if not (folder / path).is_file():
            raise WrongFolderError(f"{folder} is not the Go module {MODULE}: it has no {path}")
        sources[path.as_posix()] = (folder / path).read_text(encoding="utf-8")
    crds = definitions(sources[CRDS.as_posix()])
    digests = {path: hashlib.sha256(text.encode()).hexdigest() for path, text in sources.items()}
    return {
        "annotations.json": _json(annotation_table(sources[ANNOTATIONS.as_posix()])),
        "crds.json": _json(crds),
        "meshconfig.json": _json(parse(*(sources[path.as_posix()] for path in PROTOS))),
        "source.json": json.dumps({"module": MODULE, "version": version, "sha256": digests}, indent=2) + "\n",
    }


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
    target = FOLDER / minor(version)
    return [
        str(target / name)
        for name, content in files(folder, version).items()
        if not (target / name).is_file() or (target / name).read_text(encoding="utf-8") != content
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
    parser.add_argument("folder", type=Path, help=f"folder of the Go module {MODULE}")
    parser.add_argument("--version", help="version of the module; default: the end of the folder's name")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a stored file is stale")
    options = parser.parse_args(arguments)
    version = options.version or options.folder.resolve().name.partition("@")[2]
    try:
        if options.check:
            changed = stale(options.folder, version)
            for path in changed:
                print(f"stale: {path}; write it again without --check", file=sys.stderr)
            return 1 if changed else 0
        target = FOLDER / minor(version)
        contents = files(options.folder, version)
    except WrongFolderError as problem:
        print(problem, file=sys.stderr)
        return 2
    target.mkdir(exist_ok=True)
    for name, content in contents.items():
        (target / name).write_text(content, encoding="utf-8")
        print(f"{target / name}: {len(content)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
