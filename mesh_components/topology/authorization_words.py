"""AuthorizationPolicies in words: ``ALLOW GET /api/* from shop/frontend``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..analysis.resource import Resource
from .known import is_map, items, text, texts
from .words import joined

ALLOW = "ALLOW"
"""The action of a policy that names none."""


def _with_negations(words: Mapping[str, str]) -> Mapping[str, str]:
    """Return the words for fields, and those for the fields that exclude: ``notPaths`` after ``paths``."""
    found = {}
    for field, word in words.items():
        found[field] = word
        found[f"not{field[0].upper()}{field[1:]}"] = f"not {word}"
    return found


SOURCES = _with_negations(
    {
        "principals": "{}",
        "serviceAccounts": "{}",
        "requestPrincipals": "tokens of {}",
        "namespaces": "namespace {}",
        "trustDomains": "trust domain {}",
        "ipBlocks": "address {}",
        "remoteIpBlocks": "remote address {}",
    }
)
OPERATIONS = _with_negations({"methods": "{}", "paths": "{}", "hosts": "host {}", "ports": "port {}"})


def action_of(policy: Resource) -> str:
    """Return what a policy does, ``""`` when it is not known."""
    return text(policy.spec, "action") if "action" in policy.spec else ALLOW


def policy_text(policy: Resource) -> Iterator[str]:
    """Return what a policy does.

    :raises IsUnknown: when nothing of it is known
    """
    action, rules = action_of(policy), list(policy.spec.get("rules", []))
    if not rules:
        yield f"{ALLOW} nothing" if action == ALLOW else f"{action} nothing, for want of rules"
    else:
        yield f"{action} {'; '.join(rule_text(rule) for rule in rules)}".strip()


def rule_text(rule: Any) -> str:
    """Return one rule: what, from whom, when."""
    does, comes = operations(rule), sources(rule)
    what = " or ".join(does) if does and all(does) else "all"
    return joined(what, f"from {' or '.join(comes)}" if comes and all(comes) else "", *conditions(rule), by=" ")


def operations(rule: Any) -> list[str]:
    """Return the operations that a rule is for, each in a text; ``""`` for one that is any."""
    return [fields_text(one.get("operation"), OPERATIONS) for one in items(rule, "to") if isinstance(one, Mapping)]


def sources(rule: Any) -> list[str]:
    """Return whom a rule is for, each in a text; ``""`` for one that is anybody."""
    return [source_text(one.get("source")) for one in items(rule, "from") if isinstance(one, Mapping)]


def source_text(source: Any) -> str:
    """Return who a source is."""
    return fields_text(source, SOURCES)


def conditions(rule: Any) -> list[str]:
    """Return a rule's further conditions."""
    found = []
    for one in items(rule, "when"):
        wanted, excluded = texts(one, "values"), texts(one, "notValues")
        said = [f"is {', '.join(wanted)}"] if wanted else []
        said += [f"is not {', '.join(excluded)}"] if excluded else []
        found.append(joined("when", text(one, "key"), " and ".join(said), by=" "))
    return found


def fields_text(given: Any, words: Mapping[str, str]) -> str:
    """Return what some fields ask for, all of which have to hold."""
    if not is_map(given):
        return ""
    found = [(word, texts(given, name)) for name, word in words.items() if name in given]
    return " ".join(word.format(", ".join(map(short, values))) for word, values in found if values)


def short(principal: str) -> str:
    """Return a principal without its trust domain: ``shop/frontend``; anything else as it is."""
    _, found, rest = principal.partition("/ns/")
    namespace, is_account, name = rest.partition("/sa/")
    return f"{namespace}/{name}" if found and is_account and namespace and name else principal
