"""A mesh that istioctl or Helm installed, taken over by a stack: what differs, and what they left.

`pulumi up` applies what the stack declares over what is there. Fields that only the earlier installer declared stay,
because the API server has that installer on record as their owner. :func:`report` says beforehand what an adoption
changes; :func:`forget` makes the earlier installers let go afterwards: what only they declared goes, as it would if
they had applied it away themselves.
"""

from __future__ import annotations

import http
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from .api import Api, LiveError, Refused
from .compare import ABSENT, Path, brief, differences, first_difference, text
from .drift import AT_ONCE, Compared, content, read
from .expected import MARKS
from .managed import in_fields, owned
from .plan import Plan
from .releases import Release, identity, releases
from .row import name_of
from .workloads import rollout

INSTALLERS: Mapping[str, str] = {
    "istio-operator": "istioctl",
    "istioctl": "istioctl",
    "helm": "Helm",
}
"""Field managers of those who install Istio, and what people call them (istio/operator/pkg/install, istioctl/pkg/tag;
helm/pkg/kube: the name of its executable)."""

ROLLOUT_SECONDS = 300
"""How long pods may take to be replaced."""

COMPONENT = "operator.istio.io/component"
"""The label by which istioctl finds what it installed, and by which its uninstall deletes (operator/pkg/uninstall)."""

INSTALLED_KINDS: Sequence[tuple[str, str]] = (
    ("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"),
    ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"),
    ("autoscaling/v2", "HorizontalPodAutoscaler"),
    ("policy/v1", "PodDisruptionBudget"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "DaemonSet"),
    ("v1", "Service"),
    ("v1", "ConfigMap"),
    ("v1", "ServiceAccount"),
    ("rbac.authorization.k8s.io/v1", "RoleBinding"),
    ("rbac.authorization.k8s.io/v1", "Role"),
    ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding"),
    ("rbac.authorization.k8s.io/v1", "ClusterRole"),
    ("networking.istio.io/v1alpha3", "EnvoyFilter"),
)
"""Kinds of which istioctl makes objects, in the order in which they can go: what uses another one before it. A webhook
whose Service is gone would refuse every pod."""


@dataclass(frozen=True)
class Kept:
    """Fields whose value stays although only the earlier installer declared it. Both are regular expressions."""

    kind: str
    path: str
    why: str

    def covers(self, kind: str, path: Path) -> bool:
        """Whether the field is one of these."""
        return bool(re.fullmatch(self.kind, kind) and re.fullmatch(self.path, text(path)))


KEPT: Sequence[Kept] = (
    *(Kept("Deployment|DaemonSet", path, "without it every pod would be replaced, for nothing") for path in MARKS),
    Kept("Deployment", r"spec\.replicas", "where the stack declares none, an autoscaler set it"),
    Kept(".*WebhookConfiguration", r"webhooks\[.*\]\.clientConfig\.caBundle", "istiod's, and needed at every moment"),
    Kept(".*WebhookConfiguration", r"webhooks\[.*\]\.failurePolicy", "istiod's"),
    Kept("Service", r"spec\.(clusterIP|clusterIPs.*|ports\[.*\]\.nodePort)", "clients know it"),
    Kept("Namespace", r".*", "a namespace's labels are read by others, and it was there before the mesh"),
)
"""What an adoption must not take away."""


class Effect(StrEnum):
    """What an adoption does to an object or a field."""

    REFUSED = "refused"
    """The API server would not take the object as it is declared: nothing can be adopted before that is changed."""
    CREATED = "created"
    """It is not there yet."""
    CHANGED = "changed"
    """`pulumi up` gives it another value."""
    RESTARTED = "restarted"
    """Its pods are replaced, one after the other."""
    REMOVED = "removed"
    """Only the earlier installer declared it."""
    KEPT = "kept"
    """Only the earlier installer declared it, and it stays all the same."""
    LEFT = "left"
    """The earlier installer made it, and the stack does not declare it: it stays until somebody deletes it."""


