from collections.abc import Iterator
from pathlib import Path

import pytest

from mesh_components.settings import DEFAULT_VERSION
from tests.injection import api_server, istioctl, istiod

from .cluster import Cluster
from .webhook import Webhook


@pytest.fixture(scope="session")
def kubeconfig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with api_server.running(tmp_path_factory.mktemp("api-server")) as path:
        yield path


@pytest.fixture(scope="session")
def cluster(kubeconfig: Path) -> Cluster:
    cluster = Cluster(kubeconfig)
    cluster.define()
    return cluster


@pytest.fixture(scope="session")
def webhook(kubeconfig: Path, cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Webhook]:
    settings = istioctl.installed(DEFAULT_VERSION, istioctl.UPSTREAMS_TEST, None)
    folder = tmp_path_factory.mktemp("istiod")
    with istiod.running(settings, kubeconfig=kubeconfig, environment={}, folder=folder) as url:
        yield Webhook(url)
