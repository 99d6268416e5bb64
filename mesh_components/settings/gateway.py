# ruff: noqa: RUF012 (pydantic copies defaults)
"""Ingress and egress gateways.

Names, types and defaults are those under ``gateways.istio-ingressgateway`` and ``gateways.istio-egressgateway`` in
the gateway charts' values at 1.31 (``manifests/charts/gateways/istio-{ingress,egress}/values.yaml``). What those charts
lack is spelled as in Istio's ``gateway`` chart, in IstioOperator's ``k8s`` section (``operator/pkg/apis/types.go``) or
in its ``pilot`` values: ``affinity``, ``priorityClassName``, ``topologySpreadConstraints``, ``volumes`` …
"""

from __future__ import annotations

from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from .global_settings import PullPolicy
from .kubernetes import (
    Annotations,
    IpFamilies,
    IpFamilyPolicy,
    Labels,
    Name,
    Object,
    ObjectName,
    Port,
    PriorityClass,
    Resources,
    ServiceName,
)
from .model import Settings
from .opaque import OpaqueStr
from .pilot import DisruptionBudget, Environment, Scaled, Utilization


class GatewayPort(Settings):
    """One port of a gateway's Service, and of its pods."""

    port: Port
    """The Service's port."""
    name: Name
    """Name of the port; Istio reads the protocol from its first part."""
    targetPort: Port | None = None
    """The pods' port; unset: the same as ``port``."""
    nodePort: Port | None = None
    """Port on each node; unset: Kubernetes picks one where it needs one."""
    protocol: Literal["TCP", "UDP"] | None = None
    """Transport; unset: TCP."""
    appProtocol: str | None = None
    """Application protocol, in Kubernetes' notation."""


class SecretVolume(Settings):
    """A Secret mounted into a gateway, if it exists."""

    name: Name
    """Name of the volume."""
    secretName: ObjectName
    """The Secret."""
    mountPath: str
    """Where it is mounted."""


class ConfigVolume(Settings):
    """A ConfigMap mounted into a gateway, if it exists."""

    name: Name
    """Name of the volume."""
    configMapName: ObjectName
    """The ConfigMap."""
    mountPath: str | None = None
    """Where it is mounted; unset: not mounted."""


class AntiAffinityTerm(Settings):
    """Pods that a gateway's pods keep away from."""

    key: str
    """Label key."""
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"]
    """How the label is compared."""
    values: str | None = None
    """Label values, comma-separated."""
    topologyKey: str
    """Node label that says what counts as one place."""
    namespaces: str | None = None
    """Namespaces that count, comma-separated; unset: the gateway's own."""


OWN_VOLUMES = frozenset(
    [
        *("config-volume", "credential-socket", "istio-certs", "istio-data", "istio-envoy", "istio-token"),
        *("istiod-ca-cert", "podinfo", "workload-certs", "workload-socket"),
    ]
)
"""Volumes that every gateway has."""


class GatewayServiceAccount(Settings):
    """A gateway's ServiceAccount."""

    annotations: Annotations = {}
    """Its annotations, such as a cloud role."""


