"""Notes of a session: one that two people share, and a private one of each."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from mentorship.actors import Actor
from mentorship.errors import (
    BlockedByYou,
    Field,
    InvalidField,
    NotAllowedNow,
    NotAMember,
    NotAvailable,
    NotFound,
    Problem,
    SessionAction,
    Subject,
    TextChanged,
)
from mentorship.event_types import EventType
from mentorship.operations import erasure
from mentorship.relationships import notebook, notes
from mentorship.sessions import blocking, departures, transitions
from mentorship.sessions.blocking import BlockTarget
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.session_views import SessionView
from storage import Transaction
from storage.tables import Event
from tests.mentorship.support.community import TUESDAY_NOON, Community, hours

ARABIC = "مرحبا @everyone <@1> "


async def test_both_sides_write_one_shared_note(
    town: Community, oliver: Actor, maya: Actor, session: SessionView
) -> None:
    written = await town.db.run(notes.write_shared, maya, session.id, "  Bring questions. ", 0)
    assert (written.text, written.revision, written.changed_by) == (
        "Bring questions.",
        1,
        Party.MENTEE,
    )
    assert await town.db.read(notes.load_shared, oliver, session.id) == written
    after = await town.db.run(notes.write_shared, oliver, session.id, "Bring three.", 1)
    assert (after.revision, after.changed_by) == (2, Party.MENTOR)
    assert await town.db.read(notes.load_shared, maya, session.id) == after


async def test_the_last_writer_sees_the_others_change_first(
    town: Community, oliver: Actor, maya: Actor, session: SessionView
) -> None:
    await town.db.run(notes.write_shared, oliver, session.id, "From Oliver", 0)
    with pytest.raises(TextChanged) as caught:
        await town.db.run(notes.write_shared, maya, session.id, "From Maya", 0)
    assert vars(caught.value) == {
        "subject": Subject.NOTE,
        "revision": 1,
        "name": "Oliver Hughes",
    }
    assert (await town.db.read(notes.load_shared, maya, session.id)).text == "From Oliver"
    await town.db.run(notes.write_shared, maya, session.id, "From both", 1)
    # Maya's own other window.
    with pytest.raises(TextChanged) as caught:
        await town.db.run(notes.write_shared, maya, session.id, "Older", 1)
    assert caught.value.name is None


async def test_saving_the_same_text_changes_nothing(
    town: Community, oliver: Actor, maya: Actor, session: SessionView
) -> None:
    first = await town.db.run(notes.write_shared, maya, session.id, "Agreed.", 0)
    before = await town.dump()
    assert await town.db.run(notes.write_shared, oliver, session.id, "Agreed.", 0) == first
    assert await town.dump() == before


async def test_a_cleared_note_keeps_its_revision(
    town: Community, maya: Actor, oliver: Actor, session: SessionView
) -> None:
    await town.db.run(notes.write_shared, maya, session.id, "Agreed.", 0)
    await town.db.run(notes.write_shared, maya, session.id, "", 1)
    with pytest.raises(TextChanged):
        await town.db.run(notes.write_shared, oliver, session.id, "Agreed, too.", 1)


@pytest.mark.parametrize("write", [notes.write_shared, notes.write_private])
async def test_a_note_has_at_most_2000_characters(
    town: Community, maya: Actor, session: SessionView, write: object
) -> None:
    text = (ARABIC * 200)[:4_000]
    with pytest.raises(InvalidField) as caught:
        await town.db.run(write, maya, session.id, text)  # type: ignore[arg-type]
    error = caught.value
    assert (error.field, error.problem) == (Field.SESSION_NOTE, Problem.TOO_LONG)
    assert (error.most, error.count) == (2_000, len(text.strip()))
    longest = await town.db.run(write, maya, session.id, ("é\0" * 2_000))  # type: ignore[arg-type]
    assert len(longest.text) == 2_000


async def test_a_private_note_is_read_by_its_author_only(
    town: Community, oliver: Actor, maya: Actor, session: SessionView
) -> None:
    await town.db.run(notes.write_private, maya, session.id, "He is patient.", 0)
    assert (await town.db.read(notes.load_private, maya, session.id)).text == "He is patient."
    assert (await town.db.read(notes.load_private, oliver, session.id)).text == ""
    shown = await town.db.read(notebook.load, oliver, session.id)
    assert "patient" not in repr(shown)
    for stranger in (town.chief, await town.member("Ada")):
        with pytest.raises(NotFound):
            await town.db.read(notebook.load, stranger, session.id)
        with pytest.raises(NotFound):
            await town.db.read(notes.load_private, stranger, session.id)


async def test_no_event_says_that_somebody_wrote_a_private_note(
    town: Community, maya: Actor, session: SessionView
) -> None:
    before = await events_of(town, session)
    await town.db.run(notes.write_private, maya, session.id, "He is patient.")
    assert await events_of(town, session) == before
    await town.db.run(notes.write_shared, maya, session.id, "Slides, please.")
    (event,) = [each for each in await events_of(town, session) if each not in before]
    assert event == (EventType.NOTE_SHARED_CHANGED, {"revision": 1}, None)


async def events_of(town: Community, session: SessionView) -> list[tuple[str, object, str | None]]:
    async def query(tx: Transaction) -> list[tuple[str, object, str | None]]:
        columns = select(Event.type, Event.facts, Event.note)
        rows = await tx.connection.execute(columns.where(Event.session_id == session.id))
        return [(row.type, row.facts, row.note) for row in rows]

    return await town.db.read(query)


async def test_people_who_are_blocked_cannot_write_to_the_other(
    town: Community, oliver: Actor, maya: Actor, session: SessionView
) -> None:
    await town.wait_until(session.ends_at + hours(25))
    await town.db.run(blocking.block, maya, BlockTarget(oliver.user_id))
    with pytest.raises(NotAvailable):
        await town.db.run(notes.write_shared, oliver, session.id, "Please!")
    with pytest.raises(BlockedByYou):
        await town.db.run(notes.write_shared, maya, session.id, "No.")
    await town.db.run(notes.write_private, oliver, session.id, "What did I do?")
    assert not (await town.db.read(notebook.load, oliver, session.id)).can_add


async def test_people_who_have_left_read_and_write_nothing(
    town: Community, oliver: Actor, maya: Actor, session: SessionView
) -> None:
    await town.wait_until(session.ends_at + hours(25))
    await town.db.run(departures.record_departure, town.guild_id, maya.user_id)
    outside = replace(maya, guild_id=None, outside_guild=True)
    await town.db.run(notes.write_shared, oliver, session.id, "She has left.")
    for use_case in (notebook.load, notes.load_shared, notes.load_private):
        with pytest.raises(NotAMember):
            await town.db.read(use_case, outside, session.id)  # type: ignore[arg-type]
    with pytest.raises(NotAMember):
        await town.db.run(notes.write_shared, outside, session.id, "Still here?")


async def test_nothing_is_added_to_a_session_that_was_cancelled(
    town: Community, oliver: Actor, maya: Actor, session: SessionView
) -> None:
    await town.db.run(notes.write_shared, maya, session.id, "The agenda.")
    await town.db.run(transitions.cancel, maya, session.id)
    with pytest.raises(NotAllowedNow) as caught:
        await town.db.run(notes.write_shared, oliver, session.id, "Next time, then.")
    assert caught.value.action is SessionAction.ADD_NOTES
    assert (await town.db.read(notes.load_shared, oliver, session.id)).text == "The agenda."


async def test_a_shared_note_stays_for_the_other_after_an_erasure(
    town: Community, oliver: Actor, maya: Actor, session: SessionView
) -> None:
    """Without the name of who was erased. A note that only they wrote is gone."""
    later = await town.book(maya, oliver, TUESDAY_NOON + hours(2))
    await town.wait_until(later.ends_at + hours(25))
    await town.db.run(notes.write_shared, maya, session.id, "Maya Lind reads.")
    await town.db.run(notes.write_shared, oliver, session.id, "Maya Lind reads, also on trains.")
    await town.db.run(notes.write_shared, maya, later.id, "Only mine.")
    await town.db.run(notes.write_private, maya, session.id, "Secret.")
    await town.db.run(notes.write_private, oliver, session.id, "Well done.")
    await town.db.run(erasure.erase, maya)
    kept = await town.db.read(notebook.load, oliver, session.id)
    assert kept.shared.text == "Former member reads, also on trains."
    assert kept.private.text == "Well done."
    assert (await town.db.read(notebook.load, oliver, later.id)).shared.text == ""
    dump = await town.dump()
    assert [row.user_id for row in dump["private_notes"]] == [oliver.user_id]
