"""Which pods get a sidecar."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .kubectl import Kubectl, app, namespace
from .mesh_stack import MeshStack

SIDECAR = {"istio-proxy", "istio-init"}


@pytest.fixture(scope="module")
def mesh_and_plain(demo: MeshStack, kubectl: Kubectl) -> Iterator[None]:
    """`apps`, which the stack enables, and namespaces that it does not know."""
    kubectl.apply(namespace("plain"), namespace("late"), namespace("never", **{"istio-injection": "disabled"}))
    for where in ("apps", "plain", "never", "late"):
        kubectl.apply(*app("hello", where))
    for where in ("apps", "plain", "never", "late"):
        kubectl.rolled_out(where, "hello")
    yield
    # Its sidecar would outlive the mesh that other tests destroy, and miss it.
    kubectl("delete", "namespace", "late")


def test_a_pod_in_an_enabled_namespace_gets_a_sidecar(mesh_and_plain: None, kubectl: Kubectl) -> None:
    assert kubectl.containers("apps", "hello") == SIDECAR | {"app"}


@pytest.mark.parametrize("where", ["plain", "never"])
def test_a_pod_elsewhere_does_not(mesh_and_plain: None, kubectl: Kubectl, where: str) -> None:
    assert kubectl.containers(where, "hello") == {"app"}


def test_a_running_app_joins_after_a_restart(mesh_and_plain: None, kubectl: Kubectl) -> None:
    assert kubectl.containers("late", "hello") == {"app"}
    kubectl("label", "namespace", "late", "istio-injection=enabled")
    assert kubectl.containers("late", "hello") == {"app"}
    kubectl("rollout", "restart", "deployment/hello", "--namespace", "late")
    kubectl.rolled_out("late", "hello")
    assert kubectl.containers("late", "hello") == SIDECAR | {"app"}


def test_the_sidecar_comes_from_our_template_and_is_ready(mesh_and_plain: None, kubectl: Kubectl) -> None:
    for pod in kubectl.pods("apps", "hello"):
        assert pod["metadata"]["annotations"]["sidecar.istio.io/status"]
        assert all(status["ready"] for status in pod["status"]["containerStatuses"])
