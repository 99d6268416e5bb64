"""The scripts of `ci/scripts/`, as modules: they are no package, because people copy them into repositories."""

from __future__ import annotations

import importlib
import io
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from .conftest import SCRIPTS
from .github_runner import SYSTEM_PATH


def module(name: str) -> Any:
    """Return a script as a module."""
    folder = str(SCRIPTS)
    if folder not in sys.path:
        sys.path.append(folder)
    return importlib.import_module(name)


@dataclass(frozen=True)
class Done:
    """How a script ended, and what it printed."""

    returncode: int
    stdout: str
    stderr: str


def call(name: str, *arguments: str, folder: Path, **variables: str) -> Done:
    """Run a script in this process, which takes no time; anything that it does not expect is raised."""
    out, err = io.StringIO(), io.StringIO()
    script, run_script = module(name), module("errors").run
    with (
        patch.dict(os.environ, {"PATH": SYSTEM_PATH, **variables}, clear=True),
        patch.object(sys, "argv", [name, *arguments]),
        chdir(folder),
        redirect_stdout(out),
        redirect_stderr(err),
        pytest.raises(SystemExit) as ended,
    ):
        run_script(script.main)
    code = ended.value.code
    return Done(code if isinstance(code, int) else 1, out.getvalue(), err.getvalue())


def run(name: str, *arguments: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a script as a job does, by a Python that has nothing but the standard library."""
    environment: Mapping[str, str] = {"PATH": SYSTEM_PATH, "HOME": str(folder), **variables}
    line = ["python3", "-I", "-c", RUN, str(SCRIPTS / f"{name}.py"), *arguments]
    return subprocess.run(line, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)


RUN = """
import runpy, sys
sys.argv = sys.argv[1:]
sys.path.insert(0, sys.argv[0].rpartition("/")[0])
runpy.run_path(sys.argv[0], run_name="__main__")
"""
"""Runs a script with the folder that it is in, which `-I` leaves out along with the user's own packages."""
