"""What proxies know, as expressions of CEL and Envoy's command operators.

Facts: Envoy's attributes (`xds.*`, `connection.*`, `request.*`); which metadata istiod gives to clusters and endpoints
(`pilot/pkg/networking/core/cluster_builder.go` and `pilot/pkg/networking/util/util.go` of istio.io/istio 1.31) and
pilot-agent to the node (`pkg/bootstrap/config.go`); what Istio's own filter takes for each label
(`source/extensions/filters/http/istio_stats/istio_stats.cc` of istio/proxy).
"""

from collections.abc import Mapping

UNKNOWN = "unknown"
"""What Istio says for a name that it does not know."""
LATEST = "latest"
"""What Istio says for a workload's revision where none is known."""

_METADATA = "xds.cluster_metadata"


def cel(expression: str) -> str:
    """Return the command operator whose text is what an expression gives; it is empty where that fails."""
    return f"%CEL({expression})%"


def _in_cluster(field: str) -> str:
    """Whether the chosen cluster has this field among the metadata that istiod gave it."""
    known = f"has({_METADATA}) && 'istio' in {_METADATA}.filter_metadata"
    return f"{known} && has({_METADATA}.filter_metadata.istio.{field})"


HAS_SERVICE = _in_cluster("services")
"""Whether istiod named the Service that a cluster is for."""
IS_EXTERNAL = _in_cluster("external")
"""Whether a cluster is outside the mesh."""


def service(field: str, otherwise: str) -> str:
    """Return the expression for a field (`host`, `name`, `namespace`) of the Service that a cluster is for.

    :param otherwise: expression for where there is none
    """
    return f"{HAS_SERVICE} ? {_METADATA}.filter_metadata.istio.services[0].{field} : {otherwise}"


def _label(name: str, otherwise: str) -> str:
    labels = "xds.node.metadata.LABELS"
    return f"'{name}' in {labels} ? {labels}['{name}'] : '{otherwise}'"


OWN: Mapping[str, str] = {
    "workload": "xds.node.metadata.WORKLOAD_NAME",
    "workload_namespace": "xds.node.metadata.NAMESPACE",
    "canonical_service": _label("service.istio.io/canonical-name", UNKNOWN),
    "canonical_revision": _label("service.istio.io/canonical-revision", LATEST),
    "cluster": "xds.node.metadata.CLUSTER_ID",
}
"""Expressions for the names of the proxy's own workload, by the label they are for without `source_`, in the order in
which istiod has them in an endpoint's metadata."""
