"""Booking and rescheduling: requests that name the start of a session."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.problems import invalid_value
from api.schemas.base import (
    ClockTime,
    Date,
    EndClockTime,
    Id,
    Instant,
    RequestModel,
    Text,
    Timezone,
    documented_limits,
    minutes_after_midnight,
    with_examples,
)
from api.schemas.questions import AnswerList
from api.wall_clock import resolve_wall_time
from mentorship.mentors.profile_rules import MAX_DURATION, MIN_DURATION
from mentorship.sessions import booking
from mentorship.sessions.booking import LONGEST_TOPIC
from mentorship.sessions.session_views import SeenTimes
from wording.translation import npgettext, pgettext

_MINUTES_A_DAY = 24 * 60


class StartTimeFields(RequestModel):
    """The start of a session: either `scheduledAt`, or `date` and `startTime` in a time zone."""

    scheduled_at: Instant | None = Field(None, description="The start as an instant.")
    date: Date | None = Field(None, description="The date of the start in `timezone`.")
    start_time: ClockTime | None = Field(None, description="The time of the start in `timezone`.")
    end_time: EndClockTime | None = Field(
        None, description="The time of the end in `timezone`. Optional: `duration` says it too."
    )

    def resolve_start(self, timezone: str | None, minutes: int | None) -> datetime:
        """Return the start as an instant.

        `minutes` is the duration, with which `endTime` has to agree; None if there is none. Raises
        `Problem` (422) if fields are missing or contradict each other, or if a clock change skips
        or repeats the start.
        """
        if self.scheduled_at is not None:
            if self.date or self.start_time or self.end_time:
                raise invalid_value(
                    "/scheduledAt",
                    pgettext(
                        "a field of a request", "must not be sent together with date and startTime"
                    ),
                )
            return self.scheduled_at
        if self.date is None or self.start_time is None:
            missing = "/date" if self.start_time else "/startTime" if self.date else "/scheduledAt"
            raise invalid_value(
                missing,
                pgettext(
                    "a field of a request", "is missing: send scheduledAt, or date and startTime"
                ),
            )
        if timezone is None:
            raise invalid_value(
                "/timezone",
                pgettext("a field of a request", "is missing: date and startTime need it"),
            )
        start = resolve_wall_time(self.date, self.start_time, timezone)
        if self.end_time is not None and minutes is not None:
            length = minutes_after_midnight(self.end_time) - minutes_after_midnight(self.start_time)
            if length % _MINUTES_A_DAY != minutes % _MINUTES_A_DAY:
                raise invalid_value(
                    "/endTime",
                    npgettext(
                        "a field of a request",
                        "must be {count} minute (duration) after startTime",
                        "must be {count} minutes (duration) after startTime",
                        minutes,
                    ),
                )
        return start


class BookingRequest(StartTimeFields):
    """A booking of a session with a mentor. Its start is `scheduledAt`, or `date` and `startTime`
    in `timezone`."""

    model_config = with_examples(
        {
            "mentorId": "226871203982016513",
            "duration": 60,
            "timezone": "America/New_York",
            "scheduledAt": "2026-03-02T18:00:00Z",
            "notes": "My first pull request",
            "answers": [{"questionId": "7", "revision": 1, "answer": "Reviews of my own code"}],
        },
        {
            "mentorId": "226871203982016513",
            "duration": 60,
            "timezone": "America/New_York",
            "date": "2026-03-02",
            "startTime": "13:00",
            "endTime": "14:00",
            "notes": "My first pull request",
        },
    )

    mentor_id: Id
    duration: Annotated[
        int,
        Field(ge=1, le=1_440, description="Minutes; one of the mentor's session lengths."),
        documented_limits(minimum=MIN_DURATION, maximum=MAX_DURATION),
    ]
    timezone: Timezone | None = Field(
        None,
        description="The mentee's time zone, in which `date` and `startTime` are. It is "
        "the session's `timezone`, and becomes the member's own if they have not chosen one yet.",
    )
    notes: Annotated[Text, Field(max_length=LONGEST_TOPIC)] | None = Field(
        None, description="What the session is about. The mentor sees it."
    )
    expected_price: Annotated[int, Field(ge=0, lt=2**53)] | None = Field(
        None,
        description="The price in points that the member has seen. If the price is another one by "
        "now, nothing is booked.",
    )
    answers: AnswerList = Field([])

    def to_domain(self) -> booking.BookingRequest:
        """Return what to book. Raises `Problem` (422) as `resolve_start` does."""
        return booking.BookingRequest(
            mentor_id=self.mentor_id,
            starts_at=self.resolve_start(self.timezone, self.duration),
            minutes=self.duration,
            topic=self.notes or "",
            price_shown=self.expected_price,
            timezone=self.timezone,
            answers=tuple(answer.to_domain() for answer in self.answers),
        )


class SessionScheduleRequest(StartTimeFields):
    """A new time that one participant proposes, or an answer to a proposal."""

    model_config = with_examples(
        {"action": "propose", "scheduledAt": "2026-03-03T18:00:00Z"},
        {
            "action": "propose",
            "date": "2026-03-03",
            "startTime": "13:00",
            "timezone": "America/New_York",
        },
        {"action": "accept", "startsAt": "2026-03-03T18:00:00Z"},
    )

    action: Literal["propose", "accept", "decline", "withdraw"] = Field(
        "propose",
        description="`propose` a new start; `accept` or `decline` the other participant's; "
        "`withdraw` your own. The session keeps its time until a proposal is accepted.",
    )
    starts_at: Instant | None = Field(
        None,
        description="With an answer: the proposed start that the member saw. If the proposal has "
        "changed, nothing is done.",
    )
    replaces: Instant | None = Field(
        None,
        description="With `propose`: the start that the other participant has proposed, which this "
        "declines. Without it, nothing can be proposed while theirs is open.",
    )
    timezone: Timezone | None = Field(
        None, description="The time zone in which `date` and `startTime` are."
    )

    def proposed_start(self) -> datetime:
        """Return the proposed start.

        Raises `Problem` (422) as `resolve_start` does, and for a field of an answer.
        """
        if self.starts_at is not None:
            raise invalid_value(
                "/startsAt",
                pgettext("a field of a request", "can't be sent with propose; see replaces"),
            )
        return self.resolve_start(self.timezone, None)

    def declined_proposal(self) -> SeenTimes | None:
        """Return the proposal that this one declines, None if it is not to decline any."""
        return None if self.replaces is None else SeenTimes(proposed_starts_at=self.replaces)

    def answered_proposal(self) -> SeenTimes | None:
        """Return the proposal that the member saw, None if the client doesn't say.

        Raises `Problem` (422) if an answer to a proposal comes with a start of its own.
        """
        if self.scheduled_at or self.date or self.start_time or self.end_time or self.replaces:
            raise invalid_value(
                "/action",
                pgettext(
                    "a field of a request",
                    "{value} can't be sent together with a start",
                    value=self.action,
                ),
            )
        return None if self.starts_at is None else SeenTimes(proposed_starts_at=self.starts_at)
