"""`make bench`: runs the benchmarks and compares each figure with its limit.

With the names of areas as arguments, runs only those and prints the figures. Without arguments,
runs all and writes docs/performance.md and docs/performance.json as well.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

from bench.support import report
from bench.support.figures import Figure

AREAS = (
    "booking",
    "joining",
    "api",
    "insights",
    "interactions",
    "crowd",
    "delivery",
    "webhooks",
    "calendar_feeds",
    "calendar_import",
    "search",
    "availability",
    "external_busy",
    "picture",
    "timezones",
    "languages",
    "natural_time",
    "start",
    "processes",
    "big_community",
    "isolation",
)


def run_area(area: str) -> Sequence[Figure]:
    """Run an area; prints each figure as soon as it is measured, and returns all."""
    module = importlib.import_module(f"bench.{area}")
    print(f"== {area}: {report.summary_of(module)}", flush=True)
    figures = []
    for figure in module.figures():
        print(figure.line, flush=True)
        figures.append(figure)
    print(flush=True)
    return figures


def main() -> None:
    """Run the areas given as arguments, or all. Exits with 1 if a limit is missed."""
    unknown = set(sys.argv[1:]) - set(AREAS)
    if unknown:
        sys.exit(
            f"There is no area {', '.join(sorted(unknown))}. The areas are {', '.join(AREAS)}."
        )
    figures = {area: run_area(area) for area in sys.argv[1:] or AREAS}
    if len(sys.argv) == 1:
        print("Written:", *report.write_report(figures))
    missed = [
        figure.name for area in figures.values() for figure in area if figure.verdict == "MISSED"
    ]
    if missed:
        sys.exit(f"Limits missed: {'; '.join(missed)}.")


if __name__ == "__main__":
    main()
