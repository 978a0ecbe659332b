"""Writes what became of every test there is, from pytest's reports: the end of `make test-long`."""

from __future__ import annotations

import os
import platform
import sys
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

ROOT = Path(__file__).parents[1]
PAGE = Path(__file__).with_name("tested.md")

ATTACKS = (
    ("tests/journeys/booking/test_waves.py", "10,000 bookings, a hundred at a time for one slot"),
    ("tests/journeys/booking/test_races.py", "200 people confirm one slot in the same moment"),
    ("tests/crash/test_living.py", "A community that does everything is killed 50 times"),
    ("tests/crash/test_crash.py", "A program is killed around its commits"),
    ("tests/crash/test_delivery.py", "Delivery is killed before, while and after it sends"),
    ("tests/faults/test_discord_fails.py", "Each request to Discord fails once in each way"),
    ("tests/faults/test_database_fails.py", "The database is held, full, read-only or gone"),
    ("tests/fuzz/test_texts.py", "Every text that can be typed, wherever one can type"),
    ("tests/fuzz/test_forged_ids.py", "Every button with made-up custom ids"),
    ("tests/api/test_openapi.py", "Calls that the API's document allows, and others"),
    ("tests/mentorship/histories/test_histories.py", "100,000 random acts, on each engine"),
    ("tests/mentorbot/test_processes.py", "Bots and workers side by side over one database"),
    ("tests/storage/test_data_migration.py", "A community moves to the other engine, and back"),
)
"""What attacks the program: where, and how."""

INTRODUCTION = """\
<!-- Written by `make test-long`. Change docs/tested.py, not this page. -->
# What every test said

`make test-long` runs every test there is, the slow ones too, and writes this page when none fails.
On {day}, on {machine}:
**{passed} passed and {skipped} were skipped, in {took}.**

The data are in SQLite files; what is of both engines by itself (the histories, all of storage) runs
on both, and crowds and crashes [once more](#and-over-postgresql). The minutes below are those of
one worker; several work side by side.

| tests in | passed | skipped | minutes |
| --- | ---: | ---: | ---: |
"""

THE_ATTACKS = """
## What was done to it

| attack | tests | passed | minutes |
| --- | --- | ---: | ---: |
"""

OVER_POSTGRESQL = """
## And over PostgreSQL

Crowds and crashes meet each engine's locks in other ways, so these are run once more with the data
in a PostgreSQL server: on {day}, **{passed} passed and {skipped} were skipped, in {took}**.

| tests | passed | minutes |
| --- | ---: | ---: |
"""

THE_SKIPPED = """
## What was skipped

| why | tests |
| --- | ---: |
"""


@dataclass(frozen=True)
class Told:
    """One test, as pytest reports it."""

    file: str
    """From the root, with slashes."""
    seconds: float
    skipped: str | None
    """Why, None if it ran."""


@dataclass(frozen=True)
class Run:
    """What a whole run said."""

    day: str
    seconds: float
    tests: Sequence[Told]


def read(report: Path) -> Run:
    """From the file that pytest's `--junit-xml` writes; ValueError if a test failed in it."""
    suite = ElementTree.parse(report).getroot().find("testsuite")
    assert suite is not None, "pytest has written no run"
    if suite.attrib["failures"] != "0" or suite.attrib["errors"] != "0":
        raise ValueError(f"tests failed in the run that {report} tells of")
    tests = [_told(case) for case in suite.iter("testcase")]
    return Run(suite.attrib["timestamp"][:10], float(suite.attrib["time"]), tests)


def _told(case: ElementTree.Element) -> Told:
    # A test in a class has the class's name after the module's.
    path = ROOT.joinpath(*case.attrib["classname"].split("."))
    while not path.with_suffix(".py").is_file():
        path = path.parent
    file = path.with_suffix(".py").relative_to(ROOT).as_posix()
    skipped = case.find("skipped")
    return Told(
        file,
        float(case.attrib["time"]),
        None if skipped is None else skipped.attrib["message"],
    )


def page(run: Run, over_postgresql: Run) -> str:
    """The whole page: of every test, and of those that were run over PostgreSQL as well."""
    passed = _ran(run.tests)
    parts = [
        INTRODUCTION.format(
            day=run.day,
            machine=f"{os.cpu_count()} virtual cores with Python {platform.python_version()}",
            passed=f"{len(passed):,}",
            skipped=len(run.tests) - len(passed),
            took=_hours(run.seconds),
        )
    ]
    folders = grouped(run.tests, lambda test: "/".join(test.file.split("/")[:-1][:2]))
    for folder, tests in sorted(folders.items()):
        ran = _ran(tests)
        left = len(tests) - len(ran)
        parts.append(f"| [{folder}](../{folder}) | {len(ran):,} | {left} | {_minutes(ran)} |\n")
    parts.append(THE_ATTACKS)
    files = grouped(run.tests, lambda test: test.file)
    for file, attack in ATTACKS:
        ran = _ran(files[file])
        parts.append(f"| {attack} | `{file}` | {len(ran):,} | {_minutes(ran)} |\n")
    once_more = _ran(over_postgresql.tests)
    parts.append(
        OVER_POSTGRESQL.format(
            day=over_postgresql.day,
            passed=f"{len(once_more):,}",
            skipped=len(over_postgresql.tests) - len(once_more),
            took=_hours(over_postgresql.seconds),
        )
    )
    for file, tests in sorted(grouped(over_postgresql.tests, lambda test: test.file).items()):
        ran = _ran(tests)
        parts.append(f"| `{file}` | {len(ran):,} | {_minutes(ran)} |\n")
    both = [*run.tests, *over_postgresql.tests]
    skipped = [test for test in both if test.skipped is not None]
    if skipped:
        parts.append(THE_SKIPPED)
        for why, tests in grouped(skipped, lambda test: test.skipped).items():
            parts.append(f"| {why} | {len(tests)} |\n")
    return "".join(parts)


def grouped(tests: Iterable[Told], key: Callable[[Told], Hashable]) -> Mapping[Any, Sequence[Told]]:
    """The tests by what `key` says of each, in the order in which it first says so."""
    found = defaultdict(list)
    for test in tests:
        found[key(test)].append(test)
    return found


def _ran(tests: Iterable[Told]) -> Sequence[Told]:
    return [test for test in tests if test.skipped is None]


def _minutes(tests: Iterable[Told]) -> str:
    return f"{sum(test.seconds for test in tests) / 60:.1f}"


def _hours(seconds: float) -> str:
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def main() -> None:
    """Write the page of the two reports that are named."""
    if len(sys.argv) != 3:
        sys.exit(
            "Usage: python -m docs.tested REPORT REPORT_OVER_POSTGRESQL, "
            "two files that pytest's --junit-xml wrote."
        )
    try:
        run, over_postgresql = (read(Path(report)) for report in sys.argv[1:])
    except ValueError as error:
        sys.exit(f"No page is written: {error}.")
    PAGE.write_text(page(run, over_postgresql), "utf-8")
    print("written:", PAGE)


if __name__ == "__main__":
    main()
