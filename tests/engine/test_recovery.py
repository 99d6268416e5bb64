"""After a killed `pulumi up`: the next one completes, nothing of the dead one survives, nothing else is touched."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from local_cluster.pulumi import launchers, locks, processes
from local_cluster.pulumi.runtime import PulumiRuntime

from .conftest import Project, processes_of

pytestmark = pytest.mark.tools

# Waits, during the update only, until a file appears.
WAITING = """
import os, pathlib, time
import pulumi
import pulumi_tls as tls

def wait(pem):
    while not pulumi.runtime.is_dry_run() and not os.path.exists("go-on"):
        pathlib.Path("waiting").touch()
        time.sleep(0.05)
    return pem

key = tls.PrivateKey("key", algorithm="ECDSA", ecdsa_curve="P256")
tls.CertRequest("request", private_key_pem=key.private_key_pem.apply(wait), subject={"common_name": "x"})
"""


def until(condition: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.1)


@pytest.fixture
def killed(project: Project) -> Project:
    """A project whose `pulumi up` was killed in the middle."""
    project.program(WAITING)
    engine = project.start("up", "--yes", "--skip-preview")
    try:
        until((project.folder / "waiting").exists)
    finally:
        engine.send_signal(signal.SIGKILL)
        engine.wait()
    (project.folder / "go-on").touch()
    return project


def test_the_next_up_completes_and_nothing_survives(killed: Project) -> None:
    blocked = killed.run("up", "--yes", check=False)
    assert "locked" in blocked.stderr and blocked.returncode != 0
    done = locks.recover(killed.runtime, "project/dev")
    assert any("Unlocked organization/project/dev" in line for line in done)
    assert processes_of(killed.runtime) == []
    killed.run("up", "--yes")
    assert {"tls:index/certRequest:CertRequest::request", "tls:index/privateKey:PrivateKey::key"} <= {
        *killed.resources()
    }
    assert killed.changes("up") == {"same": 3}
    assert locks.recover(killed.runtime, "project/dev") == []


def test_stand_ins_leave_by_themselves_when_the_engine_is_killed(killed: Project) -> None:
    until(lambda: not processes_of(killed.runtime), 10)


def test_a_provider_that_stays_is_ended(project: Project) -> None:
    # The Kubernetes provider does not notice for minutes that its engine is gone.
    project.program("""
        import pathlib, time
        import pulumi_kubernetes as kubernetes

        def wait(_):
            pathlib.Path("waiting").touch()
            time.sleep(120)

        kubernetes.Provider("rendered", render_yaml_to_directory="out").urn.apply(wait)
    """)
    engine = project.start("preview")
    until((project.folder / "waiting").exists)
    engine.send_signal(signal.SIGKILL)
    engine.wait()
    until(lambda: all(process.name.startswith("pulumi-resource") for process in of(project.runtime)))
    assert of(project.runtime), "the provider left by itself: nothing was proved"
    done = locks.recover(project.runtime, "dev")
    assert any("pulumi-resource" in line for line in done)
    assert of(project.runtime) == []


def of(runtime: PulumiRuntime) -> list[processes.Process]:
    found = [processes.find(pid) for pid in processes_of(runtime)]
    return [process for process in found if process is not None and process.name != "pulumi"]


def test_a_live_up_is_left_alone(project: Project) -> None:
    project.program(WAITING)
    engine = project.start("up", "--yes", "--skip-preview")
    until((project.folder / "waiting").exists)
    running = processes_of(project.runtime)
    assert locks.recover(project.runtime, "dev") == []
    assert sorted(processes_of(project.runtime)) == sorted(running)
    (project.folder / "go-on").touch()
    assert engine.wait(60) == 0
    assert len(project.resources()) >= 3


def test_an_interrupted_up_leaves_nothing_to_recover(project: Project) -> None:
    project.program(WAITING)
    engine = project.start("up", "--yes", "--skip-preview")
    until((project.folder / "waiting").exists)
    engine.send_signal(signal.SIGINT)
    assert engine.wait(60) != 0
    assert locks.recover(project.runtime, "dev") == []
    until(lambda: not processes_of(project.runtime), 10)


@pytest.fixture
def lock(runtime: PulumiRuntime) -> Callable[..., Path]:
    """Write a lock file as the CLI writes it, and return its path."""

    def write(pid: int, *, hostname: str = "", age: timedelta = timedelta(0), stack: str = "project/dev") -> Path:
        assert runtime.backend is not None
        folder = runtime.backend / ".pulumi" / "locks" / "organization" / stack
        folder.mkdir(parents=True)
        path = folder / "0.json"
        timestamp = (datetime.now(UTC) - age).isoformat().replace("+00:00", "123Z")
        content = {"pid": pid, "username": "x", "hostname": hostname or socket.gethostname(), "timestamp": timestamp}
        path.write_text(json.dumps(content), encoding="utf-8")
        path.with_name("0.json.attrs").write_text("{}", encoding="utf-8")
        return path

    return write


@pytest.fixture
def named_pulumi(tmp_path: Path) -> Iterator[int]:
    """The pid of a live process named `pulumi`."""
    program = tmp_path / "pulumi"
    shutil.copy2(shutil.which("sleep") or "", program)
    process = subprocess.Popen([program, "600"])
    yield process.pid
    process.kill()
    process.wait()


def dead_pid() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_lock_of_a_dead_process_goes(runtime: PulumiRuntime, lock: Callable[..., Path]) -> None:
    path = lock(dead_pid())
    assert len(locks.recover(runtime, "dev")) == 1
    assert list(path.parent.iterdir()) == []


def test_lock_of_a_live_process_stays(runtime: PulumiRuntime, lock: Callable[..., Path], named_pulumi: int) -> None:
    path = lock(named_pulumi)
    assert locks.recover(runtime, "dev") == []
    assert path.exists()


def test_lock_whose_pid_is_another_process_now_goes(
    runtime: PulumiRuntime, lock: Callable[..., Path], named_pulumi: int
) -> None:
    # Taken an hour before the process of that number began.
    path = lock(named_pulumi, age=timedelta(hours=1))
    assert len(locks.recover(runtime, "dev")) == 1
    assert not path.exists()


def test_lock_whose_pid_is_no_pulumi_goes(runtime: PulumiRuntime, lock: Callable[..., Path]) -> None:
    path = lock(os.getpid())
    assert len(locks.recover(runtime, "dev")) == 1
    assert not path.exists()


def test_locks_of_other_machines_and_other_stacks_stay(runtime: PulumiRuntime, lock: Callable[..., Path]) -> None:
    elsewhere = lock(dead_pid(), hostname="elsewhere", stack="project/dev")
    other = lock(dead_pid(), stack="project/other-dev")
    assert locks.recover(runtime, "dev") == []
    assert elsewhere.exists() and other.exists()


def test_nothing_is_unlocked_in_a_backend_of_the_user(runtime: PulumiRuntime, lock: Callable[..., Path]) -> None:
    path = lock(dead_pid())
    chosen = PulumiRuntime(runtime.env, runtime.pulumi, runtime.standins, runtime.home, backend=None)
    assert locks.recover(chosen, "dev") == []
    assert path.exists()


def test_marked_processes_of_a_live_engine_and_unmarked_ones_stay(runtime: PulumiRuntime) -> None:
    me = processes.find(os.getpid())
    assert me is not None
    ours = {**os.environ, launchers.OWNER_MARK: str(runtime.home)}
    live = subprocess.Popen(["sleep", "600"], env={**ours, launchers.ENGINE_MARK: f"{me.pid}:{me.ticks}"})
    foreign = subprocess.Popen(["sleep", "600"], env={**os.environ, launchers.ENGINE_MARK: f"{dead_pid()}:1"})
    reused = subprocess.Popen(["sleep", "600"], env={**ours, launchers.ENGINE_MARK: f"{me.pid}:1"})
    try:
        assert len(locks.recover(runtime, "dev")) == 1
        assert (live.poll(), foreign.poll(), reused.wait(10)) == (None, None, -signal.SIGTERM)
    finally:
        for process in (live, foreign, reused):
            process.kill()
            process.wait()


def test_survivors_of_the_users_own_pulumi_are_known_by_name_and_backend(
    runtime: PulumiRuntime, tmp_path: Path
) -> None:
    program = tmp_path / "pulumi-resource-kubernetes"
    shutil.copy2(shutil.which("sleep") or "", program)
    chosen = PulumiRuntime(runtime.env, runtime.pulumi, [], runtime.home, runtime.backend)
    orphan = subprocess.Popen([program, "600"], env={**os.environ, **runtime.env})
    stranger = subprocess.Popen([program, "600"], env={**os.environ, "PULUMI_BACKEND_URL": "file:///elsewhere"})
    try:
        assert len(locks.recover(chosen, "dev")) == 1
        assert (stranger.poll(), orphan.wait(10)) == (None, -signal.SIGTERM)
    finally:
        for process in (orphan, stranger):
            process.kill()
            process.wait()
