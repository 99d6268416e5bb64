"""A git repository with a mesh's project in it, as a team has one, and changes to it."""

from __future__ import annotations

import os
import subprocess
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.review import shop

ROOT = Path(__file__).parents[2]

IDENTITY = {
    "GIT_AUTHOR_NAME": "team",
    "GIT_AUTHOR_EMAIL": "team@example.com",
    "GIT_COMMITTER_NAME": "team",
    "GIT_COMMITTER_EMAIL": "team@example.com",
    "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z",
    "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}
"""So that the same files make the same commits everywhere."""

STACKS: Mapping[str, str] = {
    "dev": """
        config:
          mesh:profile: demo
          mesh:namespaces:
            - {name: shop, injection: enabled}
    """,
    "production": """
        config:
          mesh:version: 1.29.1
          mesh:profile: default
          mesh:mtls: STRICT
          mesh:pilot: {autoscaleMin: 2}
          mesh:namespaces:
            - {name: shop, injection: enabled}
            - {name: billing, injection: enabled}
    """,
}


class Repository:
    """The repository, with the branch `main` checked out first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.git("init", "--quiet", "--initial-branch", "main")
        self.write("Pulumi.yaml", (ROOT / "Pulumi.yaml").read_text())
        for name, text in STACKS.items():
            self.write(f"stacks/Pulumi.{name}.yaml", textwrap.dedent(text).lstrip())
        self.write("apps/shop.yaml", shop.YAML)
        self.commit("A mesh, and a shop in it")
        self.git("switch", "--quiet", "--create", "change")

    def git(self, *arguments: str) -> str:
        """Run git in it."""
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.folder,
            env={**os.environ, **IDENTITY},
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def write(self, name: str, text: str) -> None:
        """Write a file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def edit(self, name: str, change: Callable[[str], str]) -> None:
        """Change a file; it has to become another."""
        path = self.folder / name
        text = path.read_text(encoding="utf-8")
        changed = change(text)
        assert changed != text
        path.write_text(changed, encoding="utf-8")

    def replace(self, name: str, old: str, new: str) -> None:
        """Replace a text in a file, which has it."""
        self.edit(name, lambda text: text.replace(old, new))

    def commit(self, message: str) -> None:
        """Commit everything."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
