"""A headless Chromium for looking at pages, and what a page does meanwhile."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from local_cluster import toolchain
from local_cluster.toolchain import cache

ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SIZE = (1440, 900)
NODE = Path(__file__).parent / "nodejs"


@dataclass
class Seen:
    """A page, and what it said and asked for.

    Attributes:
        page: The page.
        said: Errors and warnings on the console, and exceptions.
        asked: Addresses of requests, the document's own included.
    """

    page: Page
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def run(self, script: str, argument: Any = None) -> Any:
        """Return what a script in the page gives."""
        return self.page.evaluate(script, argument)

    def settled(self) -> None:
        """Wait until nothing moves any more."""
        self.page.wait_for_timeout(400)


def launched() -> Iterator[Browser]:
    """Yield a Chromium: the one on PATH, or one unpacked from Debian packages; with a profile of its own, as always."""
    executable = toolchain.ensure("chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        variables: dict[str, str | float | bool] = {**os.environ, **_environment(executable, Path(folder))}
        browser = playwright.chromium.launch(executable_path=executable, args=list(ARGUMENTS), env=variables)
        yield browser
        browser.close()


FONTS = """<?xml version="1.0"?>
<fontconfig>
  <dir>{fonts}</dir>
  <cachedir>{cache}</cachedir>
  <match target="font"><edit name="hintstyle" mode="assign"><const>hintfull</const></edit></match>
</fontconfig>
"""
"""Letters as wide as whole pixels: of the ways to draw them, the one that takes most room."""


def _environment(executable: Path, folder: Path) -> dict[str, str]:
    """Return what a Chromium needs: fonts, and where it is unpacked a library in a folder of its own."""
    root = executable.parent.parent / "root"
    unpacked = root.is_dir()
    config = folder / "fonts.conf"
    config.write_text(FONTS.format(fonts=f"{root if unpacked else ''}/usr/share/fonts", cache=folder), encoding="utf-8")
    private = [str(path) for path in sorted(root.glob("usr/lib/*-linux-gnu*/pulseaudio"))] if unpacked else []
    libraries = os.pathsep.join([*private, *filter(None, [os.environ.get("LD_LIBRARY_PATH")])])
    return {"FONTCONFIG_FILE": str(config), **({"LD_LIBRARY_PATH": libraries} if libraries else {})}


@contextlib.contextmanager
def opened(
    browser: Browser,
    file: Path,
    scheme: Literal["light", "dark"] = "light",
    size: tuple[int, int] = SIZE,
) -> Iterator[Seen]:
    """Open a file as a page of its own, in a light or a dark environment."""
    page = browser.new_page(
        viewport={"width": size[0], "height": size[1]}, color_scheme=scheme, reduced_motion="reduce"
    )
    seen = Seen(page)
    page.on("console", lambda message: seen.said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: seen.said.append(str(error)))
    page.on("request", lambda request: seen.asked.append(request.url))
    page.goto(file.as_uri())
    yield seen
    page.close()


def mermaid_scripts() -> dict[str, Path]:
    """Return Mermaid's own releases as scripts for a page, by npm's names; kept in the cache by their lock file."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("node and npm are not on this machine: charts are not given to Mermaid itself")
    names = ("mermaid", "mermaid-11")

    def fill(folder: Path) -> None:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(NODE / name, folder)
        line = ["npm", "ci", "--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(line, cwd=folder, check=True, timeout=600)
        for name in names:
            shutil.copy(folder / "node_modules" / name / "dist" / "mermaid.min.js", folder / f"{name}.js")
        # What the scripts were made of is in them.
        shutil.rmtree(folder / "node_modules")

    key = sha256((NODE / "package-lock.json").read_bytes()).hexdigest()[:12]
    folder = cache.entry("environments", f"mermaid-{key}", fill)
    return {name: folder / f"{name}.js" for name in names}
