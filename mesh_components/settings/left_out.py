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
    "gateway": {
        "annotations": "annotations of all objects at once; `serviceAnnotations`, `podAnnotations` … are for each",
        "autoscaling.targetMemoryUtilizationPercentage": "the autoscalers of istioctl's gateways look at CPU alone",
        "imagePullSecrets": "pods get those of their ServiceAccount: `global.imagePullSecrets`",
        "kind": "a gateway is a Deployment here, never a DaemonSet",
        "networkGateway": "`labels`, `env` and `ports` make an east-west gateway",
        "networkGatewayPorts.status-port.port": "`ports`",
        "networkGatewayPorts.status-port.targetPort": "`ports`",
        "networkGatewayPorts.tls.port": "`ports`",
        "networkGatewayPorts.tls.targetPort": "`ports`",
        "networkGatewayPorts.tls-istiod.port": "`ports`",
        "networkGatewayPorts.tls-istiod.targetPort": "`ports`",
        "networkGatewayPorts.tls-webhook.port": "`ports`",
        "networkGatewayPorts.tls-webhook.targetPort": "`ports`",
        "rbac.enabled": "a gateway always may read the Secrets of its namespace, as istioctl's may",
        "service.selectorLabels": "a Service selects by all of `labels`",
        "serviceAccount.create": "a gateway always has an account of its own, as istioctl's have",
        "serviceAccount.name": "the account is called `<name>-service-account`, as istioctl's is",
    },
}
"""By chart (a folder of ``manifests/charts``), the values that are not settings; paths as in its ``values.yaml``."""

OPERATOR: Mapping[str, str] = {
    "overlays": "`patches` change any field of any planned object",
}
"""Fields of IstioOperator's ``components.*.k8s`` (``operator/pkg/apis/types.go``) that are not settings."""
