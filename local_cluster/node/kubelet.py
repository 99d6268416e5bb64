"""The kubelet's configuration (kubelet.config.k8s.io/v1beta1, Kubernetes 1.34)."""

from pathlib import Path

import yaml

from local_cluster.node import containerd, files
from local_cluster.node.config import NodeConfig


def write_settings(config: NodeConfig) -> Path:
    """Write the kubelet's configuration and return the file."""
    resolver = config.settings / "resolv.conf"
    # Pods that ask for the node's own resolver get one that answers at once that there is nobody.
    files.write(resolver, "nameserver 127.0.0.1\n", mode=0o644)
    target = config.settings / "kubelet.yaml"
    files.write(
        target,
        yaml.safe_dump(
            {
                "apiVersion": "kubelet.config.k8s.io/v1beta1",
                "kind": "KubeletConfiguration",
                "address": config.address,
                "healthzBindAddress": config.address,
                "containerRuntimeEndpoint": f"unix://{containerd.SOCKET}",
                "cgroupDriver": "cgroupfs",
                "cgroupRoot": f"/{config.name}",
                "failCgroupV1": False,
                "failSwapOn": False,
                "clusterDomain": "cluster.local",
                "clusterDNS": [config.dns],
                "resolvConf": str(resolver),
                "authentication": {
                    "anonymous": {"enabled": False},
                    "webhook": {"enabled": True},
                    "x509": {"clientCAFile": str(config.pki / "ca.crt")},
                },
                "authorization": {"mode": "Webhook"},
                "tlsCertFile": str(config.pki / "node.crt"),
                "tlsPrivateKeyFile": str(config.pki / "node.key"),
                "serializeImagePulls": False,
                # Images cannot be fetched again from anywhere, so none is ever collected.
                "imageMinimumGCAge": "8760h",
                "imageGCHighThresholdPercent": 100,
                "evictionHard": {"memory.available": "100Mi"},
            },
            sort_keys=False,
        ),
    )
    return target
