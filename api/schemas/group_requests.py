"""Requests about group sessions: what mentors and members send."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from api.schemas.base import (
    Id,
    Instant,
    MeetingLink,
    QueryInstant,
    RequestModel,
    Text,
    Timezone,
    documented_limits,
    with_examples,
)
from api.schemas.pagination import MAX_PAGE_SIZE, PageQuery
from api.schemas.sessions.booking import StartTimeFields
from mentorship.mentors.profile_rules import MAX_DURATION, MIN_DURATION
from mentorship.sessions.groups.creation import (
    CAPACITIES,
    LONGEST_DESCRIPTION,
    MAX_JOIN_ROLES,
    MAX_REPEATS,
    TITLE_LENGTHS,
    GroupRequest,
)
from mentorship.sessions.groups.group_changes import GroupEdit
from mentorship.sessions.transitions import LONGEST_REASON

GroupStatusName = Literal["confirmed", "in-progress", "completed", "cancelled"]
Place = Literal["link", "thread", "voice", "stage", "jitsi", "zoom", "daily"]

_Points = Annotated[int, Field(ge=0, lt=2**53)]
_Seats = Annotated[int, Field(ge=0, lt=2**31)]
_Reason = Annotated[Text, Field(max_length=LONGEST_REASON)]
_Title = Annotated[
    Text,
    Field(max_length=TITLE_LENGTHS[1] * 4),
    documented_limits(minLength=TITLE_LENGTHS[0], maxLength=TITLE_LENGTHS[1]),
]
_Description = Annotated[Text, Field(max_length=LONGEST_DESCRIPTION * 2)]
_Minutes = Annotated[
    int,
    Field(ge=1, le=1_440),
    documented_limits(minimum=MIN_DURATION, maximum=MAX_DURATION),
]

_CAPACITY = f"The number of seats, {CAPACITIES[0]} to {CAPACITIES[1]}; 0 for no limit."
MINIMUM_SEATS = (
    "With fewer seats taken by `minimumDeadline`, the session is cancelled and everyone refunded. "
    "0 for no minimum."
)
_REVISION = (
    "The `revision` that the member saw. If the session has changed since, nothing is done: "
    "`terms-changed`."
)


class GroupQuery(PageQuery):
    """Which group sessions of the server to return, and which page of them."""

    mentor_id: Id | None = Field(None, description="Only those of this mentor.")
    status: Annotated[list[GroupStatusName], Field(max_length=4)] = Field(
        [],
        description="Only group sessions with this status. Can be repeated. By default those that "
        "haven't started: `confirmed`.",
    )
    since: QueryInstant | None = Field(
        None, alias="from", description="Only group sessions that end after this instant."
    )
    until: QueryInstant | None = Field(
        None, alias="to", description="Only group sessions that start before this instant."
    )
    order: Literal["soonest", "latest"] = Field(
        "soonest", description="The earliest or the latest start first."
    )
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE_SIZE)] = Field(
        20, description="The number of group sessions on a page."
    )


class Repeat(RequestModel):
    """How a group session repeats, at the same time on its mentor's clock."""

    every_weeks: Literal[1, 2]
    left: Annotated[int, Field(ge=1, le=MAX_REPEATS)] | None = Field(
        None, description="How many sessions follow this one; null for as many as come."
    )


_REQUEST_EXAMPLE: dict[str, Any] = {
    "title": "Office hours",
    "description": "Bring a question about your code.",
    "scheduledAt": "2026-03-05T18:00:00Z",
    "duration": 60,
    "capacity": 12,
    "price": 20,
}


class GroupSessionRequest(StartTimeFields):
    """A new group session. Its start is `scheduledAt`, or `date` and `startTime` in `timezone`."""

    model_config = with_examples(
        _REQUEST_EXAMPLE,
        {
            "title": "Mock interviews",
            "date": "2026-03-05",
            "startTime": "18:00",
            "timezone": "Europe/London",
            "duration": 90,
            "capacity": 6,
            "price": 0,
            "minimumSeats": 3,
            "place": "voice",
            "repeat": {"everyWeeks": 2, "left": 5},
        },
    )

    title: _Title = Field(description=f"{TITLE_LENGTHS[0]} to {TITLE_LENGTHS[1]} characters.")
    description: _Description = Field(
        "", description=f"At most {LONGEST_DESCRIPTION:,} characters."
    )
    timezone: Timezone | None = Field(
        None, description="The time zone in which `date` and `startTime` are."
    )
    duration: _Minutes = Field(description="Minutes.")
    capacity: _Seats = Field(description=_CAPACITY)
    price: _Points = Field(description="Points a seat.")
    minimum_seats: _Seats = Field(0, description=MINIMUM_SEATS)
    minimum_deadline: Instant | None = Field(
        None,
        description="With `minimumSeats`. By default a day before the start, or after half of the "
        "time that is left.",
    )
    join_role_ids: Annotated[list[Id], Field(max_length=MAX_JOIN_ROLES * 10)] = Field(
        [],
        description=f"Up to {MAX_JOIN_ROLES} Discord roles; only members with one of them can "
        "join. Empty: everyone can.",
    )
    place: Place = Field(
        "link",
        description="Where it takes place: at `meetingLink`, or in a thread, a voice channel or a "
        "stage channel that the bot creates in Discord.",
    )
    meeting_link: MeetingLink | None = Field(None)
    repeat: Repeat | None = Field(None)
    channel_id: Id | None = Field(
        None,
        description="The Discord channel in which it is announced; the server's by default.",
    )
    discord_event: bool = Field(
        False, description="Whether to create a scheduled event in Discord, too."
    )

    def to_domain(self) -> GroupRequest:
        """Return the request. Raises `Problem` (422) as `resolve_start` does."""
        return GroupRequest(
            title=self.title,
            starts_at=self.resolve_start(self.timezone, self.duration),
            minutes=self.duration,
            capacity=self.capacity,
            price=self.price,
            description=self.description,
            minimum_seats=self.minimum_seats,
            minimum_deadline=self.minimum_deadline,
            join_role_ids=self.join_role_ids,
            place=self.place,
            meeting_link=self.meeting_link,
            repeat_weeks=0 if self.repeat is None else self.repeat.every_weeks,
            repeat_left=None if self.repeat is None else self.repeat.left,
            channel_id=self.channel_id,
            wants_event=self.discord_event,
        )


