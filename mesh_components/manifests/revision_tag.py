"""A tag of a revision: the webhook that takes pods which name the tag, and a Service of its name.

Facts: what ``istioctl tag set`` creates (``istioctl/pkg/tag/generate.go`` at 1.31), which renders istiod's chart
(``revision-tags-mwc.yaml``, ``revision-tags-svc.yaml``) and, for the tag ``default``, the chart ``default``.
"""

from __future__ import annotations

from typing import Any

from mesh_components.settings import MeshSettings
from mesh_components.settings.revision import DEFAULT_TAG, RevisionTagSettings

from . import istiod, patches, webhooks
from .scope import in_scope


def objects(settings: MeshSettings, tag: RevisionTagSettings) -> list[dict[str, Any]]:
    """Return a tag's objects. The tag ``default`` has a validator besides, for Istio objects that name no revision."""
    target = settings.tagged(tag)
    found = []
    if not target.global_.operatorManageWebhooks:
        found.append(webhooks.tag_mutating(target, tag.name))
        if tag.name == DEFAULT_TAG and target.global_.configValidation:
            found.append(webhooks.tag_validating(target))
    if target.istio.revisions.tag_services:
        found.append(_service(target, tag.name))
    return patches.apply(settings, in_scope(settings, found))


def _service(target: MeshSettings, tag: str) -> dict[str, Any]:
    found = istiod.service(target, f"istiod-revision-tag-{tag}")
    found["metadata"]["labels"][webhooks.TAG] = tag
    return found
