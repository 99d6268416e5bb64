"""A stack's file, and its working copy: the file in the checkout with the local cluster's overlay merged in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

import local_cluster

from .project import ProjectError

if TYPE_CHECKING:
    from local_cluster.cluster import Cluster

OVERLAY = Path(local_cluster.__file__).parent / "overlay.yaml"
"""What the node on this machine needs in every stack."""

HEADER = "# Made by `make up` from {source}, each time anew; edit that file, not this copy.\n"
KEPT = ("encryptionsalt", "secretsprovider", "encryptedkey")
"""Keys that pulumi itself writes into a stack's file and needs again in the next run."""


def shown(path: Path) -> str:
    """Return how a stack's file is named in messages."""
    return f"{path.parent.name}/{path.name}"


def read_text(path: Path) -> str:
    """Return a stack file's text.

    :raises ProjectError: when it cannot be read
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ProjectError(f"cannot read {shown(path)}: {error}") from error


def parsed(text: str, path: Path) -> dict[str, Any]:
    """Return what a stack file's text says.

    :raises ProjectError: where it is no YAML, or not made as Pulumi's stack files are
    """
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ProjectError(f"{shown(path)} is not YAML: {' '.join(str(error).split())}") from error
    for place, value in (
        ("it", content),
        ("its `config`", content.get("config") if isinstance(content, dict) else None),
    ):
        if value is not None and not isinstance(value, dict):
            kind = type(value).__name__
            raise ProjectError(
                f"{shown(path)}: {place} has to be a map, not a {kind}: `config:`, and below it `mesh:<setting>:`"
            )
    found: dict[str, Any] = content or {}
    odd = [str(key) for key in found.get("config") or {} if not isinstance(key, str) or ":" not in key]
    if odd:
        raise ProjectError(
            f"{shown(path)}: {', '.join(odd)}: a key of `config` is <project>:<setting>, such as mesh:profile"
        )
    return found


def merged(below: Any, above: Any) -> Any:
    """Return ``above`` laid over ``below``: mappings key by key, everything else (lists too) replaced."""
    if isinstance(below, Mapping) and isinstance(above, Mapping):
        return {key: merged(below.get(key), value) if key in below else value for key, value in above.items()} | {
            key: value for key, value in below.items() if key not in above
        }
    return above


def overlay_for(cluster: Cluster) -> Path | None:
    """Return the file with what a cluster needs in every stack, if it needs anything."""
    return OVERLAY if cluster.kind == "node" else None


def working_content(source: Path, context: str, overlay: Path | None) -> dict[str, Any]:
    """Return what a stack's file says for one cluster.

    :raises ProjectError: when it cannot be read, or is not made as Pulumi's stack files are
    """
    content = merged(parsed(read_text(source), source), {"config": {"kubernetes:context": context}})
    found: dict[str, Any] = merged(content, yaml.safe_load(overlay.read_text())) if overlay else content
    return found


def write_working_copy(source: Path, copy: Path, context: str, overlay: Path | None) -> None:
    """Write ``copy`` from a stack's file, for one cluster; what pulumi added to the copy stays.

    :param context: the cluster's kubeconfig context
    :param overlay: file with what the cluster cannot do without; it wins over the stack's file
    """
    content = working_content(source, context, overlay)
    earlier = yaml.safe_load(copy.read_text()) if copy.exists() else {}
    content |= {key: earlier[key] for key in KEPT if key in earlier}
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_text(HEADER.format(source=f"stacks/{source.name}") + yaml.safe_dump(content, sort_keys=False))
