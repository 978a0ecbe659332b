"""Creating a group session: a preview that writes nothing, and the session itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, insert, literal_column, select

from mentorship import consent, idempotency, limits, meeting_places
from mentorship.actors import Actor
from mentorship.availability import mentor_calendar
from mentorship.errors import (
    Field,
    InvalidField,
    Limit,
    NotBookableReason,
    Problem,
    SlotUnavailable,
    Term,
)
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.mentors import own_profile
from mentorship.mentors.profile_rules import MAX_DURATION, MIN_DURATION, validate_link
from mentorship.notifications.publishing import publish
from mentorship.points import pricing
from mentorship.sessions import commitments
from mentorship.sessions.groups import group_views, reminders, repeat_dates
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.insertion import COPIED_TERMS
from mentorship.sessions.wall_times import kept_offsets
from mentorship.time.intervals import Span
from storage import Transaction
from storage.tables import GroupSession

TITLE_LENGTHS = (1, 80)
LONGEST_DESCRIPTION = 1_000
CAPACITIES = (2, 100)
"""Seats of a group session that has a limit; 0 stands for none."""

MAX_JOIN_ROLES = 10
MAX_REPEATS = 52
"""How many more sessions may follow one that repeats a certain number of times."""

PLACES = (meeting_places.LINK, *meeting_places.ROOMS, *meeting_places.PROVIDERS)


@dataclass(frozen=True, slots=True)
class GroupRequest:
    """What a mentor fills in to create a group session.

    `starts_at` is UTC, `minutes` the elapsed length, `price` points a seat, and `capacity` 0
    without a limit. With fewer than `minimum_seats` by `minimum_deadline` (by default a day before
    the start, or half of the time until then) it is cancelled. `join_role_ids` limits who may join;
    empty means everyone. `meeting_link` None is the mentor's own. It repeats every `repeat_weeks`
    weeks, `repeat_left` times after the first, None for as many as come. `channel_id` is where it
    is announced, None for the guild's channel.
    """

    title: str
    starts_at: datetime
    minutes: int
    capacity: int
    price: int
    description: str = ""
    minimum_seats: int = 0
    minimum_deadline: datetime | None = None
    join_role_ids: Sequence[int] = ()
    place: str = "link"
    meeting_link: str | None = None
    repeat_weeks: int = 0
    repeat_left: int | None = None
    channel_id: int | None = None
    wants_event: bool = False

    @property
    def span(self) -> Span:
        """From the start to the end."""
        return Span(self.starts_at, self.starts_at + timedelta(minutes=self.minutes))

    @property
    def digest(self) -> str:
        """The digest that tells whether a repeated key came with the same request."""
        deadline = self.minimum_deadline
        return idempotency.digest(
            *("group", self.title, self.description, self.starts_at.timestamp(), self.minutes),
            *(self.capacity, self.price, self.minimum_seats),
            None if deadline is None else deadline.timestamp(),
            *(sorted(self.join_role_ids), self.place, self.meeting_link),
            *(self.repeat_weeks, self.repeat_left, self.channel_id, self.wants_event),
        )


@dataclass(frozen=True, slots=True)
class GroupPreview:
    """A valid request, completed, with the terms of its seats. Reserves nothing.

    `payout` is what the mentor gets for each seat, in points. `zone` is the mentor's then, and
    `has_appointment` says that they are busy by one of their own calendars.
    """

    request: GroupRequest
    guild: GuildSettings
    zone: str
    payout: int
    has_appointment: bool


async def preview(tx: Transaction, actor: Actor, request: GroupRequest) -> GroupPreview:
    """Check everything that creating would check, and return the completed request.

    Raises what `own_profile.why_not_mentoring` returns, `InvalidField` with all wrong fields,
    `LimitReached`, `SlotUnavailable` and `SlotTaken` with the nearest free starts.
    """
    profile = await own_profile.load_approved(tx, actor)
    guild = await guild_settings.load(tx, actor.guild)
    request = _completed(require_valid(request, guild, tx.now), guild, profile.meeting_link, tx.now)
    limits.require(Limit.GROUP_SESSIONS, guild, await count_upcoming(tx, actor))
    calendar = await mentor_calendar.load(tx, actor.guild, actor.user_id)
    calendar.require_proposable_by_mentor(
        tx.now, request.starts_at, request.minutes, mentee_busy=()
    )
    return GroupPreview(
        request,
        guild,
        calendar.schedule.zone_at(request.starts_at),
        pricing.payout(request.price, guild.fee_percent),
        calendar.has_appointment(request.span),
    )


async def create(
    tx: Transaction,
    actor: Actor,
    request: GroupRequest,
    key: str | None = None,
    *,
    payout_shown: int | None = None,
) -> GroupView:
    """Create a group session, which holds its mentor's time. Raises what `preview` does.

    `payout_shown` is what the mentor was shown that they get for each seat; otherwise raises
    `TermsChanged`.
    `key` is an idempotency key: the same request under it returns the session created before.
    Raises `KeyReused` for a key that was used before with another request.
    """
    if key is not None:
        answer = await idempotency.find_response(tx, actor, key, request.digest)
        if answer is not None:
            return await group_views.load(tx, answer["group"])
    checked = await preview(tx, actor, request)
    consent.require(Term.PAYOUT, payout_shown, checked.payout)
    request, guild = checked.request, checked.guild
    profile = await own_profile.load_approved(tx, actor)
    group = await insert_group(tx, guild, profile.id, actor.user_id, request, checked.zone)
    if key is not None:
        await idempotency.store_response(tx, actor, key, request.digest, {"group": group.id})
    return group


async def insert_group(
    tx: Transaction,
    guild: GuildSettings,
    profile_id: int,
    mentor_id: int,
    request: GroupRequest,
    zone: str,
    *,
    repeat_of: int | None = None,
    repeat_on: datetime | None = None,
) -> GroupView:
    """Insert a group session that was checked, and hold its mentor's time for it.

    One that repeats another is of the chain `repeat_of`, and on the date and time `repeat_on` of
    the mentor's clock. It is announced a week before, not weeks ahead.
    """
    announce_at = tx.now
    if repeat_of is not None:
        announce_at = max(tx.now, request.starts_at - repeat_dates.ANNOUNCED_BEFORE)
    has_next = request.repeat_weeks and request.repeat_left != 0
    if request.repeat_weeks and repeat_on is None:
        repeat_on = repeat_dates.wall_clock(request.starts_at, zone)
    row: dict[str, Any] = {
        "guild_id": guild.id,
        "profile_id": profile_id,
        "mentor_id": mentor_id,
        "title": request.title,
        "description": request.description,
        "starts_at": request.starts_at,
        "ends_at": request.span.end,
        **kept_offsets.columns(zone, request.starts_at),
        "sign_up_open": True,
        "capacity": request.capacity,
        "minimum_seats": request.minimum_seats,
        "minimum_deadline": request.minimum_deadline,
        "price": request.price,
        "who_may_join": "roles" if request.join_role_ids else "everyone",
        "join_role_ids": list(request.join_role_ids),
        "place": request.place,
        "meeting_link": request.meeting_link,
        "repeat_weeks": request.repeat_weeks,
        "repeat_left": request.repeat_left,
        "repeat_of": repeat_of,
        "repeat_on": None if repeat_on is None else repeat_on.isoformat(),
        "repeat_at": repeat_dates.creation_time(request.starts_at, request.repeat_weeks)
        if has_next
        else None,
        "next_at": request.minimum_deadline or request.starts_at,
        "created_at": tx.now,
        "channel_id": request.channel_id,
        "card_due_at": None if request.channel_id is None else announce_at,
        "wants_event": request.wants_event,
        "event_due_at": announce_at if request.wants_event else None,
        **{term: getattr(guild, term) for term in COPIED_TERMS},
    }
    group_id: int = (await tx.connection.execute(_INSERT, row)).scalar_one()
    await commitments.write_for_group(tx, group_id, mentor_id, request.span)
    event = Event(EventType.GROUP_CREATED, guild.id, mentor_id, group_id=group_id)
    await publish(tx, event)
    group = await group_views.load(tx, group_id)
    await reminders.schedule(tx, group, guild)
    return group


async def count_upcoming(tx: Transaction, actor: Actor) -> int:
    """Return how many group sessions of the actor's count towards their limit.

    Those of one repetition count once.
    """
    params = {"guild": actor.guild, "mentor": actor.user_id, "now": tx.now}
    return await tx.connection.scalar(_COUNT_CHAINS, params) or 0


def require_valid(request: GroupRequest, guild: GuildSettings, now: datetime) -> GroupRequest:
    """Return the request, normalized, as `validate` does, for a use case.

    Raises `SlotUnavailable` if nothing is wrong but the start, which is in the past: as with every
    other session. Raises `InvalidField` otherwise.
    """
    try:
        return validate(request, guild, now)
    except InvalidField as error:
        if (error.field, error.problem, error.others) == (Field.GROUP_START, Problem.PAST, ()):
            raise SlotUnavailable(NotBookableReason.PAST, by_mentor=True) from None
        raise


def validate(request: GroupRequest, guild: GuildSettings, now: datetime) -> GroupRequest:
    """Return the request, normalized. Raises `InvalidField` with everything that is wrong."""
    problems: list[InvalidField] = []
    title, description = " ".join(request.title.split()), request.description.strip()
    least, most = TITLE_LENGTHS
    if not least <= len(title) <= most:
        problems.append(
            InvalidField(Field.GROUP_TITLE, Problem.WRONG_LENGTH, least=least, most=most)
        )
    if len(description) > LONGEST_DESCRIPTION:
        problems.append(
            InvalidField(Field.GROUP_DESCRIPTION, Problem.TOO_LONG, most=LONGEST_DESCRIPTION)
        )
    if request.starts_at <= now:
        problems.append(InvalidField(Field.GROUP_START, Problem.PAST))
    if not MIN_DURATION <= request.minutes <= MAX_DURATION:
        problems.append(
            InvalidField(
                Field.GROUP_LENGTH, Problem.OUT_OF_RANGE, least=MIN_DURATION, most=MAX_DURATION
            )
        )
    problems += _seat_problems(request, now)
    highest = pricing.price(guild.maximum_hourly_rate, max(request.minutes, 60))
    if not 0 <= request.price <= highest:
        problems.append(InvalidField(Field.SEAT_PRICE, Problem.OUT_OF_RANGE, least=0, most=highest))
    roles = tuple(dict.fromkeys(request.join_role_ids))
    if len(roles) > MAX_JOIN_ROLES:
        problems.append(InvalidField(Field.JOIN_ROLE_IDS, Problem.TOO_MANY, most=MAX_JOIN_ROLES))
    if request.place not in PLACES:
        problems.append(InvalidField(Field.MEETING_PLACE, Problem.NOT_AN_OPTION))
    is_repeat = request.repeat_weeks in (0, 1, 2)
    if not is_repeat or not 0 <= (request.repeat_left or 0) <= MAX_REPEATS:
        problems.append(InvalidField(Field.REPEAT, Problem.OUT_OF_RANGE, least=0, most=MAX_REPEATS))
    link = request.meeting_link
    try:
        link = validate_link(link) if link else None
    except InvalidField as error:
        problems.append(error)
    if problems:
        first, *others = problems
        first.others = tuple(others)
        raise first
    return replace(
        request, title=title, description=description, join_role_ids=roles, meeting_link=link
    )


def _seat_problems(request: GroupRequest, now: datetime) -> list[InvalidField]:
    """Return what is wrong with the numbers of seats and the deadline for the minimum."""
    problems = []
    least, most = CAPACITIES
    if request.capacity and not least <= request.capacity <= most:
        problems.append(InvalidField(Field.CAPACITY, Problem.OUT_OF_RANGE, least=least, most=most))
    highest = request.capacity or most
    if not 0 <= request.minimum_seats <= highest:
        problems.append(
            InvalidField(Field.MINIMUM_SEATS, Problem.OUT_OF_RANGE, least=0, most=highest)
        )
    deadline = request.minimum_deadline
    if deadline is not None and not now < deadline <= request.starts_at:
        problem = Problem.PAST if deadline <= now else Problem.TOO_LATE
        problems.append(InvalidField(Field.MINIMUM_DEADLINE, problem))
    return problems


def _completed(
    request: GroupRequest, guild: GuildSettings, own_link: str | None, now: datetime
) -> GroupRequest:
    """Return the request with what it leaves to the guild's and the mentor's settings."""
    return replace(
        request,
        minimum_deadline=minimum_deadline(request, now),
        # Also of a session with a room, in case that can't be created. A meeting provider gives it
        # a link of its own.
        meeting_link=request.meeting_link
        or (None if meeting_places.is_provider(request.place) else own_link),
        channel_id=request.channel_id or guild.sessions_channel_id,
        repeat_left=request.repeat_left if request.repeat_weeks else None,
    )


def minimum_deadline(request: GroupRequest, now: datetime) -> datetime | None:
    """Return until when the minimum of seats has to be taken, None without a minimum.

    By default it is a day before the start, or half of the time until then if that is less.
    """
    if not request.minimum_seats:
        return None
    until_start = request.starts_at - now
    return request.minimum_deadline or request.starts_at - min(timedelta(days=1), until_start / 2)


# A session that repeats counts once, however many of its dates are open for sign-up.
_COUNT_CHAINS = select(
    func.count(func.coalesce(GroupSession.repeat_of, GroupSession.id).distinct())
).where(
    GroupSession.guild_id == bindparam("guild"),
    GroupSession.mentor_id == bindparam("mentor"),
    GroupSession.starts_at > bindparam("now", type_=GroupSession.starts_at.type),
    GroupSession.status == literal_column("'confirmed'"),
)
_INSERT = insert(GroupSession).returning(GroupSession.id)
