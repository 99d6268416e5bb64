"""Where this project keeps files on a user's machine.

Two folders, both outside the checkout: the *cache* holds what can be made again (built tools, unpacked packages,
virtual environments); the *state* holds what cannot (Pulumi's stacks, the passphrase, logs, pid files).
"""

import os
from pathlib import Path

import platformdirs

APPLICATION = "mesh-components"
"""Name of the application's folder under the user's cache and state folders."""


def cache_dir() -> Path:
    """Return the cache folder: `MESH_CACHE_DIR`, or the user's cache folder for this application. Not created here."""
    return _folder("MESH_CACHE_DIR", platformdirs.user_cache_path(APPLICATION))


def state_dir() -> Path:
    """Return the state folder: `MESH_STATE_DIR`, or the user's state folder for this application. Not created here."""
    return _folder("MESH_STATE_DIR", platformdirs.user_state_path(APPLICATION))


def _folder(variable: str, default: Path) -> Path:
    chosen = os.environ.get(variable)
    return Path(chosen).expanduser().absolute() if chosen else default
