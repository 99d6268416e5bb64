"""`mesh version`: of this package, of the control planes, of the proxies."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from importlib import metadata
from typing import Any

from local_cluster import cluster as clusters
from mesh_components.live.proxies import Istiod
from mesh_components.live.snapshot import ask_istiods
from mesh_components.versions import DEFAULT_VERSION, VERSIONS

from .console import out
from .live_cluster import ISTIO_NAMESPACE, IstioNamespaceOption, connect
from .options import ContextOption, Output, OutputOption

PACKAGE = "mesh-components"


def version(
    context: ContextOption = None,
    istio_namespace: IstioNamespaceOption = ISTIO_NAMESPACE,
    output: OutputOption = Output.TABLE,
) -> None:
    """Print the versions of this program, of the control planes and of the proxies."""
    cluster = clusters.status(context).cluster
    istiods = ask_istiods(connect(cluster), istio_namespace) if cluster else []
    found = versions(istiods)
    if output is Output.JSON:
        out.print_json(json.dumps(found))
        return
    client = found["client"]
    out.print(f"client: {client['version']}, declares Istio {client['istio']} (of {', '.join(client['supported'])})")
    if cluster is None:
        out.print("no cluster: `mesh up` makes one, or name a context of your own with --context")
        return
    for plane in found["controlPlanes"]:
        said = f"{plane['version']} ({plane['pods']} pods)" if plane["version"] else f"no answer: {plane['error']}"
        out.print(f"control plane, revision {plane['revision']}: {said}", markup=False, soft_wrap=True)
    if not istiods:
        out.print(f"control plane: none in namespace {istio_namespace}")
    counted = [f"{entry['version']} ({entry['proxies']} proxies)" for entry in found["dataPlane"]]
    out.print(f"data plane: {', '.join(counted) or 'none'}")


def versions(istiods: Sequence[Istiod]) -> dict[str, Any]:
    """Return the versions as data: this program's, each revision's, how many proxies have which."""
    planes = Counter((istiod.revision, istiod.version, istiod.error) for istiod in istiods)
    builds: Mapping[tuple[str, str], Mapping[str, str]] = {
        (istiod.revision, istiod.version): istiod.build for istiod in istiods
    }
    proxies = Counter(proxy.version for istiod in istiods for proxy in istiod.proxies)
    return {
        "client": {"version": metadata.version(PACKAGE), "istio": DEFAULT_VERSION, "supported": list(VERSIONS)},
        "controlPlanes": [
            {
                "revision": revision,
                "version": name,
                "pods": pods,
                "build": dict(builds[revision, name]),
                **({"error": error} if error else {}),
            }
            for (revision, name, error), pods in sorted(planes.items())
        ],
        "dataPlane": [{"version": name, "proxies": number} for name, number in sorted(proxies.items())],
    }
