"""`mesh render`: files in apply order, secrets out of sight, nobody else's file touched; read back by kubectl."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from local_cluster import toolchain
from mesh_components.cli import app
from mesh_components.cli.rendered import file_name
from mesh_components.cli.rendered_steps import BASE, ISTIOD, KEEP, LITERAL, MESH, STEPS, WAVE, WAVES
from mesh_components.live.plan import plan
from mesh_components.settings import VERSIONS
from tests.cluster import gitops_guide as guide

Render = Callable[..., Result]

CA = {"mode": "provided", "caCert": "CERT", "rootCert": "ROOT", "certChain": "CHAIN"}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project"
    (folder / "stacks").mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text("name: mesh\n")
    monkeypatch.chdir(folder)
    declare(folder, "one", {"mesh:profile": "default", "mesh:mtls": "STRICT", "mesh:namespaces": [{"name": "shop"}]})
    return folder


def declare(project: Path, stack: str, config: dict[str, Any]) -> None:
    (project / "stacks" / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump({"config": config}))


def render(*arguments: str, stack: str = "one", code: int = 0) -> Result:
    result = CliRunner().invoke(app, ["render", "--stack", stack, *arguments])
    assert result.exit_code == code, result.output
    return result


def documents(text: str) -> Iterator[Any]:
    return (document for document in yaml.safe_load_all(text) if document)


def test_the_stream_is_what_is_planned(project: Path) -> None:
    config = yaml.safe_load((project / "stacks" / "Pulumi.one.yaml").read_text())["config"]
    planned = plan(config, "mesh", "one").objects
    streamed = list(documents(render().stdout))
    assert sorted(map(file_name, streamed)) == [file_name(one) for one in streamed]
    assert sorted(streamed, key=file_name) == sorted(planned, key=file_name) and len(planned) > 30


def test_definitions_come_first_and_custom_resources_last(project: Path) -> None:
    kinds = [document["kind"] for document in documents(render().stdout)]
    assert kinds[0] == "CustomResourceDefinition" and kinds[-1] == "PeerAuthentication"
    assert kinds.index("Namespace") < kinds.index("ServiceAccount") < kinds.index("Deployment")


def test_a_second_run_writes_nothing_and_a_changed_plan_only_what_changed(project: Path) -> None:
    assert "created" in render("-o", "out").stdout
    before = {path: path.stat().st_mtime_ns for path in Path("out").iterdir()}
    again = render("-o", "out")
    assert again.stdout == "" and "unchanged" in again.stderr
    assert before == {path: path.stat().st_mtime_ns for path in Path("out").iterdir()}
    declare(project, "one", {"mesh:profile": "default", "mesh:mtls": "PERMISSIVE", "mesh:namespaces": [{"name": "b"}]})
    assert render("-o", "out").stdout.splitlines() == [
        "created  10-namespace_b.yaml",
        "changed  90-peerauthentication.security.istio.io_istio-system_default.yaml",
        "removed  10-namespace_shop.yaml",
    ]


def test_files_of_others_stay(project: Path) -> None:
    render("-o", "out")
    own = Path("out/README.md")
    own.write_text("mine")
    copied = Path("out/10-namespace_copied.yaml")
    copied.write_text(Path("out/10-namespace_shop.yaml").read_text())
    declare(project, "one", {"mesh:profile": "default"})
    render("-o", "out")
    assert own.exists() and copied.exists() and not Path("out/10-namespace_shop.yaml").exists()


def test_an_edited_file_is_written_again(project: Path) -> None:
    render("-o", "out")
    file = Path("out/10-namespace_shop.yaml")
    text = file.read_text()
    file.write_text(text + "# mine\n")
    assert render("-o", "out").stdout == "changed  10-namespace_shop.yaml\n"
    assert file.read_text() == text


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (lambda out: out.write_text(""), "is a file"),
        (lambda out: (out.mkdir(), (out / "notes.txt").write_text("")), "wrote none of them"),
        (lambda out: render("-o", "out", stack="two"), "holds stack two"),
        (lambda out: render("-o", "out") and in_the_way(out), "is in the way"),
        (lambda out: (out.parent / "x").write_text("x") and out.symlink_to(out.parent / "x" / "y"), "cannot write"),
    ],
    ids=["a file", "somebody's folder", "another stack", "a file in the way", "cannot be written"],
)
def test_where_it_cannot_write_it_says_so_and_writes_nothing(
    project: Path, prepare: Callable[[Path], object], message: str
) -> None:
    declare(project, "two", {"mesh:profile": "minimal"})
    out = Path("out")
    prepare(out)
    before = {path: path.read_bytes() for path in out.iterdir()} if out.is_dir() else {}
    assert message in " ".join(render("-o", "out", code=2).stderr.split())
    assert before == ({path: path.read_bytes() for path in out.iterdir()} if out.is_dir() else {})


def in_the_way(out: Path) -> int:
    """Somebody takes our file for himself: our line is gone."""
    return (out / "10-namespace_shop.yaml").write_text("kind: Namespace\n")


def test_a_hidden_file_does_not_make_a_folder_somebodys(project: Path) -> None:
    Path("out").mkdir()
    Path("out/.gitkeep").touch()
    render("-o", "out")


def secret(text: str) -> dict[str, str]:
    (found,) = [document for document in documents(text) if document["kind"] == "Secret"]
    data: dict[str, str] = found["data"]
    return data


@pytest.mark.parametrize(
    ("authority", "arguments", "data"),
    [
        ({"mode": "declared"}, [], {"<generated>"}),
        ({"mode": "declared"}, ["--show-secrets"], {"<generated>"}),
        ({**CA, "caKey": "KEY"}, [], {"<redacted>"}),
        ({**CA, "caKey": {"secure": "v1:x"}}, [], {"<redacted>", "<encrypted>"}),
        ({**CA, "caKey": {"secure": "v1:x"}}, ["--show-secrets"], {"<encrypted>", "Q0VSVA==", "Uk9PVA==", "Q0hBSU4="}),
    ],
)
def test_secrets_are_not_written(
    project: Path, authority: dict[str, Any], arguments: list[str], data: set[str]
) -> None:
    declare(project, "one", {"mesh:certificateAuthority": authority})
    render("-o", "out", *arguments)
    incomplete = Path("out/30-secret_istio-system_cacerts.yaml.incomplete")
    assert set(secret(incomplete.read_text()).values()) == data
    assert not Path("out/30-secret_istio-system_cacerts.yaml").exists()
    streamed = render(*arguments)
    assert "Secret" not in {document["kind"] for document in documents(streamed.stdout)}
    assert "# kind: Secret" in streamed.stdout
    assert "Secret istio-system/cacerts" in streamed.stderr


def test_secrets_are_written_when_asked_for(project: Path) -> None:
    declare(project, "one", {"mesh:certificateAuthority": {**CA, "caKey": "KEY"}})
    render("-o", "out")
    done = render("-o", "out", "--show-secrets")
    assert secret(Path("out/30-secret_istio-system_cacerts.yaml").read_text())["ca-key.pem"] == "S0VZ"
    assert "removed  30-secret_istio-system_cacerts.yaml.incomplete" in done.stdout
    assert "not complete" not in done.stderr
    assert "S0VZ" in render("--show-secrets").stdout


def test_an_encrypted_setting_is_named_wherever_it_stands(project: Path) -> None:
    declare(project, "one", {"mesh:global": {"hub": {"secure": "x"}}})
    render("-o", "out")
    assert "<encrypted>" in Path("out/60-deployment.apps_istio-system_istiod.yaml.incomplete").read_text()


def test_json_for_programs(project: Path) -> None:
    listed = json.loads(render("--format", "json").stdout)
    assert listed == sorted(listed, key=lambda one: one["file"])
    assert all(one["complete"] and file_name(one["manifest"]) == one["file"] for one in listed)
    render("-o", "out")
    declare(project, "one", {"mesh:profile": "default"})
    changes = json.loads(render("-o", "out", "--format", "json").stdout)
    assert {"file": "10-namespace_shop.yaml", "complete": None, "action": "removed"} in changes
    assert sum(change["action"] == "unchanged" for change in changes) > 30


def test_names_that_file_systems_do_not_like(project: Path) -> None:
    role = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": {"namespace": "a", "name": "b:c/d"},
    }
    assert file_name(role) == "40-role.rbac.authorization.k8s.io_a_b%3ac%2fd.yaml"
    long = [file_name({**role, "metadata": {"name": "x" * 252 + end}}) for end in "ab"]
    assert len(set(long)) == 2 and max(map(len, long)) < 255 - len(".incomplete")


def test_it_needs_neither_pulumi_nor_a_cluster() -> None:
    program = (
        "import sys; from mesh_components.cli import app; app(['render', '-s', 'demo'], standalone_mode=False); "
        "print([name for name in ('pulumi', 'kubernetes', 'grpc', 'rich') if name in sys.modules], file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stderr.splitlines()[-1] == "[]"


EVERYTHING: dict[str, Any] = {
    "mesh:profile": "ambient",
    "mesh:mtls": "STRICT",
    "mesh:gatewayAPI": {"enabled": True},
    "mesh:revisionTags": ["default"],
    "mesh:ingressGateways": [
        {"name": "plain", "autoscaleMin": 2},
        {"name": "injected", "namespace": "edge", "injectionTemplate": "gateway"},
    ],
    "mesh:namespaces": [{"name": "shop", "annotations": {"argocd.argoproj.io/sync-options": "Prune=confirm"}}],
}


def in_folders(*arguments: str, stack: str = "one") -> dict[str, dict[str, Any]]:
    """Return what `--gitops` writes: objects by file."""
    listed = json.loads(render("--gitops", "--format", "json", *arguments, stack=stack).stdout)
    return {one["file"]: one["manifest"] for one in listed}


def without_marks(item: dict[str, Any]) -> dict[str, Any]:
    marks = {WAVE, *KEEP, *LITERAL}
    metadata = dict(item["metadata"])
    if left := {key: value for key, value in metadata.pop("annotations", {}).items() if key not in marks}:
        metadata["annotations"] = left
    return {**item, "metadata": metadata}


def test_steps_have_every_object_once_and_as_it_is_planned(project: Path) -> None:
    declare(project, "one", EVERYTHING)
    flat = {one["file"]: one["manifest"] for one in json.loads(render("--format", "json").stdout)}
    placed = in_folders()
    assert {file.partition("/")[0] for file in placed} == set(STEPS)
    assert list(placed) == sorted(placed)
    assert {file.partition("/")[2]: without_marks(item) for file, item in placed.items()} == {
        file: without_marks(item) for file, item in flat.items()
    }


def test_a_step_has_what_the_next_one_needs(project: Path) -> None:
    declare(project, "one", EVERYTHING)
    kinds: dict[str, set[str]] = {folder: set() for folder in STEPS}
    places: dict[str, set[str]] = {folder: set() for folder in STEPS}
    for file, item in in_folders().items():
        kinds[file.partition("/")[0]].add(item["kind"])
        places[file.partition("/")[0]].add(item["metadata"].get("namespace", ""))
        if item["kind"] in ("Deployment", "Service"):
            assert file.startswith(ISTIOD) == item["metadata"]["name"].startswith("istiod"), file
    assert kinds[BASE] == {"CustomResourceDefinition", "Namespace"}
    assert places[ISTIOD] == {"", "istio-system"}, "nothing whose namespace comes later"
    assert kinds[ISTIOD] >= {"Deployment", "ValidatingWebhookConfiguration"}
    # An autoscaler without metrics is degraded, which would end Argo CD's sync in any wave but the last.
    later = {"PeerAuthentication", "DaemonSet", "HorizontalPodAutoscaler", "PodDisruptionBudget", "Namespace"}
    assert kinds[MESH] >= later and not kinds[ISTIOD] & later
    # A CA's Secret can be brought into it before istiod starts.
    assert f"{BASE}/10-namespace_istio-system.yaml" in in_folders()


def test_the_way_to_an_istiod_elsewhere_comes_before_its_webhooks(project: Path) -> None:
    declare(project, "one", {"mesh:profile": "remote", "mesh:global": {"remotePilotAddress": "192.0.2.1"}})
    files = [one["file"] for one in json.loads(render("--format", "json").stdout)]
    assert files.index("55-endpointslice.discovery.k8s.io_istio-system_istiod.yaml") < min(
        number for number, file in enumerate(files) if "webhookconfiguration" in file
    )
    assert f"{ISTIOD}/55-endpointslice.discovery.k8s.io_istio-system_istiod.yaml" in in_folders()


def test_marks_for_argo_cd_and_flux(project: Path) -> None:
    declare(project, "one", EVERYTHING)
    for file, item in in_folders().items():
        annotations, folder = item["metadata"].get("annotations", {}), file.partition("/")[0]
        assert annotations.get(WAVE) == WAVES.get(folder)
        keeps = item["kind"] in ("CustomResourceDefinition", "Namespace")
        assert all((key in annotations) == keeps for key in KEEP), file
        assert (LITERAL.items() <= annotations.items()) == ("${" in json.dumps(item)), file
    shop = in_folders()[f"{MESH}/10-namespace_shop.yaml"]["metadata"]["annotations"]
    assert shop == {**KEEP, "argocd.argoproj.io/sync-options": "Prune=confirm"}, "the user's own word counts"
    assert sorted(WAVES, key=lambda folder: int(WAVES[folder])) == [*WAVES] == [*STEPS[:2]]
    assert all(int(wave) < 0 for wave in WAVES.values()), "what has no mark is in wave 0"


def test_what_the_injector_completes_comes_after_it(project: Path) -> None:
    declare(project, "one", EVERYTHING)
    files = [one["file"] for one in json.loads(render("--format", "json").stdout)]
    parts = ("deployment.apps_istio-system_plain", "mutatingwebhook", "deployment.apps_edge_injected", "peerauth")
    order = [next(number for number, file in enumerate(files) if file[3:].startswith(part)) for part in parts]
    assert order == sorted(order)


def test_a_folder_changes_between_steps_and_none(project: Path) -> None:
    render("-o", "out")
    flat = {path.name for path in Path("out").iterdir()}
    render("-o", "out", "--gitops")
    assert {path.name for path in Path("out").iterdir()} == set(STEPS)
    assert {path.name for path in Path("out").glob("*/*")} == flat
    assert render("-o", "out", "--gitops").stdout == ""
    Path("out", MESH, "README.md").write_text("mine")
    declare(project, "one", {"mesh:profile": "default", "mesh:components": {"base": {"enabled": False}}})
    gone = render("-o", "out", "--gitops").stdout
    assert f"removed  {MESH}/10-namespace_shop.yaml" in gone and not Path("out", BASE).exists()
    render("-o", "out")
    assert [path.name for path in Path("out").iterdir() if path.is_dir()] == [MESH], "with somebody's own file in it"
    assert Path("out", MESH, "README.md").read_text() == "mine"


@pytest.mark.parametrize("make", [lambda at: at.write_text("mine"), lambda at: at.symlink_to(at.parent.parent)])
def test_a_step_in_the_way(project: Path, make: Callable[[Path], object]) -> None:
    render("-o", "out")
    before = {path.name for path in Path("out").iterdir()}
    make(Path("out", ISTIOD))
    said = " ".join(render("-o", "out", "--gitops", code=2).stderr.split())
    assert f"{ISTIOD} is in the way" in said
    assert {path.name for path in Path("out").iterdir()} == {*before, ISTIOD}


LONGEST_ANNOTATIONS = 256 * 1024
"""Bytes that all annotations of an object may have together (Kubernetes' validation of metadata)."""


@pytest.mark.parametrize("version", VERSIONS)
def test_every_object_fits_into_the_annotation_of_a_client_side_apply(project: Path, version: str) -> None:
    everything = {"mesh:version": version, "mesh:gatewayAPI": {"enabled": True, "channel": "experimental"}}
    declare(project, "one", {"mesh:profile": "ambient", **everything})
    sizes = [len(json.dumps(item).encode()) for item in in_folders().values()]
    assert len(sizes) > 50 and max(sizes) < LONGEST_ANNOTATIONS / 2


def test_the_guide_knows_the_steps_and_the_marks() -> None:
    table = re.findall(r"^\| `([\w-]+)` \|.*\| (-?\d) \|$", guide.section("The folder"), re.MULTILINE)
    assert table == [(folder, WAVES.get(folder, "0")) for folder in STEPS]
    assert all(f"`{name}" in guide.section("The folder") for name in (WAVE, *KEEP, *LITERAL))
    install, _, _, remove = (guide.commands(one) for one in guide.blocks("console", guide.section("kubectl")))
    folders = [f"{guide.FOLDER}/{step}" for step in STEPS]
    assert [command.split()[-1] for command in install if "apply" in command] == folders
    assert [command.split()[-1] for command in remove] == folders[::-1]


def test_the_guides_kustomizations_are_the_steps_one_after_the_other() -> None:
    parts = guide.manifests("Flux")
    assert [part["spec"]["path"] for part in parts] == [f"./{guide.FOLDER}/{step}" for step in STEPS]
    assert all(part["spec"]["wait"] and part["spec"]["prune"] for part in parts)
    waits = [[one["name"] for one in part["spec"].get("dependsOn", [])] for part in parts]
    assert waits == [[], *([part["metadata"]["name"]] for part in parts[:-1])]


@pytest.mark.tools
@pytest.mark.parametrize(("layout", "reading"), [([], []), (["--gitops"], ["--recursive"])])
def test_kubectl_reads_the_folder_as_it_was_planned(layout: list[str], reading: list[str], tmp_path: Path) -> None:
    """The oracle is kubectl's own reader of folders, which asks no cluster for `label --local`."""
    folder = tmp_path / "out"
    done = render("-o", str(folder), *layout, stack="demo")
    assert "cacerts" in done.stderr
    line = [str(toolchain.ensure("kubectl")), "label", "--local", "-o", "json", *reading, "-f", str(folder), "a=b"]
    read = list(decoded(subprocess.run(line, capture_output=True, text=True, check=True).stdout))
    listed = json.loads(render("--format", "json", *layout, stack="demo").stdout)
    wanted = [one["manifest"] for one in listed if one["complete"]]
    for one in wanted:
        one["metadata"].setdefault("labels", {})["a"] = "b"
    assert read == wanted


def decoded(text: str) -> Iterator[Any]:
    """Return the JSON documents that stand one after the other in a text."""
    while text := text.lstrip():
        document, end = json.JSONDecoder().raw_decode(text)
        yield document
        text = text[end:]
