"""A Kubernetes cluster and the tools to drive it, on this machine, from package registries alone."""
