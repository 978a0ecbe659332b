"""Show requests for help to mentors in turn, and end those that nobody has answered.

Five mentors at a time: of those with the expertise who take bookings and fit the price, the ones
with the fewest sessions in the last 30 days first. Nobody is shown a request twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import BigInteger, Integer, Row, bindparam, exists, func, insert, or_, select

from mentorship import faults
from mentorship.errors import NotFound, Subject
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.faults import FaultKind
from mentorship.guilds import guild_settings
from mentorship.members import blocks
from mentorship.notifications.publishing import publish
from mentorship.points import pricing
from mentorship.sessions.offers import request_views
from mentorship.sessions.offers.request_views import HelpRequestView, PartOfDay
from mentorship.statuses import CALLED_OFF, HelpRequestStatus, ProfileStatus
from storage import Transaction
from storage.tables import (
    HelpRequest,
    Member,
    MentorProfile,
    ProfileTag,
    RequestedMentor,
    Session,
    Tag,
)

MENTORS_AT_ONCE = 5
INTERVAL = timedelta(hours=1)
"""How long the mentors that a request was shown to have, before others are shown it, too."""

INTERVAL_IF_NOW = timedelta(minutes=10)
"""The same for a request for help now."""

RECENT = timedelta(days=30)
"""The time in which a mentor's sessions count."""

MAX_CONSIDERED = 200
"""How many mentors with the fewest sessions are looked at in one turn."""

_recent_sessions = (
    select(func.count())
    .where(
        Session.guild_id == MentorProfile.guild_id,
        Session.mentor_id == MentorProfile.user_id,
        Session.starts_at > bindparam("since"),
        Session.status.not_in(CALLED_OFF),
    )
    .correlate(MentorProfile)
    .scalar_subquery()
)
_CANDIDATES = (
    select(MentorProfile.user_id, MentorProfile.hourly_rate, MentorProfile.durations)
    .join(ProfileTag, ProfileTag.profile_id == MentorProfile.id)
    .join(Tag, Tag.id == ProfileTag.tag_id)
    .join(
        Member,
        (Member.guild_id == MentorProfile.guild_id) & (Member.user_id == MentorProfile.user_id),
    )
    .where(
        Tag.guild_id == bindparam("guild"),
        Tag.name == bindparam("tag"),
        MentorProfile.status == ProfileStatus.APPROVED,
        or_(~MentorProfile.paused, MentorProfile.paused_until <= bindparam("now")),
        MentorProfile.user_id != bindparam("member"),
        Member.left_at.is_(None),
        ~exists().where(
            RequestedMentor.request_id == bindparam("request"),
            RequestedMentor.mentor_id == MentorProfile.user_id,
        ),
        ~blocks.blocked_with(
            MentorProfile.guild_id, MentorProfile.user_id, bindparam("member", type_=BigInteger)
        ),
    )
    .order_by(_recent_sessions, MentorProfile.id)
    .limit(MAX_CONSIDERED)
)
_INSERT = insert(RequestedMentor)
_DUE = (
    select(HelpRequest.id)
    .where(
        HelpRequest.next_at <= bindparam("now"),
        ~faults.awaits_retry(FaultKind.HELP_REQUEST, HelpRequest.id.expression, bindparam("now")),
        HelpRequest.guild_id.not_in(guild_settings.BEING_PURGED),
    )
    .order_by(HelpRequest.next_at)
    .limit(bindparam("limit", type_=Integer))
)


async def advance_due(tx: Transaction, limit: int = 50) -> int:
    """Show the requests that are due to more mentors, or end them. Returns how many were tried."""
    due = (await tx.connection.scalars(_DUE, {"now": tx.now, "limit": limit})).all()
    rows = await request_views.load_rows(tx, due)

    async def advance_one(request_id: int) -> int:
        if request_id not in rows:
            # Its member is gone.
            raise NotFound(Subject.HELP_REQUEST)
        request = request_views.from_row(rows[request_id])
        if request.member.has_left:
            await _end(tx, request, HelpRequestStatus.WITHDRAWN)
        elif tx.now >= request.expires_at:
            await _end(tx, request, HelpRequestStatus.EXPIRED)
        else:
            await _show_to_more(tx, request)
        return request_id

    outcome = await faults.isolate(
        tx, FaultKind.HELP_REQUEST, due, advance_one, lambda request_id: request_id
    )
    await faults.clear(tx, FaultKind.HELP_REQUEST, outcome.results)
    return len(due)


async def _end(tx: Transaction, request: HelpRequestView, status: HelpRequestStatus) -> None:
    await request_views.set_status(tx, request.id, status)
    is_expired = status is HelpRequestStatus.EXPIRED
    kind = EventType.HELP_REQUEST_EXPIRED if is_expired else EventType.HELP_REQUEST_WITHDRAWN
    event = Event(kind, request.guild_id, subject_id=request.member.user_id, request_id=request.id)
    await publish(tx, event, participants=[request.member.user_id] if is_expired else [])


async def _show_to_more(tx: Transaction, request: HelpRequestView) -> None:
    params = {
        "guild": request.guild_id,
        "tag": request.tag,
        "member": request.member.user_id,
        "request": request.id,
        "now": tx.now,
        "since": tx.now - RECENT,
    }
    candidates = (await tx.connection.execute(_CANDIDATES, params)).all()
    chosen = _affordable(candidates, request.most_points)[:MENTORS_AT_ONCE]
    interval = INTERVAL_IF_NOW if PartOfDay.NOW in request.times else INTERVAL
    next_at = min(tx.now + interval, request.expires_at)
    await request_views.set_status(tx, request.id, HelpRequestStatus.OPEN, next_at=next_at)
    if not chosen:
        return
    shown = [
        {
            "request_id": request.id,
            "mentor_id": mentor_id,
            "guild_id": request.guild_id,
            "shown_at": tx.now,
        }
        for mentor_id in chosen
    ]
    await tx.connection.execute(_INSERT, shown)
    event = Event(
        EventType.HELP_SHOWN, request.guild_id, request.member.user_id, request_id=request.id
    )
    await publish(tx, event, participants=chosen, useful_until=request.expires_at)


def _affordable(candidates: Sequence[Row[*tuple[Any, ...]]], most_points: int | None) -> list[int]:
    """Return the mentors whose shortest session costs at most that much, in their order."""
    return [
        row.user_id
        for row in candidates
        if most_points is None or pricing.price(row.hourly_rate, min(row.durations)) <= most_points
    ]
