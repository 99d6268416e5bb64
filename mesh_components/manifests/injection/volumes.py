"""Volumes of a proxy's pod and where its container mounts them.

What pilot-agent expects where: `pkg/security/security.go` and `pilot/cmd/pilot-agent/options/security.go` in Istio's
source; which template has which volume: the templates of Istio's charts
(`manifests/charts/istio-control/istio-discovery/files`).
"""

from mesh_components.manifests.injection.inputs import (
    CLUSTER_TRUST_BUNDLE,
    GKE_CERTIFICATES,
    ISTIOD_CERTIFICATES,
    both,
    default,
    equal,
    has_annotation,
    no,
    own_annotation,
    value,
)
from mesh_components.manifests.injection.template_text import Go, Node, as_json, each, text, when
from mesh_components.versions.injection import Injection

TOKEN_SECONDS = 43200
"""Twelve hours: how long a service account token is valid."""

REPLACEABLE = None
"""For `scratch`: no source at all, which Kubernetes takes for an empty directory. Merged into a pod, it clears the
source that the volume had, so that a user's template can put its own there (SPIRE's CSI driver does)."""

EMPTY: dict[str, Node] = {}
"""For `scratch`: an empty directory on disk."""

MEMORY: dict[str, Node] = {"medium": "Memory"}
"""For `scratch`: an empty directory in memory."""

_BOOTSTRAP = "sidecar.istio.io/bootstrapOverride"
_USER_VOLUMES = "sidecar.istio.io/userVolume"
_USER_MOUNTS = "sidecar.istio.io/userVolumeMount"
_LIGHTSTEP = both(equal(value("global.proxy.tracer"), "lightstep"), "$.ProxyConfig.GetTracing.GetTlsSettings")
_MTLS_FILES = value("global.mountMtlsCerts")


def mount(name: str, path: str | Go, *, read_only: bool = False) -> dict[str, Node]:
    """One mount of a volume."""
    return {"name": name, "mountPath": path, **({"readOnly": True} if read_only else {})}


def scratch(name: str, source: dict[str, Node] | None) -> dict[str, Node]:
    """A directory that lives with the pod: `REPLACEABLE`, `EMPTY` or `MEMORY`."""
    return {"name": name, "emptyDir": source}


SPIFFE_SOCKET_MOUNT = mount("workload-socket", "/var/run/secrets/workload-spiffe-uds")
CREDENTIAL_SOCKET_MOUNT = mount("credential-socket", "/var/run/secrets/credential-uds")
ISTIOD_ROOT_MOUNT = mount("istiod-ca-cert", "/var/run/secrets/istio")
DATA_MOUNT = mount("istio-data", "/var/lib/istio/data")
ENVOY_MOUNT = mount("istio-envoy", "/etc/istio/proxy")
TOKEN_MOUNT = mount("istio-token", "/var/run/secrets/tokens")
POD_INFO_MOUNT = mount("istio-podinfo", "/etc/istio/pod")


def certificates_mount() -> Node:
    """The workload's certificates, as files: GKE's, or a place for them."""
    path = "/var/run/secrets/workload-spiffe-credentials"
    return when(
        GKE_CERTIFICATES,
        mount("gke-workload-certificate", path, read_only=True),
        mount("workload-certs", path),
    )


def certificates(source: dict[str, Node] | None) -> Node:
    """The volume for `certificates_mount`; `source` as for `scratch`."""
    gke: Node = {
        "name": "gke-workload-certificate",
        "csi": {"driver": "workloadcertificates.security.cloud.google.com"},
    }
    return when(GKE_CERTIFICATES, gke, scratch("workload-certs", source))


def istiod_root_mount(*others: Node) -> Node:
    """The root of istiod's certificate, and other mounts that stand and fall with it."""
    return when(ISTIOD_CERTIFICATES, [ISTIOD_ROOT_MOUNT, *others])


def istiod_root() -> Node:
    """The volume for `istiod_root_mount`."""
    return when(ISTIOD_CERTIFICATES, istiod_root_always())


