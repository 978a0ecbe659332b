"""The notes of a session: one that both people share, and a private one of each.

A shared note has a revision. Whoever saves a text says which revision they started from; if
the other has changed the note since, nothing is saved, and they are shown that change first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Insert, Row, bindparam, case, or_, select

from mentorship.actors import Actor
from mentorship.errors import Subject, TextChanged
from mentorship.event_types import EventType
from mentorship.relationships import access, texts
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.session_views import SessionView
from storage import Transaction
from storage.queries import upsert
from storage.tables import PrivateNote, SharedNote
from storage.types import RowId


@dataclass(frozen=True, slots=True)
class NoteView:
    """A note. `revision` counts its changes: 0 if nobody has written one.

    `changed_by` is the side that changed a shared note last.
    """

    text: str = ""
    revision: int = 0
    changed_by: Party | None = None
    changed_at: datetime | None = None


NO_NOTE = NoteView()


async def write_shared(
    tx: Transaction, actor: Actor, session_id: int, text: str, seen_revision: int | None = None
) -> NoteView:
    """Replace the note that the two people of a session share; an empty text clears it.

    `seen_revision` is that of the note that the actor has edited. If it has changed since,
    `TextChanged` says who changed it, and nothing is saved. None saves in any case. Saving the
    current text changes nothing. Raises `NotFound`, `NotAMember`, `NotAllowedNow` for a session
    that doesn't take place, `NotAvailable`, `BlockedByYou`, and `InvalidField`.
    """
    session = await access.load_to_add(tx, actor, session_id)
    new_text = texts.validate_note(text)
    await access.lock(tx, session_id)
    current = await find_shared(tx, session_id)
    if new_text == current.text:
        return current
    party = session.party(actor.user_id)
    if seen_revision is not None and seen_revision != current.revision:
        raise TextChanged(Subject.NOTE, current.revision, _name_of_other(session, current, party))
    note = NoteView(new_text, current.revision + 1, party, tx.now)
    row = {
        "session_id": session.id,
        "guild_id": session.guild_id,
        "mentor_id": session.mentor.user_id,
        "mentee_id": session.mentee.user_id,
        "text": note.text,
        "revision": note.revision,
        "editor": party,
        "written_by_mentor": party is Party.MENTOR,
        "written_by_mentee": party is Party.MENTEE,
        "updated_at": tx.now,
    }
    await tx.connection.execute(_upsert_shared(tx.dialect), row)
    await access.record(tx, EventType.NOTE_SHARED_CHANGED, session, actor, revision=note.revision)
    return note


async def write_private(
    tx: Transaction, actor: Actor, session_id: int, text: str, seen_revision: int | None = None
) -> NoteView:
    """Replace the actor's own note on a session, which nobody else can read.

    No event says that it exists. `seen_revision` is as for `write_shared`: the actor may have
    changed the note on another device. Raises `NotFound`, `NotAMember`, `TextChanged` and
    `InvalidField`.
    """
    session = await access.load(tx, actor, session_id)
    new_text = texts.validate_note(text)
    await access.lock(tx, session_id)
    current = await find_private(tx, actor, session_id)
    if new_text == current.text:
        return current
    if seen_revision is not None and seen_revision != current.revision:
        raise TextChanged(Subject.NOTE, current.revision, None)
    note = NoteView(new_text, current.revision + 1, changed_at=tx.now)
    row = {
        "session_id": session.id,
        "user_id": actor.user_id,
        "guild_id": session.guild_id,
        "text": note.text,
        "revision": note.revision,
        "updated_at": tx.now,
    }
    await tx.connection.execute(_upsert_private(tx.dialect), row)
    return note


async def load_shared(tx: Transaction, actor: Actor, session_id: int) -> NoteView:
    """Load the shared note of a session for one of its two people.

    Raises `NotFound` and `NotAMember`.
    """
    await access.load(tx, actor, session_id)
    return await find_shared(tx, session_id)


async def load_private(tx: Transaction, actor: Actor, session_id: int) -> NoteView:
    """Load the actor's own note on a session. Raises `NotFound` and `NotAMember`."""
    await access.load(tx, actor, session_id)
    return await find_private(tx, actor, session_id)


async def find_shared(tx: Transaction, session_id: int) -> NoteView:
    """Return the shared note of a session. Checks no permission."""
    return (await list_shared(tx, [session_id])).get(session_id, NO_NOTE)


async def list_shared(tx: Transaction, session_ids: Iterable[int]) -> dict[int, NoteView]:
    """Return the shared notes of several sessions, by session. Checks no permission.

    Sessions of which nobody has written one are left out.
    """
    ids = tuple(set(session_ids))
    if not ids:
        return {}
    rows = await tx.connection.execute(_SELECT_SHARED, {"sessions": ids})
    return {row.session_id: _shared(row) for row in rows}


async def find_private(tx: Transaction, actor: Actor, session_id: int) -> NoteView:
    """Return the actor's own note on a session of theirs."""
    return (await list_private(tx, actor, [session_id])).get(session_id, NO_NOTE)


async def list_private(
    tx: Transaction, actor: Actor, session_ids: Iterable[int]
) -> dict[int, NoteView]:
    """Return the actor's own notes on several sessions, by session."""
    ids = tuple(set(session_ids))
    if not ids:
        return {}
    params = {"user": actor.user_id, "sessions": ids}
    rows = await tx.connection.execute(_SELECT_PRIVATE, params)
    return {
        row.session_id: NoteView(row.text, row.revision, changed_at=row.updated_at) for row in rows
    }


def _shared(row: Row[*tuple[Any, ...]]) -> NoteView:
    return NoteView(row.text, row.revision, Party(row.editor), row.updated_at)


def _name_of_other(session: SessionView, note: NoteView, party: Party) -> str | None:
    """Return who changed a note, None if it was the person of `party` themselves."""
    by = note.changed_by
    return None if by is None or by is party else session.person(by).name


_SELECT_SHARED = select(
    SharedNote.session_id,
    SharedNote.text,
    SharedNote.revision,
    SharedNote.editor,
    SharedNote.updated_at,
).where(SharedNote.session_id.in_(bindparam("sessions", expanding=True, type_=RowId)))

_SELECT_PRIVATE = select(
    PrivateNote.session_id, PrivateNote.text, PrivateNote.revision, PrivateNote.updated_at
).where(
    PrivateNote.session_id.in_(bindparam("sessions", expanding=True, type_=RowId)),
    # `+ 0` keeps planners from reading all notes of the person.
    PrivateNote.user_id + 0 == bindparam("user", type_=RowId),
)


@cache
def _upsert_shared(dialect: str) -> Insert:
    statement = upsert(dialect, SharedNote)
    new = statement.excluded
    is_empty = new.text == ""
    return statement.on_conflict_do_update(
        index_elements=["session_id"],
        set_={
            "text": new.text,
            "revision": new.revision,
            "editor": new.editor,
            # Nobody has a part in a text that was cleared.
            "written_by_mentor": case(
                (is_empty, False), else_=or_(SharedNote.written_by_mentor, new.written_by_mentor)
            ),
            "written_by_mentee": case(
                (is_empty, False), else_=or_(SharedNote.written_by_mentee, new.written_by_mentee)
            ),
            "updated_at": new.updated_at,
        },
    )


@cache
def _upsert_private(dialect: str) -> Insert:
    statement = upsert(dialect, PrivateNote)
    new = statement.excluded
    return statement.on_conflict_do_update(
        index_elements=["session_id", "user_id"],
        set_={"text": new.text, "revision": new.revision, "updated_at": new.updated_at},
    )
