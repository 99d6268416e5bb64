"""The addons of a mesh, each wired to the others."""

from __future__ import annotations

from collections.abc import Callable

import pulumi

from mesh_components.component import MeshComponent, Waits
from mesh_components.manifests.observability import addons
from mesh_components.settings import MeshSettings

from .grafana import Grafana
from .jaeger import Jaeger
from .kiali import Kiali
from .prometheus import Prometheus


def declare_addons(
    name: str,
    mesh: MeshSettings,
    options: Callable[[str], pulumi.ResourceOptions],
    *,
    before_kiali: Waits,
    before_telemetry: Waits,
) -> dict[str, MeshComponent]:
    """Declare the addons, as far as there is something to declare, and return them by name.

    :param name: of the mesh
    :param options: returns the options of an addon, by its namespace
    :param before_kiali: what Kiali waits for: it reads istiod and Istio's kinds from its first moment on
    :param before_telemetry: what Istio objects wait for
    """
    wanted = mesh.addons
    found: dict[str, MeshComponent] = {}

    def called(addon: str) -> str:
        return f"{name}:{addon}"

    def placed(namespace: str | None) -> pulumi.ResourceOptions:
        return options(namespace or mesh.istio_namespace)

    if (prometheus := wanted.prometheus).enabled:
        found["prometheus"] = Prometheus(called("prometheus"), (mesh, prometheus), placed(prometheus.namespace))
    if (grafana := wanted.grafana).enabled:
        found["grafana"] = Grafana(
            called("grafana"),
            (mesh, grafana),
            placed(grafana.namespace),
            metrics=wanted.prometheus,
            traces=wanted.jaeger,
        )
    if (jaeger := wanted.jaeger).enabled or addons.telemetry(mesh):
        found["jaeger"] = Jaeger(called("jaeger"), (mesh, jaeger), placed(jaeger.namespace), waits=before_telemetry)
    if (kiali := wanted.kiali).enabled:
        found["kiali"] = Kiali(
            called("kiali"),
            (mesh, kiali),
            placed(kiali.namespace),
            backends=addons.backends(mesh),
            waits=before_kiali,
        )
    return found