def istiod_root_always() -> Node:
    """The root, whoever signs istiod's certificate: the ConfigMap that istiod keeps in each namespace, or a
    ClusterTrustBundle."""
    bundle_name = value("global.trustBundleName")
    bundle: Node = {
        "sources": [
            {
                "clusterTrustBundle": {
                    "name": text("istio.io:istiod-ca:%v", default(bundle_name, '"root-cert"')),
                    "path": "root-cert.pem",
                }
            }
        ]
    }
    config_map: Node = {"name": text("%v", default(bundle_name, '"istio-ca-root-cert"'))}
    return {
        "name": "istiod-ca-cert",
        "projected": when(CLUSTER_TRUST_BUNDLE, bundle),
        "configMap": when(no(CLUSTER_TRUST_BUNDLE), config_map),
    }


REVOCATION_MOUNT = mount("istio-ca-crl", "/var/run/secrets/istio/crl")


def revocation_list(facts: Injection) -> Node:
    """The CA's revocation list, where the mesh has one."""
    usual = "istio-ca-crl"
    named = text("%v", default(value("pilot.crlConfigMapName"), f'"{usual}"'))
    name = named if facts.revocation_list_name else usual
    return {"name": "istio-ca-crl", "configMap": {"name": name, "optional": True}}


def token(name: str = "istio-token", audience: str | Go | None = None, *, path: str | None = None) -> Node:
    """The service account token that a proxy shows to istiod.

    Args:
        name: the volume's.
        audience: whom it is for; `global.sds.token.aud` by default.
        path: the file's name; the volume's by default.
    """
    return {
        "name": name,
        "projected": {
            "sources": [
                {
                    "serviceAccountToken": {
                        "path": path or name,
                        "expirationSeconds": TOKEN_SECONDS,
                        "audience": audience or text("%v", value("global.sds.token.aud")),
                    }
                }
            ]
        },
    }


def pod_info() -> Node:
    """The pod's labels and annotations as files, which the agent follows."""
    parts = ("labels", "annotations")
    return {
        "name": "istio-podinfo",
        "downwardAPI": {"items": [{"path": part, "fieldRef": {"fieldPath": f"metadata.{part}"}} for part in parts]},
    }


def bootstrap_mount() -> Node:
    """A user's own Envoy bootstrap."""
    return when(has_annotation(_BOOTSTRAP), mount("custom-bootstrap-volume", "/etc/istio/custom-bootstrap"))


def bootstrap() -> Node:
    """The ConfigMap with a user's own Envoy bootstrap, which an annotation names."""
    config_map: Node = {"name": text("%v", own_annotation(_BOOTSTRAP))}
    return when(has_annotation(_BOOTSTRAP), {"name": "custom-bootstrap-volume", "configMap": config_map})


def mtls_files_mount() -> Node:
    """Certificates from a Secret, for apps that speak mutual TLS themselves (`global.mountMtlsCerts`)."""
    return when(_MTLS_FILES, mount("istio-certs", "/etc/certs/", read_only=True))


def mtls_files() -> Node:
    """The Secret for `mtls_files_mount`, which is named after the pod's service account."""
    secret = text("istio.%v", default("$.Spec.ServiceAccountName", '"default"'))
    return when(_MTLS_FILES, {"name": "istio-certs", "secret": {"optional": True, "secretName": secret}})


def lightstep_mount() -> Node:
    """The CA of a Lightstep collector that is reached over TLS."""
    folder = Go("directory $.ProxyConfig.GetTracing.GetTlsSettings.GetCaCertificates | quote")
    return when(_LIGHTSTEP, mount("lightstep-certs", folder, read_only=True))


def lightstep() -> Node:
    """The Secret for `lightstep_mount`."""
    return when(_LIGHTSTEP, {"name": "lightstep-certs", "secret": {"optional": True, "secretName": "lightstep.cacert"}})


def user_mounts() -> Node:
    """Mounts that the pod's author adds to the proxy: an annotation with JSON, a mount by its volume's name."""
    return _from_json_annotation(_USER_MOUNTS)


def user_volumes() -> Node:
    """Volumes for `user_mounts`: an annotation with JSON, a volume by its name."""
    return _from_json_annotation(_USER_VOLUMES)


def _from_json_annotation(name: str) -> Node:
    entry = as_json('set $entry "name" $name')
    return when(has_annotation(name), each("$name, $entry", f"fromJSON ({own_annotation(name)})", entry))


def pull_secrets() -> Node:
    """The installation's secrets for pulling images."""
    secrets = value("global.imagePullSecrets")
    return when(secrets, [each("$_, $secret", secrets, {"name": text("%v", "$secret")})])
