"""The inputs of injection templates, as Go expressions with names of their own.

istiod hands each template a pod (`.ObjectMeta`, `.Spec`), its owner (`.DeploymentMeta`, `.TypeMeta`), the mesh's and
the proxy's config and the installation's `.Values` (`SidecarTemplateData` in Istio's `pkg/kube/inject/inject.go`).
Gateway API templates get a Gateway instead of a pod (`TemplateInput` in `pilot/pkg/config/kube/gatewaycommon`).

Everything starts at `$`, the whole input, so that expressions mean the same inside loops. Functions that templates may
call are Istio's (`pkg/kube/inject/template.go`) and sprig's. Annotations are those of `istio.io/api/annotation`.
"""

import json


def value(path: str) -> str:
    """One of the installation's values, such as `global.proxy.image`; nothing where it is not set."""
    return f"$.Values.{path}"


def annotation(name: str, default: str) -> str:
    """A pod annotation's text, else the text of another expression."""
    return f"annotation $.ObjectMeta {json.dumps(name)} {default}"


def own_annotation(name: str) -> str:
    """A pod annotation's text, else the empty string."""
    return f"index $.ObjectMeta.Annotations {json.dumps(name)}"


def has_annotation(name: str) -> str:
    """Whether the pod has an annotation, be it empty."""
    return f"isset $.ObjectMeta.Annotations {json.dumps(name)}"


def label(name: str) -> str:
    """A pod label's text, else the empty string."""
    return f"index $.ObjectMeta.Labels {json.dumps(name)}"


def default(*expressions: str) -> str:
    """The first expression that is not empty; each takes the place of those before it."""
    first, *others = expressions
    return " | ".join([first, *(f"default ({other})" for other in others)])


def either(*conditions: str) -> str:
    """Whether one of the conditions holds."""
    return "or " + " ".join(f"({condition})" for condition in conditions)


def both(*conditions: str) -> str:
    """Whether all conditions hold."""
    return "and " + " ".join(f"({condition})" for condition in conditions)


def no(condition: str) -> str:
    """Whether a condition does not hold."""
    return f"not ({condition})"


def equal(expression: str, literal: str) -> str:
    """Whether an expression is a given string."""
    return f"eq ({expression}) {json.dumps(literal)}"


ISTIOD_CERTIFICATES = equal(value("global.pilotCertProvider"), "istiod")
"""istiod signs its own serving certificate, so that proxies need the root that it publishes."""

GKE_CERTIFICATES = equal(value("global.caName"), "GkeWorkloadCertificate")
"""GKE's CSI driver delivers the workload certificates."""

CLUSTER_TRUST_BUNDLE = "eq ($.Values.pilot.env).ENABLE_CLUSTER_TRUST_BUNDLE_API true"
"""The root is read from a ClusterTrustBundle instead of a ConfigMap."""

TRUST_DOMAIN = f"valueOrDefault $.MeshConfig.TrustDomain {value('global.trustDomain')}"

STATUS_PORT = annotation("status.sidecar.istio.io/port", value("global.proxy.statusPort"))
"""The agent's health port; `0` for none."""

INTERCEPTION_MODE = annotation("sidecar.istio.io/interceptionMode", "$.ProxyConfig.InterceptionMode")
"""REDIRECT, TPROXY or NONE."""

PROXY_USER = default("$.ProxyUID", "1337")
PROXY_GROUP = default("$.ProxyGID", "1337")
