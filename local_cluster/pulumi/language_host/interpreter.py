"""Which Python runs a program or plugin: the options of `runtime` in Pulumi.yaml, read as the released host reads them.

Source of the rules: the documentation of Pulumi's Python runtime options (`toolchain`, `virtualenv`, `typechecker`)
and the behaviour of the released host 3.259: a relative `virtualenv` is looked for from the project's root upwards,
plugins default to `venv`, and without a virtual environment `PULUMI_PYTHON_CMD`, `python3` or `python` on PATH is
taken.
"""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TOOLCHAINS = ("pip", "uv")
"""Toolchains whose environments this stand-in can run; poetry keeps its environments where only poetry finds them."""
TYPECHECKERS = ("mypy", "pyright")
"""Values of the `typechecker` option."""
_DEFAULT_ENVIRONMENTS = {"uv": ".venv"}
_PLUGIN_ENVIRONMENT = "venv"


class OptionError(Exception):
    """A runtime option that cannot be honoured; its text is shown to the user as it is."""


@dataclass(frozen=True)
class Interpreter:
    """A Python to run, and the environment variables that go with it.

    `virtualenv` is the virtual environment's folder, None for the ambient Python.
    """

    python: Path
    virtualenv: Path | None
    typechecker: str | None = None
    toolchain: str = "pip"

    def environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """Return `base` with the virtual environment activated: PATH, VIRTUAL_ENV, no PYTHONHOME."""
        result = dict(base)
        if self.virtualenv is None:
            return result
        result.pop("PYTHONHOME", None)
        result["VIRTUAL_ENV"] = str(self.virtualenv)
        path = [str(self.virtualenv / "bin"), *filter(None, [base.get("PATH")])]
        result["PATH"] = os.pathsep.join(path)
        return result


def resolve(root: Path, options: Mapping[str, object], *, plugin: bool = False) -> Interpreter:
    """Return the interpreter for a project.

    `root` is the folder of Pulumi.yaml (PulumiPlugin.yaml, PulumiPolicy.yaml); `options` is `runtime.options` of
    that file; `plugin` says that it is a component plugin, which never runs in the ambient Python.

    The interpreter's file need not exist yet (see `missing`). Raises OptionError for an option of the wrong type or
    an unsupported value.
    """
    toolchain = _choice(options, "toolchain", TOOLCHAINS) or "pip"
    typechecker = _choice(options, "typechecker", TYPECHECKERS)
    named = (
        _text(options, "virtualenv")
        or _DEFAULT_ENVIRONMENTS.get(toolchain)
        or (_PLUGIN_ENVIRONMENT if plugin else None)
    )
    if named is None:
        return Interpreter(_ambient(), None, typechecker, toolchain)
    folder = _search_upwards(root, Path(named))
    return Interpreter(folder / "bin" / "python", folder, typechecker, toolchain)


def missing(interpreter: Interpreter, root: Path) -> str | None:
    """Return what to tell the user when the interpreter's virtual environment does not exist, else None."""
    if interpreter.virtualenv is None or interpreter.python.is_file():
        return None
    return (
        f"{interpreter.virtualenv} is not a virtual environment, but the runtime options of the project in {root} name "
        f"it (runtime.options.virtualenv). Create it with `python3 -m venv {interpreter.virtualenv}` and install the "
        "project's requirements into it, or run `pulumi install`."
    )


def _search_upwards(root: Path, named: Path) -> Path:
    if named.is_absolute():
        return named
    # A virtual environment may be shared by projects below its folder.
    for folder in (root, *root.parents):
        if (folder / named / "bin" / "python").is_file():
            return folder / named
    return root / named


def _ambient() -> Path:
    wanted = os.environ.get("PULUMI_PYTHON_CMD")
    for name in [wanted] if wanted else ["python3", "python"]:
        found = shutil.which(name)
        if found:
            return Path(found)
    raise OptionError(
        f"No Python on PATH (looked for {wanted or 'python3, python'}). Name a virtual environment with "
        "runtime.options.virtualenv in Pulumi.yaml."
    )


def _text(options: Mapping[str, object], key: str) -> str | None:
    value = options.get(key)
    if value is None or isinstance(value, str):
        return value or None
    raise OptionError(f"runtime.options.{key} must be a string, not {value!r}")


def _choice(options: Mapping[str, object], key: str, allowed: tuple[str, ...]) -> str | None:
    value = _text(options, key)
    if value is None or value in allowed:
        return value
    raise OptionError(
        f"runtime.options.{key} is {value!r}; this project's stand-in for Pulumi's Python language host knows "
        f"{', '.join(allowed)}. "
        "Install the Pulumi CLI with its own language host to use anything else."
    )
