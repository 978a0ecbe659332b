"""A mentor's availability, as the main app's list of weekly hours or whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from api.problems import invalid
from api.schemas.base import (
    Asked,
    Date,
    DateText,
    InstantText,
    Told,
    Zone,
    clock_of,
    minutes_of,
    rfc3339,
    shown_as,
)
from api.schemas.mentors import DAYS, Day, WeeklySlot, weekly_slot
from api.schemas.sessions import Clock, EndClock
from mentorship.availability.editor import Timetable
from mentorship.availability.opening_hours import DateOverride, WeeklyHours
from mentorship.availability.replacement import Wanted


class Hours(Asked):
    """A stretch of time on the clock. An end at or before the start is on the next day."""

    start_time: Clock
    end_time: EndClock

    def span(self, pointer: str) -> tuple[int, int]:
        """Start and end in minutes after midnight. Raises `Problem` (422) for nothing at all."""
        start, end = minutes_of(self.start_time), minutes_of(self.end_time) or 1_440
        if start == end:
            words = "is the start as well; for a whole day write 00:00 to 24:00"
            raise invalid(f"{pointer}/endTime", words)
        return start, end


class Weekly(Hours):
    """Hours that recur every week."""

    day_of_week: Day
    timezone: Zone | None = Field(None, description="The same for all; left out, as it is.")


class Override(Asked):
    """One date on which other hours hold, or none at all."""

    date: Date
    hours: Annotated[list[Hours], Field(max_length=24)] = Field([], description="Empty: a day off.")


class Settings(Asked):
    """What is asked of bookings. What is left out stays as it is."""

    durations: (
        Annotated[list[Annotated[int, Field(ge=15, le=240)]], Field(min_length=1, max_length=20)]
        | None
    ) = Field(None, description="Lengths of session that can be booked, in minutes.")
    slot_step: Annotated[int, Field(ge=5, le=240)] | None = Field(
        None, description="Minutes between the starts that can be booked."
    )
    buffer_before: Annotated[int, Field(ge=0, le=240)] | None = None
    buffer_after: Annotated[int, Field(ge=0, le=240)] | None = None
    minimum_notice: Annotated[int, Field(ge=0, le=20_160)] | None = Field(
        None, description="Minutes between a booking and its session."
    )
    horizon_days: Annotated[int, Field(ge=1, le=365)] | None = None
    most_per_day: Annotated[int, Field(ge=1, le=48)] | None = Field(
        None, description="Null, if it is sent: as many as there are."
    )
    most_per_week: Annotated[int, Field(ge=1, le=200)] | None = Field(
        None, description="Null, if it is sent: as many as there are."
    )
    instant_booking: bool | None = Field(None, description="Confirm each booking at once.")

    def limits(self) -> dict[str, Any]:
        """What was sent, by the names of `mentorship.availability.editor.set_limits`."""
        return {
            name: value
            for name in self.model_fields_set
            if (value := getattr(self, name)) is not None or name.startswith("most_")
        }


class Whole(Asked):
    """All of it. A part that is left out stays as it is."""

    timezone: Zone | None = Field(None, description="The clock on which all hours are.")
    weekly: Annotated[list[Weekly], Field(max_length=200)] | None = Field(
        None, description="Replaces the whole week."
    )
    overrides: Annotated[list[Override], Field(max_length=400)] | None = Field(
        None, description="Replaces all dates on which other hours hold."
    )
    settings: Settings | None = None


def _form(body: Any) -> str | None:
    return "list" if isinstance(body, list) else "whole"


AvailabilityAsked = Annotated[
    Annotated[list[Weekly], Field(max_length=200), Tag("list")] | Annotated[Whole, Tag("whole")],
    Discriminator(_form),
]
"""The main app's list of weekly hours, which leaves dates and settings as they are, or all."""

LIST_EXAMPLE: list[Any] = [
    {
        "dayOfWeek": "Monday",
        "startTime": "09:00",
        "endTime": "17:00",
        "timezone": "Europe/London",
    }
]
WHOLE_EXAMPLE = {
    "timezone": "Europe/London",
    "weekly": [{"dayOfWeek": "Monday", "startTime": "18:00", "endTime": "21:30"}],
    "overrides": [
        {"date": "2026-12-24", "hours": []},
        {"date": "2026-12-28", "hours": [{"startTime": "10:00", "endTime": "12:00"}]},
    ],
    "settings": {"durations": [30, 60], "minimumNotice": 120, "instantBooking": True},
}


