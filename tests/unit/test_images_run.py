"""The images' content runs: unpacked to a folder and entered with chroot, with no container engine."""

import json
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from local_cluster import images

pytestmark = [
    pytest.mark.tools,
    pytest.mark.skipif(os.geteuid() != 0, reason="chroot needs root"),
]


def unpack(name: str, into: Path) -> Path:
    """Unpack all layers of an image, as a container engine does, and return the folder that is its root."""
    archive_folder, root = into / "archive", into / "root"
    root.mkdir(parents=True)
    with tarfile.open(images.archive(name)) as archive:
        archive.extractall(archive_folder, filter="data")
    (manifest,) = json.loads((archive_folder / "manifest.json").read_text())
    for layer in manifest["Layers"]:
        tar = ["tar", "--extract", "--preserve-permissions", "--keep-directory-symlink"]
        subprocess.run([*tar, "--file", archive_folder / layer, "--directory", root], check=True)
    # A container has a /dev/null; a plain file will do.
    (root / "dev").mkdir(exist_ok=True)
    (root / "dev/null").touch()
    return root


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpack("proxyv2", tmp_path_factory.mktemp("proxyv2"))


def run(root: Path, command: str, *, before: str = "true") -> str:
    """Run a shell command in the image, in a network namespace of its own, and return what it prints."""
    path = "PATH=/usr/local/bin:/usr/sbin:/usr/bin"
    script = f'{before}; exec chroot {root} /usr/bin/env -i {path} sh -c "$1"'
    ran = subprocess.run(["unshare", "--net", "sh", "-c", script, "sh", command], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("envoy --version", "/1.38.3/"),
        ("pilot-agent version --short", "1.31.0"),
        ("iptables --version", "(nf_tables)"),
        ("ip6tables-restore --version", "(nf_tables)"),
        ("iptables-nft-save --version", "(nf_tables)"),
        ("iptables-legacy --version", "(legacy)"),
        ("ip6tables-legacy-save --version", "(legacy)"),
        ("cat /etc/ssl/certs/ca-certificates.crt", "BEGIN CERTIFICATE"),
    ],
)
def test_the_proxys_executables_run(proxy: Path, command: str, says: str) -> None:
    assert says in run(proxy, command)


def test_the_agent_sets_redirection_up_with_the_images_own_iptables(proxy: Path) -> None:
    arguments = "-p 15001 -z 15006 -u 1337 -m REDIRECT -i '*' -b '*' -d 15090,15021"
    rules = run(
        proxy,
        f"pilot-agent istio-iptables {arguments} >&2 && iptables -t nat -S",
        before="ip link set lo up && ip address add 10.9.9.9/32 dev lo",
    )
    assert "-A ISTIO_IN_REDIRECT -p tcp -j REDIRECT --to-ports 15006" in rules
    assert "-A ISTIO_REDIRECT -p tcp -j REDIRECT --to-ports 15001" in rules


def test_the_bootstrap_template_is_where_the_agent_looks(proxy: Path) -> None:
    assert "static_resources" in (proxy / "var/lib/istio/envoy/envoy_bootstrap_tmpl.json").read_text()


def test_the_proxys_user_exists_and_owns_its_home(proxy: Path) -> None:
    assert "istio-proxy:x:1337:1337:" in (proxy / "etc/passwd").read_text()
    assert (proxy / "home/istio-proxy").stat().st_uid == 1337


def test_istiod_runs_from_its_image(tmp_path: Path) -> None:
    root = unpack("pilot", tmp_path)
    assert "1.31.0" in run(root, "pilot-discovery version --short")


@pytest.mark.parametrize(
    ("name", "executable", "says"), [("fortio", "/usr/bin/fortio", "1.60.3"), ("coredns", "/coredns", "1.14.7")]
)
def test_images_without_a_distribution_run(tmp_path: Path, name: str, executable: str, says: str) -> None:
    root = unpack(name, tmp_path)
    argument = "-version" if name == "coredns" else "version"
    ran = subprocess.run(["chroot", root, executable, argument], capture_output=True, text=True, check=True)
    assert says in ran.stdout


def test_pause_stays_until_it_is_told_to_end(tmp_path: Path) -> None:
    root = unpack("pause", tmp_path)
    process = subprocess.Popen(["chroot", root, "/pause"])
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=0.5)
    process.terminate()
    assert process.wait(timeout=10) == 0
