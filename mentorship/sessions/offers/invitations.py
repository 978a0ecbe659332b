"""A mentor's invitation of a member to a session: checking it, and sending it.

The mentor chooses any time at which both are free, in their hours or not, and any price up to the
guild's maximum, also none. Their time is held until the invitation ends; nothing of the member's
is. `mentorship.sessions.offers.invitation_answers` has what becomes of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, bindparam, func, insert, select

from mentorship import idempotency, limits
from mentorship.actors import Actor
from mentorship.availability import mentor_calendar
from mentorship.availability.mentor_calendar import MentorCalendar
from mentorship.errors import (
    Field,
    InvalidField,
    Limit,
    MentorshipError,
    NotAMentor,
    NotFound,
    NotInvitable,
    Problem,
    ScreeningPending,
    SlotUnavailable,
    Subject,
)
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.members import blocks, members
from mentorship.members.members import Presence
from mentorship.mentors import own_profile
from mentorship.mentors.profile_rules import MAX_DURATION, MIN_DURATION
from mentorship.notifications.publishing import publish
from mentorship.points import pricing
from mentorship.sessions import commitments, lifecycle
from mentorship.sessions.booking import LONGEST_TOPIC
from mentorship.sessions.offers import invitation_views
from mentorship.sessions.offers.invitation_views import InvitationView
from mentorship.time.intervals import Span
from mentorship.time.natural_time import parser
from mentorship.time.natural_time.matching import best_matches
from storage import Transaction
from storage.tables import Invitation

LONGEST_NOTE = 500
"""Maximum length of what a mentor writes with an invitation, in characters."""


@dataclass(frozen=True, slots=True)
class Invitee:
    """The member to invite. `name` is None if the caller only knows the id.

    `is_member` says whether Discord lists them as a member of the guild at this moment, and
    `screening_pending` whether they still have to accept its rules; None if it wasn't asked. Then
    the database decides.
    """

    user_id: int
    name: str | None = None
    is_bot: bool = False
    is_member: bool | None = None
    screening_pending: bool | None = None


@dataclass(frozen=True, slots=True)
class InvitationRequest:
    """What a mentor offers. `starts_at` is UTC, `minutes` the elapsed length.

    `price` is in points, None for the mentor's rate times the length.
    """

    starts_at: datetime
    minutes: int
    topic: str = ""
    note: str = ""
    price: int | None = None

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)


@dataclass(frozen=True, slots=True)
class InvitationPreview:
    """An invitation to be sent, checked. Nothing is held yet.

    `zone` and `mentee_zone` are time zones; the member's is None until they have chosen one.
    `usual_price` and `price` are points. `answer_deadline` is until when the member can accept.
    `has_appointment` says that the mentor is busy then by one of their own calendars.
    """

    mentee_id: int
    mentee_name: str
    mentee_zone: str | None
    starts_at: datetime
    ends_at: datetime
    minutes: int
    topic: str
    note: str
    zone: str
    price: int
    usual_price: int
    fee_percent: int
    answer_deadline: datetime
    has_appointment: bool


@dataclass(frozen=True, slots=True)
class InvitationDefaults:
    """What the form for an invitation begins with. `durations` are minutes, `zone` the mentor's."""

    minutes: int
    durations: tuple[int, ...]
    hourly_rate: int
    zone: str


async def load_defaults(tx: Transaction, actor: Actor) -> InvitationDefaults:
    """Load what the actor's invitations begin with. Raises what `load_calendar` does."""
    calendar, _ = await load_calendar(tx, actor, mentor_calendar.NO_ID)
    return InvitationDefaults(
        minutes=mentor_calendar.default_duration(calendar.durations),
        durations=calendar.durations,
        hourly_rate=calendar.hourly_rate,
        zone=calendar.schedule.zone,
    )


async def suggest_starts(
    tx: Transaction, actor: Actor, member_id: int, minutes: int | None, text: str = ""
) -> tuple[datetime, ...]:
    """List starts at which the actor and a member are free, those that `text` names first.

    An exact time that suits both is among them, in the mentor's hours or not. `minutes` is the
    length, None for the mentor's usual one. Raises what `load_calendar` does, and says nothing
    about somebody whom the actor doesn't reach: then there are none.
    """
    if await blocks.exists_between(tx, actor.guild, actor.user_id, member_id):
        return ()
    calendar, busy = await load_calendar(tx, actor, member_id)
    minutes = minutes or mentor_calendar.default_duration(calendar.durations)
    own, zone = calendar.for_own_proposals(), calendar.schedule.zone
    time = parser.parse_suggestions(text, zone=zone, now=tx.now, locale=actor.language)
    if time is None:
        return tuple(own.slots(tx.now, minutes, mentee_busy=busy))
    window = mentor_calendar.window_around(time.span, tx.now)
    starts = own.slots(tx.now, minutes, window=window, mentee_busy=busy)
    if time.instant is not None and time.instant not in starts:
        try:
            calendar.require_proposable_by_mentor(tx.now, time.instant, minutes, mentee_busy=busy)
        except SlotUnavailable:
            pass
        else:
            starts.append(time.instant)
    return tuple(best_matches(starts, time, len(starts)))


