"""What clock times mean, whether they say which half of the day they are in or not.

Conventions for times that don't say it:

- A leading zero, and hours from 13, are on the 24-hour clock. So are `8 Uhr`, `8h` and `8:30`.
- Spoken times (`at 3`, `half past six`, German `halb vier`) from 1:00 to 7:59 are in the
  afternoon, those from 8:00 in the morning. In other languages than English, those from 6:00 to
  7:59 can mean both.
- Others can mean both, too: `um 3`, `3 Uhr`, `3h30`, and `3:30` of somebody who is used to am and
  pm.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto

DAY = 1440
_NOON = 720


class Clock(Enum):
    """How a time says which half of the day it is in."""

    UNSTATED = auto()
    SPOKEN = auto()
    """It doesn't, and people mean the usual one."""
    BARE = auto()
    """It doesn't: only a number, by people who are used to the 24-hour clock."""
    TWELVE_HOURS = auto()
    TWENTY_FOUR_HOURS = auto()


@dataclass(frozen=True, slots=True)
class ClockTime:
    """A clock time as written.

    `likely` are the minutes of the day that it means by the conventions: several, if each of them
    is possible. `possible` are all that it could mean, whatever is usual.
    """

    likely: tuple[int, ...]
    possible: tuple[int, ...]
    clock: Clock = Clock.UNSTATED

    @property
    def is_stated(self) -> bool:
        """Whether it says which half of the day it is in."""
        return self.clock in (Clock.TWELVE_HOURS, Clock.TWENTY_FOUR_HOURS)

    @property
    def other(self) -> int | None:
        """The minute that it means if people mean the unusual half of the day, or None."""
        if self.clock not in (Clock.SPOKEN, Clock.BARE) or len(self.likely) > 1:
            return None
        return next((minute for minute in self.possible if minute not in self.likely), None)

    def within(self, first: int, last: int) -> ClockTime | None:
        """Return the time if it is in a part of the day that was named, None if it isn't."""
        minutes = tuple(
            minute + days
            for minute in self.possible
            for days in (0, DAY)
            if first <= minute + days <= last
        )
        return ClockTime(minutes, minutes, Clock.TWELVE_HOURS) if minutes else None

    def half(self, *, pm: bool) -> ClockTime | None:
        """Return the time in one half of the day, None if it isn't in it."""
        if len(self.possible) < 2:
            return None
        minutes = tuple(m for m in self.possible if (m >= _NOON) == pm)
        return ClockTime(minutes, minutes, Clock.TWELVE_HOURS) if minutes else None

    def within_half(self, *, second: bool) -> ClockTime | None:
        """Return the time in the half of the day that was named before it, as in Japanese.

        Noon is `午前12時` or `午後0時`; `午後12時` is midnight by the letter and noon to many.
        """
        half = _NOON if second else 0
        minute = self.possible[0]
        if len(self.possible) == 1 and minute >= 60:
            return replace(self, clock=Clock.TWELVE_HOURS) if second and minute < DAY else None
        minutes: tuple[int, ...] = (minute + half,)
        if len(self.possible) > 1 and minute < 60:
            minutes += (minute + half + _NOON,)
        return ClockTime(minutes, minutes, Clock.TWELVE_HOURS)

    def undecided_at_dawn(self) -> ClockTime:
        """Return the time so that, from 6:00 to 7:59, it can be in both halves of the day."""
        is_dawn = any(6 * 60 <= minute < 8 * 60 for minute in self.possible)
        if self.clock is not Clock.SPOKEN or not is_dawn:
            return self
        return replace(self, likely=self.possible)

    def plus(self, minutes: int) -> ClockTime:
        """Return the time some minutes after this hour; before it, if they are negative."""
        possible = tuple((minute + minutes) % DAY for minute in self.possible)
        likely = tuple((minute + minutes) % DAY for minute in self.likely)
        if self.clock in (Clock.SPOKEN, Clock.BARE):
            # `quarter to eight` can go by the hour that is named, and by the one that it is.
            usual = {minute for minute in possible if _is_usual(minute)}
            likely = tuple(sorted(usual.union(likely)))
        return replace(self, likely=likely, possible=possible)


