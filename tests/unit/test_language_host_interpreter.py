"""Which Python the language host runs, by the options in Pulumi.yaml."""

import os
from pathlib import Path
from typing import Any

import pytest

from local_cluster.pulumi.language_host.interpreter import Interpreter, OptionError, missing, resolve


def environment(folder: Path) -> Path:
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").touch()
    return folder


@pytest.mark.parametrize(
    ("options", "plugin", "expected"),
    [
        ({"virtualenv": ".venv"}, False, ".venv"),
        ({"virtualenv": ".venv", "toolchain": "pip"}, False, ".venv"),
        ({"virtualenv": "env"}, True, "env"),
        ({}, True, "venv"),
        ({"toolchain": "uv"}, False, ".venv"),
    ],
)
def test_environment_is_the_named_one_or_the_default(
    tmp_path: Path, options: dict[str, Any], plugin: bool, expected: str
) -> None:
    found = resolve(tmp_path, options, plugin=plugin)
    assert found.virtualenv == tmp_path / expected
    assert found.python == tmp_path / expected / "bin" / "python"


def test_environment_is_looked_for_upwards(tmp_path: Path) -> None:
    shared = environment(tmp_path / ".venv")
    project = tmp_path / "stacks" / "one"
    project.mkdir(parents=True)
    assert resolve(project, {"virtualenv": ".venv"}).virtualenv == shared
    own = environment(project / ".venv")
    assert resolve(project, {"virtualenv": ".venv"}).virtualenv == own


def test_absolute_environment_is_taken_as_it_is(tmp_path: Path) -> None:
    assert resolve(tmp_path, {"virtualenv": str(tmp_path / "x")}).virtualenv == tmp_path / "x"


def test_without_an_environment_python_is_found_on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    environment(tmp_path)
    (tmp_path / "bin" / "python").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("PULUMI_PYTHON_CMD", raising=False)
    assert resolve(tmp_path, {}) == Interpreter(tmp_path / "bin" / "python", None)
    monkeypatch.setenv("PULUMI_PYTHON_CMD", "python9")
    with pytest.raises(OptionError, match="looked for python9"):
        resolve(tmp_path, {})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"virtualenv": 1}, "runtime.options.virtualenv must be a string, not 1"),
        ({"toolchain": "poetry"}, "runtime.options.toolchain is 'poetry'.* knows pip, uv"),
        ({"typechecker": "pyre"}, "runtime.options.typechecker is 'pyre'.* knows mypy, pyright"),
    ],
)
def test_options_that_cannot_be_honoured_are_named(tmp_path: Path, options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        resolve(tmp_path, options)


def test_missing_environment_is_told_with_what_to_do(tmp_path: Path) -> None:
    found = resolve(tmp_path, {"virtualenv": ".venv"})
    told = missing(found, tmp_path)
    assert told and f"python3 -m venv {tmp_path}/.venv" in told
    environment(tmp_path / ".venv")
    assert missing(found, tmp_path) is None


def test_activation_is_what_a_shells_would_be(tmp_path: Path) -> None:
    base = {"PATH": "/bin", "PYTHONHOME": "/x", "OTHER": "kept"}
    found = resolve(tmp_path, {"virtualenv": "v"}).environment(base)
    expected = {"PATH": f"{tmp_path}/v/bin{os.pathsep}/bin", "VIRTUAL_ENV": f"{tmp_path}/v", "OTHER": "kept"}
    assert found == expected
    assert Interpreter(Path("python"), None).environment(base) == base
