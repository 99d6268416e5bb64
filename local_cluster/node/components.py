"""The node's processes, as data: what each is started with, what shows that it is well, and what it waits for.

Facts: the command line references of Kubernetes 1.34 and etcd 3.4. Ports are the usual ones; they are the node's own.
"""

import hashlib
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from local_cluster.node import containerd
from local_cluster.node.config import NodeConfig
from local_cluster.node.kubeconfigs import path as kubeconfig

PACKAGE_PARENT = Path(__file__).parents[2]
"""What has to be on Python's path for a process of ours."""


def interpreter() -> str:
    """Return Python's path, the same by whatever name (python, python3) this process was started."""
    usual = Path(sys.prefix) / "bin" / "python3"
    return str(usual) if usual.exists() else sys.executable


@dataclass(frozen=True)
class Component:
    """One process.

    :param name: of its record and log
    :param argv: program and arguments
    :param health: URL that answers 200 when it is well, or the path of a socket (inside the node) that accepts
    :param after: components that have to be well before it is started
    :param settings: files that it reads once, at its start
    :param environment: what it needs beyond PATH and HOME
    """

    name: str
    argv: tuple[str, ...]
    health: str
    after: tuple[str, ...] = ()
    settings: tuple[Path, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Of all that it is started with: another digest means that it has to be started anew."""
        parts: Iterable[bytes] = (
            *(argument.encode() for argument in self.argv),
            *(f"{key}={value}".encode() for key, value in sorted(self.environment.items())),
            *(path.read_bytes() for path in self.settings),
        )
        return hashlib.sha256(b"\0".join(parts)).hexdigest()


def components(config: NodeConfig, programs: dict[str, Path], settings: dict[str, tuple[Path, ...]]) -> list[Component]:
    """Return every process of a node, in the order to start them.

    :param programs: executables by name
    :param settings: configuration files by component
    """
    here, pki = config.address, config.pki

    def flags(**values: object) -> tuple[str, ...]:
        return tuple(f"--{name.replace('_', '-')}={value}" for name, value in values.items())

    def program(name: str, *arguments: str) -> tuple[str, ...]:
        return (str(programs[name]), *arguments)

    serving = flags(tls_cert_file=pki / "node.crt", tls_private_key_file=pki / "node.key")
    return [
        Component(
            "etcd",
            program(
                "etcd",
                *flags(
                    name=config.name,
                    data_dir=config.folder / "etcd",
                    listen_client_urls="http://127.0.0.1:2379",
                    advertise_client_urls="http://127.0.0.1:2379",
                    listen_peer_urls="http://127.0.0.1:2380",
                    initial_advertise_peer_urls="http://127.0.0.1:2380",
                    initial_cluster=f"{config.name}=http://127.0.0.1:2380",
                    listen_metrics_urls=f"http://{here}:2381",
                ),
                # A cluster for development: speed of writes counts for more than surviving a power cut.
                "--unsafe-no-fsync",
            ),
            health=f"http://{here}:2381/health",
        ),
        Component(
            "containerd",
            program("containerd", "--config", str(settings["containerd"][0])),
            health=containerd.SOCKET,
            settings=settings["containerd"],
        ),
        Component(
            "kube-apiserver",
            program(
                "kube-apiserver",
                *flags(
                    etcd_servers="http://127.0.0.1:2379",
                    bind_address="0.0.0.0",
                    advertise_address=here,
                    secure_port=6443,
                    tls_cert_file=pki / "apiserver.crt",
                    tls_private_key_file=pki / "apiserver.key",
                    client_ca_file=pki / "ca.crt",
                    kubelet_certificate_authority=pki / "ca.crt",
                    kubelet_client_certificate=pki / "apiserver-kubelet-client.crt",
                    kubelet_client_key=pki / "apiserver-kubelet-client.key",
                    kubelet_preferred_address_types="InternalIP",
                    requestheader_client_ca_file=pki / "front-proxy-ca.crt",
                    requestheader_allowed_names="front-proxy-client",
                    requestheader_username_headers="X-Remote-User",
                    requestheader_group_headers="X-Remote-Group",
                    requestheader_extra_headers_prefix="X-Remote-Extra-",
                    proxy_client_cert_file=pki / "front-proxy-client.crt",
                    proxy_client_key_file=pki / "front-proxy-client.key",
                    service_account_key_file=pki / "service-accounts.key",
                    service_account_signing_key_file=pki / "service-accounts.key",
                    service_account_issuer="https://kubernetes.default.svc.cluster.local",
                    service_cluster_ip_range=config.services,
                    authorization_mode="Node,RBAC",
                    enable_admission_plugins="NodeRestriction",
                    allow_privileged="true",
                ),
            ),
            health=f"{config.server}/readyz",
            after=("etcd",),
            settings=(pki / "apiserver.crt", pki / "ca.crt"),
        ),
        Component(
            "kube-controller-manager",
            program(
                "kube-controller-manager",
                *flags(
                    kubeconfig=kubeconfig(config, "controller-manager"),
                    authentication_kubeconfig=kubeconfig(config, "controller-manager"),
                    authorization_kubeconfig=kubeconfig(config, "controller-manager"),
                    bind_address=here,
                    service_account_private_key_file=pki / "service-accounts.key",
                    root_ca_file=pki / "ca.crt",
                    cluster_signing_cert_file=pki / "ca.crt",
                    cluster_signing_key_file=pki / "ca.key",
                    use_service_account_credentials="true",
                    leader_elect="false",
                ),
                *serving,
            ),
            health=f"https://{here}:10257/healthz",
            after=("kube-apiserver",),
            settings=(kubeconfig(config, "controller-manager"),),
        ),
        Component(
            "kube-scheduler",
            program(
                "kube-scheduler",
                *flags(
                    kubeconfig=kubeconfig(config, "scheduler"),
                    authentication_kubeconfig=kubeconfig(config, "scheduler"),
                    authorization_kubeconfig=kubeconfig(config, "scheduler"),
                    bind_address=here,
                    leader_elect="false",
                ),
                *serving,
            ),
            health=f"https://{here}:10259/healthz",
            after=("kube-apiserver",),
            settings=(kubeconfig(config, "scheduler"),),
        ),
        Component(
            "kube-proxy",
            program(
                "kube-proxy",
                *flags(
                    kubeconfig=kubeconfig(config, "proxy"),
                    hostname_override=config.name,
                    cluster_cidr=config.pods,
                    proxy_mode="iptables",
                    healthz_bind_address=f"{here}:10256",
                    # The tables' size is the whole machine's setting: leave it.
                    conntrack_max_per_core=0,
                    conntrack_tcp_timeout_established=0,
                    conntrack_tcp_timeout_close_wait=0,
                ),
            ),
            health=f"http://{here}:10256/healthz",
            after=("kube-apiserver",),
            settings=(kubeconfig(config, "proxy"),),
        ),
        Component(
            "kubelet",
            program(
                "kubelet",
                *flags(
                    config=settings["kubelet"][0],
                    kubeconfig=kubeconfig(config, "node"),
                    hostname_override=config.name,
                    node_ip=here,
                ),
            ),
            health=f"http://{here}:10248/healthz",
            after=("kube-apiserver", "containerd"),
            settings=(*settings["kubelet"], kubeconfig(config, "node")),
        ),
        Component(
            "load-balancer",
            (
                interpreter(),
                "-m",
                "local_cluster.load_balancer",
                *flags(
                    kubeconfig=kubeconfig(config, "load-balancer"), pool=config.load_balancers, listen=f"{here}:10260"
                ),
            ),
            health=f"http://{here}:10260/healthz",
            after=("kube-apiserver",),
            settings=(kubeconfig(config, "load-balancer"), PACKAGE_PARENT / "local_cluster" / "load_balancer.py"),
            environment={"PYTHONPATH": str(PACKAGE_PARENT), "PYTHONDONTWRITEBYTECODE": "1"},
        ),
    ]
