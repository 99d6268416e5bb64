"""Objects from YAML and JSON texts, with the line that each field stands on.

Documents are taken apart at lines that start with ``---``, as Kubernetes' own readers do, so that one that cannot be
read spoils no other. They are read as YAML 1.2 by a fast parser; a document in which YAML 1.1, which Kubernetes
reads (sigs.k8s.io/yaml), would see another value is read by PyYAML.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path as File
from typing import Any

import yaml
import yaml12

from .resource import Path
from .world import Given
from .yaml_text import Loader

SEPARATOR = re.compile(r"^---(?=\s|$)", re.MULTILINE)

READ_DIFFERENTLY = re.compile(
    r"""(?x)
      [\n:\-,\[{?] [ \t]*                          # where a key or a value can start
      (?:
          (?:
              [yYnN] | yes | Yes | YES | no | No | NO | on | On | ON | off | Off | OFF
            | [-+]? 0 [0-9_]+ | 0o [0-7]+ | 0b [01_]+ # octal and binary
            | [-+]? [0-9]+ _ [0-9_.]*                # grouped digits
            | [-+]? [0-9]+ (?: : [0-5]? [0-9] )+     # base 60
          )
          [ \t]* [,\]}\#\n]
        | [0-9.]+ [ \t]* :                           # a number as key
        | <<[ \t]*: | [!%]                           # merged maps, tags, directives
        | (?<=:) [,\]}]                              # a colon that ends a flow scalar
      )
    """
)
"""What YAML 1.1 and YAML 1.2 read as different values."""


CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
"""Characters that YAML does not have."""


LineLoader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""Reads structure and lines only, without asking what each value means."""


class UnreadableText(ValueError):
    """A document that is no YAML; says where and why."""


@dataclass(frozen=True, slots=True, eq=False)
class Document:
    """One document of a file: an origin that knows its lines.

    Attributes:
        file: The file, as it was named.
        first_line: The line in the file on which the text starts, from 1.
        text: The document's text.
    """

    file: str
    first_line: int
    text: str

    def locate(self, path: Path) -> str:
        """Return ``file:line`` of the field, of the closest one around it where it is not there."""
        return f"{self.file}:{self.line(path)}"

    def line(self, path: Path) -> int:
        """Return the line of the field in the file, from 1."""
        node = yaml.compose(self.text, Loader=LineLoader)
        if node is None:
            return self.first_line
        # The value's own line, except for a map's or list's, which starts below its key.
        line = node.start_mark.line
        for key in path:
            found = _child(node, key)
            if found is None:
                break
            line, node = found
        return self.first_line + int(line)

    def value(self) -> Any:
        """Return what the document says.

        :raises UnreadableText: when it is no YAML
        """
        try:
            if not (READ_DIFFERENTLY.search("\n" + self.text) or CONTROL.search(self.text)):
                with suppress(ValueError):  # what it cannot read, the other may
                    return yaml12.parse_yaml(self.text)
            return with_names(yaml.load(self.text, Loader=Loader))
        except (yaml.YAMLError, ValueError) as error:
            raise UnreadableText(f"{self.file}:{self._line_of(error)}: not YAML: {_said(error)}") from error

    def _line_of(self, error: Exception) -> int:
        mark = getattr(error, "problem_mark", None)
        if mark is not None:
            return self.first_line + int(mark.line)
        named = re.search(r"line (\d+)", str(error))
        return self.first_line + (int(named[1]) - 1 if named else 0)


def with_names(value: Any) -> Any:
    """Return a value with text for every map's keys, as JSON has it: a port as key is a number to YAML."""
    if isinstance(value, dict):
        return {key if isinstance(key, str) else json.dumps(key): with_names(item) for key, item in value.items()}
    return [with_names(item) for item in value] if isinstance(value, list) else value


def _said(error: Exception) -> str:
    return str(getattr(error, "problem", None) or error).strip().partition("\n")[0]


def _child(node: yaml.Node, key: str | int) -> tuple[int, yaml.Node] | None:
    """Return a field's line and value."""
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == key:
                return name.start_mark.line, value
    elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        value = node.value[key]
        return value.start_mark.line, value
    return None


def documents(text: str, file: str) -> Iterator[Document]:
    """Return a text's documents."""
    start, line = 0, 1
    for separator in SEPARATOR.finditer(text):
        yield Document(file, line, text[start : separator.start()])
        line += text.count("\n", start, separator.end())
        start = separator.end()
    yield Document(file, line, text[start:] + "\n")


def read(text: str, file: str) -> Iterator[Given]:
    """Return the objects of a text; empty documents are left out, and a document that is a list has several.

    :param file: what to call the text in findings
    :raises UnreadableText: at the first document that is no YAML
    """
    for document in documents(text, file):
        value = document.value()
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                yield item, document


SUFFIXES = (".yaml", ".yml", ".json")


def found(path: File) -> Iterator[File]:
    """Return a file, or the YAML and JSON files under a folder, in order."""
    if path.is_dir():
        yield from (file for file in sorted(path.rglob("*")) if file.suffix in SUFFIXES and file.is_file())
    else:
        yield path
