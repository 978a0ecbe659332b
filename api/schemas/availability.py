"""A mentor's availability: the main app's list of weekly hours, or the full form."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from api.problems import invalid_value
from api.schemas.base import (
    ClockTime,
    Date,
    DateText,
    EndClockTime,
    InstantText,
    RequestModel,
    ResponseModel,
    Timezone,
    format_clock,
    minutes_after_midnight,
    rfc3339,
    with_examples,
)
from api.schemas.mentors import DAYS, Day, WeeklyHours, weekly_hours
from mentorship.availability import opening_hours
from mentorship.availability.editor import AvailabilityChange, AvailabilityView
from mentorship.availability.hours_limits import MAX_OVERRIDE_DATES, MAX_RANGES_A_DAY, MAX_TRIPS
from mentorship.availability.travel import Travel
from wording.translation import pgettext

_MINUTES_A_DAY = 24 * 60


class TimeRangeRequest(RequestModel):
    """A range of wall-clock time. If the end is not after the start, it is on the next day."""

    start_time: ClockTime
    end_time: EndClockTime

    def minutes(self, pointer: str) -> tuple[int, int]:
        """Return start and end in minutes after midnight.

        Raises `Problem` (422) if they are the same time. `pointer` is the range's own.
        """
        start = minutes_after_midnight(self.start_time)
        end = minutes_after_midnight(self.end_time) or _MINUTES_A_DAY
        if start == end:
            raise invalid_value(
                f"{pointer}/endTime",
                pgettext(
                    "a field of a request",
                    "must differ from startTime; a whole day is 00:00 to 24:00",
                ),
            )
        return start, end


class WeeklyHoursRequest(TimeRangeRequest):
    """Hours on one day of every week."""

    day_of_week: Day
    timezone: Timezone | None = Field(
        None, description="Must be the same for all hours. The default is the current one."
    )


class DateOverrideRequest(RequestModel):
    """Hours on one date, instead of the weekly ones."""

    date: Date
    hours: Annotated[list[TimeRangeRequest], Field(max_length=MAX_RANGES_A_DAY)] = Field(
        [], description="Empty for a day off."
    )


class TripRequest(RequestModel):
    """A range of dates on which hours and overrides follow another time zone's clock."""

    first: Date = Field(alias="from", description="The first date.")
    last: Date = Field(alias="to", description="The last date.")
    timezone: Timezone = Field(description="The time zone whose clock applies.")


class AvailabilitySettingsRequest(RequestModel):
    """Rules for bookings. Fields that are left out keep their value."""

    durations: (
        Annotated[list[Annotated[int, Field(ge=15, le=240)]], Field(min_length=1, max_length=20)]
        | None
    ) = Field(None, description="Bookable session lengths in minutes.")
    slot_step: Annotated[int, Field(ge=5, le=240)] | None = Field(
        None, description="Minutes from one bookable start to the next."
    )
    buffer_before: Annotated[int, Field(ge=0, le=240)] | None = Field(
        None, description="Minutes to keep free before a session."
    )
    buffer_after: Annotated[int, Field(ge=0, le=240)] | None = Field(
        None, description="Minutes to keep free after a session."
    )
    minimum_notice: Annotated[int, Field(ge=0, le=20_160)] | None = Field(
        None, description="How many minutes before its start a session must be booked."
    )
    horizon_days: Annotated[int, Field(ge=1, le=365)] | None = Field(
        None, description="How many days ahead bookings are possible."
    )
    most_per_day: Annotated[int, Field(ge=1, le=48)] | None = Field(
        None, description="The daily limit of sessions. Send null to remove it."
    )
    most_per_week: Annotated[int, Field(ge=1, le=200)] | None = Field(
        None, description="The weekly limit of sessions. Send null to remove it."
    )
    instant_booking: bool | None = Field(
        None, description="Confirm bookings at once, without the mentor's answer."
    )
    fill_gaps: bool | None = Field(
        None,
        description="After a booking, also offer a start at the next quarter hour if more sessions "
        "fit in that way.",
    )

    def limits(self) -> dict[str, Any]:
        """Return the fields that were sent, named as `mentorship.availability.editor.set_limits`
        names them."""
        return {
            name: value
            for name in self.model_fields_set
            if (value := getattr(self, name)) is not None or name.startswith("most_")
        }


