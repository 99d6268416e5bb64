"""What only Grafana's settings together with those of the other addons can get wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..problems import Problem
from ..steps import at


def problems(addons: Mapping[str, Any], prefix: str = "") -> Iterator[Problem]:
    """Yield the problem of a Grafana that has no metrics to show. Whatever else is wrong is passed over.

    :param addons: the settings of the addons, as data
    :param prefix: what stands before their keys in messages, such as ``addons.``
    """
    # One that is elsewhere as well is another problem.
    here = at(addons, "grafana.enabled") is True and not at(addons, "grafana.internal_url")
    read = at(addons, "grafana.prometheusUrl") or at(addons, "prometheus.url")
    if here and not read and at(addons, "prometheus.enabled") is not True:
        ways = f"set {prefix}prometheus.enabled, or name one in {prefix}prometheus.url"
        text = f"there is no Prometheus to read from; {ways}"
        yield Problem(f"{prefix}grafana.enabled", True, "", text=text)
