"""Where dashboards are, and which pod answers for one right now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from . import injection, workloads
from .api import Api, Object, owners
from .forward import Target
from .proxies import monitoring_port
from .snapshot import ISTIOD, istiod_pods, revision

ENVOY_PORT = 15000
"""Envoy's administration port, which listens inside the pod alone."""


@dataclass(frozen=True)
class Board:
    """A dashboard that is an application of its own."""

    name: str
    services: Sequence[str]
    """Names of its Service in the usual installations, best first."""
    pods: Mapping[str, str]
    """Labels of its pods, as istioctl looks for them, where there is no such Service."""
    port: int
    """Port on which it listens."""
    path: str = "/"
    healthz: str = ""
    """How the path of its readiness probe ends, where what stands before that is the path of its pages."""
    settings: Sequence[str] = ()
    """ConfigMap, key, and fields in its YAML that say the path of its pages, where there is such a ConfigMap."""


BOARDS: Mapping[str, Board] = {
    board.name: board
    for board in (
        Board("kiali", ("kiali",), {"app": "kiali"}, 20001, "/kiali", healthz="/healthz"),
        Board("prometheus", ("prometheus", "prometheus-server"), {"app.kubernetes.io/name": "prometheus"}, 9090),
        Board("grafana", ("grafana",), {"app.kubernetes.io/name": "grafana"}, 3000),
        # Istio's sample calls Jaeger's Service `tracing`, the operator `…-query`.
        Board(
            "jaeger",
            ("jaeger-query", "tracing", "jaeger"),
            {"app": "jaeger"},
            16686,
            settings=("jaeger", "config.yaml", "extensions", "jaeger_query", "base_path"),
        ),
    )
}
"""The dashboards; names, labels and ports as in istioctl's ``dashboard`` and Istio's samples."""


class NotThere(Exception):
    """What was asked for is not in the cluster; the message says what is."""


Resolve = Callable[[], Target | None]
"""Returns the pod that answers right now, or None while there is none."""


@dataclass(frozen=True)
class Place:
    """Something to connect to, whatever pods it has in the course of time."""

    title: str
    resolve: Resolve
    port: int
    """The port in the pod, and the one to listen on here, if it is free."""
    path: str


def board(api: Api, name: str, namespace: str | None, istio_namespace: str) -> Place:
    """Return where a dashboard is: in ``namespace``, or else in Istio's or any other that has it.

    :raises NotThere: when it is nowhere, with what is there
    """
    found = locate(api, BOARDS[name], namespace, istio_namespace)
    if found is None:
        where = f"namespace {namespace}" if namespace else "this cluster"
        raise NotThere(f"{name} is not installed in {where}. {installed(api, istio_namespace)}")
    return found


def locate(api: Api, wanted: Board, namespace: str | None, istio_namespace: str) -> Place | None:
    """Return where a dashboard is, or None."""
    scope = f"/namespaces/{namespace}" if namespace else ""
    services = [item for item in api.list(f"/api/v1{scope}/services") if item["metadata"]["name"] in wanted.services]
    if services:
        order = {name: number for number, name in enumerate(wanted.services)}
        service = min(services, key=lambda item: (order[item["metadata"]["name"]], _elsewhere(item, istio_namespace)))
        where, selector = service["metadata"]["namespace"], service["spec"].get("selector") or {}
        port: Any = target_port(service, wanted.port)
    else:
        pods = api.list(f"/api/v1{scope}/pods", labelSelector=_selector(wanted.pods))
        if not pods:
            return None
        where = min(pods, key=lambda pod: _elsewhere(pod, istio_namespace))["metadata"]["namespace"]
        selector, port = dict(wanted.pods), wanted.port
    path = page(api, wanted, where, selector)
    return Place(f"{wanted.name} in namespace {where}", _by_selector(api, where, selector, port), wanted.port, path)


