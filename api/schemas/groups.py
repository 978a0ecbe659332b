"""Group sessions and their attendees, as members, mentors and moderators see them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import Field

from api.http import languages
from api.schemas.base import (
    IdText,
    InstantText,
    NextCursor,
    PreviousCursor,
    ResponseModel,
    optional_id,
    optional_rfc3339,
    rfc3339,
    with_examples,
)
from api.schemas.group_requests import MINIMUM_SEATS, GroupStatusName, Place
from api.schemas.sessions.sessions import (
    SESSION_EXAMPLE,
    STATUS_NAMES,
    MentorshipSession,
    PointsMoved,
    SessionStatusName,
)
from mentorship.actors import Actor
from mentorship.points import pricing
from mentorship.sessions.groups.creation import (
    GroupPreview,
)
from mentorship.sessions.groups.group_details import GroupDetails
from mentorship.sessions.groups.group_views import Attendee, GroupView, OwnPlace
from mentorship.sessions.lifecycle import Action, Party
from mentorship.statuses import UPCOMING, SessionStatus
from wording import times
from wording.sessions import end_reason

_ACTION_NAMES = {
    Action.EDIT: "edit",
    Action.MOVE: "move",
    Action.CLOSE_SIGN_UP: "close-sign-up",
    Action.OPEN_SIGN_UP: "open-sign-up",
    Action.CANCEL: "cancel",
}


class OwnSeat(ResponseModel):
    """The caller's seat."""

    session_id: IdText = Field(description="`GET /session/{id}` has its price and terms.")
    status: SessionStatusName = Field(
        description="`scheduled` after the session was moved, until the caller keeps the seat."
    )


class RepeatResponse(ResponseModel):
    """How a group session repeats, at the same time on its mentor's clock."""

    every_weeks: int
    left: int | None = Field(description="How many sessions follow; null for as many as come.")


GROUP_EXAMPLE: dict[str, Any] = {
    "id": "7",
    "mentorId": "226871203982016513",
    "mentorName": "Oliver Hughes",
    "title": "Office hours",
    "description": "Bring a question about your code.",
    "scheduledAt": "2026-03-05T18:00:00Z",
    "endsAt": "2026-03-05T19:00:00Z",
    "duration": 60,
    "timezone": "Europe/London",
    "local": "Thu 5 Mar 2026, 18:00–19:00 GMT (UTC+0)",
    "status": "confirmed",
    "lateMinutes": None,
    "signUpOpen": True,
    "capacity": 12,
    "seatsTaken": 3,
    "seatsLeft": 9,
    "waiting": 0,
    "price": 20,
    "payout": 20,
    "freeCancellationUntil": "2026-03-04T18:00:00Z",
    "lateRefundPercent": 0,
    "minimumSeats": 0,
    "minimumDeadline": None,
    "joinRoleIds": [],
    "place": "link",
    "meetingLink": None,
    "repeat": None,
    "repeatOf": None,
    "channelId": "1180235712340164609",
    "messageId": "1180235712340164777",
    "eventId": None,
    "endedBy": None,
    "reason": None,
    "revision": 0,
    "createdAt": "2026-03-02T12:00:00Z",
    "mySeat": None,
    "myPlaceInLine": None,
    "actions": ["join"],
    "points": None,
}


