"""The image writer: same content, same bytes; and archives that container engines understand."""

import hashlib
import io
import json
import os
import tarfile
from pathlib import Path

import pytest

from local_cluster import images
from local_cluster.images import docker_archive
from local_cluster.images.archive import _key, make_layers
from local_cluster.images.layer import LayerWriter
from local_cluster.images.table import IMAGES, PROXY_USER, Executable, Folder, Image, Text
from local_cluster.toolchain import ToolError, names
from mesh_components.manifests import images as planned_images
from mesh_components.manifests import mesh
from mesh_components.settings import load


@pytest.fixture(autouse=True)
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MESH_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def tree(root: Path, order: list[str], time: int) -> Path:
    """A small root file system, written in the order given, with the times given."""
    for name in order:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
        path.chmod(0o755 if name.startswith("bin") else 0o644)
        os.utime(path, (time, time))
    (root / "sh").symlink_to("bin/dash")
    (root / "tmp").mkdir()
    (root / "tmp").chmod(0o1777)
    return root


def test_a_layer_does_not_depend_on_when_and_in_what_order_files_were_written(tmp_path: Path) -> None:
    written = []
    for number, order in enumerate((["bin/dash", "etc/a", "etc/b"], ["etc/b", "bin/dash", "etc/a"])):
        layer = LayerWriter()
        layer.tree(tree(tmp_path / str(number), order, 1_000_000 + number))
        written.append(layer.write(tmp_path / f"{number}.tar"))
    assert written[0].digest == written[1].digest
    assert written[0].path.read_bytes() == written[1].path.read_bytes()
    assert written[0].digest == hashlib.sha256(written[0].path.read_bytes()).hexdigest()


def test_a_layer_depends_on_content_and_mode(tmp_path: Path) -> None:
    digests = set()
    for number, (content, mode) in enumerate([(b"a", 0o644), (b"b", 0o644), (b"a", 0o755)]):
        layer = LayerWriter()
        layer.file("etc/file", content, mode)
        digests.add(layer.write(tmp_path / f"{number}.tar").digest)
    assert len(digests) == 3


def test_entries_are_roots_without_time_or_names_parents_first(tmp_path: Path) -> None:
    layer = LayerWriter()
    layer.tree(tree(tmp_path / "root", ["bin/dash", "etc/deep/er/file"], 5))
    layer.folder("home/istio-proxy", owner=PROXY_USER)
    with tarfile.open(layer.write(tmp_path / "layer.tar").path) as archive:
        entries = archive.getmembers()
    by_name = {entry.name: entry for entry in entries}
    assert list(by_name) == sorted(by_name)
    assert {entry.mtime for entry in entries} == {0}
    assert {entry.uname + entry.gname for entry in entries} == {""}
    assert {entry.name: entry.uid for entry in entries if entry.uid or entry.gid} == {"home/istio-proxy": PROXY_USER}
    assert by_name["home"].isdir()
    assert by_name["bin/dash"].mode == 0o755
    assert by_name["tmp"].mode == 0o1777
    assert (by_name["sh"].issym(), by_name["sh"].linkname) == (True, "bin/dash")


def small_image(tags: tuple[str, ...] = ("docker.io/local/small:1", "docker.io/other/small:1")) -> Image:
    return Image(
        tags=tags,
        contents={"etc/motd": Text("hello\n"), "tmp": Folder(mode=0o1777)},
        entrypoint=("/run-me",),
        user="7:7",
        environment={"COLOUR": "blue"},
    )


def test_an_archive_has_what_an_engine_reads(tmp_path: Path) -> None:
    layers = make_layers("small", small_image(), tmp_path / "work")
    docker_archive.write(tmp_path / "image.tar", small_image(), layers)
    with tarfile.open(tmp_path / "image.tar") as archive:
        contents = {name: read(archive, name) for name in archive.getnames()}
    (manifest,) = json.loads(contents["manifest.json"])
    assert manifest["RepoTags"] == ["docker.io/local/small:1", "docker.io/other/small:1"]
    raw_config = contents[manifest["Config"]]
    assert manifest["Config"] == f"{hashlib.sha256(raw_config).hexdigest()}.json"
    config = json.loads(raw_config)
    digests = [f"sha256:{hashlib.sha256(contents[name]).hexdigest()}" for name in manifest["Layers"]]
    assert config["rootfs"] == {"type": "layers", "diff_ids": digests}
    assert len(config["history"]) == len(digests)
    assert config["config"]["Entrypoint"] == ["/run-me"]
    assert config["config"]["User"] == "7:7"
    assert "COLOUR=blue" in config["config"]["Env"]
    assert any(variable.startswith("PATH=") for variable in config["config"]["Env"])
    with tarfile.open(fileobj=io.BytesIO(contents[manifest["Layers"][0]])) as layer:
        assert read(layer, "etc/motd") == b"hello\n"


def test_an_archive_is_the_same_every_time(tmp_path: Path) -> None:
    for name in ("first", "second"):
        layers = make_layers("small", small_image(), tmp_path / name)
        docker_archive.write(tmp_path / f"{name}.tar", small_image(), layers)
    assert (tmp_path / "first.tar").read_bytes() == (tmp_path / "second.tar").read_bytes()


def test_the_key_of_an_image_changes_with_what_is_in_it() -> None:
    image = small_image()
    assert _key(image) == _key(small_image())
    assert _key(image) != _key(small_image(tags=("docker.io/local/small:2",)))


def test_the_key_of_an_image_changes_with_its_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    before = _key(IMAGES["coredns"])
    monkeypatch.setattr("local_cluster.toolchain.obtain.key_of", lambda executable: f"{executable}-of-another-version")
    assert _key(IMAGES["coredns"]) != before


def test_an_unknown_image_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(ToolError, match="there is no image 'proxy'; there are: pilot, proxyv2"):
        images.archive("proxy")


def test_istios_images_have_the_names_that_manifests_use() -> None:
    for name in ("pilot", "proxyv2"):
        assert IMAGES[name].tags == (f"registry.istio.io/release/{name}:1.31.0", f"docker.io/istio/{name}:1.31.0")


def test_every_executable_in_an_image_is_one_of_the_toolchains() -> None:
    wanted = {c.name for image in IMAGES.values() for c in image.contents.values() if isinstance(c, Executable)}
    assert wanted <= set(names())


def test_every_entry_point_is_in_the_image() -> None:
    for image in IMAGES.values():
        program = image.entrypoint[0].removeprefix("/")
        # Or it is in the Debian package of its name.
        assert program in image.contents or Path(program).name in image.packages


def test_names_that_are_ours_and_names_that_are_not() -> None:
    kiali, other = IMAGES["kiali"].tags[0], "quay.io/kiali/kiali:v2.27"
    assert images.ours([kiali, other]) == {kiali}
    assert images.missing(name for name in (kiali, other)) == [other]


def test_a_mesh_names_what_it_runs() -> None:
    settings = load({"profile": "minimal", "addons": {"prometheus": {"enabled": True}}})
    named = planned_images.named(settings, mesh.objects(settings))
    assert {name.rpartition("/")[2].partition(":")[0] for name in named} == {
        *("pilot", "proxyv2", "prometheus", "prometheus-config-reloader")
    }
    assert not images.missing(name for name in named if "reloader" not in name)


def read(archive: tarfile.TarFile, name: str) -> bytes:
    content = archive.extractfile(name)
    return content.read() if content else b""
