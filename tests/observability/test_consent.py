"""An open Kiali that a stack consented to is no error of its analysis, and one without consent is no valid setting."""

from __future__ import annotations

from typing import Any

import pytest

from mesh_components.analysis import of_settings
from mesh_components.settings import SettingsError, load


def suppressed(**mesh: Any) -> list[tuple[str, str]]:
    return [(one.code, one.reason) for one in of_settings.suppressions(load(mesh))]


def kiali(strategy: str, **more: Any) -> dict[str, Any]:
    return {"kiali": {"enabled": True, "auth": {"strategy": strategy}, **more}}


def test_consent_is_a_reason() -> None:
    assert suppressed(profile="demo", addons=kiali("anonymous")) == [("MESH0203", "profile demo")]
    consented = kiali("anonymous", allowAnonymousWrites=True)
    assert suppressed(addons=consented) == [("MESH0203", "allowAnonymousWrites")]


def test_without_a_risk_nothing_is_suppressed() -> None:
    assert suppressed(addons=kiali("token")) == []
    assert suppressed(profile="demo", addons=kiali("anonymous", deployment={"view_only_mode": True})) == []


def test_without_consent_the_settings_are_refused() -> None:
    with pytest.raises(SettingsError, match="allowAnonymousWrites: true"):
        load({"addons": kiali("anonymous")})
