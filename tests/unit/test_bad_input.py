"""Bad input of every sort to every command: one clear error, exit code 2, no traceback, and nothing done."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from typer.testing import CliRunner

from mesh_components.cli import COMMANDS, app
from mesh_components.settings import MeshSettings

WRONG: dict[str, tuple[Any, ...]] = {
    "string": ({"a": 1}, ["a"]),
    "integer": ("many", {"a": 1}, 1.5),
    "number": ("many", ["a"]),
    "boolean": ("perhaps", 7, ["a"]),
    "array": ("one", {"a": 1}),
    "object": ("one", ["a"]),
}
"""Values that a field of a JSON type does not take."""

ITEM = "[0]"
"""Stands in a path for the only item of a list."""

AT_LEAST = 300

Settings = dict[str, Any]


def bad_settings() -> Iterator[tuple[str, Settings]]:
    """Return settings with one mistake each, made from the types of all settings, with a name for each."""
    schema = MeshSettings.model_json_schema(by_alias=True)
    yield from mistakes(schema, schema.get("$defs", {}), ())
    for key, value in {
        "profile": "dmeo",
        "version": "1.3.1",
        "mtls": "strict",
        "analysis": "strict",
        "revision": "Not_A_Name",
        "namespaces": [{"name": "a"}, {"name": "a"}],
        "ingressGateways": [{"name": "in", "ports": [{"port": 70000}]}],
        "meshConfig": {"acessLogFile": "/dev/stdout"},
        "suppressions": [{"code": "IST0101", "reason": " "}],
    }.items():
        yield f"{key}: {value}", {key: value}


def mistakes(schema: Any, named: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Settings]]:
    if len(path) > 4:
        return
    found = named.get(str(schema.get("$ref", "")).rpartition("/")[2], schema)
    for option in found.get("anyOf", ()):
        if "$ref" in option:
            yield from mistakes(option, named, path)
    properties = found.get("properties", {})
    if properties and found.get("additionalProperties") is False:
        yield f"{'.'.join(path)}: unknown key", nested((*path, "noSuchKey"), 1)
    for name, field in properties.items():
        for value in WRONG.get(field.get("type", ""), ()):
            yield f"{'.'.join((*path, name))}: {value!r}", nested((*path, name), value)
        yield from mistakes(field, named, (*path, name))
        if "$ref" in field.get("items", {}):
            yield from mistakes(field["items"], named, (*path, name, ITEM))


def nested(path: tuple[str, ...], value: Any) -> Settings:
    for key in reversed(path):
        value = [value] if key == ITEM else {key: value}
    made: Settings = value
    return made


BAD_STACK_FILES = {
    "a list": "- a\n",
    "a text": "just words\n",
    "a number": "7\n",
    "config is a list": "config: [a]\n",
    "config is a text": "config: demo\n",
    "keys without a project": "config: {profile: demo}\n",
    "keys that are numbers": "config: {1: demo}\n",
    "a tab": "config:\n\tmesh:profile: demo\n",
    "an open bracket": "config: {mesh:profile: [demo\n",
    "an open quote": 'config: {mesh:profile: "demo}\n',
    "two values on a line": "config: mesh:profile: demo\n",
    "an unknown anchor": "config: *nope\n",
    "a bad tag": "config: !!python/object:os.system {}\n",
}

BAD_FILES: dict[str, bytes] = {
    "tab.yaml": b"a:\n\tb: 1\n",
    "bracket.yaml": b"a: [1, 2\n",
    "brace.yaml": b"{a: 1\n",
    "quote.yaml": b'a: "b\n',
    "twice.yaml": b"a: b: c\n",
    "anchor.yaml": b"a: *nope\n",
    "tag.yaml": b"a: !!python/object:os.system {}\n",
    "indent.yaml": b"a:\n    b: 1\n  c: 2\n",
    "second.yaml": b"apiVersion: v1\nkind: Service\n---\na: [1\n",
    "brace.json": b'{"a": 1',
    "comma.json": b'{"a": [1, }',
    "binary.yaml": b"\x80\x81\xfe\xff",
    "null.yaml": b"a: \x00\n",
    "utf16.yaml": "a: 1\n".encode("utf-16"),
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one good stack, on a machine where there is no cluster."""
    (tmp_path / "Pulumi.yaml").write_text("name: mesh\nruntime: python\n")
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks" / "Pulumi.good.yaml").write_text("config: {mesh:profile: minimal}\n")
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MESH_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    return tmp_path


