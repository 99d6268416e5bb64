"""A preview as one Markdown comment for a pull request, as GitHub and GitLab show it.

What a reviewer has to act on comes first and stays in when the comment would be too long: environments that could not
be previewed, new errors, policy violations, the picture, then the objects, those that route and protect before those
that nobody reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..topology.drawing.mermaid import flowchart
from ..topology.graph import Change, Topology
from .budget import Item, Section, fit
from .changes import CHANGED, CREATED, DELETED, REPLACED, ObjectChange
from .environment import Environment, Preview, Status
from .escaped import block, code, prose
from .field_lines import UNREAD, lines
from .findings import Record
from .objects_rank import rank

LIMIT = 64_000
"""Characters; GitHub takes 65,536 in a comment, and a workflow may want to add a line."""

MOST_LINES = 60
"""Lines that are shown of one object."""

PICTURE = 12_000
"""Characters of one environment's picture."""

SIGNS = {CREATED: "+", CHANGED: "~", REPLACED: "±", DELETED: "-"}
WORDS = {CREATED: "created", CHANGED: "changed", REPLACED: "replaced", DELETED: "deleted"}
"""What becomes of objects, in words."""

FAILURE, ERROR, VIOLATION, WARNING, PICTURED, OBJECTS, LESS = 1, 2, 2, 3, 4, 5, 20
"""Ranks of what a comment says; objects have theirs from OBJECTS on."""

LEFT_OUT = "\n_{count} more entries have no room in this comment; the preview's JSON has everything._\n"


def comment(preview: Preview, limit: int = LIMIT) -> str:
    """Return the comment.

    :param limit: characters that it has at most
    """
    head = f"{preview.marker}\n## {headline(preview)}\n\n"
    sections = [*_table(preview)]
    for one in preview.environments:
        sections += _environment(one, titled=len(preview.environments) > 1)
    return head + fit(sections, limit - len(head), LEFT_OUT)


def headline(preview: Preview) -> str:
    """Return the comment's title: what was previewed, and what it comes to."""
    listed = preview.environments
    what = code(listed[0].stack) if len(listed) == 1 else f"{len(listed)} environments"
    return f"Mesh preview of {what}: {outcome(listed)}"


def outcome(listed: Sequence[Environment]) -> str:
    """Return what previews come to, in a few words, the important first."""
    failed = sum(one.status is Status.FAILED for one in listed)
    errors = sum(one.findings.new_of("Error") for one in listed)
    more = sum(len(one.findings.new) for one in listed) - errors
    violations = sum(len(one.violations) for one in listed)
    fixed = sum(len(one.findings.fixed) for one in listed)
    objects = sum(len(one.changes) for one in listed)
    parts = (
        (failed, "could not be previewed" if len(listed) == 1 else "{} could not be previewed"),
        (errors, plural(errors, "new error")),
        (violations, plural(violations, "policy violation")),
        (more, plural(more, "new finding")),
        (objects, plural(objects, "object changes", "objects change")),
        (fixed, plural(fixed, "finding fixed", "findings fixed")),
    )
    said = [text.format(count) for count, text in parts if count]
    return ", ".join(said) or "no change"


