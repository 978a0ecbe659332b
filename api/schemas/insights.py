"""Schemas of insights. Fields have the names of the columns of the same tables as CSV."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, WithJsonSchema

from api.schemas.base import (
    DateText,
    IdText,
    InstantText,
    RequestModel,
    ResponseModel,
    rfc3339,
    with_examples,
)
from mentorship.insights import views
from mentorship.insights.views import InsightsRange
from wording.insights.tables import WEEKDAYS

RangeName = Literal["month", "quarter", "year", "all"]
MentorTable = Literal["months", "hours", "answer-times", "vain-searches"]
GuildTable = Literal["months", "hours", "answer-times", "waiting-times", "demand", "quiet-mentors"]
Weekday = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MonthText = Annotated[
    str,
    WithJsonSchema(
        {"type": "string", "pattern": r"^\d{4}-\d{2}$", "maxLength": 7, "examples": ["2026-03"]}
    ),
]


class InsightsQuery(RequestModel):
    """How far back to look."""

    # Query parameters arrive as text.
    model_config = ConfigDict(strict=False)

    range: RangeName = Field(
        "year",
        description="How far back to look: this calendar month, 3 or 12 of them with this one, or "
        "all. Months begin and end at midnight UTC.",
    )

    @property
    def span(self) -> InsightsRange:
        """The range as use cases know it."""
        return InsightsRange(self.range)


class MentorTableQuery(InsightsQuery):
    """Which table of a mentor's figures to return."""

    table: MentorTable = Field("months", description="Which table to return.")


class GuildTableQuery(InsightsQuery):
    """Which table of a server's figures to return."""

    table: GuildTable = Field("months", description="Which table to return.")


_FIGURES_EXAMPLE: dict[str, Any] = {
    "month": "2026-03",
    "sessions": 12,
    "minutes": 540,
    "attendees": 12,
    "mentees": 6,
    "returningMentees": 2,
    "cancelledByMentor": 0,
    "cancelledByMentee": 1,
    "missedByMentor": 0,
    "missedByMentee": 1,
    "refunded": 0,
    "bookings": 14,
    "requests": 13,
    "answered": 12,
    "expired": 1,
    "reviews": 3,
    "stars": 14,
    "thanks": 1,
    "rating": 4.67,
}


class MonthFigures(ResponseModel):
    """The figures of a calendar month in UTC, or of several together."""

    model_config = with_examples(_FIGURES_EXAMPLE)

    month: MonthText | None = Field(description="The month; null for several together.")
    sessions: int = Field(description="Those that took place. A group session counts once.")
    minutes: int = Field(description="How long they were together.")
    attendees: int = Field(description="The people in them, each as often as they came.")
    mentees: int = Field(description="The different people in them; in sums, once in each month.")
    returning_mentees: int = Field(description="Those of them for whom it wasn't the first.")
    cancelled_by_mentor: int = Field(description="Confirmed sessions that the mentor cancelled.")
    cancelled_by_mentee: int = Field(description="Confirmed sessions that the mentee cancelled.")
    missed_by_mentor: int = Field(description="Sessions to which the mentor didn't come.")
    missed_by_mentee: int = Field(description="Sessions to which the mentee didn't come.")
    refunded: int = Field(description="Sessions whose dispute ended with a full refund.")
    bookings: int = Field(description="Sessions and seats that were booked in the month.")
    requests: int = Field(description="Those of them that the mentor had to answer.")
    answered: int = Field(description="Requests that were answered.")
    expired: int = Field(description="Requests that expired without an answer.")
    reviews: int = Field(description="Reviews that were written, without hidden ones.")
    stars: int = Field(description="The sum of their stars.")
    thanks: int = Field(description="How often mentees said thank you.")
    rating: float | None = Field(description="The mean of the stars; null without reviews.")

    @classmethod
    def from_domain(cls, figures: views.MonthFigures) -> MonthFigures:
        return cls(**_values_of(figures))


_GUILD_MONTH_EXAMPLE: dict[str, Any] = _FIGURES_EXAMPLE | {
    "activeMentors": 4,
    "activeMembers": 9,
    "pointsIssued": 1_000,
    "pointsWithdrawn": 0,
    "pointsHeld": 840,
    "pointsRefunded": 60,
    "pointsPaid": 720,
    "pointsFees": 0,
    "pointsGiven": 20,
}


