"""What the picture of a mentor's coming week shows, and the same in words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot.components.cards import MAX_DESCRIPTION
from bot.pictures.week_image import Block, BlockKind, WeekImage
from mentorship.availability.opening_hours import Schedule, open_intervals
from mentorship.time import timezones
from mentorship.time.intervals import Span, merge, subtract
from wording.durations import duration
from wording.lists import enumerated
from wording.names import first_name
from wording.reader import Reader
from wording.times import (
    clock_label,
    describe_day,
    hour_of_day,
    time_of_day,
    weekday_heading,
    zone_name,
)
from wording.translation import _, is_right_to_left, ngettext, pgettext, sentences

DAYS = 7

_DAY = 1_440
_LEAST_MINUTES = 360
"""The grid shows at least so many minutes of the day."""


@dataclass(frozen=True, slots=True)
class WeekPicture:
    """A picture's content, and a description for those who can't see it."""

    image: WeekImage
    description: str


def own_week(
    schedule: Schedule,
    busy: Iterable[Span],
    now: datetime,
    reader: Reader,
    external_busy: Iterable[Span] = (),
) -> WeekPicture | None:
    """Return a mentor's own week from today on: open hours, commitments and time off.

    It is on the clock that applies now, also while they travel. `external_busy` is when they are
    busy by their own calendars; it is shown beside the rest, and doesn't make the picture larger.
    None if there is nothing else to show.
    """
    zone = schedule.zone_at(now)
    columns = _columns(zone, now)
    blocks = [
        *_blocks(_open(schedule, columns), columns, BlockKind.OPEN),
        *_blocks(merge((span.start, span.end) for span in busy), columns, BlockKind.BOOKED),
    ]
    if not blocks:
        return None
    first, last = _bounds(blocks)
    for block in _blocks(
        merge((span.start, span.end) for span in external_busy), columns, BlockKind.BUSY
    ):
        start, end = max(block.start, first), min(block.end, last)
        if start < end:
            blocks.append(replace(block, start=start, end=end))
    name, words = zone_name(zone, reader), ""
    notes = [_("Your time ({zone})", zone=name)]
    zones = [schedule.zone_at(column.noon) for column in columns]
    if (change := _first_change(zones)) is not None:
        # A trip begins or ends, and from there on the hours on the card look moved.
        day, there = _label(columns[change], reader), zone_name(zones[change], reader)
        # Translators: below a mentor's week; from that day on they are at another place
        moved = _(
            "From {day}: hours in {place}, shown in {zone} time", day=day, place=there, zone=name
        )
        notes.append(moved)
        words = _(
            "From {day}, hours in {place} are shown in {zone} time.",
            day=day,
            place=there,
            zone=name,
        )
    off = {override.date for override in schedule.overrides if not override.hours}
    return _picture(columns, blocks, reader, notes, words=words, days_off=off)


def week_of_mentor(
    schedule: Schedule,
    busy: Sequence[Span],
    mentor_name: str,
    viewer_zone: str | None,
    now: datetime,
    reader: Reader,
) -> WeekPicture | None:
    """Return when a mentor is open and not busy, in the viewer's zone.

    The mentor's clock is the second axis. Without a viewer's zone it is the only one. None if
    nothing is open.
    """
    zone = viewer_zone or schedule.zone_at(now)
    columns = _columns(zone, now)
    taken = merge((span.start, span.end) for span in busy)
    free = [part for interval in _open(schedule, columns) for part in subtract(interval, taken)]
    blocks = _blocks(free, columns, BlockKind.OPEN)
    if not blocks:
        return None
    mentor, mentor_zone = first_name(mentor_name), schedule.zone_at(columns[0].noon)
    # A name of emoji alone would leave an empty place in the picture.
    has_letters = any(letter.isalnum() for letter in mentor)
    theirs = clock_label(mentor if has_letters else pgettext("a person", "Mentor"), mentor_zone)
    ahead = [_minutes_ahead(column, schedule) for column in columns]
    if not any(ahead):
        if viewer_zone is None:
            return _picture(columns, blocks, reader, [theirs])
        label = _("Your time ({zone})", zone=zone_name(zone, reader))
        return _picture(columns, blocks, reader, [label])
    notes = [_axes(theirs)]
    if (change := _first_change(ahead)) is not None:
        # Somebody's clock changes, or the mentor travels.
        day = _label(columns[change], reader)
        notes.append(
            _("Left: only before {day}", day=day)
            if is_right_to_left()
            else _("Right: only before {day}", day=day)
        )
    clock, hours = clock_label(mentor, mentor_zone), duration(abs(ahead[0]), reader)
    words = (
        # Translators: {clock} is "Oliver's time (London)", {hours} is "2 hours"
        _("{clock} is {hours} ahead of yours.", clock=clock, hours=hours)
        if ahead[0] > 0
        else _("{clock} is {hours} behind yours.", clock=clock, hours=hours)
    )
    return _picture(columns, blocks, reader, notes, ahead[0], words)


@dataclass(frozen=True, slots=True)
class _Column:
    """A local date of a zone, and its bounds in UTC."""

    date: date
    start: datetime
    end: datetime
    zone: str

    @property
    def noon(self) -> datetime:
        return self.start + (self.end - self.start) / 2


def _columns(zone: str, now: datetime) -> list[_Column]:
    today = timezones.to_local(now, zone).date()
    days = (today + timedelta(days=number) for number in range(DAYS))
    return [_Column(day, *timezones.day_bounds(day, zone), zone) for day in days]


def _open(schedule: Schedule, columns: Sequence[_Column]) -> list[tuple[datetime, datetime]]:
    spans = open_intervals(schedule, Span(columns[0].start, columns[-1].end))
    return [(span.start, span.end) for span in spans]


def _blocks(
    intervals: Iterable[tuple[datetime, datetime]], columns: Sequence[_Column], kind: BlockKind
) -> list[Block]:
    """Divide intervals at midnight, and place them in the columns."""
    blocks = []
    for start, end in intervals:
        for number, column in enumerate(columns):
            opens, closes = max(start, column.start), min(end, column.end)
            if opens >= closes:
                continue
            first = _minute(opens, column.zone)
            last = _DAY if closes == column.end else _minute(closes, column.zone)
            # As clocks are set back, the end may show an earlier time than the start.
            blocks.append(Block(number, first, max(last, first + 1), kind))
    return blocks


def _minute(instant: datetime, zone: str) -> int:
    local = timezones.to_local(instant, zone)
    return local.hour * 60 + local.minute


def _bounds(blocks: Sequence[Block]) -> tuple[int, int]:
    """Return the minutes from which and to which the grid goes, in whole hours."""
    first = min(block.start for block in blocks) // 60 * 60
    last = -(-max(block.end for block in blocks) // 60) * 60
    last = min(max(last, first + _LEAST_MINUTES), _DAY)
    return min(first, last - _LEAST_MINUTES), last


def _minutes_ahead(column: _Column, schedule: Schedule) -> int:
    """Return how far the mentor's clock is ahead of the column's at the middle of its day."""
    noon = column.noon
    theirs = timezones.offset_at(noon, schedule.zone_at(noon))
    return (theirs - timezones.offset_at(noon, column.zone)) // 60


def _first_change(values: Sequence[object]) -> int | None:
    """Return the index of the first value that differs from the one before, None without one."""
    return next((number for number, value in enumerate(values) if value != values[0]), None)


def _picture(
    columns: Sequence[_Column],
    blocks: Sequence[Block],
    reader: Reader,
    notes: Sequence[str],
    second_axis_ahead: int | None = None,
    words: str = "",
    days_off: Collection[date] = (),
) -> WeekPicture:
    first, last = _bounds(blocks)
    blocks = [
        *blocks,
        *(
            Block(number, first, last, BlockKind.OFF)
            for number, column in enumerate(columns)
            if column.date in days_off
        ),
    ]
    hours = (last - first) // 60
    step = 60 * (1 if hours <= 8 else 2 if hours <= 14 else 3 if hours <= 20 else 4)
    ticks = range(-(-first // step) * step, last + 1, step)
    kinds = {block.kind for block in blocks}
    image = WeekImage(
        days=tuple(
            (weekday_heading(column.date.weekday(), reader), str(column.date.day))
            for column in columns
        ),
        blocks=tuple(sorted(blocks, key=lambda block: (block.day, block.start, block.kind.value))),
        first=first,
        last=last,
        axis=tuple((minute, hour_of_day(minute, reader)) for minute in ticks),
        second_axis=()
        if second_axis_ahead is None
        else tuple(
            (minute, hour_of_day((minute + second_axis_ahead) % _DAY, reader)) for minute in ticks
        ),
        legend=tuple((kind, label) for kind, label in _legend() if kind in kinds),
        notes=tuple(notes),
        is_right_to_left=is_right_to_left(),
    )
    return WeekPicture(image, _describe(image, columns, reader, words))


def _legend() -> Sequence[tuple[BlockKind, str]]:
    """Name the kinds of blocks."""
    return (
        (BlockKind.OPEN, pgettext("hours of a mentor", "Open")),
        (BlockKind.BOOKED, pgettext("hours of a mentor", "Booked")),
        (BlockKind.BUSY, pgettext("hours of a mentor", "Busy")),
        (BlockKind.OFF, _("Time off")),
    )


def _axes(theirs: str) -> str:
    """Say whose clock each axis shows. The viewer's is where the language begins."""
    if is_right_to_left():
        return _("Left: {clock} · Right: your time", clock=theirs)
    return _("Left: your time · Right: {clock}", clock=theirs)


