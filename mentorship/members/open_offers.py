"""Offers of people who can't keep or answer them any more: somebody left, stopped or is suspended.

They are marked here in one statement, and ended one by one by the clock of sessions
(`mentorship.sessions.clock`), which tells the other side.
"""

from __future__ import annotations

from sqlalchemy import Update, bindparam, update
from sqlalchemy.orm import InstrumentedAttribute

from storage import Transaction
from storage.tables import HelpRequest, Invitation


def _end(table: type[Invitation | HelpRequest], person: InstrumentedAttribute[int]) -> Update:
    """Return the statement that lets the open rows of a `person` in a `guild` end now."""
    return (
        update(table)
        .where(
            table.guild_id == bindparam("guild"),
            person == bindparam("person"),
            table.status == "open",
        )
        .values(next_at=bindparam("now"))
    )


_OF_MENTOR = _end(Invitation, Invitation.mentor_id)
_OF_MEMBER = _end(Invitation, Invitation.mentee_id)
_REQUESTS = _end(HelpRequest, HelpRequest.user_id)


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
