"""From plain Kubernetes objects to Pulumi resources: the one place where planned objects are registered.

Planners (`mesh_components.manifests`) return dicts; components hand them to :func:`declare`, which adds what only
Pulumi needs: a name, a parent, dependencies, and the annotations that the Kubernetes provider reads.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi

from .manifests.text import Assembled
from .settings import MeshSettings

KubernetesObject = dict[str, Any]
"""A Kubernetes object in wire spelling, as a planner returns it."""

ANNOTATION_FIELD_MANAGER = "pulumi.com/patchFieldManager"
ANNOTATION_FORCE = "pulumi.com/patchForce"
ANNOTATION_WAIT_FOR = "pulumi.com/waitFor"
ANNOTATION_SKIP_AWAIT = "pulumi.com/skipAwait"

WEBHOOK_TIMEOUT = pulumi.CustomTimeouts(create="3m", update="3m")
"""How long a webhook configuration may wait for istiod to fill in its caBundle."""


class DeclaredObject(pulumi.CustomResource):
    """One Kubernetes object in Pulumi's state, of the type token that pulumi-kubernetes gives its kind.

    The typed classes of `pulumi_kubernetes` register the same tokens; they are not used because a planned object is
    already in wire spelling, and because loading them takes longer than everything else that a preview does.

    ``metadata``, ``spec``, ``data`` and ``status`` are outputs, as the API server last returned them.
    """

    metadata: pulumi.Output[Any]
    spec: pulumi.Output[Any]
    data: pulumi.Output[Any]
    status: pulumi.Output[Any]

    def __init__(self, resource_name: str, manifest: Mapping[str, Any], opts: pulumi.ResourceOptions) -> None:
        outputs = dict.fromkeys(("metadata", "spec", "data", "status"))
        super().__init__(type_token(manifest), resource_name, {**outputs, **manifest}, opts)


@dataclass(frozen=True)
class Rule:
    """Pulumi options for the objects of one kind; everything else is declared with the defaults."""

    options: pulumi.ResourceOptions = field(default_factory=pulumi.ResourceOptions)
    annotations: Mapping[str, str] = field(default_factory=dict)
    wait_for: str = ""
    """When an object is ready: a condition of the annotation ``pulumi.com/waitFor``."""


WAIT_FOR_CA_BUNDLE = Rule(
    pulumi.ResourceOptions(custom_timeouts=WEBHOOK_TIMEOUT),
    wait_for="jsonpath={.webhooks[0].clientConfig.caBundle}",
)
"""For webhook configurations that istiod patches: ready means that the API server can verify istiod's certificate."""

RULES: Mapping[str, Rule] = {
    # Deleting a CRD deletes every Istio object in the cluster, the users' own included.
    "CustomResourceDefinition": Rule(pulumi.ResourceOptions(retain_on_delete=True)),
    "ValidatingWebhookConfiguration": WAIT_FOR_CA_BUNDLE,
    "MutatingWebhookConfiguration": WAIT_FOR_CA_BUNDLE,
    # Its endpoints are pods, which their workload waits for. The provider would wait until they have been as they are
    # for ten seconds (`pkg/await/service.go`).
    "Service": Rule(annotations={ANNOTATION_SKIP_AWAIT: "true"}),
}

REMOTE_RULES: Mapping[str, Rule] = {
    kind: rule for kind, rule in RULES.items() if not kind.endswith("WebhookConfiguration")
}
"""Where istiod is in another cluster: it fills in what is its own once it may read this one, which nobody waits for."""


def rules_of(settings: MeshSettings) -> Mapping[str, Rule]:
    """Return the Pulumi options by kind for the objects of a control plane."""
    return RULES if settings.istiod_runs_here else REMOTE_RULES


def type_token(manifest: Mapping[str, Any]) -> str:
    """Return the pulumi-kubernetes type token of an object: ``v1`` ``ConfigMap`` → ``kubernetes:core/v1:ConfigMap``."""
    version = manifest["apiVersion"]
    return f"kubernetes:{version if '/' in version else f'core/{version}'}:{manifest['kind']}"


