"""A policy pack that demands nothing. pulumi-policy accepts none without a policy, so there is one, which reports nothing."""

from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy

ACCEPT_ALL = ResourceValidationPolicy(
    name="accept-all",
    description="Every resource is accepted.",
    validate=lambda args, report: None,
    enforcement_level=EnforcementLevel.MANDATORY,
)

PolicyPack(name="empty", policies=[ACCEPT_ALL])
