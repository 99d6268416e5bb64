"""The argument types at Pulumi's edge and the validated settings behind them name the same keys, documented alike."""

from __future__ import annotations

from typing import get_type_hints

import pytest

from mesh_components.args import CertificateAuthorityArgs, ControlPlaneArgs, GatewayArgs, MeshArgs, MeshNamespaceArgs
from mesh_components.settings import MeshSettings

WHOLE_MESH_ONLY = {
    "protect",
    "analysis",
    "suppressions",
    "ingressGateways",
    "egressGateways",
    "certificateAuthority",
    "namespaces",
    "addons",
}


def spelled(model: type[MeshSettings]) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


def test_a_mesh_takes_every_setting_and_no_other() -> None:
    assert set(get_type_hints(MeshArgs)) == spelled(MeshSettings)


def test_a_control_plane_takes_what_does_not_belong_to_other_components() -> None:
    assert set(get_type_hints(ControlPlaneArgs)) == spelled(MeshSettings) - WHOLE_MESH_ONLY


@pytest.mark.parametrize("args", [CertificateAuthorityArgs, GatewayArgs, MeshNamespaceArgs])
def test_a_part_takes_the_settings_of_its_mesh(args: type) -> None:
    assert get_type_hints(args)["mesh"] is ControlPlaneArgs
