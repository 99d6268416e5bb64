"""Another team's stack: it takes part in a mesh that it does not declare, by what that mesh's stack tells."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pulumi
import pulumi_kubernetes as kubernetes

from mesh_components import MeshOutputs, cluster_provider

mesh = MeshOutputs.of(pulumi.StackReference(pulumi.Config().require("mesh")))
here = pulumi.ResourceOptions(provider=cluster_provider())


def injected(revision: str) -> Mapping[str, str]:
    """Return the label that has a namespace's pods injected by a revision, or by the control plane without one."""
    return {"istio.io/rev": revision} if revision else {"istio-injection": "enabled"}


def soon(expiry: str | None) -> None:
    """Say so where the mesh's CA ends within a quarter."""
    if expiry and datetime.fromisoformat(expiry) < datetime.now(UTC) + timedelta(days=90):
        pulumi.log.warn(f"the mesh's CA ends at {expiry}")


mesh.ca_expiry.apply(soon)
namespace = kubernetes.core.v1.Namespace(
    "orders", metadata={"name": "orders", "labels": mesh.revision.apply(injected)}, opts=here
)
inside = pulumi.ResourceOptions.merge(here, pulumi.ResourceOptions(depends_on=[namespace]))
# For clients outside of the mesh that have to trust it.
kubernetes.core.v1.ConfigMap(
    "mesh-root",
    metadata={"name": "mesh-root", "namespace": "orders"},
    data={"root-cert.pem": mesh.root_cert.apply(lambda pem: pem or "")},
    opts=inside,
)
kubernetes.apiextensions.CustomResource(
    "from-shop",
    api_version="security.istio.io/v1",
    kind="AuthorizationPolicy",
    metadata={"name": "from-shop", "namespace": "orders"},
    spec={
        "rules": [
            {"from": [{"source": {"principals": [pulumi.Output.concat(mesh.trust_domain, "/ns/shop/sa/default")]}}]}
        ]
    },
    opts=inside,
)
pulumi.export("meshVersion", mesh.version)
pulumi.export("caExpiry", mesh.ca_expiry)
