"""The provider that the program on disk uses, with a pulumi-kubernetes of today and with one from 4.29 on."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_kubernetes
import pytest

from mesh_components.program import cluster_provider


class Older:
    """As of 4.25: there is no choice, what exists is taken over."""

    def __init__(self, *, context: Any = None, cluster_identifier: Any = None) -> None:
        pass


class Newer:
    """As of 4.29."""

    def __init__(self, *, context: Any = None, cluster_identifier: Any = None, upsert_existing_objects: Any = None):
        pass


def made(monkeypatch: pytest.MonkeyPatch, arguments: type, config: str | None = None, **more: Any) -> dict[str, Any]:
    """Return what the provider is given."""
    given: dict[str, Any] = {}
    monkeypatch.setattr(pulumi_kubernetes, "ProviderArgs", arguments)
    monkeypatch.setattr(pulumi_kubernetes, "Provider", lambda name, **settings: given.update(settings))
    configured = {} if config is None else {"kubernetes:upsertExistingObjects": config}
    monkeypatch.setattr(pulumi.Config, "_get", lambda self, key, *_: configured.get(f"{self.name}:{key}"))
    cluster_provider(**more)
    return given


def test_an_older_provider_is_not_given_what_it_does_not_know(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "upsert_existing_objects" not in made(monkeypatch, Older)


def test_a_newer_provider_takes_over_what_exists(monkeypatch: pytest.MonkeyPatch) -> None:
    assert made(monkeypatch, Newer)["upsert_existing_objects"] is True


def test_the_usual_setting_turns_that_off(monkeypatch: pytest.MonkeyPatch) -> None:
    assert made(monkeypatch, Newer, config="false")["upsert_existing_objects"] is False


def test_an_argument_of_the_programs_own_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    assert made(monkeypatch, Newer, upsert_existing_objects=False)["upsert_existing_objects"] is False
