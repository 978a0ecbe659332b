"""Random histories of notes and next steps: no update is lost, and each step is reminded once."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentorship.actors import Actor
from mentorship.errors import TextChanged
from mentorship.notifications.catalogue import NotificationKind
from mentorship.relationships import next_steps, notes
from mentorship.relationships.next_steps import StepDraft
from mentorship.relationships.texts import Assignee
from storage import Database
from tests.conftest import Clock
from tests.mentorship.support.community import TUESDAY_NOON, Community

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
OLIVER, MAYA = Actor(1001, "Oliver", 10), Actor(1002, "Maya", 10)
SESSION = 1


@pytest.fixture(scope="module")
def session_file(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Path:
    """A database with a confirmed session of Maya's with Oliver."""
    path = tmp_path_factory.mktemp("notes") / "session.db"
    shutil.copy(migrated_file, path)

    async def prepare() -> None:
        async with opened(path, Clock(NOON)) as town:
            await town.configure()
            oliver = await town.mentor("Oliver", instant_booking=True)
            maya = await town.member("Maya", points=1_000, zone="Europe/London")
            session = await town.book(maya, oliver)
            assert (oliver.user_id, maya.user_id, session.id) == (1001, 1002, SESSION)

    asyncio.run(prepare())
    return path


@asynccontextmanager
async def opened(path: Path, clock: Clock) -> AsyncIterator[Community]:
    db = Database(f"sqlite+aiosqlite:///{path}", clock=clock, synchronous="OFF")
    try:
        yield Community(db, clock)
    finally:
        await db.close()


@asynccontextmanager
async def copied(session_file: Path, clock: Clock) -> AsyncIterator[Community]:
    for leftover in session_file.parent.glob("copy.db*"):
        leftover.unlink()
    path = session_file.with_name("copy.db")
    shutil.copy(session_file, path)
    async with opened(path, clock) as town:
        yield town


@dataclass
class Form:
    """A form that somebody has open, in Discord or in the main app, and the note in it."""

    person: Actor
    text: str
    revision: int


@dataclass
class NoteModel:
    """What the note should be, and all that was saved, in order."""

    text: str = ""
    revision: int = 0
    saved: list[str] = field(default_factory=list)


NOTE_ACTS = st.lists(
    st.tuples(
        st.sampled_from(["open", "save", "save together"]),
        st.integers(0, 3),
        st.sampled_from(["", "a", "b", "a much longer note"]),
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=25)
@given(acts=NOTE_ACTS)
def test_no_update_of_a_shared_note_is_lost(
    session_file: Path, acts: list[tuple[str, int, str]]
) -> None:
    """Whatever people have open, a save never overwrites a change that its writer hasn't seen."""
    asyncio.run(write_notes(session_file, acts))


async def write_notes(session_file: Path, acts: list[tuple[str, int, str]]) -> None:
    async with copied(session_file, Clock(NOON)) as town:
        model, forms = NoteModel(), dict[int, Form]()
        for act, number, text in acts:
            person = (OLIVER, MAYA)[number % 2]
            if act == "open" or number not in forms:
                note = await town.db.read(notes.load_shared, person, SESSION)
                assert (note.text, note.revision) == (model.text, model.revision)
                forms[number] = Form(person, note.text, note.revision)
                continue
            saving = [forms[number]]
            if act == "save together":
                saving += [form for each, form in forms.items() if each != number][:1]
            results = await asyncio.gather(
                *(
                    town.db.run(
                        notes.write_shared,
                        form.person,
                        SESSION,
                        f"{text}{place or ''}",
                        form.revision,
                    )
                    for place, form in enumerate(saving)
                ),
                return_exceptions=True,
            )
            for form, result in zip(saving, results, strict=True):
                if isinstance(result, TextChanged):
                    assert form.revision != result.revision
                    continue
                assert not isinstance(result, BaseException), result
                if result.revision == model.revision:
                    assert result.text == model.text
                    continue
                assert (form.revision, result.revision) == (model.revision, model.revision + 1)
                model.text, model.revision = result.text, result.revision
        note = await town.db.read(notes.load_shared, MAYA, SESSION)
        assert (note.text, note.revision) == (model.text, model.revision)


DAYS = [date(2026, 3, day) for day in (4, 5, 6)]
STEP_ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("edit"), st.sampled_from([*DAYS, None]), st.sampled_from(Assignee)),
        st.tuples(
            st.sampled_from(["complete", "reopen"]),
            st.none(),
            st.just(Assignee.BOTH),
        ),
    ),
    max_size=12,
)


@settings(max_examples=25)
@given(acts=STEP_ACTS)
def test_an_open_step_has_one_waiting_reminder_for_each_assignee(
    session_file: Path, acts: list[tuple[str, date | None, Assignee]]
) -> None:
    """However often it is moved, done and undone; a repeated use case writes no second one."""
    asyncio.run(move_step(session_file, acts))


async def move_step(session_file: Path, acts: list[tuple[str, date | None, Assignee]]) -> None:
    async with copied(session_file, Clock(NOON)) as town:
        draft = StepDraft("Read", Assignee.MENTEE, DAYS[0])
        step = await town.db.run(next_steps.add, MAYA, SESSION, draft)
        for act, due_on, assignee in acts:
            if act == "edit":
                draft = replace(draft, due_on=due_on, assignee=assignee)
                step = await town.db.run(next_steps.edit, OLIVER, step.id, draft)
            elif act == "complete":
                step = await town.db.run(next_steps.complete, MAYA, step.id)
            elif act == "reopen":
                step = await town.db.run(next_steps.reopen, MAYA, step.id)
            rows = await town.notifications(NotificationKind.STEP_DUE)
            waiting = {(row.user_id, row.due_at) for row in rows if row.status == "waiting"}
            assert waiting == expected_reminders(step)
        town.clock.now = TUESDAY_NOON + timedelta(days=10)
        for person in (OLIVER, MAYA):
            assert (await town.deliver(person)).count(NotificationKind.STEP_DUE) == 0


def expected_reminders(step: next_steps.StepView) -> set[tuple[int, datetime]]:
    """Return who is to be reminded of a step when: at 9:00 in London."""
    if step.due_on is None or step.is_done:
        return set()
    people = {
        Assignee.MENTOR: [OLIVER],
        Assignee.MENTEE: [MAYA],
        Assignee.BOTH: [OLIVER, MAYA],
    }[step.assignee]
    at = datetime.combine(step.due_on, datetime.min.time(), UTC) + timedelta(hours=9)
    return {(person.user_id, at) for person in people}
