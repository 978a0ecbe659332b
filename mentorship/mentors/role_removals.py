"""Taking the mentor role in Discord from people whose data was erased.

An erasure leaves no mentor profile by which the bot could see that somebody shouldn't have the role
any more. So it leaves a row here, until the bot has taken the role, for `KEPT_FOR` at most. A
worker claims a row for the time of a lease.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import bindparam, delete, exists, insert, select

from mentorship.guilds.guild_settings import BEING_PURGED
from mentorship.notifications.channel_cards import LEASE, retry_at
from mentorship.statuses import ProfileStatus
from storage import Transaction
from storage.queries import delete_some, update_by_id
from storage.tables import MentorProfile, MentorRoleRemoval
from storage.types import RowId, UtcDateTime

KEPT_FOR = timedelta(days=7)
"""How long it is tried. It may never work: the bot may lack the permission, or be gone."""

BATCH_SIZE = 20
"""Rows that one call claims, or deletes as too old, at most."""


@dataclass(frozen=True, slots=True)
class RoleRemoval:
    """A role to take from a former mentor. `attempts` have failed so far."""

    id: int
    guild_id: int
    user_id: int
    role_id: int
    attempts: int


async def schedule(tx: Transaction, guild_id: int, user_id: int, role_id: int) -> None:
    """Have the bot take a role from somebody whose data is erased in this transaction."""
    person = {"guild": guild_id, "user": user_id}
    await tx.connection.execute(_DELETE_OF_PERSON, person)
    row = {
        "guild_id": guild_id,
        "user_id": user_id,
        "role_id": role_id,
        "created_at": tx.now,
        "next_at": tx.now,
    }
    await tx.connection.execute(_INSERT, row)


async def has_due(tx: Transaction) -> bool:
    """Return whether a role is to be taken now."""
    return bool(await tx.connection.scalar(_HAS_DUE, {"now": tx.now}))


async def claim(tx: Transaction, limit: int = BATCH_SIZE) -> list[RoleRemoval]:
    """Claim the roles to take now, for the time of `LEASE`.

    Rows of people who are mentors again are deleted, and so are those older than `KEPT_FOR`.
    """
    is_old = MentorRoleRemoval.created_at <= tx.now - KEPT_FOR
    is_due = MentorRoleRemoval.next_at <= tx.now
    order = (MentorRoleRemoval.next_at,)
    await delete_some(tx.connection, MentorRoleRemoval, is_due, is_old, order_by=order, limit=limit)
    claimed = []
    for row in (await tx.connection.execute(_DUE, {"now": tx.now, "limit": limit})).all():
        if row.is_mentor:
            await finish(tx, row.id)
            continue
        await tx.connection.execute(_POSTPONE, {"row_id": row.id, "next_at": tx.now + LEASE})
        claimed.append(RoleRemoval(row.id, row.guild_id, row.user_id, row.role_id, row.attempts))
    return claimed


async def finish(tx: Transaction, removal_id: int) -> None:
    """Delete what was to be done: the role was taken, or the person has left."""
    await tx.connection.execute(_DELETE, {"removal": removal_id})


async def retry(tx: Transaction, removal: RoleRemoval) -> None:
    """Try again later, after a failed attempt."""
    values = {"next_at": retry_at(tx.now, removal.attempts), "attempts": removal.attempts + 1}
    await tx.connection.execute(
        update_by_id(MentorRoleRemoval, *values), {"row_id": removal.id, **values}
    )


_INSERT = insert(MentorRoleRemoval)
_DELETE_OF_PERSON = delete(MentorRoleRemoval).where(
    MentorRoleRemoval.guild_id == bindparam("guild"), MentorRoleRemoval.user_id == bindparam("user")
)
_DELETE = delete(MentorRoleRemoval).where(MentorRoleRemoval.id == bindparam("removal", type_=RowId))
_POSTPONE = update_by_id(MentorRoleRemoval, "next_at")
_IS_DUE = MentorRoleRemoval.next_at <= bindparam("now", type_=UtcDateTime)
_HAS_DUE = select(exists().where(_IS_DUE))
_IS_MENTOR = exists().where(
    MentorProfile.guild_id == MentorRoleRemoval.guild_id,
    MentorProfile.user_id == MentorRoleRemoval.user_id,
    MentorProfile.status == ProfileStatus.APPROVED,
)
_DUE = (
    select(*MentorRoleRemoval.__table__.c, _IS_MENTOR.label("is_mentor"))
    .where(_IS_DUE, MentorRoleRemoval.guild_id.not_in(BEING_PURGED))
    .order_by(MentorRoleRemoval.next_at)
    .limit(bindparam("limit"))
)
