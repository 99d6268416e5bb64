"""Any valid arguments make objects that Istio takes, whose weights add up, and whose subsets are there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from mesh_components.settings.security.authorization import AuthorizationPolicySettings
from mesh_components.validation import validate

from .planned import planned

names = st.from_regex(r"[a-z]([-a-z0-9]{0,10}[a-z0-9])?", fullmatch=True)
words = st.from_regex(r"[a-zA-Z0-9_.-]{1,12}", fullmatch=True)
durations = st.integers(1, 86400000).map(lambda milliseconds: f"{milliseconds}ms")
percentages = st.one_of(st.integers(0, 100), st.floats(0.0001, 100))
ports = st.integers(1, 65535)


@st.composite
def weights(draw: st.DrawFn) -> dict[str, int]:
    """Whole numbers that add up to 100."""
    subsets = draw(st.lists(names, min_size=1, max_size=5, unique=True))
    cuts = sorted(draw(st.lists(st.integers(0, 100), min_size=len(subsets) - 1, max_size=len(subsets) - 1)))
    return {subset: high - low for subset, low, high in zip(subsets, [0, *cuts], [*cuts, 100], strict=True)}


def optional(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


texts = st.one_of(*(st.fixed_dictionaries({kind: words}) for kind in ("exact", "prefix")))
matches = optional(
    uri=texts.map(lambda match: {kind: f"/{text}" for kind, text in match.items()}),
    method=st.fixed_dictionaries({"exact": st.sampled_from(["GET", "POST"])}),
    headers=st.dictionaries(st.from_regex(r"x-[a-z]{1,8}", fullmatch=True), texts, min_size=1, max_size=2),
    queryParams=st.dictionaries(words, texts, min_size=1, max_size=2),
    sourceLabels=st.dictionaries(names, names, min_size=1, max_size=2),
    port=ports,
).filter(bool)
faults = optional(
    delay=st.fixed_dictionaries({"fixedDelay": durations}, optional={"percentage": percentages}),
    abort=st.one_of(
        optional(httpStatus=st.integers(200, 599), percentage=percentages),
        optional(grpcStatus=st.sampled_from(["UNAVAILABLE", "NOT_FOUND"]), percentage=percentages),
    ),
)
handling: dict[str, st.SearchStrategy[Any]] = {
    "timeout": durations,
    "retries": st.fixed_dictionaries({"attempts": st.integers(1, 10)}, optional={"perTryTimeout": durations}),
    "fault": faults,
    "mirrors": st.lists(
        st.fixed_dictionaries({"subset": names}, optional={"percentage": percentages, "port": ports}), max_size=3
    ),
    "headers": st.fixed_dictionaries({"request": st.fixed_dictionaries({"set": st.dictionaries(words, words)})}),
    "rewrite": st.fixed_dictionaries({"uri": words.map(lambda word: f"/{word}")}),
}
routes = st.lists(
    st.fixed_dictionaries(
        {"match": st.lists(matches, min_size=1, max_size=2)},
        optional={**handling, "weights": weights(), "name": words},
    ),
    max_size=3,
)
policies: dict[str, st.SearchStrategy[Any]] = {
    "connectionPool": st.fixed_dictionaries({"tcp": st.fixed_dictionaries({"maxConnections": st.integers(1, 1000)})}),
    "outlierDetection": st.fixed_dictionaries({"consecutive5xxErrors": st.integers(0, 100), "interval": durations}),
    "loadBalancer": st.one_of(
        st.fixed_dictionaries({"simple": st.sampled_from(["RANDOM", "LEAST_REQUEST", "ROUND_ROBIN"])}),
        st.fixed_dictionaries({"consistentHash": st.fixed_dictionaries({"httpHeaderName": words})}),
    ),
}
services = st.fixed_dictionaries(
    {"service": names, "namespace": names, "weights": weights()},
    optional={**handling, **policies, "routes": routes, "port": ports, "exportTo": st.just(["."])},
)


def destinations(value: Any) -> Iterator[dict[str, Any]]:
    """Yield every destination of a VirtualService."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("destination", "mirror"):
                yield inner
            else:
                yield from destinations(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from destinations(inner)


@settings(deadline=None)
@given(services)
def test_any_traffic_of_a_service(args: dict[str, Any]) -> None:
    found = {each["kind"]: each for each in planned("ServiceTraffic", **args)}
    # What is odd, but allowed, such as a route that an earlier one covers, Istio warns of.
    problems = [problem for each in found.values() for problem in validate(each) if not problem.is_warning]
    assert not problems, (problems, found)
    known = {subset["name"] for subset in found["DestinationRule"]["spec"]["subsets"]}
    for route in found["VirtualService"]["spec"]["http"]:
        shares = [one.get("weight") for one in route["route"]]
        assert shares == [None] or sum(shares) == 100
        assert "mirror" not in route or "mirrors" not in route
    used = {one["subset"] for one in destinations(found["VirtualService"]["spec"]) if "subset" in one}
    assert used <= known
    assert {each["metadata"]["name"] for each in found.values()} == {args["service"]}


accounts = st.one_of(names, st.tuples(names, names).map("/".join))
rules = optional(
    serviceAccounts=st.lists(accounts, max_size=3),
    namespaces=st.lists(names, max_size=2),
    methods=st.lists(st.sampled_from(["GET", "POST", "DELETE"]), max_size=2),
    paths=st.lists(words.map(lambda word: f"/{word}*"), max_size=2),
    ports=st.lists(ports.map(str), max_size=2),
    when=st.lists(
        st.fixed_dictionaries(
            {"key": words.map(lambda word: f"request.headers[{word}]"), "values": st.lists(words, min_size=1)}
        ),
        max_size=2,
    ),
)


@settings(deadline=None)
@given(names, names, st.sampled_from(["ALLOW", "DENY", "AUDIT"]), st.lists(rules, min_size=1, max_size=3))
def test_any_authorization_policy(name: str, namespace: str, action: str, listed: list[dict[str, Any]]) -> None:
    [made] = planned("AuthorizationPolicy", name=name, namespace=namespace, action=action, rules=listed)
    assert not [problem for problem in validate(made) if not problem.is_warning]
    assert len(made["spec"]["rules"]) == len(listed)
    validated = AuthorizationPolicySettings.model_validate({"name": name, "rules": listed})
    for rule, planned_rule in zip(validated.rules or [], made["spec"]["rules"], strict=True):
        assert rule.callers == ("from" in planned_rule)


@settings(deadline=None)
@given(
    names, st.dictionaries(names.map(lambda name: f"allow-{name}"), st.lists(rules, min_size=1, max_size=2), max_size=3)
)
def test_any_default_deny(namespace: str, allow: dict[str, list[dict[str, Any]]]) -> None:
    made = planned(
        "DefaultDeny", namespace=namespace, allow={name: {"rules": listed} for name, listed in allow.items()}
    )
    assert not [problem for each in made for problem in validate(each) if not problem.is_warning]
    assert made[-1]["spec"] == {}
    assert [each["metadata"]["name"] for each in made[:-1]] == list(allow)
