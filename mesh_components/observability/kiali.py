"""Kiali: the console of the mesh."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_tls as tls

from mesh_components import arguments
from mesh_components.analysis.resource import Named
from mesh_components.component import MeshComponent, Waits
from mesh_components.declare import RULES, Rule
from mesh_components.declared import Declared
from mesh_components.judge import Judge
from mesh_components.manifests.observability import addons, kiali, kiali_names
from mesh_components.manifests.observability.kiali_backends import Backends
from mesh_components.manifests.observability.kiali_credentials import drawn_key, signing_key
from mesh_components.manifests.observability.kiali_operator import RESOURCE_KINDS
from mesh_components.settings import MeshSettings
from mesh_components.settings.merge import deep_merge
from mesh_components.settings.observability.kiali import KialiSettings
from mesh_components.settings.observability.kiali_consistency import problems

from .kiali_args import KialiArgs

RESOURCE_RULES: Mapping[str, Rule] = {
    # The operator says so when Kiali is there, and takes Kiali away before the resource goes (`kiali.io/finalizer`).
    "Kiali": Rule(
        pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="15m", update="15m", delete="15m")),
        wait_for="condition=Successful",
    ),
}
"""Options of the Kiali resource."""


class Kiali(MeshComponent):
    """Kiali, or its operator with a Kiali resource.

    The key of its users' sessions is drawn once, and stays encrypted in Pulumi's state; Kiali reads it from a Secret.

    :param args: see :class:`~mesh_components.observability.kiali_args.KialiArgs`
    :param backends: where Kiali finds what it asks, as far as its settings do not say; unset: at the mesh's addons
    :param waits: what objects of a kind wait for besides
    :raises pulumi.RunError: for settings that are not valid, before anything is registered
    """

    url: pulumi.Output[str]
    """Where the console is for whoever is in the cluster."""
    version: pulumi.Output[str]
    """Version of Kiali."""
    namespace: pulumi.Output[str]
    """Namespace of Kiali."""

    def __init__(
        self,
        name: str,
        args: KialiArgs | tuple[MeshSettings, KialiSettings],
        opts: pulumi.ResourceOptions | None = None,
        *,
        backends: Backends | None = None,
        waits: Waits | None = None,
    ) -> None:
        mesh, one = args if isinstance(args, tuple) else load_kiali(f"Kiali {name}", args)
        one = _kept_secret(mesh, one)
        planned = kiali.objects(mesh, one, backends or addons.backends(mesh))
        if not isinstance(args, tuple):
            origin = Named(f"Kiali {name}")
            # What the key is does not count, but that there is a Secret with one.
            whole = [*planned, *kiali.secret(mesh, one, "")]
            # Where everything is judged in the end, warnings are shown then.
            owner = mesh.model_copy(update={"addons": mesh.addons.model_copy(update={"kiali": one})})
            Judge.of(owner, pulumi.get_stack()).judge(((each, origin) for each in whole), warn=not Declared.active)
        super().__init__(name, opts, waits)
        key = self._drawn(name) if kiali.draws(mesh, one) else ""
        late = [each for each in planned if each["kind"] in RESOURCE_KINDS]
        self.declare([*(each for each in planned if each not in late), *kiali.secret(mesh, one, key)])
        # So the resource waits for the operator, and goes before it: nobody else could take Kiali away.
        self.declare(late, after=list(self.objects.values()), rules={**RULES, **RESOURCE_RULES})
        self.url = pulumi.Output.from_input(kiali_names.url(mesh, one))
        self.version = pulumi.Output.from_input(kiali_names.version(mesh, one))
        self.namespace = pulumi.Output.from_input(kiali_names.namespace(mesh, one))
        self.register_outputs({"url": self.url, "version": self.version, "namespace": self.namespace})

    def _drawn(self, name: str) -> pulumi.Output[str]:
        """Return a key of sessions that stays the same: it is made of a private key in Pulumi's state."""
        drawn = tls.PrivateKey(f"{name}-signing-key", algorithm="ED25519", opts=pulumi.ResourceOptions(parent=self))
        key: pulumi.Output[str] = pulumi.Output.secret(drawn.private_key_pem).apply(drawn_key)
        return key


def load_kiali(whose: str, args: Mapping[str, Any]) -> tuple[MeshSettings, KialiSettings]:
    """Return the settings of the mesh, and those of Kiali, which is declared unless it says otherwise.

    :param whose: the component's type and name, for the message
    :raises pulumi.RunError: for settings that are not valid
    """
    if isinstance(args, Mapping):
        args = deep_merge({**KialiSettings().data(), "enabled": True}, args)
    mesh, one = arguments.load(whose, KialiSettings, args)
    if found := list(problems(mesh.data(), one.data())):
        head = "the arguments have a problem" if len(found) == 1 else f"the arguments have {len(found)} problems"
        raise pulumi.RunError("\n".join([f"{whose}: {head}:", *(f"  {problem}" for problem in found)]))
    return mesh, one


def _kept_secret(mesh: MeshSettings, one: KialiSettings) -> KialiSettings:
    """Return the settings with the key of sessions as a secret, however it came here."""
    if not (key := signing_key(mesh, one)):
        return one
    token = one.login_token.model_copy(update={"signing_key": pulumi.Output.secret(key)})
    return one.model_copy(update={"login_token": token})
