"""Kiali's credentials: Secrets in files, and the key of its sessions.

Facts: a value ``secret:<name>:<key>`` stands for a file below ``/kiali-override-secrets``, in a folder of the
setting's own name (``config/config.go`` of Kiali 1.89 to 2.27; ``_helpers.tpl`` of the chart ``kiali-server`` 2.27).
Certificates keep the name of their key in the Secret, all else is ``value.txt``.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mesh_components.manifests.text import assemble
from mesh_components.manifests.workloads import mount
from mesh_components.settings import MeshSettings
from mesh_components.settings.observability.kiali import KialiSettings
from mesh_components.settings.observability.kiali_services import REFERENCE
from mesh_components.settings.opaque import OpaqueStr, is_opaque

from .kiali_names import metadata, strategy

FOLDER = "/kiali-override-secrets"
VALUE = "value.txt"
KEY = "key"
"""The key under which the Secret of ours holds the key of sessions; the operator's has the same."""

_CREDENTIALS = ("username", "password", "token")
_CERTIFICATES = ("cert_file", "key_file")


@dataclass(frozen=True)
class Mounted:
    """A key of a Secret as a file."""

    volume: str
    """Name of the volume, and of the folder."""
    secret: str
    """Name of the Secret."""
    key: str
    """Key of the Secret."""
    file: str
    """Name of the file."""

    def volume_object(self) -> dict[str, Any]:
        """Return the pod's volume."""
        return {
            "name": self.volume,
            "secret": {"secretName": self.secret, "items": [{"key": self.key, "path": self.file}]},
        }

    def mount_object(self) -> dict[str, Any]:
        """Return the container's mount."""
        return mount(self.volume, f"{FOLDER}/{self.volume}", read_only=True)


def key_secret(one: KialiSettings) -> str:
    """Return the name of the Secret with the key of sessions."""
    return f"{one.deployment.instance_name}-signing-key"


def signing_key(mesh: MeshSettings, one: KialiSettings) -> OpaqueStr | None:
    """Return the key of sessions that a Secret of ours holds; empty: one is to be drawn; None: there is no such Secret.

    Nobody has a session where nobody logs in; a key that is in a Secret already stays there; and without a key of the
    user's the operator draws one, and keeps it.
    """
    given = one.login_token.signing_key or ""
    referred = not is_opaque(given) and REFERENCE.fullmatch(str(given))
    by_operator = one.installationMode == "operator" and given == ""
    absent = one.deployment.remote_cluster_resources_only or strategy(mesh, one) == "anonymous"
    return None if referred or by_operator or absent else given


def key_reference(mesh: MeshSettings, one: KialiSettings) -> str:
    """Return what the configuration says of the key of sessions; empty where there is none."""
    given = one.login_token.signing_key
    if given and not is_opaque(given) and REFERENCE.fullmatch(str(given)):
        return str(given)
    return "" if signing_key(mesh, one) is None else f"secret:{key_secret(one)}:{KEY}"


def signing_key_object(mesh: MeshSettings, one: KialiSettings, key: OpaqueStr) -> dict[str, Any]:
    """Return the Secret with the key of sessions."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata(mesh, one, name=key_secret(one)),
        "type": "Opaque",
        # Not stringData: the API server turns that into data, and what nobody can read back nobody can compare.
        "data": {KEY: assemble(_base64, key)},
    }


def drawn_key(pem: str) -> str:
    """Return a key of sessions, 32 characters with 192 bits in them, made of a private key that was drawn.

    It says nothing of that private key, and the same private key gives the same one.
    """
    digest = hmac.new(pem.encode(), b"kiali signing key", hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode("ascii")[:32]


def mounted(config: Mapping[str, Any]) -> list[Mounted]:
    """Return the credentials that a configuration refers to, as files."""
    found = [*_services(config.get("external_services") or {}), *_chat(config.get("chat_ai") or {})]
    found += _one("login-token-signing-key", (config.get("login_token") or {}).get("signing_key"))
    return sorted(found, key=lambda one: one.volume)


def _services(services: Mapping[str, Any]) -> Iterator[Mounted]:
    dashboards = services.get("custom_dashboards") or {}
    asked = {
        **{name: services.get(name) or {} for name in ("prometheus", "grafana", "tracing", "perses")},
        **({"customdashboards-prometheus": dashboards.get("prometheus") or {}} if dashboards.get("enabled") else {}),
    }
    for prefix, service in asked.items():
        # Only Prometheus is there unless somebody says that it is not.
        if service.get("enabled", prefix.endswith("prometheus")):
            auth = service.get("auth") or {}
            for field in _CREDENTIALS:
                yield from _one(f"{prefix}-{field}", auth.get(field))
            for field in _CERTIFICATES:
                yield from _one(f"{prefix}-{field.removesuffix('_file')}", auth.get(field), keeps_name=True)


def _chat(chat: Mapping[str, Any]) -> Iterator[Mounted]:
    for provider in chat.get("providers") or () if chat.get("enabled") else ():
        if provider.get("enabled"):
            own = f"chat-ai-provider-{_plain(provider.get('name', ''))}"
            yield from _one(own, provider.get("key"))
            for model in provider.get("models") or ():
                if model.get("enabled"):
                    name = f"chat-ai-model-{_plain(provider.get('name', ''))}-{_plain(model.get('name', ''))}"
                    yield from _one(name, model.get("key"))


def _one(volume: str, value: Any, *, keeps_name: bool = False) -> Iterator[Mounted]:
    referred = REFERENCE.fullmatch(value) if isinstance(value, str) else None
    if referred:
        yield Mounted(volume, referred[1], referred[2], referred[2] if keeps_name else VALUE)


def _plain(name: str) -> str:
    """Return a name as Kiali has it in the names of such files."""
    return re.sub(r"[^a-z0-9-]+", "-", name.lower()).strip("-") or "unknown"


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")
