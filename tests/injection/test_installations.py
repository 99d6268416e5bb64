"""Injection by the ConfigMaps that we plan for a profile, against those that istioctl installs for it; of a gateway by
injection too, as we plan it."""

import json
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
    gateway = {"name": "shop-gateway", "injectionTemplate": "gateway"}
    planned = mesh.objects(load({"profile": profile, "version": version, "ingressGateways": [gateway]}))
    (deployment,) = (o for o in planned if o["kind"] == "Deployment" and o["metadata"]["name"] == gateway["name"])
    text = yaml.safe_dump_all([*variation.objects(), json.loads(json.dumps(deployment))])
    injected = []
    for settings in (
        istioctl.installed(version, (f"profile={profile}", *hub_and_tag), None),
        istioctl.configured(version, planned),
    ):
        done = istioctl.kube_inject(
            settings, text, kubeconfig=kubeconfig, environment=variation.environment, folder=tmp_path
        )
        assert done.objects is not None, done.said
        injected.append(done.objects)
    assert not (difference := meaning.difference(*injected)), difference
    (proxy,) = injected[1][-1]["spec"]["template"]["spec"]["containers"]
    assert (proxy["name"], proxy["image"]) == ("istio-proxy", f"{VERSIONS[version].hub}/proxyv2:{version}")
    assert proxy["args"][:2] == ["proxy", "router"]
