"""All that belongs to a session for one of its two people: notes, next steps and links."""

from __future__ import annotations

from dataclasses import dataclass

from mentorship.actors import Actor
from mentorship.members import blocks
from mentorship.relationships import access, links, next_steps, notes
from mentorship.relationships.links import LinkView
from mentorship.relationships.next_steps import StepView
from mentorship.relationships.notes import NoteView
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.session_views import SessionView
from storage import Transaction


@dataclass(frozen=True, slots=True)
class Notebook:
    """What a participant of a session reads. `private` is their own note.

    `can_add` tells whether they may add to what the other side reads.
    """

    session: SessionView
    party: Party
    shared: NoteView
    private: NoteView
    steps: tuple[StepView, ...]
    links: tuple[LinkView, ...]
    can_add: bool


async def load(tx: Transaction, actor: Actor, session_id: int) -> Notebook:
    """Load what belongs to a session of the actor's. Raises `NotFound` and `NotAMember`."""
    session = await access.load(tx, actor, session_id)
    other = access.other_person(session, actor.user_id)
    is_blocked = await blocks.exists_between(tx, session.guild_id, actor.user_id, other.user_id)
    return Notebook(
        session,
        session.party(actor.user_id),
        await notes.find_shared(tx, session_id),
        await notes.find_private(tx, actor, session_id),
        await next_steps.list_of_session(tx, session_id),
        (await links.list_of_sessions(tx, [session])).get(session_id, ()),
        can_add=access.can_add(session) and not is_blocked,
    )
