"""`mesh render --gitops`: a folder for each step of an installation, and the marks that Argo CD and Flux read.

What waits for what is in ``mesh_components/mesh.py``, where Pulumi orders it object by object; here it is three steps,
because `kubectl apply`, a wave of Argo CD and a Kustomization of Flux each apply many objects, and wait after them.

Facts: Argo CD's ``docs/user-guide/sync-waves.md`` and ``sync-options.md`` (3.6), Flux's
``kustomize-controller/docs/spec/v1/kustomizations.md`` (1.9).
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any

from mesh_components.manifests import istiod

from .rendered import RANKS, Rendered

BASE = "1-base"
"""CRDs, and istiod's namespace: a CA that is not made here has to be in it before istiod starts."""
ISTIOD = "2-istiod"
"""What istiod needs to answer, its webhooks included."""
MESH = "3-mesh"
"""What needs an istiod that answers: gateways, node agents, namespaces of apps, Istio's own objects."""

STEPS = (BASE, ISTIOD, MESH)
"""Folders, in the order to apply."""

LATER = ("DaemonSet", "HorizontalPodAutoscaler", "PodDisruptionBudget")
"""Kinds of the last step, whosever they are. An autoscaler is not well before there are metrics, which a cluster may
never have: Argo CD goes on to the next wave when everything in this one is healthy, and to nowhere when it is not."""

OF_ISTIOD_OR_LATER = ("Deployment", "Service")
"""Kinds of the last step unless istiod's: a gateway's pods may need the injector, its Service waits for an address."""

PART = "app.kubernetes.io/name"
"""Label that says of which part an object is."""

WAVE = "argocd.argoproj.io/sync-wave"
WAVES: Mapping[str, str] = {BASE: "-2", ISTIOD: "-1"}
"""Argo CD's order; the last step is in wave 0, where everything is that has no mark."""

KEPT = ("CustomResourceDefinition", "Namespace")
"""Kinds whose deletion deletes what the mesh never declared: every object of a kind, everything in a namespace."""
KEEP: Mapping[str, str] = {
    "argocd.argoproj.io/sync-options": "Prune=false,Delete=false",
    "kustomize.toolkit.fluxcd.io/prune": "disabled",
}

VARIABLE = "${"
"""How Flux's variables begin, and also what a shell in an injection template reads."""
LITERAL: Mapping[str, str] = {"kustomize.toolkit.fluxcd.io/substitute": "disabled"}
"""For objects with such texts: Flux's substitution would put nothing in their place."""


def in_steps(objects: Sequence[Rendered], home: str) -> list[Rendered]:
    """Return objects with their files in the folders of their steps, and marked, in the order to apply.

    :param home: istiod's namespace
    """
    return sorted((_placed(one, step(one.manifest, home)) for one in objects), key=lambda one: one.file)


def step(item: Mapping[str, Any], home: str) -> str:
    """Return the folder of an object.

    :param home: istiod's namespace
    """
    kind, metadata = item["kind"], item["metadata"]
    if kind == "CustomResourceDefinition" or (kind, metadata["name"]) == ("Namespace", home):
        return BASE
    others = kind in OF_ISTIOD_OR_LATER and metadata.get("labels", {}).get(PART) != istiod.PART
    elsewhere = kind == "Namespace" or metadata.get("namespace", home) != home
    # Kinds without a rank are custom resources, which istiod's webhook admits.
    return MESH if elsewhere or kind in LATER or kind not in RANKS or others else ISTIOD


def _placed(one: Rendered, folder: str) -> Rendered:
    metadata = one.manifest["metadata"]
    annotations = {**_marks(one.manifest, folder), **metadata.get("annotations", {})}
    described = {**metadata, "annotations": annotations} if annotations else metadata
    return dataclasses.replace(one, file=f"{folder}/{one.file}", manifest={**one.manifest, "metadata": described})


def _marks(item: Mapping[str, Any], folder: str) -> dict[str, str]:
    return {
        **({WAVE: WAVES[folder]} if folder in WAVES else {}),
        **(KEEP if item["kind"] in KEPT else {}),
        **(LITERAL if VARIABLE in json.dumps(item) else {}),
    }
