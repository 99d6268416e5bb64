"""What differs between the supported versions of Istio: one row a version, one column a fact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .injection import INJECTION, Injection
from .revisions import BEFORE_SERVICES, WITH_SERVICES, Revisions


@dataclass(frozen=True)
class Version:
    """One supported version of Istio. Found out by rendering it with its own istioctl, never guessed."""

    name: str
    """Full version, which is also the default image tag."""
    hub: str
    """Registry and folder where its images are published."""
    schemas: str
    """Folder of generated schemas, the minor version."""
    injection: Injection
    """The injector's templates."""
    revisions: Revisions
    """Revisions and their tags."""


VERSIONS: Mapping[str, Version] = {
    version.name: version
    for version in (
        Version(
            name="1.27.0",
            hub="docker.io/istio",
            schemas="1.27",
            injection=INJECTION["1.27.0"],
            revisions=BEFORE_SERVICES,
        ),
        Version(
            name="1.28.3", hub="docker.io/istio", schemas="1.28", injection=INJECTION["1.28.3"], revisions=WITH_SERVICES
        ),
        Version(
            name="1.29.1", hub="docker.io/istio", schemas="1.29", injection=INJECTION["1.29.1"], revisions=WITH_SERVICES
        ),
        Version(
            name="1.30.3",
            hub="registry.istio.io/release",
            schemas="1.30",
            injection=INJECTION["1.30.3"],
            revisions=WITH_SERVICES,
        ),
        Version(
            name="1.31.0",
            hub="registry.istio.io/release",
            schemas="1.31",
            injection=INJECTION["1.31.0"],
            revisions=WITH_SERVICES,
        ),
    )
}
"""The supported versions by name, oldest first."""

DEFAULT_VERSION = "1.31.0"
"""The version of a mesh that names none."""
