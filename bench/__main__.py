"""`make bench`: every figure beside the limit that was measured in the same run.

With names of areas it measures these alone and prints them. Without, it measures all and writes
docs/performance.md and docs/performance.json as well.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence

from bench import report
from bench.figures import Figure

AREAS = (
    "booking",
    "api",
    "interactions",
    "delivery",
    "search",
    "availability",
    "timezones",
    "phrases",
    "start",
    "processes",
)


def measured(area: str) -> Sequence[Figure]:
    """The figures of an area, printed as they come."""
    module = importlib.import_module(f"bench.{area}")
    print(f"== {area}: {report.heading(module)}", flush=True)
    figures = []
    for figure in module.figures():
        print(figure.line, flush=True)
        figures.append(figure)
    print(flush=True)
    return figures


def main() -> None:
    """Run the areas that are named, or all of them. Exits with 1 if a limit is missed."""
    unknown = set(sys.argv[1:]) - set(AREAS)
    if unknown:
        sys.exit(
            f"There is no bench for {', '.join(sorted(unknown))}; there are {', '.join(AREAS)}."
        )
    found = {area: measured(area) for area in sys.argv[1:] or AREAS}
    if len(sys.argv) == 1:
        print("written:", *report.write(found))
    missed = [
        figure.name for area in found.values() for figure in area if figure.verdict == "MISSED"
    ]
    if missed:
        sys.exit(f"Missed: {'; '.join(missed)}.")


if __name__ == "__main__":
    main()
