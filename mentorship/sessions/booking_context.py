"""Whoever wants to book, as a booking asks about them: in one look instead of four."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import and_, bindparam, literal_column, select

from mentorship.actors import Actor
from mentorship.errors import NotAMember, TimezoneNeeded
from mentorship.guilds import guild_settings
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.idempotency import StoredRequest
from storage import Transaction
from storage.tables import Account, Guild, IdempotencyKey, Member


@dataclass(frozen=True, slots=True)
class Mentee:
    """The actor in their guild. `up_to_date`: the records know them as the face does.

    `account` is the id and balance of their points, None for whoever has none yet.
    `stored_request` is what was booked under the key before.
    """

    guild: GuildSettings
    name: str
    timezone: str | None
    up_to_date: bool
    account: tuple[int, int] | None
    stored_request: StoredRequest | None

    def require_timezone(self) -> str:
        """Return the time zone. Raises `TimezoneNeeded` for a mentee without one."""
        if self.timezone is None:
            raise TimezoneNeeded()
        return self.timezone

    @property
    def balance(self) -> int:
        """Their points; whoever has no account yet has the starting balance."""
        return self.guild.starting_balance if self.account is None else self.account[1]


# Built once: what SQLAlchemy makes of a statement costs more than SQLite's answer to it.
_LOOK = (
    select(
        *guild_settings.COLUMNS,
        Member.name.label("member_name"),
        Member.timezone.label("member_timezone"),
        Member.language.label("member_language"),
        Member.joined_at.label("member_joined_at"),
        Member.left_at.label("member_left_at"),
        Account.id.label("account_id"),
        Account.balance.label("account_balance"),
        IdempotencyKey.request.label("stored_request"),
        IdempotencyKey.session_id.label("stored_session_id"),
    )
    .outerjoin(Member, and_(Member.guild_id == Guild.id, Member.user_id == bindparam("user")))
    .outerjoin(
        Account,
        and_(
            Account.guild_id == Guild.id,
            Account.user_id == bindparam("user"),
            # Spelt out, since the index is of the rows with this word alone.
            Account.kind == literal_column("'member'"),
        ),
    )
    .outerjoin(
        IdempotencyKey,
        and_(
            IdempotencyKey.guild_id == Guild.id,
            IdempotencyKey.user_id == bindparam("user"),
            IdempotencyKey.key == bindparam("key"),
        ),
    )
    .where(Guild.id == bindparam("guild"))
)


async def load(tx: Transaction, actor: Actor, key: str | None) -> Mentee:
    """The actor as they would book, perhaps under a key.

    Raises `NotAMember` for one who acts from afar and is not known to be there.
    """
    asked = {"guild": actor.guild, "user": actor.user_id, "key": key}
    row = (await tx.connection.execute(_LOOK, asked)).mappings().one_or_none()
    known = row is not None and row["member_name"] is not None
    if actor.outside_guild and (row is None or not known or row["member_left_at"] is not None):
        raise NotAMember()
    if row is None:
        return Mentee(GuildSettings(actor.guild), actor.name, None, False, None, None)
    points, stored_digest = row["account_balance"], row["stored_request"]
    return Mentee(
        guild=guild_settings.from_row(row),
        # In a direct message Discord says another name than the one that they have in the guild.
        name=row["member_name"] if actor.outside_guild else actor.name,
        timezone=row["member_timezone"],
        up_to_date=actor.outside_guild
        or (
            row["member_name"] == actor.name
            and row["member_left_at"] is None
            and actor.language in (None, row["member_language"])
            and actor.joined_at in (None, row["member_joined_at"])
        ),
        account=None if points is None else (row["account_id"], points),
        stored_request=None
        if stored_digest is None
        else StoredRequest(stored_digest, session_id=row["stored_session_id"]),
    )
