"""What components tell Pulumi about their objects: names, parents, order, protection, retention, annotations.

The mock monitor of the SDK stands in for the engine here; options are read off the registration requests.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pulumi
import pytest
from pulumi.runtime import mocks, rpc, settings
from pulumi.runtime.proto import resource_pb2

from mesh_components import CertificateAuthority, ControlPlane, Gateway, Mesh, MeshArgs, MeshNamespace

DEMO: MeshArgs = {"profile": "demo", "certificateAuthority": {"mode": "declared", "keyAlgorithm": "ECDSA"}}


misspelled: Any = {"profil": "demo"}


class Engine(mocks.MockMonitor):
    """Remembers every registration request."""

    def __init__(self) -> None:
        super().__init__(Answers())
        self.requests: list[resource_pb2.RegisterResourceRequest] = []

    def RegisterResource(self, request: Any) -> Any:
        self.requests.append(request)
        return super().RegisterResource(request)  # type: ignore[no-untyped-call]

    def urn(self, ending: str) -> str:
        return next(
            self.make_urn(r.parent, r.type, r.name) for r in self.requests if f"{r.type}::{r.name}".endswith(ending)
        )

    def one(self, ending: str) -> resource_pb2.RegisterResourceRequest:
        return next(r for r in self.requests if f"{r.type}::{r.name}".endswith(ending))

    def place(self, ending: str) -> int:
        """How many registrations came before this one."""
        return self.requests.index(self.one(ending))

    @property
    def objects(self) -> list[resource_pb2.RegisterResourceRequest]:
        return [r for r in self.requests if r.type.startswith("kubernetes:")]


class Answers(mocks.Mocks):
    def call(self, args: mocks.MockCallArgs) -> Any:
        return {}

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        pems = (
            dict.fromkeys(("privateKeyPem", "certPem", "certRequestPem"), "PEM") if args.typ.startswith("tls:") else {}
        )
        return f"{args.name}-id", {**args.inputs, **pems}


def mocked(*, preview: bool = False) -> Engine:
    """Return an engine that stands in for Pulumi's from now on."""
    engine = Engine()
    # The SDK takes the thread's event loop, and whoever used `asyncio.run` before has left none.
    asyncio.set_event_loop(asyncio.new_event_loop())
    settings.reset_options()
    mocks.set_mocks(engine.mocks, project="mesh", stack="unit", preview=preview, monitor=engine)
    engine.requests.clear()
    return engine


def run(program: Callable[[], object], *, preview: bool = False) -> Engine:
    """Run a program to its end and return what it registered."""
    engine = mocked(preview=preview)

    def body() -> None:
        program()

    mocks.test(body)()
    return engine


@pytest.fixture(scope="module")
def demo() -> Engine:
    return run(
        lambda: Mesh("mesh", {**DEMO, "namespaces": [{"name": "apps", "injection": "enabled", "mtls": "STRICT"}]})
    )


def ancestors(request: resource_pb2.RegisterResourceRequest) -> list[str]:
    return [part for part in request.parent.split("::")[2].split("$") if part != "pulumi:pulumi:Stack"]


def test_every_object_belongs_to_a_component_of_the_mesh(demo: Engine) -> None:
    assert len(demo.objects) > 40
    for request in demo.objects:
        assert ancestors(request)[0] == "mesh-components:index:Mesh"


def test_names_are_the_objects_own(demo: Engine) -> None:
    for request in demo.objects:
        metadata = dict(request.object.fields["metadata"].struct_value.fields)
        name = metadata["name"].string_value
        assert name and request.name.endswith(name)
    assert len({(r.type, r.name) for r in demo.objects}) == len(demo.objects)


def test_every_object_has_the_stacks_field_manager_and_force(demo: Engine) -> None:
    for request in demo.objects:
        annotations = request.object.fields["metadata"].struct_value.fields["annotations"].struct_value.fields
        assert annotations["pulumi.com/patchFieldManager"].string_value == "pulumi-mesh-unit"
        assert annotations["pulumi.com/patchForce"].string_value == "true"


