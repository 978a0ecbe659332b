"""Everything that a booking needs to know about the mentee, loaded by one statement."""

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
class BookingContext:
    """The actor as a mentee in their guild.

    `is_recorded` tells whether the stored member needs no update: their name, language and joining
    date are the actor's. `account` is the id of their account and its balance in points, or None.
    `stored_request` is the request booked under the same idempotency key before.
    """

    guild: GuildSettings
    name: str
    timezone: str | None
    is_recorded: bool
    account: tuple[int, int] | None
    stored_request: StoredRequest | None

    def require_timezone(self) -> str:
        """Return the mentee's time zone. Raises `TimezoneNeeded` if they have none."""
        if self.timezone is None:
            raise TimezoneNeeded()
        return self.timezone


# Built once: building it costs SQLAlchemy more time than SQLite needs to execute it.
_QUERY = (
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
            # A literal, so that the partial index on member accounts applies.
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


async def load(tx: Transaction, actor: Actor, key: str | None) -> BookingContext:
    """Load the mentee's context for a booking under an idempotency key, if there is one.

    Raises `NotAMember` for an actor outside of the guild who isn't recorded as its member.
    """
    params = {"guild": actor.guild, "user": actor.user_id, "key": key}
    row = (await tx.connection.execute(_QUERY, params)).mappings().one_or_none()
    is_known = row is not None and row["member_name"] is not None
    if actor.outside_guild and (row is None or not is_known or row["member_left_at"] is not None):
        raise NotAMember()
    if row is None:
        return BookingContext(GuildSettings(actor.guild), actor.name, None, False, None, None)
    balance, stored_digest = row["account_balance"], row["stored_request"]
    return BookingContext(
        guild=guild_settings.from_row(row),
        # In a direct message Discord gives the global name, not the nickname in the guild.
        name=row["member_name"] if actor.outside_guild else actor.name,
        timezone=row["member_timezone"],
        is_recorded=actor.outside_guild
        or (
            row["member_name"] == actor.name
            and row["member_left_at"] is None
            and actor.language in (None, row["member_language"])
            and actor.joined_at in (None, row["member_joined_at"])
        ),
        account=None if balance is None else (row["account_id"], balance),
        stored_request=None
        if stored_digest is None
        else StoredRequest(stored_digest, session_id=row["stored_session_id"]),
    )
