"""The page and the file that the last whole run of the benches leaves in docs/."""

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

from bench.figures import Figure

DOCS = Path(__file__).parents[1] / "docs"
FILE, PAGE = DOCS / "performance.json", DOCS / "performance.md"

INTRODUCTION = """\
# How fast it is

What `make bench` measured, all of it in one run, on {machine}. It wrote this page and
[`performance.json`](performance.json) itself. `python -m bench booking` measures one area alone.

Limits that depend on the machine are ratios: what is ours beside a peer that was measured in the
same run, such as a bare loop of the very same statements. Figures without a limit are those peers.
"""


def heading(area: ModuleType) -> str:
    """The first sentence of what an area says of itself."""
    assert area.__doc__ is not None
    return area.__doc__.partition("\n\n")[0].replace("\n", " ").strip()


def write(found: Mapping[str, Sequence[Figure]]) -> tuple[Path, Path]:
    """Write both; returns where."""
    told = {
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
            for area, figures in found.items()
        },
    }
    FILE.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", "utf-8")
    PAGE.write_text(page(told), "utf-8")
    return FILE, PAGE


def page(told: Mapping[str, Any]) -> str:
    """The page of what the file holds."""
    machine = (
        f"{told['cores']} virtual cores with Python {told['python']} and SQLite {told['sqlite']}, "
        f"{told['measured']}"
    )
    parts = [INTRODUCTION.format(machine=machine)]
    for area, rows in told["areas"].items():
        about = heading(importlib.import_module(f"bench.{area}"))
        parts.append(f"## {area.capitalize()}\n\n{about}\n")
        parts.append("| figure | measured | limit | |\n| --- | ---: | --- | --- |")
        for row in rows:
            figure = Figure(row["name"], row["value"], row["unit"], row["atLeast"], row["atMost"])
            parts.append(
                f"| {figure.name} | {figure.measured} | {figure.limit} | {figure.verdict} |"
            )
        parts.append("")
    return "\n".join(parts).rstrip() + "\n"
