"""What the API server, istiod's webhook and istioctl say of Istio's own objects and of mutants, ours says too."""

from collections.abc import Callable, Iterable, Iterator

import pytest

from mesh_components.validation import validate
from mesh_components.validation.definitions import definition
from mesh_components.validation.rules import Rule

from . import corpus
from .cluster import Cluster
from .corpus import Object
from .oracle import Verdict, table, verdicts
from .probes import probes
from .webhook import Webhook

pytestmark = pytest.mark.tools

UNCOVERED = {
    "EnvoyFilter: whether a patch fits Envoy's types": (
        "istiod decodes `patch.value` as Envoy's protobuf messages, which this project does not have; the objects here "
        "have it emptied"
    ),
}
"""What istiod refuses and ours does not look at."""


def _is_right(item: Object) -> bool:
    return all(problem.is_warning for problem in validate(item))


def _of(kinds: dict[str, list[Object]]) -> Iterator[Object]:
    for objects in kinds.values():
        yield from objects


SOURCES: dict[str, Callable[[], Iterable[Object]]] = {
    "upstream's objects": corpus.objects,
    "mutants": lambda: _of(corpus.sampled(200, 2)),
    "grown": lambda: _of(corpus.grown(300, 101, _is_right)),
    "probes": probes,
}


@pytest.fixture(scope="module")
def judged(cluster: Cluster, webhook: Webhook, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Verdict]]:
    folder = tmp_path_factory.mktemp("objects")
    return {
        name: verdicts(map(corpus.without_envoy, objects()), cluster, webhook, folder / str(number))
        for number, (name, objects) in enumerate(SOURCES.items())
    }


@pytest.mark.parametrize("source", SOURCES)
def test_everybody_agrees(judged: dict[str, list[Verdict]], source: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = judged[source]
    with capsys.disabled():
        print(f"\n{source}\n{table(found)}")
    wrong = [
        f"{each.disagreement}: {each.item}\n{each.by_api_server}\n{each.ours}" for each in found if each.disagreement
    ]
    assert not wrong, f"{len(wrong)} of {len(found)}:\n" + "\n\n".join(wrong[:10])


def test_the_objects_say_something(judged: dict[str, list[Verdict]]) -> None:
    """Of each kind some are refused by schemas, some by the webhook alone, and some are right."""
    found = [verdict for source in judged.values() for verdict in source]
    kinds = {kind for _, kind in corpus.definitions()}
    assert {each.item["kind"] for each in found if each.by_api_server} == kinds
    # For peer authentication and the rules in its schema say all that the webhook does.
    assert {each.item["kind"] for each in found if each.by_webhook[0] and not each.by_api_server} >= kinds - {
        "PeerAuthentication"
    }
    assert {each.item["kind"] for each in found if not each.refused} == kinds


def test_every_rule_is_kept_by_some_object_and_broken_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that each rule of the schemas is evaluated, and can say both."""
    seen: dict[str, set[bool]] = {}
    holds = Rule.holds

    def noted(rule: Rule, value: object) -> bool:
        answer = holds(rule, value)
        seen.setdefault(rule.text, set()).add(answer)
        return answer

    monkeypatch.setattr(Rule, "holds", noted)
    for objects in SOURCES.values():
        for item in objects():
            validate(item)
    rules = set()
    for version, kind in corpus.definitions():
        known = definition(version, kind)
        assert known is not None
        rules |= {rule.text for _, rule in known.ruled.walk()} if known.ruled else set()
    assert {rule: seen.get(rule) for rule in rules if seen.get(rule) != {True, False}} == {}
