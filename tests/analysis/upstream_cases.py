"""Upstream's analyzer cases, read from the table in its own test, and the worlds that they are about.

From `pkg/config/analysis/analyzers/analyzers_test.go` of Istio's Go module, with the analyzers' names and the messages'
codes and levels from the sources beside it.
"""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from local_cluster import toolchain
from mesh_components.analysis import files
from mesh_components.analysis.analyzers import REGISTER, run
from mesh_components.analysis.finding import Finding
from mesh_components.analysis.kinds import Kind
from mesh_components.analysis.resource import Nowhere
from mesh_components.analysis.world import Given, Scope, World, flat

Seen = tuple[str, str]
"""A finding as upstream's cases have it: the code, and the object as istioctl writes it."""

ISTIO_NAMESPACE = "istio-system"
"""Of upstream's cases, and istioctl's default."""


@dataclass(frozen=True)
class Case:
    """One case.

    Attributes:
        name: Upstream's name, numbered where upstream has it twice.
        analyzer: The name of the only analyzer that runs.
        inputs: The files, each below `analyzers`.
        mesh_config: The file with MeshConfig, if any.
        mesh_networks: The file with MeshNetworks, if any.
        expected: What is found, with repetitions.
    """

    name: str
    analyzer: str
    inputs: tuple[str, ...]
    mesh_config: str
    mesh_networks: str
    expected: tuple[Seen, ...]

    def given(self) -> list[Given]:
        """Return the objects that the case is about, those that upstream adds included."""
        config = parsed(self.mesh_config)
        return [*latest(given for name in self.inputs for given in read(analyzers() / name)), *ingress_gateway(config)]

    def scope(self) -> Scope:
        """Return how upstream's test reads them: nothing else exists, and what names no namespace has none."""
        networks = parsed(self.mesh_networks) if self.mesh_networks else None
        return Scope(
            complete=True,
            default_namespace="",
            istio_namespace=ISTIO_NAMESPACE,
            mesh_config=parsed(self.mesh_config),
            mesh_networks=networks,
        )

    def world(self) -> World:
        """Return the case's world."""
        return World.build(self.given(), self.scope())


def analyzers() -> Path:
    """Upstream's analyzers, their test and its data."""
    return toolchain.module_dir("istio") / "pkg/config/analysis/analyzers"


@cache
def cases() -> list[Case]:
    """Return upstream's cases in its order."""
    one, several = ((analyzers() / f"{name}analyzers_test.go").read_text() for name in ("", "multicluster_"))
    names = Names(one + several)
    taken: Counter[str] = Counter()
    found = []
    for entry in [*table(one, "testGrid"), *table(several, "mcTestGrid")]:
        name = entry["name"]
        taken[name] += 1
        found.append(
            Case(
                name=name if taken[name] == 1 else f"{name} #{taken[name]}",
                analyzer=names.of(entry["analyzer"]),
                inputs=tuple(entry.get("inputFiles") or entry["cluster1InputFiles"]),
                mesh_config=entry.get("meshConfigFile", ""),
                mesh_networks=entry.get("meshNetworksFile", ""),
                expected=tuple((messages()[kind.name.removeprefix("msg.")][0], who) for kind, who in entry["expected"]),
            )
        )
    return found


