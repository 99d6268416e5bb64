from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from . import api_server, istioctl, upstream_cases

Installed = Callable[[tuple[str, ...], str], istioctl.Settings]


@pytest.fixture(scope="session")
def kubeconfig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with api_server.running(tmp_path_factory.mktemp("api-server")) as path:
        yield path


@pytest.fixture(scope="session")
def installed() -> Installed:
    """An installation's settings by `--set` settings and upstream's IstioOperator file, each made once."""

    @cache
    def settings(sets: tuple[str, ...], overlay: str) -> istioctl.Settings:
        return istioctl.installed(sets, upstream_cases.folder() / overlay if overlay else None)

    return settings
