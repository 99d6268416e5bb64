"""Gives Services of type LoadBalancer an address, where no cloud does: a process that runs beside the cluster.

    python -m local_cluster.load_balancer --kubeconfig FILE --pool 10.244.254.0/24 --listen 10.244.255.2:10260

It writes `status.loadBalancer.ingress`; kube-proxy then sends what arrives for that address to the Service's endpoints.
It remembers nothing: what is taken is what the Services say. So it survives restarts, its own and the API server's.
"""

import argparse
import ipaddress
import json
import logging
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from kubernetes import client, config, watch

log = logging.getLogger("load-balancer")

WATCH_SECONDS = 300
"""How long one watch lasts before Services are listed anew: so nothing missed stays missed."""

RETRY_SECONDS = 1.0
CLASS = None
"""`spec.loadBalancerClass` of the Services that are ours: none, which is the default implementation's."""


@dataclass(frozen=True)
class Service:
    """What matters of a Service.

    :param key: (namespace, name)
    :param wants: whether it is ours to serve: of type LoadBalancer, of no other class, not being deleted
    :param asked: the address it asks for (`spec.loadBalancerIP`), or ""
    :param given: the addresses in its status
    :param ports: (protocol, port) pairs
    """

    key: tuple[str, str]
    wants: bool
    asked: str
    given: tuple[str, ...]
    ports: frozenset[tuple[str, int]]

    @classmethod
    def read(cls, value: Mapping[str, Any]) -> "Service":
        """Read a Service as the API has it."""
        meta, spec = value["metadata"], value.get("spec", {})
        ingress = value.get("status", {}).get("loadBalancer", {}).get("ingress", [])
        return cls(
            key=(meta["namespace"], meta["name"]),
            wants=(
                spec.get("type") == "LoadBalancer"
                and spec.get("loadBalancerClass") == CLASS
                and "deletionTimestamp" not in meta
            ),
            asked=spec.get("loadBalancerIP", ""),
            given=tuple(entry["ip"] for entry in ingress if "ip" in entry),
            ports=frozenset((port.get("protocol", "TCP"), port["port"]) for port in spec.get("ports", [])),
        )


def assign(service: Service, others: Iterable[Service], pool: list[str]) -> tuple[str, ...]:
    """Return the addresses that a Service's status should have: one, or none.

    The address it asks for, if that is free; else the one it has, as long as that is in the pool and free; else the
    first that nobody has; else the first on which no other Service has one of its ports.
    """
    if not service.wants:
        return ()
    busy: dict[str, set[tuple[str, int]]] = {}
    for other in others:
        if other.wants and other.key != service.key:
            for address in other.given:
                busy.setdefault(address, set()).update(other.ports)

    def fits(address: str) -> bool:
        return address in pool and not busy.get(address, set()) & service.ports

    if service.asked and fits(service.asked):
        return (service.asked,)
    if service.given and fits(service.given[0]):
        return service.given[:1]
    unused = (address for address in pool if address not in busy)
    shared = (address for address in pool if fits(address))
    chosen = next(unused, None) or next(shared, None)
    return (chosen,) if chosen else ()


class Controller:
    """Keeps every Service's status as `assign` says."""

    def __init__(self, api: client.CoreV1Api, pool: list[str]) -> None:
        self._api = api
        self._pool = pool
        self._known: dict[tuple[str, str], Service] = {}
        self.healthy = threading.Event()

    def run(self) -> None:
        """List and watch for ever, through whatever the API server does."""
        while True:
            try:
                self._list_and_watch()
            except Exception as error:  # whatever it is, listing again is the remedy, and it is on record
                self.healthy.clear()
                reason = str(error).partition("\n")[0]
                log.warning("%s: %s; trying again", type(error).__name__, reason)
                time.sleep(RETRY_SECONDS)

    def _list_and_watch(self) -> None:
        listed = self._raw(self._api.list_service_for_all_namespaces(_preload_content=False, _request_timeout=30))
        self._known = {service.key: service for service in map(Service.read, listed["items"])}
        for service in list(self._known.values()):
            self._settle(service)
        self.healthy.set()
        events = watch.Watch().stream(
            self._api.list_service_for_all_namespaces,
            resource_version=listed["metadata"]["resourceVersion"],
            timeout_seconds=WATCH_SECONDS,
            _request_timeout=(30, WATCH_SECONDS + 30),
        )
        for event in events:
            service = Service.read(event["raw_object"])
            if event["type"] == "DELETED":
                self._known.pop(service.key, None)
                self._settle_waiting()
            else:
                self._known[service.key] = service
                self._settle(service)

    def _settle_waiting(self) -> None:
        """Serve those that found no address before, now that one came free."""
        for service in [service for service in self._known.values() if service.wants and not service.given]:
            self._settle(service)

    def _settle(self, service: Service) -> None:
        wanted = assign(service, self._known.values(), self._pool)
        # A status on a Service that is not ours to serve is left alone, unless the address is from our pool.
        if wanted == service.given or (not wanted and not set(service.given) & set(self._pool)):
            if service.wants and not wanted:
                log.warning("no address left for %s/%s", *service.key)
            return
        namespace, name = service.key
        ingress = [{"ip": address, "ipMode": "VIP"} for address in wanted]
        patch = {"status": {"loadBalancer": {"ingress": ingress or None}}}
        try:
            self._api.patch_namespaced_service_status(name, namespace, patch, _request_timeout=30)
        except client.ApiException as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            return
        log.info("%s/%s: %s", namespace, name, ", ".join(wanted) or "released")
        self._known[service.key] = Service(service.key, service.wants, service.asked, wanted, service.ports)

    def _raw(self, response: Any) -> Any:
        return json.loads(response.data)


def addresses(pool: str) -> list[str]:
    """Return the addresses of a pool: a network in CIDR notation, or addresses separated by commas."""
    if "/" in pool:
        return [str(address) for address in ipaddress.ip_network(pool).hosts()]
    return [str(ipaddress.ip_address(address)) for address in pool.split(",")]


def serve_health(listen: str, healthy: threading.Event) -> None:
    """Answer 200 while the controller follows the API server, else 503, on HOST:PORT."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(HTTPStatus.OK if healthy.is_set() else HTTPStatus.SERVICE_UNAVAILABLE)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Keep the checks out of the log."""

    host, _, port = listen.rpartition(":")
    threading.Thread(target=ThreadingHTTPServer((host, int(port)), Handler).serve_forever, daemon=True).start()


def main() -> None:
    """Run until killed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kubeconfig", required=True)
    parser.add_argument("--pool", required=True, help="a network, or addresses separated by commas")
    parser.add_argument("--listen", required=True, help="HOST:PORT for health checks")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    config.load_kube_config(options.kubeconfig)
    controller = Controller(client.CoreV1Api(), addresses(options.pool))
    serve_health(options.listen, controller.healthy)
    controller.run()


if __name__ == "__main__":
    main()
