"""Compute the slots of mentors for a searcher, and load each mentor's calendar only once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mentorship.availability import mentor_calendar
from mentorship.availability.mentor_calendar import (
    DEFAULT_WINDOW,
    FURTHEST_PROPOSAL,
    MentorCalendar,
)
from mentorship.time.intervals import Span
from storage import Transaction

SLOTS_PER_MENTOR = 3
"""Open slots shown for each mentor."""


@dataclass(frozen=True, slots=True)
class SlotFinder:
    """The slots that a searcher with the commitments `busy` can book, in the span `free` if any.

    Mentors with long hours are candidates of many half hours, so what was found out about each is
    kept: their calendar, and their first slot.
    """

    tx: Transaction
    busy: Sequence[Span]
    free: Span | None
    _calendars: dict[int, MentorCalendar] = field(default_factory=dict)
    _first_slots: dict[int, datetime | None] = field(default_factory=dict)

    @property
    def until(self) -> datetime:
        """Until when a mentor's slots may be looked at: `next_slots` looks furthest ahead."""
        now = self.tx.now
        begin = now if self.free is None else min(max(self.free.end, now), now + FURTHEST_PROPOSAL)
        return begin + DEFAULT_WINDOW

    @property
    def free_from_now(self) -> Span | None:
        """The part of `free` that isn't past."""
        if self.free is None:
            return None
        start = max(self.free.start, self.tx.now)
        return Span(start, max(start, self.free.end))

    async def load_calendars(self, profile_ids: Sequence[int]) -> dict[int, MentorCalendar]:
        """Return the calendars of mentors by profile id, without those that can't be read."""
        missing = [each for each in profile_ids if each not in self._calendars]
        if missing:
            self._calendars.update(await mentor_calendar.load_many(self.tx, missing, self.until))
        return {each: self._calendars[each] for each in profile_ids if each in self._calendars}

    def first_slot(self, calendar: MentorCalendar) -> datetime | None:
        """Return the mentor's first slot in the `free` span, or in `DEFAULT_WINDOW` without one."""
        profile_id = calendar.profile_id
        if profile_id not in self._first_slots:
            self._first_slots[profile_id] = self._find_first_slot(calendar)
        return self._first_slots[profile_id]

    def next_slots(self, calendar: MentorCalendar) -> tuple[int, tuple[datetime, ...]]:
        """Return the duration and the starts of the slots to show for a mentor.

        With a `free` filter the first starts from there on; in the default duration unless only
        shorter sessions fit.
        """
        default, free = mentor_calendar.default_duration(calendar.durations), self.free
        if free is None:
            slots = calendar.slots(self.tx.now, default, mentee_busy=self.busy)
            return default, tuple(slots[:SLOTS_PER_MENTOR])
        minutes = default if self._slots(calendar, default, free) else min(calendar.durations)
        ahead = Span(free.start, max(free.start, self.tx.now) + DEFAULT_WINDOW)
        return minutes, tuple(self._slots(calendar, minutes, ahead)[:SLOTS_PER_MENTOR])

    def _find_first_slot(self, calendar: MentorCalendar) -> datetime | None:
        shortest, now = min(calendar.durations), self.tx.now
        if self.free is not None:
            slots = self._slots(calendar, shortest, self.free)
            return slots[0] if slots else None
        # Most mentors have a slot soon, and a short window is faster to compute.
        soon = timedelta(minutes=calendar.limits.minimum_notice, days=2)
        for span in (Span(now, now + min(soon, DEFAULT_WINDOW)), Span(now, now + DEFAULT_WINDOW)):
            slots = self._slots(calendar, shortest, span)
            if slots:
                return slots[0]
        return None

    def _slots(self, calendar: MentorCalendar, minutes: int, span: Span) -> list[datetime]:
        shortest = timedelta(minutes=min(calendar.durations))
        window = (span.start, max(span.end, span.start + shortest))
        return calendar.slots(self.tx.now, minutes, window=window, mentee_busy=self.busy)
