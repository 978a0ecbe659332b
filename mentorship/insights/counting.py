"""Count a mentor's month from its sessions, reviews and thanks. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mentorship.insights.views import ANSWER_LIMITS, NUMBERS, WAIT_LIMITS, class_of
from mentorship.statuses import CALLED_OFF, SessionStatus

COUNTED = (
    SessionStatus.COMPLETED,
    SessionStatus.CANCELLED,
    SessionStatus.NO_SHOW,
    SessionStatus.REFUNDED,
)
"""The statuses of sessions that count in the month of their start. They are over, so their start
doesn't change any more."""

_MINUTE_S, _DAY_S = 60, 86_400


def _no_numbers() -> dict[str, int]:
    return dict.fromkeys(NUMBERS, 0)


def _no_answer_times() -> list[int]:
    return [0] * (len(ANSWER_LIMITS) + 1)


def _no_waits() -> list[int]:
    return [0] * (len(WAIT_LIMITS) + 1)


@dataclass(slots=True)
class MonthCount:
    """A mentor's month: its numbers, the classes of its times, and how often each mentee came.

    `numbers` are those of `views.MonthFigures`. `returning_mentees` depends on other months, and is
    left to the caller. `last_at` is the latest end of a session that took place.
    """

    numbers: dict[str, int] = field(default_factory=_no_numbers)
    answer_times: list[int] = field(default_factory=_no_answer_times)
    waits: list[int] = field(default_factory=_no_waits)
    last_at: datetime | None = None
    mentees: dict[int, int] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether nothing happened."""
        return not any(self.numbers.values())


def count_started(month: MonthCount, rows: Iterable[Any]) -> None:
    """Add the sessions of a mentor that started in the month, in a status of `COUNTED`.

    Rows have `mentor_id`, `mentee_id`, `group_id`, `status`, `starts_at`, `ends_at`,
    `confirmed_at`, `ended_by` and `no_show_user_id`.
    """
    numbers, groups, missed_groups = month.numbers, set(), set()
    for row in rows:
        if row.status == SessionStatus.COMPLETED:
            numbers["attendees"] += 1
            month.mentees[row.mentee_id] = month.mentees.get(row.mentee_id, 0) + 1
            if row.group_id is None or row.group_id not in groups:
                numbers["sessions"] += 1
                numbers["minutes"] += int((row.ends_at - row.starts_at).total_seconds() // 60)
            if month.last_at is None or row.ends_at > month.last_at:
                month.last_at = row.ends_at
            groups.add(row.group_id)
        elif row.status == SessionStatus.REFUNDED:
            numbers["refunded"] += 1
        elif row.status == SessionStatus.NO_SHOW:
            if row.no_show_user_id != row.mentor_id:
                numbers["missed_by_mentee"] += 1
            elif row.group_id is None or row.group_id not in missed_groups:
                numbers["missed_by_mentor"] += 1
                missed_groups.add(row.group_id)
        elif row.group_id is None and row.confirmed_at is not None:
            if row.ended_by == row.mentor_id:
                numbers["cancelled_by_mentor"] += 1
            elif row.ended_by == row.mentee_id:
                numbers["cancelled_by_mentee"] += 1
    numbers["mentees"] = len(month.mentees)


def count_booked(month: MonthCount, rows: Iterable[Any]) -> None:
    """Add the sessions of a mentor that were booked in the month.

    Rows have `mentor_id`, `group_id`, `status`, `created_at`, `starts_at`, `confirmed_at`,
    `ended_at` and `ended_by`. A session that was confirmed when it was booked was no request.
    """
    numbers = month.numbers
    for row in rows:
        numbers["bookings"] += 1
        if row.status not in CALLED_OFF:
            days = (row.starts_at - row.created_at).total_seconds() / _DAY_S
            month.waits[class_of(days, WAIT_LIMITS)] += 1
        if row.group_id is not None or row.confirmed_at == row.created_at:
            continue
        numbers["requests"] += 1
        answered_at = row.confirmed_at
        if row.status == SessionStatus.DECLINED and row.ended_by == row.mentor_id:
            answered_at = row.ended_at
        if answered_at is not None:
            numbers["answered"] += 1
            minutes = (answered_at - row.created_at).total_seconds() / _MINUTE_S
            month.answer_times[class_of(minutes, ANSWER_LIMITS)] += 1
        elif row.status == SessionStatus.EXPIRED:
            numbers["expired"] += 1


def count_reviews(month: MonthCount, rows: Iterable[Any]) -> None:
    """Add the visible reviews that were written in the month: rows of `stars`."""
    for row in rows:
        month.numbers["reviews"] += 1
        month.numbers["stars"] += row.stars


def count_thanks(month: MonthCount, rows: Iterable[Any]) -> None:
    """Add the thanks that were given in the month."""
    month.numbers["thanks"] += len(list(rows))
