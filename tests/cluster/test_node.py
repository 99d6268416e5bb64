"""The node that `mesh cluster up` makes: what works on it, and what `up` mends. On a node of the tests' own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from local_cluster import toolchain
from local_cluster.errors import ClusterError
from local_cluster.node import files, node, readiness

from .kubectl import Kubectl, eventually
from .node_folder import NodeFolder, echo_app

COMPONENTS = (
    "etcd",
    "containerd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kube-proxy",
    "kubelet",
    "load-balancer",
)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeFolder]:
    folder = NodeFolder(tmp_path_factory.mktemp("node") / "cluster")
    folder.up()
    yield folder
    folder.down()


@pytest.fixture(scope="module")
def kubectl(own: NodeFolder) -> Kubectl:
    return Kubectl(toolchain.ensure("kubectl"), own.config.kubeconfig)


@pytest.fixture(scope="module")
def echo(kubectl: Kubectl) -> str:
    """An echo server; returns the address that its Service of type LoadBalancer was given."""
    kubectl.apply(*echo_app("echo"))
    kubectl.rolled_out("default", "echo")
    address = address_of(kubectl, "echo")
    # kube-proxy collects changes for a second before it writes them.
    eventually(lambda: reached(address), bool, "the echo server to answer")
    return address


def address_of(kubectl: Kubectl, service: str) -> str:
    def look() -> list[dict[str, str]]:
        found = kubectl.get("service", service)["status"]["loadBalancer"].get("ingress", [])
        assert isinstance(found, list)
        return found

    return str(eventually(look, bool, f"an address for {service}")[0]["ip"])


def answer(url: str) -> int:
    """GET from this machine, which is outside the cluster, past any proxy."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=10) as response:
        return int(response.status)


def test_it_is_ready(own: NodeFolder, kubectl: Kubectl) -> None:
    assert own.states == dict.fromkeys(("init", *COMPONENTS), "healthy")
    conditions = kubectl.get("node", own.config.name)["status"]["conditions"]
    assert {entry["type"]: entry["status"] for entry in conditions}["Ready"] == "True"
    assert readiness.resolve("kube-dns.kube-system.svc.cluster.local", own.config.dns) == [own.config.dns]


def test_names_outside_do_not_exist(own: NodeFolder) -> None:
    assert readiness.resolve("example.com", own.config.dns) == []


def test_a_request_from_outside_reaches_a_load_balancer(own: NodeFolder, echo: str) -> None:
    assert echo in map(str, own.config.load_balancers.hosts())
    assert answer(f"http://{echo}:8080/debug") == 200


def test_a_pod_reaches_services_by_name_also_its_own(kubectl: Kubectl, echo: str) -> None:
    pod = kubectl.pods("default", "echo")[0]["metadata"]["name"]
    url = "http://echo.default.svc.cluster.local:8080/debug?header=X-Served-By:"
    # Two pods behind the Service: within these many requests each has answered, the asking one too.
    for _ in range(8):
        said = kubectl("exec", pod, "--", "/usr/bin/fortio", "curl", "-quiet", url)
        assert "GET /debug" in said
    said = kubectl("exec", pod, "--", "/usr/bin/fortio", "curl", "-quiet", f"http://{echo}:8080/debug")
    assert "GET /debug" in said


