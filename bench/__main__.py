"""`make bench`: every figure beside the limit that was measured in the same run."""

from __future__ import annotations

import importlib
import sys

AREAS = (
    "booking",
    "api",
    "interactions",
    "availability",
    "timezones",
    "phrases",
    "search",
    "delivery",
)


def main() -> None:
    """Run the areas named on the command line, or all of them."""
    unknown = set(sys.argv[1:]) - set(AREAS)
    if unknown:
        sys.exit(
            f"There is no bench for {', '.join(sorted(unknown))}; there are {', '.join(AREAS)}."
        )
    for area in sys.argv[1:] or AREAS:
        print(f"== {area}", flush=True)
        importlib.import_module(f"bench.{area}").main()
        print(flush=True)


if __name__ == "__main__":
    main()
