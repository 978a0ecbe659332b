"""Which alerts the faults of a simulation have to raise, and which they may raise.

Each alert has to be there while its cause has lasted long enough, and nothing may fire without a
cause. In between, the rules' windows decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.simulated_day.faults import (
    ClockLeap,
    ClosedMessages,
    DatabaseLocked,
    DatabaseStopped,
    DiscordTrouble,
    DiskFull,
    Fault,
    GatewayGone,
    Kill,
)


@dataclass(frozen=True)
class Expected:
    """An alert that a fault causes.

    It must fire at some time if the fault lasts for `after` minutes, None if it need not. It may
    fire from the fault's beginning until `lag` minutes after its end.
    """

    alert: str
    after: int | None
    lag: int


_WHILE_NOTHING_IS_WRITTEN = (
    Expected("MentorbotNotificationsFailing", None, 40),
    Expected("MentorbotJobNotSucceeding", None, 3),
    # Of a job that runs once an hour, the window is longer than that.
    Expected("MentorbotJobFailing", None, 70),
    Expected("MentorbotNotificationsNotDelivered", None, 6),
    Expected("MentorbotSessionsOverdue", None, 6),
    Expected("MentorbotInteractionsFailing", None, 32),
    Expected("MentorbotApiErrors", None, 32),
    Expected("MentorbotConflicts", None, 16),
    Expected("MentorbotSlowAnswers", None, 16),
)

CAUSES: Mapping[type[Fault], Sequence[Expected]] = {
    Kill: (
        Expected("MentorbotNotificationsFailing", None, 40),
        Expected("MentorbotProcessDown", 5, 2),
        Expected("MentorbotRoleMissing", 6, 2),
        Expected("MentorbotRestarting", None, 31),
        Expected("MentorbotNotificationsNotDelivered", None, 6),
    ),
    DatabaseLocked: (
        Expected("MentorbotWritesRefused", 4, 2),
        Expected("MentorbotJobNotSucceeding", 7, 3),
        Expected("MentorbotJobFailing", 15, 70),
        *_WHILE_NOTHING_IS_WRITTEN,
    ),
    DiskFull: (Expected("MentorbotWritesRefused", None, 2), *_WHILE_NOTHING_IS_WRITTEN),
    DatabaseStopped: (
        Expected("MentorbotDatabaseDown", 3, 2),
        Expected("MentorbotJobNotSucceeding", 7, 3),
        *_WHILE_NOTHING_IS_WRITTEN,
    ),
    DiscordTrouble: (
        Expected("MentorbotNotificationsFailing", 30, 40),
        Expected("MentorbotJobNotSucceeding", None, 7),
        Expected("MentorbotJobFailing", None, 70),
        Expected("MentorbotNotificationsNotDelivered", None, 35),
        Expected("MentorbotInteractionsFailing", None, 32),
        Expected("MentorbotApiErrors", None, 32),
    ),
    GatewayGone: (Expected("MentorbotGatewayDisconnected", 5, 1),),
    ClockLeap: (
        Expected("MentorbotNotificationsFailing", None, 40),
        # Prometheus's own clock is right, so what is a day ago for the program seems so to it.
        Expected("MentorbotJobNotSucceeding", None, 2),
        Expected("MentorbotNotificationsNotDelivered", None, 2),
    ),
    ClosedMessages: (Expected("MentorbotNotificationsGivenUp", None, 24 * 60),),
}
"""The alerts of each kind of fault. What isn't here causes none."""

BEGINNING = {"MentorbotFirstConversationsUsedUp": 90}
"""Alerts that the first minutes may raise: the bot has never written to any of these people."""


def list_expected(faults: Sequence[Fault]) -> Iterator[tuple[Fault, Expected]]:
    """Yield what each fault may cause."""
    for fault in faults:
        for expected in CAUSES.get(type(fault), ()):
            yield fault, expected


def check_alerts(fired: Mapping[str, Sequence[int]], faults: Sequence[Fault]) -> list[str]:
    """Return what is wrong: alerts that didn't fire, and those that fired without a cause."""
    problems = []
    excused = {(alert, minute) for alert, until in BEGINNING.items() for minute in range(until)}
    for fault, expected in list_expected(faults):
        span = range(fault.at, fault.at + fault.minutes + expected.lag + 1)
        excused |= {(expected.alert, minute) for minute in span}
        is_complete = not isinstance(fault, DiscordTrouble) or fault.share == 1.0
        is_due = is_complete and expected.after is not None and fault.minutes >= expected.after
        if is_due and not set(span) & set(fired.get(expected.alert, ())):
            problems.append(f"{fault} did not raise {expected.alert}")
    for alert, minutes in fired.items():
        without_cause = [minute for minute in minutes if (alert, minute) not in excused]
        if without_cause:
            problems.append(f"{alert} fired without a cause at {without_cause}")
    return problems
