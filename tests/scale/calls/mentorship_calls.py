"""Calls of the use cases of mentorships and goals, for `tests.scale.test_steps`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy import update

from mentorship.actors import Actor
from mentorship.relationships import goal_questions, goals, mentorships, pairs, timeline
from mentorship.relationships.goals import GoalChange
from mentorship.sessions.lifecycle import Party
from mentorship.statuses import GoalStatus
from storage import Transaction
from storage.tables import Mentorship
from tests.scale.arguments import Arguments, given
from tests.scale.scene import Scene

Calls = Callable[[Scene], Iterable[Arguments]]


def _pairs(scene: Scene) -> list[tuple[Actor, Actor, Party]]:
    """Return the scene's people, each with somebody they had a session with, and their side."""
    return [
        (person.actor, scene.partner(person.sessions["completed"]), party)
        for person, party in ((scene.mentor, Party.MENTOR), (scene.mentee, Party.MENTEE))
    ]


def _with_other(*more: Any) -> Calls:
    """Call it as the mentor and as the mentee, with the other's id and their own side."""
    return lambda scene: [
        given(actor, other.user_id, party, *more) for actor, other, party in _pairs(scene)
    ]


def _mentor_of_mentee(scene: Scene) -> tuple[Actor, Actor]:
    mentee, mentor, _party = _pairs(scene)[1]
    return mentee, mentor


def _after_end(scene: Scene) -> list[Arguments]:
    def ending(actor: Actor, other: Actor, party: Party) -> Arguments:
        async def end(tx: Transaction) -> None:
            await mentorships.end(tx, actor, other.user_id, party)

        return replace(given(actor, other.user_id, party), before=end)

    return [ending(*pair) for pair in _pairs(scene)]


def _on_goal(*more: Any, closed: bool = False, **named: Any) -> Calls:
    """Call it as the mentee, on a goal of theirs."""

    def calls(scene: Scene) -> list[Arguments]:
        mentee, mentor = _mentor_of_mentee(scene)

        async def set_goal(tx: Transaction) -> tuple[Any, ...]:
            found = await goals.set_goal(tx, mentee, mentor.user_id, "Pass the exam")
            if closed:
                await goals.reach_goal(tx, mentee, found.goal.id)
            return (found.goal.id, *more)

        return [replace(given(mentee, **named), before=set_goal)]

    return calls


def _with_goals(scene: Scene) -> list[Arguments]:
    mentee, mentor = _mentor_of_mentee(scene)

    async def set_goal(tx: Transaction) -> tuple[Any, ...]:
        found = await goals.set_goal(tx, mentee, mentor.user_id, "Pass the exam")
        return (found.mentorship,)

    return [replace(given(), before=set_goal)]


def _when_due(scene: Scene) -> list[Arguments]:
    mentee, mentor = _mentor_of_mentee(scene)

    async def make_due(tx: Transaction) -> tuple[()]:
        await goals.set_goal(tx, mentee, mentor.user_id, "Pass the exam")
        await tx.connection.execute(update(Mentorship).values(ask_at=tx.now))
        return ()

    return [replace(given(), before=make_due)]


MENTORSHIP_CALLS: dict[Callable[..., Awaitable[object]], Calls] = {
    goal_questions.ask_due: _when_due,
    goals.change_goal: _on_goal(GoalChange(progress="Half of it", status=GoalStatus.REACHED)),
    goals.delete_goal: _on_goal(),
    goals.drop_goal: _on_goal(),
    goals.edit_goal: _on_goal(1, text="Give a talk", due_on=None),
    goals.list_all: _with_goals,
    goals.load: _on_goal(),
    goals.reach_goal: _on_goal(),
    goals.reopen_goal: _on_goal(closed=True),
    goals.set_goal: lambda s: [
        given(_mentor_of_mentee(s)[0], _mentor_of_mentee(s)[1].user_id, "Pass the exam")
    ],
    goals.write_progress: _on_goal(1, "Half of it"),
    mentorships.end: _with_other(),
    mentorships.load_page: _with_other(),
    mentorships.resume: _after_end,
    pairs.find: _with_other(),
    pairs.list_own: lambda s: [given(s.mentor.actor), given(s.mentee.actor)],
    pairs.suggest: lambda s: [
        given(actor, typed) for actor in (s.mentor.actor, s.mentee.actor) for typed in ("", "ka")
    ],
    timeline.load_page: _with_other(),
}
"""Each use case with its calls."""
