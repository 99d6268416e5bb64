"""Our templates against upstream's own, both through `istioctl kube-inject`, on many settings and pods."""

import json
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from mesh_components.settings import DEFAULT_VERSION

from . import meaning, versions
from .conftest import Installed
from .istioctl import Injection, kube_inject, together
from .variations import VARIATIONS, Variation

pytestmark = pytest.mark.tools

Injected = Callable[[str, str, bool], list[Any]]


@pytest.fixture(scope="module")
def injected(installed: Installed, kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory) -> Injected:
    """The objects of a variation, by upstream's templates or by ours; variations of one installation are injected
    together."""
    folder = tmp_path_factory.mktemp("variations")

    @cache
    def all_of(version: str, installation: str, ours: bool) -> Mapping[str, Injection]:
        same = {name: variation for name, variation in VARIATIONS.items() if variation.installation == installation}
        variation = next(iter(same.values()))
        settings = installed(version, (), "").with_mesh(variation.mesh).with_values(variation.values)
        return together(
            {name: yaml.safe_dump_all(variation.objects()) for name, variation in same.items()},
            lambda text: kube_inject(
                settings.with_our_templates() if ours else settings,
                text,
                kubeconfig=kubeconfig,
                environment=variation.environment,
                folder=folder,
            ),
        )

    def objects(version: str, name: str, ours: bool) -> list[Any]:
        done = all_of(version, VARIATIONS[name].installation, ours)[name]
        assert done.objects is not None, done.said
        return done.objects

    return objects


@pytest.mark.parametrize("version", versions.tested(DEFAULT_VERSION))
@pytest.mark.parametrize("name", VARIATIONS)
def test_variation(name: str, version: str, injected: Injected) -> None:
    want, got = injected(version, name, False), injected(version, name, True)
    assert not (difference := meaning.difference(want, got)), difference
    # What older versions do not know varies nothing there.
    if version == DEFAULT_VERSION and name != "defaults":
        plain = injected(version, "defaults", False)
        assert _effects(VARIATIONS[name], want) != _effects(VARIATIONS["defaults"], plain), "it varies nothing"


def _effects(variation: Variation, objects: list[Any]) -> list[Any]:
    """What injection made of the pods, without the annotations and labels that the variation itself has."""
    pods = [o["spec"]["template"] if o["kind"] == "Deployment" else o for o in objects]
    return [
        {
            "spec": pod["spec"],
            "annotations": _without(pod["metadata"].get("annotations", {}), variation.annotations),
            "labels": _without(pod["metadata"].get("labels", {}), variation.labels),
        }
        for pod in meaning.normalized(pods)
    ]


def _without(content: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name not in names}


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
    settings = installed(DEFAULT_VERSION, (), "").with_our_templates().with_mesh(variation.mesh)
    text = yaml.safe_dump_all(variation.objects())
    done = kube_inject(settings, text, kubeconfig=kubeconfig, environment=variation.environment, folder=tmp_path)
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