def refused(*arguments: str) -> str | None:
    """Return what is wrong with how the command refuses these arguments; None when it does so as it should."""
    ran = CliRunner().invoke(app, list(arguments))
    if ran.exception is not None and not isinstance(ran.exception, SystemExit):
        return f"raises {ran.exception!r}"
    if ran.exit_code != 2:
        return f"exit code {ran.exit_code}: {ran.output[:300]}"
    errors = ran.stderr.lower().count("error:")
    if errors != 1 or "Traceback" in ran.output or not ran.stderr.strip():
        return f"{errors} errors: {ran.stderr[:300]}"
    return None


SETTINGS = list({str(settings): (name, settings) for name, settings in bad_settings()}.values())


def test_there_are_enough() -> None:
    assert len(SETTINGS) + len(BAD_STACK_FILES) + len(BAD_FILES) + len(list(flags())) >= AT_LEAST


def test_settings(project: Path) -> None:
    file = project / "stacks" / "Pulumi.bad.yaml"
    wrong = {}
    for name, settings in SETTINGS:
        file.write_text(yaml.safe_dump({"config": {f"mesh:{key}": value for key, value in settings.items()}}))
        if problem := refused("analyze", "--stack", "bad"):
            wrong[name] = problem
    print(f"{len(SETTINGS)} bad settings")
    assert not wrong, "\n".join(f"{name}: {problem}" for name, problem in wrong.items())


@pytest.mark.parametrize("content", BAD_STACK_FILES.values(), ids=BAD_STACK_FILES)
@pytest.mark.parametrize("command", ["analyze", "up"])
def test_stack_files(project: Path, command: str, content: str) -> None:
    (project / "stacks" / "Pulumi.bad.yaml").write_text(content)
    assert refused(command, "--stack", "bad") is None
    assert not (project / "state").exists(), "nothing is made for a stack that cannot be read"


@pytest.mark.parametrize("name", BAD_FILES)
def test_files(project: Path, name: str) -> None:
    (project / name).write_bytes(BAD_FILES[name])
    assert refused("analyze", name) is None
    assert refused("analyze", "--stack", "good", "--mesh-config", name) is None


def commands() -> Iterator[tuple[tuple[str, ...], Any]]:
    """Return every command's words and itself."""
    group = typer.main.get_command(app)
    for name in COMMANDS:
        command = group.get_command(None, name)  # type: ignore[attr-defined]
        inner = getattr(command, "commands", {})
        yield from (((name, below), one) for below, one in inner.items())
        if not inner:
            yield (name,), command


def flags() -> Iterator[tuple[str, ...]]:
    """Return wrong flags and arguments of every command."""
    for words, command in commands():
        yield (*words, "--no-such-option")
        yield (*words, "-Z")
        for option in command.params:
            if option.param_type_name != "option":
                continue
            for spelling in option.opts:
                if option.is_flag:
                    yield (*words, f"{spelling}=maybe") if spelling.startswith("--") else (*words, "-Z", spelling)
                else:
                    yield (*words, spelling)
                if option.name in ("output", "failure_threshold", "output_threshold"):
                    yield (*words, spelling, "no-such-choice")
                if option.name == "port":
                    yield from ((*words, spelling, port) for port in ("0", "70000", "-1", "http", "1.5"))
        if not any(one.param_type_name == "argument" for one in command.params):
            yield (*words, "superfluous")
    yield ("no-such-command",)
    yield ("--no-such-option",)
    yield ("cluster", "no-such-command")
    yield ("analyze",)
    yield ("analyze", "no-such-file.yaml")
    yield ("analyze", "empty")
    yield ("analyze", "--stack", "")
    yield ("analyze", "--stack", "../good")
    yield ("analyze", "--mesh-config", "no-such-file", "--stack", "good")
    for text in ("IST0101", "=", "IST0101=", "=Service a"):
        yield ("analyze", "--stack", "good", "--suppress", text)
    for command in ("analyze", "up", "verify"):
        yield (command, "--stack", "goood")
    for command in ("analyze", "verify", "status", "version"):
        stack = ("--stack", "good") if command in ("analyze", "verify") else ()
        yield (command, *stack, "--context", "no-such-context")
    yield ("cluster", "status", "--context", "no-such-context")
    yield ("dashboard",)
    yield ("dashboard", "no-such-board")
    yield ("dashboard", "kiali", "superfluous", "superfluous")
    yield ("dashboard", "kiali", "--context", "no-such-context")


@pytest.mark.parametrize("arguments", [" ".join(arguments) for arguments in flags()])
def test_flags(project: Path, arguments: str) -> None:
    assert refused(*arguments.split(" ")) is None
    assert not (project / "state" / "cluster").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_a_file_that_may_not_be_read(project: Path) -> None:
    (project / "secret.yaml").touch(mode=0)
    assert refused("analyze", "secret.yaml") is None
