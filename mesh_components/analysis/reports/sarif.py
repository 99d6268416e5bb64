"""Findings as SARIF 2.1.0, which code scanning (GitHub, GitLab, editors) shows beside the lines of a change.

Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..finding import Finding, Message, Severity
from .text import field_path

LEVELS: Mapping[Severity, str] = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def log(findings: Sequence[Finding], version: str) -> dict[str, Any]:
    """Return a SARIF log with one run.

    :param version: of this package
    """
    messages = list(dict.fromkeys(finding.message for finding in findings))
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "mesh", "version": version, "rules": [_rule(one) for one in messages]}},
                "results": [_result(finding, messages.index(finding.message)) for finding in findings],
            }
        ],
    }


def _rule(message: Message) -> dict[str, Any]:
    return {
        "id": message.code,
        "name": message.name,
        "shortDescription": {"text": re.sub(r"\{[^}]*\}", "…", message.text)},
        "help": {"text": message.remedy},
        "defaultConfiguration": {"level": LEVELS[message.severity]},
    }


def _result(finding: Finding, rule: int) -> dict[str, Any]:
    logical = {"fullyQualifiedName": str(finding.resource), "kind": "resource"}
    place: dict[str, Any] = {"logicalLocations": [logical]}
    file = re.fullmatch(r"(?P<file>.+):(?P<line>\d+)", finding.place)
    if file:
        place["physicalLocation"] = {
            "artifactLocation": {"uri": file["file"]},
            "region": {"startLine": int(file["line"])},
        }
    text = f"{finding.resource}: {finding.text}. {finding.remedy}"
    return {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": LEVELS[finding.severity],
        "message": {"text": text},
        "locations": [place],
        "partialFingerprints": {"objectAndField/v1": f"{finding.code} {finding.resource} {field_path(finding)}"},
    }
