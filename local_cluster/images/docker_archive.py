"""Writes a `docker save` archive: what `ctr images import`, `docker load` and `kind load image-archive` read.

Format: https://github.com/moby/docker-image-spec (image JSON v1.2, "Combined Image JSON + Filesystem Changeset").
"""

import hashlib
import json
import platform
import tarfile
from collections.abc import Sequence
from pathlib import Path

from local_cluster.images.layer import Layer, put
from local_cluster.images.table import Image

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_CREATED = "1970-01-01T00:00:00Z"
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


def write(path: Path, image: Image, layers: Sequence[Layer]) -> None:
    """Write an image of the layers given, lowest first, with all of its tags; same input, same bytes."""
    config = json.dumps(_config(image, layers), sort_keys=True).encode()
    config_name = f"{hashlib.sha256(config).hexdigest()}.json"
    manifest = [
        {
            "Config": config_name,
            "RepoTags": list(image.tags),
            "Layers": [f"{layer.digest}/layer.tar" for layer in layers],
        }
    ]
    with tarfile.open(path, "w", format=tarfile.GNU_FORMAT) as archive:
        put(archive, _file(config_name, len(config)), config)
        for layer in {layer.digest: layer for layer in layers}.values():
            put(archive, _file(f"{layer.digest}/layer.tar", layer.path.stat().st_size), layer.path)
        content = json.dumps(manifest).encode()
        put(archive, _file("manifest.json", len(content)), content)


def _config(image: Image, layers: Sequence[Layer]) -> dict[str, object]:
    environment = {"PATH": _PATH, **image.environment}
    return {
        "architecture": _ARCHITECTURES.get(platform.machine(), platform.machine()),
        "os": "linux",
        "created": _CREATED,
        "config": {
            "Entrypoint": list(image.entrypoint),
            "Env": [f"{name}={value}" for name, value in environment.items()],
            "User": image.user,
            "WorkingDir": "/",
        },
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer.digest}" for layer in layers]},
        "history": [{"created": _CREATED, "created_by": "mesh-components"} for _ in layers],
    }


def _file(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size = size
    entry.mode = 0o644
    return entry