def test_logs_and_port_forward_work(kubectl: Kubectl, echo: str) -> None:
    answer(f"http://{echo}:8080/debug")
    assert "/debug" in "".join(kubectl("logs", pod["metadata"]["name"]) for pod in kubectl.pods("default", "echo"))
    command = [str(kubectl.binary), "--kubeconfig", str(kubectl.kubeconfig), "port-forward", "deployment/echo", ":8080"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as forward:
        try:
            assert forward.stdout is not None
            line = forward.stdout.readline()
            port = line.partition("127.0.0.1:")[2].partition(" ")[0]
            assert answer(f"http://127.0.0.1:{port}/debug") == 200
        finally:
            forward.terminate()


def test_a_released_address_is_given_again(kubectl: Kubectl, echo: str) -> None:
    service = echo_app("other")[1]
    kubectl.apply(service)
    first = address_of(kubectl, "other")
    assert first != echo
    kubectl("delete", "service", "other")
    kubectl.apply({**service, "metadata": {"name": "another", "namespace": "default"}})
    assert address_of(kubectl, "another") == first
    kubectl("patch", "service", "another", "--patch", '{"spec": {"type": "ClusterIP"}}')
    eventually(
        lambda: kubectl.get("service", "another")["status"]["loadBalancer"],
        lambda status: not status,
        "the address to be released",
    )
    kubectl("delete", "service", "another")


def test_a_second_up_changes_nothing(own: NodeFolder, kubectl: Kubectl) -> None:
    def versions() -> dict[str, str]:
        items = kubectl.get("all,configmaps,serviceaccounts", "--namespace", "kube-system")["items"]
        return {f"{item['kind']}/{item['metadata']['name']}": item["metadata"]["resourceVersion"] for item in items}

    def written() -> dict[str, tuple[bytes, int]]:
        folders = (own.config.pki, own.config.processes)
        return {str(path): (path.read_bytes(), path.stat().st_ino) for folder in folders for path in folder.iterdir()}

    before, files_before = versions(), written()
    own.up()
    assert written() == files_before
    assert versions() == before


@pytest.mark.parametrize("name", COMPONENTS)
def test_a_killed_process_is_started_again(own: NodeFolder, kubectl: Kubectl, echo: str, name: str) -> None:
    before = own.records
    os.kill(before[name].pid, signal.SIGKILL)
    eventually(lambda: own.states[name], "stopped".__eq__, f"{name} to be seen as stopped")
    own.up()
    assert set(own.states.values()) == {"healthy"}
    after = own.records
    assert {other for other in after if after[other] != before[other]} == {name}
    assert answer(f"http://{echo}:8080/debug") == 200


def test_a_new_service_gets_an_address_after_the_api_server_came_back(own: NodeFolder, kubectl: Kubectl) -> None:
    os.kill(own.record("kube-apiserver").pid, signal.SIGKILL)
    own.up()
    kubectl.apply(echo_app("late")[1])
    assert address_of(kubectl, "late")
    kubectl("delete", "service", "late")


def test_a_process_that_hangs_is_started_anew(own: NodeFolder) -> None:
    before = own.record("kube-scheduler")
    os.kill(before.pid, signal.SIGSTOP)
    own.up()
    assert own.record("kube-scheduler") != before
    assert own.states["kube-scheduler"] == "healthy"
    assert before.gone


def test_a_pid_file_of_another_process_is_not_believed(own: NodeFolder) -> None:
    with subprocess.Popen(["sleep", "600"]) as bystander:
        try:
            old = own.record("kube-scheduler")
            os.kill(old.pid, signal.SIGKILL)
            files.write_json(own.config.processes / "kube-scheduler", {**vars(old), "pid": bystander.pid})
            own.up()
            assert bystander.poll() is None
            assert own.record("kube-scheduler").pid not in (old.pid, bystander.pid)
            assert own.states["kube-scheduler"] == "healthy"
        finally:
            bystander.kill()


def test_damaged_files_are_made_again(own: NodeFolder) -> None:
    (own.config.pki / "admin.crt").write_text("half")
    shutil.rmtree(own.config.settings)
    own.up()
    assert set(own.states.values()) == {"healthy"}


def test_all_at_once_as_after_a_reboot(own: NodeFolder, kubectl: Kubectl, echo: str) -> None:
    os.kill(own.record("init").pid, signal.SIGKILL)
    own.up()
    kubectl.rolled_out("default", "echo")
    eventually(lambda: reached(echo), bool, "the echo server to answer again")
    assert address_of(kubectl, "echo") == echo


def reached(address: str) -> bool:
    try:
        return answer(f"http://{address}:8080/debug") == 200
    except OSError:
        return False


def test_two_commands_do_not_get_in_each_others_way(own: NodeFolder) -> None:
    with files.locked(own.path), pytest.raises(ClusterError, match="another `mesh cluster"):
        own.up()


def test_status_names_every_process(own: NodeFolder) -> None:
    for health in node.status(own.config):
        assert health.pid and Path(f"/proc/{health.pid}/exe").readlink()
        assert health.uptime is not None and health.uptime >= 0
        assert health.log.is_file()
