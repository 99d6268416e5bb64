"""The API server and the webhook of the real istiod, as the tests of validation have them."""

from tests.validation.conftest import cluster, kubeconfig, webhook

__all__ = ["cluster", "kubeconfig", "webhook"]
