"""Mentors change their questions at booking."""

from __future__ import annotations

import asyncio

import pytest

from mentorship.actors import Actor
from mentorship.errors import InvalidField, NotAMentor, NotFound, StillAnApplicant, StoppedMentoring
from mentorship.mentors import booking_questions, profiles
from mentorship.mentors.question_rules import AnswerKind, QuestionDraft
from storage.tables import BookingQuestion, Event
from tests.mentorship.support.community import Community

LEVEL = QuestionDraft("How long have you used Python?", required=True)
GOAL = QuestionDraft("What would you like to work on?", AnswerKind.LONG)
TRIED = QuestionDraft("What have you tried so far?", AnswerKind.LONG)


@pytest.fixture
async def oliver(town: Community) -> Actor:
    return await town.mentor("Oliver")


async def test_a_mentor_adds_edits_moves_and_removes_questions(
    town: Community, oliver: Actor
) -> None:
    await town.db.run(booking_questions.add, oliver, LEVEL)
    level, goal = await town.db.run(booking_questions.add, oliver, GOAL)
    assert (level.text, level.kind, level.required) == (LEVEL.text, AnswerKind.SHORT, True)
    assert (goal.text, goal.kind, goal.required) == (GOAL.text, AnswerKind.LONG, False)
    _, _, tried = await town.db.run(booking_questions.add, oliver, TRIED)
    moved = await town.db.run(booking_questions.move_up, oliver, tried.id)
    assert moved == (level, tried, goal), "moving changes no revision"
    assert await town.db.run(booking_questions.move_up, oliver, level.id) == moved
    edited = await town.db.run(booking_questions.edit, oliver, goal.id, QuestionDraft("Your goal?"))
    assert [each.id for each in edited] == [level.id, tried.id, goal.id]
    assert (edited[2].text, edited[2].kind) == ("Your goal?", AnswerKind.SHORT)
    assert [each.revision for each in edited] == [1, 1, 2]
    left = await town.db.run(booking_questions.remove, oliver, level.id)
    assert left == edited[1:]
    assert await town.db.read(booking_questions.list_own, oliver) == left


async def test_replacing_all_keeps_what_has_an_id(town: Community, oliver: Actor) -> None:
    level, _ = await town.db.run(booking_questions.replace_all, oliver, [LEVEL, GOAL])
    drafts = [TRIED, level.draft]
    tried, same = await town.db.run(booking_questions.replace_all, oliver, drafts)
    assert same == level
    assert tried.text == TRIED.text
    with pytest.raises(NotFound):
        await town.db.run(
            booking_questions.replace_all, oliver, [QuestionDraft("Mine?", id=tried.id + 9)]
        )
    assert await town.db.run(booking_questions.replace_all, oliver, []) == ()


async def test_the_id_of_a_removed_question_is_never_used_again(
    town: Community, oliver: Actor
) -> None:
    (level,) = await town.db.run(booking_questions.add, oliver, LEVEL)
    await town.db.run(booking_questions.remove, oliver, level.id)
    (goal,) = await town.db.run(booking_questions.add, oliver, GOAL)
    assert goal.id > level.id


async def test_a_fourth_question_is_refused(town: Community, oliver: Actor) -> None:
    three = await town.db.run(booking_questions.replace_all, oliver, [LEVEL, GOAL, TRIED])
    before = await town.dump()
    with pytest.raises(InvalidField):
        await town.db.run(booking_questions.add, oliver, QuestionDraft("One more?"))
    assert await town.dump() == before
    assert await town.db.read(booking_questions.list_own, oliver) == three


async def test_questions_added_at_once_are_never_more_than_three(
    town: Community, oliver: Actor
) -> None:
    attempts = [
        town.db.run(booking_questions.add, oliver, QuestionDraft(f"Question {number}?"))
        for number in range(5)
    ]
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    assert sum(isinstance(each, InvalidField) for each in outcomes) == 2
    assert sum(isinstance(each, tuple) for each in outcomes) == 3
    assert len(await town.db.read(booking_questions.list_own, oliver)) == 3


async def test_a_change_that_changes_nothing_records_nothing(
    town: Community, oliver: Actor
) -> None:
    (level,) = await town.db.run(booking_questions.add, oliver, LEVEL)
    before = await town.count(Event)
    await town.db.run(booking_questions.edit, oliver, level.id, LEVEL)
    assert await town.count(Event) == before
    await town.db.run(booking_questions.edit, oliver, level.id, GOAL)
    assert await town.count(Event) == before + 1


async def test_only_mentors_have_questions_and_only_their_own(
    town: Community, village: Community, oliver: Actor
) -> None:
    (level,) = await town.db.run(booking_questions.add, oliver, LEVEL)
    maya = await town.member("Maya")
    applicant, _ = await town.applicant("Ada")
    with pytest.raises(NotAMentor):
        await town.db.read(booking_questions.list_own, maya)
    with pytest.raises(NotAMentor):
        await town.db.run(booking_questions.add, maya, GOAL)
    with pytest.raises(StillAnApplicant):
        await town.db.run(booking_questions.add, applicant, GOAL)
    sofia = await town.mentor("Sofia")
    for change in (booking_questions.remove, booking_questions.move_up):
        with pytest.raises(NotFound):
            await town.db.run(change, sofia, level.id)
    with pytest.raises(NotFound):
        await town.db.run(booking_questions.edit, sofia, level.id, GOAL)
    assert await town.db.read(booking_questions.list_of_mentor, maya, oliver.user_id) == (level,)
    abroad = await village.join(maya)
    assert await town.db.read(booking_questions.list_of_mentor, abroad, oliver.user_id) == ()
    await town.db.run(profiles.stop, oliver)
    with pytest.raises(StoppedMentoring):
        await town.db.run(booking_questions.remove, oliver, level.id)
    assert await town.count(BookingQuestion) == 1, "they are there when the mentor returns"
