"""A small shop on a mesh, as its people write it, and short ways to say what is in its picture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from mesh_components.analysis import everything
from mesh_components.analysis.world import World, of
from mesh_components.topology.build import topology
from mesh_components.topology.graph import Edge, EdgeKind, Topology

SHOP = """
apiVersion: v1
kind: Namespace
metadata: {name: istio-system}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ingress, namespace: istio-system}
spec:
  replicas: 2
  template:
    metadata: {labels: {app: ingress, istio: ingressgateway}}
    spec:
      serviceAccountName: ingress
      containers: [{name: istio-proxy, image: example.com/proxyv2:1.31.0, args: [proxy, router]}]
---
apiVersion: v1
kind: Service
metadata: {name: ingress, namespace: istio-system}
spec:
  type: LoadBalancer
  selector: {istio: ingressgateway}
  ports: [{name: http, port: 80, targetPort: 8080}, {name: https, port: 443, targetPort: 8443}]
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: frontend, namespace: shop}
spec:
  template:
    metadata: {labels: {app: frontend}}
    spec:
      serviceAccountName: frontend
      containers: [{name: app, image: example.com/frontend, ports: [{name: web, containerPort: 8080}]}]
---
apiVersion: v1
kind: Service
metadata: {name: frontend, namespace: shop}
spec: {selector: {app: frontend}, ports: [{name: http, port: 80, targetPort: web}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart-v1, namespace: shop}
spec:
  replicas: 3
  template:
    metadata: {labels: {app: cart, version: v1}}
    spec: {serviceAccountName: cart, containers: [{name: app, image: example.com/cart}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart-v2, namespace: shop}
spec:
  template:
    metadata: {labels: {app: cart, version: v2}}
    spec: {serviceAccountName: cart, containers: [{name: app, image: example.com/cart}]}
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec: {selector: {app: cart}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Namespace
metadata: {name: legacy}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: bank, namespace: legacy}
spec:
  template:
    metadata: {labels: {app: bank}}
    spec: {containers: [{name: app, image: example.com/bank}]}
---
apiVersion: v1
kind: Service
metadata: {name: bank, namespace: legacy}
spec: {selector: {app: bank}, ports: [{name: http, port: 80}]}
"""
INGRESS, CART, V1, V2 = (
    "Deployment istio-system/ingress",
    "Service shop/cart",
    "Deployment shop/cart-v1",
    "Deployment shop/cart-v2",
)
FRONTEND, BANK = "Service shop/frontend", "Service legacy/bank"

SUBSETS = """
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: cart, namespace: shop}
spec:
  host: cart
  subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]
"""

ROUTES = """
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: public, namespace: shop}
spec:
  selector: {istio: ingressgateway}
  servers:
    - port: {number: 443, name: https, protocol: HTTPS}
      hosts: [shop.example.com]
      tls: {mode: SIMPLE, credentialName: shop}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: public, namespace: shop}
spec:
  hosts: [shop.example.com]
  gateways: [public]
  http:
    - match: [{uri: {prefix: /cart}}]
      timeout: 2s
      route: [{destination: {host: cart}}]
    - route: [{destination: {host: frontend}}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: cart, namespace: shop}
spec:
  hosts: [cart]
  http:
    - route:
        - {destination: {host: cart, subset: v1}, weight: 90}
        - {destination: {host: cart, subset: v2}, weight: 10}
      mirror: {host: bank.legacy.svc.cluster.local}
      mirrorPercentage: {value: 5}
"""
SECURED = """
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: istio-system}
spec: {mtls: {mode: STRICT}}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: cart, namespace: shop}
spec:
  selector: {matchLabels: {app: cart}}
  rules:
    - from: [{source: {principals: [cluster.local/ns/shop/sa/frontend]}}]
      to: [{operation: {methods: [GET]}}]
---
apiVersion: networking.istio.io/v1
kind: Sidecar
metadata: {name: frontend, namespace: shop}
spec:
  workloadSelector: {labels: {app: frontend}}
  egress: [{hosts: [./cart.shop.svc.cluster.local]}]
"""
ALL_OF_IT = (SHOP, SUBSETS, ROUTES, SECURED)


def world(*texts: str, **scope: Any) -> World:
    """Return the world of objects that are written as YAML; everything is there, unless the scope says otherwise."""
    return of(*(one for text in texts for one in yaml.safe_load_all(text) if one), **scope)


def picture(*texts: str, **scope: Any) -> Topology:
    """Return the picture of objects that are written as YAML, with everything that the analysis finds in them."""
    made = world(*texts, **scope)
    return topology(made, everything.analyze(made), "shop")


def shop(*texts: str, **scope: Any) -> Topology:
    """Return the picture of the shop with more objects."""
    return picture(SHOP, *texts, **scope)


def edges(found: Topology, *kinds: EdgeKind, by: str = "") -> list[Edge]:
    """Return the edges of some kinds, of one object by its name where one is named."""
    return [edge for edge in found.edges if edge.kind in kinds and by in edge.resource]


def ways(found: Iterable[Edge]) -> set[tuple[str, str]]:
    """Return where edges start and end."""
    return {(edge.source, edge.target) for edge in found}


def weights(found: Iterable[Edge]) -> Mapping[str, float | None]:
    """Return the weights of edges by where they end."""
    return {edge.target: edge.weight for edge in found}


def only(found: Iterable[Edge]) -> Edge:
    """Return the one edge that there is."""
    (edge,) = found
    return edge


def notes(found: Topology, at: str) -> dict[str, str]:
    """Return the notes of a node or of a namespace, by object."""
    part = found.by_id[at] if at in found.by_id else next(one for one in found.namespaces if one.id == at)
    return {note.resource: note.text for note in part.notes}
