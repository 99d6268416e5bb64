"""The table of versions, and settings that only newer versions have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from mesh_components.manifests import istiod, values
from mesh_components.settings import DEFAULT_VERSION, VERSIONS, SettingsError, load
from mesh_components.settings.steps import at
from mesh_components.versions.settings import NEW_SETTINGS

GIVEN: Mapping[str, Any] = {
    "cni.ambient.enableAmbientDetectionRetry": True,
    "cni.daemonSetLabels": {"team": "mesh"},
    "cni.podLabels": {"team": "mesh"},
    "cni.terminationGracePeriodSeconds": 10,
    "cni.useAppArmorAnnotation": False,
    "ztunnel.dnsConfig": {"nameservers": ["192.0.2.1"]},
    "ztunnel.dnsPolicy": "None",
    "ztunnel.network": "network1",
    "ztunnel.peerCaCrl": {"enabled": True},
    "global.networkPolicy": {"enabled": True},
    "global.proxy.seccompProfile": {"type": "RuntimeDefault"},
    "global.resourceScope": "cluster",
    "pilot.crlConfigMapName": "revoked",
    "base.validationFailurePolicy": "Fail",
    "global.enableReaderRBAC": False,
    "pilot.taint.name": "example.com/not-ready",
    "global.readerServiceAccount": {"name": "reader", "namespace": "ops"},
    "pilot.terminationMessagePolicy": "FallbackToLogsOnError",
}
"""A value other than Istio's default for each setting that not all versions have."""

NEW = [(since, path) for since, paths in NEW_SETTINGS.items() for path in paths]


def nested(path: str, value: Any) -> dict[str, Any]:
    for step in reversed(path.split(".")):
        value = {step: value}
    return dict(value)


def before(version: str) -> str:
    return list(VERSIONS)[list(VERSIONS).index(version) - 1]


def test_every_setting_that_is_new_somewhere_is_tried() -> None:
    assert sorted(GIVEN) == sorted(path for _, path in NEW)
    assert list(NEW_SETTINGS) == list(VERSIONS)


@pytest.mark.parametrize(("since", "path"), NEW)
def test_a_setting_that_a_version_does_not_have_is_refused(since: str, path: str) -> None:
    raw = nested(path, GIVEN[path])
    assert at(load({**raw, "version": since}).data(), path) == GIVEN[path]
    with pytest.raises(SettingsError) as refused:
        load({**raw, "version": before(since)})
    (problem,) = refused.value.problems
    assert problem.path == path
    assert f"Istio {before(since)} does not have this setting (given: " in str(problem)
    assert f"; Istio {since} is the first supported version that does: leave it out" in str(problem)


@pytest.mark.parametrize("version", VERSIONS)
def test_settings_that_a_version_does_not_have_are_not_in_its_values(version: str) -> None:
    settings = load({"version": version})
    for path in VERSIONS[version].unknown_settings:
        assert at(values.injector(settings), path) is None
        assert at(values.merged(settings), path.removeprefix("pilot.")) is None
    assert at(values.injector(load({"version": DEFAULT_VERSION})), "global.networkPolicy") == {"enabled": False}


def test_a_default_that_is_spelled_out_is_no_setting_of_a_newer_version() -> None:
    settings = load({"version": "1.27.0", "global": {"networkPolicy": {"enabled": False}}})
    assert "NetworkPolicy" not in {item["kind"] for item in istiod.objects(settings)}


def test_a_platform_sets_what_the_version_has() -> None:
    openshift = {"global": {"platform": "openshift"}}
    assert load(openshift).pilot.terminationMessagePolicy == "FallbackToLogsOnError"
    assert load({**openshift, "version": "1.30.3"}).pilot.terminationMessagePolicy is None
