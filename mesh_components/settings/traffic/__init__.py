"""Settings of traffic: what Kiali's wizards ask for, and what Istio has besides."""