@dataclass
class Finding:
    """One effect on one object, or the same effect on several."""

    effect: Effect
    what: str
    objects: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as data."""
        return {"effect": str(self.effect), "what": self.what, "objects": self.objects}


@dataclass(frozen=True)
class Report:
    """What an adoption does."""

    installers: list[str]
    """Who installed what the stack declares: ``istioctl``, ``Helm``. Empty: nobody but Pulumi."""
    findings: list[Finding]
    left: list[dict[str, Any]]
    """The objects that the earlier installers made and the stack does not declare, users first, used ones last."""
    releases: list[Release]
    """Helm's releases that hold objects of the stack."""

    @property
    def refused(self) -> bool:
        """Whether something has to be changed first."""
        return any(finding.effect is Effect.REFUSED for finding in self.findings)


def report(api: Api, plan: Plan) -> Report:
    """Return what taking the stack's objects over changes; nothing is stored.

    :raises LiveError: when the cluster cannot be read
    """
    compared = read(api, plan)
    installers = {INSTALLERS[name] for item in compared if item.live for name in earlier(item.live)}
    found: dict[tuple[Effect, str], Finding] = {}
    for item in compared:
        for effect, what in dict.fromkeys(effects(item, plan.manager)):
            found.setdefault((effect, what), Finding(effect, what)).objects.append(name_of(item.declared))
    helms = [release for release in releases(api) if release.holds(plan.objects)]
    left = leftovers(api, plan, helms)
    for one in left:
        what = f"made by {' and '.join(sorted(makers(one, helms)))}, and the stack does not declare it"
        found.setdefault((Effect.LEFT, what), Finding(Effect.LEFT, what)).objects.append(name_of(one))
    for release in helms:
        installers.add(INSTALLERS["helm"])
        what = f"Helm's record of release {release.name}: `helm uninstall` would delete objects of the stack by it"
        found[Effect.LEFT, what] = Finding(Effect.LEFT, what, [f"Secret {release.namespace}/{release.secrets[-1]}"])
    order = list(Effect)
    findings = sorted(found.values(), key=lambda one: (order.index(one.effect), -len(one.objects), one.what))
    return Report(sorted(installers), findings, left, helms)


def who(api: Api, plan: Plan) -> list[str]:
    """Return who installed what of the stack's workloads runs already: ``istioctl``, ``Helm``; empty for nobody.

    :raises LiveError: when the cluster cannot be read
    """
    paths = (api.path_of(item) for item in plan.objects if item["kind"] == "Deployment")
    found = [live for path in paths if path and (live := api.find(path))]
    return sorted({INSTALLERS[name] for live in found for name in earlier(live)})


def earlier(live: Mapping[str, Any]) -> list[str]:
    """Return the field managers of earlier installers that own something of an object."""
    owners = (entry["manager"] for entry in live["metadata"].get("managedFields") or [] if "subresource" not in entry)
    return [name for name in dict.fromkeys(owners) if name in INSTALLERS]


def effects(item: Compared, manager: str) -> Iterator[tuple[Effect, str]]:
    """Yield what an adoption does to one declared object."""
    if item.live is None:
        yield Effect.CREATED, "not on the cluster yet"
        return
    if item.after is None:
        yield Effect.REFUSED, item.refused
        return
    kind = item.declared["kind"]
    changed = list(differences(content(item.after), content(item.live)))
    for difference in changed:
        path = text(difference.path)
        if kind == "Secret":
            yield Effect.CHANGED, path
        elif prose(kind, difference.path):
            yield Effect.CHANGED, "descriptions in definitions: Pulumi's have none"
        elif difference.declared is ABSENT:
            yield Effect.REMOVED, f"{path}: {brief(difference.live)}"
        else:
            yield Effect.CHANGED, f"{path}: {changes(difference.live, difference.declared)}"
    restarted = any(in_template(difference.path) for difference in changed)
    ours = {path for owner, path in owned(item.after) if owner not in INSTALLERS}
    for owner, field_path in dict.fromkeys(owned(item.after)):
        if owner not in INSTALLERS or field_path in ours or prose(kind, field_path):
            continue
        effect = Effect.KEPT if kept(kind, field_path) else Effect.REMOVED
        restarted |= effect is Effect.REMOVED and in_template(field_path)
        shown = mark(item.live, field_path)
        yield effect, text(field_path) + (f": {shown}" if shown else "")
    if restarted:
        yield Effect.RESTARTED, "pods are replaced one after the other, because their template differs"


