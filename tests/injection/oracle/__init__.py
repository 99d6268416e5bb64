"""istiod's own template engine, for the templates that its gateway controller renders (`main.go`)."""

import hashlib
import json
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from local_cluster.toolchain import ToolError, cache, default_progress, golang
from local_cluster.toolchain.table import ISTIO_MODULES
from mesh_components.settings import VERSIONS

from .. import versions
from ..istioctl import loaded

_FOLDER = Path(__file__).parent
_CONTROLLER = "pilot/pkg/config/kube/gatewaycommon"
_OLDER_CONTROLLER = "pilot/pkg/config/kube/gateway"
"""Where the gateway controller was before there were several."""


def render(version: str, requests: Sequence[dict[str, Any]]) -> list[list[Any]]:
    """Renders templates; gives the objects of each.

    Args:
        version: of Istio.
        requests: as `main.go` wants them: Template, Input, Values, Mesh.

    Raises:
        RuntimeError: a template could not be rendered.
    """
    done = subprocess.run([_program(version)], input=json.dumps(requests), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    rendered = []
    for result in json.loads(done.stdout):
        if result["Error"]:
            raise RuntimeError(result["Error"])
        rendered.append(loaded(result["Text"]))
    return rendered


def _sources(version: str) -> dict[str, str]:
    """The program's files by name: those that fit the version, and its modules (the same that the toolchain builds
    Istio from, so that Go's build cache has most of them)."""
    modules = golang.SOURCES / ISTIO_MODULES[version]
    files = [_FOLDER / "main.go", modules / "go.mod", modules / "go.sum"]
    if "agentgateway" in VERSIONS[version].injection.templates:
        files.append(_FOLDER / "agentgateway.go")
    sources = {file.name: file.read_text() for file in files}
    # Nothing of a replaced module is built. An empty one in its place keeps its requirements out, which would change
    # the versions of other modules, and so make Go build nearly all of Istio again.
    for module in re.findall(r"^replace (\S+) => ", sources["go.mod"], re.MULTILINE):
        sources["go.mod"] = re.sub(rf"(replace {module} => ).*", r"\1./empty", sources["go.mod"])
        sources["empty/go.mod"] = f"module {module}\n"
    if not (versions.source(version) / _CONTROLLER).is_dir():
        sources["main.go"] = sources["main.go"].replace(_CONTROLLER, _OLDER_CONTROLLER)
    return sources


def _program(version: str) -> Path:
    sources = _sources(version)
    digest = hashlib.sha256(json.dumps(sources, sort_keys=True).encode()).hexdigest()[:12]

    def build(folder: Path) -> None:
        for name, text in sources.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text)
        go = golang.find_go(ISTIO_MODULES[version], default_progress())
        # The committed go.mod names Istio alone: Go adds here what Istio's own go.mod says.
        environment = {**golang.environment(""), "GOFLAGS": "-mod=mod -buildvcs=false"}
        command = [str(go), "build", "-trimpath", "-ldflags", "-s -w", "-o", "oracle", "."]
        built = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        if built.returncode:
            raise ToolError(f"the injection tests' oracle could not be built: {built.stderr}")

    return cache.entry("tests", f"injection-oracle-{digest}", build) / "oracle"