async def preview(
    tx: Transaction, actor: Actor, invitee: Invitee, request: InvitationRequest
) -> InvitationPreview:
    """Check everything that `send` would check. Writes nothing, and raises what `send` does."""
    guild = await guild_settings.load(tx, actor.guild)
    calendar = await load_checked_calendar(tx, actor, guild, invitee, request)
    name, zone = await _load_name_and_zone(tx, guild.id, invitee)
    usual_price = pricing.price(calendar.hourly_rate, request.minutes)
    return InvitationPreview(
        mentee_id=invitee.user_id,
        mentee_name=name,
        mentee_zone=zone,
        starts_at=request.starts_at,
        ends_at=request.ends_at,
        minutes=request.minutes,
        topic=request.topic.strip(),
        note=request.note.strip(),
        zone=calendar.schedule.zone_at(request.starts_at),
        price=usual_price if request.price is None else request.price,
        usual_price=usual_price,
        fee_percent=guild.fee_percent,
        answer_deadline=lifecycle.answer_deadline(tx.now, request.starts_at, guild.confirm_within),
        has_appointment=calendar.has_appointment(Span(request.starts_at, request.ends_at)),
    )


async def send(
    tx: Transaction,
    actor: Actor,
    invitee: Invitee,
    request: InvitationRequest,
    *,
    key: str | None = None,
) -> InvitationView:
    """Invite a member to a session, hold the mentor's time for it, and notify the member.

    A repeated key with the same request returns the first invitation. Raises what
    `own_profile.why_not_mentoring` returns, `NotInvitable`, `NotFound` for somebody who isn't a
    member, `ScreeningPending`, `NotAvailable`, `BlockedByYou`, `LimitReached`, `InvalidField`,
    `SlotUnavailable` (`SlotTaken`, `Busy`) with the nearest open starts, and `KeyReused`.
    """
    digest = idempotency.digest(
        *("invite", invitee.user_id, request.starts_at.timestamp(), request.minutes),
        *(request.topic, request.note, request.price),
    )
    response = await idempotency.find_response(tx, actor, key, digest)
    if response is not None:
        return await invitation_views.load(tx, response["invitation"])
    guild = await guild_settings.load_or_create(tx, actor.guild)
    await members.require_member_of(tx, actor, guild.id)
    calendar = await load_checked_calendar(tx, actor, guild, invitee, request)
    invitation_id = await insert_invitation(tx, guild, calendar, invitee, request)
    stored = {"invitation": invitation_id}
    await idempotency.store_response(tx, actor, key, digest, stored, invitee.user_id)
    return await invitation_views.load(tx, invitation_id)


async def insert_invitation(
    tx: Transaction,
    guild: GuildSettings,
    calendar: MentorCalendar,
    invitee: Invitee,
    request: InvitationRequest,
    request_id: int | None = None,
) -> int:
    """Insert a checked invitation, hold the mentor's time and notify the member. Returns its id.

    `request_id` is the request for help that it answers.
    """
    await members.record_named(tx, guild.id, invitee.user_id, invitee.name)
    usual_price = pricing.price(calendar.hourly_rate, request.minutes)
    price = usual_price if request.price is None else request.price
    deadline = lifecycle.answer_deadline(tx.now, request.starts_at, guild.confirm_within)
    row = {
        "guild_id": guild.id,
        "profile_id": calendar.profile_id,
        "mentor_id": calendar.user_id,
        "mentee_id": invitee.user_id,
        "starts_at": request.starts_at,
        "ends_at": request.ends_at,
        "timezone": calendar.schedule.zone_at(request.starts_at),
        "topic": request.topic.strip(),
        "note": request.note.strip(),
        "price": price,
        "next_at": deadline,
        "created_at": tx.now,
        "request_id": request_id,
    }
    invitation_id: int = (await tx.connection.execute(_INSERT, row)).scalar_one()
    span = Span(request.starts_at, request.ends_at)
    await commitments.write_for_invitation(tx, invitation_id, calendar.user_id, span)
    event = Event(
        EventType.INVITATION_SENT,
        guild.id,
        calendar.user_id,
        subject_id=invitee.user_id,
        invitation_id=invitation_id,
        request_id=request_id,
        facts={"price": price},
    )
    await publish(tx, event, participants=[invitee.user_id], useful_until=deadline)
    return invitation_id


_INSERT = insert(Invitation).returning(Invitation.id)


# --- What is checked ------------------------------------------------------------------------------


