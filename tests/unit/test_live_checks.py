"""The health checks, each on a cluster made up for it."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from mesh_components.live import checks, workloads
from mesh_components.live.checks import CHECKS, health, skew
from mesh_components.live.proxies import Istiod, Proxy
from mesh_components.live.row import Row, Status
from mesh_components.live.snapshot import Snapshot
from mesh_components.manifests import mesh
from mesh_components.settings import load

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
Pair = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


def certificate(name: str, ends: timedelta, issuer: Pair | None = None, begins: timedelta = -100 * DAY) -> Pair:
    """Return a CA certificate and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    above, signing = (issuer[0].subject, issuer[1]) if issuer else (subject, key)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(above)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + begins)
        .not_valid_after(NOW + ends)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(signing, hashes.SHA256())
    )
    return made, key


def pem(*pairs: Pair) -> bytes:
    return b"".join(pair[0].public_bytes(serialization.Encoding.PEM) for pair in pairs)


ROOT = certificate("root", 900 * DAY)
INTERMEDIATE = certificate("intermediate", 400 * DAY, ROOT)
STRANGER = certificate("stranger", 900 * DAY)


def files(intermediate: Pair = INTERMEDIATE, root: Pair = ROOT) -> dict[str, bytes]:
    return {
        "ca-cert.pem": pem(intermediate),
        "cert-chain.pem": pem(intermediate, root),
        "root-cert.pem": pem(root),
    }


def deployment(name: str = "istiod", component: str = "pilot", **status: int) -> dict[str, Any]:
    labels = {"app": name, "istio": component, "istio.io/rev": "default"}
    ready = {"readyReplicas": 1, "updatedReplicas": 1, "observedGeneration": 1}
    return {
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "istio-system", "labels": labels, "generation": 1},
        "spec": {"replicas": status.pop("wanted", 1)},
        "status": {**ready, **status},
    }


def bundle(text: bytes = pem(ROOT)) -> str:
    return base64.b64encode(text).decode()


def webhooks(**settings: Any) -> list[dict[str, Any]]:
    """Return the planned mutating webhooks, with their caBundle."""
    found = [item for item in mesh.objects(load(settings)) if item["kind"] == "MutatingWebhookConfiguration"]
    for item in found:
        for entry in item["webhooks"]:
            entry["clientConfig"]["caBundle"] = bundle()
    return found


def namespace(name: str, labelled: str = "2026-01-01T00:00:00Z", **labels: str) -> dict[str, Any]:
    labels = {key.replace("_", "-").replace("istio-io-rev", "istio.io/rev"): value for key, value in labels.items()}
    entry = {
        "manager": "x",
        "time": labelled,
        "fieldsV1": {"f:metadata": {"f:labels": {f"f:{key}": {} for key in labels}}},
    }
    return {"metadata": {"name": name, "labels": labels, "managedFields": [entry]}}


def pod(name: str, where: str = "apps", by: str | None = None, **labels: str) -> dict[str, Any]:
    """Return a pod of a Deployment called `app`.

    :param by: revision that injected it
    """
    proxy = [{"name": "istio-proxy", "image": "proxy"}] if by else []
    annotations = {"sidecar.istio.io/status": f'{{"revision":"{by}"}}'} if by else {}
    owner = {"kind": "ReplicaSet", "name": "app-7d4", "controller": True}
    return {
        "metadata": {
            "name": name,
            "namespace": where,
            "labels": {"pod-template-hash": "7d4", **labels},
            "annotations": annotations,
            "creationTimestamp": "2026-03-01T00:00:00Z",
            "ownerReferences": [owner],
        },
        "spec": {"containers": [{"name": "app", "image": "app"}], "initContainers": proxy},
        "status": {"phase": "Running"},
    }


def proxy(name: str, version: str = "1.31.0", **more: Any) -> Proxy:
    types = more.pop("types", {"CDS": "SYNCED", "LDS": "SYNCED", "RDS": "NOT SENT"})
    return Proxy(f"{name}.apps", "Kubernetes", "sidecar", version, "istiod-1", types, **more)


def istiod(*proxies: Proxy, **more: Any) -> Istiod:
    return Istiod(
        **{"pod": "istiod-1", "namespace": "istio-system", "revision": "default", "version": "1.31.0", **more},
        proxies=proxies,
    )


def cluster(**parts: Any) -> Snapshot:
    """Return a mesh that is well, but for `parts`."""
    well = {
        "deployments": [deployment(), deployment("istio-ingressgateway", "ingressgateway")],
        "mutating": webhooks(),
        "root_cert": pem(ROOT).decode(),
        "authority": files(),
        "authority_secret": "cacerts",
        "istiods": [istiod()],
        "namespaces": {"apps": namespace("apps", istio_injection="enabled")},
    }
    return Snapshot("istio-system", NOW, **{**well, **parts})


