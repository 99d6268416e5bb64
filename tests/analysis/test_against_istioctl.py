"""Upstream's test data through `istioctl analyze`, file by file: what it finds is what we find, and nothing else."""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from local_cluster import toolchain
from mesh_components.analysis import everything, kinds  # noqa: F401  (registers)
from mesh_components.analysis.analyzers import REGISTER, run
from mesh_components.analysis.finding import Finding
from mesh_components.analysis.kinds import Kind
from mesh_components.analysis.world import Given, Scope, World

from . import upstream_cases
from .upstream_cases import ISTIO_NAMESPACE, Score, Seen, analyzers, latest, parsed, read

pytestmark = pytest.mark.tools

NOT_READ = {kinds.SERVICE, kinds.NAMESPACE, kinds.NODE, kinds.POD, kinds.SECRET}
"""Kinds that istioctl never reads from files (`pkg/config/analysis/legacy/util/kuberesource/resources.go`)."""

SYSTEM_NAMESPACES = {"kube-system", "kube-public", "kube-node-lease", "local-path-storage"}
"""Namespaces whose objects istioctl leaves out (`IgnoredNamespaces` in `pkg/kube/inject/initializer.go`)."""


@dataclass(frozen=True)
class Difference:
    """Where we find something else, on purpose.

    Attributes:
        why: The reason.
        theirs: What istioctl alone finds.
        ours: What we alone find.
    """

    why: str
    theirs: tuple[Seen, ...] = ()
    ours: tuple[Seen, ...] = ()


UNKNOWN_FIELD = (
    "a field that the API does not have: istioctl analyze drops it and checks the rest; like istioctl validate and the "
    "API server we refuse it, before what istiod's webhook would say"
)
INSIDE_ENVOY = "what is in a patch's value is checked against Envoy's own API, which is not here"
REFUSED_FIRST = "the CRD requires the field: the API server refuses the object before istiod's webhook sees it"

DIFFERENT = {
    "deprecation.yaml": Difference(
        UNKNOWN_FIELD,
        theirs=(("IST0133", "EnvoyFilter istio-system/istio-multicluster-egressgateway"),),
        ours=(("IST0106", "EnvoyFilter istio-system/istio-multicluster-egressgateway"),) * 2,
    ),
    "envoy-filter-add-operation.yaml": Difference(
        f"{UNKNOWN_FIELD}; {INSIDE_ENVOY}",
        theirs=tuple(("IST0133", f"EnvoyFilter bookinfo/test-auth-{number}") for number in (2, 3, 4, 5)),
        ours=tuple(("IST0106", f"EnvoyFilter bookinfo/test-auth-{number}") for number in (4, 5)),
    ),
    "envoy-filter-replace-operation.yaml": Difference(
        INSIDE_ENVOY, theirs=(("IST0133", "EnvoyFilter bookinfo/test-replace-3"),)
    ),
    "relative-envoy-filter-operation.yaml": Difference(
        INSIDE_ENVOY, theirs=(("IST0133", "EnvoyFilter bookinfo/test-relative-3"),)
    ),
    "virtualservice_destinationhosts.yaml": Difference(
        REFUSED_FIRST, theirs=(("IST0106", "VirtualService default/reviews-bogushost"),)
    ),
}
"""By test data: our findings that are other than istioctl's, with the reason."""


@dataclass(frozen=True)
class Run:
    """One file, with a mesh config or with Istio's defaults."""

    file: str
    mesh_config: str = ""

    def __str__(self) -> str:
        return self.file.removeprefix("testdata/") + (
            f" with {Path(self.mesh_config).stem}" if self.mesh_config else ""
        )


def runs() -> list[Run]:
    """Return every file of upstream's test data, once more with each mesh config that a case has for it."""
    folder = analyzers()
    alone = {Run(str(path.relative_to(folder))) for path in (folder / "testdata").rglob("*.yaml")}
    configured = {Run(file, case.mesh_config) for case in upstream_cases.cases() for file in case.inputs}
    return sorted(alone | configured, key=str)