def resource_name(owner: str, manifest: Mapping[str, Any]) -> str:
    """Return the logical name of an object: its owner's name, then ``namespace/name`` as kubectl writes it.

    The owner's name keeps two meshes in one program apart; the rest says in a preview which object a line is about.
    """
    metadata = manifest["metadata"]
    namespace = metadata.get("namespace")
    return f"{owner}:{namespace}/{metadata['name']}" if namespace else f"{owner}:{metadata['name']}"


def field_manager() -> str:
    """Return the server-side-apply field manager of this stack, the same in every run.

    Without a fixed one the provider draws a random name per object, and an update after a killed run conflicts with
    the dead run's name (pulumi-kubernetes#2210). Kubernetes allows 128 characters.
    """
    return f"pulumi-{pulumi.get_project()}-{pulumi.get_stack()}"[:128]


def declare(
    manifest: KubernetesObject,
    *,
    owner: str,
    parent: pulumi.Resource,
    depends_on: Sequence[pulumi.Input[pulumi.Resource]] = (),
    rules: Mapping[str, Rule] = RULES,
) -> DeclaredObject:
    """Register a planned object as a child of ``parent`` and return the resource.

    :param manifest: from a planner; values may be outputs, or strings still to be assembled from outputs
    :param owner: the component's logical name, the prefix of every resource name
    :param depends_on: resources that must be there, and ready, before it
    :param rules: Pulumi options by kind; :data:`RULES` unless the caller knows better
    """
    rule = rules.get(manifest["kind"], Rule())
    annotations = {
        ANNOTATION_FIELD_MANAGER: field_manager(),
        # We declare only what is ours, so taking back a field that somebody else set is always meant.
        ANNOTATION_FORCE: "true",
        **rule.annotations,
        **({ANNOTATION_WAIT_FOR: ready_as_declared(rule.wait_for, manifest)} if rule.wait_for else {}),
        **manifest["metadata"].get("annotations", {}),
    }
    resolved = resolve({**manifest, "metadata": {**manifest["metadata"], "annotations": annotations}})
    options = pulumi.ResourceOptions.merge(
        rule.options, pulumi.ResourceOptions(parent=parent, depends_on=list(depends_on))
    )
    return DeclaredObject(resource_name(owner, manifest), resolved, options)


def ready_as_declared(condition: str, manifest: KubernetesObject) -> str:
    """Return the annotation ``pulumi.com/waitFor`` for an object that is ready when a condition holds of it, and it is
    what is declared now.

    An object that was ready before an update still fulfils the condition. Where the provider's watch shows it from
    before, which only a generation would tell (`ObjectObserver` in pulumi-kubernetes' ``observer.go``), that goes into
    Pulumi's state, and the next `up` finds a difference. Metadata has no generation, and Services have none at all.
    So the second condition is that the object's annotations, of which this is one, have a mark of its content. It is
    an RFC 9535 filter, as the provider takes them.
    """
    # What only Pulumi knows yet takes no part: it is drawn once, or comes with something else that changes.
    content = json.dumps(manifest, sort_keys=True, default=lambda _: None)
    mark = hashlib.sha256(content.encode()).hexdigest()[:16]
    return json.dumps([condition, f"jsonpath={{.metadata.annotations[?search(@, '{mark}')]}}"])


def resolve(value: Any) -> Any:
    """Replace every :class:`~mesh_components.manifests.text.Assembled` string in a planned value by an Output of it,
    which is secret if anything in it is."""
    if isinstance(value, Assembled):
        return pulumi.Output.from_input(value.value).apply(value.fn)
    if isinstance(value, Mapping):
        return {key: resolve(item) for key, item in value.items()}
    if isinstance(value, list):
        return [resolve(item) for item in value]
    return value
