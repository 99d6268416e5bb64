"""The rules of the stable profile, held against Istio's: what each refuses of a few objects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from mesh_components.manifests import stable
from mesh_components.settings import VERSIONS, load
from mesh_components.validation.cel_engine import cel

from . import istioctl
from .compare import load_objects

pytestmark = pytest.mark.tools

OBJECTS: Mapping[str, Mapping[str, Any]] = {
    "EnvoyFilter": {"kind": "EnvoyFilter", "spec": {}},
    "WasmPlugin": {"kind": "WasmPlugin", "spec": {}},
    "ProxyConfig": {"kind": "ProxyConfig", "spec": {}},
    "VirtualService": {"kind": "VirtualService", "spec": {}},
    "a plain Telemetry": {"kind": "Telemetry", "spec": {"tracing": [{"randomSamplingPercentage": 1}]}},
    "sampling by request id": {
        "kind": "Telemetry",
        "spec": {"tracing": [{}, {"useRequestIdForTraceSampling": False}]},
    },
    "a reporting interval": {"kind": "Telemetry", "spec": {"metrics": [{"reportingInterval": "5s"}]}},
    "metrics": {"kind": "Telemetry", "spec": {"metrics": [{"overrides": []}], "accessLogging": [{}]}},
    "a filter of logs": {"kind": "Telemetry", "spec": {"accessLogging": [{"filter": {"expression": "true"}}]}},
    "a plain AuthorizationPolicy": {
        "kind": "AuthorizationPolicy",
        "spec": {"rules": [{}, {"from": [{}, {"source": {"namespaces": ["a"]}}]}]},
    },
    "trust domains": {
        "kind": "AuthorizationPolicy",
        "spec": {"rules": [{"from": [{"source": {"trustDomains": ["a"]}}]}]},
    },
    "other trust domains": {
        "kind": "AuthorizationPolicy",
        "spec": {"rules": [{}, {"from": [{"source": {"notTrustDomains": ["a"]}}]}]},
    },
}
"""Objects by what is special about them."""


def evaluate(expression: str, **known: Any) -> Any:
    context = cel.Context()
    for name, value in known.items():
        context.add_variable(name, value)
    return cel.compile(expression).execute(context)


def allowed(spec: Mapping[str, Any], item: Mapping[str, Any]) -> bool:
    """Whether a policy lets an object pass."""
    found: dict[str, Any] = {}
    for one in spec.get("variables", ()):
        found[one["name"]] = evaluate(one["expression"], object=item)
    return all(evaluate(one["expression"], object=item, variables=found) for one in spec["validations"])


@pytest.mark.parametrize("version", [version for version in VERSIONS if version not in istioctl.HAND_MADE])
def test_the_rules_refuse_what_istios_refuse(version: str, tmp_path: Any) -> None:
    text = istioctl.generate(version, "stable", {}, tmp_path)
    (istio,) = (one["spec"] for one in load_objects(text) if one["kind"] == "ValidatingAdmissionPolicy")
    settings = load({"version": version, "profile": "stable"})
    (ours,) = (one["spec"] for one in stable.objects(settings) if one["kind"] == "ValidatingAdmissionPolicy")
    verdicts = {name: allowed(istio, item) for name, item in OBJECTS.items()}
    assert {name: allowed(ours, item) for name, item in OBJECTS.items()} == verdicts
    assert sorted(set(verdicts.values())) == [False, True]
