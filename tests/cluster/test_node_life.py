"""A node's whole life: it comes up in spite of what is in its way, and leaves the machine as it was."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from local_cluster import toolchain
from local_cluster.errors import ClusterError
from local_cluster.node import network, processes
from local_cluster.node.config import NodeConfig, choose

from .kubectl import Kubectl, eventually
from .machine import snapshot
from .node_folder import NodeFolder, alive, echo_app

USUAL_PORTS = (2379, 2380, 2381, 6443, 10248, 10249, 10250, 10256, 10257, 10259, 10260)
"""Ports that the node's processes listen on."""


@pytest.fixture
def own(tmp_path: Path) -> Iterator[NodeFolder]:
    folder = NodeFolder(tmp_path / "state" / "cluster")
    yield folder
    folder.down()


@pytest.fixture
def taken_ports() -> Iterator[dict[int, socket.socket]]:
    """The node's ports, held by this test on every address of this machine, unless somebody else holds them already."""
    with ExitStack() as stack:
        held = {}
        for port in USUAL_PORTS:
            listener = stack.enter_context(socket.socket())
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("0.0.0.0", port))
            except OSError:
                continue
            listener.listen()
            listener.setblocking(False)
            held[port] = listener
        yield held


def test_up_and_down_leave_the_machine_as_it_was(own: NodeFolder, taken_ports: dict[int, socket.socket]) -> None:
    own_names = re.compile("nothing yet")
    snapshot(own_names)  # obtains what it needs itself
    before = snapshot(own_names)

    config = own.up()
    assert set(own.states.values()) == {"healthy"}
    kubectl = Kubectl(toolchain.ensure("kubectl"), config.kubeconfig)
    kubectl.apply(*echo_app("echo"))
    kubectl.rolled_out("default", "echo")
    own_names = re.compile(rf"\b{config.link}\b|\b{config.name}(/|$)")
    during = snapshot(own_names)
    assert config.link in during["links"]
    assert any(config.name in group for group in during["cgroups"])
    # Everything else that a node has is inside it.
    unchanged = ("mounts", "rules", "settings", "entries")
    assert {key: during[key] for key in unchanged} == {key: before[key] for key in unchanged}
    members = own.members()
    assert len(members) > 15

    assert own.down()
    assert snapshot(own_names) == before
    assert not [member for member in members if alive(member)]
    assert not own.path.exists()
    # None of the node's processes ever spoke to those who hold its ports on this machine.
    for port, listener in taken_ports.items():
        with pytest.raises(BlockingIOError):
            listener.accept()
        assert port in USUAL_PORTS
    assert taken_ports
    assert not own.down()


@pytest.mark.parametrize("seen", ["init", "kube-apiserver"])
def test_a_killed_start_is_completed_by_the_next(own: NodeFolder, seen: str) -> None:
    killed_when(own, seen)
    own.up()
    assert set(own.states.values()) == {"healthy"}


def test_a_killed_start_is_undone_by_down(own: NodeFolder) -> None:
    killed_when(own, "kube-apiserver")
    config, members = own.config, own.members()
    assert own.down()
    assert config.link not in network.links()
    assert not [member for member in members if alive(member)]
    assert not own.path.exists()


def killed_when(own: NodeFolder, seen: str) -> None:
    """Run `up` in a process of its own and kill that, with SIGKILL, as soon as a component is on record."""
    code = f"from tests.cluster.node_folder import NodeFolder, Path; NodeFolder(Path({str(own.path)!r})).up()"
    checkout = Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", code], cwd=checkout) as starting:
        eventually((own.path / "processes" / seen).exists, bool, f"{seen} to be started", attempts=6000, pause=0.01)
        starting.kill()
    assert starting.returncode == -signal.SIGKILL


def test_an_unreadable_state_is_replaced(own: NodeFolder) -> None:
    own.up()
    members = own.members()
    own.config.kubeconfig.write_text("")
    (own.path / "node.json").write_text("{")
    own.up()
    assert set(own.states.values()) == {"healthy"}
    assert not [member for member in members if alive(member)]


