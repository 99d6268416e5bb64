"""Kiali's validations: its codes and severities, with names and words of our own.

Codes and severities: `models/istio_validation.go` of kiali/kiali 2.27. Kiali's level "unknown" is for information here.
"""

from __future__ import annotations

from ..finding import Message, Severity

ERROR, WARNING = Severity.ERROR, Severity.WARNING

SEVERAL_WITHOUT_SELECTOR = Message(
    "KIA0002",
    "SeveralWithoutSelector",
    ERROR,
    "{others} in this namespace have no selector either; which one counts is not defined",
    "keep one as the namespace's default, and give the others a selector",
)
SEVERAL_ON_WORKLOAD = Message(
    "KIA0003",
    "SeveralOnOneWorkload",
    ERROR,
    "{others} also select {workload}; which one counts is not defined",
    "let one of them select a workload",
)
SELECTOR_MATCHES_NOTHING = Message(
    "KIA0004",
    "SelectorMatchesNothing",
    WARNING,
    "no workload in {place} has the labels {labels}",
    "correct the selector, or remove the object",
)
EXPORTED_TO_NOWHERE = Message(
    "KIA0005",
    "ExportedToNowhere",
    ERROR,
    "namespace {namespace} in exportTo does not exist",
    "correct the name, or create the namespace",
)
SOURCE_NAMESPACE = Message(
    "KIA0101",
    "SourceNamespaceNotFound",
    WARNING,
    "no namespace is called {namespace}",
    "correct the name, or create the namespace",
)
METHOD = Message(
    "KIA0102",
    "InvalidMethod",
    WARNING,
    "{method} is no HTTP method: the rule never matches",
    "use a method such as GET, or a prefix or suffix of one with *; a gRPC method belongs into paths",
)
POLICY_HOST = Message(
    "KIA0104",
    "PolicyHostNotFound",
    ERROR,
    "host {host} is no service of the mesh",
    "correct the host, or create the Service or ServiceEntry",
)
NEEDS_MUTUAL_TLS = Message(
    "KIA0105",
    "FieldNeedsMutualTLS",
    ERROR,
    "the caller's identity is known with mutual TLS only, and {reason}",
    "turn mutual TLS on for the workloads that the policy is for, or match by something else",
)
PRINCIPAL = Message(
    "KIA0106",
    "PrincipalNotFound",
    ERROR,
    "there is no service account {principal}",
    "write <trust domain>/ns/<namespace>/sa/<service account> of one that there is",
)
SEVERAL_RULES = Message(
    "KIA0201",
    "SeveralDestinationRules",
    WARNING,
    "{others} also configure host {host}{subset}",
    "merge them into one DestinationRule",
)
RULE_HOST = Message(
    "KIA0202",
    "DestinationRuleHostNotFound",
    ERROR,
    "host {host} is no service of the mesh",
    "correct the host, or create the Service or ServiceEntry",
)
SUBSET_LABELS = Message(
    "KIA0203",
    "SubsetMatchesNothing",
    ERROR,
    "no workload of {host} has the labels of subset {subset}: {labels}",
    "correct the subset's labels",
)
MUTUAL_TLS_OVERRIDDEN = Message(
    "KIA0204",
    "MutualTLSOverridden",
    WARNING,
    "{others} set mutual TLS for this host too, and this more exact rule, which sets no TLS, takes their place",
    "set trafficPolicy.tls.mode: ISTIO_MUTUAL here as well",
)
MESH_POLICY_MISSING = Message(
    "KIA0205",
    "MeshPeerAuthenticationMissing",
    ERROR,
    "clients use mutual TLS towards the whole mesh, and no PeerAuthentication of the mesh accepts it",
    "declare a PeerAuthentication without a selector in {root}, STRICT or PERMISSIVE",
)
NAMESPACE_POLICY_MISSING = Message(
    "KIA0206",
    "NamespacePeerAuthenticationMissing",
    ERROR,
    "clients use mutual TLS towards the whole namespace, and no PeerAuthentication of it or of the mesh accepts it",
    "declare a PeerAuthentication without a selector in {namespace}, STRICT or PERMISSIVE",
)
POLICY_IS_STRICT = Message(
    "KIA0207",
    "NamespacePolicyIsStrict",
    ERROR,
    "clients send plain text, and {policy} accepts mutual TLS only",
    "make it PERMISSIVE, or remove the rule that disables TLS",
)
MESH_POLICY_IS_STRICT = Message(
    "KIA0208",
    "MeshPolicyIsStrict",
    ERROR,
    "clients send plain text, and {policy} accepts mutual TLS only",
    "make it PERMISSIVE, or remove the rule that disables TLS",
)
SUBSET_WITHOUT_LABELS = Message(
    "KIA0209",
    "SubsetWithoutLabels",
    WARNING,
    "subset {subset} has no labels: it is all of the host",
    "set the labels that tell the subset's workloads apart",
)
SEVERAL_GATEWAYS = Message(
    "KIA0301",
    "SeveralGatewaysForHost",
    WARNING,
    "{others} also serve host {host} at port {port} of the same workloads",
    "keep a host at a port in one Gateway",
)
GATEWAY_SELECTOR = Message(
    "KIA0302",
    "GatewaySelectorMatchesNothing",
    WARNING,
    "no workload has the labels of the gateway's selector: {labels}",
    "correct the selector, or deploy the gateway",
)
MESH_RULE_MISSING = Message(
    "KIA0401",
    "MeshDestinationRuleMissing",
    ERROR,
    "the mesh accepts mutual TLS only, automatic mutual TLS is off, and no DestinationRule makes clients use it",
    "turn enableAutoMtls on, or declare a DestinationRule for *.local with tls.mode ISTIO_MUTUAL",
)
NAMESPACE_RULE_MISSING = Message(
    "KIA0501",
    "NamespaceDestinationRuleMissing",
    ERROR,
    "the namespace accepts mutual TLS only, automatic mutual TLS is off, and no DestinationRule makes clients use it",
    "turn enableAutoMtls on, or declare a DestinationRule for {host} with tls.mode ISTIO_MUTUAL",
)
NAMESPACE_STILL_MUTUAL = Message(
    "KIA0505",
    "NamespaceClientsStillUseMutualTLS",
    ERROR,
    "the namespace refuses mutual TLS, and {rule} makes clients use it",
    "disable TLS in a DestinationRule for {host}",
)
MESH_STILL_MUTUAL = Message(
    "KIA0506",
    "MeshClientsStillUseMutualTLS",
    ERROR,
    "the mesh refuses mutual TLS, and {rule} makes clients use it",
    "disable TLS in that rule",
)
PORT_NAME = Message(
    "KIA0601",
    "PortNameWithoutProtocol",
    ERROR,
    "port name {name!r} does not begin with a protocol",
    "name it <protocol>[-<suffix>], such as http-web, or set appProtocol",
)
APP_PROTOCOL = Message(
    "KIA0602",
    "InvalidAppProtocol",
    ERROR,
    "Istio has no protocol {protocol!r}",
    "set appProtocol to one such as http, grpc or tcp",
)
NO_DEPLOYMENT_EXPOSES = Message(
    "KIA0701",
    "NoDeploymentExposesPort",
    WARNING,
    "port {port} goes to port {target}, which no container of {deployment} has",
    "correct targetPort, or add the port to the container",
)
SIDECAR_HOST = Message(
    "KIA1004",
    "SidecarHostNotFound",
    WARNING,
    "host {host} is no service of the mesh",
    "write <namespace>/<host> of a Service or ServiceEntry that there is, or create it",
)
ROUTE_HOST = Message(
    "KIA1101",
    "RouteHostNotFound",
    ERROR,
    "host {host} is no service of the mesh",
    "correct the host, or create the Service or ServiceEntry",
)
GATEWAY = Message(
    "KIA1102",
    "GatewayNotFound",
    ERROR,
    "Gateway {gateway} does not exist",
    "write <namespace>/<name> of a Gateway that there is, or create it",
)
SINGLE_WEIGHT = Message(
    "KIA1104",
    "WeightOfSingleDestination",
    WARNING,
    "weight {weight} has no effect: the only destination gets all requests",
    "remove the weight, or add the other destinations",
)
REPEATED_DESTINATION = Message(
    "KIA1105",
    "DestinationRepeated",
    WARNING,
    "{host}{subset} is in this route already",
    "name a destination once, with the sum of the weights",
)
SEVERAL_VIRTUAL_SERVICES = Message(
    "KIA1106",
    "SeveralVirtualServices",
    WARNING,
    "{others} also route host {host} at {gateway}",
    "merge them into one VirtualService",
)
SUBSET_NOT_FOUND = Message(
    "KIA1107",
    "SubsetNotFound",
    WARNING,
    "no DestinationRule has subset {subset} of {host}",
    "define the subset in the host's DestinationRule, or correct its name",
)
PARENT_GATEWAY = Message(
    "KIA1401",
    "ParentGatewayNotFound",
    ERROR,
    "Gateway {gateway} does not exist, or takes no routes from this namespace",
    "correct the name, create the Gateway, or open a listener of it with allowedRoutes.namespaces",
)
