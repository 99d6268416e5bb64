from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from . import api_server, istioctl, upstream_cases, variations

EXCLUSIONS = {
    "kube-inject on upstream's cases": upstream_cases.WEBHOOK_ONLY,
    "istiod's webhook on upstream's cases": {
        **upstream_cases.NO_PODS,
        "(with settings of their own)": "the webhook has the default installation; kube-inject runs these",
    },
    "variations, both templates by kube-inject": {
        f"{workload} with {name!r}": variation.why
        for name, variation in variations.VARIATIONS.items()
        for workload in variation.without
    },
}
"""What the tables of the summary name as left out, with the reason."""

_TABLES = {
    "test_upstream_cases.py": "kube-inject on upstream's cases",
    "test_webhook.py": "istiod's webhook on upstream's cases",
    "test_variations.py": "variations, both templates by kube-inject",
    "test_gateway_api.py": "Gateway API templates, by istiod's engine",
}

Installed = Callable[[str, tuple[str, ...], str], istioctl.Settings]


@pytest.fixture(scope="session")
def kubeconfig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with api_server.running(tmp_path_factory.mktemp("api-server")) as path:
        yield path


@pytest.fixture(scope="session")
def installed() -> Installed:
    """An installation's settings by version, `--set` settings and upstream's IstioOperator file, each made once."""

    @cache
    def settings(version: str, sets: tuple[str, ...] = (), overlay: str = "") -> istioctl.Settings:
        sets = (*istioctl.UPSTREAMS_TEST, f"hub={upstream_cases.hub(version)}", "tag=latest", *sets)
        return istioctl.installed(version, sets, upstream_cases.folder(version) / overlay if overlay else None)

    return settings


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says how many injections were compared, how many are equal, and what is left out for which reason."""
    rows = []
    for file, what in _TABLES.items():
        outcomes = {
            outcome: sum(
                "[" in report.nodeid for report in reports if report.nodeid.split("::")[0].endswith(f"injection/{file}")
            )
            for outcome, reports in terminalreporter.stats.items()
            if outcome in ("passed", "failed", "error")
        }
        if any(outcomes.values()):
            rows.append((what, sum(outcomes.values()), outcomes.get("passed", 0), EXCLUSIONS.get(what, {})))
    if rows:
        terminalreporter.section("injection")
    for what, ran, equal, excluded in rows:
        terminalreporter.write_line(f"{what:<45} run {ran:>4}   equal {equal:>4}   excluded {len(excluded):>2}")
        for case, reason in excluded.items():
            terminalreporter.write_line(f"    {case}: {reason}")
