"""Next steps of a session, and the reminder on the date of each."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from mentorship.actors import Actor
from mentorship.errors import (
    Field,
    InvalidField,
    NotFound,
    Problem,
    Subject,
    TextChanged,
    TooManyNextSteps,
)
from mentorship.notifications.catalogue import NotificationKind
from mentorship.operations import erasure
from mentorship.relationships import mentorships, next_steps
from mentorship.relationships.next_steps import StepDraft, StepView
from mentorship.relationships.step_reminders import reminder_time
from mentorship.relationships.texts import Assignee
from mentorship.sessions.lifecycle import Party
from mentorship.sessions.session_views import SessionView
from tests.mentorship.support.community import Community, hours

FRIDAY = date(2026, 3, 6)
DRAFT = StepDraft("Write a first draft", Assignee.MENTEE, FRIDAY)


async def add(
    town: Community, actor: Actor, session: SessionView, draft: StepDraft = DRAFT
) -> StepView:
    return await town.db.run(next_steps.add, actor, session.id, draft)


async def reminders(town: Community, *, status: str = "waiting") -> list[tuple[int, datetime]]:
    rows = await town.notifications(NotificationKind.STEP_DUE)
    return [(row.user_id, row.due_at) for row in rows if row.status == status]


async def test_a_step_is_seen_and_completed_by_both(
    town: Community, oliver: Actor, maya: Actor, session: SessionView
) -> None:
    step = await add(town, oliver, session)
    assert (step.number, step.author, step.is_done) == (1, Party.MENTOR, False)
    assert await town.db.read(next_steps.load_of_session, maya, session.id) == (step,)
    done = await town.db.run(next_steps.complete, maya, step.id)
    assert (done.completer, done.done_at) == (Party.MENTEE, town.clock())
    assert await town.db.run(next_steps.complete, oliver, step.id) == done
    assert not (await town.db.run(next_steps.reopen, oliver, step.id)).is_done


async def test_a_session_has_at_most_five_steps_whoever_races(
    town: Community, oliver: Actor, maya: Actor, session: SessionView
) -> None:
    results = await asyncio.gather(
        *(
            add(town, person, session, StepDraft(f"Step {number}"))
            for number in range(4)
            for person in (oliver, maya)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(each, TooManyNextSteps) for each in results) == 3
    steps = await town.db.read(next_steps.load_of_session, maya, session.id)
    assert [step.number for step in steps] == [1, 2, 3, 4, 5]
    await town.db.run(next_steps.remove, maya, steps[2].id)
    assert (await add(town, maya, session)).number == 3


async def test_a_step_needs_a_short_text_and_a_date_ahead(
    town: Community, maya: Actor, session: SessionView
) -> None:
    with pytest.raises(InvalidField) as caught:
        await add(town, maya, session, StepDraft(" \n ", due_on=date(2026, 3, 1)))
    assert [(each.field, each.problem) for each in (caught.value, *caught.value.others)] == [
        (Field.STEP_TEXT, Problem.MISSING),
        (Field.STEP_DATE, Problem.PAST),
    ]
    with pytest.raises(InvalidField) as caught:
        await add(town, maya, session, StepDraft("x" * 201, due_on=date(9999, 12, 31)))
    assert [(each.field, each.problem) for each in (caught.value, *caught.value.others)] == [
        (Field.STEP_TEXT, Problem.TOO_LONG),
        (Field.STEP_DATE, Problem.TOO_LATE),
    ]


async def test_a_step_is_reminded_once_on_its_date_at_nine_of_its_assignee(
    town: Community, oliver: Actor, maya: Actor, session: SessionView
) -> None:
    await add(town, oliver, session, replace(DRAFT, assignee=Assignee.BOTH))
    london, new_york = datetime(2026, 3, 6, 9, tzinfo=UTC), datetime(2026, 3, 6, 14, tzinfo=UTC)
    assert await reminders(town) == [(oliver.user_id, london), (maya.user_id, new_york)]
    await town.wait_until(session.ends_at + hours(25))
    town.clock.now = new_york
    assert NotificationKind.STEP_DUE in await town.deliver(maya)
    assert await reminders(town) == []
    town.clock.now = new_york + timedelta(days=1)
    assert NotificationKind.STEP_DUE not in await town.deliver(maya)


async def test_the_reminder_moves_with_the_date_there_and_back(
    town: Community, maya: Actor, session: SessionView
) -> None:
    step = await add(town, maya, session)
    (first,) = await reminders(town)
    later = replace(DRAFT, due_on=FRIDAY + timedelta(days=1))
    await town.db.run(next_steps.edit, maya, step.id, later)
    # The next day, when the clocks have gone forward in New York.
    assert await reminders(town) == [(maya.user_id, first[1] + timedelta(days=1))]
    await town.db.run(next_steps.edit, maya, step.id, DRAFT)
    assert await reminders(town) == [first]
    await town.db.run(next_steps.edit, maya, step.id, replace(DRAFT, due_on=None))
    assert await reminders(town) == []


async def test_a_step_that_is_done_or_removed_is_not_reminded(
    town: Community, oliver: Actor, maya: Actor, session: SessionView
) -> None:
    step, other = await add(town, maya, session), await add(town, maya, session)
    await town.db.run(next_steps.complete, oliver, step.id)
    await town.db.run(next_steps.remove, oliver, other.id)
    assert await reminders(town) == []
    await town.db.run(next_steps.reopen, oliver, step.id)
    assert len(await reminders(town)) == 1


async def test_no_step_is_reminded_after_the_mentorship_has_ended(
    town: Community, oliver: Actor, maya: Actor, session: SessionView
) -> None:
    step = await add(town, maya, session, replace(DRAFT, assignee=Assignee.BOTH))
    await town.db.run(mentorships.end, oliver, maya.user_id)
    assert await town.db.read(next_steps.find_to_remind, step.id) is None
    await town.db.run(mentorships.resume, maya, oliver.user_id)
    assert await town.db.read(next_steps.find_to_remind, step.id) == step


def test_a_step_for_today_is_reminded_in_the_evening() -> None:
    zone = "Europe/London"
    morning = datetime(2026, 3, 6, 9, tzinfo=UTC)
    assert reminder_time(FRIDAY, zone, morning - hours(1)) == morning
    assert reminder_time(FRIDAY, zone, morning) == morning + hours(9)
    assert reminder_time(FRIDAY, zone, morning + hours(9)) is None


async def test_the_last_editor_of_a_step_sees_the_others_change_first(
    town: Community, oliver: Actor, maya: Actor, session: SessionView
) -> None:
    step = await add(town, maya, session)
    await town.db.run(next_steps.edit, oliver, step.id, replace(DRAFT, text="Shorter"), 1)
    with pytest.raises(TextChanged) as caught:
        await town.db.run(next_steps.edit, maya, step.id, replace(DRAFT, text="Longer"), 1)
    assert (caught.value.subject, caught.value.revision) == (Subject.NEXT_STEP, 2)


async def test_a_step_of_others_is_not_found(
    town: Community, maya: Actor, session: SessionView
) -> None:
    step = await add(town, maya, session)
    stranger = await town.member("Ada")
    for use_case in (next_steps.complete, next_steps.reopen, next_steps.remove, next_steps.load):
        for step_id in (step.id, step.id + 1):
            with pytest.raises(NotFound) as caught:
                await town.db.run(use_case, stranger, step_id)  # type: ignore[arg-type]
            assert caught.value.subject is Subject.NEXT_STEP


async def test_steps_for_the_other_stay_without_their_author_after_an_erasure(
    town: Community, oliver: Actor, maya: Actor, session: SessionView
) -> None:
    await town.wait_until(session.ends_at + hours(25))
    for assignee in Assignee:
        await add(town, maya, session, StepDraft(f"For {assignee}", assignee, FRIDAY))
    await town.db.run(erasure.erase, maya)
    steps = await town.db.read(next_steps.load_of_session, oliver, session.id)
    assert [(step.text, step.assignee, step.author) for step in steps] == [
        ("For mentor", Assignee.MENTOR, None),
        ("For both", Assignee.MENTOR, None),
    ]
    assert {user_id for user_id, _ in await reminders(town)} == {oliver.user_id}


async def test_open_steps_of_two_people_are_listed_by_date(
    town: Community, oliver: Actor, maya: Actor, session: SessionView
) -> None:
    drafts = [
        StepDraft("Whenever"),
        StepDraft("Friday", due_on=FRIDAY),
        StepDraft("Thursday", due_on=FRIDAY - timedelta(days=1)),
    ]
    for draft in drafts:
        await add(town, maya, session, draft)
    done = await add(town, maya, session, StepDraft("Done"))
    await town.db.run(next_steps.complete, maya, done.id)
    pair = (town.guild_id, oliver.user_id, maya.user_id)
    steps = await town.db.read(next_steps.list_open_between, *pair)
    assert [step.text for step in steps] == ["Thursday", "Friday", "Whenever"]
    reverse = await town.db.read(
        next_steps.list_open_between, town.guild_id, maya.user_id, oliver.user_id
    )
    assert reverse == []