def plural(count: int, one: str, many: str = "") -> str:
    """Return a number of things in words."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def _table(preview: Preview) -> Iterator[Section]:
    against = f"Compared with {code(preview.against)}" if preview.against else "Compared with what is deployed"
    single = len(preview.environments) == 1
    if single:
        numbers = counts(preview.environments[0])
        yield Section("", [Item(0, f"{against}{f': {numbers}' if numbers else ''}.\n")])
        return
    rows = [
        Item(0, f"| {code(one.stack)} | {_state(one)} | {counts(one)} | {_found(one)} | {_policies(one)} |\n")
        for one in preview.environments
    ]
    title = "| environment | | objects | findings | policies |\n|---|---|---|---|---|\n"
    yield Section(f"{against}.\n\n{title}", rows, more="| … {count} more | | | | |\n")


def counts(one: Environment) -> str:
    """Return how many objects are created, changed …, ``""`` when none is."""
    return ", ".join(f"{count} {WORDS[action]}" for action in SIGNS if (count := one.count(action)))


def _state(one: Environment) -> str:
    if one.status is Status.FAILED:
        return "✗ **failed**"
    return "✗ **refused**" if one.refused else str(one.status)


def _found(one: Environment) -> str:
    levels = (("Error", "error"), ("Warning", "warning"), ("Info", "for information"))
    new = [f"{count} new {word}" for level, word in levels if (count := one.findings.new_of(level))]
    fixed = [f"{len(one.findings.fixed)} fixed"] if one.findings.fixed else []
    return ", ".join([*new, *fixed]) or ""


def _policies(one: Environment) -> str:
    return plural(len(one.violations), "violation") if one.violations else ""


def _environment(one: Environment, titled: bool) -> Iterator[Section]:
    """Return what there is to say of an environment, nothing when nothing changes."""
    parts = [*_parts(one)]
    if not parts:
        return
    if titled:
        ranks = [item.rank for part in parts for item in part.items]
        yield Section("", [Item(min(ranks), f"\n## {code(one.stack)}\n")], more="")
    yield from parts


def _parts(one: Environment) -> Iterator[Section]:
    if one.error:
        yield Section("\n**It could not be previewed.**\n\n", [Item(FAILURE, block(cut(one.error)))])
    if one.notes:
        yield Section("\n", [Item(FAILURE, f"> {prose(note)}\n\n") for note in one.notes])
    if one.findings.new:
        items = [Item(ERROR if found["level"] == "Error" else WARNING, _finding(found)) for found in one.findings.new]
        yield Section("\n### New findings\n\n", items)
    if one.violations:
        items = [
            Item(
                VIOLATION,
                f"- **{found.enforcement}** {code(found.policy)} of pack {code(found.pack)}"
                f"{' on ' + code(found.resource) if found.resource else ''}: {prose(found.message)}\n",
            )
            for found in one.violations
        ]
        yield Section("\n### Policy violations\n\n", items)
    if one.topology and _is_pictured(one.topology):
        picture = block(flowchart(one.topology, limit=PICTURE), "mermaid")
        yield Section("\n### Topology\n\n", [Item(PICTURED, picture)])
    if one.changes:
        yield Section("\n### Objects\n\n", _objects(one.changes), more="\n… and {count} more\n")
    for title, listed in (("Fixed findings", one.findings.fixed), ("Findings suppressed now", one.findings.silenced)):
        if listed:
            before = f"\n<details><summary>{title}: {len(listed)}</summary>\n\n"
            yield Section(before, [Item(LESS, _finding(found)) for found in listed], "\n</details>\n")


def _is_pictured(topology: Topology) -> bool:
    changed = [part.change for listed in (topology.namespaces, topology.nodes, topology.edges) for part in listed]
    return any(change is not Change.SAME for change in changed)


def _finding(found: Record) -> str:
    field = f" {code(found['field'])}" if found["field"] else ""
    place = f" ({code(found['place'])})" if found["place"] else ""
    doubt = "" if found["certain"] else ", as far as what was given tells"
    return (
        f"- **{found['level']} {found['code']}** {code(found['origin'])}{field}{place}: "
        f"{prose(found['message'])}{doubt}. {prose(found['remedy'])}\n"
    )


def _objects(changes: Sequence[ObjectChange]) -> list[Item]:
    """Return objects by how much they matter; those to which the very same is done are said together."""
    alike: dict[tuple[str, ...], list[ObjectChange]] = {}
    for change in changes:
        what = (change.kind,) if change.kind == UNREAD else tuple(lines(change))
        alike.setdefault((change.action, *what), []).append(change)
    groups = sorted(alike.items(), key=lambda group: (rank(group[1][0].kind), -len(group[1]), group[1][0].object))
    return [Item(OBJECTS + rank(listed[0].kind), _group(listed, said[1:])) for said, listed in groups]


def _group(listed: Sequence[ObjectChange], said: Sequence[str]) -> str:
    first = listed[0]
    sign, word = SIGNS[first.action], WORDS[first.action]
    named = ", ".join(f"<code>{html(change.object)}</code>" for change in listed[:MOST_NAMES])
    more = f" and {len(listed) - MOST_NAMES} more" if len(listed) > MOST_NAMES else ""
    title = f"{sign} {word} {named}{more}"
    if first.kind == UNREAD:
        return f"- {title}; their schemas are not shown\n\n"
    return f"<details><summary>{title}</summary>\n\n{block(cut(chr(10).join(said)), 'diff')}\n</details>\n\n"


MOST_NAMES = 12
"""Objects that are named where the same is done to many."""


def html(text: str) -> str:
    """Return text for an element of HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("@", "&#64;")


def cut(text: str) -> str:
    """Return a text's first lines, and how many it has besides."""
    listed = text.splitlines()
    if len(listed) <= MOST_LINES + 1:
        return text
    return "\n".join([*listed[:MOST_LINES], f"… and {len(listed) - MOST_LINES} more lines"])