def test_crds_and_nothing_else_are_retained(demo: Engine) -> None:
    retained = {r.type for r in demo.objects if r.retainOnDelete}
    assert retained == {"kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"}
    assert all(r.retainOnDelete for r in demo.objects if r.type in retained)


def test_webhooks_wait_for_their_ca_bundle_and_not_for_istiod(demo: Engine) -> None:
    webhooks = [r for r in demo.objects if "WebhookConfiguration" in r.type]
    assert len(webhooks) >= 2
    istiod = demo.urn("Deployment::mesh:istio-system/istiod")
    for request in webhooks:
        annotations = request.object.fields["metadata"].struct_value.fields["annotations"].struct_value.fields
        ready, as_declared = json.loads(annotations["pulumi.com/waitFor"].string_value)
        assert ready == "jsonpath={.webhooks[0].clientConfig.caBundle}"
        assert as_declared.startswith("jsonpath={.metadata.annotations[?search(@, '")
        assert istiod not in request.dependencies
        assert request.customTimeouts.create == "3m"


def test_istiod_starts_after_its_injector_config_and_its_ca(demo: Engine) -> None:
    before = demo.one("Deployment::mesh:istio-system/istiod").dependencies
    assert demo.urn("ConfigMap::mesh:istio-system/istio-sidecar-injector") in before
    assert demo.urn("Secret::mesh:istio-system/cacerts") in before
    assert demo.urn("ServiceAccount::mesh:istio-system/istiod") in before


def test_istio_objects_wait_for_istiod_and_its_validator(demo: Engine) -> None:
    policy = demo.one("PeerAuthentication::mesh:apps/default")
    assert demo.urn("Deployment::mesh:istio-system/istiod") in policy.dependencies
    assert demo.urn("ValidatingWebhookConfiguration::mesh:istio-validator-istio-system") in policy.dependencies


def test_what_admits_istio_objects_waits_for_their_kinds_and_istiod_does_not(demo: Engine) -> None:
    definitions = {r.name for r in demo.objects if r.type.endswith(":CustomResourceDefinition")}
    assert len(definitions) > 10

    def awaited(request: resource_pb2.RegisterResourceRequest) -> set[str]:
        return definitions & {urn.rpartition("::")[2] for urn in request.dependencies}

    assert awaited(demo.one("ValidatingWebhookConfiguration::mesh:istio-validator-istio-system")) == definitions
    assert awaited(demo.one("PeerAuthentication::mesh:apps/default")) == definitions
    assert not awaited(demo.one("Deployment::mesh:istio-system/istiod"))
    unvalidated = run(lambda: Mesh("mesh", {**DEMO, "global": {"configValidation": False}}))
    assert awaited(unvalidated.one("Deployment::mesh:istio-system/istiod")) == definitions


def test_what_is_large_comes_into_the_state_late_and_depends_on_nothing_for_that(demo: Engine) -> None:
    definitions = [r for r in demo.objects if r.type.endswith(":CustomResourceDefinition")]
    templates = demo.one("ConfigMap::mesh:istio-system/istio-sidecar-injector")
    small = ["ClusterRole::mesh:istiod-clusterrole-istio-system"]
    istiod = ["Secret::mesh:istio-system/cacerts", "Deployment::mesh:istio-system/istiod"]
    for request, before in [(templates, small), *((one, small + istiod) for one in definitions)]:
        assert demo.requests.index(request) > max(map(demo.place, before))
        assert not {demo.urn(ending) for ending in before} & set(request.dependencies)
    gateways = demo.place("Deployment::mesh:istio-system/istio-ingressgateway")
    assert gateways < min(map(demo.requests.index, definitions)), "they wait for istiod alone, and go first"


def test_definitions_come_before_an_istiod_that_waits_for_them_and_the_largest_first() -> None:
    engine = run(lambda: Mesh("mesh", {**DEMO, "global": {"configValidation": False}}))
    kinds = [one.type.rpartition(":")[2] for one in engine.requests]
    places = [place for place, kind in enumerate(kinds) if kind == "CustomResourceDefinition"]
    assert kinds.index("Secret") < places[0] and places[-1] < kinds.index("Deployment")
    sizes = [engine.requests[place].object.ByteSize() for place in places]
    assert sizes[0] == max(sizes) and sizes[-1] == min(sizes)


