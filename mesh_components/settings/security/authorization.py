# ruff: noqa: RUF012 (pydantic copies defaults)
"""Who may do what."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from ..kubernetes import Name, ObjectName, matching
from ..message import From, To, When
from ..model import Settings
from .selected import Aimed, Everywhere

_ACCOUNT = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(/[a-z0-9]([-a-z0-9.]*[a-z0-9])?)?")


Account = Annotated[
    str,
    matching(_ACCOUNT, "a ServiceAccount as namespace/name, or as name where it is in the policy's own namespace"),
]
"""A ServiceAccount, ``namespace/name``, or ``name`` in the policy's own namespace."""


class RuleSettings(Settings):
    """Which requests. What is given has to hold, all of it; of a list, any one."""

    serviceAccounts: list[Account] = []
    """ServiceAccounts of the callers, proved by mutual TLS: ``namespace/name``, or ``name`` in the own namespace."""
    namespaces: list[Name] = []
    """Namespaces of the callers, proved by mutual TLS; besides ``serviceAccounts``."""
    methods: list[str] = []
    """HTTP methods."""
    paths: list[str] = []
    """Paths, with ``*`` at the beginning or the end for any text."""
    ports: list[str] = []
    """Ports of the workload, in quotes."""
    from_: Annotated[list[From], Field(alias="from")] = []
    """Callers, as Istio has them; besides the ones above."""
    to: list[To] = []
    """Requests, as Istio has them; besides the ones above."""
    when: list[When] = []
    """Conditions on attributes, which have to hold, too."""

    @property
    def callers(self) -> bool:
        """Whether it says who calls."""
        return bool(self.serviceAccounts or self.namespaces or self.from_)


class AuthorizationPolicySettings(Everywhere, Aimed):
    """Istio's AuthorizationPolicy."""

    name: ObjectName
    """Name of the object."""
    action: Literal["ALLOW", "DENY", "AUDIT", "CUSTOM"] = "ALLOW"
    """``ALLOW``: these requests, and of the workloads no others; ``DENY``: not these; ``CUSTOM``: ``provider``
    decides."""
    rules: list[RuleSettings] | None = None
    """Which requests, any one of these. An empty rule is all of them; no rules are none of them."""
    provider: str | None = None
    """For ``CUSTOM``: the name of an extension provider in the mesh's configuration."""

    @model_validator(mode="after")
    def _with_provider(self) -> Self:
        if (self.action == "CUSTOM") != (self.provider is not None):
            text = "action CUSTOM and provider belong together; {what}"
            what = "give provider" if self.provider is None else "remove provider, or choose CUSTOM"
            raise PydanticCustomError("incomplete", text, {"what": what})
        if self.action != "ALLOW" and not self.rules:
            text = (
                "without rules {action} is about no request at all; give rules, of which an empty one is every request"
            )
            raise PydanticCustomError("incomplete", text, {"action": self.action})
        return self


class AllowSettings(Aimed):
    """Requests that are allowed all the same."""

    rules: Annotated[list[RuleSettings], Field(min_length=1)]
    """Which requests, any one of these. An empty rule is all of them."""


class DefaultDenySettings(Everywhere):
    """Nothing is allowed but what is allowed by name."""

    name: ObjectName = "default-deny"
    """Name of the policy that allows nothing."""
    allow: dict[ObjectName, AllowSettings] = {}
    """What is allowed, by name of its policy."""

    @model_validator(mode="after")
    def _other_names(self) -> Self:
        if self.name in self.allow:
            text = "allow.{name} is the name of the policy that allows nothing; call one of them otherwise"
            raise PydanticCustomError("conflict", text, {"name": self.name})
        return self
