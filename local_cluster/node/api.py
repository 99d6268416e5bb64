"""As much of a Kubernetes client as starting a node takes: the `kubernetes` package alone takes longer to import."""

import http.client
import json
import ssl
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from local_cluster.errors import ClusterError
from local_cluster.node.config import NodeConfig

FIELD_MANAGER = "mesh-components-local-cluster"


@dataclass(frozen=True)
class Response:
    """What the server said."""

    status: int
    body: bytes

    def json(self) -> Any:
        """Return the body, parsed."""
        return json.loads(self.body)


def trusting(config: NodeConfig) -> ssl.SSLContext:
    """Return a TLS context that trusts the node's authority alone."""
    return ssl.create_default_context(cafile=str(config.pki / "ca.crt"))


def get(url: str, context: ssl.SSLContext | None = None, timeout: float = 5) -> Response | None:
    """GET a URL past any proxy; None when nothing answers."""
    try:
        return _request("GET", url, context, timeout, None, {})
    except (OSError, http.client.HTTPException):
        return None


class Api:
    """The API server, as administrator."""

    def __init__(self, config: NodeConfig) -> None:
        self._server = config.server
        self._context = trusting(config)
        self._context.load_cert_chain(config.pki / "admin.crt", config.pki / "admin.key")

    def get(self, path: str) -> Any:
        """Return the object at a path, or None when there is none or nobody answers."""
        response = get(self._server + path, self._context)
        return response.json() if response and response.status == http.HTTPStatus.OK else None

    def apply(self, path: str, value: dict[str, Any]) -> None:
        """Apply one object, server-side, overriding other owners of its fields.

        :param path: of the collection; the name is taken from the object
        :raises ClusterError: when the server refuses
        """
        url = f"{self._server}{path}/{value['metadata']['name']}?fieldManager={FIELD_MANAGER}&force=true"
        headers = {"Content-Type": "application/apply-patch+yaml"}
        try:
            response = _request("PATCH", url, self._context, 30, json.dumps(value).encode(), headers)
        except (OSError, http.client.HTTPException) as error:
            raise ClusterError(f"the API server at {self._server} does not answer: {error}") from error
        if response.status >= http.HTTPStatus.BAD_REQUEST:
            raise ClusterError(
                f"the API server refuses {value['kind']} {value['metadata']['name']}: {response.body.decode()}"
            )


def _request(
    method: str, url: str, context: ssl.SSLContext | None, timeout: float, body: bytes | None, headers: dict[str, str]
) -> Response:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port
    connection = (
        http.client.HTTPSConnection(host, port, timeout=timeout, context=context)
        if parts.scheme == "https"
        else http.client.HTTPConnection(host, port, timeout=timeout)
    )
    try:
        connection.request(method, f"{parts.path}?{parts.query}" if parts.query else parts.path, body, headers)
        response = connection.getresponse()
        return Response(response.status, response.read())
    finally:
        connection.close()
