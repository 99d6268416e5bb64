"""Keys that Kiali's own resource still has, or had, and that nobody should write: with what to write instead.

Facts: ``kialis.kiali.io`` of kiali/helm-charts 2.27, and the notices of deprecation in ``config/config.go`` of Kiali.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from ..model import Settings


class Outdated(Settings):
    """Settings some of whose keys have gone."""

    instead: ClassVar[Mapping[str, str]] = {}
    """What to write instead, by key."""

    @model_validator(mode="before")
    @classmethod
    def _no_outdated_key(cls, value: Any) -> Any:
        for key in value if isinstance(value, Mapping) else ():
            if key in cls.instead:
                text = "{key} is not a setting here: {instead}"
                raise PydanticCustomError("superfluous", text, {"key": key, "instead": cls.instead[key]})
        return value


OF_KIALI = {
    "istio_namespace": "it is the mesh's; leave it out",
    "api": "Kiali has no such setting any more; write deployment.discovery_selectors",
}
OF_DEPLOYMENT = {
    "accessible_namespaces": "write discovery_selectors, and cluster_wide_access: false to keep it from the others",
    "ingress_enabled": "write ingress.enabled",
    "namespace": "write namespace beside deployment",
    "verbose_mode": "write logger.log_level",
}
OF_SERVICES = {
    "in_cluster_url": "write internal_url, for every version",
    "url": "write external_url, for every version",
}
