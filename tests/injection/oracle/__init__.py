"""istiod's own template engine, for the templates that its gateway controller renders (`main.go`)."""

import hashlib
import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from local_cluster.toolchain import ToolError, cache, default_progress, golang

from ..istioctl import loaded

_MAIN = Path(__file__).with_name("main.go")
_MODULES = golang.SOURCES / "istio"
"""The modules of the toolchain's Istio: the same version, and Go's build cache has most of it."""


def render(requests: Sequence[dict[str, Any]]) -> list[list[Any]]:
    """Renders templates; gives the objects of each.

    Args:
        requests: as `main.go` wants them: Template, Input, Values, Mesh.

    Raises:
        RuntimeError: a template could not be rendered.
    """
    done = subprocess.run([_program()], input=json.dumps(requests), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    rendered = []
    for result in json.loads(done.stdout):
        if result["Error"]:
            raise RuntimeError(result["Error"])
        rendered.append(loaded(result["Text"]))
    return rendered


def _program() -> Path:
    sources = [_MAIN, _MODULES / "go.mod", _MODULES / "go.sum"]
    digest = hashlib.sha256(b"\0".join(source.read_bytes() for source in sources)).hexdigest()[:12]

    def build(folder: Path) -> None:
        for source in sources:
            shutil.copy(source, folder)
        go = golang.find_go("istio", default_progress())
        # The committed go.mod names Istio alone: Go adds here what Istio's own go.mod says.
        environment = {**golang.environment(""), "GOFLAGS": "-mod=mod -buildvcs=false"}
        command = [str(go), "build", "-trimpath", "-ldflags", "-s -w", "-o", "oracle", "."]
        built = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        if built.returncode:
            raise ToolError(f"the injection tests' oracle could not be built: {built.stderr}")

    return cache.entry("tests", f"injection-oracle-{digest}", build) / "oracle"
