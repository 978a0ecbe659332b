"""Calls of the use cases about questions at booking, for `tests.scale.test_steps`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from functools import partial

from mentorship.mentors import booking_questions
from mentorship.mentors.question_rules import AnswerKind, QuestionDraft
from mentorship.sessions import booking_answers
from storage import Transaction
from tests.scale.arguments import Arguments, given
from tests.scale.scene import Scene

Calls = Callable[[Scene], Iterable[Arguments]]

_DRAFT = QuestionDraft("What have you tried so far?", AnswerKind.LONG)


def _on_last(*more: QuestionDraft) -> Calls:
    """Call it as the mentor, on the last of their questions."""

    async def find(tx: Transaction, scene: Scene) -> tuple[object, ...]:
        own = await booking_questions.list_own(tx, scene.mentor.actor)
        return (own[-1].id, *more)

    return lambda scene: [replace(given(scene.mentor.actor), before=partial(find, scene=scene))]


QUESTION_CALLS: dict[Callable[..., Awaitable[object]], Calls] = {
    booking_answers.load_session: lambda scene: [
        given(person.actor, person.sessions["confirmed"]) for person in (scene.mentor, scene.mentee)
    ],
    booking_questions.add: lambda s: [given(s.mentor.actor, _DRAFT)],
    booking_questions.edit: _on_last(_DRAFT),
    booking_questions.list_of_mentor: lambda s: [given(s.mentee.actor, s.mentor.actor.user_id)],
    booking_questions.list_own: lambda s: [given(s.mentor.actor)],
    booking_questions.move_up: _on_last(),
    booking_questions.remove: _on_last(),
    booking_questions.replace_all: lambda s: [given(s.mentor.actor, [_DRAFT] * 3)],
}
