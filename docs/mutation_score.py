"""Write the mutation score of each module into docs/mutation-tests.md: the end of `make mutants`.

The figures are read from mutmut's `mutants/` folder. A mutant is killed when a test fails or never
ends with it. The page around the table is written by hand.
"""

from __future__ import annotations

import json
import os
import platform
import re
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from mutmut.stats import status_by_exit_code

ROOT = Path(__file__).parents[1]
PAGE = Path(__file__).with_name("mutation-tests.md")
RESULTS = ROOT / "mutants"
BEGIN, END = "<!-- Scores: written by `make mutants`. -->", "<!-- End of the scores. -->"
KILLED = ("killed", "timeout", "segfault")
"""mutmut also says "segfault" of a loop that had to be stopped by force."""

ALIVE = ("survived", "no tests")


def results() -> dict[str, dict[str, str]]:
    """Load each mutated module's mutants and their statuses, by the module's path."""
    modules = {}
    for file in sorted(RESULTS.rglob("*.py.meta")):
        exit_codes = json.loads(file.read_text("utf-8"))["exit_code_by_key"]
        if exit_codes:
            name = file.relative_to(RESULTS).as_posix().removesuffix(".meta")
            modules[name] = {
                mutant: status_by_exit_code[code] for mutant, code in exit_codes.items()
            }
    return modules


def table(modules: dict[str, dict[str, str]], day: str) -> str:
    """Render the scores as Markdown.

    Mutants that the run didn't reach have a column of their own and don't count in the score.
    Raises ValueError if no mutant has a result.
    """
    lines = [
        f"On {day}, on {os.cpu_count()} cores of {platform.machine()} with Python "
        f"{platform.python_version()}:",
        "",
        "| module | mutants | killed | alive | not run | score |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    rows = [(f"[{name}](../{name})", Counter(s.values())) for name, s in modules.items()]
    rows.append(("**all**", sum((counts for _, counts in rows), Counter())))
    if not any(rows[-1][1][status] for status in (*KILLED, *ALIVE)):
        raise ValueError("mutmut has not run: no mutant has a result")
    for name, counts in rows:
        killed = sum(counts[status] for status in KILLED)
        alive = sum(counts[status] for status in ALIVE)
        not_run = counts.total() - killed - alive
        score = f"{killed / (killed + alive):.1%}" if killed + alive else ""
        lines.append(
            f"| {name} | {counts.total():,} | {killed:,} | {alive} | {not_run} | {score} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Print the survivors and write the scores into the page."""
    modules = results()
    for statuses in modules.values():
        for mutant, status in statuses.items():
            if status in ALIVE:
                print(f"{status}: {mutant}")
    try:
        scores = table(modules, f"{datetime.now(UTC):%Y-%m-%d}")
    except ValueError as error:
        sys.exit(str(error))
    print(scores)
    page = PAGE.read_text("utf-8")
    between = re.compile(f"{re.escape(BEGIN)}.*{re.escape(END)}", re.DOTALL)
    PAGE.write_text(between.sub(f"{BEGIN}\n{scores}\n{END}", page), "utf-8")


if __name__ == "__main__":
    main()
