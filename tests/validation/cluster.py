"""A bare API server with Istio's definitions as oracle for schemas and rules in CEL. No object is kept."""

import json
import ssl
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mesh_components import schemas

_PLURALS = {crd["spec"]["names"]["kind"]: crd["spec"]["names"]["plural"] for crd in schemas.crds("1.31")}


class Server:
    """An API server, asked over connections that stay open, one a thread."""

    def __init__(self, kubeconfig: Path) -> None:
        config = json.loads(kubeconfig.read_text())
        self._address = urlsplit(config["clusters"][0]["cluster"]["server"])
        self._token = config["users"][0]["user"]["token"]
        self._local = threading.local()

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        content: str = "application/json",
        accept: str = "application/json",
    ) -> tuple[int, dict[str, Any]]:
        """Sends a request; gives the status and the parsed answer."""
        if not hasattr(self._local, "connection"):
            context = ssl._create_unverified_context()
            self._local.connection = HTTPSConnection(self._address.netloc, context=context, timeout=60)
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": content, "Accept": accept}
        self._local.connection.request(method, path, json.dumps(body), headers)
        answer = self._local.connection.getresponse()
        text = answer.read()
        try:
            found: dict[str, Any] = json.loads(text)
        except ValueError:  # where nothing is served yet, the answer is plain text
            found = {"message": text.decode()}
        return answer.status, found


class Cluster(Server):
    """Answers as `kubectl apply --dry-run=server --validate=strict` would."""

    def define(self) -> None:
        """Installs Istio's definitions, and waits until it serves them."""
        definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
        for crd in schemas.crds("1.31"):
            self.send("POST", definitions, crd)
        self.send("POST", "/api/v1/namespaces", {"metadata": {"name": "istio-system"}})
        waiting = [crd["metadata"]["name"] for crd in schemas.crds("1.31")]
        while waiting:
            _, answer = self.send("GET", f"{definitions}/{waiting[0]}")
            conditions = answer.get("status", {}).get("conditions", [])
            if any(item["type"] == "Established" and item["status"] == "True" for item in conditions):
                waiting.pop(0)

    def answer(self, item: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Why it refuses an object, empty when it takes it; and the object as it hands it to webhooks."""
        namespace, plural = item["metadata"]["namespace"], _PLURALS[item["kind"]]
        path = f"/apis/{item['apiVersion']}/namespaces/{namespace}/{plural}?dryRun=All&fieldValidation=Strict"
        status, answer = self.send("POST", path, item)
        if status != 201:
            return f"{status} {answer.get('message', '')}", item
        admitted = {**item, **{key: value for key, value in answer.items() if key == "spec"}}
        if "spec" not in answer:
            admitted.pop("spec", None)
        return "", admitted

    def answers(self, objects: Sequence[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
        """The same for many."""
        with ThreadPoolExecutor(4) as threads:
            return list(threads.map(self.answer, objects))