def wrong(snapshot: Snapshot) -> list[Row]:
    return [row for row in health(snapshot) if row.status is not Status.OK]


def only(snapshot: Snapshot, check: str) -> Row:
    """Return the only row that is not well, which is of this check."""
    (row,) = wrong(snapshot)
    assert row.check == check and row.todo
    return row


def test_a_mesh_that_is_well_has_a_row_for_each_check() -> None:
    rows = health(cluster(pods=[pod("a", by="default")], istiods=[istiod(proxy("a"))]))
    assert {row.status for row in rows} == {Status.OK}
    assert list(dict.fromkeys(row.check for row in rows)) == list(CHECKS)


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (deployment(readyReplicas=0), "0 of 1 replicas are ready"),
        (deployment(wanted=0, readyReplicas=0, updatedReplicas=0), "scaled to 0"),
        (deployment(updatedReplicas=0), "0 of 1 replicas are of the latest template"),
        (deployment(replicas=2), "pods of the template before are still needed: 1"),
        (deployment(observedGeneration=0), "the change has not been seen yet"),
    ],
)
def test_an_istiod_that_is_not_ready(broken: dict[str, Any], said: str) -> None:
    assert said in only(cluster(deployments=[broken]), "istiod").what


def daemon_set(name: str = "ztunnel", strategy: str = "RollingUpdate", **status: int) -> dict[str, Any]:
    ready = {"desiredNumberScheduled": 2, "updatedNumberScheduled": 2, "numberReady": 2, "observedGeneration": 1}
    return {
        "kind": "DaemonSet",
        "metadata": {"name": name, "namespace": "istio-system", "generation": 1},
        "spec": {"updateStrategy": {"type": strategy}},
        "status": {**ready, **status},
    }


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (daemon_set(numberReady=1), "on 1 of 2 nodes it is ready"),
        (daemon_set(updatedNumberScheduled=1), "on 1 of 2 nodes it is of the latest template"),
        (daemon_set(strategy="OnDelete", updatedNumberScheduled=0, numberReady=0), "on 0 of 2 nodes it is ready"),
        (daemon_set(observedGeneration=0), "the change has not been seen yet"),
    ],
)
def test_a_node_agent_that_is_not_ready(broken: dict[str, Any], said: str) -> None:
    row = only(cluster(daemon_sets=[daemon_set("istio-cni-node"), broken]), "node agents")
    assert (row.object, row.what) == ("DaemonSet istio-system/ztunnel", said)
    assert row.todo == "kubectl describe daemonset/ztunnel --namespace istio-system"


def test_node_agents_that_are_well() -> None:
    none, by_hand = daemon_set(desiredNumberScheduled=0, updatedNumberScheduled=0, numberReady=0), "OnDelete"
    for agent in (daemon_set(), daemon_set(strategy=by_hand, updatedNumberScheduled=0), none):
        assert wrong(cluster(daemon_sets=[agent])) == []


def test_no_istiod_at_all() -> None:
    assert "there is no istiod" in only(cluster(deployments=[]), "istiod").what


def test_a_control_plane_in_another_cluster_is_not_missed() -> None:
    assert wrong(cluster(deployments=[], istiods=[], authority={}, elsewhere=True)) == []


def test_a_ca_that_may_not_be_read() -> None:
    row = only(cluster(authority={}, authority_refused="secrets is forbidden"), "ca")
    assert (row.status, row.what) == (Status.WARNING, "secrets is forbidden")


def test_why_a_pod_does_not_start_is_told() -> None:
    waiting = {"name": "discovery", "state": {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}}
    broken = {**pod("x", "istio-system"), "status": {"containerStatuses": [waiting]}}
    broken["metadata"]["ownerReferences"][0]["name"] = "istiod-7d4"
    row = only(cluster(deployments=[deployment(readyReplicas=0)], pods=[broken]), "istiod")
    assert "discovery: ImagePullBackOff: no such image" in row.what


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "has no caBundle"),
        ("", "has no caBundle"),
        ("Z2FyYmFnZQ==", "is not a certificate"),
        ("not base64!", "is not a certificate"),
        (bundle(pem(STRANGER)), "is not the mesh's root"),
        (bundle(pem(STRANGER, ROOT)), ""),
    ],
)
def test_a_webhooks_ca_bundle(value: str | None, said: str) -> None:
    configurations = webhooks()
    configurations[0]["webhooks"][1]["clientConfig"]["caBundle"] = value
    found = wrong(cluster(mutating=configurations))
    assert bool(found) == bool(said)
    if said:
        assert said in found[0].what and configurations[0]["webhooks"][1]["name"] in found[0].what


