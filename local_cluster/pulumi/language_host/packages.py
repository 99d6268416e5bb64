"""The packages of an interpreter: which plugins a program needs, and what `pulumi about` lists.

A Pulumi SDK carries a `pulumi-plugin.json` beside its code, naming the provider plugin and its version. The engine
installs those before it runs the program.
"""

import base64
import json
import re
import subprocess
from collections.abc import Iterable, Mapping
from typing import Any

from pulumi.runtime.proto import language_pb2, plugin_pb2

from local_cluster.pulumi.language_host.interpreter import Interpreter

WITHOUT_PLUGIN = frozenset({"pulumi-policy", "pulumi-esc-sdk"})
"""Distributions named like a provider's SDK that have no provider."""

# Runs in the project's interpreter, which need not have this project installed: standard library only.
_LIST = """
import importlib.metadata, importlib.util, json, os, sys
sys.path.pop(0)
found = {}
for distribution in importlib.metadata.distributions():
    name = distribution.metadata["Name"]
    if not name or name in found:
        continue
    try:
        spec = importlib.util.find_spec(name.replace("-", "_").replace(".", "_"))
    except (ImportError, ValueError, AttributeError):
        spec = None
    plugin = None
    for folder in (spec and spec.submodule_search_locations) or ():
        path = os.path.join(folder, "pulumi-plugin.json")
        if os.path.isfile(path):
            with open(path, encoding="utf-8") as file:
                plugin = json.load(file)
            break
    requires = [] if plugin is None and not sys.argv[1:] else distribution.requires or []
    found[name] = {"name": name, "version": distribution.version, "plugin": plugin, "requires": requires}
json.dump(list(found.values()), sys.stdout)
"""
_PRERELEASE = {"a": "alpha", "b": "beta", "rc": "rc"}
_VERSION = re.compile(r"^(\d+(?:\.\d+)*)(?:(a|b|rc)(\d+))?(?:\.post(\d+))?(?:\.dev(\d+))?$")


def installed(
    interpreter: Interpreter, environment: Mapping[str, str], *, requirements: bool = False
) -> list[dict[str, Any]]:
    """Return each distribution of the interpreter: name (normalised), version, plugin (the parsed
    pulumi-plugin.json or None), requires.

    `requirements` fills in what each distribution requires; else `requires` may be empty. Raises RuntimeError with the
    interpreter's own words when it cannot be run.
    """
    arguments = ["requirements"] if requirements else []
    try:
        result = subprocess.run(
            [str(interpreter.python), "-c", _LIST, *arguments],
            env=interpreter.environment(environment),
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError) as error:
        detail = getattr(error, "stderr", "") or str(error)
        raise RuntimeError(f"cannot list the packages of {interpreter.python}: {detail.strip()}") from error
    packages: list[dict[str, Any]] = json.loads(result.stdout)
    return [{**package, "name": normalised(package["name"])} for package in packages]


def required(packages: Iterable[Mapping[str, Any]]) -> list[plugin_pb2.PackageDependency]:
    """Return the provider plugins that the Pulumi SDKs among `packages` need, sorted by name.

    A distribution counts when it carries a pulumi-plugin.json, or is named `pulumi-…`; `"resource": false` says
    that there is no plugin. Name and version default to the distribution's own. A version that has no plugin
    counterpart leaves the package out.
    """
    dependencies = filter(None, map(_dependency, packages))
    return sorted(dependencies, key=lambda dependency: str(dependency.name))


def dependencies(packages: Iterable[Mapping[str, Any]], *, transitive: bool) -> list[language_pb2.DependencyInfo]:
    """Return what `pulumi about` lists: all packages, or only those that no other one requires."""
    packages = list(packages)
    wanted = {normalised(_requirement_name(text)) for package in packages for text in package["requires"]}
    return [
        language_pb2.DependencyInfo(name=package["name"], version=package["version"])
        for package in sorted(packages, key=lambda package: str(package["name"]))
        if transitive or package["name"] not in wanted
    ]


def normalised(name: str) -> str:
    """Return a distribution's name as PEP 503 has it: lower case, runs of `-_.` as one `-`."""
    return re.sub(r"[-_.]+", "-", name).lower()


def plugin_version(version: str) -> str | None:
    """Return the plugin version (semver) of a Python package's version (PEP 440), None where there is none.

    `1.2` → `1.2.0`, `1.2.3a4` → `1.2.3-alpha.4`, `1.2.3.post4.dev5` → `1.2.3+post4dev5`.
    """
    match = _VERSION.match(version)
    if not match:
        return None
    numbers, kind, pre, post, dev = match.groups()
    segments = [*numbers.split("."), "0", "0"][: max(3, numbers.count(".") + 1)]
    build = "".join([f"post{post}" if post else "", f"dev{dev}" if dev else ""])
    return ".".join(segments) + (f"-{_PRERELEASE[kind]}.{pre}" if kind else "") + (f"+{build}" if build else "")


def _requirement_name(requirement: str) -> str:
    # An extra's requirement does not make a package a dependency.
    if "extra ==" in requirement:
        return ""
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    return match.group() if match else ""


def _dependency(package: Mapping[str, Any]) -> plugin_pb2.PackageDependency | None:
    name, plugin = package["name"], package["plugin"]
    if name in WITHOUT_PLUGIN or (plugin is None and not name.startswith("pulumi-")):
        return None
    plugin = plugin or {"resource": True}
    version = plugin.get("version") or plugin_version(package["version"])
    if not plugin.get("resource") or not version:
        return None
    return plugin_pb2.PackageDependency(
        name=plugin.get("name") or name.removeprefix("pulumi-"),
        version="v" + version.removeprefix("v"),
        kind="resource",
        server=plugin.get("server") or "",
        parameterization=_parameterization(plugin.get("parameterization")),
    )


def _parameterization(data: Mapping[str, str] | None) -> plugin_pb2.PackageParameterization | None:
    if not data:
        return None
    return plugin_pb2.PackageParameterization(
        name=data["name"], version=data["version"], value=base64.b64decode(data.get("value") or "")
    )
