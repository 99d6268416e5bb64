"""A value that nobody knows is never a problem, nor the cause of one."""

import pytest

from mesh_components.validation import UNKNOWN, structure, validate
from mesh_components.validation.definitions import definition
from mesh_components.validation.wire import on_the_wire

from . import corpus
from .corpus import Object
from .test_oracles import _is_right, _of

pytestmark = pytest.mark.tools


def test_what_is_unknown_adds_no_problem() -> None:
    """For each object, with each value unknown in turn: no problem in a place where the known object has none."""
    objects = [*corpus.objects(), *_of(corpus.sampled(60, 7)), *_of(corpus.grown(60, 107, _is_right))]
    wrong, tried = [], 0
    for item in objects:
        before = _places(item)
        for path in corpus.leaves(item):
            if path[0] not in ("apiVersion", "kind"):
                tried += 1
                after = _places(corpus.replaced(item, path, UNKNOWN), only_schema=not _fits(item))
                if not after <= before:
                    wrong.append((path, after - before, item))
    assert tried > 10_000
    assert not wrong, wrong[:5]


def _fits(item: Object) -> bool:
    return not _by_schema(item)


def _by_schema(item: Object) -> list[object]:
    known = definition(item["apiVersion"], item["kind"])
    assert known is not None
    return [problem.path for problem in structure.problems(known.schema, on_the_wire(item))]


def _places(item: Object, only_schema: bool = False) -> set[object]:
    """Where an object is wrong. What does not fit its schema is judged by that alone, so nothing else is compared."""
    if only_schema:
        return {(path, False) for path in _by_schema(item)}
    return {(problem.path, problem.is_warning) for problem in validate(item)}
