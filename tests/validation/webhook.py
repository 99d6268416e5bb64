"""The validation webhook of the real istiod, asked as the API server asks it."""

import json
import ssl
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPSConnection
from typing import Any
from urllib.parse import urlsplit


class Webhook:
    """Answers for objects that schemas have nothing against."""

    def __init__(self, url: str) -> None:
        self._address = urlsplit(url).netloc
        self._local = threading.local()

    def verdicts(self, objects: Sequence[dict[str, Any]]) -> list[tuple[bool, bool]]:
        """Whether it refuses each object, and whether it warns of it."""
        with ThreadPoolExecutor(4) as threads:
            return list(threads.map(self._verdict, objects))

    def _verdict(self, item: dict[str, Any]) -> tuple[bool, bool]:
        if not hasattr(self._local, "connection"):
            context = ssl._create_unverified_context()
            self._local.connection = HTTPSConnection(self._address, context=context, timeout=60)
        group, version = item["apiVersion"].split("/")
        request = {
            "uid": "1",
            "kind": {"group": group, "version": version, "kind": item["kind"]},
            "namespace": item["metadata"]["namespace"],
            "operation": "CREATE",
            "object": item,
        }
        review = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "request": request}
        headers = {"Content-Type": "application/json"}
        self._local.connection.request("POST", "/validate", json.dumps(review), headers)
        answer = json.loads(self._local.connection.getresponse().read())["response"]
        return not answer["allowed"], bool(answer.get("warnings"))
