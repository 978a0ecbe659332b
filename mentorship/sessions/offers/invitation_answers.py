"""What becomes of an invitation: accepted, declined, withdrawn, or ended by the program.

Accepting makes a confirmed session with its points on hold, by the guild's terms at that moment.
The member agrees to the price and the terms that they saw.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, bindparam, select, union_all, update

from mentorship import consent, events, faults, idempotency
from mentorship.actors import Actor
from mentorship.availability import mentor_calendar
from mentorship.errors import (
    Busy,
    Field,
    InvalidField,
    NotAvailable,
    NotFound,
    NotYours,
    PriceChanged,
    Problem,
    Subject,
    Term,
)
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.faults import FaultKind
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.members import blocks, members
from mentorship.notifications import writing
from mentorship.notifications.publishing import publish
from mentorship.notifications.sent_messages import assign_to_session
from mentorship.sessions import booking_context, commitments, insertion, transitions
from mentorship.sessions.insertion import NewSession
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.offers import invitation_views, request_views
from mentorship.sessions.offers.invitation_views import InvitationView
from mentorship.sessions.session_views import Person, SessionView
from mentorship.sessions.transitions import LONGEST_REASON
from mentorship.statuses import HelpRequestStatus, InvitationStatus, ProfileStatus
from mentorship.time.intervals import Span
from storage import Transaction
from storage.tables import Invitation
from storage.types import UtcDateTime


def terms_of(guild: GuildSettings, price: int) -> str:
    """Return eight characters that change with the terms that a session of `price` would have."""
    refund = (guild.free_cancellation_until, guild.late_refund_percent, guild.cancellation_grace)
    return idempotency.digest(refund if price else ())[:8]


async def accept(
    tx: Transaction,
    actor: Actor,
    invitation_id: int,
    *,
    price_shown: int | None = None,
    terms_shown: str | None = None,
) -> SessionView:
    """Accept an invitation as the member whom it is for, and return the session, confirmed.

    `price_shown` (points) and `terms_shown` (`terms_of`) are what the member agreed to, None to
    accept any. Raises `NotFound`, `NotYours` for the mentor, `InvitationEnded`, `NotAMember`,
    `ScreeningPending`, `NotAvailable`, `BlockedByYou`, `LimitReached`, `Busy`, `PriceChanged`,
    `TermsChanged`, `NotEnoughPoints`.
    """
    invitation = await _load_for_answer(tx, actor, invitation_id)
    actor = _in_guild_of(invitation, actor)
    mentor = invitation.mentor
    context = await booking_context.load(tx, actor, mentor.user_id, None)
    guild = context.guild
    context.require_not_blocked(actor.user_id, mentor.name)
    if invitation.mentor_status is not ProfileStatus.APPROVED or mentor.has_left:
        raise NotAvailable(mentor.name)
    context.require_within_limits(mentor.user_id, is_request=False)
    if price_shown is not None and price_shown != invitation.price:
        raise PriceChanged(shown=price_shown, price=invitation.price)
    consent.require(Term.POLICY, terms_shown, terms_of(guild, invitation.price))
    if not context.is_recorded:
        await members.record(tx, actor)
    span = Span(invitation.starts_at, invitation.ends_at)
    calendar, own_commitments = await mentor_calendar.load_with_commitments(
        tx, guild.id, mentor.user_id, actor.user_id
    )
    if any(each.start < span.end and span.start < each.end for each in own_commitments):
        raise Busy(is_invitation=True)
    await _set_status(tx, invitation, InvitationStatus.ACCEPTED)
    session = await insertion.insert_session(
        tx,
        guild,
        NewSession(
            profile_id=invitation.profile_id,
            mentor=mentor,
            mentee=Person(actor.user_id, context.name, context.timezone),
            span=span,
            timezone=invitation.timezone,
            topic=invitation.topic,
            price=invitation.price,
            answer_deadline=None,
            meeting_link=calendar.meeting_link,
            mentor_place=calendar.meeting_place,
        ),
        context.account,
    )
    await tx.connection.execute(_SET_SESSION, {"invitation": invitation.id, "session": session.id})
    if invitation.request_id is not None:
        await request_views.set_status(tx, invitation.request_id, HelpRequestStatus.BOOKED)
    # From now on the message that invited the member is about the session.
    await assign_to_session(tx, invitation.id, session.id)
    facts = {"to": session.status, "price": session.price}
    booked = Event(
        EventType.SESSION_BOOKED,
        guild.id,
        actor.user_id,
        subject_id=mentor.user_id,
        session_id=session.id,
        invitation_id=invitation.id,
        request_id=invitation.request_id,
        facts=facts,
    )
    await events.record(tx, booked)
    accepted = replace(booked, type=EventType.INVITATION_ACCEPTED, facts={"price": session.price})
    await publish(
        tx,
        accepted,
        participants=[mentor.user_id],
        useful_until=session.starts_at,
        starts_at=session.starts_at,
    )
    await writing.write(tx, await transitions.scheduled_notifications(tx, session, guild))
    return session


async def decline(
    tx: Transaction, actor: Actor, invitation_id: int, reason: str = ""
) -> InvitationView:
    """Decline an invitation as the member whom it is for; the mentor reads the reason.

    Raises `NotFound`, `NotYours` for the mentor, `InvitationEnded`, `InvalidField`.
    """
    if len(reason) > LONGEST_REASON:
        raise InvalidField(Field.REASON, Problem.TOO_LONG, most=LONGEST_REASON)
    invitation = await _load_for_answer(tx, actor, invitation_id)
    mentor_id = invitation.mentor.user_id
    if reason and await blocks.is_blocked_by(tx, invitation.guild_id, actor.user_id, mentor_id):
        reason = ""
    return await end(tx, invitation, InvitationStatus.DECLINED, by=actor.user_id, reason=reason)


async def withdraw(tx: Transaction, actor: Actor, invitation_id: int) -> InvitationView:
    """Withdraw an invitation as its mentor.

    Raises `NotFound`, `NotYours` for the member, `InvitationEnded`.
    """
    invitation = await invitation_views.load_for_participant(tx, actor, invitation_id)
    if invitation.party(actor.user_id) is not Party.MENTOR:
        raise NotYours(Subject.INVITATION)
    invitation.require_open(tx.now)
    return await end(tx, invitation, InvitationStatus.WITHDRAWN, by=actor.user_id)


async def _load_for_answer(tx: Transaction, actor: Actor, invitation_id: int) -> InvitationView:
    invitation = await invitation_views.load_for_participant(tx, actor, invitation_id)
    if invitation.party(actor.user_id) is not Party.MENTEE:
        raise NotYours(Subject.INVITATION)
    invitation.require_open(tx.now)
    return invitation


def _in_guild_of(invitation: InvitationView, actor: Actor) -> Actor:
    """Return the actor in the invitation's guild, also from a direct message."""
    if actor.guild_id is not None:
        return actor
    return replace(actor, guild_id=invitation.guild_id, outside_guild=True)


