"""What a stack declares, from its file alone: the planners' objects, as Pulumi will apply them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mesh_components.manifests import certificate_authority, mesh
from mesh_components.manifests.certificate_authority import Pems
from mesh_components.manifests.observability import kiali
from mesh_components.settings import MeshSettings, load
from mesh_components.settings.certificate_authority import PEMS
from mesh_components.settings.opaque import is_opaque

SECURE = "secure"
"""Key under which Pulumi writes an encrypted value into a stack's file."""


@dataclass(frozen=True)
class Later:
    """A value that only a Pulumi run knows: an output, or an encrypted setting."""

    why: str
    """Why it is not known: ``generated`` by the run, or ``encrypted`` in the stack's file."""

    def apply(self, func: Callable[[Any], Any], /) -> Later:
        """Return what ``func`` makes of it, which is not known either."""
        return self


LATER = Later("encrypted")
GENERATED = Later("generated")


class Unknown:
    """Stands in a plan where a value is known only later."""

    def __repr__(self) -> str:
        return "unknown"


UNKNOWN = Unknown()


@dataclass(frozen=True)
class Plan:
    """What a stack declares."""

    settings: MeshSettings
    objects: list[dict[str, Any]]
    """Every Kubernetes object; leaves that only a Pulumi run knows are ``UNKNOWN``."""
    manager: str
    """The field manager under which Pulumi applies them."""


def plan(config: Mapping[str, Any], project: str, stack: str) -> Plan:
    """Return what a stack declares.

    :param config: the ``config`` of the stack's file
    :raises mesh_components.settings.SettingsError: for settings that are not valid
    """
    settings, objects = declared(config, project)
    return Plan(settings, [known(item) for item in objects], field_manager(project, stack))


def declared(config: Mapping[str, Any], project: str) -> tuple[MeshSettings, list[dict[str, Any]]]:
    """Return a stack's settings and the objects planned from them, with ``Later`` in the leaves that a run makes.

    :raises mesh_components.settings.SettingsError: for settings that are not valid
    """
    prefix = f"{project}:"
    settings = load(
        {key.removeprefix(prefix): setting(value) for key, value in config.items() if key.startswith(prefix)}
    )
    objects = mesh.objects(settings)
    authority = settings.certificateAuthority
    if authority.mode == "declared":
        objects.append(certificate_authority.cacerts(settings, Pems(GENERATED, GENERATED, GENERATED, GENERATED)))
    elif authority.mode == "provided":
        given = {name: getattr(authority, name) for name in PEMS}
        objects.append(certificate_authority.cacerts(settings, Pems(**given, caCrl=authority.caCrl)))
    objects += kiali.secret(settings, settings.addons.kiali, GENERATED)
    return settings, objects


def field_manager(project: str, stack: str) -> str:
    """Return the field manager of a stack; the same as ``declare.field_manager``, which asks a running Pulumi."""
    return f"pulumi-{project}-{stack}"[:128]


def setting(value: Any) -> Any:
    """Return a value of a stack's file as the program gets it: plain values are texts, encrypted ones come later."""
    if isinstance(value, bool | Mapping | list):
        return _decrypted(value)
    return "" if value is None else str(value)


def _decrypted(value: Any) -> Any:
    if isinstance(value, Mapping):
        if set(value) == {SECURE}:
            return LATER
        return {key: _decrypted(inner) for key, inner in value.items()}
    return [_decrypted(inner) for inner in value] if isinstance(value, list) else value


def known(value: Any) -> Any:
    """Return a planned value with ``UNKNOWN`` in every place that is known only later."""
    if is_opaque(value):
        return UNKNOWN
    if isinstance(value, Mapping):
        return {key: known(inner) for key, inner in value.items()}
    return [known(inner) for inner in value] if isinstance(value, list) else value
