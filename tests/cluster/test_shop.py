"""The example: one stack with a mesh, its addons and a shop, looked at as its guide (docs/shop.md) says."""

from __future__ import annotations

import http.client
import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local_cluster import cluster as clusters
from local_cluster.pulumi import runtime

from .kubectl import Kubectl, eventually
from .mesh_stack import ROOT, MeshStack, mesh, take_down_stacks
from .traffic_requests import bounds, within

HOST = "shop.example.com"
GUIDE = (ROOT / "docs" / "shop.md").read_text(encoding="utf-8")
KIALI = "/api/v1/namespaces/istio-system/services/kiali:20001/proxy/kiali/api"


@dataclass(frozen=True)
class Shop:
    """The example in a folder of its own, so that its stack's file can be edited."""

    folder: Path
    stack: MeshStack

    def set(self, **lines: str) -> None:
        """Change lines of the stack's file, each of which the guide has, and bring it up."""
        file = self.folder / "stacks" / "Pulumi.shop.yaml"
        text = file.read_text()
        for key, value in lines.items():
            line = f"shop:{key}: {value}"
            assert f"`{line}`" in GUIDE
            before = next(one for one in text.splitlines() if one.strip().startswith(f"shop:{key}:"))
            text = text.replace(before, f"  {line}")
        file.write_text(text)
        mesh("up", "--stack", "shop", folder=self.folder)

    def visit(self, **headers: str) -> Any:
        """Return what the shop answers to one request at its gateway."""
        gateway = self.stack.target.outputs()["gateways"]["istio-system/istio-ingressgateway"]
        return answered(gateway, headers)

    def visits(self, number: int) -> list[Any]:
        """Return what the shop answers to a number of requests, one after the other."""
        gateway = self.stack.target.outputs()["gateways"]["istio-system/istio-ingressgateway"]
        return [answered(gateway, {}) for _ in range(number)]


def answered(gateway: str, headers: dict[str, str]) -> Any:
    connection = http.client.HTTPConnection(gateway, 80, timeout=15)
    try:
        connection.request("GET", "/", headers={"Host": HOST, **headers})
        answer = connection.getresponse()
        body = answer.read()
        return json.loads(body) if answer.status == 200 else {"status": answer.status}
    finally:
        connection.close()


def version_of_cart(answer: Any) -> str:
    _, cart = answer["answers"]
    found: str = cart["version"]
    return found


def ratings_failed(answer: Any) -> bool:
    catalog, _ = answer["answers"]
    [ratings] = catalog["answers"]
    return "status" in ratings


@pytest.fixture(scope="module")
def shop(
    cluster: clusters.Cluster, engine: runtime.PulumiRuntime, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shop]:
    take_down_stacks(cluster, engine)
    root = tmp_path_factory.mktemp("shop")
    folder = root / "examples" / "shop"
    shutil.copytree(ROOT / "examples" / "shop", folder)
    (root / ".venv").symlink_to(ROOT / ".venv")
    mesh("up", "--stack", "shop", folder=folder)
    made = Shop(folder, MeshStack.of("shop", cluster, engine, folder))
    eventually(lambda: made.visit(), lambda answer: len(answer.get("answers", [])) == 2, "the shop is open")
    yield made
    made.stack.destroy()
    made.stack.target.remove()
    shutil.rmtree(made.stack.target.home)


def test_who_answers(shop: Shop) -> None:
    answer = shop.visit()
    assert answer["service"] == "frontend"
    assert [one["service"] for one in answer["answers"]] == ["catalog", "cart"]


def test_versions_of_the_cart(shop: Shop) -> None:
    counted = Counter(map(version_of_cart, shop.visits(300)))
    within(counted["v2"], 300, 0.1)
    assert {version_of_cart(shop.visit(**{"x-user": "tester"})) for _ in range(20)} == {"v2"}

    shop.set(cartV2="50")
    eventually(
        lambda: Counter(map(version_of_cart, shop.visits(40)))["v2"], lambda count: count >= 12, "half of them go to v2"
    )
    counted = Counter(map(version_of_cart, shop.visits(300)))
    within(counted["v2"], 300, 0.5)


def test_nobody_asks_anybody_without_leave(shop: Shop, kubectl: Kubectl) -> None:
    line = next(line for line in GUIDE.splitlines() if "exec deployment/cart-v1" in line)
    script = line.split('python3 -c "')[1].split('"`')[0]
    with pytest.raises(subprocess.CalledProcessError) as refused:
        kubectl(
            "exec", "deployment/cart-v1", "--namespace", "shop", "--container", "app", "--", "python3", "-c", script
        )
    assert "HTTP Error 403" in refused.value.stderr


def test_a_pod_that_fails_is_left_out(shop: Shop) -> None:
    shop.set(ratingsV2Fails="true", breaker="false")
    half = bounds(200, 0.5)
    eventually(lambda: sum(map(ratings_failed, shop.visits(20))), lambda count: count >= 4, "some ratings fail")
    failed = sum(map(ratings_failed, shop.visits(200)))
    assert half[0] <= failed <= half[1]

    shop.set(breaker="true")
    failed = eventually(
        lambda: sum(map(ratings_failed, shop.visits(200))), lambda count: count < half[0], "the breaker opens"
    )
    assert failed < 40, "now and then it is tried again"


def test_kiali_shows_who_asks_whom(shop: Shop, kubectl: Kubectl) -> None:
    query = "namespaces=shop&duration=60s&graphType=versionedApp&injectServiceNodes=false&appenders=securityPolicy"

    def edges() -> set[tuple[str, str, int]]:
        graph = json.loads(kubectl("get", "--raw", f"{KIALI}/namespaces/graph?{query}"))["elements"]
        nodes = {node["data"]["id"]: node["data"] for node in graph.get("nodes") or []}

        def named(key: str) -> str:
            node = nodes[key]
            return "-".join(node[part] for part in ("app", "version") if node.get(part))

        return {
            (named(edge["data"]["source"]), named(edge["data"]["target"]), int(edge["data"].get("isMTLS") or 0))
            for edge in graph.get("edges") or []
        }

    wanted = {
        ("istio-ingressgateway-latest", "frontend-v1", 100),
        ("frontend-v1", "catalog-v1", 100),
        ("frontend-v1", "cart-v1", 100),
        ("frontend-v1", "cart-v2", 100),
        ("catalog-v1", "ratings-v1", 100),
    }
    eventually(edges, wanted.issubset, "the graph of the last minute", pause=2)
