"""The mesh's analysis as Pulumi policies.

Programs that use `mesh_components` in Python judge themselves when they end, which is during the preview. These
policies do it where that is not so: `pulumi up --skip-preview`, the Automation API (whose `up` skips the preview), and
programs in other languages. `mesh-objects` judges each object before it is created; `mesh-analysis` the stack as a
whole, when every resource is known: in an update without a preview, that is after they have been created.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    PolicyConfigSchema,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from mesh_components.analysis.everything import analyze
from mesh_components.analysis.finding import Finding, Severity
from mesh_components.analysis.plain import plain
from mesh_components.analysis.reports.text import doubt, subject
from mesh_components.analysis.resource import Named
from mesh_components.analysis.suppressions import Suppression
from mesh_components.analysis.world import Scope, World

PREFIX = "kubernetes:"
"""How the type tokens of Kubernetes objects begin."""

CONFIG = PolicyConfigSchema(
    properties={
        "suppressions": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "code": {"type": "string"},
                    "resource": {"type": "string"},
                    "reason": {"type": "string"},
                },
                "required": ["code", "reason"],
                "additionalProperties": False,
            },
        },
        "environment": {"type": "string"},
        "version": {"type": "string"},
    }
)
"""What a stack can set, as in its mesh's settings: findings not to report, its name, Istio's version."""


UNKNOWN = object()
"""Becomes analysis's own unknown value in `plain`, as everything does that JSON does not have."""


def revealed(value: Any) -> Any:
    """Return a property as maps, lists and leaves, with `UNKNOWN` for what is not known yet."""
    if isinstance(value, Mapping):
        return {key: looked_up(value, key) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [looked_up(value, index) for index in range(len(value))]
    return value


def looked_up(container: Any, key: Any) -> Any:
    """Return an item of a map or list."""
    try:
        return revealed(container[key])
    except UnknownValueError:
        return UNKNOWN


def found(resources: Sequence[Any], config: Mapping[str, Any]) -> list[Finding]:
    """Return what is wrong with the Kubernetes objects among resources."""
    objects = [
        (plain(revealed(resource.props)), Named(resource.urn))
        for resource in resources
        if resource.resource_type.startswith(PREFIX) and "kind" in resource.props
    ]
    suppressions = [
        Suppression(one["code"], one.get("resource", "*"), one["reason"]) for one in config.get("suppressions", [])
    ]
    scope = Scope(environment=config.get("environment", ""), version=config.get("version", ""))
    return analyze(World.build(objects, scope), suppressions)


def written(finding: Finding) -> str:
    """Return a finding as a violation's text."""
    return f"[{finding.code}] {subject(finding)}: {finding.text}{doubt(finding)}. {finding.remedy}"


def judge_object(args: ResourceValidationArgs, report: Callable[..., None]) -> None:
    """Report what is wrong with an object, whatever else there is."""
    for finding in found([args], args.get_config()):
        if finding.severity is Severity.ERROR:
            report(written(finding))


def judge_stack(*severities: Severity) -> Callable[[StackValidationArgs, Callable[..., None]], None]:
    """Return a check that reports what is wrong with a stack, of these severities."""

    def judge(args: StackValidationArgs, report: Callable[..., None]) -> None:
        for finding in found(args.resources, args.get_config()):
            if finding.severity in severities:
                report(written(finding), finding.place or None)

    return judge


POLICIES: Sequence[ResourceValidationPolicy | StackValidationPolicy] = (
    ResourceValidationPolicy(
        name="mesh-objects",
        description="Each Istio and Kubernetes object is valid by itself.",
        validate=judge_object,
        enforcement_level=EnforcementLevel.MANDATORY,
        config_schema=CONFIG,
    ),
    StackValidationPolicy(
        name="mesh-analysis",
        description="The mesh that the stack declares has no errors.",
        validate=judge_stack(Severity.ERROR),
        enforcement_level=EnforcementLevel.MANDATORY,
        config_schema=CONFIG,
    ),
    StackValidationPolicy(
        name="mesh-warnings",
        description="The mesh that the stack declares has nothing to warn of.",
        validate=judge_stack(Severity.WARNING),
        enforcement_level=EnforcementLevel.ADVISORY,
        config_schema=CONFIG,
    ),
)
"""The pack's policies."""