def _label(column: _Column, reader: Reader) -> str:
    return describe_day(column.start, column.zone, reader)


def _describe(image: WeekImage, columns: Sequence[_Column], reader: Reader, words: str) -> str:
    """Say what the picture shows, with fewer times of each day if it would be too long."""
    head = _(
        "The week from {day}, {zone} time.",
        day=_label(columns[0], reader),
        zone=zone_name(columns[0].zone, reader),
    )
    if words:
        head = sentences(head, words)
    text = head
    for most in (24, 8, 4, 2, 1):
        days = [
            # Translators: a day and its hours: "Mon 2 Mar: open 18:00–21:30; booked 19:00–20:00."
            _(
                "{day}: {hours}.",
                day=_label(column, reader),
                hours=_day_in_words(image, number, most, reader),
            )
            for number, column in enumerate(columns)
        ]
        text = "\n".join([head, *days])
        if len(text) <= MAX_DESCRIPTION:
            break
    return text


def _day_in_words(image: WeekImage, day: int, most: int, reader: Reader) -> str:
    """Write the times of each kind: `open 18:00–21:30; booked 18:30–19:30`."""
    parts = []
    for kind in (BlockKind.OPEN, BlockKind.BOOKED, BlockKind.BUSY):
        of_kind = [block for block in image.blocks if block.day == day and block.kind is kind]
        if not of_kind:
            continue
        times = [
            f"{time_of_day(block.start, reader)}–{time_of_day(block.end, reader)}"
            for block in of_kind[:most]
        ]
        if (more := len(of_kind) - len(times)) > 0:
            times.append(ngettext("and {count} more", "and {count} more", more))
        parts.append(_hours_of_kind(kind, enumerated(times, reader)))
    if any(block.day == day and block.kind is BlockKind.OFF for block in image.blocks):
        parts.append(pgettext("in a list of hours", "time off"))
    return "; ".join(parts) or pgettext("in a list of hours", "no open hours")


def _hours_of_kind(kind: BlockKind, times: str) -> str:
    if kind is BlockKind.OPEN:
        return _("open {times}", times=times)
    if kind is BlockKind.BOOKED:
        return _("booked {times}", times=times)
    return _("busy {times}", times=times)
