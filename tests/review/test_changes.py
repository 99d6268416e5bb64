"""Changes of objects, field by field, and what is not to be seen in them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mesh_components.live.compare import ABSENT
from mesh_components.review import data
from mesh_components.review.changes import ANOTHER, SECRET, Field, changes
from mesh_components.review.field_lines import lines


def thing(kind: str = "ConfigMap", **fields: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": "a", "namespace": "b"}, **fields}


def test_a_version_of_the_api_is_a_field_and_not_another_object() -> None:
    before = {**thing("Gateway"), "apiVersion": "networking.istio.io/v1beta1"}
    after = {**thing("Gateway"), "apiVersion": "networking.istio.io/v1"}
    (change,) = changes([before], [after])
    assert change.action == "update"
    assert change.fields == (Field("apiVersion", "networking.istio.io/v1beta1", "networking.istio.io/v1"),)


def test_objects_come_go_and_stay() -> None:
    kept, gone, new = thing(), thing("Service"), thing("Secret")
    assert [(one.action, one.object) for one in changes([kept, gone], [kept, new])] == [
        ("create", "Secret b/a"),
        ("delete", "Service b/a"),
    ]


KEY = "-----BEGIN RSA PRIVATE KEY-----\nc2VjcmV0\n-----END RSA PRIVATE KEY-----\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (thing("Secret", data={"a": "b2xk"}), thing("Secret", data={"a": "c2VjcmV0"})),
        (thing("Secret", stringData={"a": "old"}), thing("Secret", stringData={"a": "secret"})),
        (thing("Secret"), thing("Secret", data={"a": "c2VjcmV0"})),
        (thing("Secret", data={"a": "c2VjcmV0"}), thing("Secret")),
        (None, thing("Secret", data={"a": "c2VjcmV0"})),
        (thing("Secret", data={"a": "c2VjcmV0"}), None),
        (thing(data={"key": ""}), thing(data={"key": KEY})),
        (thing(data={"list": []}), thing(data={"list": [{"deep": KEY}]})),
        (None, thing(data={"key": KEY})),
    ],
)
def test_secrets_are_never_shown(before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
    (change,) = changes([before] if before else [], [after] if after else [])
    shown = json.dumps(data.change(change)) + "\n".join(lines(change))
    assert not [
        secret for secret in ("b2xk", "c2VjcmV0", "secret", "old") if f'"{secret}' in shown or f" {secret}" in shown
    ]
    assert "c2VjcmV0" not in shown
    assert SECRET in shown or ANOTHER in shown


def test_a_secret_with_another_value_is_a_change() -> None:
    (change,) = changes([thing("Secret", data={"a": "eA=="})], [thing("Secret", data={"a": "eQ=="})])
    assert change.fields == (Field("data.a", SECRET, ANOTHER),)


def test_lines_of_short_and_long_values() -> None:
    text = "".join(f"line {number}\n" for number in range(30))
    before = thing(data={"text": text, "gone": "x", "weight": 90})
    after = thing(data={"text": text.replace("line 15", "line fifteen"), "weight": 80, "new": [{"a": 1}]})
    (change,) = changes([before], [after])
    assert lines(change) == [
        "@@ data.text @@",
        "  line 13",
        "  line 14",
        "- line 15",
        "+ line fifteen",
        "  line 16",
        "  line 17",
        "- data.gone: x",
        "- data.weight: 90",
        "+ data.weight: 80",
        "@@ data.new @@",
        "+ - a: 1",
    ]
    assert [field for field in change.fields if field.before is ABSENT] == [Field("data.new", ABSENT, [{"a": 1}])]
