"""Injection by the ConfigMaps that we plan for a profile, against those that istioctl installs for it."""

from pathlib import Path

import pytest
import yaml

from mesh_components.manifests import mesh
from mesh_components.settings import VERSIONS, load

from . import istioctl, meaning
from .variations import VARIATIONS

pytestmark = pytest.mark.tools


@pytest.mark.parametrize("profile", ["default", "demo", "minimal"])
def test_profile(profile: str, kubeconfig: Path, tmp_path: Path) -> None:
    release = VERSIONS[istioctl.VERSION]
    hub_and_tag = (f"hub={release.hub}", f"tag={istioctl.VERSION}")
    variation = VARIATIONS["defaults"]
    file = tmp_path / "objects.yaml"
    file.write_text(yaml.safe_dump_all(variation.objects()))
    injected = []
    for settings in (
        istioctl.installed((f"profile={profile}", *hub_and_tag), None),
        istioctl.configured(mesh.objects(load({"profile": profile, "version": istioctl.VERSION}))),
    ):
        done = istioctl.kube_inject(
            settings, file, kubeconfig=kubeconfig, environment=variation.environment, folder=tmp_path
        )
        assert done.objects is not None, done.said
        injected.append(done.objects)
    assert not (difference := meaning.difference(*injected)), difference
