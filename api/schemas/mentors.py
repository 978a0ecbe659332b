"""Mentors as they are shown and searched for."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from api.schemas.base import IdText, InstantText, Told, clock_of, rfc3339, shown_as
from mentorship.availability.opening_hours import WeeklyHours
from mentorship.main_app.public_profiles import PublicProfile

Day = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]

DAYS: tuple[Day, ...] = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
)


class WeeklySlot(Told):
    """Hours that recur every week, on the clock of `timezone`. An end at or before the start is on
    the next day."""

    day_of_week: Day
    start_time: str = Field(examples=["18:00"])
    end_time: str = Field(examples=["21:30"])
    timezone: str = Field(examples=["Europe/London"])


class MentorProfile(Told):
    """A mentor, as members of the server see them. `id` and `userId` are the same: a mentor is
    known by their Discord id."""

    model_config = shown_as(
        {
            "id": "226871203982016513",
            "userId": "226871203982016513",
            "name": "Oliver Hughes",
            "expertise": ["code review", "django", "python"],
            "hourlyRate": 60,
            "bio": "Fifteen years of Python, ten of them with Django.",
            "rating": 4.8,
            "ratingCount": 12,
            "sessionsCompleted": 31,
            "availability": [
                {
                    "dayOfWeek": "Monday",
                    "startTime": "18:00",
                    "endTime": "21:30",
                    "timezone": "Europe/London",
                }
            ],
            "status": "approved",
            "timezone": "Europe/London",
            "durations": [30, 60],
            "instantBooking": False,
            "paused": False,
            "pausedUntil": None,
        }
    )

    id: IdText
    user_id: IdText
    name: str
    expertise: list[str]
    hourly_rate: int = Field(description="Whole points an hour.")
    bio: str
    rating: float | None = Field(description="The mean of visible ratings, 1 to 5.")
    rating_count: int
    sessions_completed: int
    availability: list[WeeklySlot]
    status: Literal["applicant", "approved", "suspended", "stopped"] = Field(
        description="Anything but approved is shown to the mentor alone."
    )
    timezone: str
    durations: list[int] = Field(description="Lengths of session that can be booked, in minutes.")
    instant_booking: bool = Field(description="A booking is confirmed at once.")
    paused: bool = Field(description="The mentor takes no new bookings at the moment.")
    paused_until: InstantText | None

    @classmethod
    def of(cls, profile: PublicProfile) -> MentorProfile:
        user_id = str(profile.user_id)
        return cls(
            id=user_id,
            user_id=user_id,
            name=profile.name,
            expertise=list(profile.expertise),
            hourly_rate=profile.hourly_rate,
            bio=profile.bio,
            rating=profile.rating,
            rating_count=profile.rating_count,
            sessions_completed=profile.sessions_completed,
            availability=[weekly_slot(hours, profile.timezone) for hours in profile.weekly],
            status=profile.status,
            timezone=profile.timezone,
            durations=list(profile.durations),
            instant_booking=profile.instant_booking,
            paused=profile.paused,
            paused_until=None if profile.paused_until is None else rfc3339(profile.paused_until),
        )


def weekly_slot(hours: WeeklyHours, zone: str) -> WeeklySlot:
    """Weekly hours as they are told."""
    return WeeklySlot(
        day_of_week=DAYS[hours.weekday],
        start_time=clock_of(hours.start),
        end_time=clock_of(hours.end),
        timezone=zone,
    )
