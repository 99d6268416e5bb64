from collections.abc import Iterator

import pytest

from tests.injection import api_server

from .cluster import Cluster


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with api_server.running(tmp_path_factory.mktemp("api-server")) as kubeconfig:
        cluster = Cluster(kubeconfig)
        cluster.define()
        yield cluster
