"""To whom a member can give points, and how often to people who have never used the bot."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, literal_column, or_, select

from mentorship import limits
from mentorship.actors import Actor
from mentorship.errors import Limit, NotAvailable
from mentorship.guilds.guild_settings import GuildSettings
from mentorship.members import blocks
from storage import Transaction
from storage.tables import Account, Member, Transfer

_own = Account.__table__.alias("own")
_other = Account.__table__.alias("other")

# A person who was erased meanwhile is a placeholder that has never used the bot.
_IS_STRANGER = or_(Member.used_at.is_(None), Member.used_at > Transfer.created_at)

_SELECT_GIFTS_TO_STRANGERS = (
    select(Transfer.created_at)
    .join(_own, _own.c.id == Transfer.debit_account_id)
    .join(_other, _other.c.id == Transfer.credit_account_id)
    .join(Member, (Member.guild_id == _other.c.guild_id) & (Member.user_id == _other.c.user_id))
    .where(
        _own.c.guild_id == bindparam("guild"),
        _own.c.user_id == bindparam("user"),
        # Literals, so that the partial index on member accounts applies.
        _own.c.kind == literal_column("'member'"),
        Transfer.cause == literal_column("'gift'"),
        Transfer.created_at > bindparam("since"),
        _IS_STRANGER,
    )
)
_SELECT_USED_AT = select(Member.used_at).where(
    Member.guild_id == bindparam("guild"), Member.user_id == bindparam("user")
)


async def require_allowed(
    tx: Transaction, guild: GuildSettings, actor: Actor, recipient_id: int
) -> None:
    """Raise an error unless the actor can give points to a person now.

    `NotAvailable` or `BlockedByYou` if one of the two has blocked the other, and `LimitReached` for
    a stranger after as many gifts to strangers as the guild allows.
    """
    try:
        await blocks.require_not_blocked(tx, guild.id, actor.user_id, recipient_id)
    except NotAvailable as error:
        raise NotAvailable(error.name, is_gift=True) from None
    recipient = {"guild": guild.id, "user": recipient_id}
    if await tx.connection.scalar(_SELECT_USED_AT, recipient) is not None:
        return
    gifts = await list_counted(tx, guild.id, actor.user_id)
    limits.require_for_acts(Limit.GIFTS_TO_STRANGERS, guild, gifts)


async def list_counted(tx: Transaction, guild_id: int, user_id: int) -> Sequence[datetime]:
    """List when somebody made the gifts to strangers that count towards the limit."""
    since = tx.now - limits.WINDOWS[Limit.GIFTS_TO_STRANGERS]
    giver = {"guild": guild_id, "user": user_id, "since": since}
    return (await tx.connection.scalars(_SELECT_GIFTS_TO_STRANGERS, giver)).all()
