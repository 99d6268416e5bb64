"""Whether a text is a regular expression as Go's ``regexp`` reads it (RE2's syntax, with Perl's additions).

Python's own expressions allow more (look-around, back references) and less. Source: Go's ``regexp/syntax/parse.go``.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from .cel_engine import cel

_MOST_REPEATS = 1000
_DEEPEST = 1000
_FLAGS = re.compile(r"\?([imsU]*)(-[imsU]+)?([:)])")
_NAME = re.compile(r"\?P?<(\w+)>", re.ASCII)
_COUNT = re.compile(r"\{(0|[1-9][0-9]*)(?:,(0|[1-9][0-9]*)?)?\}", re.ASCII)
_OCTAL = re.compile(r"0[0-7]{0,2}|[1-7][0-7]{1,2}")
_HEX = re.compile(r"x(?:\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{2}))")
_PROPERTY = re.compile(r"[pP](?:\{\^?([^}]*)\}|(.))", re.DOTALL)
_POSIX = re.compile(r"\[:\^?(.*?):\]", re.DOTALL)
_POSIX_NAMES = frozenset(
    "alnum alpha ascii blank cntrl digit graph lower print punct space upper word xdigit".split()  # noqa: SIM905
)
_CONTROLS = {"a": 7, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}


class BadRegexp(ValueError):
    """Says why a text is not a regular expression."""


@lru_cache(maxsize=4096)
def fault(pattern: str) -> str | None:
    """Return what is wrong with ``pattern``; None when it is a regular expression."""
    try:
        _Reader(pattern).read()
    except BadRegexp as error:
        return str(error)
    return None


class _Reader:
    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0

    def read(self) -> None:
        """Read the whole pattern, or raise ``BadRegexp``."""
        outer: list[int] = []
        # How often the last item, and the most repeated one of this group, can come: counts multiply.
        times, most, repeatable, repeated = 1, 1, False, False
        while self.at < len(self.pattern):
            char = self.pattern[self.at]
            if char == "(":
                if self._open():
                    outer.append(most)
                    most, repeatable = 1, False
                    if len(outer) > _DEEPEST:
                        raise BadRegexp("its groups nest too deeply")
                repeated = False
            elif char == ")":
                if not outer:
                    raise BadRegexp("it closes a ) that it does not open")
                self.at += 1
                times, most = most, max(most, outer.pop())
                repeatable, repeated = True, False
            elif char == "|":
                self.at += 1
                repeatable, repeated = False, False
            elif operator := self._operator():
                text, count = operator
                if not repeatable:
                    raise BadRegexp(f"there is nothing for {text} to repeat")
                if repeated:
                    raise BadRegexp(f"{text} follows another repetition")
                times *= max(count, 1)
                if times > _MOST_REPEATS:
                    raise BadRegexp(f"{text} makes more than {_MOST_REPEATS} repetitions")
                most, repeated = max(most, times), True
            else:
                repeatable = self._item(char) or repeatable
                times, repeated = 1, False
        if outer:
            raise BadRegexp("it opens a ( that it does not close")

    def _open(self) -> bool:
        """Read what opens a group; say whether one is open now."""
        self.at += 1
        if not self.pattern.startswith("?", self.at):
            return True
        if found := _NAME.match(self.pattern, self.at):
            self.at = found.end()
            return True
        if found := _FLAGS.match(self.pattern, self.at):
            self.at = found.end()
            return found.group(3) == ":"
        raise BadRegexp(f"({self.pattern[self.at : self.at + 3]} is not supported (RE2 has no look-around)")

    def _operator(self) -> tuple[str, int] | None:
        """Read a repetition, if one is next; say how often it repeats at most."""
        start, count = self.at, 1
        if self.pattern[start] in "*+?":
            self.at += 1
        elif found := _COUNT.match(self.pattern, start):
            least, most = int(found.group(1)), int(found.group(2) or found.group(1))
            if max(least, most) > _MOST_REPEATS or most < least:
                raise BadRegexp(f"{found.group()} is not a count of repetitions; at most {_MOST_REPEATS}")
            self.at, count = found.end(), most
        else:
            return None
        if self.pattern.startswith("?", self.at):
            self.at += 1
        return self.pattern[start : self.at], count

    def _item(self, char: str) -> bool:
        """Read a character, a class or an escape; say whether it can be repeated."""
        if char == "[":
            self._class()
        elif char == "\\":
            if self.pattern.startswith("Q", self.at + 1):
                end = self.pattern.find("\\E", self.at + 2)
                literal = self.pattern[self.at + 2 : None if end < 0 else end]
                self.at = len(self.pattern) if end < 0 else end + 2
                return bool(literal)
            if self.pattern[self.at + 1 : self.at + 2] in ("A", "b", "B", "z"):
                self.at += 2
            else:
                self._escape()
        else:
            self.at += 1
        return True

    def _escape(self) -> int:
        """Read an escape of one character or a class; return the character's number, -1 for a class."""
        self.at += 1
        rest = self.pattern[self.at : self.at + 1]
        if not rest:
            raise BadRegexp("it ends in a backslash")
        if rest in "dDsSwW":
            self.at += 1
            return -1
        if rest in "pP" and (found := _PROPERTY.match(self.pattern, self.at)):
            if not _is_property(found.group(1) if found.group(1) is not None else found.group(2)):
                raise BadRegexp(f"\\{found.group()} is not a class of characters")
            self.at = found.end()
            return -1
        if found := _OCTAL.match(self.pattern, self.at):
            self.at = found.end()
            return int(found.group(), 8)
        if found := _HEX.match(self.pattern, self.at):
            number = int(found.group(1) or found.group(2), 16)
            if number <= 0x10FFFF:
                self.at = found.end()
                return number
        elif rest in _CONTROLS:
            self.at += 1
            return _CONTROLS[rest]
        elif rest.isascii() and not rest.isalnum():
            self.at += 1
            return ord(rest)
        raise BadRegexp(f"\\{rest} is not an escape of RE2")

    def _class(self) -> None:
        """Read a class in brackets."""
        self.at += 2 if self.pattern.startswith("^", self.at + 1) else 1
        first = True
        while first or not self.pattern.startswith("]", self.at):
            first = False
            if self.at >= len(self.pattern):
                raise BadRegexp("it opens a [ that it does not close")
            if found := _POSIX.match(self.pattern, self.at):
                if found.group(1) not in _POSIX_NAMES:
                    raise BadRegexp(f"{found.group()} is not a class of characters")
                self.at = found.end()
                continue
            low = self._class_character()
            if low < 0 or not self.pattern.startswith("-", self.at) or self.pattern[self.at + 1 : self.at + 2] == "]":
                continue
            if self.at + 1 >= len(self.pattern):
                continue
            self.at += 1
            high = self._class_character()
            if high < low:
                raise BadRegexp("a range of characters runs backwards or ends in a class")
        self.at += 1

    def _class_character(self) -> int:
        if self.at >= len(self.pattern):
            raise BadRegexp("it opens a [ that it does not close")
        if self.pattern[self.at] == "\\":
            return self._escape()
        self.at += 1
        return ord(self.pattern[self.at - 1])


@cache
def _is_property(name: str) -> bool:
    """Whether Unicode has a category or script of this name, by the evaluator's own engine, which has the tables."""
    if not re.fullmatch(r"\w+", name, re.ASCII):
        return False
    try:
        cel.compile("'a'.matches(self)").execute({"self": f"\\p{{{name}}}"})
    except Exception:  # whatever the evaluator raises
        return False
    return True
