"""What Kiali has on OpenShift alone: a Route, an OAuthClient, and a ConfigMap that OpenShift fills in.

Facts: names, annotations and fields of the chart ``kiali-server`` 2.27 (``templates/{route,oauth,cabundle}.yaml``).
None of it was run: there is no OpenShift at hand.
"""

from __future__ import annotations

from typing import Any

from mesh_components.manifests.istio_object import given
from mesh_components.settings import MeshSettings
from mesh_components.settings.observability.kiali import KialiSettings

from .kiali_names import metadata, on_openshift, strategy, web_root
from .kiali_rbac import client_name


def service_annotations(mesh: MeshSettings, one: KialiSettings) -> dict[str, str]:
    """Return the annotation by which OpenShift makes a certificate for the Service."""
    if not on_openshift(mesh):
        return {}
    secret = f"{one.deployment.instance_name}-cert-secret"
    return {"service.beta.openshift.io/serving-cert-secret-name": secret}


def authorities(mesh: MeshSettings, one: KialiSettings) -> list[dict[str, Any]]:
    """Return the ConfigMap into which OpenShift writes who signs Services' certificates."""
    if not on_openshift(mesh):
        return []
    described = metadata(
        mesh,
        one,
        name=f"{one.deployment.instance_name}-cabundle-openshift",
        annotations={"service.beta.openshift.io/inject-cabundle": "true"},
    )
    return [{"apiVersion": "v1", "kind": "ConfigMap", "metadata": described}]


def client(mesh: MeshSettings, one: KialiSettings) -> list[dict[str, Any]]:
    """Return the OAuthClient that Kiali is for OpenShift's login."""
    if not on_openshift(mesh) or strategy(mesh, one) != "openshift":
        return []
    login = one.auth.openshift
    times = {
        "accessTokenInactivityTimeoutSeconds": login.token_inactivity_timeout if login else None,
        "accessTokenMaxAgeSeconds": login.token_max_age if login else None,
    }
    return [
        {
            "apiVersion": "oauth.openshift.io/v1",
            "kind": "OAuthClient",
            "metadata": metadata(mesh, one, name=client_name(mesh, one), place=None),
            "redirectURIs": redirects(mesh, one),
            "grantMethod": "auto",
            **given(times),
        }
    ]


def redirects(mesh: MeshSettings, one: KialiSettings) -> list[str]:
    """Return where users come back to after a login."""
    if one.auth.openshift and one.auth.openshift.redirect_uris:
        return list(one.auth.openshift.redirect_uris)
    server = one.server
    base = f"{server.web_schema or 'https'}://{server.web_fqdn}"
    path = f"{web_root(mesh, one).rstrip('/')}/api/auth/callback"
    return [f"{base}{port}{path}" for port in ("", *([f":{server.web_port}"] if server.web_port else []))]


def route(mesh: MeshSettings, one: KialiSettings) -> dict[str, Any]:
    """Return the Route."""
    wanted = one.deployment.ingress
    spec = {
        **({"host": one.server.web_fqdn} if one.server.web_fqdn else {}),
        "tls": {"termination": "reencrypt", "insecureEdgeTerminationPolicy": "Redirect"},
        "to": {"kind": "Service", "name": one.deployment.instance_name},
        "port": {"targetPort": one.server.port},
    }
    return {
        "apiVersion": "route.openshift.io/v1",
        "kind": "Route",
        "metadata": metadata(
            mesh,
            one,
            more_labels=wanted.additional_labels,
            annotations=wanted.override_yaml.metadata.annotations,
        ),
        "spec": spec if wanted.override_yaml.spec is None else dict(wanted.override_yaml.spec),
    }
