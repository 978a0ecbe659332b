"""The members of a guild: their names and time zones."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from functools import cache

from sqlalchemy import Boolean, Insert, bindparam, case, func, or_, select, update

from mentorship.actors import Actor
from mentorship.errors import MembershipUnknown, NotAMember, ScreeningPending, TimezoneNeeded
from mentorship.members import returning
from storage import Transaction
from storage.queries import upsert
from storage.tables import Member


@dataclass(frozen=True, slots=True)
class MemberView:
    """A member of a guild. `timezone` is an IANA name, None until the member has set one.

    `screening_pending` tells whether they still have to accept the guild's rules, as far as is
    known.
    """

    guild_id: int
    user_id: int
    name: str
    timezone: str | None
    screening_pending: bool = False

    def require_screened(self) -> None:
        """Raise `ScreeningPending` for a member who hasn't accepted the guild's rules yet."""
        if self.screening_pending:
            raise ScreeningPending()

    def require_timezone(self) -> str:
        """Return the time zone. Raises `TimezoneNeeded` for a member without one."""
        if self.timezone is None:
            raise TimezoneNeeded()
        return self.timezone


class Presence(Enum):
    """Whether a person is in a guild, as far as is recorded."""

    PRESENT = auto()
    LEFT = auto()
    UNKNOWN = auto()


_IS_ACTOR = (Member.guild_id == bindparam("guild"), Member.user_id == bindparam("user"))
_UPDATE_TIMEZONE = update(Member).where(*_IS_ACTOR).values(timezone=bindparam("timezone"))
_SELECT = select(Member.name, Member.timezone, Member.left_at, Member.screening_pending).where(
    *_IS_ACTOR
)
_RECORD_RETURN = update(Member).where(*_IS_ACTOR).values(left_at=None)
_SET_SCREENING = (
    update(Member)
    .where(*_IS_ACTOR, Member.screening_pending != bindparam("pending"))
    .values(screening_pending=bindparam("pending"))
)
_SET_AVATAR = update(Member).where(*_IS_ACTOR).values(avatar=bindparam("hash"))
_SELECT_PRESENCE = select(Member.used_at, Member.joined_at, Member.left_at).where(*_IS_ACTOR)


@cache
def _upsert(dialect: str) -> Insert:
    statement = upsert(dialect, Member)
    new = statement.excluded
    is_changed = or_(
        Member.name != new.name,
        Member.left_at.is_not(None),
        Member.used_at.is_(None),
        bindparam("knows_screening", type_=Boolean)
        & (Member.screening_pending != new.screening_pending),
    )
    return statement.on_conflict_do_update(
        index_elements=["guild_id", "user_id"],
        # The API doesn't know the picture, the language, the join date or whether they have
        # accepted the rules: keep what the bot has recorded.
        set_={
            "name": statement.excluded.name,
            "left_at": None,
            "updated_at": case((is_changed, new.updated_at), else_=Member.updated_at),
            "used_at": func.coalesce(Member.used_at, statement.excluded.used_at),
            "avatar": func.coalesce(statement.excluded.avatar, Member.avatar),
            "language": func.coalesce(statement.excluded.language, Member.language),
            "joined_at": func.coalesce(statement.excluded.joined_at, Member.joined_at),
            "screening_pending": case(
                (bindparam("knows_screening", type_=Boolean), statement.excluded.screening_pending),
                else_=Member.screening_pending,
            ),
        },
    ).returning(Member.timezone, Member.screening_pending, Member.used_at)


async def load(tx: Transaction, actor: Actor) -> MemberView:
    """Load the actor as a member of their guild. Writes nothing.

    An actor without a row is a member without a time zone. Raises `NotAMember` for an actor
    outside the guild who isn't recorded as one of its members.
    """
    params = {"guild": actor.guild, "user": actor.user_id}
    row = (await tx.connection.execute(_SELECT, params)).one_or_none()
    if actor.outside_guild and (row is None or row.left_at is not None):
        raise NotAMember()
    timezone = row.timezone if row is not None else None
    return MemberView(
        actor.guild,
        actor.user_id,
        actor.name,
        timezone,
        is_screening_pending(actor, row is not None and row.screening_pending),
    )


def is_screening_pending(actor: Actor, recorded: bool) -> bool:
    """Return whether the actor still has to accept the rules: by Discord, else as recorded."""
    return recorded if actor.screening_pending is None else actor.screening_pending


async def require_present(tx: Transaction, actor: Actor) -> None:
    """Raise `NotAMember` for an actor outside the guild who isn't recorded as one of its members.

    An actor who acts inside the guild is one of its members, so this costs no query.
    """
    if actor.outside_guild:
        await load(tx, actor)


def require_member(actor: Actor, guild_id: int, *, is_recorded: bool) -> None:
    """Require a member for an act in a guild, wherever the actor is.

    An actor who acts inside the guild is one of its members. Of others, `is_recorded` tells what
    the database knows. Raises `MembershipUnknown` until Discord was asked, and `NotAMember`.
    """
    if actor.guild_id == guild_id and not actor.outside_guild:
        return
    if actor.membership_unchecked:
        raise MembershipUnknown(guild_id)
    if not is_recorded:
        raise NotAMember()


async def require_member_of(tx: Transaction, actor: Actor, guild_id: int) -> None:
    """Raise what `require_member` does. An actor inside the guild costs no query."""
    if actor.guild_id != guild_id or actor.outside_guild:
        params = {"guild": guild_id, "user": actor.user_id}
        row = (await tx.connection.execute(_SELECT, params)).one_or_none()
        is_recorded = row is not None and row.left_at is None
        require_member(actor, guild_id, is_recorded=is_recorded)


async def record(tx: Transaction, actor: Actor) -> MemberView:
    """Insert or update the actor's row as a present member who uses the bot, and return it.

    The guild's row must exist.
    """
    row = {
        "guild_id": actor.guild,
        "user_id": actor.user_id,
        "name": actor.name,
        "avatar": actor.avatar,
        "language": actor.language,
        "joined_at": actor.joined_at,
        "screening_pending": bool(actor.screening_pending),
        "knows_screening": actor.screening_pending is not None,
        "used_at": tx.now,
        "created_at": tx.now,
    }
    timezone, screening_pending, used_at = (
        await tx.connection.execute(_upsert(tx.dialect), row)
    ).one()
    if used_at == tx.now:
        # Their first act here, as far as the data says. They may have been erased before.
        await returning.restore_blocks(tx, actor.guild, actor.user_id)
    return MemberView(actor.guild, actor.user_id, actor.name, timezone, screening_pending)


async def record_return(tx: Transaction, guild_id: int, user_id: int) -> None:
    """Record that someone who had left the guild is a member again."""
    params = {"guild": guild_id, "user": user_id}
    await tx.connection.execute(_RECORD_RETURN, params)


async def record_screening(tx: Transaction, guild_id: int, user_id: int, pending: bool) -> None:
    """Record whether a member still has to accept the guild's rules. Does nothing for strangers."""
    params = {"guild": guild_id, "user": user_id, "pending": pending}
    await tx.connection.execute(_SET_SCREENING, params)


