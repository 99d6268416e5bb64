"""A small shop on a mesh of its own: what each setting does can be seen in Kiali within seconds."""

import apps
import pulumi

from mesh_components import (
    DefaultDeny,
    IngressHost,
    Mesh,
    ServiceTraffic,
    cluster_provider,
    configured_mesh,
    observe,
)

settings = configured_mesh()
config = pulumi.Config("shop")
declared = observe(settings)
cluster = cluster_provider()
mesh = Mesh("mesh", settings, pulumi.ResourceOptions(providers=[cluster]))
for name, value in mesh.outputs().items():
    pulumi.export(name, value)

after = pulumi.ResourceOptions(providers=[cluster], depends_on=[mesh])
shop = apps.apps(ratings_v2_fails=config.get_bool("ratingsV2Fails") or False)
apps.declare(shop, config.require("image"), pulumi.ResourceOptions(provider=cluster, depends_on=[mesh]))

# The way in, for one host.
IngressHost("shop", {"namespace": "shop", "hosts": ["shop.example.com"], "service": "frontend", "port": 80}, after)

# A new version of the cart gets a few requests, and all those of its testers.
new = config.get_int("cartV2") or 0
tester = {"match": [{"headers": {"x-user": {"exact": "tester"}}}], "weights": {"v2": 100}}
ServiceTraffic(
    "cart",
    {"namespace": "shop", "service": "cart", "routes": [tester], "weights": {"v1": 100 - new, "v2": new}},
    after,
)

# A pod that fails five times on end is left out for ten seconds, and then tried again.
breaker = {
    "consecutive5xxErrors": 5,
    "interval": "1s",
    "baseEjectionTime": "10s",
    "maxEjectionPercent": 50,
}
ServiceTraffic(
    "ratings",
    {
        "namespace": "shop",
        "service": "ratings",
        "timeout": "1s",
        "retries": {"attempts": 0},
        **({"outlierDetection": breaker} if config.get_bool("breaker") else {}),
    },
    after,
)

# Nobody may ask anybody, but for what the shop is made of.
may_ask = {"frontend": "istio-system/istio-ingressgateway-service-account", "ratings": "catalog"}
may_ask |= {"catalog": "frontend", "cart": "frontend"}
DefaultDeny(
    "shop",
    {
        "namespace": "shop",
        "allow": {
            f"to-{name}": {"selector": {"app": name}, "rules": [{"serviceAccounts": [caller]}]}
            for name, caller in may_ask.items()
        },
    },
    after,
)
pulumi.run(declared.judge)
