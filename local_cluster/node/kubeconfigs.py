"""Kubeconfig files: one for each component that talks to the API server, and the administrator's."""

import base64
from pathlib import Path

import yaml

from local_cluster.node import files
from local_cluster.node.config import NodeConfig

COMPONENTS = ("controller-manager", "scheduler", "proxy", "load-balancer", "node")
"""Which certificates of `pki.subjects` get a kubeconfig of the same name."""


def path(config: NodeConfig, certificate: str) -> Path:
    """Return where the kubeconfig of a certificate is."""
    return config.kubeconfig if certificate == "admin" else config.settings / f"{certificate}.kubeconfig"


def write(config: NodeConfig) -> None:
    """Write them all, with certificates and keys inside."""
    for certificate in ("admin", *COMPONENTS):
        content = yaml.safe_dump(_kubeconfig(config, certificate), sort_keys=False)
        target = path(config, certificate)
        if not target.exists() or target.read_text() != content:
            files.write(target, content)


def _kubeconfig(config: NodeConfig, certificate: str) -> dict[str, object]:
    def encoded(name: str) -> str:
        return base64.b64encode((config.pki / name).read_bytes()).decode()

    name, user = config.name, f"{config.name}-{certificate}"
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": name, "cluster": {"server": config.server, "certificate-authority-data": encoded("ca.crt")}}
        ],
        "users": [
            {
                "name": user,
                "user": {
                    "client-certificate-data": encoded(f"{certificate}.crt"),
                    "client-key-data": encoded(f"{certificate}.key"),
                },
            }
        ],
        "contexts": [{"name": name, "context": {"cluster": name, "user": user}}],
        "current-context": name,
    }
