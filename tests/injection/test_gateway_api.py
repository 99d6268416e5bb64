"""The templates that istiod renders for Gateways, ours against upstream's, by istiod's own template engine."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import pytest
import yaml

from mesh_components.settings import VERSIONS

from . import meaning, oracle, versions
from .conftest import Installed
from .gateway_variations import CONTROLLERS, VARIATIONS
from .istioctl import Settings, merged

pytestmark = pytest.mark.tools

_CASES = [
    (version, template, name)
    for version in versions.tested("1.31.0", "1.28.3")
    for template in CONTROLLERS
    if template in VERSIONS[version].injection.templates
    for name in VARIATIONS
]

Rendered = Callable[[str, bool], Mapping[tuple[str, str], list[Any]]]


@pytest.fixture(scope="module")
def rendered(installed: Installed) -> Rendered:
    """What a version's templates, upstream's or ours, make of each template's variations, all by one process."""

    @cache
    def objects(version: str, ours: bool) -> Mapping[tuple[str, str], list[Any]]:
        settings = installed(version, (), "")
        settings = settings.with_our_templates() if ours else settings
        cases = [(template, name) for of_version, template, name in _CASES if of_version == version]
        requests = [_request(settings, template, name) for template, name in cases]
        return dict(zip(cases, oracle.render(version, requests), strict=True))

    return objects


def _request(settings: Settings, template: str, name: str) -> dict[str, Any]:
    variation = VARIATIONS[name]
    return {
        "Template": settings.config["templates"][template],
        "Input": variation.template_input(template),
        "Values": json.dumps(merged(json.loads(settings.values), variation.values)),
        "Mesh": yaml.safe_dump(merged(settings.mesh, variation.mesh)),
    }


@pytest.mark.parametrize(("version", "template", "name"), _CASES)
def test_variation(version: str, template: str, name: str, rendered: Rendered) -> None:
    want, got = (rendered(version, ours)[template, name] for ours in (False, True))
    kinds = [made["kind"] for made in want]
    assert kinds == ["ServiceAccount", "Deployment", "Service", "HorizontalPodAutoscaler", "PodDisruptionBudget"]
    assert not (difference := meaning.difference(want, got)), difference