class GroupSession(ResponseModel):
    """A group session, as a member of the server sees it."""

    model_config = with_examples(GROUP_EXAMPLE)

    id: IdText
    mentor_id: IdText
    mentor_name: str
    title: str
    description: str
    scheduled_at: InstantText = Field(description="The start.")
    ends_at: InstantText
    duration: int = Field(description="Minutes.")
    timezone: str = Field(description="The mentor's time zone.")
    local: str = Field(description="Start and end in `timezone`, as text for people.")
    status: GroupStatusName
    late_minutes: int | None = Field(
        description="How many minutes late the mentor says they will be."
    )
    sign_up_open: bool = Field(description="Whether the mentor lets members join.")
    capacity: int = Field(description="The number of seats; 0 for no limit.")
    seats_taken: int
    seats_left: int | None = Field(description="Null without a limit.")
    waiting: int = Field(description="How many members are on the waitlist.")
    price: int = Field(description="Points for a seat that is taken now.")
    payout: int = Field(
        description="What the mentor gets for a seat in points: the price less the server's fee."
    )
    free_cancellation_until: InstantText = Field(
        description="Until when a member who takes a seat now could leave with a full refund."
    )
    late_refund_percent: int = Field(
        description="The percentage of the price that is refunded after that."
    )
    minimum_seats: int = Field(description=MINIMUM_SEATS)
    minimum_deadline: InstantText | None
    join_role_ids: list[IdText] = Field(
        description="Only members with one of these Discord roles can join; empty: everyone can."
    )
    place: Place
    meeting_link: str | None = Field(
        description="Where they meet: the link, or if `place` is a room in Discord, that room. It "
        "opens 15 minutes before the start; until then it's null for attendees, and the mentor's "
        "own link for the mentor. Null for others, and once it is over."
    )
    repeat: RepeatResponse | None
    repeat_of: IdText | None = Field(description="The first session of those that repeat.")
    channel_id: IdText | None = Field(description="The Discord channel of the announcement.")
    message_id: IdText | None = Field(description="The announcement, once it was posted.")
    event_id: IdText | None = Field(description="Discord's scheduled event.")
    ended_by: IdText | None = Field(
        description="The Discord id of the person who cancelled the session, if one did. Members "
        "aren't told which moderator did."
    )
    reason: str | None = Field(description="Why it was cancelled.")
    revision: int = Field(description="Rises when what members agree to by joining changes.")
    created_at: InstantText
    my_seat: OwnSeat | None = Field(description="The caller's seat.")
    my_place_in_line: int | None = Field(description="The caller's place on the waitlist, from 1.")
    actions: list[str] = Field(description="What the caller can do with the session now.")
    points: PointsMoved | None = Field(
        None, description="The points that this request moved; null if it can't move any."
    )

    @classmethod
    def from_domain(
        cls,
        group: GroupView,
        place: OwnPlace,
        viewer: Actor,
        now: datetime,
        points: PointsMoved | None = None,
    ) -> GroupSession:
        """Create it for `viewer`, who stands with the group session as `place` says."""
        return cls(**_fields(group, place, viewer, now), points=points)


class GroupAttendee(ResponseModel):
    """Somebody with a seat."""

    user_id: IdText
    name: str
    session_id: IdText | None = Field(
        description="The seat, for `GET /session/{id}`. For the mentor and moderators only."
    )
    status: SessionStatusName | None = Field(
        description="The seat's status. For the mentor and moderators only."
    )

    @classmethod
    def from_domain(cls, attendee: Attendee, *, runs_it: bool) -> GroupAttendee:
        """Create it, with everything for those who run the group session."""
        return cls(
            user_id=str(attendee.user_id),
            name=attendee.name,
            session_id=str(attendee.session_id) if runs_it else None,
            status=STATUS_NAMES[attendee.status] if runs_it else None,
        )


class AttendeePage(ResponseModel):
    """A page of those who have a seat, in the order in which they joined."""

    model_config = with_examples(
        {
            "attendees": [
                {
                    "userId": "180235712340164609",
                    "name": "Maya Torres",
                    "sessionId": "42",
                    "status": "confirmed",
                }
            ],
            "nextCursor": None,
            "previousCursor": None,
        }
    )

    attendees: list[GroupAttendee]
    next_cursor: NextCursor
    previous_cursor: PreviousCursor


class FollowingGroups(ResponseModel):
    """A group session and those that follow in a repetition, taken together."""

    sessions: int
    seats_taken: int
    refund_if_cancelled: int = Field(
        description="The points that would be refunded if all of them were cancelled now."
    )


