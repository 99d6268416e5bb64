"""Leaving when the engine is gone, so that no process survives a killed `pulumi`."""

import os
import threading
from collections.abc import Callable

POLL_SECONDS = 0.5
"""How often the parent is looked at. A dead engine leaves its plugins behind for about this long."""


def on_orphaned(action: Callable[[], None], *, parent: int | None = None) -> None:
    """Call `action` once, from a daemon thread, when this process's parent has ended.

    The engine starts its plugins directly, so a plugin whose parent changed has lost its engine. Linux's
    parent-death signal is no use here: it fires when the *thread* that started the plugin ends, and Go ends threads
    while it runs.

    `parent` is the expected parent's pid, by default the current one.
    """
    expected = os.getppid() if parent is None else parent
    stop = threading.Event()

    def watch() -> None:
        while os.getppid() == expected:
            stop.wait(POLL_SECONDS)
        action()

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
