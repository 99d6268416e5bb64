"""Durations as Go's ``time.ParseDuration`` reads them."""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

NANOSECOND = 1
MILLISECOND = 1_000_000
SECOND = 1_000_000_000
_UNITS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": MILLISECOND,
    "s": SECOND,
    "m": 60 * SECOND,
    "h": 3600 * SECOND,
}
_PART = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")
_WHOLE = re.compile(rf"[+-]?(0|(?:{_PART.pattern})+)")
_MOST = 2**63 - 1


@lru_cache(maxsize=4096)
def nanoseconds(text: str) -> int | None:
    """Return a duration in nanoseconds; None when the text is none, or longer than Go counts (292 years)."""
    if not _WHOLE.fullmatch(text):
        return None
    total = sum(int(Fraction(_decimal(number)) * _UNITS[unit]) for number, unit in _PART.findall(text))
    if total > _MOST:
        return None
    return -total if text.startswith("-") else total


def _decimal(number: str) -> str:
    whole, _, fraction = number.partition(".")
    return f"{whole or '0'}.{fraction or '0'}"
