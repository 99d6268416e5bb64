"""Our templates in the real istiod's injection webhook, on upstream's cases: those with the default installation, and
those for OpenShift, which kube-inject cannot run."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from mesh_components.settings import DEFAULT_VERSION

from . import api_server, istiod, meaning, upstream_cases, versions
from .conftest import Installed
from .upstream_cases import NATIVE, Case

pytestmark = pytest.mark.tools

_NODES = {"node-1": "v1.33.0", "node-2": "v1.34.0"}
"""Nodes that are new enough for native sidecars, as in upstream's test."""

_OPENSHIFT_RANGE = {f"openshift.io/sa.scc.{name}": "1000620000/10000" for name in ("uid-range", "supplemental-groups")}

_VERSIONS = [version for version in versions.tested(DEFAULT_VERSION) if istiod.is_built(version)]

_DEFAULT_CASES = [
    (version, case)
    for version in _VERSIONS
    for case in upstream_cases.cases(version)
    if case.environment == NATIVE and not (case.sets or case.overlay or case.mesh or case.error)
    if case.input not in upstream_cases.NO_PODS
]
_OPENSHIFT_CASES = [
    (version, Case(want.removesuffix(".injected"), want))
    for version in _VERSIONS
    for want in upstream_cases.WEBHOOK_ONLY
]


@pytest.fixture(scope="module")
def nodes(kubeconfig: Path) -> None:
    for name, version in _NODES.items():
        status = {"nodeInfo": dict.fromkeys(_NODE_INFO, "") | {"kubeletVersion": version}}
        node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "status": status}
        api_server.create(kubeconfig, "/api/v1/nodes", node)
    namespace = {"metadata": {"name": "test-ns", "annotations": _OPENSHIFT_RANGE}}
    api_server.create(kubeconfig, "/api/v1/namespaces", {"apiVersion": "v1", "kind": "Namespace", **namespace})


_NODE_INFO = (
    "architecture",
    "bootID",
    "containerRuntimeVersion",
    "kernelVersion",
    "kubeProxyVersion",
    "machineID",
    "operatingSystem",
    "osImage",
    "systemUUID",
)


Webhook = Callable[[str, bool], str]


@pytest.fixture(scope="module")
def webhook(
    installed: Installed, kubeconfig: Path, nodes: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Webhook]:
    """The webhook's URL of an Istio version's istiod, on OpenShift or not; each is started once."""
    with ExitStack() as stack:

        @cache
        def url(version: str, openshift: bool) -> str:
            sets, environment = (("components.cni.enabled=true",), {"PLATFORM": "openshift"}) if openshift else ((), {})
            return stack.enter_context(
                istiod.running(
                    installed(version, sets, "").with_our_templates(),
                    kubeconfig=kubeconfig,
                    environment=environment,
                    folder=tmp_path_factory.mktemp("istiod"),
                )
            )

        yield url


@pytest.mark.parametrize(
    ("version", "case"), _DEFAULT_CASES, ids=[f"{version}-{case.name}" for version, case in _DEFAULT_CASES]
)
def test_default_installation(version: str, case: Case, webhook: Webhook) -> None:
    _check(version, case, webhook(version, False))


@pytest.mark.parametrize(
    ("version", "case"), _OPENSHIFT_CASES, ids=[f"{version}-{case.name}" for version, case in _OPENSHIFT_CASES]
)
def test_openshift(version: str, case: Case, webhook: Webhook) -> None:
    _check(version, case, webhook(version, True))


def _check(version: str, case: Case, url: str) -> None:
    folder = upstream_cases.folder(version)
    inputs, wants = (list(yaml.safe_load_all((folder / name).read_text())) for name in (case.input, case.want))
    got, want = [], []
    for given, expected in zip(filter(None, inputs), filter(None, wants), strict=True):
        if given["kind"] == "Service":
            continue
        pod = istiod.inject(url, _pod(given), given["metadata"].get("namespace", ""))
        got.append(_comparable(pod))
        want.append(_comparable(_pod(expected)))
    assert got
    assert not (difference := meaning.difference(want, got)), difference


def _pod(owner: dict[str, Any]) -> dict[str, Any]:
    """The pod that Kubernetes' controllers make of an object, as upstream's `objectToPod` in `inject_test.go` does."""
    if owner["kind"] == "Pod":
        template, metadata = owner, dict(owner["metadata"])
    else:
        template = owner["spec"]["template"]
        metadata = dict(template["metadata"])
        name, kind, api_version = owner["metadata"]["name"], owner["kind"], owner["apiVersion"]
        metadata["generateName"] = name
        if kind == "Deployment":
            name, kind, api_version = f"{name}-fake", "ReplicaSet", "apps/v1"
            metadata["generateName"] = f"{name}-"
            metadata["labels"] = {**(metadata.get("labels") or {}), "pod-template-hash": "fake"}
        metadata["ownerReferences"] = [
            {"apiVersion": api_version, "kind": kind, "name": name, "controller": True, "uid": ""}
        ]
    spec = {
        **template["spec"],
        **{
            kind: [{"resources": {}, **container} for container in template["spec"].get(kind, [])]
            for kind in ("initContainers", "containers")
        },
    }
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec, "status": {}}


def _comparable(pod: dict[str, Any]) -> dict[str, Any]:
    """A pod without the record of the injection, which upstream's comparison leaves out too, and without nulls."""
    annotations = pod["metadata"].get("annotations") or {}
    annotations = {key: value for key, value in annotations.items() if key != "sidecar.istio.io/status"}
    metadata = {**pod["metadata"], "annotations": annotations, "creationTimestamp": None}
    metadata.pop("namespace", None)
    return {"metadata": _without_nothing(metadata), "spec": _without_nothing(pod["spec"])}


def _without_nothing(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: kept for key, value in node.items() if (kept := _without_nothing(value)) not in (None, {}, [])}
    return [_without_nothing(item) for item in node] if isinstance(node, list) else node
