"""A security review: what is allowed that need not be, and what is about to break.

What is only a risk is a warning in an environment like production, and for information in a trial (`environment.py`).
"""

from . import authorization, certificates, envoy_filters, gateways, istiod, kiali, mutual_tls, tokens, workloads

__all__ = [
    "authorization",
    "certificates",
    "envoy_filters",
    "gateways",
    "istiod",
    "kiali",
    "mutual_tls",
    "tokens",
    "workloads",
]
