"""A member's request for help: asking, withdrawing, and a mentor's offer or pass.

Mentors of the expertise are shown the request in turn (`request_clock`). The first who offers a
time sends the member an invitation, and until it is answered nobody else can offer one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, insert, select, update

from mentorship import limits
from mentorship.actors import Actor
from mentorship.errors import (
    Field,
    InvalidField,
    Limit,
    NotFound,
    NotYourExpertise,
    OwnHelpRequest,
    Problem,
    Subject,
)
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.guilds import guild_settings
from mentorship.members import blocks, members
from mentorship.mentors import own_profile
from mentorship.mentors.expertise import match_tags_by_name
from mentorship.notifications.publishing import publish
from mentorship.points import pricing
from mentorship.points.ledger import MAX_POINTS
from mentorship.search import tags
from mentorship.sessions.booking import LONGEST_TOPIC
from mentorship.sessions.offers import (
    invitation_answers,
    invitation_views,
    invitations,
    request_views,
)
from mentorship.sessions.offers.invitation_views import InvitationView
from mentorship.sessions.offers.invitations import InvitationRequest, Invitee
from mentorship.sessions.offers.request_views import HelpRequestView, PartOfDay
from mentorship.statuses import HelpRequestStatus, InvitationStatus
from storage import Transaction
from storage.tables import HelpRequest, Invitation, ProfileTag, RequestedMentor, Tag
from storage.types import UtcDateTime

LIFETIME = timedelta(days=7)
"""How long a request waits for an offer."""

MAX_TO_ANSWER = 100
"""The most requests that a mentor's list has."""

LONGEST_TAG = 32
LONGEST_TEXT = 1_000


@dataclass(frozen=True, slots=True)
class HelpRequestDraft:
    """What a member asks for. `times` is empty if any time suits, `most_points` None for any."""

    tag: str
    text: str
    times: tuple[PartOfDay, ...] = ()
    most_points: int | None = None


async def preview(tx: Transaction, actor: Actor, draft: HelpRequestDraft) -> HelpRequestDraft:
    """Check everything that `ask` would check, and return the draft with the guild's own tag.

    Writes nothing.
    """
    _require_fields(draft)
    (await members.load(tx, actor)).require_screened()
    guild = await guild_settings.load(tx, actor.guild)
    limits.require(Limit.HELP_REQUESTS, guild, await count_open(tx, actor))
    known = await tags.load_tags_like(tx, actor, draft.tag)
    groups = match_tags_by_name(draft.tag, known)
    tag = known[groups[0][0]] if groups else draft.tag.strip().casefold()
    return replace(draft, tag=tag, text=draft.text.strip())


async def ask(tx: Transaction, actor: Actor, draft: HelpRequestDraft) -> HelpRequestView:
    """Ask for help. Mentors are shown the request from the next moment on.

    Raises `InvalidField`, `NotAMember`, `ScreeningPending`, `LimitReached`.
    """
    guild = await guild_settings.load_or_create(tx, actor.guild)
    await members.record(tx, actor)
    draft = await preview(tx, actor, draft)
    row = {
        "guild_id": guild.id,
        "user_id": actor.user_id,
        "tag": draft.tag,
        "text": draft.text,
        "times": list(draft.times),
        "most_points": draft.most_points,
        "next_at": tx.now,
        "expires_at": tx.now + LIFETIME,
        "created_at": tx.now,
        "card_due_at": tx.now,
    }
    request_id: int = (await tx.connection.execute(_INSERT, row)).scalar_one()
    event = Event(EventType.HELP_REQUESTED, guild.id, actor.user_id, request_id=request_id)
    await publish(tx, event)
    return await request_views.load(tx, request_id)


async def withdraw(tx: Transaction, actor: Actor, request_id: int) -> HelpRequestView:
    """Withdraw one's own request; an open offer is declined. Raises `NotFound`,
    `HelpRequestEnded`."""
    request = await request_views.load(tx, request_id)
    if request.member.user_id != actor.user_id or actor.guild_id not in (None, request.guild_id):
        raise NotFound(Subject.HELP_REQUEST)
    if request.offered_by is None:
        request.require_open(tx.now)
    await request_views.set_status(tx, request_id, HelpRequestStatus.WITHDRAWN)
    for invitation in await _open_offers(tx, request_id):
        await invitation_answers.end(tx, invitation, InvitationStatus.DECLINED, by=actor.user_id)
    event = Event(
        EventType.HELP_REQUEST_WITHDRAWN, request.guild_id, actor.user_id, request_id=request_id
    )
    await publish(tx, event)
    return await request_views.load(tx, request_id)


