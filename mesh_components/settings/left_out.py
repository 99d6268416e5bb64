"""Values of Istio's charts, and fields of IstioOperator, that no setting is for: each with the reason."""

from __future__ import annotations

from collections.abc import Mapping

_INSTALLER = "it says who installed an object, or how an installer works; `pulumi up` is the installer here"

_UNREAD = "no template of the chart reads it"

VALUES: Mapping[str, Mapping[str, str]] = {
    "base": {
        "base.enableCRDTemplates": "Helm's choice between two ways to install definitions; they are declared here",
    },
    "istio-control/istio-discovery": {
        "ownerName": _INSTALLER,
    },
    "istio-cni": {
        "ownerName": _INSTALLER,
        "repair.hub": _UNREAD,
        "repair.tag": _UNREAD,
    },
    "ztunnel": {
        "resourceScope": "as everywhere, `global.resourceScope`",
    },
    "gateways/istio-ingress": {
        "gateways.istio-ingressgateway.ingressPorts": "a second list of ports without target ports; use `ports`",
        "global.arch": "weights per processor architecture; `affinity` says the same in Kubernetes' own words",
        "ownerName": _INSTALLER,
    },
    "gateways/istio-egress": {
        "global.arch": "weights per processor architecture; `affinity` says the same in Kubernetes' own words",
        "ownerName": _INSTALLER,
    },
}
"""By chart (a folder of ``manifests/charts``), the values that are not settings; paths as in its ``values.yaml``."""

OPERATOR: Mapping[str, str] = {
    "overlays": "`patches` change any field of any planned object",
}
"""Fields of IstioOperator's ``components.*.k8s`` (``operator/pkg/apis/types.go``) that are not settings."""
