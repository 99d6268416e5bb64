"""Ties a child process to this one: killed when this one dies, however it dies.

Without it a killed build would leave a compiler behind, which goes on writing into a folder that the next run
cleans up.
"""

import ctypes
import signal
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def to_parent() -> None:
    """Ask the kernel to kill this process when its parent ends; for `preexec_fn`. Does nothing but on Linux."""
    if _libc:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