def istioctl(files: list[str], mesh_config: str = "") -> tuple[Counter[Seen], list[str]]:
    """Return what istioctl finds in files, and the names of the analyzers that it runs."""
    flags = ["--use-kube=false", "--all-namespaces", "--verbose", "--output=json", "--color=false"]
    if mesh_config:
        flags.append(f"--meshConfigFile={analyzers() / mesh_config}")
    paths = [str(analyzers() / file) for file in files]
    command = [str(toolchain.ensure("istioctl")), "analyze", *flags, *paths]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: list[dict[str, Any]] = json.loads(re.split(r"^(?=\[)", done.stdout, maxsplit=1, flags=re.MULTILINE)[-1])
    levels = dict(upstream_cases.messages().values())
    assert all(levels[one["code"]] == one["level"] for one in found)
    skipped, _, executed = done.stderr.partition("Skipped analyzers:")[2].partition("Executed analyzers:")
    ran = [name for name in executed.split() if name not in skipped.split() and name in known()]
    return Counter((one["code"], one["origin"]) for one in found), ran


@cache
def known() -> frozenset[str]:
    """Return the names of istioctl's analyzers: what it prints after them is on stderr too."""
    return frozenset(upstream_cases.istioctl_analyzers())


def ours(files: list[str], ran: list[str], mesh_config: str = "") -> list[Finding]:
    """Return what the same analyzers of ours find in the objects that istioctl reads."""
    given = [given for given in latest(given for file in files for given in read(analyzers() / file)) if is_read(given)]
    scope = Scope(
        complete=True,
        default_namespace="",
        istio_namespace=ISTIO_NAMESPACE,
        mesh_config=parsed(mesh_config),
        mesh_networks={},
    )
    names = {name for analyzer in ran for name in upstream_cases.registered(analyzer)}
    return run(World.build(given, scope), [name for name in REGISTER if name in names])


def is_read(given: Given) -> bool:
    """Return whether istioctl reads an object from a file."""
    manifest, _ = given
    namespace = (manifest.get("metadata") or {}).get("namespace")
    return Kind.of(manifest["apiVersion"], manifest["kind"]) not in NOT_READ and namespace not in SYSTEM_NAMESPACES


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "file" in metafunc.fixturenames:
        metafunc.parametrize("file", runs(), ids=str)


def test_file(file: Run, scores: dict[str, Score]) -> None:
    expected, ran = istioctl([file.file], file.mesh_config)
    findings = ours([file.file], ran, file.mesh_config)
    found = upstream_cases.seen(findings)
    scores.setdefault("istioctl analyze on upstream's files, by code", Score()).add(expected, found)
    different = DIFFERENT.get(str(file), Difference("none"))
    assert expected - found == Counter(different.theirs), "\n".join(
        f"{finding.resource} {finding.path}: {finding.code} {finding.text}" for finding in findings
    )
    assert found - expected == Counter(different.ours)


def test_all_files_together(scores: dict[str, Score]) -> None:
    files = [run.file for run in runs() if not run.mesh_config]
    expected, ran = istioctl(files)
    found = upstream_cases.seen(ours(files, ran))
    scores.setdefault("istioctl analyze on all of them together, by code", Score()).add(expected, found)
    assert in_any_order(expected) - in_any_order(found) == Counter(
        seen for different in DIFFERENT.values() for seen in different.theirs
    )
    assert in_any_order(found) - in_any_order(expected) == Counter(
        seen for different in DIFFERENT.values() for seen in different.ours
    )


def in_any_order(seen: Counter[Seen]) -> Counter[Seen]:
    """Return findings with one code for two of which it hangs on the order of EnvoyFilters upstream which it is."""
    counted: Counter[Seen] = Counter()
    for (code, who), count in seen.items():
        counted["IST0151" if code == "IST0155" else code, who] += count
    return counted


def test_istioctl_runs_some_analyzers() -> None:
    _, ran = istioctl([runs()[0].file])
    assert len(ran) > 20
    assert "virtualservice.GatewayAnalyzer" in ran
    assert "virtualservice.DestinationHostAnalyzer" not in ran, "it looks at Services"
