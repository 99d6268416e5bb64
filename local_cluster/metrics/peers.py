"""How a proxy learns who calls: headers that the caller's proxy sets and the called one's takes away.

Istio's metadata exchange does the same with `x-envoy-peer-metadata`. The names are other ones here, because what is in
them is written otherwise. As with Istio's, they are what the other side says of itself; who it is for certain, its
certificate says (`source_principal`).
"""

from collections.abc import Mapping
from typing import Any

from local_cluster.metrics.expressions import HAS_SERVICE, IS_EXTERNAL, LATEST, OWN, UNKNOWN, cel

HEADERS = {name: f"x-local-metrics-source-{name.replace('_', '-')}" for name in OWN}
"""The header for each name of the calling workload."""

METADATA = "local_metrics_source"
"""Where the called proxy keeps them: a namespace of the request's dynamic metadata."""

CALLER: Mapping[str, str] = {
    name: f"'{METADATA}' in metadata.filter_metadata && has(metadata.filter_metadata.{METADATA}.{name})"
    f" ? metadata.filter_metadata.{METADATA}.{name} : '{LATEST if name == 'canonical_revision' else UNKNOWN}'"
    for name in OWN
}
"""Expressions for the names of the calling workload, in the called proxy."""


def sender() -> dict[str, Any]:
    """Return the filter that tells the called proxy who calls; it tells nobody outside the mesh."""
    inside = f"{HAS_SERVICE} && !({IS_EXTERNAL})"
    changes = [
        change
        for name, header in HEADERS.items()
        for change in (
            # What an app or a client outside has put there is not what this proxy is.
            {"remove": header},
            {"append": {"header": {"key": header, "value": cel(f"{inside} ? ({OWN[name]}) : ''")}}},
        )
    ]
    return _filter("header_mutation.v3.HeaderMutation", {"mutations": {"request_mutations": changes}})


def receiver() -> dict[str, Any]:
    """Return the filter that keeps who calls, and removes it from what the app gets to see."""
    rules = [
        {
            "header": header,
            "on_header_present": {"metadata_namespace": METADATA, "key": name, "type": "STRING"},
            "remove": True,
        }
        for name, header in HEADERS.items()
    ]
    return _filter("header_to_metadata.v3.Config", {"request_rules": rules})


def _filter(kind: str, config: dict[str, Any]) -> dict[str, Any]:
    name = kind.partition(".")[0]
    return {
        "name": f"local-metrics.{name}",
        "typed_config": {"@type": f"type.googleapis.com/envoy.extensions.filters.http.{kind}", **config},
    }
