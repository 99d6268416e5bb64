"""Every value of Istio's charts is a setting, or is left out by name with a reason; the reference is up to date."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from local_cluster import toolchain
from mesh_components.settings.__main__ import page
from mesh_components.settings.left_out import OPERATOR, VALUES
from mesh_components.settings.reference import rows

ROWS = {row.path: row for row in rows()}

PLACES: Mapping[str, Mapping[str, str]] = {
    "base": {},
    "istio-control/istio-discovery": {"": "pilot."},
    "istio-cni": {"": "cni."},
    "ztunnel": {"": "ztunnel."},
    "gateways/istio-ingress": {"gateways.istio-ingressgateway.": "ingressGateways[]."},
    "gateways/istio-egress": {"gateways.istio-egressgateway.": "egressGateways[]."},
    "gateway": {
        "": "ingressGateways[].",
        "service.": "ingressGateways[].",
        "service.annotations": "ingressGateways[].serviceAnnotations",
        "podDisruptionBudget": "ingressGateways[].pdb",
        "autoscaling.enabled": "ingressGateways[].autoscaleEnabled",
        "autoscaling.minReplicas": "ingressGateways[].autoscaleMin",
        "autoscaling.maxReplicas": "ingressGateways[].autoscaleMax",
        "autoscaling.targetCPUUtilizationPercentage": "ingressGateways[].cpu",
        "autoscaling.autoscaleBehavior": "ingressGateways[].autoscaleBehavior",
        "strategy": "ingressGateways[].rollingMaxSurge",
    },
}
"""Charts whose values have to be covered, and where their values are settings; else under the same path."""

K8S = {
    "hpaSpec": ("autoscaleMin", "autoscaleMax", "autoscaleBehavior", "cpu"),
    "podDisruptionBudget": ("pdb",),
    "service": ("ports", "type", "clusterIP", "externalIPs", "loadBalancerClass", "internalTrafficPolicy"),
    "strategy": ("rollingMaxSurge", "rollingMaxUnavailable"),
}
"""Fields of IstioOperator's k8s section that gateways have under other names."""


def values(chart: str) -> Any:
    file = toolchain.module_dir("istio") / "manifests/charts" / chart / "values.yaml"
    return yaml.safe_load(file.read_text())["_internal_defaults_do_not_set"]


def leaves(value: Any, path: str = "") -> Iterator[str]:
    """The paths of what is not a mapping, or an empty one."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}" if path else key)
    else:
        yield path


def is_setting(path: str) -> bool:
    """Whether a path is a setting, or stands in one that takes any keys."""
    parts = path.split(".")
    above = [".".join(parts[:end]) for end in range(1, len(parts))]
    return path in ROWS or any(ROWS[one].free for one in above if one in ROWS)


def settings_for(chart: str, path: str) -> list[str]:
    """Where a value of a chart may be a setting."""
    found = [path]
    for prefix, place in PLACES[chart].items():
        if path.startswith(prefix):
            found.append(place + path.removeprefix(prefix))
    return found


@pytest.mark.tools
@pytest.mark.parametrize("chart", PLACES)
def test_each_value_is_a_setting_or_left_out(chart: str) -> None:
    listed = list(leaves(values(chart)))
    assert len(listed) > 5
    missing = [path for path in listed if not any(is_setting(one) for one in settings_for(chart, path))]
    left_out = VALUES.get(chart, {})
    assert sorted(missing) == sorted(left_out), "neither a setting nor left out; or left out, and a setting"


@pytest.mark.tools
def test_each_field_of_istio_operator_is_a_setting_or_left_out() -> None:
    text = (toolchain.module_dir("istio") / "operator/pkg/apis/types.go").read_text()
    struct = text.partition("type KubernetesResources struct {")[2].partition("\n}")[0]
    fields = re.findall(r'json:"(\w+),omitempty"', struct)
    assert len(fields) > 15
    missing = [
        field for field in fields if not all(f"ingressGateways[].{name}" in ROWS for name in K8S.get(field, (field,)))
    ]
    assert missing == list(OPERATOR)


def test_the_reference_is_up_to_date() -> None:
    file = Path(__file__).parents[2] / "docs" / "settings.md"
    assert file.read_text() == page(), "run python -m mesh_components.settings > docs/settings.md"


def test_each_setting_says_what_it_is() -> None:
    assert not [row.path for row in ROWS.values() if not row.text.endswith((".", "…"))]
    assert not [row.path for row in ROWS.values() if not row.type]
