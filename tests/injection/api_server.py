"""A bare Kubernetes API server on loopback: etcd and kube-apiserver, no node. What `istioctl kube-inject` asks for."""

import json
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from local_cluster import toolchain

_START_SECONDS = 120
_TOKEN = "only-for-tests-on-loopback"


@contextmanager
def running(folder: Path) -> Iterator[Path]:
    """Runs it with its data in `folder`; gives the path of a kubeconfig for an administrator."""
    etcd, peer, api = (free_port() for _ in range(3))
    key = folder / "service-accounts.key"
    key.write_bytes(
        rsa.generate_private_key(65537, 2048).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    tokens = folder / "tokens.csv"
    tokens.write_text(f"{_TOKEN},admin,admin,system:masters\n")
    with ExitStack() as stack:
        stack.enter_context(
            process(
                folder / "etcd.log",
                "etcd",
                f"--data-dir={folder / 'etcd'}",
                *(f"--{kind}-client-urls=http://127.0.0.1:{etcd}" for kind in ("listen", "advertise")),
                *(f"--{kind}-peer-urls=http://127.0.0.1:{peer}" for kind in ("listen", "initial-advertise")),
                f"--initial-cluster=default=http://127.0.0.1:{peer}",
                "--unsafe-no-fsync",
            )
        )
        server = stack.enter_context(
            process(
                folder / "kube-apiserver.log",
                "kube-apiserver",
                f"--etcd-servers=http://127.0.0.1:{etcd}",
                "--bind-address=127.0.0.1",
                f"--secure-port={api}",
                f"--cert-dir={folder / 'certificates'}",
                f"--token-auth-file={tokens}",
                f"--service-account-key-file={key}",
                f"--service-account-signing-key-file={key}",
                "--service-account-issuer=https://kubernetes.default.svc",
                "--authorization-mode=RBAC",
                "--endpoint-reconciler-type=none",
                "--service-cluster-ip-range=10.0.0.0/24",
            )
        )
        address = f"https://127.0.0.1:{api}"
        wait(server, folder / "kube-apiserver.log", f"{address}/readyz")
        kubeconfig = folder / "kubeconfig"
        kubeconfig.write_text(json.dumps(_kubeconfig(address)))
        yield kubeconfig


@contextmanager
def process(
    log: Path, program: str, *arguments: str, environment: dict[str, str] | None = None, folder: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Runs one of the toolchain's programs until the end of the block."""
    with log.open("wb") as output:
        started = subprocess.Popen(
            [toolchain.ensure(program), *arguments],
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=folder,
        )
        try:
            yield started
        finally:
            started.terminate()
            try:
                started.wait(20)
            except subprocess.TimeoutExpired:
                started.kill()
                started.wait()


def wait(server: subprocess.Popen[bytes], log: Path, url: str) -> None:
    """Waits until a URL answers well; fails with the end of the log when the process ends, or time is up."""
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {_TOKEN}"})
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(request, context=ssl._create_unverified_context(), timeout=5):
                return
        except OSError as error:
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"it did not start: {error}\n{log.read_text()[-2000:]}") from error
            time.sleep(0.2)


def create(kubeconfig: Path, path: str, body: dict[str, Any]) -> None:
    """Creates an object at an API path, and its status with it, unless it is there already."""
    server = json.loads(kubeconfig.read_text())["clusters"][0]["cluster"]["server"]
    _send("POST", f"{server}{path}", body)
    if "status" in body:
        _send("PATCH", f"{server}{path}/{body['metadata']['name']}/status", {"status": body["status"]})


def _send(method: str, url: str, body: dict[str, Any]) -> None:
    kind = "application/json" if method == "POST" else "application/merge-patch+json"
    headers = {"Authorization": f"Bearer {_TOKEN}", "Content-Type": kind}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers, method=method)
    try:
        urllib.request.urlopen(request, context=ssl._create_unverified_context(), timeout=30).close()
    except urllib.error.HTTPError as error:
        if error.code != HTTPStatus.CONFLICT:
            raise RuntimeError(f"{method} {url}: {error.read().decode()}") from error


def _kubeconfig(address: str) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "bare",
        "contexts": [{"name": "bare", "context": {"cluster": "bare", "user": "admin"}}],
        "clusters": [{"name": "bare", "cluster": {"server": address, "insecure-skip-tls-verify": True}}],
        "users": [{"name": "admin", "user": {"token": _TOKEN}}],
    }


def free_port() -> int:
    """A TCP port of loopback that nobody uses now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
