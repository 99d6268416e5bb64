"""The choice of a cluster, a node's addresses, its processes' records and certificates: whatever needs no cluster."""

from __future__ import annotations

import datetime
import ipaddress
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from typer.testing import CliRunner

from local_cluster import cluster, contexts, kind
from local_cluster.errors import ClusterError, UserMistake
from local_cluster.node import components, containerd, files, kubeconfigs, node, pki, processes, readiness
from local_cluster.node.config import MAX_NODES, NodeConfig, choose
from local_cluster.toolchain.table import KUBERNETES_VERSION
from mesh_components.cli.cluster import cluster_app

runner = CliRunner()


@pytest.fixture
def config(tmp_path: Path) -> NodeConfig:
    return NodeConfig(tmp_path, 3)


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A process of the test's own, ended with the test."""
    process = subprocess.Popen(["sleep", "600"])
    yield process
    process.kill()
    process.wait()


def record_of(pid: int) -> processes.Record:
    """The record that the process would have written of itself."""
    started = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    return processes.Record(pid, int(started), processes.boot_id(), "digest")


def save(path: Path, record: processes.Record) -> None:
    files.write_json(path, vars(record))


class TestAddresses:
    def test_no_two_nodes_share_any(self, tmp_path: Path) -> None:
        networks = [network for index in range(MAX_NODES) for network in NodeConfig(tmp_path, index).networks]
        assert not any(one.overlaps(other) for i, one in enumerate(networks) for other in networks[i + 1 :])

    def test_the_default_folder_has_the_usual_ones(self, tmp_path: Path) -> None:
        first = choose(tmp_path, True, [], set())
        assert (first.name, first.dns, str(first.services)) == ("mesh-components", "10.96.0.10", "10.96.0.0/16")
        assert str(first.pods) == "10.244.0.0/24"

    def test_another_folder_has_others(self, tmp_path: Path) -> None:
        assert choose(tmp_path, False, [], set()).index != 0

    @pytest.mark.parametrize("route", ["10.244.0.0/16", "10.96.7.0/24", "10.244.255.2/32"])
    def test_used_ones_are_passed_over(self, tmp_path: Path, route: str) -> None:
        used = ipaddress.IPv4Network(route)
        assert any(network.overlaps(used) for network in NodeConfig(tmp_path, 0).networks)
        chosen = choose(tmp_path, True, [used], set())
        assert not any(network.overlaps(used) for network in chosen.networks)

    def test_a_used_interface_name_is_passed_over(self, tmp_path: Path) -> None:
        assert choose(tmp_path, True, [], {"mesh0", "eth0"}).link == "mesh1"

    def test_a_very_wide_route_is_no_obstacle(self, tmp_path: Path) -> None:
        assert choose(tmp_path, True, [ipaddress.IPv4Network("10.0.0.0/8")], set()).index == 0

    def test_when_all_are_used_it_says_what_to_do(self, tmp_path: Path) -> None:
        with pytest.raises(ClusterError, match=r"ip route.*--context"):
            choose(
                tmp_path, True, [ipaddress.IPv4Network("10.96.0.0/12"), ipaddress.IPv4Network("10.112.0.0/12")], set()
            )


