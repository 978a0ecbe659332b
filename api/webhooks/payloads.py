"""Events in JSON: the body of a webhook, and the items of `GET /events`.

Each type of event belongs to one of a few models. `EVENTS` names the model and says in a sentence
when the event happens.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from api.schemas.applications import Application
from api.schemas.base import IdText, InstantText, ResponseModel, with_examples
from api.schemas.groups import GROUP_EXAMPLE, GroupSession
from api.schemas.mentors import MentorProfile
from api.schemas.offers.help_requests import HelpRequest
from api.schemas.offers.invitations import Invitation
from api.schemas.reviews import Review
from api.schemas.sessions.sessions import SESSION_EXAMPLE, MentorshipSession
from api.webhooks.event_descriptions import DESCRIPTIONS
from mentorship.event_types import EventType

TEST_TYPE = "webhook.test"
"""The type of a test delivery. It is no event: nothing has happened."""


class EventData(ResponseModel):
    """What every event says."""

    guild_id: IdText = Field(description="The Discord server.")
    actor_id: IdText | None = Field(
        description="The Discord id of the member who did it. Null for decisions of moderators, "
        "for what happens by itself, and after that person's data was erased."
    )
    member_id: IdText | None = Field(
        description="The Discord id of the member to whom it was done, if that is somebody else."
    )


class SessionEventData(EventData):
    """A session or seat, as it is when the event is sent."""

    session_id: IdText | None
    group_id: IdText | None = Field(description="The group session, for a seat.")
    series_id: IdText | None = Field(description="The series in which it was booked.")
    session: MentorshipSession | None = Field(
        description="The session without what only its participants see: no link and no actions. "
        "Null if it can't be loaded."
    )


class ReviewEventData(SessionEventData):
    """A review, with its session."""

    review: Review | None = Field(description="Null while moderators hide it.")


class GroupEventData(EventData):
    """A group session, as it is when the event is sent."""

    group_id: IdText | None
    group: GroupSession | None = Field(
        description="The group session without what only its attendees see. Null if it can't be "
        "loaded."
    )


class InvitationEventData(EventData):
    """An invitation, as it is when the event is sent."""

    invitation_id: IdText | None
    session_id: IdText | None = Field(description="The session, once it was accepted.")
    invitation: Invitation | None = Field(
        description="Its `role` is the mentor's. Null if it can't be loaded."
    )


class HelpRequestEventData(EventData):
    """A request for help, as it is when the event is sent."""

    help_request_id: IdText | None
    help_request: HelpRequest | None = Field(description="Null if it can't be loaded.")


class ApplicationEventData(EventData):
    """An application or a mentor's change of their profile, as it is when the event is sent."""

    application_id: IdText | None
    application: Application | None = Field(
        description="Without the moderator's id. Null if it can't be loaded."
    )


class MentorEventData(EventData):
    """A mentor, as they are when the event is sent."""

    mentor_id: IdText | None
    mentor: MentorProfile | None = Field(description="Null if the profile can't be loaded.")


class PointsEventData(EventData):
    """Points that members got, gave or lost outside of sessions."""

    amount: int | None = Field(description="The points, never negative.")
    transfer_id: IdText | None = Field(description="The transfer, if points were moved.")
    grant_request_id: IdText | None = Field(
        description="The grant that waits for a second moderator, or waited."
    )


class MemberEventData(EventData):
    """A member's own data."""

    timezone: str | None = Field(description="With `member.timezone_changed`: the new time zone.")
    rank: int | None = Field(description="With `member.rank_changed`: the new rank.")


class MentorshipEventData(EventData):
    """A mentorship or one of its goals, without any text: only the two can read that."""

    goal_id: IdText | None = Field(description="With `goal.…`: the goal, if it is about one.")


class GuildEventData(EventData):
    """The server."""

    settings: list[str] = Field(description="The settings that changed.")


def _type_of(*prefixes: str) -> Any:
    """Return the field `type` of a model whose events' types begin with one of `prefixes`."""
    names = [kind.value for kind in EventType if kind.value.split(".")[0] in prefixes]
    description = "What happened. New types may be added: ignore those that you don't know."
    return Field(description=description, json_schema_extra={"enum": list[Any](names)})


class EventBody(ResponseModel):
    """What all events have."""

    id: str = Field(
        description="The same for each delivery of the event, and equal to the header "
        "`webhook-id`: handle an id only once.",
        examples=["evt_1042"],
    )
    type: str
    timestamp: InstantText = Field(description="When it happened.")


def _example(kind: str, data: dict[str, Any]) -> Any:
    ids = {
        "guildId": "1180235712340164600",
        "actorId": "180235712340164609",
        "memberId": "226871203982016513",
    }
    body = {"id": "evt_1042", "type": kind, "timestamp": "2026-03-02T12:00:00Z"}
    return with_examples(body | {"data": ids | data})


