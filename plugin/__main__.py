"""The components for programs in any Pulumi language: a component provider, started by the Pulumi engine."""

import sys
from importlib.metadata import version
from typing import Any

import pulumi
from pulumi.provider import main
from pulumi.provider.experimental.component import ComponentProvider

import mesh_components
from mesh_components import (
    CertificateAuthorityArgs,
    ControlPlaneArgs,
    GatewayArgs,
    MeshArgs,
    MeshNamespaceArgs,
    RevisionTagArgs,
)
from mesh_components.component import PACKAGE

Options = pulumi.ResourceOptions | None


class Described(pulumi.ComponentResource):
    """What schema inference reads of a component: its arguments from `__init__`, its outputs from the annotations.

    It takes annotations as they stand (so no `from __future__ import annotations` here), and cannot follow those of the
    components themselves. Making one of these makes the component of that name.
    """

    makes = None
    """The component. Not annotated: it is no output."""

    def __new__(cls, name: str, args: Any, opts: Options = None) -> Any:
        """Return the component."""
        return cls.makes(name, args, opts)


class Base(Described):
    """Istio's CRDs, the control plane's Namespace, and the reader account that all revisions share."""

    makes = mesh_components.Base

    def __init__(self, name: str, args: ControlPlaneArgs, opts: Options = None) -> None: ...


class CertificateAuthority(Described):
    """The mesh's CA as the Secret `cacerts`, from which istiod signs workload certificates."""

    root_cert: pulumi.Output[str] | None
    """PEM of the root; not set where istiod makes its own."""
    ca_expiry: pulumi.Output[str] | None
    """When the first certificate from the intermediate to the root ends, in UTC (RFC 3339)."""

    makes = mesh_components.CertificateAuthority

    def __init__(self, name: str, args: CertificateAuthorityArgs, opts: Options = None) -> None: ...


class ControlPlane(Described):
    """istiod: RBAC, mesh config, Deployment, Service, autoscaler, disruption budget, validating webhook."""

    makes = mesh_components.ControlPlane

    def __init__(self, name: str, args: ControlPlaneArgs, opts: Options = None) -> None: ...


class SidecarInjection(Described):
    """The injector's ConfigMap and the mutating webhook."""

    makes = mesh_components.SidecarInjection

    def __init__(self, name: str, args: ControlPlaneArgs, opts: Options = None) -> None: ...


class Cni(Described):
    """Istio's CNI plugin on every node, which captures pods' traffic without rights of their own."""

    makes = mesh_components.Cni

    def __init__(self, name: str, args: ControlPlaneArgs, opts: Options = None) -> None: ...


class Ztunnel(Described):
    """Ambient mode's proxy on every node."""

    makes = mesh_components.Ztunnel

    def __init__(self, name: str, args: ControlPlaneArgs, opts: Options = None) -> None: ...


class RevisionTag(Described):
    """A name for a revision that can be given to another one."""

    makes = mesh_components.RevisionTag

    def __init__(self, name: str, args: RevisionTagArgs, opts: Options = None) -> None: ...


class Gateway(Described):
    """An ingress or egress gateway: Deployment, Service, autoscaler, disruption budget, account and its rights."""

    address: pulumi.Output[str] | None
    """IP address or host name of the Service's load balancer; not set for the other types of Service."""

    makes = mesh_components.Gateway

    def __init__(self, name: str, args: GatewayArgs, opts: Options = None) -> None: ...


class MeshNamespace(Described):
    """A Namespace with its injection label, and a PeerAuthentication where it sets its own mutual TLS mode."""

    makes = mesh_components.MeshNamespace

    def __init__(self, name: str, args: MeshNamespaceArgs, opts: Options = None) -> None: ...


class Made:
    """A mesh as inference's provider wants it: its URN, and its outputs as attributes.

    The component's own attributes of those names are its parts.
    """

    def __init__(self, name: str, args: MeshArgs, opts: Options) -> None:
        mesh = mesh_components.Mesh(name, args, opts)
        self.__dict__ |= {"urn": mesh.urn, **mesh.outputs()}


class Mesh(Described):
    """An Istio service mesh: CRDs, CA, istiod, injection, gateways and namespaces."""

    version: pulumi.Output[str]
    """Version of Istio."""
    revision: pulumi.Output[str]
    """Revision of the control plane; empty: none."""
    revisionTags: pulumi.Output[dict[str, str]]
    """Revisions by the tags that mean them; `default` is a control plane without a revision."""
    istioNamespace: pulumi.Output[str]
    """Namespace of the control plane."""
    trustDomain: pulumi.Output[str]
    """Trust domain of the mesh's identities."""
    rootCert: pulumi.Output[str] | None
    """PEM of the root of the mesh's CA; not set where istiod makes its own."""
    caExpiry: pulumi.Output[str] | None
    """When the first certificate of that CA ends, in UTC (RFC 3339)."""
    gateways: pulumi.Output[dict[str, Any]]
    """Addresses of the gateways' load balancers by `namespace/name`; null for the other types of Service."""
    namespaces: pulumi.Output[list[str]]
    """Names of the namespaces that the mesh declares."""

    makes = Made

    def __init__(self, name: str, args: MeshArgs, opts: Options = None) -> None: ...


COMPONENTS = [
    Mesh,
    Base,
    CertificateAuthority,
    ControlPlane,
    SidecarInjection,
    Cni,
    Ztunnel,
    RevisionTag,
    Gateway,
    MeshNamespace,
]


class Provider(ComponentProvider):
    """Inference's provider, for components that check their arguments themselves."""

    def map_inputs(self, inputs: Any, component_def: Any) -> Any:
        """Return the inputs under the names that the schema has, which are the components' own.

        The inherited mapping says what is missing, but drops what it does not know; the components report that.
        """
        super().map_inputs(inputs, component_def)
        return whole(inputs)


def whole(value: Any) -> Any:
    """Return a value with whole numbers as such: on the wire every number is a float."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: whole(inner) for key, inner in value.items()}
    return [whole(inner) for inner in value] if isinstance(value, list) else value


def released() -> str:
    """Return the package's version as Pulumi spells versions: 1.2.4.dev5+g1234 is 1.2.4-dev.5."""
    number, dev, commits = version("mesh-components").partition("+")[0].partition(".dev")
    padded = ".".join([*number.split("."), "0", "0"][:3])
    return f"{padded}-dev.{commits}" if dev else padded


if __name__ == "__main__":
    main(Provider(COMPONENTS, PACKAGE, version=released()), sys.argv[1:])
