"""What injection templates say about the pod as a whole: variables, labels, annotations."""

from mesh_components.manifests.injection.inputs import default, has_annotation, label
from mesh_components.manifests.injection.template_text import Node, text, when
from mesh_components.versions.injection import Injection

APPS = (
    "$apps := list",
    "$ports := list",
    "range $.Spec.Containers",
    'if ne .Name "istio-proxy"',
    "$apps = append $apps .Name",
    "end",
    "range .Ports",
    "$ports = append $ports .",
    "end",
    "end",
)
"""Prelude: `$apps`, the names of the app's own containers; `$ports`, the ports of all containers."""


def service_labels(fit: Injection | None = None) -> dict[str, Node]:
    """The canonical service that telemetry shows: name and revision.

    Args:
        fit: cut the name to a label's length, 63 characters, and to what may stand at its ends, as this version does.
    """
    name = default(
        label("service.istio.io/canonical-name"),
        label("app.kubernetes.io/name"),
        label("app"),
        "$.DeploymentMeta.Name",
    )
    revision = default(
        label("service.istio.io/canonical-revision"),
        label("app.kubernetes.io/version"),
        label("version"),
        '"latest"',
    )
    return {
        "service.istio.io/canonical-name": text(
            "%v", f"{name} | trunc 63 | {fit.canonical_name_edges}" if fit else name
        ),
        "service.istio.io/canonical-revision": text("%v", revision),
    }


def annotations() -> dict[str, Node]:
    """The revision of Istio that injected the pod; and kubectl means the app's first container, not the proxy, where
    the pod does not say otherwise."""
    names = ("kubectl.kubernetes.io/default-logs-container", "kubectl.kubernetes.io/default-container")
    return {
        "istio.io/rev": text("%v", default("$.Revision", '"default"')),
        **{name: when(f"and $apps (not ({has_annotation(name)}))", text("%v", "first $apps")) for name in names},
    }
