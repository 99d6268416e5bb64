"""The health checks: each a small function from a snapshot to rows. Pure.

A check that finds nothing wrong says so in one row; a check that cannot be made says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from . import certificates, injection, workloads
from .managed import written
from .proxies import Istiod, Proxy, minor, release
from .row import Row, Status, name_of
from .snapshot import ROOT_CERT, Snapshot

Check = Callable[[Snapshot], Iterator[Row]]

SKEW = 1
"""Minor versions by which a proxy may be older than its control plane (Istio's support policy)."""


def control_planes(snapshot: Snapshot) -> Iterator[Row]:
    """istiod is rolled out and answers."""
    if not snapshot.control_planes and not snapshot.elsewhere:
        what = f"there is no istiod in namespace {snapshot.istio_namespace}"
        yield Row("istiod", f"Namespace {snapshot.istio_namespace}", Status.ERROR, what, "mesh up --refresh")
    yield from _rollouts("istiod", snapshot, snapshot.control_planes)
    for istiod in snapshot.istiods:
        if istiod.error:
            todo = f"kubectl logs {istiod.pod} --namespace {istiod.namespace}"
            yield Row("istiod", f"Pod {istiod.namespace}/{istiod.pod}", Status.ERROR, istiod.error, todo)


def gateways(snapshot: Snapshot) -> Iterator[Row]:
    """Gateways are rolled out."""
    yield from _rollouts("gateways", snapshot, snapshot.gateways)


def node_agents(snapshot: Snapshot) -> Iterator[Row]:
    """Istio's CNI plugin and ztunnel are rolled out on each node that is to have them."""
    yield from _rollouts("node agents", snapshot, snapshot.daemon_sets)


def _rollouts(check: str, snapshot: Snapshot, listed: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    for item in listed:
        have, wanted, problem = workloads.rollout(item)
        name = name_of(item)
        if not problem:
            yield Row(check, name, Status.OK, f"{have}/{wanted} ready")
            continue
        pods = [pod for pod in snapshot.pods if workloads.workload(pod) == name]
        if reason := workloads.trouble(pods):
            problem = f"{problem}: {reason}"
        described = f"{item['kind'].lower()}/{item['metadata']['name']} --namespace {item['metadata']['namespace']}"
        todo = "scale it up" if wanted == 0 else f"kubectl describe {described}"
        yield Row(check, name, Status.ERROR, problem, todo)


def webhooks(snapshot: Snapshot) -> Iterator[Row]:
    """The API server can verify istiod: each webhook's caBundle is there, parses and has the mesh's root."""
    todo = "istiod fills it in: see that it runs, and its log for 'webhook'"
    try:
        roots = certificates.fingerprints(certificates.parse((snapshot.root_cert or "").encode()))
    except ValueError:
        roots = set()
    for item in [*snapshot.mutating, *snapshot.validating]:
        problems = []
        for entry in item.get("webhooks") or []:
            client = entry.get("clientConfig") or {}
            # Behind a URL there may be a certificate that every machine trusts.
            public = "url" in client and not client.get("caBundle")
            problem = "" if public else bundle_problem(client.get("caBundle"), roots)
            if problem:
                problems.append(Row("webhooks", name_of(item), Status.ERROR, f"{entry['name']}: {problem}", todo))
        yield from problems or [Row("webhooks", name_of(item), Status.OK, "every caBundle is the mesh's root")]


def bundle_problem(bundle: str | None, roots: set[bytes]) -> str:
    """Return what is wrong with a webhook's caBundle; empty when nothing is.

    :param roots: fingerprints of the roots that the mesh trusts; empty where they are not known
    """
    if not bundle:
        return "has no caBundle, so the API server cannot verify istiod"
    try:
        found = certificates.fingerprints(certificates.parse(certificates.decoded(bundle)))
    except ValueError:
        return "its caBundle is not a certificate"
    if roots and not found & roots:
        return f"its caBundle is not the mesh's root (ConfigMap {ROOT_CERT})"
    return ""


def authority(snapshot: Snapshot) -> Iterator[Row]:
    """The CA's certificates are good for a while, belong together, and are what workloads trust."""
    where = f"Secret {snapshot.istio_namespace}/{snapshot.authority_secret}"
    if snapshot.authority_refused:
        yield Row("ca", where, Status.WARNING, snapshot.authority_refused, "the right to read this Secret")
        return
    if not snapshot.authority:
        yield Row("ca", f"Namespace {snapshot.istio_namespace}", Status.OK, "no CA here: it is somebody else's")
        return
    parsed, unreadable = {}, []
    for name in sorted(snapshot.authority):
        # Where istiod made its own root, there is no chain, and the file is empty.
        if name.endswith((".pem", ".crt")) and "crl" not in name and snapshot.authority[name].strip():
            try:
                parsed[name] = certificates.parse(snapshot.authority[name])
            except ValueError:
                unreadable.append(name)
    for name in unreadable:
        yield Row("ca", where, Status.ERROR, f"{name} is not a certificate", "restore it: mesh up --refresh")
    seen: set[bytes] = set()
    for name, found in parsed.items():
        for certificate in found:
            if not certificates.fingerprints([certificate]) & seen:
                seen |= certificates.fingerprints([certificate])
                yield _validity(snapshot, where, name, certificate)
    if not unreadable:
        yield from _chain(snapshot, where, parsed)


def _validity(snapshot: Snapshot, where: str, name: str, certificate: Any) -> Row:
    left = certificates.remaining(certificate, snapshot.now)
    end = f"{certificate.not_valid_after_utc:%Y-%m-%d}"
    what = f"{name} ({certificates.subject(certificate)})"
    if certificate.not_valid_before_utc > snapshot.now:
        begin = f"{certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC"
        return Row("ca", where, Status.ERROR, f"{what} is not valid before {begin}", "correct the clock or the CA")
    if left.total_seconds() <= 0:
        return Row("ca", where, Status.ERROR, f"{what} ended on {end}: no proxy gets a certificate", ROTATE)
    if left < certificates.SOON:
        return Row("ca", where, Status.WARNING, f"{what} ends on {end}, in {left.days} days", ROTATE)
    return Row("ca", where, Status.OK, f"{what} is good until {end}")


ROTATE = "plan a new CA: setting certificateAuthority"


def _chain(snapshot: Snapshot, where: str, parsed: Mapping[str, list[Any]]) -> Iterator[Row]:
    signer = (parsed.get("ca-cert.pem") or parsed.get("tls.crt") or [None])[0]
    roots = parsed.get("root-cert.pem") or parsed.get("ca.crt") or ([signer] if signer else [])
    above = [*parsed.get("cert-chain.pem", []), *roots]
    if signer and not any(certificates.signed(signer, other) for other in above):
        yield Row("ca", where, Status.ERROR, "no root in it signed its CA certificate", "restore it: mesh up --refresh")
    if snapshot.root_cert is None:
        if snapshot.elsewhere and not snapshot.control_planes:
            return  # the CA waits for the first istiod, another stack's
        what = f"ConfigMap {ROOT_CERT} is missing, without which no gateway starts"
        yield Row("ca", where, Status.ERROR, what, "istiod writes it: see that it runs")
        return
    try:
        trusted = certificates.fingerprints(certificates.parse(snapshot.root_cert.encode()))
    except ValueError:
        trusted = set()
    if roots and not certificates.fingerprints(roots) & trusted:
        what = f"its root is not the one that workloads trust (ConfigMap {ROOT_CERT})"
        yield Row("ca", where, Status.ERROR, what, "a changed root takes a restart of istiod and of every workload")


def sync(snapshot: Snapshot) -> Iterator[Row]:
    """Every proxy is connected, has what it was sent, and took it."""
    for _, proxy in connected(snapshot):
        for kind, reason in proxy.errors.items():
            what = f"refused {kind} from {proxy.istiod}: {reason}"
            yield Row("sync", "Pod {}/{}".format(*proxy.pod), Status.ERROR, what, _log(proxy.pod))
    yield from waiting(snapshot)
    if all(istiod.error for istiod in snapshot.istiods) and not snapshot.elsewhere:
        yield Row("sync", "proxies", Status.WARNING, "no istiod answers, so nobody knows", "bring istiod back first")


def connected(snapshot: Snapshot) -> list[tuple[Istiod, Proxy]]:
    """Return the proxies that are connected to an istiod, each with it, without those of pods on their way out."""
    leaving = {_key(pod) for pod in snapshot.pods if not workloads.running(pod)}
    return [(istiod, proxy) for istiod in snapshot.istiods for proxy in istiod.proxies if proxy.pod not in leaving]


def waiting(snapshot: Snapshot) -> Iterator[Row]:
    """Yield a row for each proxy that does not have everything; a moment later it may, so look again before telling."""
    found = {proxy.pod: proxy for _, proxy in connected(snapshot)}
    for proxy in found.values():
        if proxy.stale:
            what = f"has not taken {', '.join(proxy.stale)} from {proxy.istiod}"
            yield Row("sync", "Pod {}/{}".format(*proxy.pod), Status.ERROR, what, _log(proxy.pod))
    if all(istiod.error for istiod in snapshot.istiods):
        return
    for pod in snapshot.pods:
        key = _key(pod)
        has_proxy = injection.proxy_image(pod) and workloads.container_runs(pod, injection.PROXY)
        if workloads.running(pod) and has_proxy and key not in found:
            what = "its proxy is not connected to any istiod"
            to_do = f"{_log(key)}; if the mesh has a new root since the pod started, restart it"
            yield Row("sync", "Pod {}/{}".format(*key), Status.ERROR, what, to_do)


def young(snapshot: Snapshot) -> bool:
    """Whether an istiod or any pod with a proxy started within the last minutes, so that proxies may yet connect."""
    names = {(istiod.namespace, istiod.pod) for istiod in snapshot.istiods}
    pods = [
        pod
        for pod in snapshot.pods
        if injection.proxy_image(pod) or (_namespace(pod), pod["metadata"]["name"]) in names
    ]
    return any(snapshot.now - datetime.fromisoformat(start) < YOUTH for pod in pods for start in workloads.starts(pod))


YOUTH = timedelta(minutes=2)


def _log(pod: tuple[str, str]) -> str:
    return f"kubectl logs {pod[1]} --container {injection.PROXY} --namespace {pod[0]}"


def versions(snapshot: Snapshot) -> Iterator[Row]:
    """No proxy is newer than its control plane, or much older."""
    found = {(istiod.revision, istiod.version) for istiod in snapshot.istiods if istiod.version}
    for name in sorted({revision for revision, _ in found}):
        of_revision = sorted(version for revision, version in found if revision == name)
        if len(of_revision) > 1:
            what = f"its istiods are of different versions: {', '.join(of_revision)}"
            yield Row(
                "versions", f"revision {name}", Status.WARNING, what, "wait for the rollout, or see what stops it"
            )
    for istiod, proxy in connected(snapshot):
        if problem := skew(proxy.version, istiod.version):
            status, what = problem
            # Started again, it gets the version of the control plane: the way for who has lowered that.
            todo = "restart it, or raise the control plane's version" if "newer" in what else "restart it"
            yield Row("versions", "Pod {}/{}".format(*proxy.pod), status, what, todo)


def skew(proxy: str, control_plane: str) -> tuple[Status, str] | None:
    """Return what is wrong with two versions side by side, if anything is."""
    ours, theirs = release(proxy), release(control_plane)
    if ours is None or theirs is None or ours == theirs:
        return None
    both = f"proxy {proxy}, istiod {control_plane}"
    if ours > theirs:
        return Status.ERROR, f"the proxy is newer than its control plane: {both}"
    apart = (minor(control_plane) or (0, 0))[1] - (minor(proxy) or (0, 0))[1]
    if ours[0] != theirs[0] or apart > SKEW:
        return Status.ERROR, f"the proxy is too old for its control plane: {both}"
    return Status.WARNING, f"the proxy is older than its control plane: {both}"


def sidecars(snapshot: Snapshot) -> Iterator[Row]:
    """Every pod that should have a sidecar has one."""
    for name, pods in workloads.by_workload(_judged(snapshot)).items():
        lacking = [pod for pod in pods if _expected(snapshot, pod) and injection.injected(pod) is None]
        if not lacking:
            continue
        what = f"{len(lacking)} of {len(pods)} pods lack the sidecar that namespace {_namespace(lacking[0])} asks for"
        # To be restarted after the namespace has joined is the usual way; not to be injected at birth is a fault.
        late = all(_older_than_label(snapshot, pod) for pod in lacking)
        what += "; it was labelled after they started" if late else "; istiod did not inject them, and its log says why"
        yield Row("sidecars", name, Status.WARNING if late else Status.ERROR, what, workloads.restart(name))


def restarts(snapshot: Snapshot) -> Iterator[Row]:
    """No workload still runs what an older control plane, or another revision, put into it."""
    running = {istiod.revision: istiod.version for istiod in snapshot.istiods if istiod.version}
    known = {proxy.pod: proxy.version for _, proxy in connected(snapshot)}
    for name, pods in workloads.by_workload(_judged(snapshot)).items():
        reasons = list(dict.fromkeys(filter(None, (_outdated(snapshot, pod, running, known) for pod in pods))))
        for reason in reasons:
            yield Row("restarts", name, Status.WARNING, reason, workloads.restart(name))


def _outdated(
    snapshot: Snapshot,
    pod: Mapping[str, Any],
    running: Mapping[str, str],
    known: Mapping[tuple[str, str], str],
) -> str:
    """Return why a pod has to be restarted; empty when it has not to be."""
    has = injection.injected(pod)
    if has is None:
        return ""
    should = _expected(snapshot, pod)
    if should is None:
        return "has a sidecar, and would not get one today"
    if should != has:
        return f"was injected by revision {has}, and would be by {should} today"
    version = known.get((pod["metadata"]["namespace"], pod["metadata"]["name"]), "")
    wanted = running.get(should, "")
    if version and wanted and (release(version) or ()) < (release(wanted) or ()):
        return f"its proxy is of version {version}, its control plane of {wanted}"
    return ""


def _judged(snapshot: Snapshot) -> list[Mapping[str, Any]]:
    return [pod for pod in snapshot.pods if workloads.running(pod) and _namespace(pod) in snapshot.namespaces]


def _namespace(pod: Mapping[str, Any]) -> str:
    return str(pod["metadata"]["namespace"])


def _key(pod: Mapping[str, Any]) -> tuple[str, str]:
    return _namespace(pod), str(pod["metadata"]["name"])


def _expected(snapshot: Snapshot, pod: Mapping[str, Any]) -> str | None:
    """Return the revision that would inject a pod today, or None."""
    found = injection.revision_for(pod, snapshot.namespaces[_namespace(pod)], snapshot.mutating)
    return found if found and injection.required(pod, snapshot.injectors.get(found, {})) else None


def _older_than_label(snapshot: Snapshot, pod: Mapping[str, Any]) -> bool:
    namespace = snapshot.namespaces[_namespace(pod)]
    times = [
        time
        for label in ("istio-injection", injection.REVISION)
        if (time := written(namespace, "metadata", "labels", label))
    ]
    created = pod["metadata"].get("creationTimestamp", "")
    return any(created < time for time in times)


CHECKS: Mapping[str, tuple[Check, str]] = {
    "istiod": (control_planes, "ready, and answers"),
    "gateways": (gateways, "ready"),
    "node agents": (node_agents, "ready, where there are any"),
    "webhooks": (webhooks, "the API server can verify istiod"),
    "ca": (authority, "good, and trusted"),
    "sync": (sync, "every proxy has what it was sent"),
    "versions": (versions, "proxies and control planes fit together"),
    "sidecars": (sidecars, "every pod that should have one has one"),
    "restarts": (restarts, "no workload runs an older sidecar"),
}
"""The checks by name, in the order in which they are shown, each with what it means when nothing is wrong."""


def health(snapshot: Snapshot) -> list[Row]:
    """Return the rows of every check; of one that finds nothing wrong, a row that says so."""
    found: list[Row] = []
    for name, (check, well) in CHECKS.items():
        rows = list(check(snapshot))
        found += rows or [Row(name, name, Status.OK, well)]
    return found