def test_a_preview_writes_no_state_and_holds_nothing_back(demo: Engine) -> None:
    preview = run(lambda: Mesh("mesh", DEMO), preview=True)
    kinds = [one.type.rpartition(":")[2] for one in preview.requests]
    last = max(place for place, kind in enumerate(kinds) if kind == "CustomResourceDefinition")
    assert kinds.index("PrivateKey") < last < kinds.index("Secret")


def test_a_constructor_that_fails_leaves_nothing_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise ValueError("no control plane")

    monkeypatch.setattr(ControlPlane, "__init__", fails)
    with pytest.raises(ValueError, match="no control plane"):
        run(lambda: Mesh("mesh", DEMO))


def test_what_a_component_depends_on_is_for_its_objects_to_wait_for() -> None:
    def program() -> None:
        first = MeshNamespace("first", {"namespace": {"name": "first"}})
        CertificateAuthority("ca", {"authority": {"keyAlgorithm": "ECDSA"}}, pulumi.ResourceOptions(depends_on=[first]))

    engine = run(program)
    namespace = engine.urn("Namespace::first:first")
    assert namespace in engine.one("Secret::ca:istio-system/cacerts").dependencies
    assert not engine.one("CertificateAuthority::ca").dependencies
    assert namespace not in engine.one("PrivateKey::ca-root").dependencies


def test_gateways_wait_for_istiod_and_their_services_do_not(demo: Engine) -> None:
    istiod = demo.urn("Deployment::mesh:istio-system/istiod")
    assert istiod in demo.one("Deployment::mesh:istio-system/istio-ingressgateway").dependencies
    assert istiod not in demo.one("Service::mesh:istio-system/istio-ingressgateway").dependencies
    assert istiod not in demo.one("Service::mesh:istio-system/istiod").dependencies


def test_a_gateway_waits_for_a_namespace_that_the_mesh_declares() -> None:
    elsewhere: MeshArgs = {"namespaces": [{"name": "edge"}], "ingressGateways": [{"name": "in", "namespace": "edge"}]}
    engine = run(lambda: Mesh("mesh", elsewhere))
    assert engine.urn("core/v1:Namespace::mesh:edge") in engine.one("Deployment::mesh:edge/in").dependencies


def test_protect_is_a_setting_and_off_by_default(demo: Engine) -> None:
    assert not any(request.protect for request in demo.requests)
    protected = run(lambda: Mesh("mesh", {**DEMO, "protect": True}))
    assert all(request.protect for request in protected.requests if request.type != "pulumi:pulumi:Stack")


def test_keys_of_the_ca_reach_the_cluster_as_secrets(demo: Engine) -> None:
    secret = demo.one("Secret::mesh:istio-system/cacerts").object.fields["data"].struct_value.fields
    assert secret["ca-key.pem"].struct_value.fields[rpc._special_sig_key].string_value == rpc._special_secret_sig


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (lambda: Mesh("mesh", misspelled), "profile"),
        (lambda: Mesh("mesh", {"profile": "dmo"}), "demo"),
        (lambda: ControlPlane("istiod", {"version": "1.2.3"}), "1.31.0"),
        (lambda: Gateway("edge", {"direction": "sideways", "gateway": {"name": "edge"}}), "ingress, egress"),
        (lambda: Gateway("edge", {"direction": "ingress", "gateway": {"name": "edge", "typ": "NodePort"}}), "type"),
        (
            lambda: MeshNamespace(
                "apps", {"namespace": {"name": "apps", "injection": "enabled", "revision": "canary"}}
            ),
            "injection",
        ),
        (lambda: CertificateAuthority("ca", {"authority": {"mode": "declared", "rsaBits": 12}}), "rsaBits"),
    ],
)
def test_a_mistake_is_one_error_with_nothing_registered(program: Callable[[], object], message: str) -> None:
    engine = Engine()
    settings.reset_options()
    mocks.set_mocks(engine.mocks, project="mesh", stack="unit", monitor=engine)
    engine.requests.clear()
    with pytest.raises(pulumi.RunError, match=message):
        program()
    assert engine.requests == []
