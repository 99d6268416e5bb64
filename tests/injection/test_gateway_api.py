"""The templates that istiod renders for Gateways, ours against upstream's, by istiod's own template engine."""

import json

import pytest
import yaml

from . import meaning, oracle
from .conftest import Installed
from .gateway_variations import CONTROLLERS, VARIATIONS, Variation
from .istioctl import merged

pytestmark = pytest.mark.tools


@pytest.mark.parametrize("template", CONTROLLERS)
@pytest.mark.parametrize("variation", VARIATIONS.values(), ids=VARIATIONS.keys())
def test_variation(variation: Variation, template: str, installed: Installed) -> None:
    upstream = installed((), "")
    same = {
        "Input": variation.template_input(template),
        "Values": json.dumps(merged(json.loads(upstream.values), variation.values)),
        "Mesh": yaml.safe_dump(merged(upstream.mesh, variation.mesh)),
    }
    want, got = oracle.render(
        [
            {**same, "Template": settings.config["templates"][template]}
            for settings in (upstream, upstream.with_our_templates())
        ]
    )
    kinds = [rendered["kind"] for rendered in want]
    assert kinds == ["ServiceAccount", "Deployment", "Service", "HorizontalPodAutoscaler", "PodDisruptionBudget"]
    assert not (difference := meaning.difference(want, got)), difference
