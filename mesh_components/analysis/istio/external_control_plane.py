"""Webhooks that ask a control plane outside of the cluster.

Upstream: `pkg/config/analysis/analyzers/externalcontrolplane` of istio/istio 1.31.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from urllib.parse import urlsplit

from ...validation import go_url
from .. import kinds
from ..analyzers import each
from ..finding import Finding
from ..messages import ist
from ..resource import Path, Resource
from ..world import World
from .control_plane import INJECTOR

DEFAULT_VALIDATOR, VALIDATOR = "istiod-default-validator", "istio-validator"


@each("externalcontrolplane.ExternalControlPlaneAnalyzer", kinds.VALIDATING_WEBHOOK, kinds.MUTATING_WEBHOOK)
def addresses(resource: Resource, world: World) -> Iterator[Finding]:
    """Istio's webhooks say whom to ask: a Service, or a URL with a host's name in it."""
    if not is_istios(resource):
        return
    for index, webhook in enumerate(resource.body.get("webhooks", [])):
        client, name = webhook.get("clientConfig", {}), webhook.get("name", "")
        path: Path = ("webhooks", index, "clientConfig")
        if "url" not in client:
            if not client.get("service", {}):
                message = ist.INVALID_EXTERNAL_CONTROL_PLANE
                yield message(resource, path, webhook=name, hostname="", problem="is blank")
            continue
        url = client["url"]
        try:
            go_url.parse(url)
            host = urlsplit(url).hostname or ""
        except ValueError:
            message = ist.INVALID_EXTERNAL_CONTROL_PLANE
            yield message(resource, (*path, "url"), webhook=name, hostname=url, problem="is not a URL")
            continue
        if is_address(host):
            yield ist.EXTERNAL_CONTROL_PLANE_IP(resource, (*path, "url"), webhook=name, hostname=host)


def is_istios(resource: Resource) -> bool:
    """Return whether a configuration is Istio's, by its name."""
    if resource.kind == kinds.MUTATING_WEBHOOK:
        return resource.name.startswith(INJECTOR)
    return resource.name == DEFAULT_VALIDATOR or resource.name.startswith(VALIDATOR)


def is_address(host: str) -> bool:
    """Return whether a host is an IP address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
