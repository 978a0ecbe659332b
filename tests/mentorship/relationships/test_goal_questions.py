"""When mentees are asked about their goals."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mentorship.actors import Actor
from mentorship.members import blocks
from mentorship.notifications.catalogue import NotificationKind
from mentorship.relationships import goal_questions, goals, mentorships
from mentorship.sessions import blocking, departures
from mentorship.sessions.blocking import BlockTarget
from mentorship.statuses import SessionStatus
from tests.mentorship.support.community import Community

KIND = NotificationKind.GOALS_QUESTION
MONTH = timedelta(days=30)


@pytest.fixture
async def oliver(town: Community) -> Actor:
    return await town.mentor("Oliver")


@pytest.fixture
async def maya(town: Community, oliver: Actor) -> Actor:
    maya = await town.member("Maya", points=1_000)
    await town.session(SessionStatus.COMPLETED, maya, oliver)
    return maya


@pytest.fixture
async def goal_id(town: Community, oliver: Actor, maya: Actor) -> int:
    found = await town.db.run(goals.set_goal, maya, oliver.user_id, "Pass the exam")
    return found.goal.id


async def pass_time(town: Community, days: float) -> int:
    """Let time pass, ask who is due, and return how many questions there are by now."""
    town.clock.now += timedelta(days=days)
    while await town.db.run(goal_questions.ask_due):
        pass
    return len(await town.notifications(KIND))


async def test_a_mentee_is_asked_once_a_month(town: Community, maya: Actor, goal_id: int) -> None:
    assert await pass_time(town, 29.9) == 0
    assert await pass_time(town, 0.1) == 1
    assert await pass_time(town, 29.9) == 1
    assert await pass_time(town, 0.1) == 2
    assert {row.user_id for row in await town.notifications(KIND)} == {maya.user_id}


async def test_one_question_is_about_all_open_goals(
    town: Community, oliver: Actor, maya: Actor, goal_id: int
) -> None:
    second = await town.db.run(goals.set_goal, maya, oliver.user_id, "Give a talk")
    assert await pass_time(town, 30) == 1
    (row,) = await town.notifications(KIND)
    found = await town.db.read(
        goal_questions.find_for_message, town.guild_id, maya.user_id, row.facts
    )
    assert found is not None
    assert [goal.id for goal in found.goals] == [goal_id, second.goal.id]
    as_mentor = await town.db.read(
        goal_questions.find_for_message, town.guild_id, oliver.user_id, row.facts
    )
    assert as_mentor is None


async def test_progress_by_the_mentee_postpones_the_question(
    town: Community, oliver: Actor, maya: Actor, goal_id: int
) -> None:
    await pass_time(town, 20)
    await town.db.run(goals.write_progress, maya, goal_id, 1, "Two labs")
    assert await pass_time(town, 29) == 0
    await town.db.run(goals.write_progress, oliver, goal_id, 2, "Well done")
    assert await pass_time(town, 1) == 1


async def test_the_guild_says_how_often(town: Community, oliver: Actor, maya: Actor) -> None:
    await town.configure(goal_question_days=7)
    await town.db.run(goals.set_goal, maya, oliver.user_id, "Pass the exam")
    assert await pass_time(town, 7) == 1
    await town.configure(goal_question_days=0)
    assert await pass_time(town, 100) == 1
    await town.configure(goal_question_days=7)
    assert await pass_time(town, 30) == 2


async def test_nobody_is_asked_without_open_goals(
    town: Community, maya: Actor, goal_id: int
) -> None:
    await town.db.run(goals.reach_goal, maya, goal_id)
    assert await pass_time(town, 31) == 0
    await town.db.run(goals.reopen_goal, maya, goal_id)
    assert await pass_time(town, 30) == 1
    await town.db.run(goals.delete_goal, maya, goal_id)
    assert await pass_time(town, 60) == 1


async def test_nobody_is_asked_after_the_end_until_it_is_resumed(
    town: Community, oliver: Actor, maya: Actor, goal_id: int
) -> None:
    await town.db.run(mentorships.end, oliver, maya.user_id)
    assert await pass_time(town, 90) == 0
    await town.db.run(mentorships.resume, maya, oliver.user_id)
    assert await pass_time(town, 0) == 1


async def test_nobody_is_asked_over_a_block_or_after_leaving(
    town: Community, oliver: Actor, maya: Actor, goal_id: int
) -> None:
    await town.db.run(blocking.block, oliver, BlockTarget(maya.user_id, "Maya"))
    assert await pass_time(town, 31) == 0
    await town.db.run(blocks.unblock, oliver, maya.user_id)
    await town.db.run(departures.record_departure, town.guild_id, maya.user_id)
    assert await pass_time(town, 31) == 0


async def test_a_question_is_dropped_once_its_goals_are_closed(
    town: Community, maya: Actor, goal_id: int
) -> None:
    await pass_time(town, 30)
    (row,) = await town.notifications(KIND)
    await town.db.run(goals.reach_goal, maya, goal_id)
    found = await town.db.read(
        goal_questions.find_for_message, town.guild_id, maya.user_id, row.facts
    )
    assert found is None