def in_template(path: Path) -> bool:
    """Whether a field is a pod template's."""
    return path[:2] == ("spec", "template")


def mark(live: Mapping[str, Any], path: Path) -> str:
    """Return the value of a label or an annotation of an object; empty for any other field."""
    if path[:2] not in (("metadata", "labels"), ("metadata", "annotations")) or len(path) != 3:
        return ""
    return brief(live["metadata"].get(path[1], {}).get(path[2]))


def changes(live: Any, declared: Any) -> str:
    """Return a change in a few words."""
    if live is ABSENT:
        return f"{brief(declared)}, new"
    if isinstance(live, str) and isinstance(declared, str) and "\n" in live.strip() + declared.strip():
        if live.strip() == declared.strip():
            return "differs in empty lines only"
        return f"differs in {first_difference(declared, live)}"
    return f"{brief(live)} → {brief(declared)}"


def prose(kind: str, path: Path) -> bool:
    """Whether a field is a text for readers only."""
    return kind == "CustomResourceDefinition" and path[-1] == "description"


def kept(kind: str, path: Path) -> bool:
    """Whether a field's value stays, whoever declared it."""
    return any(rule.covers(kind, path) for rule in KEPT)


def leftovers(api: Api, plan: Plan, helms: Iterable[Release]) -> list[dict[str, Any]]:
    """Return the live objects that the earlier installers made and the stack does not declare."""
    declared = {identity(item) for item in plan.objects}
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for version, kind in INSTALLED_KINDS:
        path = api.collection(version, kind)
        for item in api.list(path, labelSelector=COMPONENT) if path else ():
            found.setdefault(identity(item), item)
    for release in helms:
        for item in release.objects:
            path = api.path_of(item)
            if identity(item) not in declared and path and (live := api.find(path)):
                found.setdefault(identity(item), live)
    kinds = [kind for _, kind in INSTALLED_KINDS]
    left = [item for key, item in found.items() if key not in declared and earlier(item)]
    return sorted(left, key=lambda item: kinds.index(item["kind"]) if item["kind"] in kinds else len(kinds))


def makers(item: Mapping[str, Any], helms: Iterable[Release]) -> set[str]:
    """Return who made an object."""
    return {INSTALLERS[name] for name in earlier(item)}


class NotAdopted(LiveError):
    """An object has not been taken over yet, so nobody may be made to let go of it."""


def forget(api: Api, plan: Plan) -> list[str]:
    """Make the earlier installers let go of every object of the stack; return the names of those that had any.

    Of pod templates the stack gets what they declared: it goes when the stack changes the template the next time.

    :raises NotAdopted: when an object of theirs has not been applied by the stack yet; nothing is changed then
    :raises LiveError: when the cluster cannot be read, or refuses
    """
    paths = [path for path in map(api.path_of, plan.objects) if path]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = [(path, live) for path, live in zip(paths, pool.map(api.find, paths), strict=True) if live]
        theirs = [(path, live) for path, live in found if earlier(live)]
        if waiting := [name_of(live) for _, live in theirs if not applied_by(live, plan.manager)]:
            raise NotAdopted(f"{len(waiting)} objects are not the stack's yet, among them {waiting[0]}")
        list(pool.map(lambda one: let_go(api, one[0], one[1], plan.manager), theirs))
    return [name_of(live) for _, live in theirs]


def rolled_out(api: Api, plan: Plan) -> None:
    """Wait until the pods of every Deployment of the stack are those of its template, for a few minutes.

    :raises LiveError: when one is not ready then
    """
    started = time.monotonic()
    for item in plan.objects:
        path = api.path_of(item) if item["kind"] == "Deployment" else None
        while path and (live := api.find(path)) and (waiting := rollout(live)[2]):
            if time.monotonic() - started > ROLLOUT_SECONDS:
                raise LiveError(f"{name_of(item)} is not ready after its pods were replaced: {waiting}")
            time.sleep(1)


