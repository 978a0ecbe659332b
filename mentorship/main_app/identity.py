"""Members as a community's main app knows them: who a token speaks for, and their rank there."""

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
from mentorship.members import members
from mentorship.notifications import preferences
from mentorship.notifications.catalogue import NotificationKind
from mentorship.notifications.preferences import Preferences
from mentorship.points import ledger
from mentorship.time.quiet_hours import QuietHours
from storage import Transaction
from storage.tables import Member, MentorProfile

LARGEST_RANK = 1_000_000


@dataclass(frozen=True, slots=True)
class Self:
    """A member as they see themselves. `mentor_status` is that of their profile, if they have one:
    applicant, approved, suspended or stopped."""

    user_id: int
    name: str
    timezone: str | None
    rank: int
    balance: int
    currency: str
    mentor_status: str | None
    preferences: Preferences


# Built once, since an API without a bot beside it asks this of each caller.
_WHO = select(Member.name, Member.left_at).where(
    Member.guild_id == bindparam("guild"), Member.user_id == bindparam("user")
)


async def recorded(tx: Transaction, guild_id: int, user_id: int) -> Actor | None:
    """A person as the records know them: without a name if they don't, and None for whoever is
    known to have left."""
    row = (await tx.connection.execute(_WHO, {"guild": guild_id, "user": user_id})).one_or_none()
    if row is not None and row.left_at is not None:
        return None
    return Actor(user_id, "" if row is None else row.name, guild_id)


async def show(tx: Transaction, actor: Actor) -> Self:
    """The actor's own data."""
    guild = await guild_settings.load(tx, actor.guild)
    row = (
        await tx.connection.execute(
            select(Member.name, Member.timezone, Member.rank, MentorProfile.status)
            .outerjoin(
                MentorProfile,
                (MentorProfile.guild_id == Member.guild_id)
                & (MentorProfile.user_id == Member.user_id),
            )
            .where(Member.guild_id == actor.guild, Member.user_id == actor.user_id)
        )
    ).one_or_none()
    return Self(
        user_id=actor.user_id,
        name=actor.name if row is None else row.name,
        timezone=None if row is None else row.timezone,
        rank=0 if row is None else row.rank,
        balance=await ledger.balance(tx, actor),
        currency=guild.currency_name,
        mentor_status=None if row is None else row.status,
        preferences=await preferences.load(tx, actor),
    )


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a member changes about themselves; None leaves a thing as it is, `DEFAULT` takes it
    back."""

    zone: str | None = None
    muted: frozenset[NotificationKind] | None = None
    reminders: tuple[int, ...] | Default | None = None
    quiet: QuietHours | Default | None = None


class Default(Enum):
    """In place of a wish."""

    DEFAULT = auto()


async def change(tx: Transaction, actor: Actor, wanted: Wanted) -> Self:
    """Change what is wanted. Raises `UnknownTimezone`, `TimezoneNeeded`, `InvalidField`."""
    if wanted.zone is not None:
        await timezone_change.set_timezone(tx, actor, wanted.zone)
    if wanted.muted is not None:
        await preferences.set_muted_kinds(tx, actor, wanted.muted)
    if wanted.reminders is not None:
        leads = None if wanted.reminders is Default.DEFAULT else wanted.reminders
        await preferences.set_reminders(tx, actor, leads)
    if wanted.quiet is not None:
        hours = None if wanted.quiet is Default.DEFAULT else wanted.quiet
        await preferences.set_quiet_hours(tx, actor, hours)
    return await show(tx, actor)


async def set_rank(tx: Transaction, actor: Actor, rank: int) -> int:
    """Set the rank that the main app gives the actor, which guilds may ask of applicants.

    Returns it. Raises `InvalidField`.
    """
    if not 0 <= rank <= LARGEST_RANK:
        raise InvalidField(Field.RANK, Problem.OUT_OF_RANGE, least=0, most=LARGEST_RANK)
    await guild_settings.load_or_create(tx, actor.guild)
    await members.record(tx, actor)
    mine = (Member.guild_id == actor.guild, Member.user_id == actor.user_id)
    await tx.connection.execute(update(Member).where(*mine).values(rank=rank))
    event = Event(
        EventType.RANK_CHANGED, actor.guild, subject_id=actor.user_id, facts={"rank": rank}
    )
    await events.record(tx, event)
    return rank
