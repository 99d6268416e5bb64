"""Which address a Service of type LoadBalancer gets."""

from __future__ import annotations

import ipaddress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_cluster.load_balancer import Service, addresses, assign

POOL = ["10.0.0.1", "10.0.0.2"]


def service(name: str, *given: str, wants: bool = True, asked: str = "", ports: tuple[int, ...] = (80,)) -> Service:
    return Service(("default", name), wants, asked, given, frozenset(("TCP", port) for port in ports))


def test_the_first_free_one() -> None:
    assert assign(service("a"), [], POOL) == ("10.0.0.1",)
    assert assign(service("a"), [service("b", "10.0.0.1")], POOL) == ("10.0.0.2",)


def test_what_it_has_it_keeps() -> None:
    assert assign(service("a", "10.0.0.2"), [service("a", "10.0.0.2")], POOL) == ("10.0.0.2",)


def test_an_address_of_another_pool_is_replaced() -> None:
    assert assign(service("a", "192.168.0.1"), [], POOL) == ("10.0.0.1",)


def test_what_it_asks_for_when_free() -> None:
    asking = service("a", "10.0.0.1", asked="10.0.0.2")
    assert assign(asking, [], POOL) == ("10.0.0.2",)
    assert assign(asking, [service("b", "10.0.0.2")], POOL) == ("10.0.0.1",)
    assert assign(service("a", asked="8.8.8.8"), [], POOL) == ("10.0.0.1",)


def test_a_service_that_is_not_ours_gets_none_and_takes_none() -> None:
    other = service("b", "10.0.0.1", wants=False)
    assert assign(other, [], POOL) == ()
    assert assign(service("a"), [other], POOL) == ("10.0.0.1",)


def test_addresses_are_shared_only_when_there_are_no_more_and_ports_differ() -> None:
    others = [service("b", "10.0.0.1", ports=(80,)), service("c", "10.0.0.2", ports=(443,))]
    assert assign(service("a", ports=(443,)), others, POOL) == ("10.0.0.1",)
    assert assign(service("a", ports=(80, 443)), others, POOL) == ()


@given(st.lists(st.tuples(st.booleans(), st.sets(st.integers(1, 4), min_size=1)), max_size=12), st.integers(1, 4))
def test_no_port_of_an_address_is_ever_given_twice(wanted: list[tuple[bool, set[int]]], size: int) -> None:
    pool = [f"10.0.0.{number}" for number in range(1, size + 1)]
    known: list[Service] = []
    for index, (wants, ports) in enumerate(wanted):
        asked = service(str(index), wants=wants, ports=tuple(ports))
        known.append(replace(asked, given=assign(asked, known, pool)))
    taken = [(address, port) for item in known for address in item.given for port in item.ports]
    assert len(taken) == len(set(taken))
    # And nobody moves once all have been served.
    assert all(assign(item, known, pool) == item.given for item in known)


def test_a_service_is_read_from_the_api() -> None:
    value = {
        "metadata": {"namespace": "istio-system", "name": "gateway"},
        "spec": {
            "type": "LoadBalancer",
            "loadBalancerIP": "10.0.0.2",
            "ports": [{"port": 80}, {"port": 53, "protocol": "UDP"}],
        },
        "status": {"loadBalancer": {"ingress": [{"ip": "10.0.0.1"}, {"hostname": "elsewhere"}]}},
    }
    ports = frozenset({("TCP", 80), ("UDP", 53)})
    assert Service.read(value) == Service(("istio-system", "gateway"), True, "10.0.0.2", ("10.0.0.1",), ports)


@pytest.mark.parametrize(
    ("change", "meta"),
    [
        ({"type": "ClusterIP"}, {}),
        ({"loadBalancerClass": "example.com/other"}, {}),
        ({}, {"deletionTimestamp": "2026-01-01T00:00:00Z"}),
    ],
)
def test_whose_service_it_is(change: dict[str, str], meta: dict[str, str]) -> None:
    value = {"metadata": {"namespace": "n", "name": "s"} | meta, "spec": {"type": "LoadBalancer"} | change}
    assert not Service.read(value).wants


def test_a_pool_is_a_network_or_a_list() -> None:
    assert addresses("10.0.0.0/30") == ["10.0.0.1", "10.0.0.2"]
    assert addresses("10.0.0.9,10.0.0.7") == ["10.0.0.9", "10.0.0.7"]
    assert all(ipaddress.ip_address(address) for address in addresses("10.245.0.0/24"))
