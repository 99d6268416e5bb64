"""`istioctl validate` as oracle: Istio's protobuf types and the checks of istiod's webhook, without schemas."""

import json
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from local_cluster import toolchain

_ERROR = re.compile(r"^\s*(?:\d+ errors? occurred:\s*)?\* \w+/[^/]*/m(\d{6})x:", re.MULTILINE)
_UNREADABLE = re.compile(r"failed to decode file \S*/m(\d{6})x\.json")
_WARNING = re.compile(r"^\"\S*/m(\d{6})x\.json\" has warnings", re.MULTILINE)
_BATCH = 2000


def verdicts(objects: Sequence[dict[str, Any]], folder: Path) -> list[tuple[bool, bool]]:
    """Whether it refuses each object, and whether it warns of it."""
    found: list[tuple[bool, bool]] = []
    for start in range(0, len(objects), _BATCH):
        batch = objects[start : start + _BATCH]
        place = folder / f"{start:06}"
        place.mkdir(parents=True)
        for index, item in enumerate(batch):
            named = {**item, "metadata": {**item["metadata"], "name": f"m{index:06}x"}}
            (place / f"m{index:06}x.json").write_text(json.dumps(named))
        output = run(place)
        warnings, _, errors = output.partition("\nError: ")
        refused = {int(number) for pattern in (_ERROR, _UNREADABLE) for number in pattern.findall(errors)}
        warned = {int(number) for number in _WARNING.findall(warnings)}
        found += [(index in refused, index in warned) for index in range(len(batch))]
    return found


def run(path: Path) -> str:
    """What it prints about files."""
    done = subprocess.run(
        [toolchain.ensure("istioctl"), "validate", "-f", path], capture_output=True, text=True, check=False, timeout=300
    )
    return f"{done.stdout}\n{done.stderr}"
