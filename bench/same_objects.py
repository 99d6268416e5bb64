"""The flat program to hold a preview against: the same objects, each by pulumi_kubernetes' own class, and nothing else.

Copied beside the objects that the stack declares (``objects.json``), and run by pulumi: no components, no settings, no
analysis, no dependencies, no annotations.
"""

import json
import re
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as k8s
import pulumi_tls as tls


def declare(manifest: dict[str, Any], opts: pulumi.ResourceOptions) -> None:
    """Declare an object by the class that pulumi_kubernetes has for its kind."""
    group, _, version = manifest["apiVersion"].rpartition("/")
    kind = getattr(getattr(getattr(k8s, group.partition(".")[0] or "core"), version), manifest["kind"])
    metadata = manifest["metadata"]
    name = f"{metadata['namespace']}/{metadata['name']}" if "namespace" in metadata else metadata["name"]
    snake = {re.sub("[A-Z]", lambda found: f"_{found[0].lower()}", key): value for key, value in manifest.items()}
    kind(name, **{key: value for key, value in snake.items() if key not in ("api_version", "kind")}, opts=opts)


def certificates() -> dict[str, Any]:
    """Declare a root and an intermediate, and return the content of the Secret."""
    root_key, key = (tls.PrivateKey(name, algorithm="RSA", rsa_bits=4096) for name in ("root", "intermediate"))
    uses = {"is_ca_certificate": True, "allowed_uses": ["cert_signing", "crl_signing"], "validity_period_hours": 8760}
    root = tls.SelfSignedCert("root", private_key_pem=root_key.private_key_pem, subject={"common_name": "root"}, **uses)
    request = tls.CertRequest("intermediate", private_key_pem=key.private_key_pem, subject={"common_name": "ca"})
    intermediate = tls.LocallySignedCert(
        "intermediate",
        cert_request_pem=request.cert_request_pem,
        ca_private_key_pem=root_key.private_key_pem,
        ca_cert_pem=root.cert_pem,
        **uses,
    )
    return {"ca-cert.pem": intermediate.cert_pem, "ca-key.pem": key.private_key_pem, "root-cert.pem": root.cert_pem}


def main() -> None:
    """Declare everything in ``objects.json``."""
    opts = pulumi.ResourceOptions(provider=k8s.Provider("cluster"))
    for manifest in json.loads(Path("objects.json").read_text()):
        if manifest["kind"] == "Secret" and manifest["metadata"]["name"] == "cacerts":
            manifest = {key: value for key, value in manifest.items() if key not in ("data", "stringData")}
            manifest["stringData"] = certificates()
        declare(manifest, opts)


if __name__ == "__main__":
    main()