class AvailabilityRequest(RequestModel):
    """A mentor's availability. Parts that are left out don't change."""

    timezone: Timezone | None = Field(None, description="The time zone of all hours.")
    weekly: Annotated[list[WeeklyHoursRequest], Field(max_length=200)] | None = Field(
        None, description="Replaces all weekly hours."
    )
    overrides: Annotated[list[DateOverrideRequest], Field(max_length=MAX_OVERRIDE_DATES)] | None = (
        Field(None, description="Replaces all date overrides. Dates that are over are left out.")
    )
    travel: Annotated[list[TripRequest], Field(max_length=MAX_TRIPS)] | None = Field(
        None,
        description="Replaces all trips. They can't have a date in common. Trips that are over are "
        "left out.",
    )
    settings: AvailabilitySettingsRequest | None = None


def _body_form(body: Any) -> str:
    return "list" if isinstance(body, list) else "whole"


AvailabilityBody = Annotated[
    Annotated[list[WeeklyHoursRequest], Field(max_length=200), Tag("list")]
    | Annotated[AvailabilityRequest, Tag("whole")],
    Discriminator(_body_form),
]
"""Either form: a list of weekly hours, which keeps the rest, or an object."""

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
    "travel": [{"from": "2026-08-03", "to": "2026-08-10", "timezone": "Europe/Lisbon"}],
    "settings": {"durations": [30, 60], "minimumNotice": 120, "instantBooking": True},
}


def to_replacement(body: list[WeeklyHoursRequest] | AvailabilityRequest) -> AvailabilityChange:
    """Convert a body to the use case's argument.

    Raises `Problem` (422) for ranges without a length, several time zones, repeated dates, or trips
    that end before they start.
    """
    if isinstance(body, list):
        return AvailabilityChange(
            zone=_single_timezone(body, None, ""), weekly=_weekly_hours(body, "")
        )
    weekly = body.weekly
    return AvailabilityChange(
        zone=_single_timezone(weekly or [], body.timezone, "/weekly"),
        weekly=None if weekly is None else _weekly_hours(weekly, "/weekly"),
        overrides=None if body.overrides is None else _date_overrides(body.overrides),
        travel=None if body.travel is None else _trips(body.travel),
        limits={} if body.settings is None else body.settings.limits(),
    )


def _single_timezone(
    weekly: Sequence[WeeklyHoursRequest], timezone: str | None, pointer: str
) -> str | None:
    """Return the one time zone of all hours; None if there is none."""
    for index, hours in enumerate(weekly):
        if hours.timezone is None:
            continue
        if timezone not in (None, hours.timezone):
            raise invalid_value(
                f"{pointer}/{index}/timezone",
                pgettext(
                    "a field of a request",
                    "must be {zone} as well: all hours have the same time zone",
                    zone=timezone,
                ),
            )
        timezone = hours.timezone
    return timezone


def _weekly_hours(
    weekly: Iterable[WeeklyHoursRequest], pointer: str
) -> tuple[opening_hours.WeeklyHours, ...]:
    return tuple(
        opening_hours.WeeklyHours(
            DAYS.index(hours.day_of_week), *hours.minutes(f"{pointer}/{index}")
        )
        for index, hours in enumerate(weekly)
    )


def _date_overrides(
    overrides: Iterable[DateOverrideRequest],
) -> tuple[opening_hours.DateOverride, ...]:
    by_date: dict[date, tuple[tuple[int, int], ...]] = {}
    for index, override in enumerate(overrides):
        if override.date in by_date:
            raise invalid_value(
                f"/overrides/{index}/date", pgettext("a field of a request", "must not occur twice")
            )
        ranges = tuple(
            hours.minutes(f"/overrides/{index}/hours/{position}")
            for position, hours in enumerate(override.hours)
        )
        if len({start for start, _ in ranges}) < len(ranges):
            raise invalid_value(
                f"/overrides/{index}/hours",
                pgettext("a field of a request", "must not have two ranges with one start"),
            )
        by_date[override.date] = ranges
    return tuple(opening_hours.DateOverride(day, ranges) for day, ranges in by_date.items())


