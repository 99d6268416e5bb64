"""istioctl as oracle: what an installation's injector is configured with, and injection by `kube-inject`."""

import json
import os
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import yaml

from mesh_components.manifests.injection import templates
from mesh_components.settings import VERSIONS

from ..parity.istioctl import executable

UPSTREAMS_TEST = ("profile=empty", "components.pilot.enabled=true")
"""What upstream's injection tests install (`getInjectionSettings` in `pkg/kube/inject/inject_test.go`)."""


@dataclass(frozen=True)
class Settings:
    """What an injector is configured with.

    Attributes:
        version: of Istio.
        config: the key `config` of the injector's ConfigMap: templates and policies.
        values: its key `values`, JSON.
        mesh: the key `mesh` of the ConfigMap `istio`.
    """

    version: str
    config: dict[str, Any]
    values: str
    mesh: dict[str, Any]

    def with_our_templates(self) -> "Settings":
        """The same with our templates; templates that a user added stay."""
        ours = templates.load(VERSIONS[self.version].injection)
        return replace(self, config={**self.config, "templates": {**self.config["templates"], **ours}})

    def with_mesh(self, changes: Mapping[str, Any]) -> "Settings":
        """The same with changes to the mesh config, merged deeply; lists are replaced."""
        return replace(self, mesh=merged(self.mesh, changes))

    def with_values(self, changes: Mapping[str, Any]) -> "Settings":
        """The same with changes to the values, merged deeply; lists are replaced."""
        return replace(self, values=json.dumps(merged(json.loads(self.values), changes)))


def loaded(text: str) -> list[Any]:
    """The objects in a YAML file."""
    return [o for o in yaml.load_all(text, _LOADER) if o is not None]


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml's where PyYAML has it: these are megabytes."""


def merged(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A mapping with changes, merged deeply; lists are replaced."""
    result = dict(base)
    for key, value in changes.items():
        old = result.get(key)
        result[key] = merged(old, value) if isinstance(old, dict) and isinstance(value, Mapping) else value
    return result


def configured(version: str, objects: Iterable[Mapping[str, Any] | None]) -> Settings:
    """What the ConfigMaps among an installation's objects configure its injector with."""
    maps = {o["metadata"]["name"]: o["data"] for o in objects if o and o["kind"] == "ConfigMap" and "data" in o}
    injector = maps["istio-sidecar-injector"]
    return Settings(
        version=version,
        config=yaml.load(injector["config"], _LOADER),
        values=injector["values"],
        mesh=yaml.safe_load(maps["istio"]["mesh"]),
    )


def installed(version: str, sets: Sequence[str], overlay: Path | None) -> Settings:
    """The settings that `istioctl manifest generate` makes, with upstream's templates.

    Args:
        version: of Istio.
        sets: settings as for `--set`.
        overlay: an IstioOperator file.
    """
    files = ["-f", str(overlay)] if overlay else []
    flags = [argument for setting in sets for argument in ("--set", setting)]
    made = _run(version, ["manifest", "generate", *files, *flags], {})
    if made.returncode:
        raise RuntimeError(f"istioctl manifest generate {files} {flags}: {made.stderr}")
    return configured(version, loaded(made.stdout))


@dataclass(frozen=True)
class Injection:
    """What `kube-inject` did: the objects it gave (None where it failed) and what it said."""

    objects: list[Any] | None
    said: str


def kube_inject(
    settings: Settings, text: str, *, kubeconfig: Path, environment: Mapping[str, str], folder: Path
) -> Injection:
    """Injects objects.

    Args:
        settings: what the injector is configured with.
        text: the objects, YAML.
        kubeconfig: of an API server, which istioctl asks for the default revision.
        environment: istiod's feature flags, which istioctl reads too.
        folder: a place for files.
    """
    config, values, mesh, file = (folder / name for name in ("config.json", "values.json", "mesh.json", "objects.yaml"))
    config.write_text(json.dumps(settings.config))
    values.write_text(settings.values)
    mesh.write_text(json.dumps(settings.mesh))
    file.write_text(text)
    arguments = ["--injectConfigFile", config, "--valuesFile", values, "--meshConfigFile", mesh, "-f", file]
    command = ["kube-inject", *map(str, arguments)]
    done = _run(settings.version, command, {"KUBECONFIG": str(kubeconfig), **environment})
    return Injection(objects=None if done.returncode else loaded(done.stdout), said=done.stderr)


def together(texts: Mapping[str, str], inject: Callable[[str], Injection]) -> dict[str, Injection]:
    """Injects several texts by one call, which is one process instead of many; by one call each where that fails.

    Args:
        texts: objects, YAML, by any name.
        inject: injects a text's objects.
    """
    done = inject("\n---\n".join(texts.values()))
    if done.objects is None:
        return {name: inject(text) for name, text in texts.items()}
    objects = iter(done.objects)
    split = {name: replace(done, objects=list(islice(objects, len(loaded(text))))) for name, text in texts.items()}
    assert next(objects, None) is None, "injection made objects of nothing"
    return split


def _run(version: str, arguments: Sequence[str], environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [executable(version), *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
