"""Our templates against upstream's own, both through `istioctl kube-inject`, on many settings and pods."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from . import meaning
from .conftest import Installed
from .istioctl import Settings, kube_inject, merged
from .variations import VARIATIONS, Variation

pytestmark = pytest.mark.tools


@pytest.mark.parametrize("variation", VARIATIONS.values(), ids=VARIATIONS.keys())
def test_variation(variation: Variation, installed: Installed, kubeconfig: Path, tmp_path: Path) -> None:
    upstream = installed(tuple(f"values.{setting}" for setting in variation.sets), "").with_mesh(variation.mesh)
    upstream = replace(upstream, values=json.dumps(merged(json.loads(upstream.values), variation.values)))
    file = tmp_path / "objects.yaml"
    file.write_text(yaml.safe_dump_all(variation.objects()))

    def injected(settings: Settings) -> list[object]:
        done = kube_inject(settings, file, kubeconfig=kubeconfig, environment=variation.environment, folder=tmp_path)
        assert done.objects is not None, done.said
        return done.objects

    assert not (difference := meaning.difference(injected(upstream), injected(upstream.with_our_templates()))), (
        difference
    )


def test_no_text_breaks_out_of_its_place(installed: Installed, kubeconfig: Path, tmp_path: Path) -> None:
    """Upstream's templates put much text between quotes as it is; ours let Go quote it."""
    nasty = """a"b\\c'd: [e]\n# {{ f }} é"""
    variation = Variation(
        annotations={
            "sidecar.istio.io/logLevel": nasty,
            "sidecar.istio.io/bootstrapOverride": nasty,
            "sidecar.istio.io/userVolume": json.dumps({"extra": {"configMap": {"name": nasty}}}),
        },
        mesh={"defaultConfig": {"proxyMetadata": {"NASTY": nasty}}},
    )
    settings = installed((), "").with_our_templates().with_mesh(variation.mesh)
    file = tmp_path / "objects.yaml"
    file.write_text(yaml.safe_dump_all(variation.objects()))
    done = kube_inject(settings, file, kubeconfig=kubeconfig, environment=variation.environment, folder=tmp_path)
    assert done.objects is not None, done.said
    spec = done.objects[0]["spec"]["template"]["spec"]
    proxy = next(container for container in spec["initContainers"] if container["name"] == "istio-proxy")
    volumes = {volume["name"]: volume for volume in spec["volumes"]}
    assert f"--proxyLogLevel={nasty}" in proxy["args"]
    assert {"name": "NASTY", "value": nasty} in proxy["env"]
    assert volumes["custom-bootstrap-volume"]["configMap"]["name"] == nasty
    assert volumes["extra"]["configMap"]["name"] == nasty


def test_each_exclusion_has_its_reason() -> None:
    assert all(bool(variation.without) == bool(variation.why) for variation in VARIATIONS.values())
