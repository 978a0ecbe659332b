"""The alert rules that are shipped, and copies of them whose durations are shorter."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.mentorbot.support.processes import ROOT

DEPLOY = ROOT / "deploy"
RULES = DEPLOY / "alerts.yml"
CONFIGURATION = DEPLOY / "prometheus.yml"
RUNBOOK = ROOT / "docs" / "runbook"

_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}

_RANGE = re.compile(r"\[(\d+)([smhd])\]")
"""The window of a range, such as `[10m]`."""

_AGE = re.compile(r"\b(\d+) \* (60|3600)\b")
"""A duration as a number, such as `25 * 3600`."""


def load_rules(file: Path = RULES) -> dict[str, Any]:
    """Return the content of a file with rules."""
    rules: dict[str, Any] = yaml.safe_load(file.read_text("utf-8"))
    return rules


def list_alerts(rules: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield each rule that is an alert."""
    for group in rules["groups"]:
        yield from (rule for rule in group["rules"] if "alert" in rule)


def scale(rules: dict[str, Any], factor: float) -> dict[str, Any]:
    """Return the rules with every duration divided by `factor`, and nothing else changed.

    Durations are `for`, the windows of ranges, and products with 60 or 3600.
    """
    scaled = copy.deepcopy(rules)
    for rule in list_alerts(scaled):
        rule["expr"] = scale_expression(rule["expr"], factor)
        if "for" in rule:
            number, unit = re.fullmatch(r"(\d+)([smhd])", rule["for"]).groups()  # type: ignore[union-attr]
            rule["for"] = _duration(number, unit, factor)
    return scaled


def scale_expression(expression: str, factor: float) -> str:
    """Return an expression with its durations divided by `factor`."""
    shorter = _RANGE.sub(lambda found: f"[{_duration(*found.groups(), factor)}]", expression)
    return _AGE.sub(lambda found: f"{int(found[1]) * int(found[2]) / factor:g}", shorter)


def _duration(number: str, unit: str, factor: float) -> str:
    return f"{round(int(number) * _SECONDS[unit] * 1_000 / factor)}ms"