def _trips(trips: Iterable[TripRequest]) -> tuple[Travel, ...]:
    for index, trip in enumerate(trips):
        if trip.last < trip.first:
            raise invalid_value(
                f"/travel/{index}/to", pgettext("a field of a request", "must not be before from")
            )
    return tuple(Travel(trip.first, trip.last, trip.timezone) for trip in trips)


class TimeRange(ResponseModel):
    """A range of wall-clock time. If the end is not after the start, it is on the next day."""

    start_time: str = Field(examples=["10:00"])
    end_time: str = Field(examples=["12:00"])


class DateOverride(ResponseModel):
    """Hours on one date, instead of the weekly ones."""

    date: DateText
    hours: list[TimeRange] = Field(description="Empty for a day off.")


class Trip(ResponseModel):
    """A range of dates on which hours and overrides follow another time zone's clock."""

    first: DateText = Field(alias="from", description="The first date.")
    last: DateText = Field(alias="to", description="The last date.")
    timezone: str = Field(description="The time zone whose clock applies.")


class AvailabilitySettings(ResponseModel):
    """Rules for bookings."""

    durations: list[int] = Field(description="Bookable session lengths in minutes.")
    slot_step: int = Field(description="Minutes from one bookable start to the next.")
    buffer_before: int = Field(description="Minutes to keep free before a session.")
    buffer_after: int = Field(description="Minutes to keep free after a session.")
    minimum_notice: int = Field(
        description="How many minutes before its start a session must be booked."
    )
    horizon_days: int = Field(description="How many days ahead bookings are possible.")
    most_per_day: int | None = Field(description="The daily limit of sessions, if any.")
    most_per_week: int | None = Field(description="The weekly limit of sessions, if any.")
    instant_booking: bool = Field(
        description="Bookings are confirmed at once, without the mentor's answer."
    )
    fill_gaps: bool = Field(
        description="After a booking, slots may also start at the next quarter hour if more "
        "sessions fit in that way."
    )


class Availability(ResponseModel):
    """A mentor's availability."""

    model_config = with_examples(
        {
            "timezone": "Europe/London",
            "weekly": LIST_EXAMPLE,
            "overrides": [{"date": "2026-12-24", "hours": []}],
            "travel": [{"from": "2026-08-03", "to": "2026-08-10", "timezone": "Europe/Lisbon"}],
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
                "fillGaps": False,
            },
            "nextSlots": ["2026-03-02T18:00:00Z"],
            "outside": [],
        }
    )

    timezone: str = Field(description="The time zone of all hours, except during travel.")
    weekly: list[WeeklyHours]
    overrides: list[DateOverride] = Field(description="Overrides of today and later dates.")
    travel: list[Trip] = Field(description="Trips that aren't over.")
    settings: AvailabilitySettings
    next_slots: list[InstantText] = Field(description="The next open starts.")
    outside: list[InstantText] = Field(
        description="Starts of booked sessions outside these hours. The sessions don't change."
    )

    @classmethod
    def from_domain(cls, availability: AvailabilityView) -> Availability:
        limits = availability.limits
        return cls(
            timezone=availability.zone,
            weekly=[weekly_hours(hours, availability.zone) for hours in availability.weekly],
            overrides=[
                DateOverride(
                    date=day.date.isoformat(),
                    hours=[
                        TimeRange(start_time=format_clock(start), end_time=format_clock(end))
                        for start, end in day.hours
                    ],
                )
                for day in availability.overrides
            ],
            travel=[
                Trip(first=trip.first.isoformat(), last=trip.last.isoformat(), timezone=trip.zone)
                for trip in availability.travel
            ],
            settings=AvailabilitySettings(
                durations=list(availability.durations),
                slot_step=limits.step,
                buffer_before=limits.buffer_before,
                buffer_after=limits.buffer_after,
                minimum_notice=limits.minimum_notice,
                horizon_days=limits.horizon_days,
                most_per_day=limits.most_per_day,
                most_per_week=limits.most_per_week,
                instant_booking=availability.instant_booking,
                fill_gaps=limits.fill_gaps,
            ),
            next_slots=[rfc3339(start) for start in availability.next_slots],
            outside=[rfc3339(start) for start in availability.sessions_outside],
        )
