"""A text that must not be longer than so much: what matters comes in first, and what is left out is said."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Item:
    """A part of a section that is in as a whole or not at all.

    Attributes:
        rank: How much it matters; the lower, the more.
        text: What it says.
    """

    rank: int
    text: str


@dataclass(frozen=True)
class Section:
    """Items that stand together.

    Attributes:
        before: What stands before them, if any of them is in.
        items: Themselves, in order.
        after: What stands after them, if any of them is in.
        more: What is said when some are left out, with ``{count}`` in it.
    """

    before: str
    items: Sequence[Item]
    after: str = ""
    more: str = "… and {count} more\n"

    @property
    def frame(self) -> int:
        """How many characters it takes besides its items, at most."""
        return len(self.before) + len(self.after) + len(self.told(len(self.items)))

    def told(self, count: int) -> str:
        """Return what is said of so many that are left out."""
        return self.more.format(count=count)


@dataclass
class _Kept:
    items: set[int] = field(default_factory=set)


def fit(sections: Iterable[Section], limit: int, left_out: str) -> str:
    """Return the sections as one text of at most ``limit`` characters.

    Items come in by their rank, and by their order among those of one rank; one that does not fit gives way to smaller
    ones behind it. Each stands in its place, whenever it came in.

    :param left_out: the last line when anything is left out, with ``{count}`` in it
    """
    listed = list(sections)
    total = sum(len(section.items) for section in listed)
    room = limit - len(left_out.format(count=total))
    kept = [_Kept() for _ in listed]
    order = sorted(
        (item.rank, number, index) for number, section in enumerate(listed) for index, item in enumerate(section.items)
    )
    for _, number, index in order:
        section, inside = listed[number], kept[number].items
        cost = len(section.items[index].text) + (0 if inside else section.frame)
        if cost <= room:
            room -= cost
            inside.add(index)
    text = "".join(
        _written(section, inside.items) for section, inside in zip(listed, kept, strict=True) if inside.items
    )
    missing = total - sum(len(inside.items) for inside in kept)
    return text + (left_out.format(count=missing) if missing else "")


def _written(section: Section, inside: set[int]) -> str:
    missing = len(section.items) - len(inside)
    items = "".join(item.text for index, item in enumerate(section.items) if index in inside)
    return section.before + items + (section.told(missing) if missing else "") + section.after
