"""Members as the main app knows them: the person a token is for, their own data, their rank."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from sqlalchemy import bindparam, select, update

from mentorship import events
from mentorship.actors import Actor
from mentorship.availability import timezone_change
from mentorship.errors import Field, InvalidField, Problem
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.guilds import guild_settings
from mentorship.members import languages, members
from mentorship.notifications import preferences
from mentorship.notifications.catalogue import NotificationKind
from mentorship.notifications.preferences import Preferences
from mentorship.points import ledger
from mentorship.statuses import ProfileStatus
from mentorship.time.quiet_hours import QuietHours
from storage import Transaction
from storage.tables import Member, MentorProfile

MAX_RANK = 1_000_000


@dataclass(frozen=True, slots=True)
class MemberDetails:
    """A member's own data.

    `mentor_status` is None for a member without a mentor profile, `language` for one who has chosen
    none.
    """

    user_id: int
    name: str
    timezone: str | None
    rank: int
    balance: int
    currency: str
    mentor_status: ProfileStatus | None
    preferences: Preferences
    meeting_link: str | None = None
    meeting_place: str | None = None
    language: str | None = None


class Default(Enum):
    """Stands for a preference's default value in a `MemberUpdate`."""

    DEFAULT = auto()


@dataclass(frozen=True, slots=True)
class MemberUpdate:
    """A change of a member's own data. None leaves a value as it is."""

    zone: str | None = None
    muted: frozenset[NotificationKind] | None = None
    reminders: tuple[int, ...] | Default | None = None
    quiet: QuietHours | Default | None = None
    language: str | Default | None = None


# Built once, since an API that runs without the bot loads the actor for each request.
_SELECT_ACTOR = select(Member.name, Member.left_at, Member.screening_pending).where(
    Member.guild_id == bindparam("guild"), Member.user_id == bindparam("user")
)


async def find_actor(tx: Transaction, guild_id: int, user_id: int) -> Actor | None:
    """Load a person as an actor, without a name if they aren't recorded; None if they have left."""
    params = {"guild": guild_id, "user": user_id}
    row = (await tx.connection.execute(_SELECT_ACTOR, params)).one_or_none()
    if row is not None and row.left_at is not None:
        return None
    if row is None:
        return Actor(user_id, "", guild_id)
    return Actor(user_id, row.name, guild_id, screening_pending=row.screening_pending)


async def load_details(tx: Transaction, actor: Actor) -> MemberDetails:
    """Load the actor's own data."""
    guild = await guild_settings.load(tx, actor.guild)
    row = (
        await tx.connection.execute(
            select(
                Member.name,
                Member.timezone,
                Member.rank,
                Member.chosen_language,
                MentorProfile.status,
                MentorProfile.meeting_link,
                MentorProfile.meeting_place,
            )
            .outerjoin(
                MentorProfile,
                (MentorProfile.guild_id == Member.guild_id)
                & (MentorProfile.user_id == Member.user_id),
            )
            .where(Member.guild_id == actor.guild, Member.user_id == actor.user_id)
        )
    ).one_or_none()
    status = None if row is None else row.status
    return MemberDetails(
        user_id=actor.user_id,
        name=actor.name if row is None else row.name,
        timezone=None if row is None else row.timezone,
        rank=0 if row is None else row.rank,
        balance=await ledger.load_balance(tx, actor),
        currency=guild.currency_name,
        mentor_status=None if status is None else ProfileStatus(status),
        preferences=await preferences.load(tx, actor),
        meeting_link=None if row is None else row.meeting_link,
        meeting_place=None if row is None else row.meeting_place,
        language=None if row is None else row.chosen_language,
    )


async def update_details(tx: Transaction, actor: Actor, changes: MemberUpdate) -> MemberDetails:
    """Change the actor's own data. Raises `UnknownTimezone`, `TimezoneNeeded`, `InvalidField`."""
    if changes.zone is not None:
        await timezone_change.set_timezone(tx, actor, changes.zone)
    if changes.muted is not None:
        await preferences.set_muted_kinds(tx, actor, changes.muted)
    if changes.reminders is not None:
        reminders = None if changes.reminders is Default.DEFAULT else changes.reminders
        await preferences.set_reminders(tx, actor, reminders)
    if changes.quiet is not None:
        hours = None if changes.quiet is Default.DEFAULT else changes.quiet
        await preferences.set_quiet_hours(tx, actor, hours)
    if changes.language is not None:
        tag = None if changes.language is Default.DEFAULT else changes.language
        await languages.choose(tx, actor, tag)
    return await load_details(tx, actor)


async def set_rank(tx: Transaction, actor: Actor, rank: int) -> int:
    """Set the actor's rank in the main app, which guilds may require of applicants.

    Returns the rank. Raises `InvalidField`.
    """
    if not 0 <= rank <= MAX_RANK:
        raise InvalidField(Field.RANK, Problem.OUT_OF_RANGE, least=0, most=MAX_RANK)
    await guild_settings.load_or_create(tx, actor.guild)
    # The main app knows them; they haven't used anything here yet.
    await members.record_named(tx, actor.guild, actor.user_id, actor.name)
    is_actor = (Member.guild_id == actor.guild, Member.user_id == actor.user_id)
    await tx.connection.execute(update(Member).where(*is_actor).values(rank=rank))
    event = Event(
        EventType.RANK_CHANGED, actor.guild, subject_id=actor.user_id, facts={"rank": rank}
    )
    await events.record(tx, event)
    return rank