def wanted(asked: list[Weekly] | Whole) -> Wanted:
    """What was asked for, as the use case takes it. Raises `Problem` (422)."""
    if isinstance(asked, list):
        return Wanted(zone=_zone(asked, None, ""), weekly=_weekly(asked, ""))
    weekly = asked.weekly
    return Wanted(
        zone=_zone(weekly or [], asked.timezone, "/weekly"),
        weekly=None if weekly is None else _weekly(weekly, "/weekly"),
        overrides=None if asked.overrides is None else _overrides(asked.overrides),
        limits={} if asked.settings is None else asked.settings.limits(),
    )


def _zone(weekly: Sequence[Weekly], whole: str | None, pointer: str) -> str | None:
    """The one time zone of all hours."""
    found = whole
    for number, hours in enumerate(weekly):
        if hours.timezone is None:
            continue
        if found not in (None, hours.timezone):
            words = f"must be {found} like the others: all hours are on one clock"
            raise invalid(f"{pointer}/{number}/timezone", words)
        found = hours.timezone
    return found


def _weekly(asked: Iterable[Weekly], pointer: str) -> tuple[WeeklyHours, ...]:
    return tuple(
        WeeklyHours(DAYS.index(hours.day_of_week), *hours.span(f"{pointer}/{number}"))
        for number, hours in enumerate(asked)
    )


def _overrides(asked: Iterable[Override]) -> tuple[DateOverride, ...]:
    days: dict[Any, list[tuple[int, int]]] = defaultdict(list)
    for number, override in enumerate(asked):
        if override.date in days:
            raise invalid(f"/overrides/{number}/date", "comes twice")
        days[override.date] += [
            hours.span(f"/overrides/{number}/hours/{place}")
            for place, hours in enumerate(override.hours)
        ]
        starts = [start for start, _ in days[override.date]]
        if len(set(starts)) < len(starts):
            raise invalid(f"/overrides/{number}/hours", "has two stretches with one start")
    return tuple(DateOverride(day, tuple(hours)) for day, hours in days.items())


class HoursTold(Told):
    start_time: str = Field(examples=["10:00"])
    end_time: str = Field(examples=["12:00"])


class OverrideTold(Told):
    date: DateText
    hours: list[HoursTold]


class SettingsTold(Told):
    durations: list[int]
    slot_step: int
    buffer_before: int
    buffer_after: int
    minimum_notice: int
    horizon_days: int
    most_per_day: int | None
    most_per_week: int | None
    instant_booking: bool


class Availability(Told):
    """When a mentor can be booked."""

    model_config = shown_as(
        {
            "timezone": "Europe/London",
            "weekly": LIST_EXAMPLE,
            "overrides": [{"date": "2026-12-24", "hours": []}],
            "settings": {
                "durations": [30, 60],
                "slotStep": 30,
                "bufferBefore": 0,
                "bufferAfter": 0,
                "minimumNotice": 60,
                "horizonDays": 60,
                "mostPerDay": None,
                "mostPerWeek": None,
                "instantBooking": False,
            },
            "nextSlots": ["2026-03-02T18:00:00Z"],
            "outside": [],
        }
    )

    timezone: str
    weekly: list[WeeklySlot]
    overrides: list[OverrideTold] = Field(description="From today on.")
    settings: SettingsTold
    next_slots: list[InstantText] = Field(description="The next starts that can be booked.")
    outside: list[InstantText] = Field(
        description="Starts of booked sessions outside of these hours. They stand."
    )

    @classmethod
    def of(cls, timetable: Timetable) -> Availability:
        limits = timetable.limits
        return cls(
            timezone=timetable.zone,
            weekly=[weekly_slot(hours, timetable.zone) for hours in timetable.weekly],
            overrides=[
                OverrideTold(
                    date=day.date.isoformat(),
                    hours=[
                        HoursTold(start_time=clock_of(start), end_time=clock_of(end))
                        for start, end in day.hours
                    ],
                )
                for day in timetable.overrides
            ],
            settings=SettingsTold(
                durations=list(timetable.durations),
                slot_step=limits.step,
                buffer_before=limits.buffer_before,
                buffer_after=limits.buffer_after,
                minimum_notice=limits.minimum_notice,
                horizon_days=limits.horizon_days,
                most_per_day=limits.most_per_day,
                most_per_week=limits.most_per_week,
                instant_booking=timetable.instant_booking,
            ),
            next_slots=[rfc3339(start) for start in timetable.next_slots],
            outside=[rfc3339(start) for start in timetable.outside],
        )
