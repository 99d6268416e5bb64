"""Killed runs and tampering heal."""

from __future__ import annotations

import os
import signal

from .kubectl import Kubectl, eventually
from .mesh_stack import MeshStack, kill, mesh


def test_an_up_that_was_killed_is_completed_by_the_next(demo: MeshStack, kubectl: Kubectl) -> None:
    demo.destroy()
    killed = demo.start_up()
    # In the middle: some objects exist, the state says that others are being made.
    eventually(lambda: kubectl.names("deployments", "-n", "istio-system"), lambda names: "istiod" in names, "istiod")
    kill(killed)

    done = mesh("up", "--stack", "demo")
    assert "lock" in done.stderr, "it says that it took a dead run's lock away"
    demo.pulumi("up", "--yes", "--expect-no-changes")

    # Fields of objects that the killed run made can be changed later: nobody else owns them.
    try:
        demo.configure(pilot={"resources": {"requests": {"cpu": "11m"}}, "podAnnotations": {"a": "b"}}).up()
        istiod = kubectl.get("deployment", "istiod", "--namespace", "istio-system")["spec"]["template"]
        assert istiod["spec"]["containers"][0]["resources"]["requests"]["cpu"] == "11m"
    finally:
        demo.configure().up()


def test_a_lock_of_a_run_that_lives_is_respected(demo: MeshStack) -> None:
    running = demo.configure(pilot={"podAnnotations": {"slow": "run"}}).start_up()
    try:
        assert running.stdout
        # In the middle, and slower than anybody would wait for.
        assert any("updating" in line for line in running.stdout)
        os.kill(running.pid, signal.SIGSTOP)
        done = mesh("up", "--stack", "demo", check=False)
        assert done.returncode == 1
        assert "currently locked" in done.stderr and f"pid {running.pid}" in done.stderr
        assert "Traceback" not in done.stderr
    finally:
        os.kill(running.pid, signal.SIGCONT)
        running.communicate(timeout=300)
        demo.configure().up()


def test_a_declared_field_that_someone_tampered_with_is_put_back(demo: MeshStack, kubectl: Kubectl) -> None:
    service = ("service", "istio-ingressgateway", "--namespace", "istio-system")
    kubectl("patch", *service, "--patch", '{"spec": {"selector": {"istio": "nobody"}}}')
    config = ("configmap", "istio", "--namespace", "istio-system")
    kubectl("patch", *config, "--type", "merge", "--patch", '{"data": {"mesh": "trustDomain: evil.example"}}')
    demo.up("--refresh")
    assert kubectl.get(*service)["spec"]["selector"]["istio"] == "ingressgateway"
    assert "evil" not in kubectl.get(*config)["data"]["mesh"]
    demo.pulumi("up", "--yes", "--expect-no-changes", "--refresh")