class GatewaySettings(Scaled):
    """A gateway: Deployment, Service, autoscaler, disruption budget, account."""

    direction: ClassVar[Literal["ingress", "egress"]]
    """Which way traffic passes."""

    name: ServiceName
    """Name of the gateway and of its objects."""
    namespace: Name | None = None
    """Namespace; unset: the control plane's."""
    labels: Labels
    """Labels by which Services, Istio's Gateway objects and policies select it."""
    ports: list[GatewayPort]
    """Ports of the Service."""
    additionalContainers: list[Object] = []
    """Containers next to the proxy."""
    affinity: Object | None = None
    """Kubernetes affinity; merged over what ``nodeSelector`` and the anti-affinity lists make."""
    allocateLoadBalancerNodePorts: bool | None = None
    """Whether a load balancer's Service gets node ports; unset leaves it to Kubernetes."""
    autoscaleBehavior: Object = {}
    """Behaviour section of the autoscaler."""
    clusterIP: OpaqueStr = ""
    """Address of the Service in the cluster; empty leaves it to Kubernetes."""
    configVolumes: list[ConfigVolume] = []
    """ConfigMaps to mount."""
    containerSecurityContext: Object = {}
    """Security context of the proxy's container, merged over Istio's."""
    cpu: Utilization = Utilization.model_construct(targetAverageUtilization=80)
    """CPU that the autoscaler aims at."""
    customService: bool = False
    """Whether the Service is left to the user."""
    deploymentAnnotations: Annotations = {}
    """Annotations of the Deployment."""
    deploymentLabels: Labels = {}
    """Labels of the Deployment in addition."""
    dnsConfig: Object = {}
    """DNS settings of the pods."""
    dnsPolicy: Literal["", "ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"] = ""
    """DNS policy of the pods; empty leaves it to Kubernetes."""
    env: Environment = {}
    """Environment of the proxy in addition."""
    envVarFrom: list[Object] = []
    """Environment entries in Kubernetes' own form, for values from Secrets and fields."""
    externalIPs: list[OpaqueStr] = []
    """Addresses outside the cluster at which nodes accept the Service's traffic."""
    externalTrafficPolicy: Literal["", "Cluster", "Local"] = ""
    """Whether clients' addresses are kept (Local); empty leaves it to Kubernetes."""
    healthCheckNodePort: Port | None = None
    """Node port at which load balancers ask for healthy nodes, where clients' addresses are kept."""
    imagePullPolicy: PullPolicy = ""
    """When the image is pulled; empty: ``global.imagePullPolicy``."""
    initContainers: list[Object] = []
    """Containers that run before the proxy."""
    injectionTemplate: str = ""
    """Injection template, usually ``gateway``, that completes the pods; empty: they are complete."""
    internalTrafficPolicy: Literal["", "Cluster", "Local"] = ""
    """Which nodes' pods serve traffic from inside the cluster; empty leaves it to Kubernetes."""
    ipFamilies: IpFamilies = []
    """IP families of the Service."""
    ipFamilyPolicy: IpFamilyPolicy = ""
    """IP family policy of the Service."""
    lifecycle: Object = {}
    """Kubernetes lifecycle handlers of the proxy."""
    loadBalancerClass: str = ""
    """Which load balancer implementation serves the Service; empty: the cluster's default."""
    loadBalancerIP: OpaqueStr = ""
    """Address to ask the load balancer for."""
    loadBalancerSourceRanges: list[OpaqueStr] = []
    """CIDRs that may reach the load balancer; empty: all."""
    memory: Utilization = Utilization.model_construct()
    """Kept for Istio's spelling; the gateways' autoscalers look at CPU alone."""
    minReadySeconds: int | None = Field(default=None, ge=0)
    """Seconds that a new pod has to be ready before it counts; unset leaves it to Kubernetes."""
    nodeSelector: Labels = {}
    """Labels that a node must have."""
    pdb: DisruptionBudget = DisruptionBudget.model_construct()
    """The disruption budget."""
    podAnnotations: Annotations = {}
    """Annotations of the pods."""
    podAntiAffinityLabelSelector: list[AntiAffinityTerm] = []
    """Pods that must be elsewhere."""
    podAntiAffinityTermLabelSelector: list[AntiAffinityTerm] = []
    """Pods that should be elsewhere."""
    podLabels: Labels = {}
    """Labels of the pods in addition."""
    priorityClassName: PriorityClass = ""
    """Priority class; empty: ``global.priorityClassName``."""
    readinessProbe: Object = {}
    """Readiness probe of the proxy, merged over Istio's."""
    replicaCount: int | None = Field(default=None, ge=0)
    """Replicas without an autoscaler; unset leaves it to Kubernetes."""
    resources: Resources | None = Resources.model_construct(
        requests={"cpu": "100m", "memory": "128Mi"}, limits={"cpu": "2000m", "memory": "1024Mi"}
    )
    """The proxy's resources; null: ``global.defaultResources``."""
    runAsRoot: bool = False
    """Whether the proxy may run as root, for ports below 1024."""
    secretVolumes: list[SecretVolume] = []
    """Secrets to mount."""
    securityContext: Object = {}
    """Security context of the pods, merged over Istio's."""
    serviceAccount: GatewayServiceAccount = GatewayServiceAccount.model_construct()
    """The ServiceAccount."""
    serviceAnnotations: Annotations = {}
    """Annotations of the Service."""
    tag: OpaqueStr = ""
    """Tag of the proxy's image; empty: ``global.tag``."""
    terminationGracePeriodSeconds: int | None = Field(default=None, ge=0)
    """Seconds that a pod has to end; unset leaves it to Kubernetes."""
    tolerations: list[Object] = []
    """Kubernetes tolerations; empty: ``global.defaultTolerations``."""
    topologySpreadConstraints: list[Object] = []
    """Kubernetes topology spread constraints."""
    type: Literal["LoadBalancer", "NodePort", "ClusterIP"] = "LoadBalancer"
    """Type of the Service."""
    volumeMounts: list[Object] = []
    """Mounts of the proxy in addition."""
    volumes: list[Object] = []
    """Volumes of the pods in addition."""

    @model_validator(mode="after")
    def _selector_stays(self) -> Self:
        if taken := [key for key in self.podLabels if key in self.labels]:
            raise PydanticCustomError(
                "conflict",
                "podLabels sets {taken}, by which the Service and the Deployment find the pods; set it in labels",
                {"taken": ", ".join(taken)},
            )
        return self

    @model_validator(mode="after")
    def _service_fits(self) -> Self:
        if not self.ports and not self.customService:
            raise PydanticCustomError(
                "incomplete", "ports is empty, and a Service has at least one; list it, or set customService: true"
            )
        balanced = ("allocateLoadBalancerNodePorts", "loadBalancerClass", "loadBalancerIP", "loadBalancerSourceRanges")
        outside = {
            **{key: getattr(self, key) not in ("", None, []) for key in balanced},
            "healthCheckNodePort": self.healthCheckNodePort is not None,
        }
        given = [key for key, there in outside.items() if there]
        if self.type != "LoadBalancer" and given:
            raise PydanticCustomError(
                "conflict",
                "{given} is for load balancers, and type is {type}; leave it out, or set type: LoadBalancer",
                {"given": " and ".join(given), "type": self.type},
            )
        if self.healthCheckNodePort is not None and self.externalTrafficPolicy != "Local":
            raise PydanticCustomError(
                "conflict",
                "healthCheckNodePort needs externalTrafficPolicy: Local, where nodes without pods are not well",
            )
        if self.type == "ClusterIP":
            given = ["externalTrafficPolicy"] if self.externalTrafficPolicy and not self.externalIPs else []
            given += [f"ports[{index}].nodePort" for index, port in enumerate(self.ports) if port.nodePort]
            if given:
                raise PydanticCustomError(
                    "conflict",
                    "{given} is for traffic from outside, and type is ClusterIP; leave it out, or set another type",
                    {"given": " and ".join(given)},
                )
        return self

    @model_validator(mode="after")
    def _volumes_differ(self) -> Self:
        names = [*(one.name for one in self.secretVolumes), *(one.name for one in self.configVolumes)]
        names += [str(volume.get("name")) for volume in self.volumes]
        if taken := [name for index, name in enumerate(names) if name in names[:index] or name in OWN_VOLUMES]:
            raise PydanticCustomError(
                "duplicate",
                "volume {taken} is there already; each volume of a pod has a name of its own",
                {"taken": " and ".join(dict.fromkeys(taken))},
            )
        return self

    @model_validator(mode="after")
    def _resolver_is_named(self) -> Self:
        if self.dnsPolicy == "None" and not self.dnsConfig.get("nameservers"):
            raise PydanticCustomError("incomplete", "dnsPolicy is None, so dnsConfig.nameservers must be given too")
        return self

    @model_validator(mode="after")
    def _ports_differ(self) -> Self:
        for what in ("name", "port", "nodePort"):
            seen: set[object] = set()
            for port in self.ports:
                value = getattr(port, what), (port.protocol or "TCP") if what != "name" else ""
                if value[0] is not None and value in seen:
                    raise PydanticCustomError(
                        "duplicate",
                        "two ports have the {what} {value}; each port of a gateway has its own",
                        {"what": what, "value": repr(value[0])},
                    )
                seen.add(value)
        return self


