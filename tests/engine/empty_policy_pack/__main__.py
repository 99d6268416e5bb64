"""A policy pack that demands nothing: pulumi-policy wants one policy at least, so there is one that reports nothing."""

from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy  # type: ignore[import-not-found]

ACCEPT_ALL = ResourceValidationPolicy(
    name="accept-all",
    description="Every resource is accepted.",
    validate=lambda args, report: None,
    enforcement_level=EnforcementLevel.MANDATORY,
)

PolicyPack(name="empty", policies=[ACCEPT_ALL])
