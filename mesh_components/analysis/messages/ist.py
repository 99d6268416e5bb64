"""Istio's messages: its codes, names and levels, with words of our own.

Codes, names and levels: `pkg/config/analysis/msg/messages.yaml` of istio/istio 1.31.
"""

from __future__ import annotations

from ..finding import Message, Severity

ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO

DEPRECATED = Message("IST0002", "Deprecated", WARNING, "deprecated: {detail}", "use what takes its place")
REFERENCED_RESOURCE_NOT_FOUND = Message(
    "IST0101",
    "ReferencedResourceNotFound",
    ERROR,
    "{reftype} {refval!r} does not exist",
    "create it, or correct the name (a short name is looked for in the object's own namespace)",
)
NAMESPACE_NOT_INJECTED = Message(
    "IST0102",
    "NamespaceNotInjected",
    INFO,
    "namespace {namespace} says nothing about sidecar injection",
    "declare it with injection enabled or disabled; a label istio-injection says which",
)
POD_MISSING_PROXY = Message(
    "IST0103",
    "PodMissingProxy",
    WARNING,
    "pod {pod} has no sidecar, though its namespace has injection on",
    "restart the workload (kubectl rollout restart); pods get a sidecar when they are created",
)
SCHEMA_VALIDATION_ERROR = Message(
    "IST0106", "SchemaValidationError", ERROR, "{problem}", "correct the field; istiod's webhook refuses the object"
)
MISPLACED_ANNOTATION = Message(
    "IST0107",
    "MisplacedAnnotation",
    WARNING,
    "annotation {annotation} means nothing on a {kind}; it belongs on {allowed}",
    "move it to where it counts",
)
UNKNOWN_ANNOTATION = Message(
    "IST0108",
    "UnknownAnnotation",
    WARNING,
    "Istio has no annotation {annotation}",
    "correct its name, or remove it",
)
CONFLICTING_MESH_GATEWAY_HOSTS = Message(
    "IST0109",
    "ConflictingMeshGatewayVirtualServiceHosts",
    ERROR,
    "VirtualServices {virtual_services} all route host {host} inside the mesh; which one wins is not defined",
    "merge them into one VirtualService",
)
CONFLICTING_SIDECAR_SELECTORS = Message(
    "IST0110",
    "ConflictingSidecarWorkloadSelectors",
    ERROR,
    "Sidecars {sidecars} in namespace {namespace} both select {workload}",
    "let one Sidecar select a workload",
)
MULTIPLE_SIDECARS_WITHOUT_SELECTORS = Message(
    "IST0111",
    "MultipleSidecarsWithoutWorkloadSelectors",
    ERROR,
    "Sidecars {sidecars} in namespace {namespace} have no workloadSelector; which one counts is not defined",
    "keep one as the namespace's default, and give the others a selector",
)
DESTINATION_PORT_REQUIRED = Message(
    "IST0112",
    "VirtualServiceDestinationPortSelectorRequired",
    ERROR,
    "{host} has several ports ({ports}), and the destination names none",
    "set destination.port.number",
)
DEPLOYMENT_IN_MULTIPLE_SERVICES = Message(
    "IST0116",
    "DeploymentAssociatedToMultipleServices",
    WARNING,
    "port {port} of deployment {deployment} is in several Services with different protocols: {services}",
    "give the port one protocol in all of them",
)
PORT_NAME_CONVENTION = Message(
    "IST0118",
    "PortNameIsNotUnderNamingConvention",
    INFO,
    "port name {name!r} (port {port}, targetPort {target_port}) does not say which protocol it speaks",
    "name it <protocol>[-<suffix>], such as http-web, or set appProtocol",
)
MULTIPLE_INJECTION_LABELS = Message(
    "IST0123",
    "NamespaceMultipleInjectionLabels",
    WARNING,
    "the namespace has several labels that decide injection: {labels}",
    "keep one: istio-injection or istio.io/rev",
)
INVALID_ANNOTATION = Message(
    "IST0125", "InvalidAnnotation", WARNING, "annotation {annotation}: {problem}", "correct its value"
)
UNKNOWN_SERVICE_REGISTRY = Message(
    "IST0126",
    "UnknownMeshNetworksServiceRegistry",
    ERROR,
    "network {network} takes endpoints from registry {registry}, and no cluster has that name",
    "use the name of a cluster that istiod knows (multiCluster.clusterName, or a remote secret's)",
)
NO_MATCHING_WORKLOADS = Message(
    "IST0127",
    "NoMatchingWorkloadsFound",
    WARNING,
    "no workload has the labels that this selects: {labels}",
    "correct the selector, or remove the policy",
)
NO_SERVER_CERT_VERIFICATION = Message(
    "IST0128",
    "NoServerCertificateVerificationDestinationLevel",
    WARNING,
    "TLS mode {mode} for host {host} without caCertificates or a credential: any server's certificate is accepted",
    "set tls.caCertificates (system for the usual authorities), or a credentialName with ca.crt",
)
NO_SERVER_CERT_VERIFICATION_PORT = Message(
    "IST0129",
    "NoServerCertificateVerificationPortLevel",
    WARNING,
    "TLS mode {mode} for host {host} at port {port} without caCertificates or a credential: "
    "any server's certificate is accepted",
    "set tls.caCertificates (system for the usual authorities), or a credentialName with ca.crt",
)
UNREACHABLE_RULE = Message(
    "IST0130",
    "VirtualServiceUnreachableRule",
    WARNING,
    "{problem}",
    "remove it, or reorder the rules",
)
INEFFECTIVE_MATCH = Message(
    "IST0131",
    "VirtualServiceIneffectiveMatch",
    INFO,
    "{problem}",
    "remove it, or reorder the rules",
)
HOST_NOT_IN_GATEWAY = Message(
    "IST0132",
    "VirtualServiceHostNotFoundInGateway",
    WARNING,
    "gateway {gateway} serves none of the hosts {hosts}",
    "add the host to the Gateway's servers, or use a host that they have",
)
SCHEMA_WARNING = Message("IST0133", "SchemaWarning", WARNING, "{problem}", "correct the field")
ADDRESSES_REQUIRED = Message(
    "IST0134",
    "ServiceEntryAddressesRequired",
    WARNING,
    "a port of protocol {protocol} needs addresses: without them it takes the port's traffic of every other host too",
    "set spec.addresses, or turn on automatic address allocation",
)
DEPRECATED_ANNOTATION = Message(
    "IST0135",
    "DeprecatedAnnotation",
    INFO,
    "annotation {annotation} is deprecated{extra}",
    "use what takes its place",
)
ALPHA_ANNOTATION = Message(
    "IST0136",
    "AlphaAnnotation",
    INFO,
    "annotation {annotation} is of an alpha feature",
    "do not rely on it in production",
)
DEPLOYMENT_CONFLICTING_PORTS = Message(
    "IST0137",
    "DeploymentConflictingPorts",
    WARNING,
    "Services {services} send different ports ({ports}) to target port {target_port} of deployment {deployment}",
    "use one port for it in all Services",
)
GATEWAY_DUPLICATE_CERTIFICATE = Message(
    "IST0138",
    "GatewayDuplicateCertificate",
    WARNING,
    "Gateways {gateways} share a certificate: clients that reuse an HTTP/2 connection get a 404",
    "put the hosts into one Gateway, or give each its own certificate",
)
INVALID_WEBHOOK = Message(
    "IST0139", "InvalidWebhook", ERROR, "{problem}", "remove the webhook, or point it to what is there"
)
INGRESS_RULES_NOT_AFFECTED = Message(
    "IST0140",
    "IngressRouteRulesNotAffected",
    WARNING,
    "requests for {host} that come in by this VirtualService's gateways do not go by the subsets of "
    "VirtualService {virtual_service}, which is for {host} inside the mesh",
    "set destination.subset here too, if that is meant",
)
INVALID_APPLICATION_UID = Message(
    "IST0144",
    "InvalidApplicationUID",
    WARNING,
    "an application runs as user 1337, which is the sidecar's: its traffic goes around the sidecar",
    "run it as another user",
)
CONFLICTING_GATEWAYS = Message(
    "IST0145",
    "ConflictingGateways",
    ERROR,
    "Gateways {gateways} serve the same hosts ({hosts}) at port {port} of the same workloads ({selector})",
    "keep a host at a port in one Gateway",
)
IMAGE_AUTO_WARNING = Message(
    "IST0146",
    "ImageAutoWithoutInjectionWarning",
    WARNING,
    "{kind} {name} has a container with image auto, and no injection webhook selects its pods",
    "set the labels that injection goes by",
)
IMAGE_AUTO_ERROR = Message(
    "IST0147",
    "ImageAutoWithoutInjectionError",
    ERROR,
    "{kind} {name} has a container with image auto, and no injection webhook selects its pods: they cannot start",
    "set the labels that injection goes by",
)
INJECTION_BY_DEFAULT = Message(
    "IST0148",
    "NamespaceInjectionEnabledByDefault",
    INFO,
    "injection is on in the namespace, because enableNamespacesByDefault is set",
    "label it istio-injection=disabled if that is not wanted",
)
JWT_WITHOUT_REQUEST_AUTHENTICATION = Message(
    "IST0149",
    "JwtClaimBasedRoutingWithoutRequestAuthN",
    ERROR,
    "routing by JWT claim ({key}) at gateway {gateway}, whose pods ({pod}) have no RequestAuthentication",
    "add a RequestAuthentication for the gateway's pods; without one there are no claims",
)
EXTERNAL_NAME_PORT = Message(
    "IST0150",
    "ExternalNameServiceTypeInvalidPortName",
    WARNING,
    "port {name!r} of an ExternalName Service is plain TCP or says no protocol: it takes what is for other hosts at "
    "that port, too",
    "name it by a protocol that says the host, such as https or http-web",
)
ENVOY_RELATIVE_OPERATION = Message(
    "IST0151",
    "EnvoyFilterUsesRelativeOperation",
    WARNING,
    "{operation} is relative to other filters, and the EnvoyFilter has no priority",
    "set spec.priority, or use INSERT_FIRST or ADD",
)
ENVOY_REPLACE = Message(
    "IST0152",
    "EnvoyFilterUsesReplaceOperationIncorrectly",
    ERROR,
    "REPLACE works for HTTP_FILTER and NETWORK_FILTER only, not for {apply_to}",
    "use another operation",
)
ENVOY_ADD = Message(
    "IST0153",
    "EnvoyFilterUsesAddOperationIncorrectly",
    ERROR,
    "ADD does nothing for {apply_to}",
    "use MERGE or an INSERT operation",
)
ENVOY_REMOVE = Message(
    "IST0154",
    "EnvoyFilterUsesRemoveOperationIncorrectly",
    ERROR,
    "REMOVE does nothing for {apply_to}",
    "use another operation",
)
ENVOY_RELATIVE_WITH_VERSION = Message(
    "IST0155",
    "EnvoyFilterUsesRelativeOperationWithProxyVersion",
    WARNING,
    "{operation} is relative to other filters, and the match on proxyVersion makes their order uncertain in an upgrade",
    "set spec.priority, or use INSERT_FIRST or ADD",
)
INVALID_TELEMETRY_PROVIDER = Message(
    "IST0157",
    "InvalidTelemetryProvider",
    WARNING,
    "no extension provider for Telemetry {name} in namespace {namespace}",
    "name a provider of meshConfig.extensionProviders",
)
PROXY_IMAGE_MISMATCH = Message(
    "IST0158",
    "PodsIstioProxyImageMismatchInNamespace",
    WARNING,
    "pods run another proxy image than injection gives now: {pods}",
    "restart their workloads",
)
CONFLICTING_TELEMETRY_SELECTORS = Message(
    "IST0159",
    "ConflictingTelemetryWorkloadSelectors",
    ERROR,
    "Telemetries {telemetries} in namespace {namespace} both select {workload}",
    "let one Telemetry select a workload",
)
MULTIPLE_TELEMETRIES_WITHOUT_SELECTORS = Message(
    "IST0160",
    "MultipleTelemetriesWithoutWorkloadSelectors",
    ERROR,
    "Telemetries {telemetries} in namespace {namespace} have no selector; which one counts is not defined",
    "keep one as the namespace's default, and give the others a selector",
)
INVALID_GATEWAY_CREDENTIAL = Message(
    "IST0161",
    "InvalidGatewayCredential",
    ERROR,
    "the certificate or key that Gateway {gateway} in namespace {namespace} uses is not valid: {problem}",
    "put a valid pair, PEM, into the Secret",
)
GATEWAY_PORT_NOT_ON_SERVICE = Message(
    "IST0162",
    "GatewayPortNotDefinedOnService",
    WARNING,
    "no Service sends anything to port {port} of the pods that the Gateway selects ({selector})",
    "add the port to the gateway's Service; a Gateway names the pods' port when that is what the Service targets",
)
INVALID_EXTERNAL_CONTROL_PLANE = Message(
    "IST0163",
    "InvalidExternalControlPlaneConfig",
    WARNING,
    "webhook {webhook}: the external control plane's address {hostname!r} {problem}",
    "correct the address, or the DNS entry",
)
EXTERNAL_CONTROL_PLANE_IP = Message(
    "IST0164",
    "ExternalControlPlaneAddressIsNotAHostname",
    INFO,
    "webhook {webhook}: the external control plane's address {hostname} is an IP address",
    "use a name, so that its certificate can be verified",
)
INTERNAL_GATEWAY = Message(
    "IST0165",
    "ReferencedInternalGateway",
    WARNING,
    "{virtual_service} refers to {gateway}, which istiod makes for itself",
    "use an HTTPRoute with that Kubernetes Gateway as its parent",
)
INEFFECTIVE_SELECTOR = Message(
    "IST0166",
    "IneffectiveSelector",
    WARNING,
    "the selector selects pods of Kubernetes Gateway {gateway}, where it has no effect",
    "use targetRefs",
)
INEFFECTIVE_POLICY = Message(
    "IST0167",
    "IneffectivePolicy",
    WARNING,
    "the policy has no effect: {reason}",
    "correct what it applies to, or remove it",
)
NEGATIVE_CONDITION = Message(
    "IST0171",
    "NegativeConditionStatus",
    WARNING,
    "condition {type} is negative: {reason}, {message}",
    "mend what the condition reports",
)
SUBSET_SELECTS_NO_PODS = Message(
    "IST0173",
    "DestinationRuleSubsetNotSelectPods",
    ERROR,
    "subset {subset} selects no pods of the host: requests to it are answered with 503",
    "correct the subset's labels",
)
UNKNOWN_DESTINATION_RULE_HOST = Message(
    "IST0174",
    "UnknownDestinationRuleHost",
    WARNING,
    "host {host} is no service of the mesh",
    "correct the host, or create the Service or ServiceEntry",
)
JWKS_FETCH_UNRESTRICTED = Message(
    "IST0175",
    "JwksUriFetchUnrestricted",
    WARNING,
    "istiod fetches keys for {count} RequestAuthentications ({names}) from any address; "
    "BLOCKED_CIDRS_IN_JWKS_URIS is not set",
    "set pilot.env.BLOCKED_CIDRS_IN_JWKS_URIS to the ranges that it must not reach",
)
GATEWAY_API_CRD_TOO_OLD = Message(
    "IST0176",
    "GatewayAPICRDVersionBelowMinimum",
    WARNING,
    "CRD {crd} of the Gateway API is {version}; Istio reads that kind from {minimum} on and ignores it now",
    "install newer CRDs of the Gateway API",
)
CONFLICTING_SERVICE_ENTRY_PROTOCOL = Message(
    "IST0177",
    "ConflictingServiceEntryProtocol",
    WARNING,
    "ServiceEntries {service_entries} give host {host} at port {port} different protocols: {protocols}",
    "use one protocol",
)
