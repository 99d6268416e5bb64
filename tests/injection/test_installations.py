"""Injection by the ConfigMaps that we plan for a profile, against those that istioctl installs for it."""

from pathlib import Path

import pytest
import yaml

from mesh_components.manifests import mesh
from mesh_components.settings import DEFAULT_VERSION, VERSIONS, load

from . import istioctl, meaning, versions
from .variations import VARIATIONS

pytestmark = pytest.mark.tools


@pytest.mark.parametrize("version", versions.tested(DEFAULT_VERSION))
@pytest.mark.parametrize("profile", ["default", "demo", "minimal"])
def test_profile(profile: str, version: str, kubeconfig: Path, tmp_path: Path) -> None:
    hub_and_tag = (f"hub={VERSIONS[version].hub}", f"tag={version}")
    variation = VARIATIONS["defaults"]
    text = yaml.safe_dump_all(variation.objects())
    injected = []
    for settings in (
        istioctl.installed(version, (f"profile={profile}", *hub_and_tag), None),
        istioctl.configured(version, mesh.objects(load({"profile": profile, "version": version}))),
    ):
        done = istioctl.kube_inject(
            settings, text, kubeconfig=kubeconfig, environment=variation.environment, folder=tmp_path
        )
        assert done.objects is not None, done.said
        injected.append(done.objects)
    assert not (difference := meaning.difference(*injected)), difference
