"""Launchers: the small scripts through which the engine starts the stand-ins and the providers we built.

A plugin outlives an engine that is killed. So each launcher leaves two marks in the environment of what it starts,
which everything started from there inherits: whose plugin it is, and which engine it belongs to. `locks` finds
survivors by them.
"""

import shlex
import sys
from pathlib import Path

import local_cluster

OWNER_MARK = "MESH_PULUMI_HOME"
"""Environment variable of every process of our plugins: the PULUMI_HOME of the engine that started it."""
ENGINE_MARK = "MESH_PULUMI_ENGINE"
"""Environment variable of every process of our plugins: `<pid>:<start time>` of the engine, as in /proc/<pid>/stat
(Linux).
"""

# The shell's own means only: a launcher runs for each plugin of each preview.
_SCRIPT = """\
#!/bin/sh
start_time() {{ printf %s "${{20}}"; }}
stat=
if [ -r "/proc/$PPID/stat" ]; then read -r stat < "/proc/$PPID/stat"; fi
export {owner}="$PULUMI_HOME"
export {engine}="$PPID:$(start_time ${{stat##*) }})"
exec {command} "$@"
"""
_RUN_MODULE = (
    "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); "
    "runpy.run_module(sys.argv.pop(1), run_name='__main__', alter_sys=True)"
)


def of_module(module: str) -> str:
    """Return a launcher that runs one of this project's modules with the Python that runs now."""
    # The engine's working folder is the user's: nothing there may be imported by accident (-P), and the program
    # that the
    # language host runs must not inherit our import path (no PYTHONPATH).
    root = Path(local_cluster.__file__).parent.parent
    return _script(sys.executable, "-P", "-c", _RUN_MODULE, str(root), module)


def of_program(program: Path) -> str:
    """Return a launcher that runs an executable."""
    return _script(str(program))


def write(path: Path, script: str) -> None:
    """Write a launcher in one step, so that an engine that starts meanwhile finds the old or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.read_text(encoding="utf-8") == script:
        return
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_text(script, encoding="utf-8")
    temporary.chmod(0o755)
    temporary.replace(path)


def _script(*command: str) -> str:
    return _SCRIPT.format(owner=OWNER_MARK, engine=ENGINE_MARK, command=shlex.join(command))
