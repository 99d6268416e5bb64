"""Gateways and settings in many variations, for the templates that istiod's gateway controller renders.

What the controller derives from a Gateway: `TemplateInput` and its makers in
`pilot/pkg/config/kube/gatewaycommon/deploymentcontroller.go`; classes and labels: `pkg/config/constants/constants.go`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CONTROLLERS = {
    "kube-gateway": ("istio", "istio.io-gateway-controller"),
    "waypoint": ("istio-waypoint", "istio.io-mesh-controller"),
    "agentgateway": ("istio-agentgateway", "istio.io-gateway-controller"),
    "agentgateway-waypoint": ("istio-agentgateway-waypoint", "istio.io-agentgateway-waypoint-controller"),
}
"""The class and the controller's label that go with each template."""

EAST_WEST = ("istio-east-west", "istio.io-eastwest-controller")
"""The same for gateways between networks, which use the template `waypoint`."""


@dataclass(frozen=True)
class Variation:
    """One variation.

    Attributes:
        input: changes to what a template gets besides the Gateway.
        gateway: changes to the Gateway.
        values: changes to the injector's values.
        mesh: the mesh config.
    """

    input: Mapping[str, Any] = field(default_factory=dict)
    gateway: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    mesh: Mapping[str, Any] = field(default_factory=dict)

    def template_input(self, template: str) -> dict[str, Any]:
        """What the controller gives a template."""
        gateway_class, label = CONTROLLERS[template]
        status = {"Name": "status-port", "Port": 15021, "Protocol": "TCP", "AppProtocol": "tcp"}
        return {
            "metadata": {"name": "shop", "namespace": "shops", "uid": "1-2-3", "labels": {}, "annotations": {}},
            "spec": {"gatewayClassName": gateway_class, "listeners": []},
            "GatewayClass": gateway_class,
            "DeploymentName": f"shop-{gateway_class}",
            "ServiceAccount": f"shop-{gateway_class}",
            "Ports": [status],
            "ServiceType": "LoadBalancer",
            "ClusterID": "Kubernetes",
            "KubeVersion": 134,
            "Revision": "",
            "ProxyUID": 1337,
            "ProxyGID": 1337,
            "InfrastructureLabels": {},
            "InfrastructureAnnotations": {},
            "GatewayNameLabel": "gateway.networking.k8s.io/gateway-name",
            "ControllerLabel": label,
            **self.input,
            **self.gateway,
        }


def _global(**settings: Any) -> dict[str, Any]:
    return {"global": settings}


def _waypoint(**settings: Any) -> dict[str, Any]:
    return _global(waypoint=settings)


def _proxy(**settings: Any) -> dict[str, Any]:
    return _global(proxy=settings)


def _annotated(**annotations: str) -> dict[str, Any]:
    names = {"image": "sidecar.istio.io/proxyImage", "agent": "gateway.istio.io/agentgatewayImage"}
    content = {names.get(name, f"sidecar.istio.io/{name}"): value for name, value in annotations.items()}
    return {"metadata": {"name": "shop", "namespace": "shops", "uid": "1-2-3", "annotations": content}}


_PORTS = [
    {"Name": "http", "Port": 80, "Protocol": "TCP", "AppProtocol": "http"},
    {"Name": "https-quic", "Port": 443, "Protocol": "UDP", "AppProtocol": "https"},
]
_NETWORK = {"topology.istio.io/network": "network-7"}
_ADDRESS = {"spec": {"gatewayClassName": "istio", "addresses": [{"type": "IPAddress", "value": "1.2.3.4"}]}}
_SOME_NULL = {"limits": {"cpu": None, "memory": "500Mi"}, "requests": {"cpu": None}}
_AFFINITY: dict[str, Any] = {
    "nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": []}}
}
_SPREAD = [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}]