def page(api: Api, wanted: Board, namespace: str, selector: Mapping[str, str]) -> str:
    """Return the path of a dashboard's pages as it is installed there, or else as it usually is."""
    if wanted.healthz and selector:
        pods = api.list(f"/api/v1/namespaces/{namespace}/pods", labelSelector=_selector(selector))
        for container in (one for pod in pods for one in pod["spec"]["containers"]):
            probed = str(((container.get("readinessProbe") or {}).get("httpGet") or {}).get("path", ""))
            if probed.endswith(wanted.healthz):
                return probed.removesuffix(wanted.healthz) or "/"
    if wanted.settings:
        name, key, *fields = wanted.settings
        found = api.find(f"/api/v1/namespaces/{namespace}/configmaps/{name}")
        value: Any = yaml.safe_load((found.get("data") or {}).get(key) or "") if found else None
        for field in fields:
            value = value.get(field) if isinstance(value, Mapping) else None
        if isinstance(value, str) and value:
            return value
    return wanted.path


def _elsewhere(item: Mapping[str, Any], istio_namespace: str) -> tuple[bool, str]:
    namespace = str(item["metadata"]["namespace"])
    return namespace != istio_namespace, namespace


def target_port(service: Mapping[str, Any], wanted: int) -> int | str:
    """Return the port in the pods, by number or name, behind a Service's port for ``wanted``, or behind its first."""
    ports = service["spec"].get("ports") or [{"port": wanted}]
    chosen = next((item for item in ports if wanted in (item.get("targetPort"), item["port"])), ports[0])
    found: int | str = chosen.get("targetPort", chosen["port"])
    return found


def port_number(pod: Mapping[str, Any], port: int | str) -> int | None:
    """Return the number of a pod's port that is called by number or by name."""
    if isinstance(port, int):
        return port
    listed = (item for container in injection.containers(pod) for item in container.get("ports") or [])
    return next((int(item["containerPort"]) for item in listed if item.get("name") == port), None)


def _selector(wanted: Mapping[str, str]) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted(wanted.items()))


def best(pods: Sequence[Object]) -> Object | None:
    """Return the pod to connect to: one that is ready and stays; None when there is none."""
    fit = [pod for pod in pods if workloads.running(pod) and workloads.ready(pod)]
    return max(fit, key=lambda pod: str(pod["metadata"].get("creationTimestamp", "")), default=None)


def _by_selector(api: Api, namespace: str, selector: Mapping[str, str], port: int | str) -> Resolve:
    def resolve() -> Target | None:
        if not selector:
            return None
        pod = best(api.list(f"/api/v1/namespaces/{namespace}/pods", labelSelector=_selector(selector)))
        number = port_number(pod, port) if pod else None
        return Target(namespace, pod["metadata"]["name"], number) if pod and number else None

    return resolve


def istiod(api: Api, istio_namespace: str, wanted: str | None) -> Place:
    """Return where istiod's debug pages are.

    :param wanted: a revision; None: any
    :raises NotThere: when there is no such istiod
    """

    def pods() -> list[Object]:
        return [pod for pod in istiod_pods(api, istio_namespace) if wanted in (None, revision(pod))]

    def resolve() -> Target | None:
        pod = best(pods())
        return Target(istio_namespace, pod["metadata"]["name"], monitoring_port(pod)) if pod else None

    found = pods()
    if not found:
        of = f" of revision {wanted}" if wanted else ""
        raise NotThere(f"there is no istiod{of} in namespace {istio_namespace}. {installed(api, istio_namespace)}")
    return Place("istiod's debug pages", resolve, monitoring_port(found[0]), "/debug")


