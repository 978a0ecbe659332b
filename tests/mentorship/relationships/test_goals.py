"""A mentee's goals with a mentor."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from mentorship.actors import Actor
from mentorship.errors import (
    BlockedByYou,
    GoalClosed,
    InvalidField,
    MentorshipEnded,
    NotAvailable,
    NotFound,
    NotYours,
    Problem,
    TermsChanged,
    TooManyGoals,
)
from mentorship.relationships import goals, mentorships
from mentorship.relationships.goals import MAX_GOALS, MAX_TEXT, GoalOf
from mentorship.sessions import blocking
from mentorship.sessions.blocking import BlockTarget
from mentorship.sessions.lifecycle import Party
from mentorship.statuses import GoalStatus, SessionStatus
from storage import Transaction
from storage.tables import Event, Goal, Mentorship
from tests.mentorship.support.community import Community

TEXT = "Pass the AWS exam"


@pytest.fixture
async def oliver(town: Community) -> Actor:
    return await town.mentor("Oliver")


@pytest.fixture
async def maya(town: Community, oliver: Actor) -> Actor:
    maya = await town.member("Maya", points=1_000)
    await town.session(SessionStatus.COMPLETED, maya, oliver)
    return maya


async def set_goal(
    town: Community, mentee: Actor, mentor: Actor, text: str = TEXT, due_on: date | None = None
) -> GoalOf:
    return await town.db.run(goals.set_goal, mentee, mentor.user_id, text, due_on)


async def test_both_read_a_goal_and_its_progress(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    found = await set_goal(town, maya, oliver, f"  {TEXT}\n", date(2026, 5, 1))
    goal = found.goal
    assert (goal.text, goal.due_on, goal.status) == (TEXT, date(2026, 5, 1), GoalStatus.OPEN)
    await town.db.run(goals.write_progress, oliver, goal.id, 1, "Half of the labs are done")
    for person in (oliver, maya):
        seen = (await town.db.read(goals.load, person, goal.id)).goal
        assert seen.progress == "Half of the labs are done"
        assert (seen.progress_by, seen.revision) == (Party.MENTOR, 2)


async def test_nobody_else_finds_a_goal(town: Community, oliver: Actor, maya: Actor) -> None:
    goal_id = (await set_goal(town, maya, oliver)).goal.id
    noor = await town.member("Noor")
    for person in (noor, town.chief):
        with pytest.raises(NotFound):
            await town.db.read(goals.load, person, goal_id)
        with pytest.raises(NotFound):
            await town.db.run(goals.write_progress, person, goal_id, None, "x")


async def test_goals_need_a_session_with_the_mentor(town: Community, oliver: Actor) -> None:
    noor = await town.member("Noor")
    with pytest.raises(NotFound):
        await set_goal(town, noor, oliver)
    with pytest.raises(NotFound):
        await set_goal(town, noor, noor)


async def test_a_mentor_sets_no_goals_for_a_mentee(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    with pytest.raises(NotFound):
        await set_goal(town, oliver, maya)
    goal_id = (await set_goal(town, maya, oliver)).goal.id
    for change in (goals.reach_goal, goals.drop_goal, goals.reopen_goal, goals.delete_goal):
        with pytest.raises(NotYours):
            await town.db.run(change, oliver, goal_id)
    with pytest.raises(NotYours):
        await town.db.run(goals.edit_goal, oliver, goal_id, 1, text="Mine", due_on=None)


async def test_a_fourth_open_goal_is_refused_until_one_is_reached(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    first, *_ = [await set_goal(town, maya, oliver, f"Goal {number}") for number in range(3)]
    with pytest.raises(TooManyGoals) as refused:
        await set_goal(town, maya, oliver, "Fourth")
    assert refused.value.most == 3
    reached = await town.db.run(goals.reach_goal, maya, first.goal.id)
    assert reached.goal.status is GoalStatus.REACHED
    await set_goal(town, maya, oliver, "Fourth")
    with pytest.raises(TooManyGoals):
        await town.db.run(goals.reopen_goal, maya, first.goal.id)


async def test_the_database_refuses_a_fourth_open_goal(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    for number in range(3):
        await set_goal(town, maya, oliver, f"Goal {number}")

    async def reuse_place(tx: Transaction) -> None:
        await tx.connection.execute(update(Goal).values(place=1))

    async def add_place(tx: Transaction) -> None:
        await tx.connection.execute(update(Goal).where(Goal.place == 3).values(place=4))

    for statement in (reuse_place, add_place):
        with pytest.raises(IntegrityError):
            await town.db.run(statement)


async def test_racing_requests_never_exceed_three_open_goals(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    results = await asyncio.gather(
        *(set_goal(town, maya, oliver, f"Goal {number}") for number in range(5)),
        return_exceptions=True,
    )
    assert sum(isinstance(each, GoalOf) for each in results) == 3
    assert sum(isinstance(each, TooManyGoals) for each in results) == 2


async def test_a_mentee_keeps_a_limited_number_of_goals(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    for number in range(MAX_GOALS):
        goal_id = (await set_goal(town, maya, oliver, f"Goal {number}")).goal.id
        await town.db.run(goals.drop_goal, maya, goal_id)
    with pytest.raises(TooManyGoals) as refused:
        await set_goal(town, maya, oliver)
    assert not refused.value.is_open
    await town.db.run(goals.delete_goal, maya, goal_id)
    await set_goal(town, maya, oliver)


async def test_a_change_of_an_outdated_text_is_refused(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    goal_id = (await set_goal(town, maya, oliver)).goal.id
    await town.db.run(goals.write_progress, oliver, goal_id, 1, "Oliver's words")
    with pytest.raises(TermsChanged):
        await town.db.run(goals.write_progress, maya, goal_id, 1, "Maya's words")
    with pytest.raises(TermsChanged):
        await town.db.run(goals.edit_goal, maya, goal_id, 1, text="Other", due_on=None)
    goal = (await town.db.read(goals.load, maya, goal_id)).goal
    assert (goal.text, goal.progress, goal.revision) == (TEXT, "Oliver's words", 2)


async def test_racing_editors_never_lose_an_update(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    goal_id = (await set_goal(town, maya, oliver)).goal.id
    results = await asyncio.gather(
        *(
            town.db.run(goals.write_progress, person, goal_id, 1, person.name)
            for person in (oliver, maya)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(each, TermsChanged) for each in results) == 1
    goal = (await town.db.read(goals.load, maya, goal_id)).goal
    (winner,) = (each.goal for each in results if isinstance(each, GoalOf))
    assert (goal.progress, goal.revision) == (winner.progress, 2)


async def test_the_same_text_again_changes_nothing(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    goal_id = (await set_goal(town, maya, oliver)).goal.id
    same = await town.db.run(goals.edit_goal, maya, goal_id, 1, text=TEXT, due_on=None)
    assert same.goal.revision == 1
    assert (await town.db.run(goals.write_progress, maya, goal_id, 1, " ")).goal.revision == 1


@pytest.mark.parametrize(
    ("text", "due_on", "problems"),
    [
        (" ", None, [Problem.MISSING]),
        ("x" * (MAX_TEXT + 1), None, [Problem.TOO_LONG]),
        (TEXT, date(2026, 3, 2), [Problem.PAST]),
        (TEXT, date(2037, 1, 1), [Problem.TOO_LATE]),
        ("", date(2020, 1, 1), [Problem.MISSING, Problem.PAST]),
    ],
)
async def test_a_form_with_mistakes_names_all_of_them(
    town: Community,
    oliver: Actor,
    maya: Actor,
    text: str,
    due_on: date | None,
    problems: list[Problem],
) -> None:
    with pytest.raises(InvalidField) as refused:
        await set_goal(town, maya, oliver, text, due_on)
    assert [each.problem for each in (refused.value, *refused.value.others)] == problems


async def test_a_date_that_has_passed_may_stay(town: Community, oliver: Actor, maya: Actor) -> None:
    due_on = town.clock.now.date() + timedelta(days=1)
    goal_id = (await set_goal(town, maya, oliver, due_on=due_on)).goal.id
    town.clock.turn(days=10)
    changed = await town.db.run(goals.edit_goal, maya, goal_id, 1, text="Later", due_on=due_on)
    assert (changed.goal.text, changed.goal.due_on) == ("Later", due_on)
    with pytest.raises(InvalidField):
        await town.db.run(
            goals.edit_goal, maya, goal_id, 2, text="x", due_on=due_on - timedelta(days=1)
        )


async def test_a_closed_goal_changes_only_once_it_is_reopened(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    goal_id = (await set_goal(town, maya, oliver)).goal.id
    await town.db.run(goals.reach_goal, maya, goal_id)
    again = await town.db.run(goals.reach_goal, maya, goal_id)
    assert again.goal.revision == 2
    with pytest.raises(GoalClosed):
        await town.db.run(goals.drop_goal, maya, goal_id)
    with pytest.raises(GoalClosed):
        await town.db.run(goals.write_progress, oliver, goal_id, 2, "x")
    with pytest.raises(GoalClosed):
        await town.db.run(goals.edit_goal, maya, goal_id, 2, text="x", due_on=None)
    reopened = await town.db.run(goals.reopen_goal, maya, goal_id)
    assert (reopened.goal.status, reopened.goal.closed_at) == (GoalStatus.OPEN, None)
    await town.db.run(goals.write_progress, oliver, goal_id, 3, "x")


async def test_goals_of_a_mentorship_that_has_ended_only_go(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    goal_id = (await set_goal(town, maya, oliver)).goal.id
    await town.db.run(mentorships.end, oliver, maya.user_id)
    with pytest.raises(MentorshipEnded):
        await set_goal(town, maya, oliver)
    with pytest.raises(MentorshipEnded):
        await town.db.run(goals.reach_goal, maya, goal_id)
    with pytest.raises(MentorshipEnded):
        await town.db.run(goals.write_progress, oliver, goal_id, 1, "x")
    with pytest.raises(MentorshipEnded):
        await town.db.run(goals.edit_goal, maya, goal_id, 1, text="x", due_on=None)
    await town.db.run(goals.delete_goal, maya, goal_id)
    assert await town.count(Goal) == 0


async def test_no_text_reaches_somebody_over_a_block(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    goal_id = (await set_goal(town, maya, oliver)).goal.id
    await town.db.run(blocking.block, maya, BlockTarget(oliver.user_id, "Oliver"))
    with pytest.raises(NotAvailable):
        await town.db.run(goals.write_progress, oliver, goal_id, 1, "x")
    with pytest.raises(BlockedByYou):
        await set_goal(town, maya, oliver)
    with pytest.raises(BlockedByYou):
        await town.db.run(goals.edit_goal, maya, goal_id, 1, text="x", due_on=None)
    await town.db.run(goals.reach_goal, maya, goal_id)


async def test_events_of_goals_hold_no_text(town: Community, oliver: Actor, maya: Actor) -> None:
    goal_id = (await set_goal(town, maya, oliver)).goal.id
    await town.db.run(goals.write_progress, maya, goal_id, 1, "Secret")
    await town.db.run(goals.reach_goal, maya, goal_id)
    await town.db.run(goals.reopen_goal, maya, goal_id)
    await town.db.run(goals.drop_goal, maya, goal_id)
    await town.db.run(goals.delete_goal, maya, goal_id)

    async def load(tx: Transaction) -> list[tuple[str, int, int, str | None, dict[str, int]]]:
        columns = (Event.type, Event.actor_id, Event.subject_id, Event.note, Event.facts)
        query = select(*columns).where(Event.type.startswith("goal.")).order_by(Event.id)
        return [tuple(row) for row in await tx.connection.execute(query)]

    rows = await town.db.read(load)
    kinds = ["set", "updated", "reached", "reopened", "dropped", "deleted"]
    assert [row[0] for row in rows] == [f"goal.{kind}" for kind in kinds]
    for number, row in enumerate(rows):
        revision = min(number + 1, 5)
        facts = {"goal": goal_id, "revision": revision}
        assert row[1:] == (maya.user_id, oliver.user_id, None, facts)


async def test_two_people_have_goals_in_each_direction(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    noor = await town.mentor("Noor")
    await town.grant(oliver, 1_000)
    await town.session(SessionStatus.COMPLETED, oliver, noor, town.clock.now + timedelta(days=2))
    await set_goal(town, oliver, noor, "As a mentee")
    await set_goal(town, maya, oliver, "As his mentee")
    page = await town.db.read(mentorships.load_page, oliver, noor.user_id)
    assert [goal.text for goal in page.goals] == ["As a mentee"]
    page = await town.db.read(mentorships.load_page, oliver, maya.user_id)
    assert [goal.text for goal in page.goals] == ["As his mentee"]
    assert await town.count(Mentorship) == 2