class GroupSessionDetails(GroupSession):
    """A group session with its attendees."""

    model_config = with_examples(
        GROUP_EXAMPLE
        | {
            "attendees": [
                {
                    "userId": "180235712340164609",
                    "name": "Maya Torres",
                    "sessionId": None,
                    "status": None,
                }
            ],
            "refundIfCancelled": None,
            "following": None,
        }
    )

    attendees: list[GroupAttendee] | None = Field(
        description="The first 100 members with a seat, in the order in which they joined. Null if "
        "the server doesn't show them to members."
    )
    refund_if_cancelled: int | None = Field(
        description="For those who can cancel the session now: the points that would be refunded "
        "in all."
    )

    following: FollowingGroups | None = Field(
        description="For the mentor and moderators of a session that repeats: this session and all "
        "that follow."
    )

    @classmethod
    def of_details(
        cls,
        details: GroupDetails,
        refund: int,
        following: FollowingGroups | None,
        viewer: Actor,
        now: datetime,
        *,
        can_report: bool = False,
    ) -> GroupSessionDetails:
        """Create it for `viewer`. `refund` is what cancelling would refund, in points.

        `can_report` tells whether the mentor can report no-shows.
        """
        runs_it = details.is_mentor or details.moderates
        attendees = None
        if runs_it or details.guild.show_attendees:
            attendees = [
                GroupAttendee.from_domain(attendee, runs_it=runs_it)
                for attendee in details.attendees
            ]
        fields = _fields(details.group, details.own, viewer, now)
        moderator_actions = details.group.actions(Party.MODERATOR, now)
        if details.moderates and not details.is_mentor:
            fields["actions"] += [_ACTION_NAMES[action] for action in moderator_actions]
        if can_report and details.is_mentor:
            fields["actions"].append("no-show")
        if details.moderates:
            fields["ended_by"] = optional_id(details.group.ended_by)
        can_cancel = "cancel" in fields["actions"]
        return cls(
            **fields,
            attendees=attendees,
            refund_if_cancelled=refund if can_cancel else None,
            following=following if runs_it else None,
        )


class GroupPage(ResponseModel):
    """A page of group sessions."""

    model_config = with_examples(
        {"groups": [GROUP_EXAMPLE], "nextCursor": None, "previousCursor": None}
    )

    groups: list[GroupSession]
    next_cursor: NextCursor
    previous_cursor: PreviousCursor

    @classmethod
    def from_domain(
        cls,
        groups: Sequence[GroupView],
        places: Mapping[int, OwnPlace],
        viewer: Actor,
        now: datetime,
        cursors: tuple[str | None, str | None],
    ) -> GroupPage:
        """Create a page with the cursors of the next and the previous one."""
        return cls(
            groups=[
                GroupSession.from_domain(group, places[group.id], viewer, now) for group in groups
            ],
            next_cursor=cursors[0],
            previous_cursor=cursors[1],
        )


class SeatList(ResponseModel):
    """Seats of a group session, as its mentor sees them."""

    model_config = with_examples(
        {"sessions": [SESSION_EXAMPLE | {"kind": "group", "groupId": "7"}]}
    )

    sessions: list[MentorshipSession]


class GroupPreviewResponse(ResponseModel):
    """A group session that isn't created yet, with what was left to the settings filled in."""

    model_config = with_examples(
        {
            "title": "Office hours",
            "description": "Bring a question about your code.",
            "scheduledAt": "2026-03-05T18:00:00Z",
            "endsAt": "2026-03-05T19:00:00Z",
            "duration": 60,
            "timezone": "Europe/London",
            "local": "Thu 5 Mar 2026, 18:00–19:00 GMT (UTC+0)",
            "capacity": 12,
            "price": 20,
            "payout": 20,
            "freeCancellationUntil": "2026-03-04T18:00:00Z",
            "lateRefundPercent": 0,
            "minimumSeats": 0,
            "minimumDeadline": None,
            "joinRoleIds": [],
            "place": "link",
            "meetingLink": None,
            "repeat": None,
            "channelId": None,
            "hasAppointment": False,
        }
    )

    title: str
    description: str
    scheduled_at: InstantText
    ends_at: InstantText
    duration: int
    timezone: str
    local: str
    capacity: int
    price: int
    payout: int
    free_cancellation_until: InstantText
    late_refund_percent: int
    minimum_seats: int
    minimum_deadline: InstantText | None
    join_role_ids: list[IdText]
    place: Place
    meeting_link: str | None
    repeat: RepeatResponse | None
    channel_id: IdText | None = Field(
        description="Where it will be announced; null: nowhere, as the server has no such channel."
    )
    has_appointment: bool = Field(
        description="Whether one of the mentor's own calendars says that they're busy then. It can "
        "be created all the same."
    )

    @classmethod
    def from_domain(cls, preview: GroupPreview, now: datetime) -> GroupPreviewResponse:
        """Create it."""
        request, guild = preview.request, preview.guild
        span = request.span
        free_until = pricing.free_cancellation_end(
            span.start,
            guild.free_cancellation_until,
            agreed_at=now,
            grace=guild.cancellation_grace,
        )
        return cls(
            title=request.title,
            description=request.description,
            scheduled_at=rfc3339(span.start),
            ends_at=rfc3339(span.end),
            duration=request.minutes,
            timezone=preview.zone,
            local=times.describe(span.start, preview.zone, languages.reader(), end=span.end),
            capacity=request.capacity,
            price=request.price,
            payout=preview.payout,
            free_cancellation_until=rfc3339(free_until),
            late_refund_percent=guild.late_refund_percent,
            minimum_seats=request.minimum_seats,
            minimum_deadline=optional_rfc3339(request.minimum_deadline),
            join_role_ids=[str(role_id) for role_id in request.join_role_ids],
            place=request.place,
            meeting_link=request.meeting_link,
            repeat=_repeat(request.repeat_weeks, request.repeat_left),
            channel_id=optional_id(request.channel_id),
            has_appointment=preview.has_appointment,
        )


