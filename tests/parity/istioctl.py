"""The oracle: ``istioctl manifest generate`` of the version under test."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local_cluster import toolchain
from mesh_components.settings import DEFAULT_VERSION, VERSIONS

HAND_MADE = frozenset({"1.30.3"})
"""Versions without a Go module of their own: who has built istioctl from its source says where it is."""


def variable(version: str) -> str:
    """Return the environment variable with the path of a hand-made istioctl of ``version``."""
    return f"MESH_TEST_ISTIOCTL_{version.replace('.', '_')}"


def available(version: str) -> bool:
    """Say whether an istioctl of ``version`` can be had."""
    return version not in HAND_MADE or variable(version) in os.environ


def executable(version: str) -> Path:
    """Return the istioctl of ``version``."""
    if version in HAND_MADE:
        return Path(os.environ[variable(version)])
    return toolchain.ensure("istioctl" if version == DEFAULT_VERSION else f"istioctl-{version}")


def generate(version: str, profile: str, operator: Mapping[str, Any], folder: Path) -> str:
    """Return the objects that istioctl would install, as YAML.

    ``operator``: the spec of an IstioOperator, put over the profile. Hub and tag are those of the release, because an
    istioctl built from its module has none of its own.
    """
    spec = {"hub": VERSIONS[version].hub, "tag": version, **operator, "profile": profile}
    resource = {"apiVersion": "install.istio.io/v1alpha1", "kind": "IstioOperator", "spec": spec}
    file = folder / "operator.json"
    file.write_text(json.dumps(resource), encoding="utf-8")
    command = [str(executable(version)), "manifest", "generate", "-f", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode:
        raise AssertionError(f"{' '.join(command)} failed: {done.stderr}")
    return done.stdout