async def end_of_person(tx: Transaction, guild_id: int, user_id: int, before: datetime) -> int:
    """Withdraw the open requests of somebody who is being erased, and return how many.

    Those that they sent by `before`; there are as many as the guild's limit. The messages that
    mentors got about them are edited.
    """
    params = {"guild": guild_id, "user": user_id, "before": before}
    ids = (await tx.connection.scalars(_OPEN_BEFORE, params)).all()
    for request_id in ids:
        await request_views.set_status(tx, request_id, HelpRequestStatus.WITHDRAWN)
        event = Event(EventType.HELP_REQUEST_WITHDRAWN, guild_id, request_id=request_id)
        await publish(tx, event)
    return len(ids)


async def count_open(tx: Transaction, actor: Actor) -> int:
    """Return how many requests of the actor's count towards their limit."""
    params = {"guild": actor.guild, "user": actor.user_id}
    count: int = (await tx.connection.execute(_COUNT, params)).scalar_one()
    return count


async def load_for_mentor(tx: Transaction, actor: Actor, request_id: int) -> HelpRequestView:
    """Load a request that was shown to the actor, a mentor. Raises `NotFound`."""
    request = await request_views.load(tx, request_id)
    if not await _was_shown(tx, actor, request):
        raise NotFound(Subject.HELP_REQUEST)
    return request


async def list_to_answer(tx: Transaction, actor: Actor) -> list[HelpRequestView]:
    """List the open requests that were shown to the actor, a mentor, the latest first.

    Those that they have dismissed are left out.
    """
    params = {
        "guild": actor.guild,
        "mentor": actor.user_id,
        "since": tx.now - LIFETIME,
        "now": tx.now,
    }
    ids = (await tx.connection.scalars(_SHOWN_TO_MENTOR, params)).all()
    requests = await request_views.load_many(tx, ids)
    return [requests[each] for each in ids if each in requests]


async def load_to_answer(tx: Transaction, actor: Actor, request_id: int) -> HelpRequestView:
    """Load a request that was shown to the actor, or whose card in a channel they read.

    Raises `NotFound`, and for a card `HelpRequestEnded`, `OwnHelpRequest`, `NotYourExpertise`,
    `NotAvailable`, `BlockedByYou`, and what `own_profile.load_approved` does.
    """
    request = await request_views.load(tx, request_id)
    if await _was_shown(tx, actor, request):
        return request
    is_posted = await tx.connection.scalar(_IS_POSTED, {"request": request_id})
    if not is_posted or actor.guild_id != request.guild_id:
        raise NotFound(Subject.HELP_REQUEST)
    if actor.user_id == request.member.user_id:
        raise OwnHelpRequest
    request.require_open(tx.now)
    profile = await own_profile.load_approved(tx, actor)
    params = {"profile": profile.id, "tag": request.tag}
    if await tx.connection.scalar(_HAS_EXPERTISE, params) is None:
        raise NotYourExpertise(request.tag)
    await blocks.require_not_blocked(tx, request.guild_id, actor.user_id, request.member.user_id)
    return request


async def _was_shown(tx: Transaction, actor: Actor, request: HelpRequestView) -> bool:
    """Return whether a request was shown to the actor, a mentor, in a direct message."""
    if actor.guild_id not in (None, request.guild_id):
        return False
    params = {"request": request.id, "mentor": actor.user_id}
    return await tx.connection.scalar(_SHOWN, params) is not None


async def load_for_reader(tx: Transaction, actor: Actor, request_id: int) -> HelpRequestView:
    """Load a request for its member or a mentor whom it was shown to. Raises `NotFound`."""
    request = await request_views.load(tx, request_id)
    if request.member.user_id == actor.user_id and request.guild_id == actor.guild:
        return request
    return await load_for_mentor(tx, actor, request_id)


async def offer(
    tx: Transaction, actor: Actor, request_id: int, terms: InvitationRequest
) -> InvitationView:
    """Offer a time to who asked for help: an invitation, which they accept or decline.

    Of several mentors the first one's offer counts. Raises what `load_to_answer` does,
    `HelpRequestEnded`, `InvalidField` for a price above the request's, and what `invitations.send`
    does.
    """
    request = await load_to_answer(tx, actor, request_id)
    request.require_open(tx.now)
    guild = await guild_settings.load(tx, request.guild_id)
    await members.require_member_of(tx, actor, guild.id)
    invitee = Invitee(request.member.user_id, request.member.name)
    if not terms.topic:
        terms = replace(terms, topic=request.text[:LONGEST_TOPIC])
    calendar = await invitations.load_checked_calendar(tx, actor, guild, invitee, terms)
    price, most = terms.price, request.most_points
    if price is None:
        price = pricing.price(calendar.hourly_rate, terms.minutes)
    if most is not None and price > most:
        raise InvalidField(Field.PRICE, Problem.OUT_OF_RANGE, least=0, most=most, count=price)
    await request_views.set_status(tx, request_id, HelpRequestStatus.OFFERED)
    invitation_id = await invitations.insert_invitation(
        tx, guild, calendar, invitee, terms, request_id
    )
    if not await _was_shown(tx, actor, request):
        # From now on, they read it as those do who got it in a direct message.
        row = {"request_id": request_id, "mentor_id": actor.user_id}
        await tx.connection.execute(_SHOW, row | {"guild_id": guild.id, "shown_at": tx.now})
    event = Event(EventType.HELP_OFFERED, guild.id, actor.user_id, request_id=request_id)
    await publish(tx, event)
    return await invitation_views.load(tx, invitation_id)


