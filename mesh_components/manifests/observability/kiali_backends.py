"""Where Kiali finds what it asks: the addresses of the mesh's own addons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mesh_components.settings.opaque import OpaqueStr


@dataclass(frozen=True)
class Backends:
    """Addresses of what the stack declares or names beside Kiali; empty where there is none."""

    prometheus: OpaqueStr = ""
    """Prometheus' address in the cluster."""
    grafana: OpaqueStr = ""
    """Grafana's address in the cluster."""
    grafana_external: OpaqueStr = ""
    """Grafana's address for browsers."""
    tracing: OpaqueStr = ""
    """The tracing backend's address in the cluster."""
    tracing_external: OpaqueStr = ""
    """The tracing backend's address for browsers."""
    tracing_grpc: bool = True
    """Whether ``tracing`` speaks gRPC, as Kiali's default is."""

    def services(self) -> dict[str, Any]:
        """Return ``external_services`` as these addresses make them; what is not set is Kiali's default."""
        return {
            "prometheus": _given(url=self.prometheus),
            "grafana": {
                "enabled": bool(self.grafana or self.grafana_external),
                **_given(internal_url=self.grafana, external_url=self.grafana_external),
            },
            "tracing": {
                "enabled": bool(self.tracing),
                **_given(internal_url=self.tracing, external_url=self.tracing_external),
                **({} if self.tracing_grpc else {"use_grpc": False}),
            },
        }


def _given(**addresses: OpaqueStr) -> dict[str, OpaqueStr]:
    return {key: address for key, address in addresses.items() if address is not None and address != ""}
