"""One look at a cluster: everything that the health checks judge, read at once."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import yaml

from . import certificates
from .api import Api, LiveError, Object, Refused
from .forward import Target, fetch, fetch_json
from .injection import ENTRY, REVISION
from .proxies import Istiod, build_info, monitoring_port, proxies

ADMISSION = "/apis/admissionregistration.k8s.io/v1"
DEPLOYMENTS = "/apis/apps/v1/deployments"
DAEMON_SETS = "/apis/apps/v1/daemonsets"
ISTIOD = "istiod"
"""Value of the label ``app`` by which istioctl finds istiod, whatever its revision."""
COMPONENT = "istio"
"""Label of istiod and of gateways: ``pilot`` or ``istiod``, ``ingressgateway``, ``egressgateway``."""
NODE_AGENT = "app.kubernetes.io/name"
"""Label of what runs on each node."""
NODE_AGENTS = f"{NODE_AGENT} in (istio-cni, ztunnel)"
"""Selector of the DaemonSets of Istio's CNI plugin and of ztunnel (``manifests/charts`` of istio-cni and ztunnel)."""
VALIDATION = "validation.istio.io"
"""How the names of istiod's validating webhooks end."""
ROOT_CERT = "istio-ca-root-cert"
"""ConfigMap with the root that workloads trust; istiod writes it into every namespace."""
AUTHORITIES = ("cacerts", "istio-ca-secret")
"""Secrets that istiod takes its CA from, in this order: the user's, the one that it made."""
INJECTOR = "istio-sidecar-injector"

AT_ONCE = 8


@dataclass(frozen=True)
class Snapshot:
    """A cluster at one moment; every object as the API server has it."""

    istio_namespace: str
    now: datetime
    deployments: Sequence[Object] = ()
    """istiods and gateways, in all namespaces."""
    daemon_sets: Sequence[Object] = ()
    """The agents on each node, CNI plugin and ztunnel, in all namespaces."""
    pods: Sequence[Object] = ()
    namespaces: Mapping[str, Object] = field(default_factory=dict)
    mutating: Sequence[Object] = ()
    """Configurations with a webhook that injects."""
    validating: Sequence[Object] = ()
    """Configurations with a webhook that validates Istio objects."""
    root_cert: str | None = None
    """PEM that workloads trust, as istiod published it in its own namespace."""
    authority: Mapping[str, bytes] = field(default_factory=dict)
    """The files of the CA that istiod signs with; empty where it cannot be read."""
    authority_secret: str = ""
    """Name of the Secret that they are in."""
    authority_refused: str = ""
    """Why the CA cannot be read, if the API server does not allow it."""
    elsewhere: bool = False
    """Whether the control plane is in another cluster or another stack's, so that there is none to look for here."""
    injectors: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """The injector's own configuration by revision."""
    istiods: Sequence[Istiod] = ()

    @property
    def control_planes(self) -> list[Object]:
        """The Deployments of istiod in its namespace."""
        return [
            item
            for item in self.deployments
            if item["metadata"]["namespace"] == self.istio_namespace and labels(item).get("app") == ISTIOD
        ]

    @property
    def gateways(self) -> list[Object]:
        """The Deployments of gateways."""
        return [item for item in self.deployments if labels(item).get(COMPONENT, "").endswith("gateway")]


def labels(item: Mapping[str, Any]) -> dict[str, str]:
    """Return an object's labels."""
    return dict(item["metadata"].get("labels") or {})


def revision(item: Mapping[str, Any]) -> str:
    """Return the revision that an object is labelled with."""
    return labels(item).get(REVISION, "default")


