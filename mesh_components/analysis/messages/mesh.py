"""Messages of this project's own: what Kubernetes gets wrong in a mesh (``MESH01…``), and security (``MESH02…``)."""

from __future__ import annotations

from ..finding import Message, Severity

ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO

PORT_LEADS_NOWHERE = Message(
    "MESH0101",
    "PortLeadsNowhere",
    WARNING,
    "port {port} goes to port {target}, which no container of {workloads} has",
    "correct targetPort, or add the port to the container",
)
SERVICE_SELECTS_NOTHING = Message(
    "MESH0102",
    "ServiceSelectsNothing",
    WARNING,
    "no workload in {namespace} has the labels {labels}: requests are answered with 503",
    "correct the selector, or the labels of the pods",
)
PROBE_NEEDS_PLAIN_TEXT = Message(
    "MESH0103",
    "ProbeRefusedByMutualTLS",
    ERROR,
    "the kubelet's {probe} of port {port} is plain text and not rewritten, and {policy} accepts mutual TLS only",
    "remove the annotation sidecar.istio.io/rewriteAppHTTPProbers, or make the port PERMISSIVE in portLevelMtls",
)
HOST_NETWORK = Message(
    "MESH0104",
    "HostNetworkHasNoSidecar",
    WARNING,
    "pods in the host's network get no sidecar, though injection is on for them",
    "leave hostNetwork out, or label the pods sidecar.istio.io/inject: 'false' to say that it is meant",
)
BUDGET_BLOCKS_DRAINS = Message(
    "MESH0105",
    "BudgetBlocksDrains",
    WARNING,
    "the budget lets none of the {replicas} pods of {workload} go: nodes cannot be drained",
    "run more replicas, or allow one to be unavailable",
)
SCALES_NOTHING = Message(
    "MESH0106", "AutoscalerTargetNotFound", ERROR, "{target} does not exist", "correct scaleTargetRef, or create it"
)
REPLICAS_OF_TWO_OWNERS = Message(
    "MESH0107",
    "ReplicasHaveTwoOwners",
    WARNING,
    "replicas is set to {replicas}, and {autoscaler} sets it too: each apply undoes what the autoscaler did",
    "leave replicas out",
)
SELECTOR_MISSES_TEMPLATE = Message(
    "MESH0108",
    "SelectorMissesTemplate",
    ERROR,
    "the selector does not select the pods of the template: Kubernetes refuses the object",
    "give the template's labels all that the selector asks for",
)
PORT_TWICE = Message(
    "MESH0109",
    "PortTwiceInPod",
    WARNING,
    "containers {containers} of a pod share port {port}, and one of them cannot listen there",
    "give each its own port",
)
PORT_OF_SIDECAR = Message(
    "MESH0110",
    "PortIsTheSidecars",
    WARNING,
    "port {port} is the sidecar's: one of the two cannot listen there",
    "let the application listen at another port",
)
ACCOUNT_NOT_FOUND = Message(
    "MESH0111",
    "ServiceAccountNotFound",
    ERROR,
    "ServiceAccount {account} does not exist: no pod can be created",
    "create it, or correct the name",
)
REFERENCE_NOT_FOUND = Message(
    "MESH0112",
    "ConfigurationNotFound",
    ERROR,
    "{kind} {name}{key} does not exist, and it is not optional: pods cannot start",
    "create it, correct the name, or set optional: true",
)
PULL_SECRET_NOT_FOUND = Message(
    "MESH0113",
    "PullSecretNotFound",
    WARNING,
    "Secret {name} does not exist: images are pulled without it",
    "create it, or correct the name",
)
EXTERNAL_NAME_IS_ADDRESS = Message(
    "MESH0114",
    "ExternalNameIsAddress",
    WARNING,
    "externalName {address} is an IP address, and DNS takes it for a name that does not exist",
    "declare a ServiceEntry, or a Service with EndpointSlices",
)
SUBJECT_NOT_FOUND = Message(
    "MESH0115",
    "SubjectNotFound",
    WARNING,
    "ServiceAccount {subject} does not exist: nobody gets these rights",
    "create it, or correct its name and namespace",
)
ROLE_NOT_FOUND = Message(
    "MESH0116", "RoleNotFound", ERROR, "{kind} {name} does not exist", "create it, or correct roleRef's name"
)
NODE_PORT_TWICE = Message(
    "MESH0117",
    "NodePortTwice",
    ERROR,
    "node port {port} is {other}'s too: Kubernetes refuses the second",
    "choose another nodePort, or leave it out",
)
ADDRESS_TWICE = Message(
    "MESH0118",
    "LoadBalancerAddressTwice",
    WARNING,
    "{other} asks for port {port} of load balancer address {address} too",
    "give each its own address or port",
)
GOVERNING_SERVICE_NOT_FOUND = Message(
    "MESH0119",
    "GoverningServiceNotFound",
    WARNING,
    "Service {service} does not exist: the pods have no names in DNS",
    "create it, or correct serviceName",
)
