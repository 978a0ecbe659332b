"""Writes docs/tested.md from pytest's reports; the last step of `make test-long`."""

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

STRESS_TESTS = (
    ("tests/journeys/booking/test_waves.py", "10,000 bookings, 100 at a time for the same slot"),
    ("tests/journeys/booking/test_races.py", "200 people confirm the same slot at once"),
    ("tests/crash/test_activity.py", "A program with all kinds of activity is killed 50 times"),
    ("tests/simulated_day/test_simulated_day.py", "A day of a community with all faults at random"),
    ("tests/crash/test_crash.py", "A program is killed around its commits"),
    ("tests/crash/test_delivery.py", "Delivery is killed before, while and after sending"),
    ("tests/crash/test_webhooks.py", "Senders of webhooks are killed, and the receiver has faults"),
    ("tests/faults/test_discord_fails.py", "Each request to Discord fails once in each way"),
    ("tests/faults/test_database_fails.py", "The database is locked, full, read-only or gone"),
    ("tests/fuzz/test_texts.py", "Unusual text in every input field"),
    ("tests/fuzz/test_forged_ids.py", "Forged custom ids for every button"),
    (
        "tests/api/test_openapi.py",
        "API calls generated from its OpenAPI document, valid and invalid",
    ),
    ("tests/mentorship/histories/test_histories.py", "100,000 random actions, on each engine"),
    ("tests/mentorbot/test_processes.py", "Several bots and workers on one database"),
    ("tests/scale/test_steps.py", "Every use case beside a million sessions, on SQLite"),
    ("tests/scale/test_plans.py", "Every statement beside 100,000 sessions, on PostgreSQL"),
    (
        "tests/storage/upgrades/test_data_migration.py",
        "Moving all data to the other engine, and back",
    ),
)
"""Tests of load, crashes, faults and malicious input: the file, and what it does."""

INTRODUCTION = """\
<!-- Written by `make test-long`. Change docs/tested.py, not this page. -->
# Results of the long test run

`make test-long` runs all tests, the slow ones included, and writes this page if none fails. On
{day}, on {machine}: **{passed} passed and {skipped} skipped in
{took}.**

The tests use SQLite files. Those of storage and the random histories run on both engines; tests of
load and crashes are [repeated on PostgreSQL](#repeated-on-postgresql). Minutes are the sum over all
workers, several of which run in parallel.

| folder | passed | skipped | minutes |
| --- | ---: | ---: | ---: |
"""

STRESS_TESTS_HEADING = """
## Load, crashes, faults and malicious input

| what happens | tests | passed | minutes |
| --- | --- | ---: | ---: |
"""

POSTGRESQL_HEADING = """
## Repeated on PostgreSQL

Load and crashes depend on the locks of the database, so these tests are repeated on a PostgreSQL
server. On {day}: **{passed} passed and {skipped} skipped in {took}.**

| tests | passed | minutes |
| --- | ---: | ---: |
"""

SKIPPED_HEADING = """
## Skipped tests

| reason | tests |
| --- | ---: |
"""


@dataclass(frozen=True)
class TestResult:
    """The result of one test, as pytest reports it."""

    file: str
    """Path from the root of the repository, with slashes."""
    seconds: float
    skipped: str | None
    """The reason; None if the test ran."""


@dataclass(frozen=True)
class Run:
    """The results of a complete run."""

    day: str
    seconds: float
    tests: Sequence[TestResult]


def read_report(report: Path) -> Run:
    """Read a file that pytest's `--junit-xml` wrote. Raises `ValueError` if a test failed."""
    suite = ElementTree.parse(report).getroot().find("testsuite")
    assert suite is not None, "the report has no test suite"
    if suite.attrib["failures"] != "0" or suite.attrib["errors"] != "0":
        raise ValueError(f"tests failed in the run of {report}")
    tests = [_parse_case(case) for case in suite.iter("testcase")]
    return Run(suite.attrib["timestamp"][:10], float(suite.attrib["time"]), tests)


