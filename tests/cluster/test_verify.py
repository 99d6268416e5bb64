"""`mesh verify` names whatever is changed on the cluster, and `pulumi up --refresh` puts back what can be put back.

What it does to fields that nobody declares is shown last: it does not look at them, but when it changes an object for
another reason, the provider takes over what kubectl wrote there, and so drops it. What other writers added stays.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import pytest

from .kubectl import Kubectl
from .live import Rows, is_well, refused, verify, wrong
from .mesh_stack import MeshStack, mesh

SYSTEM = ("--namespace", "istio-system")


def patch(kind: str, name: str, change: Any, *more: str) -> tuple[str, ...]:
    """Return the kubectl command that changes an object: a merge patch, or a JSON patch for a list."""
    how = "json" if isinstance(change, list) else "merge"
    return ("patch", kind, name, *more, "--type", how, "--patch", json.dumps(change))


@dataclass(frozen=True)
class Tampering:
    """A change behind Pulumi's back, and what verify is to say about it."""

    name: str
    command: tuple[str, ...]
    object: str
    said: str
    """A regular expression."""
    owner: str = ""


EGRESS = "Deployment istio-system/istio-egressgateway"
CASES = [
    Tampering(
        "a field",
        patch("deployment", "istio-egressgateway", {"spec": {"strategy": {"rollingUpdate": {"maxSurge": 3}}}}, *SYSTEM),
        EGRESS,
        r"spec\.strategy\.rollingUpdate\.maxSurge is 3, declared '100%'",
        "kubectl-patch",
    ),
    Tampering(
        "a label",
        ("label", "namespace", "apps", "istio-injection-"),
        "Namespace apps",
        r"metadata\.labels\.istio-injection is gone; declared 'enabled'",
    ),
    Tampering(
        "a whole object",
        ("delete", "rolebinding", "istio-ingressgateway-sds", *SYSTEM),
        "RoleBinding istio-system/istio-ingressgateway-sds",
        "missing",
    ),
    Tampering(
        "an environment variable",
        ("set", "env", "deployment/istio-egressgateway", "ISTIO_META_UNPRIVILEGED_POD=maybe", *SYSTEM),
        EGRESS,
        r"\[name=istio-proxy\]\.env\[name=ISTIO_META_UNPRIVILEGED_POD\]\.value is 'maybe', declared 'true'",
        "kubectl-set",
    ),
    Tampering(
        "an amount",
        ("set", "resources", "deployment/istio-egressgateway", "--requests", "cpu=11m", *SYSTEM),
        EGRESS,
        r"resources\.requests\.cpu is '11m', declared '10m'",
        "kubectl-set",
    ),
    Tampering(
        "the mesh config",
        patch("configmap", "istio", {"data": {"mesh": "accessLogFile: /dev/null"}}, *SYSTEM),
        "ConfigMap istio-system/istio",
        r"data\.mesh differs in line 1: .*live 'accessLogFile: /dev/null'",
        "kubectl-patch",
    ),
    Tampering(
        "the injection templates",
        patch("configmap", "istio-sidecar-injector", {"data": {"config": "policy: disabled\n"}}, *SYSTEM),
        "ConfigMap istio-system/istio-sidecar-injector",
        r"data\.config differs in line 1",
        "kubectl-patch",
    ),
    Tampering(
        "a right",
        patch("clusterrole", "istiod-clusterrole-istio-system", [{"op": "remove", "path": "/rules/0"}]),
        "ClusterRole istiod-clusterrole-istio-system",
        r"rules lacks 1: .*admissionregistration",
        "kubectl-patch",
    ),
    Tampering(
        "a Service's port",
        patch(
            "service", "istio-egressgateway", [{"op": "replace", "path": "/spec/ports/0/port", "value": 81}], *SYSTEM
        ),
        "Service istio-system/istio-egressgateway",
        r"spec\.ports\[port=80\] is gone",
    ),
    Tampering(
        "whom a webhook is asked about",
        patch(
            "mutatingwebhookconfiguration",
            "istio-sidecar-injector",
            [{"op": "replace", "path": "/webhooks/0/objectSelector/matchExpressions/0/operator", "value": "In"}],
        ),
        "MutatingWebhookConfiguration istio-sidecar-injector",
        r"webhooks\[name=rev\.namespace\..*objectSelector.*operator is 'In', declared 'NotIn'",
        "kubectl-patch",
    ),
    Tampering(
        "the CA, whose value the stack's file does not tell",
        patch("secret", "cacerts", {"data": {"cert-chain.pem": "Z2FyYmFnZQ=="}}, *SYSTEM),
        "Secret istio-system/cacerts",
        r"data\[cert-chain\.pem\] was rewritten",
        "kubectl-patch",
    ),
    Tampering(
        "a definition",
        patch("customresourcedefinition", "gateways.networking.istio.io", {"spec": {"names": {"shortNames": ["g"]}}}),
        "CustomResourceDefinition gateways.networking.istio.io",
        r"""spec\.names\.shortNames\[0\] is 'g', declared 'gw'""",
        "kubectl-patch",
    ),
]
"""Each is a kind of tampering of its own."""