def envoy(api: Api, name: str, namespace: str) -> Place:
    """Return where the administration pages of a pod's proxy are.

    When the pod goes, another of the same workload takes its place.

    :param name: ``pod``, ``pod.namespace`` or ``deployment/name[.namespace]``, as istioctl takes it
    :param namespace: where to look when the name does not say
    :raises NotThere: when there is no such pod, or it has no proxy
    """
    kind, _, rest = name.rpartition("/")
    short, _, named = rest.partition(".")
    where = named or namespace
    if kind:
        pods, selector = _of_owner(api, kind, short, where)
    else:
        pod = api.find(f"/api/v1/namespaces/{where}/pods/{short}")
        pods, selector = [pod] if pod else [], _workload_selector(api, pod) if pod else {}
    if not pods:
        raise NotThere(f"there is no {kind or 'pod'} {short!r} in namespace {where}{_near(api, short, where)}")
    if not any(injection.proxy_image(pod) for pod in pods):
        raise NotThere(f"pod {where}/{pods[0]['metadata']['name']} has no proxy: no container {injection.PROXY}")

    def resolve() -> Target | None:
        if not kind:
            same = api.find(f"/api/v1/namespaces/{where}/pods/{short}")
            if same and best([same]):
                return Target(where, short, ENVOY_PORT)
        found = (
            best(api.list(f"/api/v1/namespaces/{where}/pods", labelSelector=_selector(selector))) if selector else None
        )
        return Target(where, found["metadata"]["name"], ENVOY_PORT) if found else None

    return Place(f"Envoy of {kind or 'pod'} {where}/{short}", resolve, ENVOY_PORT, "/")


WORKLOADS = {
    "deployment": "deployments",
    "deploy": "deployments",
    "statefulset": "statefulsets",
    "daemonset": "daemonsets",
}


def _of_owner(api: Api, kind: str, name: str, namespace: str) -> tuple[list[Object], Mapping[str, str]]:
    plural = WORKLOADS.get(kind.lower())
    if plural is None:
        raise NotThere(f"{kind}/{name}: a pod, or one of {', '.join(sorted(WORKLOADS))} and its name")
    owner = api.find(f"/apis/apps/v1/namespaces/{namespace}/{plural}/{name}")
    if owner is None:
        return [], {}
    selector = owner["spec"]["selector"].get("matchLabels") or {}
    return api.list(f"/api/v1/namespaces/{namespace}/pods", labelSelector=_selector(selector)), selector


def _workload_selector(api: Api, pod: Object) -> Mapping[str, str]:
    """Return the labels by which a pod's successors are found: its workload's selector; empty for a pod of its own."""
    namespace = pod["metadata"]["namespace"]
    selector: Mapping[str, str] = {}
    for owner in owners(pod):
        plural = f"{owner['kind'].lower()}s"
        found = api.find(f"/apis/{owner['apiVersion']}/namespaces/{namespace}/{plural}/{owner['name']}") or {}
        selector = ((found.get("spec") or {}).get("selector") or {}).get("matchLabels") or {}
    # A ReplicaSet's own mark: the next rollout's pods have another.
    return {key: value for key, value in selector.items() if key != "pod-template-hash"}


def _near(api: Api, name: str, namespace: str) -> str:
    """Return which pods there are instead."""
    pods = [
        pod["metadata"]["name"]
        for pod in api.list(f"/api/v1/namespaces/{namespace}/pods")
        if injection.proxy_image(pod) and workloads.running(pod)
    ]
    like = [found for found in pods if found.startswith(name)] or pods
    return f"; pods with a proxy there: {', '.join(sorted(like)[:MOST])}" if like else "; no pod there has a proxy"


MOST = 10
"""Names to list in a message."""


def installed(api: Api, istio_namespace: str) -> str:
    """Return in a sentence what can be opened instead."""
    there = [name for name, item in BOARDS.items() if locate(api, item, None, istio_namespace)]
    if istiod_pods(api, istio_namespace):
        there.append(ISTIOD)
    proxies = [pod for pod in api.list("/api/v1/pods") if injection.proxy_image(pod) and workloads.running(pod)]
    if proxies:
        name = proxies[0]["metadata"]
        there.append(f"envoy (of {len(proxies)} pods, such as {name['name']}.{name['namespace']})")
    return f"Installed: {', '.join(there)}" if there else "Nothing of the mesh is installed"
