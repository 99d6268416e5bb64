"""Sidecar injection: the ConfigMap that istiod injects from, and the webhook that asks it to.

The ConfigMap has to exist before istiod starts: it would run without injection, and not look again
(``pilot/pkg/bootstrap/sidecarinjector.go``). Facts: the fields of ``config`` and the marker in ``template`` are those
that Istio 1.31's injector reads (``pkg/kube/inject/webhook.go``, istiod chart ``istiod-injector-configmap.yaml``).
"""

from __future__ import annotations

from typing import Any

from mesh_components.settings import MeshSettings

from . import istiod, patches, values, webhooks
from .injection import templates
from .labels import metadata, revision
from .scope import in_scope
from .text import assemble
from .workloads import filled
from .yaml_text import to_yaml

NAME = "istio-sidecar-injector"

MISMATCH = "{{ Template_Version_And_Istio_Version_Mismatched_Check_Installation }}"
"""Stands where the oldest injectors look for their only template, so that they fail with a telling message."""


def _text(config: Any) -> str:
    return to_yaml(config, sort_keys=False)


def config(settings: MeshSettings) -> dict[str, Any]:
    """Return what the injector goes by: selectors, annotations and the templates by name."""
    webhook = settings.sidecarInjectorWebhook
    return {
        "defaultTemplates": list(webhook.defaultTemplates) or ["sidecar"],
        "policy": settings.global_.proxy.autoInject,
        "alwaysInjectSelector": list(webhook.alwaysInjectSelector),
        "neverInjectSelector": list(webhook.neverInjectSelector),
        **filled(injectedAnnotations=dict(webhook.injectedAnnotations)),
        "template": MISMATCH,
        "templates": {**templates.load(settings.istio.injection), **webhook.templates},
    }


def config_map(settings: MeshSettings) -> dict[str, Any]:
    """Return the ConfigMap that istiod injects from."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata(settings, settings.suffixed(NAME), part=istiod.PART, labels=revision(settings)),
        "data": {"config": assemble(_text, config(settings)), "values": values.injector_text(settings)},
    }


def objects(settings: MeshSettings) -> list[dict[str, Any]]:
    """Return the ConfigMap and the webhook, unless somebody else makes them."""
    found = []
    if not settings.global_.omitSidecarInjectorConfigMap:
        found.append(config_map(settings))
    if not settings.global_.operatorManageWebhooks:
        found.append(webhooks.mutating(settings))
    return patches.apply(settings, in_scope(settings, found))