_SESSION_DATA = {
    "sessionId": "42",
    "groupId": None,
    "seriesId": None,
    "session": SESSION_EXAMPLE | {"refundIfCancelled": None, "actions": []},
}


class SessionEvent(EventBody):
    """Something happened to a session or to a seat in a group session."""

    model_config = _example("session.booked", _SESSION_DATA)

    type: str = _type_of("session", "seat", "series", "note", "step", "link")
    data: SessionEventData


class ReviewEvent(EventBody):
    """A review was written or changed."""

    model_config = _example("review.hidden", _SESSION_DATA | {"review": None})

    type: str = _type_of("review")
    data: ReviewEventData


class GroupEvent(EventBody):
    """Something happened to a group session or its waitlist."""

    model_config = _example(
        "group.created",
        {"memberId": None, "groupId": "7", "group": GROUP_EXAMPLE | {"actions": []}},
    )

    type: str = _type_of("group", "waitlist")
    data: GroupEventData


class InvitationEvent(EventBody):
    """A mentor invited a member, or that invitation ended."""

    model_config = _example(
        "invitation.declined", {"invitationId": "7", "sessionId": None, "invitation": None}
    )

    type: str = _type_of("invitation")
    data: InvitationEventData


class HelpRequestEvent(EventBody):
    """A member asked for help, or that request went on."""

    model_config = _example(
        "help.requested", {"memberId": None, "helpRequestId": "3", "helpRequest": None}
    )

    type: str = _type_of("help")
    data: HelpRequestEventData


class ApplicationEvent(EventBody):
    """Somebody applied to become a mentor or to change their profile, or that was decided."""

    model_config = _example(
        "application.withdrawn", {"memberId": None, "applicationId": "5", "application": None}
    )

    type: str = _type_of("application")
    data: ApplicationEventData


class MentorEvent(EventBody):
    """A mentor's profile, availability or status changed."""

    model_config = _example(
        "mentor.paused", {"memberId": None, "mentorId": "226871203982016513", "mentor": None}
    )

    type: str = _type_of("mentor")
    data: MentorEventData


class PointsEvent(EventBody):
    """Points were given, granted or deducted, or a grant waits for a second moderator."""

    model_config = _example(
        "points.given", {"amount": 50, "transferId": "7", "grantRequestId": None}
    )

    type: str = _type_of("points")
    data: PointsEventData


class MemberEvent(EventBody):
    """A member's own data changed."""

    model_config = _example(
        "member.timezone_changed", {"memberId": None, "timezone": "Europe/London", "rank": None}
    )

    type: str = _type_of("member", "slot_alert")
    data: MemberEventData


class MentorshipEvent(EventBody):
    """A mentorship ended or was resumed, or one of its goals changed."""

    model_config = _example("goal.reached", {"goalId": "12"})

    type: str = _type_of("goal", "mentorship")
    data: MentorshipEventData


class GuildEvent(EventBody):
    """The server's settings changed, or the bot was added to it or removed."""

    model_config = _example(
        "guild.setting_changed",
        {"actorId": None, "memberId": None, "settings": ["fee_percent"]},
    )

    type: str = _type_of("guild")
    data: GuildEventData


class TestEvent(EventBody):
    """A test that the main app asked for."""

    __test__ = False  # It is no test of pytest.
    model_config = _example(TEST_TYPE, {"actorId": None, "memberId": None})

    type: str = Field(json_schema_extra={"const": TEST_TYPE})
    data: EventData


FeedItem = (
    SessionEvent
    | ReviewEvent
    | GroupEvent
    | InvitationEvent
    | HelpRequestEvent
    | ApplicationEvent
    | MentorEvent
    | PointsEvent
    | MemberEvent
    | MentorshipEvent
    | GuildEvent
)
"""Any event."""

_MODELS: dict[str, type[EventBody]] = {
    "session": SessionEvent,
    "seat": SessionEvent,
    "series": SessionEvent,
    "note": SessionEvent,
    "step": SessionEvent,
    "link": SessionEvent,
    "review": ReviewEvent,
    "group": GroupEvent,
    "waitlist": GroupEvent,
    "invitation": InvitationEvent,
    "help": HelpRequestEvent,
    "application": ApplicationEvent,
    "mentor": MentorEvent,
    "points": PointsEvent,
    "member": MemberEvent,
    "slot_alert": MemberEvent,
    "goal": MentorshipEvent,
    "mentorship": MentorshipEvent,
    "guild": GuildEvent,
}

EVENTS: dict[EventType, tuple[type[EventBody], str]] = {
    kind: (_MODELS[kind.value.split(".")[0]], DESCRIPTIONS.get(kind, "")) for kind in EventType
}
"""The model of each event's body, and when the event happens."""
