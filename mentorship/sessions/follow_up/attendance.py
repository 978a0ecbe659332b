"""Attendance reports: whether the mentor and the mentee met."""

from __future__ import annotations

from sqlalchemy import update

from mentorship.actors import Actor
from mentorship.guilds import guild_settings
from mentorship.sessions import lifecycle, session_views, transitions
from mentorship.sessions.follow_up import disputes
from mentorship.sessions.lifecycle import Action, Attendance
from mentorship.sessions.transitions import TransitionResult
from storage import Transaction
from storage.tables import Participant


async def report(
    tx: Transaction, actor: Actor, session_id: int, attendance: Attendance
) -> TransitionResult:
    """Record a participant's attendance report. Each of the two reports once.

    The mentee's `MET` pays the mentor at once. The mentor's `MET` and a `NO_SHOW` take effect after
    the session's delay, unless the other contradicts. A contradiction opens a dispute for the
    moderators. Raises `NotFound`, `NotAllowedNow`, `NotAMember`.
    """
    session = await session_views.load_for_participant(tx, actor, session_id)
    party = session.party(actor.user_id)
    action = lifecycle.attendance_action(attendance, party, session.state)
    transitions.require(action, party, session, tx.now)
    session_views.require_member(actor, session)
    await tx.connection.execute(
        update(Participant)
        .where(Participant.session_id == session.id, Participant.user_id == actor.user_id)
        .values(says=attendance, said_at=tx.now)
    )
    guild = await guild_settings.load(tx, session.guild_id)
    result = await transitions.apply(tx, guild, session, action, party, by=actor.user_id)
    if action is Action.DISPUTE:
        await disputes.schedule_reminders(tx, result.session)
    return result
