"""Kiali as it is planned, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from mesh_components.manifests.observability import kiali
from mesh_components.manifests.observability.kiali_backends import Backends
from mesh_components.settings import MeshSettings, load
from mesh_components.settings.merge import deep_merge
from mesh_components.settings.observability.kiali import KialiSettings
from mesh_components.settings.observability.kiali_consistency import problems

KEY = "0123456789abcdef0123456789abcdef"

BACKENDS = Backends(
    prometheus="http://prometheus.watch:9090",
    grafana="http://grafana.watch:3000",
    grafana_external="https://grafana.example.com",
    tracing="http://tracing.watch:16685/jaeger",
)


def settings(**given: Any) -> KialiSettings:
    """Return the settings of a Kiali that is declared, put over the defaults as in a stack's file."""
    return KialiSettings.model_validate(deep_merge({**KialiSettings().data(), "enabled": True}, given))


def planned(mesh: Mapping[str, Any] | None = None, backends: Backends | None = None, **given: Any) -> Plan:
    """Return the plan of a Kiali that is declared, whose settings go together."""
    whole, one = load(mesh or {}), settings(**given)
    assert not list(problems(whole.data(), one.data()))
    return Plan(whole, one, [*kiali.objects(whole, one, backends), *kiali.secret(whole, one, KEY)])


def refused(mesh: Mapping[str, Any] | None = None, **given: Any) -> list[str]:
    """Return what does not go together."""
    return [str(one) for one in problems(load(mesh or {}).data(), settings(**given).data())]


class Plan:
    """The objects of a Kiali."""

    def __init__(self, mesh: MeshSettings, one: KialiSettings, objects: list[dict[str, Any]]) -> None:
        self.mesh, self.one, self.objects = mesh, one, objects

    def named(self) -> list[str]:
        """Return ``Kind/name`` of each object."""
        return [f"{item['kind']}/{item['metadata']['name']}" for item in self.objects]

    def find(self, kind: str, name: str | None = None) -> Any:
        """Return the one object of a kind, or the one of that name."""
        (found,) = [each for each in self.objects if each["kind"] == kind and name in (None, each["metadata"]["name"])]
        return found

    @property
    def config(self) -> Any:
        """What the server reads."""
        text = self.find("ConfigMap", self.one.deployment.instance_name)["data"]["config.yaml"]
        return yaml.safe_load(text)

    @property
    def pod(self) -> Any:
        """The pod's `spec`."""
        return self.find("Deployment")["spec"]["template"]["spec"]

    @property
    def container(self) -> Any:
        """Kiali's own container."""
        (found,) = [each for each in self.pod["containers"] if each["name"] in ("kiali", "operator")]
        return found

    @property
    def verbs(self) -> set[str]:
        """What Kiali's own account may do, anywhere, to anything of Istio's."""
        roles = [item for item in self.objects if item["kind"] in ("Role", "ClusterRole")]
        return {
            verb
            for item in roles
            for rule in item["rules"]
            if "networking.istio.io" in rule["apiGroups"]
            for verb in rule["verbs"]
        }
