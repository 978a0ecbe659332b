"""The people of a guild: what they are called and which clock they live by."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, auto

from sqlalchemy import func, literal, select, update

from mentorship import guilds, timetable, timezones
from mentorship.actors import Actor
from mentorship.errors import NotAMember, TimezoneNeeded
from storage import Transaction
from storage.queries import upsert
from storage.tables import Member, MentorProfile
from storage.types import UtcDateTime


@dataclass(frozen=True, slots=True)
class MemberView:
    """A person in a guild. `timezone` is an IANA name, None until they have said theirs."""

    guild_id: int
    user_id: int
    name: str
    timezone: str | None

    @property
    def zone(self) -> str:
        """The zone, for what can't be answered without one. Raises `TimezoneNeeded`."""
        if self.timezone is None:
            raise TimezoneNeeded()
        return self.timezone


class MentorHours(StrEnum):
    """What becomes of the weekly hours of a mentor who changes zone."""

    ON_THE_CLOCK = auto()
    AT_THE_SAME_INSTANTS = auto()


@dataclass(frozen=True, slots=True)
class TimezoneChange:
    """A zone that was just set. `hours_moved`: the person's mentor hours now follow this clock."""

    zone: str
    hours_moved: bool


async def look(tx: Transaction, actor: Actor) -> MemberView:
    """The actor as they are known in the guild, without writing anything.

    Raises `NotAMember` for one who acts from afar and is not known to be there.
    """
    row = (
        await tx.connection.execute(
            select(Member.name, Member.timezone, Member.left_at).where(
                Member.guild_id == actor.guild, Member.user_id == actor.user_id
            )
        )
    ).one_or_none()
    if actor.from_afar and (row is None or row.left_at is not None):
        raise NotAMember()
    timezone = row.timezone if row is not None else None
    return MemberView(actor.guild, actor.user_id, actor.name, timezone)


async def require_present(tx: Transaction, actor: Actor) -> None:
    """Raise `NotAMember` for one who acts from afar and is not known to be in the guild.

    Whoever acts in the guild itself is there, and costs no look.
    """
    if actor.from_afar:
        await look(tx, actor)


async def ensure(tx: Transaction, actor: Actor) -> MemberView:
    """The actor as they are known in the guild; whoever comes for the first time is written in."""
    row = (
        await tx.connection.execute(
            upsert(tx.connection, Member)
            .values(
                guild_id=actor.guild,
                user_id=actor.user_id,
                name=actor.name,
                language=actor.language,
                joined_at=actor.joined_at,
                created_at=tx.now,
            )
            .on_conflict_do_update(
                index_elements=["guild_id", "user_id"],
                # What a face does not know is kept.
                set_={
                    "name": actor.name,
                    "left_at": None,
                    "language": func.coalesce(actor.language, Member.language),
                    "joined_at": func.coalesce(
                        literal(actor.joined_at, UtcDateTime), Member.joined_at
                    ),
                },
            )
            .returning(Member.timezone)
        )
    ).one()
    return MemberView(actor.guild, actor.user_id, actor.name, row.timezone)


async def set_timezone(
    tx: Transaction, actor: Actor, zone: str, hours: MentorHours = MentorHours.ON_THE_CLOCK
) -> TimezoneChange:
    """Store the actor's zone under its current IANA name. Raises `UnknownTimezone`.

    A mentor's hours go along in one of two ways. Sessions that are booked keep their instants.
    """
    name = timezones.canonical(zone)
    await guilds.ensure(tx, actor.guild)
    await ensure(tx, actor)
    if hours is MentorHours.AT_THE_SAME_INSTANTS:
        await timetable.move_at_same_instants(tx, actor, name)
    mine = (Member.guild_id == actor.guild, Member.user_id == actor.user_id)
    await tx.connection.execute(update(Member).where(*mine).values(timezone=name))
    moved = await tx.connection.execute(
        update(MentorProfile)
        .where(
            MentorProfile.guild_id == actor.guild,
            MentorProfile.user_id == actor.user_id,
            MentorProfile.timezone != name,
        )
        .values(timezone=name, availability_version=MentorProfile.availability_version + 1)
    )
    return TimezoneChange(name, hours_moved=moved.rowcount > 0)