class GuildMonth(MonthFigures):
    """The figures of a month of the server."""

    model_config = with_examples(_GUILD_MONTH_EXAMPLE)

    active_mentors: int = Field(description="Mentors who had a session.")
    active_members: int = Field(description="Members who had a session, as mentee or attendee.")
    points_issued: int = Field(description="Points from grants and starting balances.")
    points_withdrawn: int = Field(description="Points that deductions and erasures took.")
    points_held: int = Field(description="Points that were put on hold for bookings.")
    points_refunded: int = Field(description="Points that were refunded.")
    points_paid: int = Field(description="Points that mentors were paid.")
    points_fees: int = Field(description="Points that the server kept as its fee.")
    points_given: int = Field(description="Points that members gave to each other.")

    @classmethod
    def from_month(cls, month: views.GuildMonth) -> GuildMonth:
        """Return a month of a server."""
        numbers = asdict(month)
        figures = _values_of(month.figures)
        del numbers["figures"]
        active = {name: numbers.pop(name) for name in ("active_mentors", "active_members")}
        points = {f"points_{name}": number for name, number in numbers.items()}
        return cls(**figures, **active, **points)


class TimeClass(ResponseModel):
    """How many times were up to a limit, and over the one before it."""

    model_config = with_examples({"upTo": 60, "count": 9})

    up_to: int | None = Field(description="The limit; null for all longer times.")
    count: int


class HourFigures(ResponseModel):
    """An hour of the week in which mentors were open."""

    model_config = with_examples(
        {"weekday": "Monday", "time": "18:00", "offeredMinutes": 240, "bookedMinutes": 180}
    )

    weekday: Weekday
    time: str = Field(
        description="When the hour begins, in `timezone`.", pattern=r"^\d{2}:\d{2}$", max_length=5
    )
    offered_minutes: int = Field(description="Minutes of open hours on days that are over.")
    booked_minutes: int = Field(description="Those of them in which a session was booked.")


class VainSearches(ResponseModel):
    """How often people looked for a slot of the mentor and found none."""

    model_config = with_examples({"weekday": "Saturday", "partOfDay": "evening", "searches": 4})

    weekday: Weekday | None = Field(description="When they wanted one; null if they didn't say.")
    part_of_day: str | None = Field(description="As `weekday`.")
    searches: int


class ExpertiseFigures(ResponseModel):
    """What members looked for and didn't find."""

    model_config = with_examples(
        {"expertise": "rust", "searches": 12, "openRequests": 2, "mentors": 1}
    )

    expertise: str | None = Field(description="Null for all expertise that isn't named.")
    searches: int = Field(description="Searches that found no mentor.")
    open_requests: int = Field(description="Requests for help that are open now.")
    mentors: int = Field(description="Mentors who can be found for it now.")


class QuietMentor(ResponseModel):
    """An approved mentor without a session for a long time."""

    model_config = with_examples(
        {"userId": "180235712340164609", "name": "Oliver", "lastActiveAt": "2026-01-02T12:00:00Z"}
    )

    user_id: IdText
    name: str
    last_active_at: InstantText = Field(
        description="The end of their last session, or when they were approved."
    )


class Insights(ResponseModel):
    """What the figures of mentors and servers have in common."""

    range: RangeName
    timezone: str = Field(description="The zone of `hours`: the caller's, or UTC.")
    total: MonthFigures
    answer_times: list[TimeClass] = Field(
        description="Answered requests by the minutes until the answer."
    )
    hours: list[HourFigures] = Field(
        description="Open hours of the last 12 months at most, by hour of the week, without "
        "hours that were never offered."
    )
    offered_since: DateText | None = Field(
        description="The first month with open hours; null without one."
    )


_INSIGHTS_EXAMPLE: dict[str, Any] = {
    "range": "month",
    "timezone": "Europe/London",
    "total": _FIGURES_EXAMPLE | {"month": None},
    "answerTimes": [{"upTo": 60, "count": 9}, {"upTo": None, "count": 3}],
    "hours": [{"weekday": "Monday", "time": "18:00", "offeredMinutes": 240, "bookedMinutes": 180}],
    "offeredSince": "2026-01-01",
}


