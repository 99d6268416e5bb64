"""Analysis of a mesh: Kubernetes objects in, findings out. Pure: no Pulumi, no cluster, no terminal."""
