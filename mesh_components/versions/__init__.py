"""What differs between the supported versions of Istio: one row a version, one column a fact."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .control_plane import CONTROL_PLANE, ControlPlane
from .injection import INJECTION, Injection
from .nodes import NODES, Nodes
from .profiles import PROFILES, Profiles
from .remote import REMOTE, Remote
from .revisions import REVISIONS, Revisions
from .settings import unknown
from .workloads import WORKLOADS, Workloads


@dataclass(frozen=True)
class Version:
    """One supported version of Istio. Found out by rendering it with its own istioctl, never guessed."""

    name: str
    """Full version, which is also the default image tag."""
    hub: str
    """Registry and folder where its images are published."""
    schemas: str
    """Folder of generated schemas, the minor version."""
    gateway_api: str
    """Minor version of the Gateway API that it is built with (its ``go.mod``)."""
    unknown_settings: Mapping[str, str]
    """Settings that it does not know, each with the first supported version that does."""
    control_plane: ControlPlane
    """istiod and its rights."""
    workloads: Workloads
    """What istiod and the gateways have in common."""
    injection: Injection
    """The injector's templates."""
    revisions: Revisions
    """Revisions and their tags."""
    profiles: Profiles
    """Compatibility with older versions, and what profiles do."""
    nodes: Nodes
    """The agents on each node."""
    remote: Remote
    """A cluster whose istiod is elsewhere."""


_ROWS: Sequence[tuple[str, str, str]] = (
    # name, hub, Gateway API
    ("1.27.0", "docker.io/istio", "1.3"),
    ("1.28.3", "docker.io/istio", "1.4"),
    ("1.29.1", "docker.io/istio", "1.4"),
    ("1.30.3", "registry.istio.io/release", "1.5"),
    ("1.31.0", "registry.istio.io/release", "1.6"),
)

VERSIONS: Mapping[str, Version] = {
    name: Version(
        name=name,
        hub=hub,
        schemas=name.rpartition(".")[0],
        gateway_api=gateway_api,
        unknown_settings=unknown(name),
        control_plane=CONTROL_PLANE[name],
        injection=INJECTION[name],
        workloads=WORKLOADS[name],
        revisions=REVISIONS[name],
        profiles=PROFILES[name],
        nodes=NODES[name],
        remote=REMOTE[name],
    )
    for name, hub, gateway_api in _ROWS
}
"""The supported versions by name, oldest first."""

DEFAULT_VERSION = "1.31.0"
"""The version of a mesh that names none."""
