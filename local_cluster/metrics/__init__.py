"""A stand-in for Istio's own stats filter, for a node whose proxies are stock Envoy and do not have it.

Istio's proxies count requests in `istio.stats` and learn who is at the other end from `istio.metadata_exchange` and
`envoy.filters.*.metadata_exchange`. Stock Envoy has none of the three. It has other means, which EnvoyFilter objects
put in their place here:

- who calls: each proxy sends its workload's names in request headers, the one that takes the request keeps and removes
  them (`peers.py`);
- who is called: the names that istiod gives with each endpoint, as Istio's filter takes them where it has no better;
- what is counted: Envoy's stats access logger, one count for each request or connection that ended, with labels that
  the proxy at hand knows (`envoy_filters.py`, `labels.py`);
- the names: Envoy puts `envoy_wasmcustom_` before them, and the endpoint's names come in one piece. Prometheus mends
  both as it reads (`relabelling.py`).

What is there has Istio's names and meaning: `istio_requests_total`, `istio_request_duration_milliseconds`,
`istio_request_bytes`, `istio_response_bytes`, `istio_tcp_sent_bytes_total`, `istio_tcp_received_bytes_total`,
`istio_tcp_connections_closed_total`. What is left out, because stock Envoy does not know it: TCP as the server's proxy
reports it (who is at the other end is not in any header), TCP connections that are still open, gRPC messages, and the
labels `*_app` and `*_version`, which `*_canonical_service` and `*_canonical_revision` nearly always repeat.

Nothing here is for any other cluster.
"""

from local_cluster.metrics.envoy_filters import objects
from local_cluster.metrics.relabelling import METRIC_RELABEL_CONFIGS

__all__ = ["METRIC_RELABEL_CONFIGS", "objects"]
