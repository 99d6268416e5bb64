"""`archive`: an image as a file, made first when it is not in the cache."""

import hashlib
import shutil
from collections.abc import Collection, Iterable
from pathlib import Path

from local_cluster import toolchain
from local_cluster.images import docker_archive, rootfs
from local_cluster.images.layer import Layer, LayerWriter
from local_cluster.images.table import IMAGES, Executable, Folder, Image, ModuleFile, Text
from local_cluster.toolchain import Progress, ToolError, cache, debian, default_progress, golang, obtain


def archive(name: str, *, progress: Progress | None = None) -> Path:
    """Return an image as a `docker save` archive, in the cache; made when absent, with the tools that it needs.

    Args:
        name: Name of the image, a key of `IMAGES`.
        progress: Where to say what is being done; standard error when not given.

    Raises:
        ToolError: There is no such image, or a tool or package of it cannot be had.
    """
    if name not in IMAGES:
        raise ToolError(f"there is no image {name!r}; there are: {', '.join(IMAGES)}")
    progress = progress or default_progress()
    image = IMAGES[name]

    def fill(folder: Path) -> None:
        for content in image.contents.values():
            if isinstance(content, Executable):
                toolchain.ensure(content.name, progress=progress)
        with progress.step(f"Making the image {name}", 10 if image.packages else 0):
            docker_archive.write(folder / "image.tar", image, make_layers(name, image, folder / "work"))
        shutil.rmtree(folder / "work")

    def waiting() -> None:
        progress.note(f"Waiting for another process that is making the image {name}")

    return cache.entry("images", f"{name}-{_key(image)}", fill, waiting) / "image.tar"


def archives(wanted: Collection[str] = (), *, progress: Progress | None = None) -> dict[str, Path]:
    """Return the images that every cluster needs, and others by the names that manifests have for them; see `archive`.

    Args:
        wanted: Full names with tags; those that are not ours are passed over, see `missing`.
    """
    progress = progress or default_progress()
    return {
        name: archive(name, progress=progress)
        for name, image in IMAGES.items()
        if not image.optional or not set(wanted).isdisjoint(image.tags)
    }


def ours(names: Iterable[str]) -> set[str]:
    """Return those names that images of ours have."""
    return set(names) & {tag for image in IMAGES.values() for tag in image.tags}


def missing(wanted: Iterable[str]) -> list[str]:
    """Return the names, of those that manifests have for images, that no image of ours has."""
    names = set(wanted)
    return sorted(names - ours(names))


def make_layers(name: str, image: Image, work: Path) -> list[Layer]:
    """Write an image's layers into the folder `work` and return them, lowest first."""
    work.mkdir()
    layers = []
    if image.packages:
        root = work / "root"
        rootfs.make(f"image {name}", image.packages, root)
        base = LayerWriter()
        base.tree(root)
        layers.append(base.write(work / "base.tar"))
    top = LayerWriter()
    for path, content in image.contents.items():
        match content:
            case Executable():
                top.file(path, toolchain.ensure(content.name), 0o755)
            case ModuleFile():
                top.file(path, toolchain.module_dir(content.module) / content.path, 0o644)
            case Text():
                top.file(path, content.content.encode(), 0o644)
            case Folder():
                top.folder(path, content.mode, content.owner)
    layers.append(top.write(work / "top.tar"))
    return layers


def _key(image: Image) -> str:
    """Return a digest of all that goes into an image, without making any of it."""
    inputs = [repr(image), debian.layer_key() if image.packages else ""]
    # How an image is made counts too: making one takes seconds.
    inputs += [source.read_text() for source in sorted(Path(__file__).parent.glob("*.py"))]
    for content in image.contents.values():
        match content:
            case Executable():
                inputs.append(obtain.key_of(content.name))
            case ModuleFile():
                inputs.append(golang.module_version(content.module))
            case _:
                pass
    return hashlib.sha256("\n".join(inputs).encode()).hexdigest()[:12]
