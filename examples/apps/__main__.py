"""A program with apps of its own, and what they need of a mesh: a control plane, a namespace, a gateway."""

import pulumi
import pulumi_kubernetes as kubernetes

from mesh_components import (
    Base,
    CertificateAuthority,
    ControlPlane,
    ControlPlaneArgs,
    Gateway,
    MeshNamespace,
    MeshOutputs,
    SidecarInjection,
    cluster_provider,
)

cluster = cluster_provider()
mesh: ControlPlaneArgs = {"profile": "minimal", "meshConfig": {"accessLogFile": "/dev/stdout"}}


def after(*resources: pulumi.Resource) -> pulumi.ResourceOptions:
    """Return options for a part of the mesh that needs others to be ready."""
    return pulumi.ResourceOptions(providers=[cluster], depends_on=list(resources))


# The order that a Mesh makes by itself: CRDs, the CA and the injector's configuration, istiod, what istiod admits.
base = Base("mesh", mesh, after())
authority = CertificateAuthority("mesh", {"mesh": mesh, "authority": {"keyAlgorithm": "ECDSA"}}, after(base))
injection = SidecarInjection("mesh", mesh, after(base))
istiod = ControlPlane("mesh", mesh, after(base, authority, *injection.config_map))
shop = MeshNamespace(
    "shop",
    {"mesh": mesh, "namespace": {"name": "shop", "injection": "enabled", "mtls": "STRICT"}},
    after(istiod, injection),
)
edge = Gateway(
    "edge",
    {"mesh": mesh, "direction": "ingress", "gateway": {"name": "edge", "namespace": "shop"}},
    after(istiod, shop),
)

labels = {"app": "cart"}
in_shop = pulumi.ResourceOptions(provider=cluster, depends_on=[shop])
kubernetes.apps.v1.Deployment(
    "cart",
    metadata={"name": "cart", "namespace": "shop"},
    spec={
        "selector": {"match_labels": labels},
        "template": {
            "metadata": {"labels": labels},
            "spec": {
                "containers": [
                    {
                        "name": "cart",
                        "image": "docker.io/local/fortio:1",
                        "args": ["server"],
                        "ports": [{"container_port": 8080}],
                    }
                ]
            },
        },
    },
    opts=in_shop,
)
kubernetes.core.v1.Service(
    "cart",
    metadata={"name": "cart", "namespace": "shop"},
    spec={"selector": labels, "ports": [{"name": "http", "port": 80, "target_port": 8080}]},
    opts=in_shop,
)
routed = {
    "Gateway": {
        "selector": {"istio": "edge"},
        "servers": [{"port": {"name": "http", "number": 80, "protocol": "HTTP"}, "hosts": ["cart.example.com"]}],
    },
    "VirtualService": {
        "hosts": ["cart.example.com"],
        "gateways": ["cart"],
        "http": [{"route": [{"destination": {"host": "cart", "port": {"number": 80}}}]}],
    },
}
for kind, spec in routed.items():
    kubernetes.apiextensions.CustomResource(
        f"cart-{kind.lower()}",
        api_version="networking.istio.io/v1",
        kind=kind,
        metadata={"name": "cart", "namespace": "shop"},
        spec=spec,
        opts=in_shop,
    )

# What `Mesh` has as `outputs()`: other stacks read it, see ../consumer.
outputs = MeshOutputs(
    version=pulumi.Output.from_input("1.31.0"),
    revision=pulumi.Output.from_input(""),
    revision_tags=pulumi.Output.from_input({}),
    istio_namespace=pulumi.Output.from_input("istio-system"),
    trust_domain=pulumi.Output.from_input("cluster.local"),
    root_cert=authority.root_cert,
    ca_expiry=authority.ca_expiry,
    gateways=pulumi.Output.all(**{"shop/edge": edge.address}),
    namespaces=pulumi.Output.from_input(["shop"]),
)
for name, value in outputs.exports().items():
    pulumi.export(name, value)
