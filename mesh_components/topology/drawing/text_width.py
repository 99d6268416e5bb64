"""How wide a text becomes, before any browser draws it: never less than what common fonts make of it.

The widths are those of DejaVu Sans, the widest of the fonts that desktops fall back to, as measured in a browser, in
hundredths of the font's size. Other fonts leave some room; none that is usual takes more.
"""

from __future__ import annotations

from collections.abc import Mapping
from unicodedata import combining, east_asian_width

_REGULAR: Mapping[int, str] = {
    28: "'ijl",
    30: "I",
    32: " ,.",
    34: "/:;\\|",
    36: "f",
    38: "-",
    40: "()[]t",
    42: "!r",
    46: '"',
    50: "*J`",
    54: "sz",
    56: "?L_c",
    58: "k",
    60: "vxy",
    62: "FTaeo",
    64: "0123456789$bdghnpqu{}",
    68: "EKPSY",
    70: "ABVXZ",
    74: "CRU",
    76: "HN",
    78: "&DG",
    80: "OQ",
    82: "w",
    84: "#+<=>^~",
    88: "M",
    96: "%",
    98: "m",
    100: "W",
    102: "@",
}
_BOLD: Mapping[int, str] = {
    32: "'",
    36: " ijl",
    38: ",./I\\|",
    40: ":;",
    42: "-",
    44: "f",
    46: "!()[]",
    48: "t",
    50: "`r",
    54: '"*',
    56: "J_",
    60: "csz",
    62: "?",
    64: "L",
    66: "vxy",
    68: "aek",
    70: "0123456789$EFTo",
    72: "bdghnpqu{}",
    74: "CPSYZ",
    78: "ABKRVX",
    82: "U",
    84: "#+<=>DGHN^~",
    86: "OQ",
    88: "&",
    94: "w",
    100: "@M",
    102: "%",
    106: "m",
    112: "W",
}
_WIDTHS = {
    bold: {one: hundredths / 100 for hundredths, some in table.items() for one in some}
    for bold, table in ((False, _REGULAR), (True, _BOLD))
}
_OTHER = 0.9
_WIDE = 1.1
ELLIPSIS = "…"


def width(text: str, size: float, *, bold: bool = False) -> float:
    """Return the width of a text, in the unit of ``size``, the font's size."""
    known = _WIDTHS[bold]
    return size * sum(known.get(one) or _unknown(one) for one in text)


def cut(text: str, size: float, room: float, *, bold: bool = False, middle: bool = True) -> str:
    """Return a text that fits into ``room``: without its middle, or else its end, where it is too long."""
    # Rooms are sums of widths, and sums of fractions are not exact.
    if width(text, size, bold=bold) <= room + 0.01:
        return text
    kept = min(len(text) - 1, int(room / size * 4))
    while kept > 1:
        end = kept // 2 if middle else 0
        shorter = f"{text[: kept - end].rstrip()}{ELLIPSIS}{text[len(text) - end :].lstrip()}"
        if width(shorter, size, bold=bold) <= room:
            return shorter
        kept -= 1
    return ELLIPSIS


def wrapped(text: str, size: float, room: float, most: int) -> list[str]:
    """Return a text in lines that fit into ``room``, broken between words; the last of ``most`` lines is cut."""
    lines: list[str] = []
    words = text.split(" ")
    while words:
        number = len(words)
        while number > 1 and width(" ".join(words[:number]), size) > room + 0.01:
            number -= 1
        last = len(lines) + 1 == most
        lines.append(cut(" ".join(words if last else words[:number]), size, room, middle=not last))
        if last:
            break
        words = words[number:]
    return lines


def _unknown(one: str) -> float:
    if combining(one):
        return 0.0
    return _WIDE if east_asian_width(one) in "WF" else _OTHER
