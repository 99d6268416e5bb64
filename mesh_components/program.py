"""What the program on disk needs besides the components: its configuration and its cluster."""

from __future__ import annotations

import inspect
import json
from typing import Any

import pulumi
import pulumi_kubernetes
from pulumi.runtime.config import CONFIG, get_config_env

from .component import load_settings
from .declare import field_manager
from .installed import UnreachableError, foreign_definitions, is_gateway_api
from .manifests import base
from .settings import MeshSettings

UPSERT = "upsert_existing_objects"
"""The provider's argument by which it takes over what exists (pulumi-kubernetes 4.29, its changelog and #4278)."""


def configured_mesh() -> MeshSettings:
    """Return the mesh that the stack's configuration describes.

    Definitions of the Gateway API that the cluster has from somebody else are left out, unless
    ``gatewayAPI.existing`` is ``replace``.

    :raises pulumi.RunError: with every problem in one message
    """
    given = configuration()
    settings = load_settings(given)
    leave = _left_alone(settings)
    if not leave:
        return settings
    gateway_api = given.get("gatewayAPI", {})
    return load_settings({**given, "gatewayAPI": {**gateway_api, "leave": [*settings.gatewayAPI.leave, *leave]}})


def _left_alone(settings: MeshSettings) -> list[str]:
    """Return the Gateway API's definitions that belong to somebody else on this cluster, and say so."""
    if not settings.gatewayAPI.enabled or settings.gatewayAPI.existing == "replace":
        return []
    names = [item["metadata"]["name"] for item in base.objects(settings) if is_gateway_api(item)]
    config = pulumi.Config("kubernetes")
    try:
        found = foreign_definitions(names, field_manager(), config.get("kubeconfig") or "", config.get("context") or "")
    except UnreachableError as error:
        pulumi.warn(
            f"Whether the cluster has the Gateway API's definitions already could not be asked ({error}); they are "
            "planned as if it had none."
        )
        return []
    for version, managers in sorted({(item.version, item.managers) for item in found}):
        count = sum(item.version == version and item.managers == managers for item in found)
        pulumi.info(
            f"Gateway API {version or 'of unknown version'} is on the cluster already: {count} definitions by "
            f"{', '.join(managers)}, left alone (gatewayAPI.existing: replace takes them over)."
        )
    return [item.name for item in found]


def configuration() -> dict[str, Any]:
    """Return every setting of the project's own configuration namespace, structured values as data.

    `pulumi.Config` answers one key at a time; asked for all of them, a misspelled key is found.
    """
    prefix = f"{pulumi.get_project()}:"
    raw = {**get_config_env(), **CONFIG.get()}
    return {key.removeprefix(prefix): parsed(value) for key, value in raw.items() if key.startswith(prefix)}


def parsed(value: str) -> Any:
    """Return a configuration value as data: Pulumi hands over objects, lists and booleans as JSON, the rest as text."""
    try:
        found = json.loads(value)
    except ValueError:
        return value
    return found if isinstance(found, dict | list | bool) else value


def cluster_provider(name: str = "cluster", **settings: Any) -> pulumi_kubernetes.Provider:
    """Return a Kubernetes provider set up for a mesh.

    ConfigMaps and Secrets change in place (by default the provider replaces them, and `cacerts` or `istio` would be
    gone for a moment), and a cluster is known by the stack's name, so that a renamed context does not replace
    everything. Which cluster it is comes from `kubernetes:context` and `kubernetes:kubeconfig`, or from KUBECONFIG.
    With `kubernetes:renderYamlToDirectory` nothing is applied; what would be is written there, secrets included.

    An object that is on the cluster already is taken over: a mesh that is adopted, CRDs that a destroy kept, what a
    killed run made. Before 4.29 pulumi-kubernetes always does so; since then it fails with AlreadyExists unless it is
    asked to, as it is here. `kubernetes:upsertExistingObjects: false` turns that off.

    :param settings: more of the provider's own arguments
    """
    config = pulumi.Config("kubernetes")
    chosen = {
        "context": config.get("context"),
        "kubeconfig": config.get("kubeconfig"),
        "render_yaml_to_directory": config.get("renderYamlToDirectory"),
        "enable_config_map_mutable": True,
        "enable_secret_mutable": True,
        "cluster_identifier": f"{pulumi.get_project()}-{pulumi.get_stack()}",
    }
    # pulumi-kubernetes before 4.29 does not know the argument, and does not need it.
    if UPSERT in inspect.signature(pulumi_kubernetes.ProviderArgs.__init__).parameters:
        asked = config.get_bool("upsertExistingObjects")
        chosen[UPSERT] = True if asked is None else asked
    return pulumi_kubernetes.Provider(name, **(chosen | settings))