# --- Ending ---------------------------------------------------------------------------------------


_EVENTS = {
    InvitationStatus.DECLINED: EventType.INVITATION_DECLINED,
    InvitationStatus.WITHDRAWN: EventType.INVITATION_WITHDRAWN,
    InvitationStatus.EXPIRED: EventType.INVITATION_EXPIRED,
}


async def end(
    tx: Transaction,
    invitation: InvitationView,
    status: InvitationStatus,
    *,
    by: int | None = None,
    reason: str = "",
    facts: Mapping[str, Any] | None = None,
) -> InvitationView:
    """End an open invitation without a session: release the mentor's time and tell the other side.

    `by` is the acting person's id, None for the program.
    """
    await _set_status(tx, invitation, status)
    if invitation.request_id is not None:
        request = await request_views.load(tx, invitation.request_id)
        if request.status is HelpRequestStatus.OFFERED:
            # Other mentors can offer a time again, and some more are shown it.
            await request_views.set_status(tx, request.id, HelpRequestStatus.OPEN, next_at=tx.now)
    mentor_id, mentee_id = invitation.mentor.user_id, invitation.mentee.user_id
    told = mentee_id if status is InvitationStatus.WITHDRAWN else mentor_id
    event = Event(
        _EVENTS[status],
        invitation.guild_id,
        by,
        subject_id=told,
        invitation_id=invitation.id,
        request_id=invitation.request_id,
        note=reason.strip() or None,
        facts=facts or {},
    )
    await publish(tx, event, participants=[told], starts_at=invitation.starts_at)
    return await invitation_views.load(tx, invitation.id)


async def _set_status(
    tx: Transaction, invitation: InvitationView, status: InvitationStatus
) -> None:
    await tx.connection.execute(
        _END, {"invitation": invitation.id, "status": status, "now": tx.now}
    )
    await commitments.release_invitation(tx, invitation.id)