def _parse_case(case: ElementTree.Element) -> TestResult:
    # For a test in a class, the name of the class follows that of the module.
    path = ROOT.joinpath(*case.attrib["classname"].split("."))
    while not path.with_suffix(".py").is_file():
        path = path.parent
    file = path.with_suffix(".py").relative_to(ROOT).as_posix()
    skipped = case.find("skipped")
    return TestResult(
        file,
        float(case.attrib["time"]),
        None if skipped is None else skipped.attrib["message"],
    )


def render_page(run: Run, postgresql_run: Run) -> str:
    """Return the page for a complete run and the repetition on PostgreSQL."""
    passed = _not_skipped(run.tests)
    parts = [
        INTRODUCTION.format(
            day=run.day,
            machine=f"{os.cpu_count()} virtual cores with Python {platform.python_version()}",
            passed=f"{len(passed):,}",
            skipped=len(run.tests) - len(passed),
            took=_format_duration(run.seconds),
        )
    ]
    folders = group_by(run.tests, lambda test: "/".join(test.file.split("/")[:-1][:2]))
    for folder, tests in sorted(folders.items()):
        ran = _not_skipped(tests)
        skipped_count = len(tests) - len(ran)
        parts.append(
            f"| [{folder}](../{folder}) | {len(ran):,} | {skipped_count} | {_minutes(ran)} |\n"
        )
    parts.append(STRESS_TESTS_HEADING)
    files = group_by(run.tests, lambda test: test.file)
    for file, description in STRESS_TESTS:
        ran = _not_skipped(files[file])
        parts.append(f"| {description} | `{file}` | {len(ran):,} | {_minutes(ran)} |\n")
    repeated = _not_skipped(postgresql_run.tests)
    parts.append(
        POSTGRESQL_HEADING.format(
            day=postgresql_run.day,
            passed=f"{len(repeated):,}",
            skipped=len(postgresql_run.tests) - len(repeated),
            took=_format_duration(postgresql_run.seconds),
        )
    )
    for file, tests in sorted(group_by(postgresql_run.tests, lambda test: test.file).items()):
        ran = _not_skipped(tests)
        parts.append(f"| `{file}` | {len(ran):,} | {_minutes(ran)} |\n")
    both = [*run.tests, *postgresql_run.tests]
    skipped = [test for test in both if test.skipped is not None]
    if skipped:
        parts.append(SKIPPED_HEADING)
        for reason, tests in group_by(skipped, lambda test: test.skipped).items():
            parts.append(f"| {reason} | {len(tests)} |\n")
    return "".join(parts)


def group_by(
    tests: Iterable[TestResult], key: Callable[[TestResult], Hashable]
) -> Mapping[Any, Sequence[TestResult]]:
    """Group tests by a key, in the order in which the keys first occur."""
    groups = defaultdict(list)
    for test in tests:
        groups[key(test)].append(test)
    return groups


def _not_skipped(tests: Iterable[TestResult]) -> Sequence[TestResult]:
    return [test for test in tests if test.skipped is None]


def _minutes(tests: Iterable[TestResult]) -> str:
    return f"{sum(test.seconds for test in tests) / 60:.1f}"


def _format_duration(seconds: float) -> str:
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def main() -> None:
    """Write the page for the two reports given as arguments."""
    if len(sys.argv) != 3:
        sys.exit(
            "Usage: python -m docs.tested REPORT POSTGRESQL_REPORT\n"
            "Both are files that pytest's --junit-xml wrote."
        )
    try:
        run, postgresql_run = (read_report(Path(report)) for report in sys.argv[1:])
    except ValueError as error:
        sys.exit(f"The page was not written: {error}.")
    PAGE.write_text(render_page(run, postgresql_run), "utf-8")
    print("Written:", PAGE)


if __name__ == "__main__":
    main()
