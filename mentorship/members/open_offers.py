"""Offers of people who can't keep or answer them any more: somebody left, stopped or is suspended.

They are marked here in one statement, and ended one by one by the clock of sessions
(`mentorship.sessions.clock`), which tells the other side.
"""

from __future__ import annotations

from sqlalchemy import bindparam, update

from storage import Transaction
from storage.tables import HelpRequest, Invitation

_OF_MENTOR = (
    update(Invitation)
    .where(
        Invitation.guild_id == bindparam("guild"),
        Invitation.mentor_id == bindparam("person"),
        Invitation.status == "open",
    )
    .values(next_at=bindparam("now"))
)
_OF_MEMBER = (
    update(Invitation)
    .where(
        Invitation.guild_id == bindparam("guild"),
        Invitation.mentee_id == bindparam("person"),
        Invitation.status == "open",
    )
    .values(next_at=bindparam("now"))
)

_REQUESTS = (
    update(HelpRequest)
    .where(
        HelpRequest.user_id == bindparam("person"),
        HelpRequest.guild_id == bindparam("guild"),
        HelpRequest.status == "open",
    )
    .values(next_at=bindparam("now"))
)


async def end_those_of_mentor(tx: Transaction, guild_id: int, mentor_id: int) -> None:
    """Let what a mentor offers end soon: they don't mentor any more."""
    params = {"guild": guild_id, "person": mentor_id, "now": tx.now}
    await tx.connection.execute(_OF_MENTOR, params)


async def end_those_of_member(tx: Transaction, guild_id: int, user_id: int) -> None:
    """Let what somebody offers or was offered end soon: they have left the guild."""
    await end_those_of_mentor(tx, guild_id, user_id)
    params = {"guild": guild_id, "person": user_id, "now": tx.now}
    await tx.connection.execute(_OF_MEMBER, params)
    await tx.connection.execute(_REQUESTS, params)
