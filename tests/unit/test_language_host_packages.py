"""Which plugins and packages a project needs, by what is installed in its interpreter."""

import base64
import importlib.metadata
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from local_cluster.pulumi.language_host import packages
from local_cluster.pulumi.language_host.interpreter import Interpreter

HERE = Interpreter(Path(sys.executable), Path(sys.prefix))


def package(name: str, version: str = "1.2.3", plugin: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"name": name, "version": version, "plugin": plugin, "requires": [], **more}


def test_the_sdks_installed_here_need_their_plugins() -> None:
    needed = packages.required(packages.installed(HERE, os.environ))
    assert {(each.name, each.version, each.kind) for each in needed} == {
        (name, f"v{importlib.metadata.version(f'pulumi-{name}')}", "resource") for name in ("kubernetes", "tls")
    }


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (package("pulumi-random", plugin={"resource": True}), ("random", "v1.2.3", "")),
        (package("pulumi-random"), ("random", "v1.2.3", "")),
        (package("acme", plugin={"resource": True, "name": "tool", "version": "v4.5.6"}), ("tool", "v4.5.6", "")),
        (package("acme", plugin={"resource": True, "server": "https://x"}), ("acme", "v1.2.3", "https://x")),
        (package("pulumi-shared", plugin={"resource": False}), None),
        (package("pulumi-policy"), None),
        (package("requests"), None),
        (package("pulumi-odd", version="1!2"), None),
    ],
)
def test_plugin_of_a_package(found: dict[str, Any], expected: tuple[str, str, str] | None) -> None:
    needed = packages.required([found])
    assert [(each.name, each.version, each.server) for each in needed] == ([expected] if expected else [])


def test_parameterized_package() -> None:
    value = base64.b64encode(b"\x00schema").decode()
    plugin = {
        "resource": True,
        "name": "terraform-provider",
        "version": "0.5.0",
        "parameterization": {"name": "b2", "version": "0.8.9", "value": value},
    }
    (needed,) = packages.required([package("pulumi-b2", plugin=plugin)])
    assert (needed.name, needed.version) == ("terraform-provider", "v0.5.0")
    found = needed.parameterization
    assert (found.name, found.version, found.value) == ("b2", "0.8.9", b"\x00schema")


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("1.2.3", "1.2.3"),
        ("1.2", "1.2.0"),
        ("1", "1.0.0"),
        ("1.2.3a4", "1.2.3-alpha.4"),
        ("1.2.3b4", "1.2.3-beta.4"),
        ("1.2.3rc4", "1.2.3-rc.4"),
        ("1.2.3.post4", "1.2.3+post4"),
        ("1.2.3.dev5", "1.2.3+dev5"),
        ("1.2.3.post4.dev5", "1.2.3+post4dev5"),
        ("1.2.3rc4.dev5", "1.2.3-rc.4+dev5"),
        ("1.2.3.4", "1.2.3.4"),
        ("1!2.3", None),
        ("1.2.3+local", None),
        ("", None),
    ],
)
def test_plugin_version(version: str, expected: str | None) -> None:
    assert packages.plugin_version(version) == expected


def test_dependencies_are_all_or_those_that_nothing_requires() -> None:
    found = [
        package("pulumi-tls", requires=["pulumi (>=3.0)", "parver >=0.2 ; extra == 'x'"]),
        package("pulumi"),
        package("parver"),
    ]
    assert [each.name for each in packages.dependencies(found, transitive=True)] == ["parver", "pulumi", "pulumi-tls"]
    assert [each.name for each in packages.dependencies(found, transitive=False)] == ["parver", "pulumi-tls"]


def test_direct_dependencies_here() -> None:
    found = packages.installed(HERE, os.environ, requirements=True)
    names = {each.name for each in packages.dependencies(found, transitive=False)}
    assert "pytest-timeout" in names and "iniconfig" not in names


def test_an_interpreter_that_does_not_run_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho no such thing >&2; exit 1\n", encoding="utf-8")
    broken.chmod(0o755)
    with pytest.raises(RuntimeError, match=f"cannot list the packages of {broken}: no such thing"):
        packages.installed(Interpreter(broken, None), {})