def test_a_leftover_cable_and_cgroup_are_replaced(own: NodeFolder) -> None:
    config = to_be_chosen(own)
    network.ip("link", "add", config.link, "type", "veth", "peer", "name", "leftover")
    network.ip("link", "set", config.link, "alias", network.alias(own.path))
    assert own.up() == own.config
    assert "leftover" not in network.links()
    assert set(own.states.values()) == {"healthy"}


def test_a_cable_that_the_kernel_removes_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does so when the last process in the node's network has ended, at a time of its own choosing."""
    label, original = network.alias(tmp_path), network.ip
    network.ip("link", "add", "goingaway", "type", "veth", "peer", "name", "otherend")
    network.ip("link", "set", "goingaway", "alias", label)

    def too_late(*arguments: str, inside: int | None = None) -> str:
        if arguments[:2] == ("link", "delete"):
            original(*arguments)
        return original(*arguments, inside=inside)

    def refused(*arguments: str, inside: int | None = None) -> str:
        if arguments[:2] == ("link", "delete"):
            raise ClusterError("not permitted")
        return original(*arguments, inside=inside)

    monkeypatch.setattr(network, "ip", refused)
    with pytest.raises(ClusterError, match="not permitted"):
        network.disconnect(label)
    monkeypatch.setattr(network, "ip", too_late)
    network.disconnect(label)
    assert not {"goingaway", "otherend"} & set(network.links())


def to_be_chosen(own: NodeFolder) -> NodeConfig:
    """What a node in that folder gets on this machine as it is, with what other nodes have already."""
    return choose(own.path, False, network.used_networks(), set(network.links()))


def test_a_foreign_interface_of_that_name_is_left_alone(own: NodeFolder) -> None:
    first = to_be_chosen(own)
    network.ip("link", "add", first.link, "type", "bridge")
    try:
        config = own.up()
        assert config.link != first.link
        assert set(own.states.values()) == {"healthy"}
        # And when it comes while the node is stopped, the node says so.
        os.kill(own.record("init").pid, signal.SIGKILL)
        eventually(lambda: own.record("init").gone, bool, "the node to end")
        network.disconnect(network.alias(own.path))
        network.ip("link", "add", config.link, "type", "bridge")
        with pytest.raises(ClusterError, match=rf"interface {config.link} that is not of this cluster"):
            own.up()
        network.ip("link", "delete", config.link)
        own.up()
    finally:
        network.ip("link", "delete", first.link)


def test_an_address_range_taken_while_it_was_stopped_is_named(own: NodeFolder) -> None:
    config = own.up()
    os.kill(own.record("init").pid, signal.SIGKILL)
    eventually(lambda: own.record("init").gone, bool, "the node to end")
    network.disconnect(network.alias(own.path))
    network.ip("link", "add", "taker", "type", "bridge")
    try:
        network.ip("address", "add", f"{config.pods[1]}/24", "dev", "taker")
        network.ip("link", "set", "taker", "up")
        with pytest.raises(ClusterError, match=rf"route for {config.pods}"):
            own.up()
    finally:
        network.ip("link", "delete", "taker")


def test_a_state_folder_below_var_works_too(tmp_path: Path) -> None:
    place = Path(f"/var/tmp/mesh-components-test-{os.getpid()}")
    own = NodeFolder(place / "cluster")
    # And with a checkout below /tmp: the node has a /var and a /tmp of its own, and still sees both.
    checkout = tmp_path / "checkout"
    for package in ("local_cluster", "tests/cluster"):
        shutil.copytree(Path(__file__).parents[2] / package, checkout / package)
    (checkout / "tests" / "__init__.py").touch()
    code = f"from tests.cluster.node_folder import NodeFolder, Path; NodeFolder(Path({str(own.path)!r})).up()"
    try:
        subprocess.run([sys.executable, "-c", code], cwd=checkout, check=True)
        eventually(lambda: set(own.states.values()), lambda states: states == {"healthy"}, "every process to be well")
        assert processes.running(own.config.processes / "kubelet")
        assert Path(f"/proc/{own.record('init').pid}/root{checkout}/local_cluster/load_balancer.py").exists()
    finally:
        own.down()
        place.rmdir()
