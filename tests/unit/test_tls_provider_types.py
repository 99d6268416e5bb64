"""The stand-in's types are those of the SDK that programs use."""

import inspect
import re
from typing import Any

import pulumi._types
import pulumi_tls
import pytest

from local_cluster.pulumi.tls_provider.types import SUBJECT_FIELDS, TYPES

CLASSES: dict[str, Any] = {token: getattr(pulumi_tls, token.rpartition(":")[2]) for token in TYPES}


def arguments(resource: type) -> type:
    found: type = getattr(pulumi_tls, f"{resource.__name__}Args")
    return found


def test_every_resource_of_the_sdk_is_there() -> None:
    classes = {
        each
        for each in vars(pulumi_tls).values()
        if inspect.isclass(each) and each.__module__.startswith("pulumi_tls") and hasattr(each, "pulumi_type")
    }
    assert {each.pulumi_type for each in classes} - {"pulumi:providers:tls"} == {*TYPES}


@pytest.mark.parametrize("token", TYPES)
def test_inputs_are_the_sdks(token: str) -> None:
    names = pulumi._types.input_type_py_to_pulumi_names(arguments(CLASSES[token]))
    assert {*TYPES[token].inputs} == {*names.values()}


@pytest.mark.parametrize("token", TYPES)
def test_required_inputs_are_the_sdks(token: str) -> None:
    args = arguments(CLASSES[token])
    names = pulumi._types.input_type_py_to_pulumi_names(args)
    parameters = inspect.signature(args).parameters
    required = {names[name] for name, each in parameters.items() if name in names and each.default is each.empty}
    assert {name for name, each in TYPES[token].inputs.items() if each.required} == required


@pytest.mark.parametrize("token", TYPES)
def test_outputs_are_the_sdks(token: str) -> None:
    names = pulumi._types.resource_types(CLASSES[token])
    assert {*TYPES[token].inputs, *TYPES[token].computed} == {*names}


@pytest.mark.parametrize("token", TYPES)
def test_secrets_are_the_sdks(token: str) -> None:
    listed = re.findall(r"additional_secret_outputs=\[(.*?)\]", inspect.getsource(CLASSES[token]))
    secrets = {name for part in listed for name in re.findall(r'"(\w+)"', part)}
    kind = TYPES[token]
    assert {name for name in (*kind.inputs, *kind.computed) if kind.is_secret(name)} == secrets


def test_subject_fields_are_the_sdks() -> None:
    for args in (pulumi_tls.SelfSignedCertSubjectArgs, pulumi_tls.CertRequestSubjectArgs):
        assert {*SUBJECT_FIELDS} == {*pulumi._types.input_type_py_to_pulumi_names(args).values()}
