"""`mesh cluster tools`: everything that the cluster on this machine, Pulumi and the tests run, obtained beforehand."""

from __future__ import annotations

from local_cluster import cluster as clusters
from local_cluster import images, kind, toolchain
from local_cluster.pulumi import runtime

from .console import err, out, step

FOR_TESTS = ("istioctl", "kubectl", "fortio", "chromium")
"""Executables that tests run besides what Pulumi needs, where the cluster is a kind one."""


def tools() -> None:
    """Obtain and build every tool and image into the cache, showing which. Quick when they are there."""
    with step("Pulumi: CLI, language host, providers"):
        runtime.prepare()
    on_this_machine = not kind.wanted(clusters.kind_folder())
    with step("Tools of the local cluster and of the tests"):
        paths = toolchain.ensure_all(toolchain.names() if on_this_machine else FOR_TESTS)
    if on_this_machine:
        with step("Images"):
            images.archives()
    err.print(f"    in {toolchain.cache_dir()}")
    out.print(f"{len(paths)} executables ready")
