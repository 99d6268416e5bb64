"""What every component plans: taken by Istio's own validation, judged well, and applied in an order that works."""

from __future__ import annotations

from typing import Any

import pytest

import mesh_components
from mesh_components.analysis.resource import Named
from mesh_components.arguments import gateway_api_schema
from mesh_components.judge import Judge
from mesh_components.settings import VERSIONS
from mesh_components.validation import structure, validate

from .planned import planned
from .programs import CASES, arguments

VALIDATED = [(case, version) for version in VERSIONS for case in CASES]


def objects(case: str, **more: Any) -> list[dict[str, Any]]:
    return planned(CASES[case][0], **arguments(case), **more)


def test_every_component_has_a_case() -> None:
    listed = {component for component, _ in CASES.values()}
    assert listed == {name.removesuffix("Args") for name in mesh_components.__all__ if name.endswith("Args")} - {
        *("CertificateAuthority", "ControlPlane", "Gateway", "Mesh", "MeshNamespace", "RevisionTag"),
        # Looked at in tests/observability.
        *("Grafana", "Jaeger", "Kiali", "Prometheus", "Telemetry"),
    }


@pytest.mark.parametrize(("case", "version"), VALIDATED)
def test_every_version_of_istio_takes_it(case: str, version: str) -> None:
    for each in objects(case, mesh={"version": version}):
        # Of the policy that refuses requests without a token, a warning is meant; it is suppressed on the object.
        assert not [one for one in validate(each, version=version) if not one.is_warning]
        if each["apiVersion"].startswith("gateway."):
            schema = gateway_api_schema(each["kind"], version)
            assert not list(structure.problems(schema["properties"]["spec"], each["spec"]))


@pytest.mark.parametrize("case", CASES)
def test_analysis_has_nothing_against_it(case: str) -> None:
    found = Judge().findings((each, Named(case)) for each in objects(case))
    assert not [str(finding) for finding in found if finding.severity.name != "INFO"]


@pytest.mark.parametrize("case", CASES)
def test_what_others_refer_to_comes_first(case: str) -> None:
    order = ["Secret", "ServiceEntry", "Gateway", "DestinationRule", "VirtualService"]
    order += ["PeerAuthentication", "RequestAuthentication", "AuthorizationPolicy", "Sidecar", "HTTPRoute", "GRPCRoute"]
    kinds = [each["kind"] for each in objects(case)]
    last = {kind: place for place, kind in enumerate(kinds)}
    if "VirtualService" in last:
        assert last["VirtualService"] == len(kinds) - 1
    if "Secret" in last:
        assert kinds[0] == "Secret"
    assert set(kinds) <= set(order)


@pytest.mark.parametrize("case", CASES)
def test_the_label_of_kialis_wizard_is_one_that_kiali_knows(case: str) -> None:
    known = {
        *("request_routing", "traffic_shifting", "tcp_traffic_shifting", "fault_injection", "request_timeouts"),
        *("k8s_request_routing", "k8s_grpc_request_routing"),
    }
    for each in objects(case):
        wizard = each["metadata"].get("labels", {}).get("kiali_wizard")
        assert wizard in known or each["kind"] not in ("VirtualService", "DestinationRule", "HTTPRoute", "GRPCRoute")


@pytest.mark.parametrize("case", CASES)
def test_a_revision_is_noted_on_every_istio_object(case: str) -> None:
    for each in objects(case, mesh={"revision": "canary"}):
        if each["kind"] != "Secret":
            assert each["metadata"]["labels"]["istio.io/rev"] == "canary"
