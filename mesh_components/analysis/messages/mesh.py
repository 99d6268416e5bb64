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
PODS_REFUSED = Message(
    "MESH0120",
    "PodSecurityRefusesPods",
    ERROR,
    "namespace {namespace} enforces the Pod Security level {level}, which refuses these pods: {reasons}",
    "change the pods, or let the namespace enforce a lower level",
)
SIDECARS_REFUSED = Message(
    "MESH0121",
    "PodSecurityRefusesSidecars",
    ERROR,
    "namespace {namespace} enforces the Pod Security level {level}, which refuses what is injected: {reasons}",
    "use Istio's CNI plugin (pilot.cni.enabled) and set global.proxy.seccompProfile, or enforce a lower level",
)
NAMESPACE_NOT_DISCOVERED = Message(
    "MESH0122",
    "NamespaceNotDiscovered",
    ERROR,
    "none of meshConfig.discoverySelectors selects namespace {namespace}, so istiod does not see it; yet {reason}",
    "give it labels that one of them selects, or select it",
)

MESH_ACCEPTS_PLAIN_TEXT = Message(
    "MESH0201",
    "MeshAcceptsPlainText",
    WARNING,
    "the mesh's mutual TLS is {mode}: a client without a certificate is let in wherever no policy says otherwise",
    "declare a PeerAuthentication without a selector in {root} with mtls.mode STRICT",
)
POLICY_ACCEPTS_PLAIN_TEXT = Message(
    "MESH0202",
    "PolicyAcceptsPlainText",
    WARNING,
    "mutual TLS is {mode} for {whom}: a client without a certificate is let in",
    "make it STRICT, or say so for the fewest ports that need it",
)
ANONYMOUS_KIALI = Message(
    "MESH0203",
    "AnonymousKialiMayWrite",
    ERROR,
    "Kiali asks nobody who they are (auth.strategy anonymous) and may change the mesh: so may all who reach it",
    "set auth.strategy to token or openid, or deployment.view_only_mode to true",
)
ALLOWS_EVERYTHING = Message(
    "MESH0204",
    "PolicyAllowsEverything",
    WARNING,
    "the rule has no conditions: every request is allowed, whatever the other rules say",
    "say from whom and to what",
)
ALLOWS_ANYBODY = Message(
    "MESH0205",
    "PolicyAllowsAnybody",
    WARNING,
    "{field} {value} matches every workload of the mesh",
    "name the principals or namespaces that need it",
)
ALLOWS_ALL_BUT = Message(
    "MESH0206",
    "PolicyAllowsAllBut",
    WARNING,
    "the rule allows all callers but some ({fields}): those that come later are allowed too",
    "name who is allowed, or deny those in a policy with action DENY",
)
WILDCARD_OPERATION = Message(
    "MESH0207",
    "PolicyWildcardSaysNothing",
    INFO,
    "{field} * matches everything, as leaving it out does",
    "leave it out, or say which are meant",
)
ALLOWS_NOTHING = Message(
    "MESH0208",
    "PolicyAllowsNothing",
    INFO,
    "an ALLOW policy without rules: every request is denied that no other policy allows",
    "keep it if it is meant as the default; else add rules",
)
DENIES_EVERYTHING = Message(
    "MESH0209",
    "PolicyDeniesEverything",
    WARNING,
    "the rule has no conditions, and the action is DENY: every request is denied, whatever other policies allow",
    "say from whom and to what; to deny by default, use an ALLOW policy without rules",
)
DENIES_NOTHING = Message(
    "MESH0210",
    "PolicyDeniesNothing",
    WARNING,
    "a DENY policy without rules denies nothing",
    "add rules, or remove it",
)
GATEWAY_FOR_EVERY_HOST = Message(
    "MESH0211",
    "GatewayForEveryHost",
    WARNING,
    "the server takes requests for every host, so that any VirtualService can put a host of its own there",
    "name the hosts, and with namespace/host who may route them",
)
PLAIN_BESIDE_TLS = Message(
    "MESH0212",
    "PlainTextBesideTLS",
    WARNING,
    "hosts {hosts} are served over TLS and over plain text as well",
    "set tls.httpsRedirect: true on the HTTP server",
)
OLD_TLS = Message(
    "MESH0213",
    "OldTLSVersion",
    WARNING,
    "{version} is allowed, which is no longer safe",
    "leave it out (TLS 1.2 is the default), or set TLSV1_2 or TLSV1_3",
)
CERTIFICATE_EXPIRED = Message(
    "MESH0214",
    "CertificateExpired",
    ERROR,
    "the certificate of {subject} in {key} {problem}",
    "put a new one into the Secret",
)
CERTIFICATE_EXPIRES = Message(
    "MESH0215",
    "CertificateExpiresSoon",
    WARNING,
    "the certificate of {subject} in {key} expires on {date}, in {days} days",
    "renew it in time; a CA before half of its life is over",
)
WEAK_CERTIFICATE = Message(
    "MESH0216",
    "WeakCertificate",
    WARNING,
    "the certificate of {subject} in {key} {problem}",
    "issue a new one with SHA-256, and an EC key or an RSA key of 2048 bits or more",
)
ENVOY_FILTER = Message(
    "MESH0217",
    "EnvoyFilterInUse",
    INFO,
    "an EnvoyFilter changes what istiod makes ({places}), for {whom}; no upgrade of Istio promises to keep it working",
    "use an API of Istio's where there is one, and test it with each upgrade",
)
ANY_OUTBOUND = Message(
    "MESH0218",
    "AnyOutboundTraffic",
    INFO,
    "workloads may call any address outside of the mesh (outboundTrafficPolicy ALLOW_ANY)",
    "set meshConfig.outboundTrafficPolicy.mode to REGISTRY_ONLY, and declare what they need in ServiceEntries",
)
NO_DEFAULT_DENY = Message(
    "MESH0219",
    "NothingDeniedByDefault",
    INFO,
    "no AuthorizationPolicy is for all of the namespace: what no policy selects, everybody may call",
    "declare an AuthorizationPolicy without a selector and without rules in the namespace, or in {root}",
)
POWERFUL_CONTAINER = Message(
    "MESH0220",
    "ContainerCanBypassSidecar",
    WARNING,
    "container {container} {how}: it can send its traffic around the sidecar",
    "leave it out, or run the pod outside of the mesh",
)
SHARED_ACCOUNT = Message(
    "MESH0221",
    "PolicyTrustsSharedAccount",
    WARNING,
    "{principal} is the identity of {count} workloads ({workloads}): the rule lets each of them in",
    "give each workload a ServiceAccount of its own, and name that",
)
OPTIONAL_TOKENS = Message(
    "MESH0222",
    "TokensAreOptional",
    WARNING,
    "requests without a token are let in: no AuthorizationPolicy asks for one",
    "declare an AuthorizationPolicy for the same workloads with source.requestPrincipals",
)
WILDCARD_ENTRY = Message(
    "MESH0223",
    "WildcardServiceEntry",
    INFO,
    "host {host} with resolution NONE: workloads may call any address that they take for it",
    "name the hosts, with resolution DNS",
)
RISKY_SETTING = Message(
    "MESH0224",
    "RiskySetting",
    WARNING,
    "{name}={value}: {why}",
    "leave it out",
)
