"""What cancelling a session would mean for both sides, before somebody does it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from mentorship.actors import Actor
from mentorship.sessions import lifecycle, refunds, session_views, transitions
from mentorship.sessions.lifecycle import Action
from mentorship.sessions.session_views import SessionView
from storage import Transaction


@dataclass(frozen=True, slots=True)
class CancellationTerms:
    """What the two sides of a session get if the actor ends it before it starts.

    `action` is `DECLINE` for the mentor of a pending request, else `CANCEL`. The mentee gets
    `refund` points and the mentor `earned` until `until`, that instant included. After that it is
    `refund_later` and `earned_later`, which are None if `until` is the start.
    """

    session: SessionView
    action: Action
    refund: int
    earned: int
    until: datetime
    refund_later: int | None = None
    earned_later: int | None = None


async def load(tx: Transaction, actor: Actor, session_id: int) -> CancellationTerms:
    """Load the terms for a participant who can end the session now.

    They change when the session is confirmed or moved. Raises `NotFound`, `NotAllowedNow`.
    """
    session = await session_views.load_for_participant(tx, actor, session_id)
    party = session.party(actor.user_id)
    action = lifecycle.ending_action(session.status, party, session.unit)
    transitions.require(action, party, session, tx.now)
    effect = lifecycle.transition(action, session.status, party, session.unit).points
    refund = refunds.refund(effect, session, tx.now)
    later = refunds.refund(effect, session, session.starts_at)
    if later == refund:
        return CancellationTerms(session, action, refund, session.price - refund, session.starts_at)
    return CancellationTerms(
        session,
        action,
        refund,
        session.price - refund,
        session.free_cancellation_ends_at,
        later,
        session.price - later,
    )
