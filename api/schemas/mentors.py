"""A mentor's public profile, and weekly hours."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from pydantic import Field

from api.schemas.base import (
    IdText,
    InstantText,
    ResponseModel,
    format_clock,
    optional_rfc3339,
    with_examples,
)
from api.schemas.questions import QUESTION_EXAMPLE, BookingQuestion
from mentorship.availability import opening_hours
from mentorship.main_app.public_profiles import PublicProfile
from mentorship.mentors import track_record

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


class WeeklyHours(ResponseModel):
    """Hours on one day of every week. If the end is not after the start, it is on the next day."""

    day_of_week: Day
    start_time: str = Field(examples=["18:00"])
    end_time: str = Field(examples=["21:30"])
    timezone: str = Field(examples=["Europe/London"])


class ResponseRate(ResponseModel):
    """How many of a mentor's booking requests they answered in time."""

    answered: int
    requests: int


class CompletionRate(ResponseModel):
    """How many of a mentor's sessions took place.

    `due` leaves out sessions that the mentee cancelled or missed.
    """

    completed: int
    due: int


ResponseRateField = Annotated[
    ResponseRate | None, Field(description="Null until there are five requests.")
]
ResponseHours = Annotated[
    int | None,
    Field(
        description="At least half of all requests are answered within so many hours: 1, 2, 6, 12 "
        "or 24. Null if that takes longer, and until there are five requests."
    ),
]
CompletionRateField = Annotated[
    CompletionRate | None, Field(description="Null until there are five sessions.")
]


class TrackRecordFields(TypedDict):
    """The fields about how a mentor treats bookings."""

    response_rate: ResponseRate | None
    usual_response_hours: int | None
    completion_rate: CompletionRate | None


def track_record_fields(record: track_record.TrackRecord) -> TrackRecordFields:
    """Return the fields of a mentor's record."""
    rate, completion = record.response_rate, record.completion_rate
    return {
        "response_rate": None
        if rate is None
        else ResponseRate(answered=rate.answered, requests=rate.requests),
        "usual_response_hours": record.answer_hours,
        "completion_rate": None
        if completion is None
        else CompletionRate(completed=completion.completed, due=completion.due),
    }


class MentorProfile(ResponseModel):
    """A mentor as members of the server see them. `id` and `userId` are both the Discord id."""

    model_config = with_examples(
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
            "responseRate": {"answered": 9, "requests": 10},
            "usualResponseHours": 2,
            "completionRate": {"completed": 31, "due": 32},
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
            "questions": [QUESTION_EXAMPLE],
        }
    )

    id: IdText
    user_id: IdText
    name: str
    expertise: list[str]
    hourly_rate: int = Field(description="Points for an hour.")
    bio: str
    rating: float | None = Field(description="The mean of the visible ratings, from 1 to 5.")
    rating_count: int
    sessions_completed: int
    response_rate: ResponseRateField
    usual_response_hours: ResponseHours
    completion_rate: CompletionRateField
    availability: list[WeeklyHours]
    status: Literal["applicant", "approved", "suspended", "stopped"] = Field(
        description="Only the mentor sees a profile that is not `approved`."
    )
    timezone: str = Field(description="The mentor's time zone.")
    durations: list[int] = Field(description="Bookable session lengths in minutes.")
    instant_booking: bool = Field(
        description="Bookings are confirmed at once, without the mentor's answer."
    )
    paused: bool = Field(description="The mentor accepts no new bookings for now.")
    paused_until: InstantText | None = Field(
        description="When the pause ends, if it ends by itself."
    )
    questions: list[BookingQuestion] = Field(
        description="What the mentor asks at booking. Send the answers to `POST /book`."
    )

    @classmethod
    def from_domain(cls, profile: PublicProfile) -> MentorProfile:
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
            **track_record_fields(profile.track_record),
            availability=[weekly_hours(hours, profile.timezone) for hours in profile.weekly],
            status=profile.status,
            timezone=profile.timezone,
            durations=list(profile.durations),
            instant_booking=profile.instant_booking,
            paused=profile.paused,
            paused_until=optional_rfc3339(profile.paused_until),
            questions=[BookingQuestion.from_domain(question) for question in profile.questions],
        )


def weekly_hours(hours: opening_hours.WeeklyHours, timezone: str) -> WeeklyHours:
    """Convert weekly hours of the domain."""
    return WeeklyHours(
        day_of_week=DAYS[hours.weekday],
        start_time=format_clock(hours.start),
        end_time=format_clock(hours.end),
        timezone=timezone,
    )
