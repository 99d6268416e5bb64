# ruff: noqa: RUF012 (pydantic copies defaults)
"""What the addons' settings have in common: each is one Deployment with a Service, and maybe a volume.

Names are those of Istio's own values, or of the Helm charts that Istio's addons are rendered from.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from ..global_settings import PullPolicy
from ..kubernetes import Annotations, Labels, Name, Object, ObjectName, PriorityClass, Quantity, Resources
from ..model import Settings
from ..opaque import OpaqueStr, is_opaque

_ADDRESS = re.compile(r"https?://[^/\s?#@]+(/[^\s?#]*)?")


def _address(value: Any) -> Any:
    if is_opaque(value) or not value or _ADDRESS.fullmatch(value):
        return value
    if "@" in value:
        text = "has a user or a password in it, which everybody would see who sees the settings; leave them out"
        raise PydanticCustomError("conflict", text)
    allowed = "a URL that begins with http:// or https://, without user, query and fragment"
    raise PydanticCustomError("format", "{allowed}", {"allowed": allowed})


Address = Annotated[OpaqueStr, AfterValidator(_address)]
"""Where something is to be reached; may arrive later."""

AccessMode = Literal["ReadWriteOnce", "ReadWriteOncePod", "ReadWriteMany"]
"""How nodes and pods share a volume (``v1`` PersistentVolumeClaim)."""


class PersistentVolumeSettings(Settings):
    """Where data outlives the pod."""

    enabled: bool = False
    """Whether it does. Otherwise what was gathered goes with the pod."""
    size: Quantity = "8Gi"
    """How much is asked for."""
    storageClassName: ObjectName | None = None
    """Which StorageClass makes it; unset: the cluster's default."""
    accessModes: list[AccessMode] = Field(default=["ReadWriteOnce"], min_length=1)
    """How nodes share it."""
    existingClaim: ObjectName | None = None
    """A PersistentVolumeClaim in the same namespace that is used instead of one of ours."""


class ImageSettings(Settings):
    """An image. What is unset is what Istio's addon of the mesh's version has."""

    hub: OpaqueStr = ""
    """Registry and folder."""
    image: OpaqueStr = ""
    """Image name, or a whole reference when it holds a slash."""
    tag: OpaqueStr = ""
    """Tag of the image."""


class WorkloadSettings(ImageSettings):
    """What every addon has."""

    enabled: bool = False
    """Whether it is declared."""
    namespace: Name | None = None
    """Its namespace, which is there or is one of ``namespaces``; unset: the control plane's."""
    imagePullPolicy: PullPolicy = ""
    """When the image is pulled; empty: ``global.imagePullPolicy``, or else as Kubernetes does."""
    resources: Resources = Resources.model_construct()
    """What the container asks for and may use."""
    nodeSelector: Labels = {}
    """Labels that a node must have."""
    affinity: Object = {}
    """Kubernetes affinity."""
    tolerations: list[Object] = []
    """Kubernetes tolerations."""
    priorityClassName: PriorityClass = ""
    """Priority of the pod."""
    podLabels: Labels = {}
    """Labels of the pod in addition."""
    podAnnotations: Annotations = {}
    """Annotations of the pod in addition."""
    podSecurityContext: Object = {}
    """Kubernetes' ``securityContext`` of the pod, over what the Pod Security level ``restricted`` asks for and the
    image's own user; a field set to null is left out."""
    containerSecurityContext: Object = {}
    """Kubernetes' ``securityContext`` of the containers, over what the Pod Security level ``restricted`` asks for; a
    field set to null is left out."""
    serviceType: Literal["ClusterIP", "NodePort", "LoadBalancer"] = "ClusterIP"
    """Type of the Service that people look at. Whoever reaches it may read everything."""
    serviceAnnotations: Annotations = {}
    """Annotations of that Service."""


class StoredWorkloadSettings(WorkloadSettings):
    """An addon that keeps data."""

    persistentVolume: PersistentVolumeSettings = PersistentVolumeSettings.model_construct()
    """Where data outlives the pod."""


class ReachedSettings(Settings):
    """Where an addon is reached, in Kiali's words (``external_services``)."""

    internal_url: Address = ""
    """Address of an installation of one's own, for programs in the cluster; instead of ``enabled``."""
    external_url: Address = ""
    """Address for people's browsers, for Kiali's links; empty: no links."""

    @model_validator(mode="after")
    def _one_installation(self) -> Self:
        refuse_two(self, "internal_url")
        return self


def refuse_two(one: Any, key: str) -> None:
    """Raise if an installation of one's own is named beside the one that is declared here."""
    if one.enabled and getattr(one, key):
        text = "enabled declares an installation here, and {key} names another one; remove one of the two"
        raise PydanticCustomError("conflict", text, {"key": key})