async def pass_on(tx: Transaction, actor: Actor, request_id: int) -> HelpRequestView:
    """Note that a mentor doesn't want to answer a request. Raises `NotFound`."""
    request = await load_for_mentor(tx, actor, request_id)
    params = {"request": request_id, "mentor": actor.user_id, "now": tx.now}
    await tx.connection.execute(_PASS, params)
    return request


async def load_form_defaults(
    tx: Transaction, actor: Actor, request_id: int
) -> tuple[HelpRequestView, invitations.InvitationDefaults]:
    """Load a request and what the form for an offer begins with.

    Raises what `load_to_answer` and `invitations.load_defaults` do, and `HelpRequestEnded`.
    """
    request = await load_to_answer(tx, actor, request_id)
    request.require_open(tx.now)
    return request, await invitations.load_defaults(tx, actor)


def _require_fields(draft: HelpRequestDraft) -> None:
    tag, text = draft.tag.strip(), draft.text.strip()
    if not 1 <= len(tag) <= LONGEST_TAG:
        raise InvalidField(Field.SEARCH_EXPERTISE, Problem.TOO_LONG, most=LONGEST_TAG)
    if not text or len(text) > LONGEST_TEXT:
        raise InvalidField(Field.HELP_TEXT, Problem.WRONG_LENGTH, least=1, most=LONGEST_TEXT)
    most = draft.most_points
    if most is not None and not 0 <= most <= MAX_POINTS:
        raise InvalidField(Field.PRICE, Problem.OUT_OF_RANGE, least=0, most=MAX_POINTS, count=most)


async def _open_offers(tx: Transaction, request_id: int) -> Sequence[InvitationView]:
    ids = (await tx.connection.scalars(_OFFERS, {"request": request_id})).all()
    return list((await invitation_views.load_many(tx, ids)).values())


_COUNT = select(func.count()).where(
    HelpRequest.user_id == bindparam("user"),
    HelpRequest.guild_id == bindparam("guild"),
    HelpRequest.status.in_((HelpRequestStatus.OPEN, HelpRequestStatus.OFFERED)),
)
_OPEN_BEFORE = select(HelpRequest.id).where(
    HelpRequest.user_id == bindparam("user"),
    HelpRequest.guild_id == bindparam("guild"),
    HelpRequest.status == HelpRequestStatus.OPEN,
    HelpRequest.created_at <= bindparam("before", type_=UtcDateTime),
)
_INSERT = insert(HelpRequest).returning(HelpRequest.id)
_OFFERS = select(Invitation.id).where(
    Invitation.request_id == bindparam("request"), Invitation.status == "open"
)
_IS_SHOWN = (
    RequestedMentor.request_id == bindparam("request"),
    RequestedMentor.mentor_id == bindparam("mentor"),
)
_SHOWN = select(RequestedMentor.shown_at).where(*_IS_SHOWN)
_SHOW = insert(RequestedMentor)
_IS_POSTED = select(HelpRequest.id).where(
    HelpRequest.id == bindparam("request"), HelpRequest.message_id.is_not(None)
)
_HAS_EXPERTISE = (
    select(Tag.id)
    .join(ProfileTag, ProfileTag.tag_id == Tag.id)
    .where(ProfileTag.profile_id == bindparam("profile"), Tag.name == bindparam("tag"))
)
_PASS = update(RequestedMentor).where(*_IS_SHOWN).values(passed_at=bindparam("now"))
_SHOWN_TO_MENTOR = (
    select(HelpRequest.id)
    .join(RequestedMentor, RequestedMentor.request_id == HelpRequest.id)
    .where(
        RequestedMentor.guild_id == bindparam("guild"),
        RequestedMentor.mentor_id == bindparam("mentor"),
        # A request is open for a week, and was shown since it began.
        RequestedMentor.shown_at > bindparam("since", type_=UtcDateTime),
        RequestedMentor.passed_at.is_(None),
        HelpRequest.status == HelpRequestStatus.OPEN,
        HelpRequest.expires_at > bindparam("now", type_=UtcDateTime),
    )
    .order_by(RequestedMentor.shown_at.desc())
    .limit(MAX_TO_ANSWER)
)
