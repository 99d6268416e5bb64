"""The webhooks through which the API server asks istiod: validation of Istio objects, injection of sidecars.

Facts: names, paths, selectors and conditions of Istio 1.31's charts (istiod's ``mutatingwebhook.yaml`` and
``validatingwebhookconfiguration.yaml``, base's ``defaultrevision-validatingwebhookconfiguration.yaml``). istiod finds
the configurations by the label ``istio.io/rev`` and fills in each ``caBundle``; entries of the mutating one have to
end in ``sidecar-injector.istio.io``.

``caBundle`` and the validating ``failurePolicy`` belong to istiod, so they are left out: it sets the policy to Fail,
which is Kubernetes' default too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mesh_components.settings import MeshSettings
from mesh_components.settings.revision import DEFAULT_TAG

from . import istiod
from .labels import metadata, revision

VERSION = "admissionregistration.k8s.io/v1"
VALIDATED_GROUPS = ("security.istio.io", "networking.istio.io", "telemetry.istio.io", "extensions.istio.io")

INJECTION = "istio-injection"
REVISION = "istio.io/rev"
TAG = "istio.io/tag"
INJECT = "sidecar.istio.io/inject"

VALIDATING = "ValidatingWebhookConfiguration"
DEFAULT_VALIDATOR = "istiod-default-validator"
DEFAULT_VALIDATION = "validation.istio.io"

NEVER = {"matchLabels": {"istio.io/deactivated": "never-match"}}
"""A selector for an injector that nobody is to use: istioctl leaves one where a tag took over
(``istioctl/pkg/tag/util.go``, ``istioctl/pkg/util``)."""

SYSTEM_NAMESPACES = ("kube-system", "kube-public", "kube-node-lease", "local-path-storage")
"""Namespaces whose pods are left alone even where namespaces take part by default."""


def _absent(key: str) -> dict[str, Any]:
    return {"key": key, "operator": "DoesNotExist"}


def _among(key: str, *values: str) -> dict[str, Any]:
    return {"key": key, "operator": "In", "values": list(values)}


def _not_among(key: str, *values: str) -> dict[str, Any]:
    return {"key": key, "operator": "NotIn", "values": list(values)}


def validating(settings: MeshSettings) -> list[dict[str, Any]]:
    """Return what makes the API server ask istiod about Istio objects: those of this revision, and all.

    The second configuration belongs to the default revision, unless the tag ``default`` says whose it is.
    """
    if not settings.global_.configValidation:
        return []
    own = {"objectSelector": {"matchExpressions": [_among(REVISION, settings.revision or "default")]}}
    name = f"{settings.suffixed('istio-validator')}-{settings.istio_namespace}"
    found = [_validating(settings, name, {"name": "rev.validation.istio.io", **own})]
    if not settings.default_is_elsewhere:
        found.append(_validating(settings, DEFAULT_VALIDATOR, {"name": DEFAULT_VALIDATION}))
    return found


def is_default_validator(item: Mapping[str, Any]) -> bool:
    """Whether an object is the validator of what names no revision, the control plane's own or the tag's."""
    return bool(item["kind"] == VALIDATING and item["metadata"]["name"] == DEFAULT_VALIDATOR)


def tag_validating(settings: MeshSettings) -> dict[str, Any]:
    """Return what makes the API server ask the revision of the tag ``default`` about Istio objects that name none."""
    unlabelled = {"name": DEFAULT_VALIDATION, "objectSelector": {"matchExpressions": [_absent(REVISION)]}}
    found = _validating(settings, DEFAULT_VALIDATOR, unlabelled)
    found["metadata"]["labels"][TAG] = DEFAULT_TAG
    return found


def _validating(settings: MeshSettings, name: str, webhook: dict[str, Any]) -> dict[str, Any]:
    base = settings.base
    client: dict[str, Any] = {"service": {**_service(settings), "path": "/validate"}}
    if base.validationURL:
        client = {"url": base.validationURL}
    policy: dict[str, str] = {}
    if base.validationCABundle:
        client["caBundle"] = base.validationCABundle
        policy = {"failurePolicy": "Fail"}
    elif base.validationFailurePolicy:
        policy = {"failurePolicy": base.validationFailurePolicy}
    labels = {"app": "istiod", "istio": "istiod", **revision(settings)}
    return {
        "apiVersion": VERSION,
        "kind": VALIDATING,
        "metadata": metadata(settings, name, part=istiod.PART, labels=labels, namespace=None),
        "webhooks": [
            {
                **webhook,
                "clientConfig": client,
                "rules": [
                    {
                        "operations": ["CREATE", "UPDATE"],
                        "apiGroups": list(VALIDATED_GROUPS),
                        "apiVersions": ["*"],
                        "resources": ["*"],
                    }
                ],
                **policy,
                "sideEffects": "None",
                "admissionReviewVersions": ["v1"],
            }
        ],
    }


def _service(settings: MeshSettings) -> dict[str, Any]:
    return {"name": istiod.name(settings), "namespace": settings.istio_namespace}


def mutating_name(settings: MeshSettings) -> str:
    """Return the name of the mutating configuration."""
    return _placed(settings.suffixed("istio-sidecar-injector"), settings)


def tag_name(settings: MeshSettings, tag: str) -> str:
    """Return the name of a tag's mutating configuration."""
    return _placed(f"istio-revision-tag-{tag}", settings)


