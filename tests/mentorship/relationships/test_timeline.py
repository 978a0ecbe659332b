"""The timeline of a mentor and a mentee."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from mentorship.actors import Actor
from mentorship.errors import NotFound
from mentorship.relationships import goals, links, mentorships, next_steps, notes, timeline
from mentorship.relationships.next_steps import StepDraft
from mentorship.relationships.timeline import EntryKind, TimelineEntry
from mentorship.statuses import SessionStatus
from tests.mentorship.support.community import Community


@pytest.fixture
async def oliver(town: Community) -> Actor:
    return await town.mentor("Oliver")


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=10_000)


async def read_all(town: Community, person: Actor, other: Actor, size: int) -> list[TimelineEntry]:
    """Return the whole timeline, page by page, after checking that the way back is the same."""
    pages = [await town.db.read(timeline.load_page, person, other.user_id, None, None, size)]
    while pages[-1].next:
        cursor = pages[-1].next
        pages.append(
            await town.db.read(timeline.load_page, person, other.user_id, None, cursor, size)
        )
    for number in range(len(pages) - 1, 0, -1):
        cursor = pages[number].previous
        back = await town.db.read(timeline.load_page, person, other.user_id, None, cursor, size)
        assert back.items == pages[number - 1].items
    return [entry for page in pages for entry in page.items]


async def test_both_see_sessions_notes_links_steps_and_goals_newest_first(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.session(SessionStatus.COMPLETED, maya, oliver)
    town.clock.now += timedelta(hours=1)
    await town.db.run(notes.write_shared, oliver, session.id, "We looked at IAM")
    await town.db.run(notes.write_private, oliver, session.id, "Needs confidence")
    await town.db.run(links.add, maya, session.id, "Recording", "https://video.example.com/1")
    step = await town.db.run(next_steps.add, oliver, session.id, StepDraft("Read the guide"))
    goal = (await town.db.run(goals.set_goal, maya, oliver.user_id, "Pass the exam")).goal
    page = await town.db.read(mentorships.load_page, maya, oliver.user_id)
    assert [each.text for each in page.open_steps] == ["Read the guide"]
    town.clock.now += timedelta(hours=1)
    await town.db.run(next_steps.complete, maya, step.id)
    town.clock.now += timedelta(hours=1)
    await town.db.run(goals.reach_goal, maya, goal.id)
    upcoming = await town.book(maya, oliver, town.clock.now + timedelta(days=3))
    for person, other in ((maya, oliver), (oliver, maya)):
        entries = await read_all(town, person, other, 2)
        assert [(each.kind, each.id) for each in entries] == [
            (EntryKind.SESSION, upcoming.id),
            (EntryKind.GOAL_CLOSED, goal.id),
            (EntryKind.STEP_DONE, step.id),
            (EntryKind.GOAL_SET, goal.id),
            (EntryKind.SESSION, session.id),
        ]
        held = entries[-1]
        assert held.note is not None
        assert held.note.text == "We looked at IAM"
        assert [link.label for link in held.links] == ["Recording"]
        assert entries[2].step is not None
        assert entries[2].step.text == "Read the guide"
        assert "confidence" not in repr(entries)
    page = await town.db.read(mentorships.load_page, maya, oliver.user_id)
    assert page.open_steps == ()


@pytest.mark.parametrize("size", [1, 3, 7])
async def test_pages_have_each_entry_once_also_at_the_same_second(
    town: Community, oliver: Actor, maya: Actor, size: int
) -> None:
    choose = random.Random(size)
    start = town.clock.now + timedelta(days=1)
    for _ in range(4):
        # At the same start: only the last one isn't cancelled.
        await town.session(SessionStatus.CANCELLED, maya, oliver, start)
    first = await town.session(SessionStatus.COMPLETED, maya, oliver, start)
    assert town.clock.now == start
    for number in range(6):
        # Some at the instant of the sessions' start.
        goal = (await town.db.run(goals.set_goal, maya, oliver.user_id, f"Goal {number}")).goal
        close = choose.choice((goals.reach_goal, goals.drop_goal))
        await town.db.run(close, maya, goal.id)
        if number < 3:
            step = await town.db.run(next_steps.add, oliver, first.id, StepDraft(f"Step {number}"))
            await town.db.run(next_steps.complete, maya, step.id)
        town.clock.now += timedelta(milliseconds=choose.choice((0, 400, 3_000)))
    entries = await read_all(town, maya, oliver, size)
    assert len({entry.key for entry in entries}) == len(entries) == 5 + 6 * 2 + 3
    assert [entry.key for entry in entries] == sorted((e.key for e in entries), reverse=True)


async def test_only_the_two_read_a_timeline(town: Community, oliver: Actor, maya: Actor) -> None:
    await town.session(SessionStatus.COMPLETED, maya, oliver)
    for stranger in (await town.member("Noor"), town.chief):
        with pytest.raises(NotFound):
            await town.db.read(timeline.load_page, stranger, maya.user_id)


async def test_a_forged_cursor_shows_no_more(town: Community, oliver: Actor, maya: Actor) -> None:
    await town.session(SessionStatus.COMPLETED, maya, oliver)
    for cursor in ("x", "a0.zzzzzzzzzz.1.1", "b0.0.9.9", "a0.1.1", "b0.zzzzzzzzzz.0.0"):
        page = await town.db.read(timeline.load_page, maya, oliver.user_id, None, cursor)
        assert len(page.items) <= 1
