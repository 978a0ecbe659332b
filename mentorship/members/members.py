"""The people of a guild: what they are called and which clock they live by."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from sqlalchemy import Insert, bindparam, func, select

from mentorship.actors import Actor
from mentorship.errors import NotAMember, TimezoneNeeded
from storage import Transaction
from storage.queries import upsert
from storage.tables import Member


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


_THEIRS = (Member.guild_id == bindparam("guild"), Member.user_id == bindparam("user"))
_LOOK = select(Member.name, Member.timezone, Member.left_at).where(*_THEIRS)


@cache
def _ensure(dialect: str) -> Insert:
    entry = upsert(dialect, Member)
    return entry.on_conflict_do_update(
        index_elements=["guild_id", "user_id"],
        # What a face does not know is kept.
        set_={
            "name": entry.excluded.name,
            "left_at": None,
            "language": func.coalesce(entry.excluded.language, Member.language),
            "joined_at": func.coalesce(entry.excluded.joined_at, Member.joined_at),
        },
    ).returning(Member.timezone)


async def look(tx: Transaction, actor: Actor) -> MemberView:
    """The actor as they are known in the guild, without writing anything.

    Raises `NotAMember` for one who acts from afar and is not known to be there.
    """
    who = {"guild": actor.guild, "user": actor.user_id}
    row = (await tx.connection.execute(_LOOK, who)).one_or_none()
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
    entry = {
        "guild_id": actor.guild,
        "user_id": actor.user_id,
        "name": actor.name,
        "language": actor.language,
        "joined_at": actor.joined_at,
        "created_at": tx.now,
    }
    zone = (await tx.connection.execute(_ensure(tx.dialect), entry)).scalar_one()
    return MemberView(actor.guild, actor.user_id, actor.name, zone)


async def zone_of(tx: Transaction, actor: Actor, otherwise: str) -> str:
    """The actor's zone, or `otherwise` for whoever has not said theirs."""
    found = await tx.connection.scalar(
        select(Member.timezone).where(
            Member.guild_id == actor.guild, Member.user_id == actor.user_id
        )
    )
    return found or otherwise
