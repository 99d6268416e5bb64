"""What Prometheus changes of the stand-in's metrics as it reads them: the names, and a label in one piece.

Facts: Prometheus' `metric_relabel_configs`; of each rule with a target label, `replace` is the default action, and an
expression must match the whole text.
"""

from typing import Any

from local_cluster.metrics.envoy_filters import STATS_PREFIX
from local_cluster.metrics.expressions import LATEST, OWN, UNKNOWN
from local_cluster.metrics.labels import DESTINATION_PEER

_PARTS = tuple(OWN)


def _part(position: int) -> dict[str, Any]:
    """Return the rule that copies one part of the endpoint's names into its own label."""
    one = ["[^;]*"] * len(_PARTS)
    one[position] = "([^;]+)"
    return {
        "source_labels": [DESTINATION_PEER],
        "regex": ";".join(one),
        "target_label": f"destination_{_PARTS[position]}",
        "replacement": "$1",
    }


METRIC_RELABEL_CONFIGS: list[dict[str, Any]] = [
    {
        "source_labels": ["__name__"],
        "regex": f"envoy_{STATS_PREFIX}_(istio_.+)",
        "target_label": "__name__",
        "replacement": "$1",
    },
    # Only what clients' proxies report has an endpoint.
    {
        "source_labels": ["__name__", "reporter", DESTINATION_PEER],
        "regex": "istio_.+;source;",
        "target_label": DESTINATION_PEER,
        "replacement": ";".join("" if part == "canonical_revision" else UNKNOWN for part in _PARTS),
    },
    # istiod leaves out this revision, the commonest.
    {
        "source_labels": [DESTINATION_PEER],
        "regex": ".+",
        "target_label": "destination_canonical_revision",
        "replacement": LATEST,
    },
    *(_part(position) for position in range(len(_PARTS))),
    {"regex": DESTINATION_PEER, "action": "labeldrop"},
]
"""For the scrape jobs of pods."""