class TestProcesses:
    def test_a_running_process_is_recognized(self, tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
        save(tmp_path / "it", record_of(sleeper.pid))
        assert processes.running(tmp_path / "it") == record_of(sleeper.pid)

    @pytest.mark.parametrize("change", [{"started": 1}, {"boot": "another"}])
    def test_a_pid_that_is_somebody_elses_by_now_is_left_alone(
        self, tmp_path: Path, sleeper: subprocess.Popen[bytes], change: dict[str, object]
    ) -> None:
        save(tmp_path / "it", replace(record_of(sleeper.pid), **change))  # type: ignore[arg-type]
        assert processes.running(tmp_path / "it") is None
        processes.stop(tmp_path / "it")
        assert sleeper.poll() is None
        assert not (tmp_path / "it").exists()

    def test_stop_ends_the_process_and_drops_the_record(self, tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
        save(tmp_path / "it", record_of(sleeper.pid))
        processes.stop(tmp_path / "it")
        assert sleeper.wait(timeout=5) != 0
        assert not (tmp_path / "it").exists()

    def test_stop_kills_what_ignores_a_request(self, tmp_path: Path) -> None:
        code = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); signal.pause()"
        with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as deaf:
            assert deaf.stdout and deaf.stdout.readline() == b"deaf\n"
            save(tmp_path / "it", record_of(deaf.pid))
            processes.stop(tmp_path / "it", patience=0.2)
            assert deaf.wait(timeout=5) == -9

    def test_a_zombie_does_not_run(self, tmp_path: Path) -> None:
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
        save(tmp_path / "it", record_of(child))
        assert processes.running(tmp_path / "it") is None
        os.waitpid(child, 0)

    @pytest.mark.parametrize("content", ["", "{", "[]", "{}", "null", '{"pid": 1}'])
    def test_a_damaged_record_is_no_record(self, tmp_path: Path, content: str) -> None:
        (tmp_path / "it").write_text(content)
        assert processes.read(tmp_path / "it") is None


class TestFiles:
    def test_a_second_command_is_refused_while_one_is_at_work(self, tmp_path: Path) -> None:
        with (
            files.locked(tmp_path / "state"),
            pytest.raises(ClusterError, match="another `mesh cluster"),
            files.locked(tmp_path / "state"),
        ):
            pass

    def test_the_folder_can_be_removed_under_the_lock(self, tmp_path: Path) -> None:
        for _ in range(2):
            with files.locked(tmp_path / "state"):
                (tmp_path / "state" / "lock").unlink()
                (tmp_path / "state").rmdir()

    def test_a_failed_write_leaves_the_old_content(self, tmp_path: Path) -> None:
        files.write(tmp_path / "it", "old")
        with pytest.raises(TypeError):
            files.write_json(tmp_path / "it", object())
        assert (tmp_path / "it").read_text() == "old"


class TestCertificates:
    def test_a_second_time_changes_nothing(self, config: NodeConfig) -> None:
        pki.ensure(config)
        before = {path: path.read_bytes() for path in config.pki.iterdir()}
        pki.ensure(config)
        assert {path: path.read_bytes() for path in config.pki.iterdir()} == before
        assert len(before) == 2 * (len(pki.subjects(config)) + 2) + 1

    def test_the_api_server_serves_under_its_addresses(self, config: NodeConfig) -> None:
        pki.ensure(config)
        certificate = x509.load_pem_x509_certificate((config.pki / "apiserver.crt").read_bytes())
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        assert ipaddress.ip_address(config.address) in names.get_values_for_type(x509.IPAddress)
        assert config.services[1] in names.get_values_for_type(x509.IPAddress)
        assert "kubernetes.default.svc" in names.get_values_for_type(x509.DNSName)

    @pytest.mark.parametrize("damage", ["", "not a certificate"])
    def test_a_damaged_one_is_made_again(self, config: NodeConfig, damage: str) -> None:
        pki.ensure(config)
        others = {path: path.read_bytes() for path in config.pki.iterdir() if path.stem != "admin"}
        (config.pki / "admin.crt").write_text(damage)
        pki.ensure(config)
        x509.load_pem_x509_certificate((config.pki / "admin.crt").read_bytes())
        assert {path: path.read_bytes() for path in others} == others

    def test_a_new_authority_signs_everything_anew(self, config: NodeConfig) -> None:
        pki.ensure(config)
        (config.pki / "ca.key").unlink()
        pki.ensure(config)
        authority = x509.load_pem_x509_certificate((config.pki / "ca.crt").read_bytes())
        for name, subject in pki.subjects(config).items():
            if subject.authority == "ca":
                leaf = x509.load_pem_x509_certificate((config.pki / f"{name}.crt").read_bytes())
                leaf.verify_directly_issued_by(authority)

    def test_one_that_ends_soon_is_made_again(self, config: NodeConfig, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pki, "LIFETIME", pki.RENEW_BEFORE - datetime.timedelta(days=1))
        pki.ensure(config)
        before = (config.pki / "admin.crt").read_bytes()
        monkeypatch.undo()
        pki.ensure(config)
        assert (config.pki / "admin.crt").read_bytes() != before

    def test_one_for_other_names_is_made_again(self, config: NodeConfig) -> None:
        pki.ensure(config)
        pki.ensure(NodeConfig(config.folder, config.index + 1))
        certificate = x509.load_pem_x509_certificate((config.pki / "apiserver.crt").read_bytes())
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        addresses = names.get_values_for_type(x509.IPAddress)
        assert ipaddress.ip_address(NodeConfig(config.folder, config.index + 1).address) in addresses

    def test_keys_are_the_owners_alone(self, config: NodeConfig) -> None:
        pki.ensure(config)
        kubeconfigs.write(config)
        secret = [*config.pki.glob("*.key"), config.kubeconfig, *config.settings.glob("*.kubeconfig")]
        assert {path.stat().st_mode & 0o777 for path in secret} == {0o600}


class TestComponents:
    @pytest.fixture
    def parts(self, config: NodeConfig) -> list[components.Component]:
        pki.ensure(config)
        kubeconfigs.write(config)
        programs = {name: Path("/programs") / name for name in node.PROGRAMS}
        settings = {name: config.settings / name for name in ("containerd", "kubelet")}
        for path in settings.values():
            files.write(path, "setting")
        return components.components(config, programs, {name: (path,) for name, path in settings.items()})

    def test_each_comes_after_what_it_waits_for(self, parts: list[components.Component]) -> None:
        names = [part.name for part in parts]
        assert all(names.index(other) < names.index(part.name) for part in parts for other in part.after)
        assert len(set(names)) == len(names)

    def test_a_changed_setting_means_another_digest(
        self, config: NodeConfig, parts: list[components.Component]
    ) -> None:
        kubelet = next(part for part in parts if part.name == "kubelet")
        before = kubelet.digest
        files.write(config.settings / "kubelet", "another setting")
        assert kubelet.digest != before


class TestRefusals:
    def test_not_root(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MESH_STATE_DIR", str(tmp_path / "state"))
        monkeypatch.setenv("PATH", str(tmp_path))  # neither docker nor kind
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        result = runner.invoke(cluster_app, ["up"])
        assert result.exit_code == 2
        assert "needs root" in result.stderr and "--context" in result.stderr
        assert not (tmp_path / "state").exists()

    def test_not_linux(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MESH_STATE_DIR", str(tmp_path / "state"))
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.setattr(sys, "platform", "darwin")
        with pytest.raises(UserMistake, match="darwin"):
            cluster.up()

    def test_an_unknown_context(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        content = {"contexts": [{"name": "staging", "context": {"cluster": "a", "user": "b"}}]}
        (tmp_path / "kubeconfig").write_text(yaml.safe_dump(content))
        monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
        result = runner.invoke(cluster_app, ["up", "--context", "stagin"])
        assert result.exit_code == 2
        assert all(
            part in result.stderr for part in ("'stagin'", str(tmp_path / "kubeconfig"), "did you mean 'staging'")
        )

    def test_a_context_that_does_not_answer(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        config = NodeConfig(tmp_path, 0)
        pki.ensure(config)
        kubeconfigs.write(config)
        value = yaml.safe_load(config.kubeconfig.read_text())
        value["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
        config.kubeconfig.write_text(yaml.safe_dump(value))
        monkeypatch.setenv("KUBECONFIG", str(config.kubeconfig))
        with pytest.raises(ClusterError, match=r"'mesh-components'.*does not answer"):
            contexts.check("mesh-components")

    def test_a_kubeconfig_that_is_not_one(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "kubeconfig").write_text("{")
        monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
        with pytest.raises(UserMistake, match="cannot read the kubeconfig"):
            contexts.check("any")

    def test_the_first_of_several_files_that_has_the_context_counts(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("KUBECONFIG", os.pathsep.join([str(tmp_path / "one"), str(tmp_path / "two")]))
        assert contexts.files() == [tmp_path / "one", tmp_path / "two"]


class TestWithoutACluster:
    def test_status_says_so(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MESH_STATE_DIR", str(tmp_path))
        result = runner.invoke(cluster_app, ["status"])
        assert (result.exit_code, "there is no cluster" in result.stdout) == (1, True)

    def test_status_as_json(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MESH_STATE_DIR", str(tmp_path))
        result = runner.invoke(cluster_app, ["status", "--output", "json"])
        assert json.loads(result.stdout) == {"cluster": None, "well": False, "processes": []}

    def test_down_has_nothing_to_do(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MESH_STATE_DIR", str(tmp_path / "state"))
        result = runner.invoke(cluster_app, ["down"])
        assert (result.exit_code, "no cluster of ours" in result.stdout) == (0, True)
        assert not (tmp_path / "state").exists()


def test_an_archive_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "image.tar").write_text("half an image")
    with pytest.raises(ClusterError, match=r"image\.tar is not an image archive"):
        containerd.Image.read(tmp_path / "image.tar")
    with tarfile.open(tmp_path / "other.tar", "w"):
        pass
    with pytest.raises(ClusterError, match=r"other\.tar is not an image archive"):
        containerd.Image.read(tmp_path / "other.tar")


def test_kind_has_the_kubernetes_version_of_the_node() -> None:
    settings = yaml.safe_load(kind.SETTINGS.read_text())
    assert settings["name"] == kind.NAME
    assert [entry["image"] for entry in settings["nodes"]] == [f"kindest/node:v{KUBERNETES_VERSION}"]


def test_no_docker_means_no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not kind.wanted(tmp_path)


@pytest.mark.parametrize(
    ("reply", "addresses"),
    [
        # RFC 1035, 4.1: header, question, then one A record that points back at the question's name.
        (b"\x12\x34\x81\x80\0\1\0\1\0\0\0\0\1a\0\0\1\0\1\xc0\x0c\0\1\0\1\0\0\0\5\0\4\x0a\x60\0\1", ["10.96.0.1"]),
        (b"\x12\x34\x81\x80\0\1\0\1\0\0\0\0\1a\0\0\1\0\1\1a\0\0\1\0\1\0\0\0\5\0\4\x0a\x60\0\1", ["10.96.0.1"]),
        (b"\x12\x34\x81\x83\0\1\0\0\0\0\0\0\1a\0\0\1\0\1", []),
        (b"\x99\x99\x81\x80\0\1\0\1\0\0\0\0\1a\0\0\1\0\1\xc0\x0c\0\1\0\1\0\0\0\5\0\4\x0a\x60\0\1", []),
        (b"\x12", []),
    ],
)
def test_dns_replies_are_read(reply: bytes, addresses: list[str]) -> None:
    assert readiness.addresses(reply, identifier=0x1234, question=7) == addresses
