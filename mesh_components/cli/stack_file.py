"""The working copy of a stack's file: the file in the checkout, with the local cluster's overlay merged in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

HEADER = "# Made by `make up` from {source}, each time anew; edit that file, not this copy.\n"
KEPT = ("encryptionsalt", "secretsprovider", "encryptedkey")
"""Keys that pulumi itself writes into a stack's file and needs again in the next run."""


def merged(below: Any, above: Any) -> Any:
    """Return ``above`` laid over ``below``: mappings key by key, everything else (lists too) replaced."""
    if isinstance(below, Mapping) and isinstance(above, Mapping):
        return {key: merged(below.get(key), value) if key in below else value for key, value in above.items()} | {
            key: value for key, value in below.items() if key not in above
        }
    return above


def write_working_copy(source: Path, copy: Path, context: str, overlay: Path | None) -> None:
    """Write ``copy`` from a stack's file, for one cluster; what pulumi added to the copy stays.

    :param context: the cluster's kubeconfig context
    :param overlay: file with what the cluster cannot do without; it wins over the stack's file
    """
    content = merged(yaml.safe_load(source.read_text()) or {}, {"config": {"kubernetes:context": context}})
    if overlay:
        content = merged(content, yaml.safe_load(overlay.read_text()))
    earlier = yaml.safe_load(copy.read_text()) if copy.exists() else {}
    content |= {key: earlier[key] for key in KEPT if key in earlier}
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_text(HEADER.format(source=f"stacks/{source.name}") + yaml.safe_dump(content, sort_keys=False))
