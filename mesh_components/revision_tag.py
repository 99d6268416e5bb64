"""RevisionTag: a name for a revision that can be given to another one."""

from __future__ import annotations

import pulumi

from .args import RevisionTagArgs
from .component import MeshComponent, check_keys, load_settings
from .declare import rules_of
from .manifests import revision_tag
from .manifests.webhooks import is_default_validator
from .settings import MeshSettings
from .settings.revision import RevisionTagSettings


class RevisionTag(MeshComponent):
    """A tag of a revision, as ``istioctl tag set`` makes it; the revision may be another stack's.

    Ready means that its istiod has filled in the webhook's caBundle. Give the tag to another revision by changing
    ``mesh.revision``: it is updated in place, so no pod goes without a sidecar in between. Pods have to be restarted.

    :param args: see :class:`~mesh_components.args.RevisionTagArgs`
    :raises pulumi.RunError: for settings that are not valid, before anything is registered
    """

    def __init__(
        self,
        name: str,
        args: RevisionTagArgs | tuple[MeshSettings, RevisionTagSettings],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        settings, tag = args if isinstance(args, tuple) else load_tag(args)
        objects = revision_tag.objects(settings, tag)
        super().__init__(name, opts)
        rules = rules_of(settings)
        self.declare((item for item in objects if not is_default_validator(item)), rules=rules)
        for validator in filter(is_default_validator, objects):
            self.declare_moved(validator, "ControlPlane", rules)
        self.register_outputs({})


def load_tag(args: RevisionTagArgs) -> tuple[MeshSettings, RevisionTagSettings]:
    """Return the settings of the tag's control plane, and the tag.

    :raises pulumi.RunError: for settings that are not valid
    """
    check_keys(args, RevisionTagArgs)
    settings = load_settings({**args.get("mesh", {}), "revisionTags": [args["tag"]]})
    return settings, settings.revisionTags[0]