def take(api: Api, istio_namespace: str) -> Snapshot:
    """Look at a cluster.

    :raises LiveError: when it cannot be read; an istiod that does not answer is part of what is seen
    """
    inside = f"/api/v1/namespaces/{istio_namespace}"
    with ThreadPoolExecutor(AT_ONCE) as pool:
        istiods = pool.submit(ask_istiods, api, istio_namespace)
        deployments = pool.submit(api.list, DEPLOYMENTS, labelSelector=COMPONENT)
        daemon_sets = pool.submit(api.list, DAEMON_SETS, labelSelector=NODE_AGENTS)
        pods = pool.submit(api.list, "/api/v1/pods")
        namespaces = pool.submit(api.list, "/api/v1/namespaces")
        mutating = pool.submit(api.list, f"{ADMISSION}/mutatingwebhookconfigurations")
        validating = pool.submit(api.list, f"{ADMISSION}/validatingwebhookconfigurations")
        root = pool.submit(api.find, f"{inside}/configmaps/{ROOT_CERT}")
        authority = pool.submit(read_authority, api, istio_namespace)
        config_maps = pool.submit(api.list, f"{inside}/configmaps", labelSelector=REVISION)
    secret, files, refused = authority.result()
    return Snapshot(
        istio_namespace=istio_namespace,
        now=certificates.now(),
        deployments=deployments.result(),
        daemon_sets=daemon_sets.result(),
        pods=pods.result(),
        namespaces={item["metadata"]["name"]: item for item in namespaces.result()},
        mutating=[item for item in mutating.result() if any(_ends(item, ENTRY))],
        validating=[item for item in validating.result() if any(_ends(item, VALIDATION))],
        root_cert=((root.result() or {}).get("data") or {}).get("root-cert.pem"),
        authority=files,
        authority_secret=secret,
        authority_refused=refused,
        injectors={
            revision(item): injector(item)
            for item in config_maps.result()
            if item["metadata"]["name"].startswith(INJECTOR)
        },
        istiods=istiods.result(),
    )


def _ends(item: Mapping[str, Any], ending: str) -> list[bool]:
    return [entry["name"].endswith(ending) for entry in item.get("webhooks") or []]


def injector(config_map: Mapping[str, Any]) -> dict[str, Any]:
    """Return from an injector's ConfigMap what decides whether a pod is injected; empty where it is not readable."""
    try:
        parsed = yaml.load((config_map.get("data") or {}).get("config", ""), Loader=LOADER)
    except yaml.YAMLError:
        return {}
    wanted = ("policy", "neverInjectSelector", "alwaysInjectSelector")
    return {key: parsed[key] for key in wanted if key in parsed} if isinstance(parsed, dict) else {}


LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The C loader where it was built: ten times as fast."""


def read_authority(api: Api, istio_namespace: str) -> tuple[str, dict[str, bytes], str]:
    """Return the name and the certificates of the Secret that istiod takes its CA from, or why they cannot be read.

    Only certificates are kept: no check needs a key.
    """
    for name in AUTHORITIES:
        try:
            found = api.find(f"/api/v1/namespaces/{istio_namespace}/secrets/{name}")
        except Refused as error:
            return name, {}, str(error)
        if found and found.get("data"):
            read = {key: base64.b64decode(value or "") for key, value in found["data"].items() if "key" not in key}
            return name, read, ""
    return "", {}, ""


def istiod_pods(api: Api, istio_namespace: str) -> list[Object]:
    """Return istiod's running pods."""
    path = f"/api/v1/namespaces/{istio_namespace}/pods"
    found = api.list(path, labelSelector=f"app={ISTIOD}", fieldSelector="status.phase=Running")
    return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]


def ask_istiods(api: Api, istio_namespace: str) -> list[Istiod]:
    """Return every running istiod with its version and its proxies, or with the reason why it does not answer."""
    pods = istiod_pods(api, istio_namespace)
    if not pods:
        return []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda pod: ask(api, pod), pods))


def ask(api: Api, pod: Object) -> Istiod:
    """Return what an istiod says about itself and its proxies."""
    metadata = pod["metadata"]
    target = Target(metadata["namespace"], metadata["name"], monitoring_port(pod))
    silent = Istiod(target.pod, target.namespace, revision(pod))
    try:
        build = build_info(fetch(api, target, "/version").decode(errors="replace"))
        connected = proxies(fetch_json(api, target, "/debug/syncz"), target.pod)
    except LiveError as error:
        return replace(silent, error=str(error))
    return replace(silent, version=build["version"], build=build, proxies=connected)
