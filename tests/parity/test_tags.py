"""Revision tags, against ``istioctl tag`` of the same version.

``istioctl install`` makes the tag ``default`` the same way, after it has applied its manifest
(``operator/pkg/webhook/webhook.go``), so this covers the webhooks that it adds.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from mesh_components.manifests import mesh
from mesh_components.settings import DEFAULT_VERSION, VERSIONS, load

from . import istioctl, matrix
from .cases import TAGS
from .compare import Object, compare, load_deliberate, load_objects, name
from .conftest import DELIBERATE
from .stand_in import StandIn, serving

pytestmark = pytest.mark.tools

TAG = "istio.io/tag"


def tag(command: str, settings: dict[str, Any], called: str, folder: Path) -> tuple[str, StandIn]:
    """Let istioctl tag the revision of ``settings``, installed as we would; return its output and the API server."""
    installed = load(settings)
    with serving(mesh.objects(installed), folder) as (server, kubeconfig):
        call = [str(istioctl.executable(installed.version)), "tag", command, called, "--skip-confirmation"]
        call += ["--revision", installed.revision or "default", "--kubeconfig", str(kubeconfig)]
        call += ["--istioNamespace", installed.istio_namespace]
        done = subprocess.run(call, capture_output=True, text=True, check=False, timeout=120)
    # Setting a tag updates what it deactivates first. Applying takes more of an API server than this one.
    assert done.returncode == 0 or command == "set", done.stderr
    return done.stdout, server


def plain(objects: Iterable[Object]) -> list[Object]:
    """Return ``objects`` without what Go's types print for fields that nobody set."""
    found = list(objects)
    for item in found:
        item.pop("status", None)
        for port in item.get("spec", {}).get("ports", ()):
            if port.get("targetPort") == 0:
                del port["targetPort"]
    return found


AT = [pytest.param(version, id=version, marks=matrix.marks(version)) for version in VERSIONS]


@pytest.mark.parametrize("version", AT)
@pytest.mark.parametrize("case", TAGS)
def test_a_tag_is_what_istioctl_generates(version: str, case: str, tmp_path: Path) -> None:
    called, raw = TAGS[case]
    settings = {**raw, "version": version}
    output, _ = tag("generate", settings, called, tmp_path)
    ours = [
        item
        for item in mesh.objects(load({**settings, "revisionTags": [called]}))
        if TAG in (item["metadata"].get("labels") or {})
    ]
    deliberate = load_deliberate(DELIBERATE)
    result = compare(case, ours, plain(load_objects(output)), version, deliberate)
    assert result.compared
    assert not result.undeclared, str(result)
    if version == DEFAULT_VERSION:
        outdated = [entry for entry in deliberate if entry.case == case and entry not in result.applied]
        assert not outdated, "these no longer apply; take them out of deliberate.yaml"


@pytest.mark.parametrize("version", AT)
def test_the_tag_default_leaves_an_injector_that_takes_no_pod(version: str, tmp_path: Path) -> None:
    _, server = tag("set", {"version": version}, "default", tmp_path)
    planned = mesh.objects(load({"version": version, "revisionTags": ["default"]}))
    (theirs,) = server.updated
    ours = [item for item in planned if name(item) == name(theirs)]
    result = compare("deactivated", ours, [theirs], version)
    assert result.compared
    assert not result.undeclared, str(result)
