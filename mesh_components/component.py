"""What every component has in common: its type token, its settings, and how it declares planned objects."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pulumi

from .declare import RULES, DeclaredObject, KubernetesObject, Rule, declare, resource_name, type_token
from .settings import MeshSettings, SettingsError, load
from .settings.problems import nearest

PACKAGE = "mesh-components"
"""First part of every component's type token, ``mesh-components:index:<Class>``. Part of the URNs, so it is API."""

Dependencies = Sequence[pulumi.Input[pulumi.Resource]]

Waits = Mapping[str, Dependencies]
"""What objects of a kind wait for, besides what their whole component waits for."""

WORKLOADS = frozenset({"DaemonSet", "Deployment"})
"""Kinds that make pods."""

PODS_NEED = frozenset(
    {
        "ServiceAccount",
        "ClusterRole",
        "ClusterRoleBinding",
        "Role",
        "RoleBinding",
        "ConfigMap",
        "Secret",
        "ResourceQuota",
    }
)
"""Kinds that are there before a workload. Pods of an account that is not there yet are refused, and istiod exits
without its rights and configuration; both are tried again with a growing pause."""


def once_made(resources: Iterable[pulumi.Resource]) -> pulumi.Output[Any]:
    """Return what stands among the dependencies of something to hold it back until other resources are made.

    For what is large. A state file is written twice for each resource, all of it each time and one write after the
    other, so that CRDs which are in it early make everything after them wait. It is no dependency: the state has none,
    and what is held back may be made without the others. A preview writes no state, and holds it back for components
    alone, whose other children then need not wait until what is large has been put together.

    :param resources: read when the program has run on to where it waits, so they may be added after this call
    """

    async def made() -> None:
        awaited = [one for one in resources if not (pulumi.runtime.is_dry_run() and isinstance(one, DeclaredObject))]
        await asyncio.gather(*(one.urn.future() for one in awaited))

    return pulumi.Output.from_input(made())


def load_settings(args: Mapping[str, Any] | MeshSettings) -> MeshSettings:
    """Return validated settings.

    :raises pulumi.RunError: with every problem in one message, which Pulumi shows without a traceback
    """
    if isinstance(args, MeshSettings):
        return args
    try:
        return _kept_secret(load(args))
    except SettingsError as error:
        raise pulumi.RunError(str(error)) from error


def _kept_secret(settings: MeshSettings) -> MeshSettings:
    """Return the settings with their credentials as secrets, however they came here."""
    found = [
        one.model_copy(update={"dockerConfigJson": pulumi.Output.secret(one.dockerConfigJson)})
        for one in settings.pullSecrets
    ]
    return settings.model_copy(update={"pullSecrets": found}) if found else settings


def check_keys(args: Mapping[str, Any], kind: type) -> None:
    """Refuse arguments that have other keys than their TypedDict, or lack one that it requires.

    :raises pulumi.RunError: naming every such key
    """
    known: frozenset[str] = kind.__required_keys__ | kind.__optional_keys__  # type: ignore[attr-defined]
    problems = [f"{key}: unknown key{hint(nearest(key, sorted(known)))}" for key in args if key not in known]
    problems += [f"{key}: is missing" for key in sorted(kind.__required_keys__ - args.keys())]  # type: ignore[attr-defined]
    if problems:
        raise pulumi.RunError(f"{kind.__name__}: {'; '.join(problems)}; it has {', '.join(sorted(known))}")


def hint(near: str | None) -> str:
    """Return what is said of a name that is near to an unknown one."""
    return f", did you mean {near}?" if near else ""


class MeshComponent(pulumi.ComponentResource):
    """A component whose children are planned objects.

    Components validate their arguments and plan their objects before they register themselves, so a mistake is reported
    with nothing registered.
    """

    objects: dict[str, DeclaredObject]
    """The declared objects by ``Kind/namespace/name`` (``Kind/name`` where they have no namespace)."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions | None, waits: Waits | None = None) -> None:
        # What it depends on is for its objects to wait for. The component is a name, and other children may be first.
        here = pulumi.ResourceOptions.merge(opts, None)
        here.depends_on = None
        super().__init__(f"{PACKAGE}:index:{type(self).__name__}", name, None, here)
        self.objects = {}
        # A part of a mesh is called `mesh:namespace/name`, and so are its objects: types tell them apart.
        self._owner = name.partition(":")[0]
        self._wait_for = as_list(opts.depends_on if opts else None)
        self._waits = waits or {}

    def declare(
        self, objects: Iterable[KubernetesObject], after: Dependencies = (), rules: Mapping[str, Rule] = RULES
    ) -> None:
        """Register planned objects as children, each after what the component depends on and what it cannot do without:
        its namespace and, for a workload, what its pods need. All else is made at the same time.

        :param after: more resources that have to be ready before
        :param rules: Pulumi options by kind
        """
        listed = list(objects)
        early = {"Namespace"} | PODS_NEED | WORKLOADS
        first = [*self._wait_for, *after]
        here = [*first, *self._declare((one for one in listed if one["kind"] == "Namespace"), first, rules)]
        needed = self._declare((one for one in listed if one["kind"] in PODS_NEED), here, rules)
        self._declare((one for one in listed if one["kind"] not in early), here, rules)
        self._declare((one for one in listed if one["kind"] in WORKLOADS), [*here, *needed], rules)

    def _declare(
        self, objects: Iterable[KubernetesObject], after: Dependencies, rules: Mapping[str, Rule]
    ) -> list[DeclaredObject]:
        found = {
            object_key(one): declare(
                one, owner=self._owner, parent=self, depends_on=[*after, *self._waits.get(one["kind"], ())], rules=rules
            )
            for one in objects
        }
        self.objects |= found
        return list(found.values())

    def declare_moved(self, manifest: KubernetesObject, sibling: str, rules: Mapping[str, Rule] = RULES) -> None:
        """Register a planned object that a sibling of another type may have declared in an earlier run.

        It is the same object still: without an alias Pulumi would make it anew, and then delete it as the sibling's.

        :param sibling: the other component's type, such as ``ControlPlane``
        :param rules: Pulumi options by kind
        """
        token, name = type_token(manifest), resource_name(self._owner, manifest)

        def urn(own: str) -> str:
            head, types, _ = own.rsplit("::", 2)
            above = types.rpartition("$")[0]
            return f"{head}::{above}{'$' if above else ''}{PACKAGE}:index:{sibling}${token}::{name}"

        rule = rules.get(manifest["kind"], Rule())
        aliases = pulumi.ResourceOptions(aliases=[self.urn.apply(urn)])
        moved = replace(rule, options=pulumi.ResourceOptions.merge(rule.options, aliases))
        self.declare([manifest], rules={manifest["kind"]: moved})


def object_key(manifest: KubernetesObject) -> str:
    """Return how an object is looked up in ``MeshComponent.objects``: ``Deployment/istio-system/istiod``."""
    metadata = manifest["metadata"]
    return "/".join(part for part in (manifest["kind"], metadata.get("namespace"), metadata["name"]) if part)


def as_list(value: Any) -> list[Any]:
    """Return ``depends_on`` as a list, in whichever of its forms the user wrote it."""
    if value is None:
        return []
    return list(value) if isinstance(value, Sequence) else [value]