def _secret_volumes(direction: str) -> list[SecretVolume]:
    return [
        SecretVolume.model_construct(
            name=f"{direction}gateway-{kind}",
            secretName=f"istio-{direction}gateway-{kind}",
            mountPath=f"/etc/istio/{direction}gateway-{kind}",
        )
        for kind in ("certs", "ca-certs")
    ]


class IngressGatewaySettings(GatewaySettings):
    """A gateway through which traffic enters the mesh. Istio's defaults."""

    direction = "ingress"

    name: ServiceName = "istio-ingressgateway"
    """Name of the gateway and of its objects."""
    labels: Labels = {"app": "istio-ingressgateway", "istio": "ingressgateway"}
    """Labels by which Services, Istio's Gateway objects and policies select it."""
    ports: list[GatewayPort] = [
        GatewayPort.model_construct(port=15021, targetPort=15021, name="status-port", protocol="TCP"),
        GatewayPort.model_construct(port=80, targetPort=8080, name="http2", protocol="TCP"),
        GatewayPort.model_construct(port=443, targetPort=8443, name="https", protocol="TCP"),
    ]
    """Ports of the Service."""
    secretVolumes: list[SecretVolume] = _secret_volumes("ingress")
    """Secrets to mount."""


class EgressGatewaySettings(GatewaySettings):
    """A gateway through which traffic leaves the mesh. Istio's defaults."""

    direction = "egress"

    name: ServiceName = "istio-egressgateway"
    """Name of the gateway and of its objects."""
    labels: Labels = {"app": "istio-egressgateway", "istio": "egressgateway"}
    """Labels by which Services, Istio's Gateway objects and policies select it."""
    ports: list[GatewayPort] = [
        GatewayPort.model_construct(port=80, targetPort=8080, name="http2", protocol="TCP"),
        GatewayPort.model_construct(port=443, targetPort=8443, name="https", protocol="TCP"),
    ]
    """Ports of the Service."""
    secretVolumes: list[SecretVolume] = _secret_volumes("egress")
    """Secrets to mount."""
    type: Literal["LoadBalancer", "NodePort", "ClusterIP"] = "ClusterIP"
    """Type of the Service."""
