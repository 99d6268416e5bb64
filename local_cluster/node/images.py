"""Brings images into the node's containerd, those that it does not have yet."""

import subprocess
from pathlib import Path

from local_cluster.errors import ClusterError
from local_cluster.node.containerd import NAMESPACE, Image


def bring(ctr: Path, socket: Path, archives: list[Path]) -> list[Image]:
    """Import what is missing; return the images that were imported.

    :param ctr: containerd's command line client
    :param socket: where containerd listens, as this machine sees it
    :raises ClusterError: when containerd refuses one
    """

    def run(*arguments: str) -> str:
        command = [str(ctr), "--address", str(socket), "--namespace", NAMESPACE, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise ClusterError(f"`ctr {' '.join(arguments)}` failed: {done.stderr.strip()}")
        return done.stdout

    contents, names = set(run("content", "ls", "--quiet").split()), set(run("images", "ls", "--quiet").split())
    missing = [
        image
        for image in map(Image.read, archives)
        if image.config not in contents or not names.issuperset(image.names)
    ]
    for image in missing:
        run("images", "import", str(image.archive))
    return missing