def _placed(name: str, settings: MeshSettings) -> str:
    """Return a name that outside istio-system holds the control plane's namespace too."""
    return name if settings.istio_namespace == "istio-system" else f"{name}-{settings.istio_namespace}"


def mutating(settings: MeshSettings) -> dict[str, Any]:
    """Return what makes the API server ask istiod about new pods.

    First the pods that name this revision; without a revision, also those that the label ``istio-injection`` covers,
    unless the tag ``default`` says whose they are: then this configuration takes no pod at all.
    """
    found = _mutating(settings, mutating_name(settings), settings.revision or "default", not settings.revision)
    if bundle := settings.istiodRemote.injectionCABundle:
        for webhook in found["webhooks"]:
            webhook["clientConfig"]["caBundle"] = bundle
    if not settings.revision and settings.default_is_elsewhere:
        for webhook in found["webhooks"]:
            webhook |= {"namespaceSelector": NEVER, "objectSelector": NEVER}
    return found


def tag_mutating(settings: MeshSettings, tag: str) -> dict[str, Any]:
    """Return what makes the API server ask the revision behind a tag about pods that name the tag.

    ``settings``: those of the revision (``MeshSettings.tagged``).
    """
    found = _mutating(settings, tag_name(settings, tag), tag, tag == DEFAULT_TAG)
    found["metadata"]["labels"][TAG] = tag
    return found


def _mutating(settings: MeshSettings, name: str, rev: str, takes_default: bool) -> dict[str, Any]:
    refused, unlabelled = _not_among(INJECT, "false"), (_absent(REVISION), _absent(INJECTION))
    selectors: list[tuple[str, Sequence[dict[str, Any]], Sequence[dict[str, Any]]]] = [
        ("rev.namespace.", (_among(REVISION, rev), _absent(INJECTION)), (refused,)),
        ("rev.object.", unlabelled, (refused, _among(REVISION, rev))),
    ]
    if takes_default:
        without = (_absent(INJECTION), _absent(REVISION))
        selectors += [
            ("namespace.", (_among(INJECTION, "enabled"),), (refused,)),
            ("object.", without, (_among(INJECT, "true"), _absent(REVISION))),
        ]
        if settings.sidecarInjectorWebhook.enableNamespacesByDefault:
            ordinary = (*without, _not_among("kubernetes.io/metadata.name", *SYSTEM_NAMESPACES))
            selectors.append(("auto.", ordinary, (_absent(INJECT), _absent(REVISION))))
    return {
        "apiVersion": VERSION,
        "kind": "MutatingWebhookConfiguration",
        "metadata": metadata(
            settings,
            name,
            part=istiod.PART,
            labels={"app": "sidecar-injector", **revision(settings)},
            annotations=settings.pilot.sidecarInjectorWebhookAnnotations,
            namespace=None,
        ),
        "webhooks": [
            _injecting(settings, prefix, list(namespaces), list(pods)) for prefix, namespaces, pods in selectors
        ],
    }


def _injector(settings: MeshSettings) -> dict[str, Any]:
    remote = settings.istiodRemote
    if remote.injectionURL:
        return {"url": remote.injectionURL}
    return {"service": {**_service(settings), "path": remote.injectionPath, "port": 443}}


def _injecting(
    settings: MeshSettings, prefix: str, namespaces: list[dict[str, Any]], pods: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "name": f"{prefix}sidecar-injector.istio.io",
        "clientConfig": _injector(settings),
        "sideEffects": "None",
        "rules": [{"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]}],
        "failurePolicy": "Fail",
        "reinvocationPolicy": settings.sidecarInjectorWebhook.reinvocationPolicy,
        "admissionReviewVersions": ["v1"],
        "namespaceSelector": {"matchExpressions": namespaces},
        "objectSelector": {"matchExpressions": pods},
    }
