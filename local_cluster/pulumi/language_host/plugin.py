"""How a plugin written in Python is started: component plugins, policy packs, other Python plugins.

Source of facts: Pulumi's documentation of `PulumiPlugin.yaml` and `PulumiPolicy.yaml`, and the modules
`pulumi.policy` and `pulumi.run.plugin` of the SDK 3.259, which are made to be started this way.
"""

import tomllib
from collections.abc import Sequence
from pathlib import Path

from local_cluster.pulumi.language_host.interpreter import OptionError

POLICY_PACK = "analyzer"
"""The engine's name for a policy pack among the kinds of plugins."""


def command(kind: str, folder: Path, arguments: Sequence[str]) -> list[str]:
    """Return the interpreter's arguments that start the plugin in `folder`.

    `kind` is the engine's (`resource`, `analyzer`, …), `arguments` are the engine's own (its address last). A
    policy pack is run by `pulumi.policy`; a folder with `__main__.py` is run as it is; any other has to be a Python
    package whose components `pulumi.run.plugin` hosts. Raises OptionError when it is none of these.
    """
    if kind == POLICY_PACK:
        return ["-u", "-m", "pulumi.policy", *arguments, str(folder)]
    if (folder / "__main__.py").is_file():
        return ["-u", str(folder), *arguments]
    return ["-u", "-m", "pulumi.run.plugin", _distribution(folder), *arguments]


def _distribution(folder: Path) -> str:
    path = folder / "pyproject.toml"
    try:
        project = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise OptionError(f"The plugin in {folder} has neither a __main__.py nor a pyproject.toml") from None
    except tomllib.TOMLDecodeError as error:
        raise OptionError(f"{path} is not valid TOML: {error}") from None
    name = project.get("project", {}).get("name")
    if not isinstance(name, str) or "build-system" not in project:
        raise OptionError(
            f"{path} has to have [build-system] and project.name for the plugin to be run without a __main__.py"
        )
    return name
