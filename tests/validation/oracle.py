"""The API server, then istiod's webhook and `istioctl validate`: what a cluster would answer."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mesh_components.validation import Problem, validate

from . import istioctl
from .cluster import Cluster
from .corpus import Object
from .webhook import Webhook


@dataclass(frozen=True)
class Verdict:
    """What is said of one object."""

    item: Object
    by_api_server: str
    """Why its schema or a rule refuses it; empty when they do not."""
    by_webhook: tuple[bool, bool]
    """Whether the webhook refuses and warns of what the API server hands on to it."""
    by_istioctl: tuple[bool, bool]
    """The same of istioctl."""
    ours: list[Problem]

    @property
    def refused(self) -> bool:
        return bool(self.by_api_server) or self.by_webhook[0]

    @property
    def warned(self) -> bool:
        return not self.refused and self.by_webhook[1]

    @property
    def disagreement(self) -> str:
        """Who alone has something against it; empty when all agree. Warnings count for what is not refused."""
        for oracle in (self.by_webhook, self.by_istioctl):
            for theirs, is_warning in ((bool(self.by_api_server) or oracle[0], False), (oracle[1], True)):
                ours = any(problem.is_warning is is_warning for problem in self.ours)
                if ours != theirs:
                    return ("we" if ours else "they") + (" warn" if is_warning else " refuse")
                if ours:
                    break
        return ""


def verdicts(objects: Iterable[Object], cluster: Cluster, webhook: Webhook, folder: Path) -> list[Verdict]:
    """What everybody says of objects."""
    asked = [item for item in objects if not depends_on_chance(item)]
    answers = cluster.answers(asked)
    admitted = [item for _, item in answers]
    checked = zip(webhook.verdicts(admitted), istioctl.verdicts(admitted, folder), strict=True)
    return [
        Verdict(item, reason, by_webhook, by_istioctl, validate(item))
        for item, (reason, _), (by_webhook, by_istioctl) in zip(asked, answers, checked, strict=True)
    ]


def depends_on_chance(item: Object) -> bool:
    """Whether istiod's verdict depends on the order in which Go goes through a mapping (`validateLocalities`).

    It does for weights of localities some of which have a star.
    """
    found: list[Any] = [item]
    while found:
        part = found.pop()
        if isinstance(part, dict):
            to = part.get("to")
            if isinstance(to, dict) and len(to) > 1 and any("*" in key for key in to):
                return True
            found.extend(part.values())
        elif isinstance(part, list):
            found.extend(part)
    return False


def table(found: Iterable[Verdict]) -> str:
    """How many objects of each kind were judged, and who disagrees."""
    rows: dict[str, Counter[str]] = defaultdict(Counter)
    for verdict in found:
        row = rows[verdict.item["kind"]]
        row["objects"] += 1
        row["API server"] += bool(verdict.by_api_server)
        row["webhook"] += verdict.by_webhook[0] and not verdict.by_api_server
        row["warned"] += verdict.warned
        row[verdict.disagreement or "agreed"] += 1
    columns = (
        "objects",
        "API server",
        "webhook",
        "warned",
        "agreed",
        "we refuse",
        "they refuse",
        "we warn",
        "they warn",
    )
    lines = [f"{'kind':<24}" + "".join(f"{column:>12}" for column in columns)]
    total = Counter[str]()
    for kind, row in sorted(rows.items()):
        lines.append(f"{kind:<24}" + "".join(f"{row[column]:>12}" for column in columns))
        total += row
    lines.append(f"{'all':<24}" + "".join(f"{total[column]:>12}" for column in columns))
    return "\n".join(lines)
