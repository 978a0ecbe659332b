"""The phase of an erasure that ends the person's open invitations and requests for help."""

from __future__ import annotations

from mentorship.operations.erasure_phases.rows import ErasedPerson, PhaseProgress
from mentorship.sessions.offers import help_requests, invitation_answers
from storage import Transaction

ROWS_PER_OFFER = 20
"""As many rows as an invitation that ends counts for."""


async def end_open(tx: Transaction, person: ErasedPerson, limit: int) -> PhaseProgress:
    """End the person's open invitations and requests for help; the other side is notified.

    Those that they have sent or were sent after the erasure began are left alone: they have
    returned. One that can't be read is left to the clock.
    """
    most = max(1, limit // ROWS_PER_OFFER)
    ended = await invitation_answers.end_of_person(
        tx, person.guild_id, person.user_id, person.created_at, most
    )
    # A request whose offer has ended is open again, so these come last.
    if ended < most:
        withdrawn = await help_requests.end_of_person(
            tx, person.guild_id, person.user_id, person.created_at
        )
        return PhaseProgress((ended + withdrawn) * ROWS_PER_OFFER, more=False)
    return PhaseProgress(ended * ROWS_PER_OFFER, more=True)