def test_a_webhook_behind_a_url_may_have_a_certificate_that_everybody_trusts() -> None:
    configurations = webhooks()
    configurations[0]["webhooks"][0]["clientConfig"] = {"url": "https://istiod.example.com/inject"}
    assert wrong(cluster(mutating=configurations)) == []


@pytest.mark.parametrize(
    ("ends", "status", "said"),
    [
        (-1 * DAY, Status.ERROR, "ended on 2026-05-31"),
        (timedelta(seconds=0), Status.ERROR, "ended on"),
        (29 * DAY, Status.WARNING, "ends on 2026-06-30, in 29 days"),
        (31 * DAY, Status.OK, ""),
    ],
)
def test_the_end_of_the_intermediate(ends: timedelta, status: Status, said: str) -> None:
    found = wrong(cluster(authority=files(certificate("i", ends, ROOT))))
    assert [row.status for row in found] == ([] if status is Status.OK else [status])
    assert not said or (said in found[0].what and found[0].check == "ca")


def test_the_end_of_the_root_and_a_ca_of_the_future() -> None:
    old = certificate("root", -2 * DAY)
    found = wrong(
        cluster(authority=files(certificate("i", 300 * DAY, old), old), root_cert=pem(old).decode(), mutating=[])
    )
    assert ["CN=root" in row.what and "ended" in row.what for row in found] == [True]
    early = certificate("i", 300 * DAY, ROOT, begins=DAY)
    assert "not valid before 2026-06-02" in only(cluster(authority=files(early)), "ca").what


def test_a_ca_whose_root_did_not_sign_it_or_is_not_trusted() -> None:
    orphan = certificate("i", 300 * DAY, certificate("root", 900 * DAY))
    mixed = {"ca-cert.pem": pem(orphan), "cert-chain.pem": pem(STRANGER), "root-cert.pem": pem(STRANGER, ROOT)}
    assert "no root in it signed" in only(cluster(authority=mixed), "ca").what
    other = certificate("root", 900 * DAY)
    row = only(cluster(authority=files(certificate("i", 300 * DAY, other), other)), "ca")
    assert "not the one that workloads trust" in row.what


def test_a_ca_that_is_no_certificate_and_one_that_is_somebody_elses() -> None:
    assert (
        "root-cert.pem is not a certificate"
        in only(cluster(authority={**files(), "root-cert.pem": b"garbage"}), "ca").what
    )
    assert wrong(cluster(authority={})) == []


def test_istiods_own_root_signs_itself() -> None:
    made = {"ca-cert.pem": pem(ROOT), "cert-chain.pem": b"", "root-cert.pem": b""}
    assert wrong(cluster(authority=made, authority_secret="istio-ca-secret")) == []
    assert wrong(cluster(authority={**made, "root-cert.pem": pem(ROOT)}, authority_secret="istio-ca-secret")) == []


def test_proxies_that_are_behind_refuse_or_are_not_there() -> None:
    pods = [pod(name, by="default") for name in ("behind", "refusing", "away", "well")]
    seen = istiod(
        proxy("behind", types={"CDS": "STALE", "LDS": "SYNCED"}),
        proxy("refusing", types={"LDS": "ERROR"}, errors={"LDS": "no such filter"}),
        proxy("well"),
    )
    found = {row.object: row.what for row in wrong(cluster(pods=pods, istiods=[seen]))}
    assert found == {
        "Pod apps/behind": "has not taken CDS from istiod-1",
        "Pod apps/refusing": "refused LDS from istiod-1: no such filter",
        "Pod apps/away": "its proxy is not connected to any istiod",
    }


def test_a_proxy_that_has_not_started_is_not_missed_at_istiod() -> None:
    starting = pod("a", by="default")
    starting["status"]["initContainerStatuses"] = [{"name": "istio-proxy", "state": {"waiting": {}}}]
    assert wrong(cluster(pods=[starting])) == []


def test_where_no_istiod_answers_no_proxy_is_blamed() -> None:
    broken = cluster(pods=[pod("a", by="default")], istiods=[istiod(error="no route", version="")])
    assert [(row.check, row.status) for row in wrong(broken)] == [("istiod", Status.ERROR), ("sync", Status.WARNING)]


@pytest.mark.parametrize(
    ("proxy_version", "control_plane", "status"),
    [
        ("1.31.0", "1.31.0", None),
        ("1.31.0", "1.31.1", Status.WARNING),
        ("1.30.4", "1.31.0", Status.WARNING),
        ("1.29.9", "1.31.0", Status.ERROR),
        ("1.32.0", "1.31.0", Status.ERROR),
        ("1.31.1", "1.31.0", Status.ERROR),
        ("0.31.0", "1.31.0", Status.ERROR),
        ("1.9.0", "1.10.0", Status.WARNING),
        ("unknown", "1.31.0", None),
        ("1.31-alpha.abc", "1.31.0", None),
    ],
)
def test_versions_side_by_side(proxy_version: str, control_plane: str, status: Status | None) -> None:
    found = skew(proxy_version, control_plane)
    assert (found[0] if found else None) == status


