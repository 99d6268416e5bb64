"""Go template text, written as Python data.

A template is a Python structure: dicts and lists are YAML mappings and sequences, `str`, `int`, `bool` and `None` are
literals, `Go` is a pipeline whose output stands there, and `Block` is a part that Go includes, repeats or leaves out.
`render` turns the structure into text for Go's `text/template`, as YAML in block style, so that people who look at the
ConfigMap in a cluster can read it.

Each control action stands on a line of its own and trims what is before it (`{{- if … }}`), so that lines keep their
indentation whatever the conditions are. Dynamic strings are always quoted by Go (`text`), and whole values are emitted
as JSON (`as_json`), which is YAML too: no value can break out of its place.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True)
class Go:
    """A pipeline, emitted as `{{ pipeline }}`. Its output must be valid YAML where it stands: a number, a quoted
    string, JSON. Use `text` for strings and `as_json` for whole values."""

    pipeline: str


@dataclass(frozen=True)
class Block:
    """A part under a control action: `{{- opening }} body {{- else }} otherwise {{- end }}`.

    In a mapping it is a member's value, and governs the member; in a sequence it is an item, and governs its body: one
    item, or a list of them (a list in a sequence stands for its items everywhere). Made by `when`, `each` and `using`.
    """

    opening: str
    body: "Node"
    otherwise: "Node"


@dataclass(frozen=True)
class Include:
    """In a sequence: the items that `Template.parts` defines under this name."""

    name: str


class Absent:
    """Nothing at all: as a member's value no member, as an item no item, as a block's `otherwise` no `else`."""


ABSENT = Absent()

Node: TypeAlias = "str | int | bool | Go | Block | Include | Absent | Mapping[str, Node] | Sequence[Node] | None"


@dataclass(frozen=True)
class Template:
    """A whole template.

    Attributes:
        documents: the YAML documents, in order.
        prelude: actions that run first and set the template's variables, such as `$mode := …`.
        parts: sequences that stand in several places (`Include`), by name. Go gives a part no variables of its
            surroundings, so each part runs the prelude again.
    """

    documents: Sequence[Mapping[str, Node]]
    prelude: Sequence[str] = ()
    parts: Mapping[str, Sequence[Node]] = field(default_factory=dict)


def when(condition: str, body: Node, otherwise: Node = ABSENT) -> Block:
    """`body` where the pipeline `condition` is true, else `otherwise`."""
    return Block(f"if {condition}", body, otherwise)


def each(variables: str, pipeline: str, body: Node) -> Block:
    """`body` for each element of a pipeline; `variables` are their names, such as `$key, $value`."""
    return Block(f"range {variables} := {pipeline}", body, ABSENT)


def using(variable: str, pipeline: str, body: Node) -> Block:
    """`body` with the pipeline's result in a variable, where that result is not empty."""
    return Block(f"if {variable} := {pipeline}", body, ABSENT)


def text(layout: str, *pipelines: str) -> Go:
    """A quoted string: `layout` with each `%v` replaced by a pipeline's output."""
    if layout == "%v":
        return Go(f"{pipelines[0]} | quote")
    arguments = " ".join(f"({pipeline})" for pipeline in pipelines)
    return Go(f"printf {json.dumps(layout)} {arguments} | quote")


def as_json(pipeline: str) -> Go:
    """A whole value, emitted as JSON."""
    return Go(f"toJson ({pipeline})")


def render(template: Template) -> str:
    """The template's text.

    Raises:
        ValueError: for a structure that has no faithful text: a literal with an action in it, or an item of a sequence
            whose first member is conditional.
    """
    prelude = [f"{{{{- {action} }}}}" for action in template.prelude]
    lines = []
    for name, items in template.parts.items():
        lines += [f"{{{{- define {json.dumps(name)} }}}}", *prelude, *_sequence(items, "  "), "{{- end }}"]
    lines += prelude
    for number, document in enumerate(template.documents):
        lines += [*(["---"] if number else []), *_mapping(document, "")]
    return "\n".join(lines) + "\n"


def _mapping(members: Mapping[str, Node], indent: str) -> list[str]:
    return [line for key, value in members.items() for line in _member(_key(key), value, indent)]


def _member(key: str, value: Node, indent: str) -> list[str]:
    match value:
        case Block():
            return _block(value, lambda body: _member(key, body, indent), indent)
        case Absent():
            return []
        case Mapping() if value:
            return [f"{indent}{key}:", *_mapping(value, indent + "  ")]
        case list() | tuple() if value:
            return [f"{indent}{key}:", *_sequence(value, indent)]
    return [f"{indent}{key}: {_scalar(value)}".rstrip()]


def _sequence(items: Sequence[Node], indent: str) -> list[str]:
    return [line for item in items for line in _item(item, indent)]


def _item(item: Node, indent: str) -> list[str]:
    match item:
        case Block():
            return _block(item, lambda body: _item(body, indent), indent)
        case Include():
            return [f"{{{{- template {json.dumps(item.name)} . }}}}"]
        case Absent():
            return []
        case list() | tuple():
            return _sequence(item, indent)
        case Mapping():
            lines = _mapping(item, indent + "  ")
            if not lines or lines[0].lstrip().startswith("{{-"):
                raise ValueError(f"a sequence's item must begin with a member that is always there: {item}")
            return [f"{indent}- {lines[0].lstrip()}", *lines[1:]]
    return [f"{indent}- {_scalar(item)}"]


def _block(block: Block, emit: Callable[[Node], list[str]], indent: str) -> list[str]:
    lines = [f"{indent}{{{{- {block.opening} }}}}", *emit(block.body)]
    if not isinstance(block.otherwise, Absent):
        lines += [f"{indent}{{{{- else }}}}", *emit(block.otherwise)]
    return [*lines, f"{indent}{{{{- end }}}}"]


def _scalar(value: Node) -> str:
    match value:
        case Go():
            return f"{{{{ {value.pipeline} }}}}"
        case None:
            return ""
        case str() | int() | {} | []:
            literal = json.dumps(value)
            if "{{" not in literal:
                return literal
            raise ValueError(f"a literal must not hold a template action: {literal}")
    raise ValueError(f"{value} cannot stand where a single value is wanted")


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z][A-Za-z0-9./_-]*", key) else json.dumps(key)
