"""Render events: each with the shapes of the API, as things are now.

Events are rendered in batches, with one statement for all sessions, one for all group sessions, and
so on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from api.schemas.applications import Application
from api.schemas.base import optional_id, rfc3339
from api.schemas.groups import GroupSession
from api.schemas.mentors import MentorProfile
from api.schemas.offers.help_requests import HelpRequest
from api.schemas.offers.invitations import Invitation
from api.schemas.reviews import Review
from api.schemas.sessions.sessions import MentorshipSession
from api.webhooks import payloads
from api.webhooks.payloads import EVENTS, TEST_TYPE, EventBody, EventData
from mentorship import faults
from mentorship.actors import Actor
from mentorship.errors import NotAMentor
from mentorship.faults import FaultKind
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.main_app import public_profiles
from mentorship.main_app.public_profiles import PublicProfile
from mentorship.mentors import application_views
from mentorship.mentors.application_views import ApplicationView
from mentorship.sessions import session_views
from mentorship.sessions.follow_up import reviews
from mentorship.sessions.groups import group_views
from mentorship.sessions.groups.group_views import GroupView, OwnPlace
from mentorship.sessions.offers import invitation_views, request_views
from mentorship.sessions.offers.invitation_views import InvitationView
from mentorship.sessions.offers.request_views import HelpRequestView
from mentorship.sessions.session_reviews import SessionReview
from mentorship.sessions.session_views import SessionView
from mentorship.webhooks.feed_events import FeedEvent, message_id
from storage import Transaction

_NOBODY = 0
"""Who looks at the shapes: not a participant, so nothing private is in them."""


@dataclass(frozen=True, slots=True)
class _Subjects:
    """What the events of a batch are about, by id."""

    now: datetime
    sessions: Mapping[int, SessionView] = field(default_factory=dict)
    reviews: Mapping[int, SessionReview] = field(default_factory=dict)
    groups: Mapping[int, GroupView] = field(default_factory=dict)
    invitations: Mapping[int, InvitationView] = field(default_factory=dict)
    guilds: Mapping[int, GuildSettings] = field(default_factory=dict)
    help_requests: Mapping[int, HelpRequestView] = field(default_factory=dict)
    applications: Mapping[int, ApplicationView] = field(default_factory=dict)
    mentors: Mapping[tuple[int, int], PublicProfile] = field(default_factory=dict)


async def render(tx: Transaction, events: Sequence[FeedEvent]) -> dict[int, EventBody]:
    """Return events as models by their ids. Those that can't be rendered are left out.

    They may be of several guilds. Makes no permission checks.
    """
    subjects = await _load(tx, events)

    def build(event: FeedEvent) -> tuple[int, EventBody]:
        model, _ = EVENTS[event.type]
        return event.id, model(
            id=message_id(event.id),
            type=event.type.value,
            timestamp=rfc3339(event.occurred_at),
            data=_data(model, event, subjects),
        )

    return dict(faults.readable(tx, FaultKind.EVENT_VIEW, events, build, lambda event: event.id))


async def render_bodies(tx: Transaction, events: Sequence[FeedEvent]) -> dict[int, bytes]:
    """Return the bodies of webhooks by event id: a `mentorship.webhooks.feed_events.Renderer`."""
    rendered = await render(tx, events)
    return {event_id: body.model_dump_json().encode() for event_id, body in rendered.items()}


def test_body(test_id: str, guild_id: int, now: datetime) -> bytes:
    """Return the body of a test delivery with the `webhook-id` `test_id`."""
    data = EventData(guild_id=str(guild_id), actor_id=None, member_id=None)
    body = payloads.TestEvent(id=test_id, type=TEST_TYPE, timestamp=rfc3339(now), data=data)
    return body.model_dump_json().encode()


async def _load(tx: Transaction, events: Sequence[FeedEvent]) -> _Subjects:
    def having(*models: type[EventBody]) -> list[FeedEvent]:
        return [event for event in events if EVENTS[event.type][0] in models]

    invitation_events = having(payloads.InvitationEvent)
    sessions = having(payloads.SessionEvent, payloads.ReviewEvent)
    return _Subjects(
        tx.now,
        await session_views.load_many(tx, _ids(event.session_id for event in sessions)),
        await reviews.find_for_sessions(
            tx, _ids(event.session_id for event in having(payloads.ReviewEvent))
        ),
        await group_views.load_many(
            tx, _ids(event.group_id for event in having(payloads.GroupEvent))
        ),
        await invitation_views.load_many(
            tx, _ids(event.invitation_id for event in invitation_events)
        ),
        await guild_settings.load_many(tx, {event.guild_id for event in invitation_events}),
        await request_views.load_many(
            tx, _ids(event.request_id for event in having(payloads.HelpRequestEvent))
        ),
        await application_views.load_many(
            tx, _ids(event.revision_id for event in having(payloads.ApplicationEvent))
        ),
        await _load_mentors(tx, having(payloads.MentorEvent)),
    )


def _ids(ids: Iterable[int | None]) -> set[int]:
    return {each for each in ids if each is not None}


async def _load_mentors(
    tx: Transaction, events: Sequence[FeedEvent]
) -> dict[tuple[int, int], PublicProfile]:
    # One statement for each mentor: such events are rare.
    profiles: dict[tuple[int, int], PublicProfile] = {}
    for guild_id, user_id in {(event.guild_id, _mentor_id(event)) for event in events}:
        if user_id is not None:
            # A profile that isn't approved is only loaded for its owner.
            owner = Actor(user_id, "", guild_id)
            try:
                profiles[guild_id, user_id] = await public_profiles.load(tx, owner, user_id)
            except NotAMentor:
                continue
    return profiles


def _mentor_id(event: FeedEvent) -> int | None:
    return event.actor_id if event.subject_id is None else event.subject_id


def _data(model: type[EventBody], event: FeedEvent, subjects: _Subjects) -> EventData:
    ids = {
        "guild_id": str(event.guild_id),
        # Members don't learn which moderator decided, so the main app doesn't either.
        "actor_id": None if event.type.is_audited else optional_id(event.actor_id),
        "member_id": optional_id(event.subject_id),
    }
    if model in (payloads.SessionEvent, payloads.ReviewEvent):
        return _session_data(model, event, subjects, ids)
    if model is payloads.GroupEvent:
        return _group_data(event, subjects, ids)
    if model is payloads.InvitationEvent:
        return _invitation_data(event, subjects, ids)
    if model is payloads.HelpRequestEvent:
        request = subjects.help_requests.get(event.request_id or 0)
        return payloads.HelpRequestEventData(
            **ids,
            help_request_id=optional_id(event.request_id),
            help_request=request and HelpRequest.from_domain(request),
        )
    if model is payloads.ApplicationEvent:
        application = subjects.applications.get(event.revision_id or 0)
        return payloads.ApplicationEventData(
            **ids,
            application_id=optional_id(event.revision_id),
            application=application
            and Application.from_domain(application).model_copy(update={"decided_by": None}),
        )
    if model is payloads.MentorEvent:
        mentor_id = _mentor_id(event)
        profile = subjects.mentors.get((event.guild_id, mentor_id or 0))
        return payloads.MentorEventData(
            **ids,
            mentor_id=optional_id(mentor_id),
            mentor=profile and MentorProfile.from_domain(profile),
        )
    return _facts_data(model, event, ids)


def _session_data(
    model: type[EventBody], event: FeedEvent, subjects: _Subjects, ids: dict[str, str | None]
) -> EventData:
    session = subjects.sessions.get(event.session_id or 0)
    series_id = event.facts.get("series") if session is None else session.series_id
    about = {
        "session_id": optional_id(event.session_id),
        "group_id": optional_id(event.group_id if session is None else session.group_id),
        "series_id": optional_id(series_id),
        "session": session and _session(session, subjects.now),
    }
    if model is payloads.SessionEvent:
        return payloads.SessionEventData(**ids, **about)
    review = subjects.reviews.get(event.session_id or 0)
    is_visible = review is not None and not review.hidden
    return payloads.ReviewEventData(
        **ids, **about, review=Review.from_domain(review) if review and is_visible else None
    )


def _session(session: SessionView, now: datetime) -> MentorshipSession:
    shape = MentorshipSession.from_domain(session, _NOBODY, now)
    if session.ended_by in (None, session.mentor.user_id, session.mentee.user_id):
        return shape
    return shape.model_copy(update={"ended_by": None})


def _group_data(
    event: FeedEvent, subjects: _Subjects, ids: dict[str, str | None]
) -> payloads.GroupEventData:
    group = subjects.groups.get(event.group_id or 0)
    shape = None
    if group is not None:
        viewer = Actor(_NOBODY, "", event.guild_id, is_main_app=True)
        shape = GroupSession.from_domain(group, OwnPlace(), viewer, subjects.now)
        is_mentor = group.ended_by == group.mentor.user_id
        # The actions are those of a member who looks at it.
        hidden: dict[str, Any] = {"actions": [], **({} if is_mentor else {"ended_by": None})}
        shape = shape.model_copy(update=hidden)
    return payloads.GroupEventData(**ids, group_id=optional_id(event.group_id), group=shape)


def _invitation_data(
    event: FeedEvent, subjects: _Subjects, ids: dict[str, str | None]
) -> payloads.InvitationEventData:
    invitation = subjects.invitations.get(event.invitation_id or 0)
    session_id = event.session_id if invitation is None else invitation.session_id
    shape = None
    if invitation is not None:
        guild, mentor_id = subjects.guilds[invitation.guild_id], invitation.mentor.user_id
        shape = Invitation.from_domain(invitation, guild, mentor_id, subjects.now)
    return payloads.InvitationEventData(
        **ids,
        invitation_id=optional_id(event.invitation_id),
        session_id=optional_id(session_id),
        invitation=shape,
    )


def _facts_data(model: type[EventBody], event: FeedEvent, ids: dict[str, str | None]) -> EventData:
    facts = event.facts
    if model is payloads.PointsEvent:
        return payloads.PointsEventData(
            **ids,
            amount=facts.get("amount"),
            transfer_id=optional_id(facts.get("transfer")),
            grant_request_id=optional_id(facts.get("request")),
        )
    if model is payloads.MemberEvent:
        return payloads.MemberEventData(
            **ids, timezone=facts.get("timezone"), rank=facts.get("rank")
        )
    if model is payloads.MentorshipEvent:
        return payloads.MentorshipEventData(**ids, goal_id=optional_id(facts.get("goal")))
    changed = facts.get("settings") or [facts.get("setting")]
    return payloads.GuildEventData(**ids, settings=[name for name in changed if name])
