"""Our templates against upstream's own, both through `istioctl kube-inject`, on many settings and pods."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from . import meaning
from .conftest import Installed
from .istioctl import kube_inject, merged
from .variations import VARIATIONS, Variation

pytestmark = pytest.mark.tools


@pytest.fixture(scope="module")
def inject(
    installed: Installed, kubeconfig: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Variation, bool], list[Any]]:
    """The objects of a variation, injected by upstream's templates or by ours."""
    folder = tmp_path_factory.mktemp("variations")
    file = folder / "objects.yaml"

    def injected(variation: Variation, ours: bool) -> list[Any]:
        settings = installed(tuple(f"values.{setting}" for setting in variation.sets), "").with_mesh(variation.mesh)
        settings = replace(settings, values=json.dumps(merged(json.loads(settings.values), variation.values)))
        file.write_text(yaml.safe_dump_all(variation.objects()))
        done = kube_inject(
            settings.with_our_templates() if ours else settings,
            file,
            kubeconfig=kubeconfig,
            environment=variation.environment,
            folder=folder,
        )
        assert done.objects is not None, done.said
        return done.objects

    return injected


@pytest.fixture(scope="module")
def plain_effects(inject: Callable[[Variation, bool], list[Any]]) -> list[Any]:
    return _effects(VARIATIONS["defaults"], inject(VARIATIONS["defaults"], False))


@pytest.mark.parametrize(("name", "variation"), VARIATIONS.items(), ids=VARIATIONS.keys())
def test_variation(
    name: str, variation: Variation, inject: Callable[[Variation, bool], list[Any]], plain_effects: list[Any]
) -> None:
    want, got = inject(variation, False), inject(variation, True)
    assert not (difference := meaning.difference(want, got)), difference
    assert name == "defaults" or _effects(variation, want) != plain_effects, "it varies nothing"


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
