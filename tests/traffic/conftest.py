"""Pulumi's engine, the API server and the webhook of the real istiod, as other tests have them."""

from tests.engine.conftest import project, runtime
from tests.validation.conftest import cluster, kubeconfig, webhook

__all__ = ["cluster", "kubeconfig", "project", "runtime", "webhook"]
