"""Writes image layers: tar files that are the same, byte for byte, whenever the same content is put in."""

import hashlib
import io
import stat
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# One fixed time for every entry, since an image's digest is made of them.
_TIME = 0


@dataclass
class Layer:
    """A layer that was written: the file, and the digest of its content, which names it in an image."""

    path: Path
    digest: str = ""


class LayerWriter:
    """Collects entries and writes them sorted by path, owned by root unless told otherwise, parents first."""

    def __init__(self) -> None:
        self._entries: dict[str, tuple[tarfile.TarInfo, Path | bytes | None]] = {}

    def tree(self, root: Path) -> None:
        """Add all that is below a folder: files, folders and symbolic links; anything else is left out."""
        for path in root.rglob("*"):
            mode = path.lstat().st_mode
            name = path.relative_to(root).as_posix()
            if stat.S_ISLNK(mode):
                self._add(_link(name, str(path.readlink())), None)
            elif stat.S_ISDIR(mode):
                self.folder(name, stat.S_IMODE(mode))
            elif stat.S_ISREG(mode):
                self.file(name, path, stat.S_IMODE(mode))

    def file(self, name: str, content: Path | bytes, mode: int) -> None:
        """Add a file with the content of another file or the bytes given."""
        entry = _entry(name, mode)
        entry.size = content.stat().st_size if isinstance(content, Path) else len(content)
        self._add(entry, content)

    def folder(self, name: str, mode: int = 0o755, owner: int = 0) -> None:
        """Add a folder with the user and group id of its owner."""
        entry = _entry(name, mode)
        entry.type = tarfile.DIRTYPE
        entry.uid = entry.gid = owner
        self._add(entry, None)

    def link(self, name: str, target: str) -> None:
        """Add a symbolic link."""
        self._add(_link(name, target), None)

    def write(self, path: Path) -> Layer:
        """Write the layer to a file and return it with its digest."""
        with _open(path) as archive:
            for name in sorted(self._entries):
                entry, content = self._entries[name]
                put(archive, entry, content)
        with path.open("rb") as written:
            return Layer(path, hashlib.file_digest(written, "sha256").hexdigest())

    def _add(self, entry: tarfile.TarInfo, content: Path | bytes | None) -> None:
        parent = entry.name.rpartition("/")[0]
        if parent and parent not in self._entries:
            self.folder(parent)
        self._entries[entry.name] = (entry, content)


def put(archive: tarfile.TarFile, entry: tarfile.TarInfo, content: Path | bytes | None) -> None:
    """Write one entry and its content to a tar file."""
    if isinstance(content, Path):
        with content.open("rb") as source:
            archive.addfile(entry, source)
    else:
        archive.addfile(entry, io.BytesIO(content or b""))


@contextmanager
def _open(path: Path) -> Iterator[tarfile.TarFile]:
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as archive:
        yield archive


def _entry(name: str, mode: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.mode = mode
    entry.mtime = _TIME
    return entry


def _link(name: str, target: str) -> tarfile.TarInfo:
    entry = _entry(name, 0o777)
    entry.type = tarfile.SYMTYPE
    entry.linkname = target
    return entry