class MentorInsights(Insights):
    """A mentor's own figures."""

    model_config = with_examples(
        _INSIGHTS_EXAMPLE
        | {
            "months": [_FIGURES_EXAMPLE],
            "mentees": 17,
            "returningMentees": 9,
            "vainSearches": [{"weekday": "Saturday", "partOfDay": "evening", "searches": 4}],
        }
    )

    months: list[MonthFigures] = Field(description="Every month of the range, the oldest first.")
    mentees: int = Field(description="The different people of all time.")
    returning_mentees: int = Field(description="Those of them with more than one session.")
    vain_searches: list[VainSearches]

    @classmethod
    def from_domain(cls, insights: views.MentorInsights) -> MentorInsights:
        return cls(
            **_shared(insights),
            months=[MonthFigures.from_domain(month) for month in insights.months],
            mentees=insights.mentees,
            returning_mentees=insights.returning_mentees,
            vain_searches=[
                VainSearches(
                    weekday=None if row.weekday is None else WEEKDAYS[row.weekday],
                    part_of_day=row.part_of_day,
                    searches=row.count,
                )
                for row in insights.vain_searches
            ],
        )


class GuildInsights(Insights):
    """The figures of the server."""

    model_config = with_examples(
        _INSIGHTS_EXAMPLE
        | {
            "months": [_GUILD_MONTH_EXAMPLE],
            "waitingTimes": [{"upTo": 7, "count": 33}, {"upTo": None, "count": 4}],
            "pointsHeldNow": 1_240,
            "demand": [{"expertise": "rust", "searches": 12, "openRequests": 2, "mentors": 1}],
            "quietMentors": [],
        }
    )

    months: list[GuildMonth] = Field(description="Every month of the range, the oldest first.")
    waiting_times: list[TimeClass] = Field(
        description="Bookings by the days until the start, without those that were called off."
    )
    points_held_now: int = Field(description="Points that are on hold now.")
    demand: list[ExpertiseFigures] = Field(description="The greatest first; cut.")
    quiet_mentors: list[QuietMentor] = Field(
        description="Mentors without a session for a long time, the longest first; cut."
    )

    @classmethod
    def from_domain(cls, insights: views.GuildInsights) -> GuildInsights:
        return cls(
            **_shared(insights),
            months=[GuildMonth.from_month(month) for month in insights.months],
            waiting_times=_classes(insights.waits),
            points_held_now=insights.held_now,
            demand=[
                ExpertiseFigures(
                    expertise=row.tag,
                    searches=row.searches,
                    open_requests=row.requests,
                    mentors=row.mentors,
                )
                for row in insights.demand
            ],
            quiet_mentors=[
                QuietMentor(
                    user_id=str(mentor.user_id),
                    name=mentor.name,
                    last_active_at=rfc3339(mentor.last_active_at),
                )
                for mentor in insights.quiet_mentors
            ],
        )


def _values_of(figures: views.MonthFigures) -> dict[str, Any]:
    rating = None if figures.rating is None else round(figures.rating, 2)
    return asdict(figures) | {"month": _month_text(figures.month), "rating": rating}


def _month_text(month: date | None) -> str | None:
    return None if month is None else f"{month:%Y-%m}"


def _shared(insights: views.MentorInsights | views.GuildInsights) -> dict[str, Any]:
    since = insights.offered_since
    return {
        "range": insights.range.value,
        "timezone": insights.timezone,
        "total": MonthFigures.from_domain(insights.total),
        "answer_times": _classes(insights.answer_times),
        "hours": [
            HourFigures(
                weekday=WEEKDAYS[hour // 24],
                time=f"{hour % 24:02}:00",
                offered_minutes=offered,
                booked_minutes=used,
            )
            for hour in range(7 * 24)
            if (offered := sum(insights.heat_map.offered[2 * hour : 2 * hour + 2]))
            + (used := sum(insights.heat_map.used[2 * hour : 2 * hour + 2]))
        ],
        "offered_since": None if since is None else since.isoformat(),
    }


def _classes(times: views.Distribution) -> list[TimeClass]:
    limits = (*times.limits, None)
    return [
        TimeClass(up_to=limit, count=count)
        for limit, count in zip(limits, times.counts, strict=True)
    ]