def _fields(group: GroupView, place: OwnPlace, viewer: Actor, now: datetime) -> dict[str, Any]:
    """Return the values of `GroupSession`."""
    free_until = pricing.free_cancellation_end(
        group.starts_at,
        group.free_cancellation_until,
        agreed_at=now,
        grace=group.cancellation_grace,
    )
    return {
        "id": str(group.id),
        "mentor_id": str(group.mentor.user_id),
        "mentor_name": group.mentor.name,
        "title": group.title,
        "description": group.description,
        "scheduled_at": rfc3339(group.starts_at),
        "ends_at": rfc3339(group.ends_at),
        "duration": group.minutes,
        "timezone": group.timezone,
        "local": times.describe(
            group.starts_at, group.timezone, languages.reader(), end=group.ends_at
        ),
        "status": STATUS_NAMES[group.status],
        "late_minutes": group.late_minutes,
        "sign_up_open": group.sign_up_open,
        "capacity": group.capacity,
        "seats_taken": group.seats_taken,
        "seats_left": group.seats_left,
        "waiting": group.waiting,
        "price": group.price,
        "payout": pricing.payout(group.price, group.fee_percent),
        "free_cancellation_until": rfc3339(free_until),
        "late_refund_percent": group.late_refund_percent,
        "minimum_seats": group.minimum_seats,
        "minimum_deadline": optional_rfc3339(group.minimum_deadline),
        "join_role_ids": [str(role_id) for role_id in group.join_role_ids],
        "place": group.place,
        "meeting_link": group.link_for(viewer.user_id, place, now),
        "repeat": _repeat(group.repeat_weeks, group.repeat_left),
        "repeat_of": optional_id(group.repeat_of),
        "channel_id": optional_id(group.channel_id),
        "message_id": optional_id(group.message_id),
        "event_id": optional_id(group.event_id),
        "ended_by": optional_id(_ended_by(group, viewer)),
        "reason": group.ended_reason and end_reason(group.ended_reason, languages.reader()),
        "revision": group.revision,
        "created_at": rfc3339(group.created_at),
        "my_seat": None
        if place.session_id is None or place.seat_status is None
        else OwnSeat(session_id=str(place.session_id), status=STATUS_NAMES[place.seat_status]),
        "my_place_in_line": place.place_in_line,
        "actions": _actions(group, place, viewer, now),
    }


def _ended_by(group: GroupView, viewer: Actor) -> int | None:
    """Return who cancelled the session. Which moderator did is for the main app only."""
    if group.ended_by in (group.mentor.user_id, viewer.user_id) or viewer.is_main_app:
        return group.ended_by
    return None


def _repeat(weeks: int, left: int | None) -> RepeatResponse | None:
    return RepeatResponse(every_weeks=weeks, left=left) if weeks else None


def _actions(group: GroupView, place: OwnPlace, viewer: Actor, now: datetime) -> list[str]:
    """Return what the viewer can do with the group session, by its name in JSON."""
    if viewer.user_id == group.mentor.user_id:
        return [_ACTION_NAMES[action] for action in group.actions(Party.MENTOR, now)]
    if now >= group.starts_at or group.status is not SessionStatus.CONFIRMED:
        return []
    if place.seat_status is not None:
        keep = ["keep-seat"] if place.seat_status is SessionStatus.SCHEDULED else []
        return [*keep, *(["leave"] if place.seat_status in UPCOMING else [])]
    if place.place_in_line is not None:
        return ["leave-waitlist"]
    if not group.sign_up_open:
        return []
    return ["join-waitlist"] if group.is_full else ["join"]