def prune(api: Api, found: Report) -> list[str]:
    """Delete what the earlier installers made and the stack does not declare, and Helm's records; return their names.

    :raises LiveError: when the cluster refuses
    """
    deleted = []
    for item in found.left:
        if path := api.path_of(item):
            api.delete(path)
            deleted.append(name_of(item))
    for release in found.releases:
        for secret in release.secrets:
            api.delete(f"/api/v1/namespaces/{release.namespace}/secrets/{secret}")
            deleted.append(f"Secret {release.namespace}/{secret}")
    return deleted


def applied_by(live: Mapping[str, Any], manager: str) -> bool:
    """Whether a field manager has applied an object."""
    entries = live["metadata"].get("managedFields") or []
    return any((entry["manager"], entry["operation"]) == (manager, "Apply") for entry in entries)


def let_go(api: Api, path: str, live: Mapping[str, Any], heir: str, attempts: int = 5) -> None:
    """Make the earlier installers let go of one object.

    Their records are first cut down to what may go, as applied by them; an apply of nothing then takes it away.
    """
    names = earlier(live)
    try:
        api.merge(
            path, {"metadata": {"resourceVersion": resource_version(live), "managedFields": cut_down(live, heir)}}
        )
    except Refused as error:
        # Somebody wrote in between; istiod and the controllers do all the time.
        if error.status != http.HTTPStatus.CONFLICT or not attempts:
            raise
        let_go(api, path, api.get(path), heir, attempts - 1)
        return
    metadata = {key: live["metadata"][key] for key in ("name", "namespace") if key in live["metadata"]}
    for name in names:
        api.apply(path, {"apiVersion": live["apiVersion"], "kind": live["kind"], "metadata": metadata}, name)


def resource_version(live: Mapping[str, Any]) -> str:
    """Return the version of an object's content that a change is meant for."""
    return str(live["metadata"]["resourceVersion"])


def cut_down(live: Mapping[str, Any], heir: str) -> list[dict[str, Any]]:
    """Return an object's field records, without what the earlier installers have on record and what has to stay.

    What they updated, as Helm 3 does, is recorded as applied: only that can be applied away. What stays in a pod
    template is recorded as applied by ``heir``.
    """
    entries: list[dict[str, Any]] = []
    theirs: dict[tuple[str, str], dict[str, Any]] = {}
    inherited: dict[str, Any] = {}
    for entry in live["metadata"].get("managedFields") or []:
        if entry["manager"] not in INSTALLERS or "subresource" in entry:
            entries.append(entry)
            continue
        recorded = entry.get("fieldsV1") or {}
        kind = str(live["kind"])
        fields = part(recorded, kind, stays=False)
        before = theirs.get((entry["manager"], entry["apiVersion"]), {}).get("fieldsV1", {})
        applied = {**entry, "operation": "Apply", "fieldsV1": union(before, fields)}
        theirs[entry["manager"], entry["apiVersion"]] = applied
        inherited = union(inherited, of_template(part(recorded, kind, stays=True)))
    if inherited:
        entries = [
            {**entry, "fieldsV1": union(entry["fieldsV1"], inherited)}
            if (entry["manager"], entry["operation"]) == (heir, "Apply")
            else entry
            for entry in entries
        ]
    return [*entries, *(entry for entry in theirs.values() if entry["fieldsV1"])]


def of_template(recorded: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a record of fields that is about a pod template."""
    template = recorded.get("f:spec", {}).get("f:template")
    return {"f:spec": {"f:template": template}} if template else {}


def part(fields: Mapping[str, Any], kind: str, *, stays: bool, path: Path = ()) -> dict[str, Any]:
    """Return the part of a record of fields that stays, or the part that goes."""
    found: dict[str, Any] = {}
    for key, inner in fields.items():
        if key == ".":
            # The thing itself, a list's item for one, goes with what is in it.
            found |= {} if stays else {key: inner}
            continue
        place = (*path, in_fields(key))
        if kept(kind, place):
            found |= {key: inner} if stays else {}
        elif not inner.keys() - {"."}:
            found |= {} if stays else {key: inner}
        elif (below := part(inner, kind, stays=stays, path=place)).keys() - {"."}:
            found[key] = below
    return found


def union(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record of the fields of both."""
    return {key: union(one.get(key, {}), other.get(key, {})) for key in dict.fromkeys([*one, *other])}
