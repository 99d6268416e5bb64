"""The versions of Istio that these tests run, and where upstream's files of each are."""

import os
from functools import cache
from pathlib import Path

from local_cluster import toolchain
from local_cluster.toolchain.table import ISTIO_MODULES
from mesh_components.settings import VERSIONS

EVERY_VERSION = "MESH_TEST_EVERY_VERSION"
"""Environment variable: set to run each version that has a Go module, instead of those that a test names."""


def tested(*usual: str) -> tuple[str, ...]:
    """The versions to test, newest first.

    Args:
        usual: the versions that are tested without the switch.
    """
    every = [version for version in reversed(list(VERSIONS)) if version in ISTIO_MODULES]
    return tuple(every) if os.environ.get(EVERY_VERSION) else usual


@cache
def source(version: str) -> Path:
    """Istio's source, a folder of Go's module cache."""
    return toolchain.module_dir(ISTIO_MODULES[version])