@cache
def istioctl_analyzers() -> list[str]:
    """Return the names of the analyzers that istioctl has."""
    command = [str(toolchain.ensure("istioctl")), "analyze", "--list-analyzers"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [line.removeprefix("* ").removesuffix(":") for line in listed.splitlines() if line.startswith("* ")]


# What is in the files


def read(path: Path) -> Iterator[Given]:
    """Return a file's objects; a document that is no YAML is stepped over, as upstream does."""
    for document in files.documents(path.read_text(), str(path)):
        try:
            value = document.value()
        except files.UnreadableText:
            continue
        if isinstance(value, dict):
            yield value, document


def parsed(name: str) -> Mapping[str, Any]:
    """Return what a file with one document says, nothing when there is no file."""
    found: Mapping[str, Any] = yaml.safe_load((analyzers() / name).read_text()) if name else {}
    return found


def latest(given: Iterable[Given]) -> list[Given]:
    """Return the objects, the last of those that have one kind and name: upstream's store keeps that."""
    found: dict[tuple[Kind, str, str], Given] = {}
    for manifest, origin in flat(given):
        metadata = manifest.get("metadata") or {}
        kind = Kind.of(manifest["apiVersion"], manifest["kind"])
        found[kind, metadata.get("namespace", ""), metadata.get("name", "")] = manifest, origin
    return list(found.values())


def ingress_gateway(mesh_config: Mapping[str, Any]) -> list[Given]:
    """Return the ingress gateway that upstream takes for granted (`pkg/config/analysis/local/defaults.go`)."""
    if mesh_config.get("ingressControllerMode") == "OFF":
        return []
    labels = {"istio": "ingressgateway"}
    service = mesh_config.get("ingressService", "istio-ingressgateway")
    ports = {"http2": 80, "https": 443, "tcp": 31400, "tls": 15443}
    objects = (
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": f"{service}-dummypod", "namespace": ISTIO_NAMESPACE, "labels": labels},
            "spec": {"containers": [{"name": "istio-proxy"}]},
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": service, "namespace": ISTIO_NAMESPACE},
            "spec": {
                "selector": labels,
                "ports": [
                    {"name": name, "port": port, "targetPort": port, "protocol": "TCP"} for name, port in ports.items()
                ],
            },
        },
    )
    return [(manifest, Nowhere()) for manifest in objects]


# What we find


def registered(analyzer: str) -> list[str]:
    """Return our names for one of upstream's analyzers: its own, or one that stands for all that begin so."""
    return [name for name in REGISTER if analyzer == name or analyzer.startswith(f"{name}.")]


def found(world: World, analyzer: str) -> list[Finding]:
    """Return what our analyzer of that name finds.

    :raises KeyError: when there is none
    """
    names = registered(analyzer)
    if not names:
        raise KeyError(f"no analyzer is called {analyzer}")
    kind = analyzer.rpartition(".")[2] if analyzer.startswith("schema.ValidationAnalyzer.") else ""
    return [finding for finding in run(world, names) if kind in ("", finding.resource.kind.name)]


def seen(findings: Iterable[Finding]) -> Counter[Seen]:
    """Return findings as upstream's cases have them."""
    return Counter((finding.code, str(finding.resource)) for finding in findings)


@dataclass
class Score:
    """How many findings were expected and how many found, by code."""

    expected: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)

    def add(self, expected: Counter[Seen], found: Counter[Seen]) -> None:
        """Count one comparison."""
        for total, part in ((self.expected, expected), (self.found, found), (self.right, expected & found)):
            for (code, _), count in part.items():
                total[code] += count

    def lines(self) -> Iterator[str]:
        """Return a table: per code and in all, with recall and precision."""
        yield f"{'code':<10}{'expected':>10}{'found':>10}{'right':>10}{'recall':>10}{'precision':>11}"
        for code in sorted(self.expected | self.found):
            yield _line(code, self.expected[code], self.found[code], self.right[code])
        yield _line("all", self.expected.total(), self.found.total(), self.right.total())


def _line(code: str, expected: int, found: int, right: int) -> str:
    recall, precision = (f"{right / of:.0%}" if of else "-" for of in (expected, found))
    return f"{code:<10}{expected:>10}{found:>10}{right:>10}{recall:>10}{precision:>11}"


# Reading Go


@dataclass(frozen=True)
class Name:
    """A name in Go, with what stands behind it in braces or brackets: ``&gateway.SecretAnalyzer{}``."""

    name: str
    arguments: tuple[Any, ...] = ()


