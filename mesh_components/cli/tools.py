"""`mesh cluster tools`: everything that the cluster on this machine, Pulumi and the tests run, obtained beforehand."""

from __future__ import annotations

from typing import Annotated

import typer

from local_cluster import cluster as clusters
from local_cluster import images, kind, toolchain
from local_cluster.node.node import PROGRAMS
from local_cluster.pulumi import runtime

from .console import err, out, step

FOR_TESTS = ("istioctl", "kubectl", "fortio", "chromium")
"""Executables that tests run besides what Pulumi needs, where the cluster is a kind one."""


def tools(
    up: Annotated[bool, typer.Option("--up", help="Only what `mesh up` needs: tests on a cluster can begin.")] = False,
) -> None:
    """Obtain and build every tool and image into the cache, showing which. Quick when they are there."""
    with step("Pulumi: CLI, language host, providers"):
        runtime.prepare()
    on_this_machine = not kind.wanted(clusters.kind_folder())
    everything = toolchain.names() if on_this_machine else FOR_TESTS
    with step("Tools of the local cluster" if up else "Tools of the local cluster and of the tests"):
        paths = toolchain.ensure_all((*PROGRAMS, "kubectl") if up and on_this_machine else everything)
    if on_this_machine:
        with step("Images"):
            images.archives()
    err.print(f"    in {toolchain.cache_dir()}")
    out.print(f"{len(paths)} executables ready")
