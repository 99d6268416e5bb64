# ruff: noqa: RUF012 (pydantic copies defaults)
"""Who may log in to Kiali: ``auth`` of Kiali's own settings."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator
from pydantic_core import PydanticCustomError

from ..kubernetes import Object
from ..model import Settings

Strategy = Literal["anonymous", "token", "openid", "openshift", "header"]
"""How users are known."""


class KialiOpenIdSettings(Settings):
    """OpenID Connect. The client's secret is in the Secret ``deployment.secret_name``, key ``oidc-secret``."""

    issuer_uri: str = ""
    """Address of the identity provider."""
    client_id: str = ""
    """What Kiali is called there."""
    additional_request_params: dict[str, str] = {}
    """Parameters that requests for a login have in addition."""
    allowed_domains: list[str] = []
    """Domains of the users that may log in; empty: all."""
    api_proxy: str = ""
    """Address of a proxy in front of the API server, which knows the tokens; empty: the API server does."""
    api_proxy_ca_data: str = ""
    """PEM in base64 of who signs that proxy's certificate."""
    api_token: Literal["id_token", "access_token"] = "id_token"
    """Which of the provider's tokens Kiali shows to the API server."""
    authentication_timeout: int = 300
    """How long a login may take, in seconds."""
    authorization_endpoint: str = ""
    """Where users log in, if the provider does not say so itself."""
    disable_rbac: bool = False
    """Whether all users may do what Kiali itself may, instead of what Kubernetes lets them do."""
    discovery_override: Object | None = None
    """Endpoints of a provider that does not publish them: `authorization_endpoint`, `token_endpoint` …"""
    http_proxy: str = ""
    """Proxy for plain HTTP to the provider."""
    https_proxy: str = ""
    """Proxy for HTTPS to the provider."""
    insecure_skip_verify_tls: bool = False
    """Whether the provider's certificate goes unchecked."""
    scopes: list[str] = ["openid", "profile", "email"]
    """What Kiali asks to know of users."""
    username_claim: str = "sub"
    """Which claim of the token is the user's name."""


class KialiOpenShiftSettings(Settings):
    """OpenShift's own login."""

    insecure_skip_verify_tls: bool | None = None
    """Whether OpenShift's certificate goes unchecked."""
    redirect_uris: list[str] = []
    """Where users come back to after a login; empty: made of ``server.web_fqdn``."""
    token_inactivity_timeout: int | None = None
    """After how many seconds without use a token ends; 0: never."""
    token_max_age: int | None = None
    """After how many seconds a token ends; 0: never."""


class KialiAuthSettings(Settings):
    """Who may log in."""

    strategy: Strategy | None = None
    """How users are known: ``token`` of a ServiceAccount, ``openid``, ``openshift``, a ``header`` that a proxy sets, or
    not at all (``anonymous``); unset: ``openshift`` there, ``token`` elsewhere."""
    openid: KialiOpenIdSettings | None = None
    """The identity provider, for ``openid``."""
    openshift: KialiOpenShiftSettings | None = None
    """OpenShift's login, for ``openshift``."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.strategy == "openid":
            given = self.openid or KialiOpenIdSettings()
            if missing := [key for key in ("issuer_uri", "client_id") if not getattr(given, key)]:
                text = "strategy is openid, so {missing} must be given too"
                raise PydanticCustomError("incomplete", text, {"missing": " and ".join(f"openid.{m}" for m in missing)})
        for key in ("openid", "openshift"):
            if getattr(self, key) is not None and self.strategy not in (key, None):
                text = "strategy is {strategy}, which does not use {key}; write strategy: {key}, or leave {key} out"
                raise PydanticCustomError("superfluous", text, {"strategy": self.strategy, "key": key})
        if self.strategy is None and self.openid is not None:
            text = "openid is given, but no strategy; write strategy: openid, or leave openid out"
            raise PydanticCustomError("superfluous", text)
        return self