class GroupEditRequest(RequestModel):
    """Changes of a group session. What is left out, or null, stays as it is."""

    model_config = with_examples({"capacity": 20, "revision": 0})

    title: _Title | None = Field(None)
    description: _Description | None = Field(None)
    capacity: _Seats | None = Field(
        None, description=f"{_CAPACITY} Not less than the seats that are taken."
    )
    price: _Points | None = Field(
        None, description="Points a seat. Seats that are taken keep their price."
    )
    minimum_seats: _Seats | None = Field(None, description=MINIMUM_SEATS)
    meeting_link: MeetingLink | None = Field(
        None, description="Where it takes place: an `https` address. Empty: none."
    )
    place: Place | None = Field(
        None,
        description="Where it takes place. A room that was created for another place is deleted; "
        "attendees are told shortly before the start.",
    )
    join_role_ids: Annotated[list[Id], Field(max_length=MAX_JOIN_ROLES * 10)] | None = Field(
        None,
        description=f"Up to {MAX_JOIN_ROLES} Discord roles; only members with one of them can join "
        "from now on. Empty: everyone can.",
    )
    minimum_deadline: Instant | None = Field(
        None,
        description="Until when `minimumSeats` have to be taken. With `following`, as long before "
        "the start of each.",
    )
    channel_id: Id | None = Field(
        None,
        description="The Discord channel in which it is announced. The announcement in the channel "
        "before is deleted.",
    )
    revision: _Seats | None = Field(None, description=_REVISION)
    following: bool = Field(
        False, description="Whether to change all sessions that follow in a repetition, too."
    )

    def to_domain(self) -> GroupEdit:
        """Return the changes."""
        return GroupEdit(
            self.title,
            self.description,
            self.capacity,
            self.price,
            self.minimum_seats,
            self.meeting_link,
            self.place,
            self.join_role_ids,
            self.minimum_deadline,
            self.channel_id,
        )


class GroupScheduleRequest(StartTimeFields):
    """A new start, as `scheduledAt` or as `date` and `startTime` in `timezone`."""

    model_config = with_examples(
        {"scheduledAt": "2026-03-06T18:00:00Z", "revision": 0, "expectedSeats": 3}
    )

    timezone: Timezone | None = Field(
        None, description="The time zone in which `date` and `startTime` are."
    )
    duration: _Minutes | None = Field(None, description="Minutes; the same by default.")
    revision: _Seats | None = Field(None, description=_REVISION)
    expected_seats: _Seats | None = Field(
        None,
        description="The number of seats whose attendees the mentor saw would be asked again. If "
        "it is another one by now, nothing is moved: `terms-changed`.",
    )


class SignUpRequest(RequestModel):
    """Whether members can join."""

    model_config = with_examples({"open": False})

    open: bool


class GroupCancellationRequest(RequestModel):
    """The reason for a cancellation, and what the caller saw of its consequences."""

    reason: _Reason | None = Field(None, description="Everyone with a seat sees it.")
    expected_seats: _Seats | None = Field(
        None,
        description="`seatsTaken` as the caller saw it; with `following`, that of `following`. If "
        "it has changed, nothing is cancelled: `terms-changed`.",
    )
    following: bool = Field(
        False, description="Whether to cancel all sessions that follow in a repetition, too."
    )


class JoinRequest(RequestModel):
    """What a member who wants a seat has agreed to."""

    model_config = with_examples({"expectedPrice": 20, "revision": 0})

    expected_price: _Points | None = Field(
        None,
        description="The `price` in points that the member saw. If it has changed, nothing is "
        "done: `price-changed`.",
    )
    revision: _Seats | None = Field(None, description=_REVISION)


class SeatRequest(RequestModel):
    """The caller keeps their seat after the mentor has moved the group session."""

    model_config = with_examples({"status": "confirmed", "startsAt": "2026-03-06T18:00:00Z"})

    status: Literal["confirmed"]
    starts_at: Instant | None = Field(
        None,
        description="The new start that the member saw. If it has changed, nothing is done: "
        "`terms-changed`.",
    )


class LeaveRequest(RequestModel):
    """What the caller saw before they gave a seat up."""

    expected_refund: _Points | None = Field(
        None,
        description="The refund in points that the caller saw. If it has changed, nothing is done: "
        "`terms-changed`.",
    )


class SeatCancellationRequest(LeaveRequest):
    """What the mentor saw before they took a seat away, and why they did."""

    reason: _Reason | None = Field(None, description="The attendee sees it.")


class AttendanceRequest(RequestModel):
    """Who didn't come."""

    model_config = with_examples({"noShows": ["180235712340164609"]})

    no_shows: Annotated[list[Id], Field(min_length=1, max_length=100)] = Field(
        description="The Discord ids of attendees."
    )