TOKEN = re.compile(
    r"""(?xs) (?P<skip> \s+ | //[^\n]* | /\*.*?\*/ )
      | "(?P<text> (?: [^"\\] | \\. )* )" | `(?P<raw> [^`]* )`
      | (?P<name> &?[A-Za-z_][\w.]* ) | (?P<mark> . )"""
)
ENDS = {"{": "}", "(": ")"}


def table(source: str, variable: str) -> list[dict[str, Any]]:
    """Return a Go variable that holds a slice of structs, each as a dict.

    :raises ValueError: when it is not of that shape
    """
    entries = GoLiteral(source[source.index(f"var {variable} = ") :].partition("= ")[2]).value()
    if not all(isinstance(entry, dict) for entry in entries):
        raise ValueError(f"{variable} is no slice of structs with named fields")
    return list(entries)


class GoLiteral:
    """A literal in Go's source: texts, names, slices, structs with or without names of fields."""

    def __init__(self, source: str) -> None:
        tokens = ((str(match.lastgroup), match[str(match.lastgroup)]) for match in TOKEN.finditer(source))
        self._tokens = (token for token in tokens if token[0] != "skip")
        self._kind, self._text = next(self._tokens)

    def _take(self) -> tuple[str, str]:
        taken = self._kind, self._text
        self._kind, self._text = next(self._tokens, ("end", ""))
        return taken

    def value(self) -> Any:
        """Return what stands here: a text, a `Name`, a list, or a dict where the elements have names."""
        kind, text = self._take()
        if kind in ("text", "raw"):
            return text.replace('\\"', '"')
        if kind == "name":
            return Name(text, tuple(self._elements(ENDS[self._take()[1]])[0]) if self._text in ENDS else ())
        if text == "[":  # a slice's type
            while text != "{":
                text = self._take()[1]
        if text != "{":
            raise ValueError(f"{text!r} where a value should be")
        items, named = self._elements("}")
        return named or items

    def _elements(self, end: str) -> tuple[list[Any], dict[str, Any]]:
        items: list[Any] = []
        named: dict[str, Any] = {}
        while self._text != end:
            value = self.value()
            if self._text == ":":
                self._take()
                named[value.name] = self.value()
            else:
                items.append(value)
            if self._text == ",":
                self._take()
        self._take()
        return items, named


class Names:
    """Names of analyzers, from where they are defined."""

    IMPORT = re.compile(r'^\s*(?:(\w+) )?"istio\.io/istio/pkg/config/analysis/analyzers/(\w+)"', re.MULTILINE)
    METADATA = re.compile(r'func \((?:\w+ )?\*(\w+)\) Metadata\(\).*?\bName:\s*"([^"]*)"', re.DOTALL)

    def __init__(self, test: str) -> None:
        self._folders = {alias or folder: folder for alias, folder in self.IMPORT.findall(test)}

    def of(self, analyzer: Name) -> str:
        """Return the name of an analyzer as the table has it, such as ``&gateway.SecretAnalyzer{}``."""
        package, _, what = analyzer.name.removeprefix("&").partition(".")
        defined: dict[str, str] = {
            kind: name
            for file in (analyzers() / self._folders[package]).glob("*.go")
            for kind, name in self.METADATA.findall(file.read_text())
        }
        if what in defined:
            return defined[what]
        # The function that makes a validation analyzer of one collection.
        (collection,) = analyzer.arguments
        return defined[what.removeprefix("Collection")] + str(collection.name).rpartition(".")[2]


@cache
def messages() -> dict[str, tuple[str, str]]:
    """Return the code and level of each of upstream's messages, by its name."""
    source = (analyzers().parent / "msg/messages.gen.go").read_text()
    found = re.findall(r'(\w+) = diag\.NewMessageType\(diag\.(\w+), "(IST\d+)"', source)
    return {name: (code, level) for name, level, code in found}
