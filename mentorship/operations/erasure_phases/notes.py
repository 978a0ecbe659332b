"""What an erasure does with the notes, next steps and links of the person's sessions.

A shared note that both people wrote is the other's, too, and stays without the person's name. So do
steps that the other has to do. What only the person wrote, has to do or has added is deleted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, String, bindparam, case, delete, null, select, update

from mentorship.operations.erasure_phases.rows import (
    IDS,
    PERSON,
    PLACEHOLDER,
    ErasedPerson,
    run,
)
from mentorship.operations.personal_data import FORMER_MEMBER
from storage import Transaction
from storage.queries import update_by_id
from storage.tables import NextStep, PrivateNote, SessionLink, SharedNote

ROWS_PER_SESSION = 5
"""About as many rows as a session has in these tables."""


_DELETE_PRIVATE = delete(PrivateNote).where(
    # `+ 0` keeps planners from reading all notes of the person.
    PrivateNote.session_id.in_(IDS),
    PrivateNote.user_id + 0 == PERSON,
)


def _of_side(side: str) -> tuple[Any, ...]:
    """Return the statements for the sessions in which the person was the mentor or the mentee."""
    other_side = "mentee" if side == "mentor" else "mentor"
    own: Any = getattr(SharedNote, f"written_by_{side}")
    others: Any = getattr(SharedNote, f"written_by_{other_side}")
    note_person = getattr(SharedNote, f"{side}_id")
    step_person = getattr(NextStep, f"{side}_id")
    notes = (SharedNote.session_id.in_(IDS), note_person + 0 == PERSON)
    steps = (NextStep.session_id.in_(IDS), step_person + 0 == PERSON)
    # An empty note keeps its revision for the other side.
    return (
        update(SharedNote).where(*notes, own, ~others).values(text=""),
        update(SharedNote).where(*notes).values({own.key: False, f"{side}_id": PLACEHOLDER}),
        delete(NextStep).where(*steps, NextStep.assignee == side),
        update(NextStep)
        .where(*steps)
        .values(
            {
                "assignee": other_side,
                "author": case((NextStep.author == side, null()), else_=NextStep.author),
                "completer": case((NextStep.completer == side, null()), else_=NextStep.completer),
                f"{side}_id": PLACEHOLDER,
            }
        ),
    )


_SIDES = {side: _of_side(side) for side in ("mentor", "mentee")}

_DELETE_LINKS = {
    side: delete(SessionLink).where(SessionLink.session_id.in_(IDS), SessionLink.author == side)
    for side in _SIDES
}
_NOTES = select(SharedNote.session_id.label("id"), SharedNote.text).where(
    SharedNote.session_id.in_(IDS), SharedNote.text != ""
)
_STEPS = select(NextStep.id, NextStep.text).where(NextStep.session_id.in_(IDS))
_LINKS = select(SessionLink.id, SessionLink.label, SessionLink.url).where(
    SessionLink.session_id.in_(IDS)
)
_SET_NOTE = (
    update(SharedNote)
    .where(SharedNote.session_id == bindparam("row_id", type_=BigInteger))
    .values(text=bindparam("text", type_=String))
)
_SET_STEP = update_by_id(NextStep, "text")
_DELETE_NAMED = delete(SessionLink).where(SessionLink.id.in_(IDS))
_DELETE_OF_GROUPS = delete(SessionLink).where(
    SessionLink.group_id.in_(IDS), SessionLink.group_id.is_not(None)
)


async def separate(tx: Transaction, person: ErasedPerson, rows: Sequence[Any]) -> None:
    """Separate the person from what belongs to sessions: rows of `id` and `mentor_id`."""
    ids = [row.id for row in rows]
    params = person.params | {"ids": ids}
    await run(tx, _DELETE_PRIVATE, params)
    as_mentor = [row.id for row in rows if row.mentor_id == person.user_id]
    by_side = {"mentor": as_mentor, "mentee": [each for each in ids if each not in as_mentor]}
    for side, of_side in by_side.items():
        if not of_side:
            continue
        for statement in (*_SIDES[side], _DELETE_LINKS[side]):
            await run(tx, statement, person.params | {"ids": of_side})
    for select_texts, set_text in ((_NOTES, _SET_NOTE), (_STEPS, _SET_STEP)):
        changes = [
            {"row_id": row.id, "text": changed}
            for row in (await tx.connection.execute(select_texts, {"ids": ids})).all()
            if (changed := without_name(person, row.text)) != row.text
        ]
        if changes:
            await tx.connection.execute(set_text, changes)
    named = [
        row.id
        for row in (await tx.connection.execute(_LINKS, {"ids": ids})).all()
        if person.is_in(row.label) or person.is_in(row.url)
    ]
    if named:
        await tx.connection.execute(_DELETE_NAMED, {"ids": named})


async def delete_links_of_groups(tx: Transaction, group_ids: Sequence[int]) -> None:
    """Delete the links that the person, their mentor, has added to group sessions."""
    await tx.connection.execute(_DELETE_OF_GROUPS, {"ids": list(group_ids)})


def without_name(person: ErasedPerson, text: str) -> str:
    """Return a text in which a former member stands for the person's name and id, as words."""
    words = [rf"(?<!\d){person.user_id}(?!\d)"]
    if person.name:
        words.insert(0, rf"(?<!\w){re.escape(person.name)}(?!\w)")
    changed = text
    for word in words:
        changed = re.sub(word, FORMER_MEMBER, changed, flags=re.IGNORECASE)
    return changed