MARK = ("annotate", "service", "istiod", "example.com/seen=yes", *SYSTEM)
MORE = ("set", "env", "deployment/istio-egressgateway", "EXTRA=1", *SYSTEM)
KEY = ("--field-manager", "somebody")
ADDED = {
    "Service istio-system/istiod": ("metadata.annotations[example.com/seen]", "kubectl-annotate", "warning"),
    EGRESS: ("spec.template.spec.containers[name=istio-proxy].env[name=EXTRA]", "kubectl-set", "error"),
    "ConfigMap istio-system/istio": ("data.more", "somebody", "error"),
}
"""Fields that nobody declares: path, writer, and how bad."""


@pytest.fixture(scope="module")
def tampered(demo: MeshStack, kubectl: Kubectl) -> Rows:
    """What verify says after all of it."""
    is_well()
    for case in CASES:
        kubectl(*case.command)
    kubectl(*MARK)
    kubectl(*MORE)
    kubectl(*patch("configmap", "istio", {"data": {"more": "x"}}, *SYSTEM), *KEY)
    code, rows = verify()
    assert code == 1
    return rows


@pytest.fixture(scope="module")
def healed(tampered: Rows, demo: MeshStack) -> Rows:
    """What verify says after `pulumi up --refresh`."""
    demo.up("--refresh")
    return verify()[1]


def named(rows: Rows, case: Tampering) -> Rows:
    return [
        row
        for row in wrong(rows)
        if (row["check"], row["object"]) == ("declared", case.object) and re.search(case.said, row["what"])
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_tampering_is_named(tampered: Rows, case: Tampering) -> None:
    found = named(tampered, case)
    assert found, [row for row in wrong(tampered) if row["object"] == case.object]
    assert all(row["status"] == "error" and row["todo"] for row in found)
    assert not case.owner or found[0]["owner"] == case.owner


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_tampering_is_put_back(healed: Rows, case: Tampering) -> None:
    assert not [row for row in wrong(healed) if (row["check"], row["object"]) == ("declared", case.object)]


def test_nothing_is_named_that_was_not_tampered_with(tampered: Rows) -> None:
    touched = {case.object for case in CASES} | set(ADDED)
    about = {row["object"] for row in wrong(tampered) if row["check"] in ("declared", "foreign")}
    assert about == touched


@pytest.mark.parametrize("where", ADDED)
def test_a_field_that_nobody_declares_is_named_with_its_writer(tampered: Rows, where: str) -> None:
    path, owner, status = ADDED[where]
    found = [row for row in wrong(tampered) if row["check"] == "foreign" and row["object"] == where]
    assert [(row["path"], row["owner"], row["status"]) for row in found] == [(path, owner, status)]


def test_of_fields_that_nobody_declares_only_kubectls_in_objects_that_change_anyway_are_dropped(
    healed: Rows, kubectl: Kubectl
) -> None:
    left = {row["object"]: row["path"] for row in wrong(healed) if row["check"] == "foreign"}
    stay = ("Service istio-system/istiod", "ConfigMap istio-system/istio")
    assert left == {where: ADDED[where][0] for where in stay}
    # They are taken away as they came: by hand.
    kubectl("annotate", "service", "istiod", "example.com/seen-", *SYSTEM)
    kubectl(*patch("configmap", "istio", {"data": {"more": None}}, *SYSTEM), *KEY)
    is_well()


def test_mesh_up_can_put_back_too_and_ends_with_verify(demo: MeshStack, kubectl: Kubectl) -> None:
    kubectl("label", "namespace", "apps", "istio-injection-")
    # Without a look at the cluster, Pulumi sees no change; verify does.
    done = mesh("up", "--stack", "demo", check=False)
    assert done.returncode == 1
    assert "istio-injection is gone" in done.stderr and "mesh up --refresh" in done.stderr
    assert "istiod" in done.stdout, "what runs is shown all the same"
    mesh("up", "--stack", "demo", "--refresh")
    assert verify()[0] == 0


def test_a_mesh_that_is_well_is_said_to_be(demo: MeshStack) -> None:
    is_well()
    done = mesh("verify", "--stack", "demo")
    assert "verified" in done.stdout and "\x1b" not in done.stdout
    assert all(" ok " in line for line in done.stdout.splitlines()[1:] if line and line != "verified")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--stack", "dmo"), "did you mean 'demo'"),
        (("--context", "nowhere"), "no context 'nowhere'"),
        (("--output", "xml"), "xml"),
    ],
)
def test_a_mistake_is_one_clear_message(demo: MeshStack, arguments: tuple[str, ...], said: str) -> None:
    assert said in " ".join(refused("verify", *arguments).split())
