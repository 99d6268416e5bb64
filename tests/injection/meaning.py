"""Injected objects compared as meaning: all that Kubernetes and the proxy tell apart, and nothing else."""

import difflib
import json
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

_JSON_VARIABLES = {"PROXY_CONFIG", "ISTIO_META_POD_PORTS"}
"""Variables whose content is JSON: spaces and line breaks in it mean nothing (protojson even varies them by chance)."""

_JSON_ANNOTATIONS = {"sidecar.istio.io/status", "proxy.istio.io/overrides"}

_BOOTSTRAP = "/var/lib/grpc/data/bootstrap.json"


def normalized(node: Any) -> Any:
    """An object in a form in which equal meaning is equality."""
    match node:
        case {"name": str(name), "value": str(content)} if name in _JSON_VARIABLES:
            return {**node, "value": json.loads(content)}
        case {"name": "grpc-bootstrap-init", "command": ["sh", "-c", script], "env": env}:
            return {
                **{k: v for k, v in node.items() if k not in ("command", "env")},
                "bootstrap": _bootstrap(script, env),
            }
        case Mapping():
            return {
                key: json.loads(value) if key in _JSON_ANNOTATIONS else normalized(value) for key, value in node.items()
            }
        case list():
            return [normalized(item) for item in node]
    return node


def _bootstrap(script: str, env: list[dict[str, Any]]) -> Any:
    """What the init container of `grpc-simple` does: the variables it wants, and the file that it makes of them.

    A space in the address of istiod is not counted: it comes from the line break that upstream's template has after
    istiod's namespace, and an address with it does not work.
    """
    contents = {variable["name"]: variable.get("value", f"<{variable['name']}>").strip() for variable in env}
    fields = {variable["name"]: variable.get("valueFrom") for variable in env}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "bootstrap.json"
        subprocess.run(["sh", "-c", script.replace(_BOOTSTRAP, str(file))], env=contents, check=True)
        return {"variables": fields, "file": json.loads(file.read_text())}


def difference(want: Any, got: Any) -> str:
    """The difference of two lists of objects, line by line; empty where they mean the same."""
    sides = [normalized(side) for side in (want, got)]
    if sides[0] == sides[1]:
        return ""
    upstream, ours = (yaml.safe_dump(side, width=200).splitlines() for side in sides)
    return "\n".join(difflib.unified_diff(upstream, ours, "upstream", "ours", lineterm="", n=6))