VARIATIONS: Mapping[str, Variation] = {
    "defaults": Variation(),
    "ports": Variation({"Ports": _PORTS}),
    "cluster IP": Variation({"ServiceType": "ClusterIP"}, _ADDRESS),
    "address": Variation(gateway=_ADDRESS),
    "account of its own": Variation({"ServiceAccount": "custom"}),
    "old Kubernetes": Variation({"KubeVersion": 127}),
    "revision": Variation({"Revision": "canary"}, values={"revision": "canary"}),
    "users of OpenShift": Variation({"ProxyUID": 1000, "ProxyGID": 2000}, values=_global(platform="openshift")),
    "no user": Variation({"ProxyUID": 0, "ProxyGID": 0}),
    "labels and annotations": Variation(
        {
            "InfrastructureLabels": {"team": "a", "gateway.istio.io/managed": "mine", "istio.io/dataplane-mode": "x"},
            "InfrastructureAnnotations": {
                "note": 'with "quotes"',
                "prometheus.io/scrape": "false",
                "networking.istio.io/traffic-distribution": "PreferSameZone",
                "gateway.istio.io/name-override": "gone",
                "gateway.istio.io/controller-version": "5",
                "kubectl.kubernetes.io/last-applied-configuration": "{}",
            },
        }
    ),
    "network by label": Variation({"InfrastructureLabels": _NETWORK}, values=_global(network="network-1")),
    "network by settings": Variation(values=_global(network="network-1")),
    "east-west": Variation(
        {"GatewayClass": EAST_WEST[0], "ControllerLabel": EAST_WEST[1], "InfrastructureLabels": _NETWORK}
    ),
    "east-west without network": Variation({"GatewayClass": EAST_WEST[0], "ControllerLabel": EAST_WEST[1]}),
    "multi-cluster": Variation({"ClusterID": "west"}, values=_global(multiCluster={"clusterName": "east"}, meshID="m")),
    "cluster by istiod": Variation({"ClusterID": "west"}),
    "trust domain": Variation(mesh={"trustDomain": "corp.example"}),
    "image by annotation": Variation(gateway=_annotated(image="example.com/envoy:1", agent="example.com/agent:1")),
    "image type by annotation": Variation(gateway=_annotated(proxyImageType="debug", agent="debug")),
    "image by settings": Variation(
        values=_global(proxy={"image": "example.com/envoy:2"}, agentgateway={"image": "example.com/agent:2"})
    ),
    "distroless": Variation(mesh={"defaultConfig": {"image": {"imageType": "distroless"}}}),
    "log levels by annotation": Variation(
        gateway=_annotated(logLevel="debug", componentLogLevel="http:info", agentLogLevel="all:debug")
    ),
    "no component log level": Variation(values=_proxy(componentLogLevel="", logLevel="trace")),
    "logs": Variation(values=_global(logAsJson=True, proxy={"outlierLogPath": "/dev/stdout"})),
    "token service": Variation(values=_global(sts={"servicePort": 15010})),
    "resources": Variation(
        values=_global(proxy={"resources": _SOME_NULL}, waypoint={"resources": {"requests": {"cpu": "1"}}})
    ),
    "null resources of waypoints": Variation(values=_waypoint(resources=_SOME_NULL)),
    "no resources": Variation(values=_global(proxy={"resources": None}, waypoint={"resources": None})),
    "placement": Variation(
        values=_waypoint(
            affinity=_AFFINITY,
            topologySpreadConstraints=_SPREAD,
            nodeSelector={"disk": "ssd"},
            tolerations=[{"key": "a", "operator": "Exists"}],
        )
    ),
    "gateway security context": Variation(values={"gateways": {"securityContext": {"runAsUser": 1234}}}),
    "seccomp": Variation(values={"gateways": {"seccompProfile": {"type": "RuntimeDefault"}}}),
    "seccomp and security context": Variation(
        values={"gateways": {"securityContext": {"runAsUser": 1}, "seccompProfile": {"type": "RuntimeDefault"}}}
    ),
    "lifecycle": Variation(values=_proxy(lifecycle={"preStop": {"exec": {"command": ["sleep", "5"]}}})),
    "pull secrets and policy": Variation(values=_global(imagePullSecrets=["one", "two"], imagePullPolicy="Always")),
    "external CA": Variation(values=_global(caAddress="ca.example:443", pilotCertProvider="custom")),
    "GKE certificates": Variation(values=_global(caName="GkeWorkloadCertificate")),
    "trust bundle": Variation(values=_global(trustBundleName="corp-roots")),
    "cluster trust bundle": Variation(values={"pilot": {"env": {"ENABLE_CLUSTER_TRUST_BUNDLE_API": True}}}),
    "token audience": Variation(values=_global(sds={"token": {"aud": "corp-ca"}})),
    "proxy metadata": Variation(mesh={"defaultConfig": {"proxyMetadata": {"A": "1", "TRUST_DOMAIN": "mine"}}}),
    "proxy config": Variation(mesh={"defaultConfig": {"concurrency": 2, "discoveryAddress": "istiod-x.mesh:15012"}}),
}
"""The variations by name; each is tried on each of the four templates."""