def test_a_control_plane_that_was_lowered_and_a_pod_that_ends() -> None:
    later = pod("b", by="default")
    both = [istiod(proxy("a", "1.31.1"), proxy("b", "1.31.1", types={"CDS": "STALE"}))]
    rows = [row for row in wrong(cluster(pods=[pod("a", by="default"), later], istiods=both)) if "Pod" in row.object]
    assert [(row.check, row.object) for row in rows] == [
        ("sync", "Pod apps/b"),
        ("versions", "Pod apps/a"),
        ("versions", "Pod apps/b"),
    ]
    assert rows[-1].todo == "restart it, or raise the control plane's version"
    later["metadata"]["deletionTimestamp"] = "2026-06-01T00:00:00Z"
    rows = [row for row in wrong(cluster(pods=[pod("a", by="default"), later], istiods=both)) if "Pod" in row.object]
    assert [row.object for row in rows] == ["Pod apps/a"]


def test_pods_without_the_sidecar_that_they_should_have() -> None:
    pods = [pod("a"), pod("b", by="default"), {**pod("c"), "status": {"phase": "Succeeded"}}]
    row = only(cluster(pods=pods, istiods=[istiod(proxy("b"))]), "sidecars")
    assert row.object == "Deployment apps/app" and row.what.startswith("1 of 2 pods lack")
    assert row.todo == "kubectl rollout restart deployment/app --namespace apps"
    assert row.status is Status.ERROR and "labelled after" not in row.what
    late = {"apps": namespace("apps", "2026-04-01T00:00:00Z", istio_injection="enabled")}
    row = only(cluster(pods=pods[:1], namespaces=late), "sidecars")
    assert row.status is Status.WARNING and "labelled after" in row.what


@pytest.mark.parametrize(
    "spared",
    [
        pod("a", **{"sidecar.istio.io/inject": "false"}),
        {**pod("a"), "spec": {"hostNetwork": True, "containers": []}},
        pod("a", where="elsewhere"),
    ],
)
def test_pods_that_need_no_sidecar(spared: dict[str, Any]) -> None:
    both = {"apps": namespace("apps", istio_injection="enabled"), "elsewhere": namespace("elsewhere")}
    assert wrong(cluster(pods=[spared], namespaces=both)) == []


def test_workloads_that_run_what_another_revision_or_an_older_control_plane_put_in() -> None:
    canary = cluster(
        mutating=[*webhooks(), *webhooks(revision="canary")],
        namespaces={"apps": namespace("apps", istio_io_rev="canary")},
        pods=[pod("a", by="default")],
        istiods=[istiod(proxy("a")), istiod(pod="istiod-2", revision="canary", version="1.32.0")],
    )
    row = only(canary, "restarts")
    assert row.what == "was injected by revision default, and would be by canary today"
    assert row.todo == "kubectl rollout restart deployment/app --namespace apps"

    upgraded = cluster(pods=[pod("a", by="default")], istiods=[istiod(proxy("a", "1.30.0"))])
    assert {row.check: row.what for row in wrong(upgraded)}["restarts"] == (
        "its proxy is of version 1.30.0, its control plane of 1.31.0"
    )
    left = cluster(pods=[pod("a", by="default")], istiods=[istiod(proxy("a"))], namespaces={"apps": namespace("apps")})
    assert only(left, "restarts").what == "has a sidecar, and would not get one today"


def test_istiods_of_two_versions_in_one_revision() -> None:
    both = cluster(istiods=[istiod(), istiod(pod="istiod-2", version="1.31.1")])
    assert "1.31.0, 1.31.1" in only(both, "versions").what


def test_a_start_a_moment_ago_is_worth_waiting_for() -> None:
    recent = pod("a", by="default")
    recent["metadata"]["creationTimestamp"] = "2026-05-31T23:59:30Z"
    again = pod("b", by="default")
    state = {"running": {"startedAt": "2026-05-31T23:59:30Z"}}
    again["status"]["initContainerStatuses"] = [{"name": "istio-proxy", "state": state}]
    assert checks.young(cluster(pods=[again])), "its container was restarted"
    assert checks.young(cluster(pods=[recent])) and not checks.young(cluster(pods=[pod("a", by="default")]))


def test_a_pod_of_its_own_is_made_again_and_a_job_started_again() -> None:
    alone = pod("a")
    alone["metadata"]["ownerReferences"] = []
    assert workloads.workload(alone) == "Pod apps/a"
    assert "delete the pod" in workloads.restart("Pod apps/a")
    assert workloads.restart("StatefulSet apps/db") == "kubectl rollout restart statefulset/db --namespace apps"
    assert "Job" in workloads.restart("Job apps/once")
