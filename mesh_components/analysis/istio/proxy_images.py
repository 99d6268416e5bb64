"""The image of the sidecars that run, against the one that injection gives now.

Upstream: `pkg/config/analysis/analyzers/injection/injection-image.go` and `…/util/proxyconfig.go` of istio/istio 1.31.
A plan laid over a cluster names here what has to be restarted after it. Beyond upstream: a namespace's revision may be
a tag, the variant may come from the values or the annotation that injection reads (`pkg/kube/inject/inject.go`), and
templates into which somebody has put the sidecar by hand count.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from ...validation.unknown import IsUnknown, holds_unknown
from .. import kinds
from ..analyzers import each
from ..finding import Finding
from ..injection import PROXY
from ..labelled import Labels, Selectors
from ..messages import ist
from ..resource import Resource
from ..shapes import fields
from ..world import Workload, World
from ..yaml_text import parsed_map
from .control_plane import IMAGE, injector, injectors, mesh_config, typed
from .image_auto import AUTO
from .injection import revision_of

IMAGE_ANNOTATION = "sidecar.istio.io/proxyImage"
TYPE_ANNOTATION = "sidecar.istio.io/proxyImageType"
CONFIG_ANNOTATION = "proxy.istio.io/config"
DEFAULT_TYPE = "default"


@each("injection.ImageAnalyzer", kinds.NAMESPACE)
def images(namespace: Resource, world: World) -> Iterator[Finding]:
    """Sidecars run the image that injection gives now."""
    revision = revision_of(namespace, world)
    values = world.derived(injectors).get(injector(revision)) if revision is not None else None
    if values is None:
        return
    wanted, variant = image(values.get("global", {})), values.get("global", {}).get("variant", "")
    other = []
    for workload in proxies(world, namespace.name):
        with suppress(IsUnknown):
            if not runs(workload, wanted, image_type(workload, world) or variant):
                other.append(workload.resource.name)
    if other:
        yield ist.PROXY_IMAGE_MISMATCH(namespace, ("metadata", "name"), pods=sorted(set(other)))


def image(values: Mapping[str, Any]) -> str:
    """Return the image that injection gives."""
    name = values.get("proxy", {}).get("image", "")
    return name if "/" in name else f"{values.get('hub', '')}/{name}:{values.get('tag', '')}"


def proxies(world: World, namespace: str) -> Iterator[Workload]:
    """Return the pods of a namespace, and the templates of what makes pods."""
    for pod in world.within(namespace, kinds.POD):
        yield Workload.of(pod)
    for workload in world.workloads_in(namespace):
        if workload.path:
            yield workload


def runs(workload: Workload, wanted: str, variant: str) -> bool:
    """Return whether all sidecars of a workload have an image, or its variant; without one, or with its own, it has."""
    if workload.annotations.get(IMAGE_ANNOTATION, ""):
        return True
    given = {container.get("image", "") for container in workload.containers if container.get("name", "") == PROXY}
    return given <= {wanted, f"{wanted}-{variant}", AUTO}


def image_type(workload: Workload, world: World) -> str:
    """Return the variant of the proxy's image that a workload asks for, by the most particular setting."""
    annotated = parsed_map(workload.annotations.get(CONFIG_ANNOTATION, ""))
    chosen = [
        workload.annotations.get(TYPE_ANNOTATION, ""),
        _type(typed(annotated, fields(image=IMAGE))),
        *world.derived(ProxyConfigs).types(workload, world.root_namespace),
        _type(world.derived(mesh_config).get("defaultConfig", {})),
    ]
    found = next(filter(None, chosen), "")
    return "" if found == DEFAULT_TYPE else found


def _type(config: Mapping[str, Any]) -> str:
    found: str = config.get("image", {}).get("imageType", "")
    return found


class ProxyConfigs:
    """ProxyConfig objects by what they are for. Get them by ``world.derived(ProxyConfigs)``."""

    def __init__(self, world: World) -> None:
        self._for_all: dict[str, list[Resource]] = defaultdict(list)
        selecting: list[tuple[Resource, Labels, str]] = []
        configs = list(world.all(kinds.PROXY_CONFIG))
        self._some_unknown = holds_unknown([[config.namespace, config.body.get("spec", {})] for config in configs])
        for config in configs if not self._some_unknown else ():
            if labels := config.spec.get("selector", {}).get("matchLabels", {}):
                selecting.append((config, labels, config.namespace))
            else:
                self._for_all[config.namespace].append(config)
        self._for_some = Selectors(selecting)

    def types(self, workload: Workload, root_namespace: str) -> Iterator[str]:
        """Return the variants that ProxyConfigs ask for: the workload's, its namespace's, the mesh's.

        :raises IsUnknown: when one may ask for another
        """
        if self._some_unknown:
            raise IsUnknown
        for configs in (
            self._for_some.all_selecting(workload.labels, workload.namespace),
            self._for_all.get(workload.namespace, []),
            self._for_all.get(root_namespace, []),
        ):
            for config in configs:
                yield _type(config.spec)
