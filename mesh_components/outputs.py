"""What a stack with a mesh tells other stacks: the contract behind a StackReference (docs/importing.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import pulumi

NAMES: Mapping[str, str] = {
    "version": "version",
    "revision": "revision",
    "revision_tags": "revisionTags",
    "istio_namespace": "istioNamespace",
    "trust_domain": "trustDomain",
    "root_cert": "rootCert",
    "ca_expiry": "caExpiry",
    "gateways": "gateways",
    "namespaces": "namespaces",
}
"""The stack outputs by attribute of :class:`MeshOutputs`. Other stacks read them by these names, so they are API."""

NULLABLE = frozenset({"root_cert", "ca_expiry"})
"""Those that may be null; a stack's state does not keep what is null."""


@dataclass(frozen=True)
class MeshOutputs:
    """The outputs of a stack that declares a mesh. None is a secret.

    A stack exports ``mesh.outputs()``, whose keys are the names in :data:`NAMES`; another stack reads them with
    :meth:`of`.
    """

    version: pulumi.Output[str]
    """Version of Istio."""
    revision: pulumi.Output[str]
    """Revision of the control plane; empty: none."""
    revision_tags: pulumi.Output[Mapping[str, str]]
    """Revisions by the tags that mean them; ``default`` is a control plane without a revision."""
    istio_namespace: pulumi.Output[str]
    """Namespace of the control plane."""
    trust_domain: pulumi.Output[str]
    """Trust domain of the mesh's identities, ``spiffe://<trust domain>/ns/<namespace>/sa/<account>``."""
    root_cert: pulumi.Output[str | None]
    """PEM of the root of the mesh's CA; None where istiod makes its own, which is known only in the cluster."""
    ca_expiry: pulumi.Output[str | None]
    """When the first certificate of that CA ends, in UTC (RFC 3339, ``2036-01-31T12:00:00Z``); None as above."""
    gateways: pulumi.Output[Mapping[str, str | None]]
    """Addresses (IP or host name) of the gateways' load balancers by ``namespace/name``; None for other Services."""
    namespaces: pulumi.Output[list[str]]
    """Names of the namespaces that the mesh declares as taking part, sorted."""

    @classmethod
    def of(cls, stack: pulumi.StackReference) -> MeshOutputs:
        """Return the outputs of another stack.

        Where that stack exports no mesh, the outputs fail with a message that says which one is missing.
        """
        return cls(**{attribute: _read(stack, attribute) for attribute in NAMES})

    def exports(self) -> dict[str, pulumi.Output[Any]]:
        """Return the outputs by the names under which a stack exports them."""
        return {NAMES[field.name]: getattr(self, field.name) for field in fields(self)}

    def address(self, gateway: str) -> pulumi.Output[str]:
        """Return the address of one gateway, ``namespace/name``.

        The output fails where there is no such gateway, naming those that there are, or where it has no address.
        """
        return self.gateways.apply(lambda listed: _address(gateway, listed))


def _read(stack: pulumi.StackReference, attribute: str) -> pulumi.Output[Any]:
    name = NAMES[attribute]

    def present(found: list[Any]) -> Any:
        value, stack_name = found
        if value is None and attribute not in NULLABLE:
            raise pulumi.RunError(
                f"stack {stack_name} has no output {name!r}: it declares no mesh, has not been updated yet, or exports "
                "other names than mesh.outputs() has"
            )
        return value

    return pulumi.Output.all(stack.get_output(name), stack.name).apply(present)


def _address(gateway: str, listed: Mapping[str, str | None]) -> str:
    if gateway not in listed:
        raise pulumi.RunError(f"no gateway {gateway!r}; the mesh has {', '.join(sorted(listed)) or 'none'}")
    found = listed[gateway]
    if found is None:
        raise pulumi.RunError(f"gateway {gateway!r} has no address: its Service is no LoadBalancer")
    return found