async def record_avatar(tx: Transaction, guild_id: int, user_id: int, avatar: str) -> None:
    """Record the hash of a member's picture. Does nothing for strangers."""
    params = {"guild": guild_id, "user": user_id, "hash": avatar}
    await tx.connection.execute(_SET_AVATAR, params)


async def record_named(tx: Transaction, guild_id: int, user_id: int, name: str | None) -> str:
    """Insert a row for somebody whom another person named, if there is none, and return their name.

    Unlike `record`, this doesn't mark them as present: they haven't acted. `name` replaces the
    recorded one, unless it is None. The guild's row must exist.
    """
    statement = upsert(tx.dialect, Member).values(
        guild_id=guild_id, user_id=user_id, name=name or "A member", created_at=tx.now
    )
    keys = ["guild_id", "user_id"]
    await tx.connection.execute(
        statement.on_conflict_do_nothing(index_elements=keys)
        if name is None
        else statement.on_conflict_do_update(
            index_elements=keys,
            set_={"name": name, "updated_at": statement.excluded.updated_at},
            where=Member.name != name,
        )
    )
    params = {"guild": guild_id, "user": user_id}
    recorded: str = (await tx.connection.execute(_SELECT, params)).one().name
    return recorded


async def find_presence(tx: Transaction, guild_id: int, user_id: int) -> Presence:
    """Return whether somebody is in the guild, as far as is recorded.

    Members are those who have used the bot or the API, and those whose joining date is known. A row
    alone says nothing: somebody may have named an id that is nobody's.
    """
    params = {"guild": guild_id, "user": user_id}
    row = (await tx.connection.execute(_SELECT_PRESENCE, params)).one_or_none()
    if row is None or (row.used_at is None and row.joined_at is None):
        return Presence.UNKNOWN
    return Presence.PRESENT if row.left_at is None else Presence.LEFT


async def find_name_and_zone(
    tx: Transaction, guild_id: int, user_id: int
) -> tuple[str, str | None] | None:
    """Return the recorded name and time zone of somebody, or None if they aren't recorded."""
    params = {"guild": guild_id, "user": user_id}
    row = (await tx.connection.execute(_SELECT, params)).one_or_none()
    return None if row is None else (row.name, row.timezone)


async def is_recorded_as_pending(tx: Transaction, guild_id: int, user_id: int) -> bool:
    """Return whether somebody still has to accept the guild's rules, as far as is recorded."""
    params = {"guild": guild_id, "user": user_id}
    row = (await tx.connection.execute(_SELECT, params)).one_or_none()
    return row is not None and row.screening_pending


async def load_timezone(tx: Transaction, actor: Actor, default: str) -> str:
    """Load the actor's time zone, or return `default` for a member who hasn't set one."""
    timezone = await tx.connection.scalar(
        select(Member.timezone).where(
            Member.guild_id == actor.guild, Member.user_id == actor.user_id
        )
    )
    return timezone or default


async def write_timezone(tx: Transaction, actor: Actor, timezone: str) -> None:
    """Set the time zone of the actor, whose row must exist, to a canonical IANA name."""
    params = {"guild": actor.guild, "user": actor.user_id, "timezone": timezone}
    await tx.connection.execute(_UPDATE_TIMEZONE, params)