async def load_checked_calendar(
    tx: Transaction,
    actor: Actor,
    guild: GuildSettings,
    invitee: Invitee,
    request: InvitationRequest,
) -> MentorCalendar:
    """Load the actor's calendar if they can invite the member to the session.

    Raises what `send` does about the two of them, the terms and the time.
    """
    if invitee.user_id == actor.user_id or invitee.is_bot:
        raise NotInvitable(is_bot=invitee.is_bot)
    calendar, mentee_commitments = await load_calendar(tx, actor, invitee.user_id)
    await _require_present(tx, guild, invitee)
    await blocks.require_not_blocked(tx, guild.id, actor.user_id, invitee.user_id)
    require_fields(guild, request)
    params = {"guild": guild.id, "mentor": actor.user_id, "member": invitee.user_id}
    limits.require(Limit.INVITATIONS, guild, await count_open(tx, actor))
    to_member = await _count(tx, _OPEN_TO_MEMBER, params)
    limits.require(Limit.INVITATIONS_PER_MEMBER, guild, to_member)
    calendar.require_proposable_by_mentor(
        tx.now, request.starts_at, request.minutes, mentee_busy=mentee_commitments
    )
    return calendar


async def load_calendar(
    tx: Transaction, actor: Actor, member_id: int
) -> tuple[MentorCalendar, tuple[Span, ...]]:
    """Load the actor's calendar as a mentor, and a member's commitments.

    Raises what `own_profile.why_not_mentoring` returns.
    """
    try:
        return await mentor_calendar.load_with_commitments(
            tx, actor.guild, actor.user_id, member_id
        )
    except NotAMentor:
        raise await _why_not_mentoring(tx, actor) from None


async def _why_not_mentoring(tx: Transaction, actor: Actor) -> MentorshipError:
    profile = await own_profile.find(tx, actor.guild, actor.user_id)
    return await own_profile.why_not_mentoring(tx, profile)


async def _require_present(tx: Transaction, guild: GuildSettings, invitee: Invitee) -> None:
    """Raise `NotFound` or `ScreeningPending` for somebody who couldn't accept."""
    is_member = invitee.is_member
    if is_member is None:
        presence = await members.find_presence(tx, guild.id, invitee.user_id)
        is_member = presence is Presence.PRESENT
    if not is_member:
        raise NotFound(Subject.MEMBER)
    pending = invitee.screening_pending
    if pending is None:
        pending = await members.is_recorded_as_pending(tx, guild.id, invitee.user_id)
    if pending:
        name, _ = await _load_name_and_zone(tx, guild.id, invitee)
        raise ScreeningPending(name)


async def _load_name_and_zone(
    tx: Transaction, guild_id: int, invitee: Invitee
) -> tuple[str, str | None]:
    recorded = await members.find_name_and_zone(tx, guild_id, invitee.user_id)
    name, zone = recorded if recorded is not None else (None, None)
    return invitee.name or name or "A member", zone


def require_fields(guild: GuildSettings, request: InvitationRequest) -> None:
    """Raise `InvalidField` for what the mentor chose or wrote, with all problems at once."""
    problems = []
    if len(request.topic) > LONGEST_TOPIC:
        problems.append(InvalidField(Field.TOPIC, Problem.TOO_LONG, most=LONGEST_TOPIC))
    if len(request.note) > LONGEST_NOTE:
        problems.append(InvalidField(Field.NOTE, Problem.TOO_LONG, most=LONGEST_NOTE))
    if not MIN_DURATION <= request.minutes <= MAX_DURATION:
        problems.append(_out_of_range(Field.LENGTH, MIN_DURATION, MAX_DURATION, request.minutes))
    elif request.price is not None:
        most = pricing.price(guild.maximum_hourly_rate, request.minutes)
        if not 0 <= request.price <= most:
            problems.append(_out_of_range(Field.PRICE, 0, most, request.price))
    if problems:
        first, *others = problems
        first.others = tuple(others)
        raise first


def _out_of_range(field: Field, least: int, most: int, count: int) -> InvalidField:
    return InvalidField(field, Problem.OUT_OF_RANGE, least=least, most=most, count=count)


async def count_open(tx: Transaction, actor: Actor) -> int:
    """Return how many invitations of the actor's, a mentor, count towards their limit."""
    return await _count(tx, _OPEN, {"guild": actor.guild, "mentor": actor.user_id})


async def _count(tx: Transaction, statement: Select[int], params: dict[str, int]) -> int:
    return (await tx.connection.execute(statement, params)).scalar_one()


_OPEN = select(func.count()).where(
    Invitation.guild_id == bindparam("guild"),
    Invitation.mentor_id == bindparam("mentor"),
    Invitation.status == "open",
)
_OPEN_TO_MEMBER = _OPEN.where(Invitation.mentee_id == bindparam("member"))
