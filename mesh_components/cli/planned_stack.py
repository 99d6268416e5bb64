"""A stack's planned objects, with the line in the stack's file that each comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mesh_components.analysis.files import Document
from mesh_components.analysis.plain import plain
from mesh_components.analysis.resource import Path
from mesh_components.analysis.world import Given
from mesh_components.live.plan import declared, known
from mesh_components.settings import MeshSettings

from .project import PROJECT, Project
from .stack_file import parsed, read_text, shown

SECTIONS: Mapping[str, tuple[str, ...]] = {
    "istio": ("meshConfig",),
    "istio-sidecar-injector": ("sidecarInjectorWebhook", "global"),
    "istiod": ("pilot",),
    "cacerts": ("certificateAuthority",),
    "default": ("mtls",),
}
"""Which settings shape an object of that name, the closest first."""


@dataclass(frozen=True)
class PlannedStack:
    """What a stack declares.

    Attributes:
        settings: Its settings.
        declared: Its objects, with what only a Pulumi run knows as `Later` in them.
        given: The same for analysis, with where they come from.
    """

    settings: MeshSettings
    declared: list[dict[str, Any]]
    given: list[Given]


@dataclass(frozen=True, slots=True)
class Setting:
    """A place in a stack's file: the setting that an object comes from."""

    file: Document
    path: Path

    def locate(self, path: Path) -> str:
        """Return the setting's line, whatever the field of the object."""
        return self.file.locate(self.path)


@dataclass(frozen=True)
class StackFile:
    """A stack's file.

    Attributes:
        document: Its text, which knows its lines.
        config: The settings in it.
    """

    document: Document
    config: Mapping[str, Any]

    @classmethod
    def read(cls, project: Project, name: str) -> StackFile:
        """Return a stack's file.

        :raises ProjectError: for a stack that has none, or one that is not made as Pulumi's are
        """
        path = project.stack_file(name)
        text = read_text(path)
        return cls(Document(shown(path), 1, text), parsed(text, path).get("config") or {})

    def origin(self, manifest: Mapping[str, Any]) -> Setting:
        """Return where an object of the stack comes from."""
        return Setting(self.document, setting(manifest, self.config))


def read(project: Project, name: str) -> PlannedStack:
    """Return what a stack declares, from its file alone.

    :raises ProjectError: for a stack that has no file, or one that is not made as Pulumi's are
    :raises mesh_components.settings.SettingsError: for settings that are not valid
    """
    file = StackFile.read(project, name)
    settings, objects = declared(file.config, PROJECT)
    return PlannedStack(settings, objects, [(plain(known(item)), file.origin(item)) for item in objects])


def setting(manifest: Mapping[str, Any], config: Mapping[str, Any]) -> Path:
    """Return where in a stack's file an object comes from; the file as a whole where no setting is closer."""
    name, namespace = manifest["metadata"]["name"], manifest["metadata"].get("namespace")
    for key in ("ingressGateways", "egressGateways"):
        for index, gateway in enumerate(_listed(config, key)):
            if str(name).startswith(str(gateway.get("name"))) and namespace:
                return "config", f"{PROJECT}:{key}", index
    for index, listed in enumerate(_listed(config, "namespaces")):
        if listed.get("name") in (name, namespace):
            return "config", f"{PROJECT}:namespaces", index
    for key in SECTIONS.get(str(name).split(".")[0], ()):
        if f"{PROJECT}:{key}" in config:
            return "config", f"{PROJECT}:{key}"
    return "config", f"{PROJECT}:profile"


def _listed(config: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    found = config.get(f"{PROJECT}:{key}")
    return [item for item in found if isinstance(item, Mapping)] if isinstance(found, list) else []
