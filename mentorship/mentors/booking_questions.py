"""The questions that a mentor asks at booking: loading and changing them.

Changes apply at once, to bookings from then on. See `docs/decisions/0068-questions-at-booking.md`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import Label, bindparam, delete, insert, select

from mentorship import events
from mentorship.actors import Actor
from mentorship.errors import NotFound, Subject
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.mentors import own_profile, question_rules
from mentorship.mentors.question_rules import AnswerKind, Question, QuestionDraft
from storage import Transaction
from storage.queries import json_list
from storage.tables import BookingQuestion, MentorProfile

_COLUMNS = (
    BookingQuestion.position,
    BookingQuestion.id,
    BookingQuestion.revision,
    BookingQuestion.text,
    BookingQuestion.kind,
    BookingQuestion.required,
)
_QUESTIONS = select(*_COLUMNS).order_by(BookingQuestion.position)
_OF_PROFILE = _QUESTIONS.where(BookingQuestion.profile_id == bindparam("profile"))
_OF_MENTOR = _QUESTIONS.join(MentorProfile, MentorProfile.id == BookingQuestion.profile_id).where(
    MentorProfile.guild_id == bindparam("guild"), MentorProfile.user_id == bindparam("user")
)
_LOCK = select(MentorProfile.id).where(MentorProfile.id == bindparam("profile")).with_for_update()
_DELETE = delete(BookingQuestion).where(BookingQuestion.profile_id == bindparam("profile"))
_INSERT = insert(BookingQuestion)


def questions_column(dialect: str) -> Label[Any]:
    """A profile's questions as one JSON column, `questions`, for a query of profiles."""
    items = json_list(dialect, *(column.expression for column in _COLUMNS))
    of_profile = select(items.label("questions")).where(
        BookingQuestion.profile_id == MentorProfile.id
    )
    return of_profile.scalar_subquery().label("questions")


def read_column(items: Iterable[Sequence[Any]]) -> tuple[Question, ...]:
    """Return the questions in the value of `questions_column`, in their order."""
    return tuple(
        Question(id_, revision, text, AnswerKind(kind), bool(required))
        for _, id_, revision, text, kind, required in sorted(items, key=lambda item: item[0])
    )


_Change = Callable[[Sequence[Question]], list[QuestionDraft]]


async def list_of_profile(tx: Transaction, profile_id: int) -> tuple[Question, ...]:
    """List a mentor's questions in their order. Does no permission checks."""
    rows = await tx.connection.execute(_OF_PROFILE, {"profile": profile_id})
    return tuple(_question(row) for row in rows)


async def list_of_mentor(tx: Transaction, actor: Actor, mentor_id: int) -> tuple[Question, ...]:
    """List what somebody in the actor's guild asks at booking; nothing if they don't mentor."""
    params = {"guild": actor.guild, "user": mentor_id}
    return tuple(_question(row) for row in await tx.connection.execute(_OF_MENTOR, params))


async def list_own(tx: Transaction, actor: Actor) -> tuple[Question, ...]:
    """List the actor's own questions. Raises what `own_profile.why_not_mentoring` returns."""
    profile = await own_profile.load_approved(tx, actor)
    return await list_of_profile(tx, profile.id)


async def replace_all(
    tx: Transaction, actor: Actor, drafts: Sequence[QuestionDraft]
) -> tuple[Question, ...]:
    """Replace the actor's questions, and return the new ones.

    A draft with an id changes that question, which otherwise is removed. Raises what `list_own` and
    `question_rules.revise` do.
    """
    return await _change(tx, actor, lambda _: list(drafts))


async def add(tx: Transaction, actor: Actor, draft: QuestionDraft) -> tuple[Question, ...]:
    """Add a question after the others. Raises what `replace_all` does."""
    return await _change(tx, actor, lambda current: [*_drafts(current), draft])


async def edit(
    tx: Transaction, actor: Actor, question_id: int, draft: QuestionDraft
) -> tuple[Question, ...]:
    """Change one of the actor's questions. Raises what `replace_all` does."""

    def change(current: Sequence[Question]) -> list[QuestionDraft]:
        drafts = _drafts(current)
        drafts[_place(current, question_id)] = QuestionDraft(
            draft.text, draft.kind, draft.required, question_id
        )
        return drafts

    return await _change(tx, actor, change)


async def remove(tx: Transaction, actor: Actor, question_id: int) -> tuple[Question, ...]:
    """Remove one of the actor's questions. Answers that were given to it stay.

    Raises what `list_own` does, and `NotFound`.
    """

    def change(current: Sequence[Question]) -> list[QuestionDraft]:
        drafts = _drafts(current)
        del drafts[_place(current, question_id)]
        return drafts

    return await _change(tx, actor, change)


async def move_up(tx: Transaction, actor: Actor, question_id: int) -> tuple[Question, ...]:
    """Ask one of the actor's questions before the one above it; the first one stays.

    Raises what `list_own` does, and `NotFound`.
    """

    def change(current: Sequence[Question]) -> list[QuestionDraft]:
        drafts, place = _drafts(current), _place(current, question_id)
        drafts.insert(max(0, place - 1), drafts.pop(place))
        return drafts

    return await _change(tx, actor, change)


async def _change(tx: Transaction, actor: Actor, change: _Change) -> tuple[Question, ...]:
    profile = await own_profile.load_approved(tx, actor)
    # On PostgreSQL two changes at once take turns, so that none is lost.
    await tx.connection.execute(_LOCK, {"profile": profile.id})
    current = await list_of_profile(tx, profile.id)
    revised = question_rules.revise(current, change(current))
    if revised == list(current):
        return current
    await tx.connection.execute(_DELETE, {"profile": profile.id})
    for position, question in enumerate(revised):
        row: dict[str, Any] = {
            "profile_id": profile.id,
            "position": position,
            "text": question.text,
            "kind": question.kind,
            "required": question.required,
        }
        if isinstance(question, Question):
            row |= {"id": question.id, "revision": question.revision}
        await tx.connection.execute(_INSERT, row)
    # The questions themselves aren't among the facts, which hold no text of people.
    await events.record(tx, Event(EventType.PROFILE_UPDATED, actor.guild, actor.user_id))
    return await list_of_profile(tx, profile.id)


def _drafts(questions: Sequence[Question]) -> list[QuestionDraft]:
    return [question.draft for question in questions]


def _place(questions: Sequence[Question], question_id: int) -> int:
    """Return the place of a question, from 0. Raises `NotFound`."""
    for place, question in enumerate(questions):
        if question.id == question_id:
            return place
    raise NotFound(Subject.QUESTION)


def _question(row: Any) -> Question:
    return Question(row.id, row.revision, row.text, AnswerKind(row.kind), bool(row.required))
