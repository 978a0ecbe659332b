"""Writes the results of a complete run to docs/performance.md and docs/performance.json."""

from __future__ import annotations

import importlib
import json
import os
import platform
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

from bench.support.figures import Figure

DOCS = Path(__file__).parents[2] / "docs"
JSON_FILE, PAGE = DOCS / "performance.json", DOCS / "performance.md"

INTRODUCTION = """\
# Load tests

Results of `make bench`, all measured in one run on {machine}. The run writes this page and
[`performance.json`](performance.json). `python -m bench booking` runs a single area.

Where a limit would depend on the machine, it is a ratio to a baseline that is measured in the same
run, such as a bare loop of the same SQL statements. Figures without a limit are those baselines.
"""


_TITLES = {
    "api": "REST API",
    "external_busy": "Slots and people's own calendars",
    "calendar_feeds": "Calendar feeds",
    "calendar_import": "Reading people's own calendars",
    "natural_time": "Times in plain words",
    "timezones": "Time zones",
    "big_community": "A big community",
}


def summary_of(area: ModuleType) -> str:
    """Return the first sentence of an area's docstring."""
    assert area.__doc__ is not None
    return area.__doc__.partition("\n\n")[0].replace("\n", " ").strip()


def write_report(results: Mapping[str, Sequence[Figure]]) -> tuple[Path, Path]:
    """Write the JSON file and the page; returns their paths."""
    report = {
        "measured": datetime.now(UTC).strftime("%Y-%m-%d"),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "areas": {
            area: [
                {
                    "name": figure.name,
                    "value": float(f"{figure.value:.4g}"),
                    "unit": figure.unit,
                    "atLeast": figure.at_least,
                    "atMost": figure.at_most,
                }
                for figure in figures
            ]
            for area, figures in results.items()
        },
    }
    JSON_FILE.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", "utf-8")
    PAGE.write_text(render_page(report), "utf-8")
    return JSON_FILE, PAGE


def render_page(report: Mapping[str, Any]) -> str:
    """Return the page for the content of the JSON file."""
    machine = (
        f"{report['cores']} virtual cores with Python {report['python']} and "
        f"SQLite {report['sqlite']}, on {report['measured']}"
    )
    parts = [INTRODUCTION.format(machine=machine)]
    for area, rows in report["areas"].items():
        summary = summary_of(importlib.import_module(f"bench.{area}"))
        parts.append(f"## {_TITLES.get(area, area.capitalize())}\n\n{summary}\n")
        parts.append("| figure | measured | limit | |\n| --- | ---: | --- | --- |")
        for row in rows:
            figure = Figure(row["name"], row["value"], row["unit"], row["atLeast"], row["atMost"])
            parts.append(
                f"| {figure.name} | {figure.measured} | {figure.limit} | {figure.verdict} |"
            )
        parts.append("")
    return "\n".join(parts).rstrip() + "\n"