def _is_usual(minute: int) -> bool:
    return 8 * 60 <= minute < 20 * 60


def on_24_hour_clock(hours: int, minutes: int, *, leading_zero: bool = False) -> ClockTime | None:
    """Return a time as written, None if no clock shows it."""
    if minutes > 59 or hours > 24 or (hours == 24 and minutes):
        return None
    minute = hours * 60 + minutes
    possible = _both_halves(hours, minutes) if 1 <= hours <= 12 else (minute,)
    is_stated = leading_zero or len(possible) == 1
    return ClockTime((minute,), possible, Clock.TWENTY_FOUR_HOURS if is_stated else Clock.UNSTATED)


def spoken(hours: int, minutes: int = 0) -> ClockTime | None:
    """Return a time as people say it: in the afternoon for hours from 1 to 7."""
    time = on_24_hour_clock(hours, minutes)
    if time is None or time.is_stated:
        return time
    likely = tuple(minute for minute in time.possible if _is_usual(minute))
    return ClockTime(likely, time.possible, Clock.SPOKEN)


def undecided(hours: int, minutes: int, last_hour: int) -> ClockTime | None:
    """Return a time that can be in both halves of the day, for hours up to `last_hour`."""
    time = on_24_hour_clock(hours, minutes)
    if time is None or time.is_stated or hours > last_hour:
        return time
    return ClockTime(time.possible, time.possible)


def _both_halves(hours: int, minutes: int) -> tuple[int, int]:
    morning = hours % 12 * 60 + minutes
    return morning, morning + _NOON


def ranges(start: ClockTime, end: ClockTime) -> Iterator[tuple[int, int]]:
    """Yield the ranges that two times can mean, in minutes; an end may be on the next day."""
    clocks = {start.clock, end.clock}
    if clocks == {Clock.TWENTY_FOUR_HOURS} or (
        clocks == {Clock.TWELVE_HOURS} and len(start.likely) == len(end.likely) == 1
    ):
        yield from (_range(s, e) for s in start.likely for e in end.likely)
    elif Clock.TWENTY_FOUR_HOURS in clocks and Clock.TWELVE_HOURS not in clocks:
        yield from _ranges_on_24_hour_clock(start, end)
    elif Clock.TWELVE_HOURS in clocks:
        # The shorter one is meant: `3-5pm`, `9am-5`.
        lengths = [((e - s - 1) % DAY + 1, s) for s in start.possible for e in end.possible]
        shortest = min(lengths)[0]
        yield from ((s, s + length) for length, s in lengths if length == shortest)
    else:
        forward = [(s, e) for s in start.likely for e in end.likely if s < e]
        if len(forward) == len(start.likely) * len(end.likely) == 1:
            yield from forward
            return
        # `7-9` is in the morning or in the evening.
        yield from ((s, e) for s in start.possible for e in end.possible if 0 < e - s < 12 * 60)


def _ranges_on_24_hour_clock(start: ClockTime, end: ClockTime) -> Iterator[tuple[int, int]]:
    """Yield the ranges of two times of which one is on the 24-hour clock: so is the other."""
    if start.is_stated:
        begin = start.likely[0]
        hour = _literal(end)
        yield _range(begin, hour)
        if begin < hour + _NOON and hour <= begin:
            # `15-5` may be until 17:00 or until the next morning.
            yield begin, hour + _NOON
    else:
        yield _range(_literal(start), end.likely[0])


def _literal(time: ClockTime) -> int:
    """Return a time as the 24-hour clock shows it: 12:30 is the later of the two."""
    early, late = time.possible
    return early if early >= 60 else late


def _range(start: int, end: int) -> tuple[int, int]:
    return start, end if end > start else end + DAY
