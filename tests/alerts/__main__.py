"""`make alerts`: cause what each alert warns of, and wait until it fires and until it ends.

For each arrangement of the documentation, real processes run against a fake Discord, and a real
Prometheus reads their metrics and evaluates the rules of deploy/, with all durations divided by
`--factor`. Prints a table, and exits with 1 if an alert didn't fire or didn't end.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from tests.alerts.arrangements import Arrangement, arrange
from tests.alerts.catalogue import ALL_IN_ONE, SEPARATE, Problem
from tests.alerts.trial import Trial, render_table, try_problem
from tests.storage.on_postgresql import server as postgresql

FACTOR = 60.0
"""A minute becomes a second."""

ARRANGEMENTS = {"one": ALL_IN_ONE, "several": SEPARATE}


def missing_programs(arrangements: Sequence[str]) -> list[str]:
    """Return what has to be installed first, one sentence for each."""
    missing = []
    if shutil.which("prometheus") is None:
        missing.append("Prometheus is not installed. On Debian and Ubuntu: apt install prometheus.")
    if "several" in arrangements and postgresql.find_programs() is None:
        missing.append(f"{postgresql.INSTALL_HINT}.")
    if "several" in arrangements and importlib.util.find_spec("asyncpg") is None:
        missing.append("asyncpg is not installed: make .venv/.dev.")
    return missing


@asynccontextmanager
async def run_arrangement(name: str, folder: Path, factor: float) -> AsyncIterator[Arrangement]:
    """Run an arrangement while the context is open: `one` or `several` processes."""
    if name == "one":
        url = f"sqlite+aiosqlite:///{folder / 'mentorbot.db'}"
        title = "one process, SQLite"
        async with arrange(title, ("all",), folder, url, None, factor) as arrangement:
            yield arrangement
        return
    programs = postgresql.find_programs()
    assert programs is not None
    with postgresql.run_server(programs) as server:
        server.create("mentorbot")
        url = server.url("mentorbot")
        title = "bot, worker and API, PostgreSQL"
        processes = ("bot", "worker", "api")
        async with arrange(title, processes, folder, url, server, factor) as arrangement:
            yield arrangement


async def try_arrangement(name: str, problems: Sequence[Problem], factor: float) -> list[Trial]:
    """Cause the problems in an arrangement, one after the other."""
    with tempfile.TemporaryDirectory(prefix="mentorbot-alerts-") as folder:
        async with run_arrangement(name, Path(folder), factor) as arrangement:
            print(f"{arrangement.title}:", flush=True)
            trials = []
            for problem in problems:
                trial = await try_problem(arrangement, problem)
                print(*(f"  {line}" for line in trial.lines), sep="\n", flush=True)
                if not trial.has_succeeded:
                    for process, log in arrangement.logs().items():
                        print(f"--- end of the log of {process}:\n{log[-3000:]}", file=sys.stderr)
                trials.append(trial)
            return trials


def main() -> None:
    """Try all alerts, or those that the arguments name."""
    parser = argparse.ArgumentParser(prog="python -m tests.alerts", description=__doc__)
    parser.add_argument("--factor", type=float, default=FACTOR, help="divides all durations")
    parser.add_argument("--arrangement", choices=ARRANGEMENTS, help="the default is both")
    parser.add_argument("--only", help="a part of an alert's name or of a cause")
    arguments = parser.parse_args()
    names = [arguments.arrangement] if arguments.arrangement else list(ARRANGEMENTS)
    # In the background, a shell lets programs ignore SIGINT. Both end all processes.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    missing = missing_programs(names)
    if missing:
        sys.exit("\n".join(missing))
    trials: list[Trial] = []
    for name in names:
        problems = [
            problem
            for problem in ARRANGEMENTS[name]
            if arguments.only is None or problem.is_named(arguments.only)
        ]
        if problems:
            trials += asyncio.run(try_arrangement(name, problems, arguments.factor))
    print(f"\nAll durations were divided by {arguments.factor:g}.\n")
    print(render_table(trials))
    failed = [trial for trial in trials if not trial.has_succeeded]
    if failed or not trials:
        sys.exit(f"{len(failed)} of {len(trials)} problems weren't reported as they should be.")


if __name__ == "__main__":
    main()
