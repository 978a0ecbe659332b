"""Cause a problem, and measure how long its alerts take to fire and to end."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from tests.alerts.arrangements import Arrangement
from tests.alerts.catalogue import Expected, Problem, is_match
from tests.alerts.problems.database import record_backup
from tests.alerts.prometheus import Alert, wait_until

FIRE_WITHIN_S = 150.0
END_WITHIN_S = 240.0
QUIET_WITHIN_S = 240.0


@dataclass
class Trial:
    """How a problem was reported. Seconds are by expected alert; absent if it never came.

    `others` are further alerts that fired meanwhile, and `error` is why the trial was given up.
    """

    arrangement: str
    problem: Problem
    fired: dict[str, float] = field(default_factory=dict)
    ended: dict[str, float] = field(default_factory=dict)
    others: set[str] = field(default_factory=set)
    error: str = ""

    @property
    def has_succeeded(self) -> bool:
        """Whether each expected alert has fired and ended."""
        names = {title(expected) for expected in self.problem.alerts}
        return not self.error and names == set(self.fired) == set(self.ended)

    @property
    def lines(self) -> Iterator[str]:
        """A line for each expected alert."""
        for expected in self.problem.alerts:
            name = title(expected)
            yield (
                f"{'ok  ' if self.has_succeeded else 'FAIL'}  {name}: {self.problem.cause}; "
                f"{_after('fired', self.fired.get(name))}, {_after('ended', self.ended.get(name))}"
            )
        if self.others:
            yield f"      also: {', '.join(sorted(self.others))}"
        if self.error:
            yield f"      {self.error}"


def title(expected: Expected) -> str:
    """Return an expected alert as it is printed."""
    name, labels = expected
    return name + (f" ({', '.join(labels.values())})" if labels else "")


def _after(verb: str, seconds: float | None) -> str:
    return f"never {verb}" if seconds is None else f"{verb} after {seconds:.0f} s"


async def try_problem(arrangement: Arrangement, problem: Problem) -> Trial:
    """Wait until no alert fires, cause the problem, and fix it once its alerts have fired."""
    trial = Trial(arrangement.title, problem)
    # Backups get old while the trials run.
    await record_backup(arrangement)

    async def is_quiet() -> bool:
        return not await arrangement.prometheus.firing()

    if not await wait_until(is_quiet, QUIET_WITHIN_S):
        firing = ", ".join(map(str, await arrangement.prometheus.firing()))
        trial.error = f"these fire already: {firing}"
        return trial
    try:
        started = time.monotonic()
        async with problem.happen(arrangement):
            await _observe(arrangement, trial, started, trial.fired, _is_firing, FIRE_WITHIN_S)
            fixed = time.monotonic()
        await _observe(arrangement, trial, fixed, trial.ended, _has_ended, END_WITHIN_S)
    except Exception as error:
        # Whatever went wrong, the other problems are tried, and the run fails in the end.
        trial.error = "".join(traceback.format_exception(error))
    return trial


async def _observe(
    arrangement: Arrangement,
    trial: Trial,
    since: float,
    seconds: dict[str, float],
    condition: Callable[[Expected, list[Alert]], bool],
    limit: float,
) -> None:
    """Record in `seconds` when the condition is met by each expected alert, up to a limit."""

    async def are_all_met() -> bool:
        firing = await arrangement.prometheus.firing()
        trial.others |= {str(alert) for alert in firing if not trial.problem.expects(alert)}
        for expected in trial.problem.alerts:
            if condition(expected, firing):
                seconds.setdefault(title(expected), time.monotonic() - since)
        return len(seconds) == len(trial.problem.alerts)

    await wait_until(are_all_met, limit)


def _is_firing(expected: Expected, firing: Iterable[Alert]) -> bool:
    return any(is_match(expected, alert) for alert in firing)


def _has_ended(expected: Expected, firing: Iterable[Alert]) -> bool:
    return not _is_firing(expected, firing)


def render_table(trials: Iterable[Trial]) -> str:
    """Return a table with a line for each alert, arrangement and cause."""
    rows = [("alert", "arrangement", "cause", "fired after", "ended after", "also fired")]
    for trial in trials:
        for expected in trial.problem.alerts:
            times = (trial.fired.get(title(expected)), trial.ended.get(title(expected)))
            fired, ended = ("never" if each is None else f"{each:.0f} s" for each in times)
            others = ", ".join(sorted(trial.others))
            rows.append(
                (title(expected), trial.arrangement, trial.problem.cause, fired, ended, others)
            )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    return "\n".join(lines)