_END = (
    update(Invitation)
    .where(Invitation.id == bindparam("invitation"))
    .values(status=bindparam("status"), next_at=None, ended_at=bindparam("now"))
)
_SET_SESSION = (
    update(Invitation)
    .where(Invitation.id == bindparam("invitation"))
    .values(session_id=bindparam("session"))
)


# --- By the program -------------------------------------------------------------------------------


_DUE = (
    select(Invitation.id)
    .where(
        Invitation.next_at <= bindparam("now"),
        ~faults.awaits_retry(FaultKind.INVITATION, Invitation.id.expression, bindparam("now")),
        Invitation.guild_id.not_in(guild_settings.BEING_PURGED),
    )
    .order_by(Invitation.next_at)
    .limit(bindparam("limit", type_=Integer))
)
_OPEN_OF_PERSON = union_all(
    *(
        select(Invitation.id).where(
            Invitation.guild_id == bindparam("guild"),
            person == bindparam("person"),
            Invitation.status == "open",
            Invitation.created_at <= bindparam("before", type_=UtcDateTime),
        )
        for person in (Invitation.mentor_id, Invitation.mentee_id)
    )
).limit(bindparam("limit", type_=Integer))
_OPEN_BETWEEN = select(Invitation.id).where(
    Invitation.guild_id == bindparam("guild"),
    Invitation.mentor_id == bindparam("mentor"),
    Invitation.mentee_id == bindparam("mentee"),
    Invitation.status == "open",
)


async def end_due(tx: Transaction, limit: int = 200) -> int:
    """End the invitations that nobody has answered in time, and those that nobody can answer.

    `mentorship.members.open_offers` makes the latter due. One that can't be read or ended is
    recorded as a fault and tried again later. Returns how many were tried; when that is `limit`,
    more may be due.
    """
    due = (await tx.connection.scalars(_DUE, {"now": tx.now, "limit": limit})).all()
    rows = await invitation_views.load_rows(tx, due)

    async def end_one(invitation_id: int) -> int:
        if invitation_id not in rows:
            # One of its people is gone.
            raise NotFound(Subject.INVITATION)
        invitation = invitation_views.from_row(rows[invitation_id])
        left = {"left": True} if invitation.mentor.has_left or invitation.mentee.has_left else None
        if invitation.mentor_status is not ProfileStatus.APPROVED or invitation.mentor.has_left:
            await end(tx, invitation, InvitationStatus.WITHDRAWN, facts=left or {"stopped": True})
        else:
            await end(tx, invitation, InvitationStatus.EXPIRED, facts=left)
        return invitation_id

    outcome = await faults.isolate(
        tx, FaultKind.INVITATION, due, end_one, lambda invitation_id: invitation_id
    )
    await faults.clear(tx, FaultKind.INVITATION, outcome.results)
    return len(due)


async def end_of_person(
    tx: Transaction, guild_id: int, user_id: int, before: datetime, limit: int
) -> int:
    """End up to `limit` open invitations of somebody who is being erased; returns how many.

    Those that were sent by `before`, by them or to them. The other side reads that they left.
    """
    params = {"guild": guild_id, "person": user_id, "before": before, "limit": limit}
    ids = (await tx.connection.scalars(_OPEN_OF_PERSON, params)).all()
    invitations = (await invitation_views.load_many(tx, ids)).values()
    for invitation in invitations:
        is_mentor = invitation.mentor.user_id == user_id
        status = InvitationStatus.WITHDRAWN if is_mentor else InvitationStatus.EXPIRED
        await end(tx, invitation, status, facts={"left": True})
    return len(invitations)


async def end_between(tx: Transaction, guild_id: int, actor_id: int, other_id: int) -> None:
    """End the open invitations between two people, one of whom blocks the other (`actor_id`).

    As many as the guild allows one mentor to send to one member, in both directions.
    """
    for mentor, mentee in ((actor_id, other_id), (other_id, actor_id)):
        params = {"guild": guild_id, "mentor": mentor, "mentee": mentee}
        ids = (await tx.connection.scalars(_OPEN_BETWEEN, params)).all()
        for invitation in (await invitation_views.load_many(tx, ids)).values():
            by_mentor = mentor == actor_id
            status = InvitationStatus.WITHDRAWN if by_mentor else InvitationStatus.DECLINED
            await end(tx, invitation, status, by=actor_id)
