"""Kiali's arguments at Pulumi's edge and the settings behind them have the same keys."""

from __future__ import annotations

from typing import is_typeddict

from mesh_components.observability import kiali_args
from mesh_components.settings import Settings
from mesh_components.settings.observability.kiali import KialiSettings
from mesh_components.settings.reference import docstrings
from tests.traffic.test_args import keys_of, pairs, required, undocumented


def test_arguments_and_settings_have_the_same_keys() -> None:
    seen = 0
    for model, typed in pairs(KialiSettings, kiali_args.KialiArgs):
        keys = {field.alias or key: field for key, field in model.model_fields.items()}
        assert set(keys_of(typed)) - {"mesh"} == set(keys), typed.__name__
        assert required(typed) == {key for key, field in keys.items() if field.is_required()}, typed.__name__
        seen += 1
    assert seen > 40
    assert "mesh" in keys_of(kiali_args.KialiArgs)


def test_every_argument_and_setting_is_documented() -> None:
    own = [one for one in vars(kiali_args).values() if is_typeddict(one) and one.__module__ == kiali_args.__name__]
    assert {one.__name__: missing for one in own if (missing := undocumented(one))} == {}
    for model, _ in pairs(KialiSettings, kiali_args.KialiArgs):
        for part in model.__mro__:
            if issubclass(part, Settings) and part is not Settings:
                fields = {key for key in vars(part).get("__annotations__", {}) if key in model.model_fields}
                assert fields <= set(docstrings(part)), part.__name__
