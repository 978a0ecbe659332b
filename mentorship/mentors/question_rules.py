"""A mentor's questions at booking, and which answers a booking takes. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum, auto

from mentorship.errors import (
    AnswersNeeded,
    Field,
    InvalidField,
    NotFound,
    Problem,
    QuestionsChanged,
    Subject,
)

MOST_QUESTIONS = 3
"""Questions of one mentor. The database has as many positions."""

LONGEST_QUESTION = 100
"""Characters of a question: Discord's form shows no longer text above a field."""


class AnswerKind(StrEnum):
    """How much a question asks for: a line, or several."""

    SHORT = auto()
    LONG = auto()


LONGEST_ANSWER: Mapping[AnswerKind, int] = {AnswerKind.SHORT: 150, AnswerKind.LONG: 500}
"""Characters of an answer. Three long ones fit on a session's card, beside topic and review."""


@dataclass(frozen=True, slots=True)
class QuestionDraft:
    """A question as its mentor wants it. `id` is that of the question it replaces, if any."""

    text: str
    kind: AnswerKind = AnswerKind.SHORT
    required: bool = False
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """A question that a mentor asks at booking.

    `revision` rises with each change of its text or kind; its id stays.
    """

    id: int
    revision: int
    text: str
    kind: AnswerKind
    required: bool

    @property
    def longest_answer(self) -> int:
        """The maximum length of an answer, in characters."""
        return LONGEST_ANSWER[self.kind]

    @property
    def draft(self) -> QuestionDraft:
        """The draft that changes nothing."""
        return QuestionDraft(self.text, self.kind, self.required, self.id)


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """What a mentee answers. `revision` is that of the question they saw; None accepts any."""

    question_id: int
    text: str
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer together with the question as it was asked."""

    question: str
    text: str


def validate(drafts: Sequence[QuestionDraft]) -> list[QuestionDraft]:
    """Normalize all questions of a mentor: NFC, each in one line.

    Raises `InvalidField` for more than `MOST_QUESTIONS`, for one that is empty or too long, and for
    two of the same id; `count` is the place of the question at fault, from 0.
    """
    if len(drafts) > MOST_QUESTIONS:
        raise InvalidField(Field.QUESTIONS, Problem.TOO_MANY, most=MOST_QUESTIONS)
    checked = []
    for place, draft in enumerate(drafts):
        text = _one_line(draft.text)
        if not 1 <= len(text) <= LONGEST_QUESTION:
            raise InvalidField(
                *(Field.QUESTION, Problem.WRONG_LENGTH), most=LONGEST_QUESTION, count=place
            )
        checked.append(replace(draft, text=text))
    ids = [draft.id for draft in drafts if draft.id is not None]
    if len(ids) > len(set(ids)):
        raise InvalidField(Field.QUESTIONS, Problem.OVERLAPPING)
    return checked


def revise(
    current: Sequence[Question], drafts: Sequence[QuestionDraft]
) -> list[Question | QuestionDraft]:
    """Return a mentor's questions as the drafts want them, in their order; new ones as drafts.

    Raises what `validate` does, and `NotFound` for the id of a question that they don't have.
    """
    by_id = {question.id: question for question in current}
    revised: list[Question | QuestionDraft] = []
    for draft in validate(drafts):
        if draft.id is None:
            revised.append(draft)
            continue
        if (before := by_id.get(draft.id)) is None:
            raise NotFound(Subject.QUESTION)
        is_same = (draft.text, draft.kind) == (before.text, before.kind)
        revised.append(
            Question(
                draft.id,
                before.revision if is_same else before.revision + 1,
                draft.text,
                draft.kind,
                draft.required,
            )
        )
    return revised


def select_answers(
    mentor_name: str, questions: Sequence[Question], given: Sequence[GivenAnswer]
) -> tuple[Answer, ...]:
    """Return the answers that a booking keeps, in the order of the questions.

    What was answered to a question that is gone is left out, and so is an empty answer. Raises
    `QuestionsChanged` for an answer to an earlier revision, `AnswersNeeded` for a required question
    without an answer, and `InvalidField` for an answer that is too long, or a second one to the
    same question; its `count` is the place of the answer among those given, from 0.
    """
    by_id = {question.id: question for question in questions}
    texts: dict[int, str] = {}
    outdated = []
    for place, answer in enumerate(given):
        question = by_id.get(answer.question_id)
        if question is None:
            continue
        if answer.question_id in texts:
            raise InvalidField(Field.ANSWER, Problem.OVERLAPPING, count=place)
        text = texts[question.id] = _NORMALIZED[question.kind](answer.text)
        if text and answer.revision not in (None, question.revision):
            outdated.append(question.id)
        elif len(text) > question.longest_answer:
            raise InvalidField(
                *(Field.ANSWER, Problem.TOO_LONG),
                most=question.longest_answer,
                count=place,
                typed=question.text,
            )
    if outdated:
        raise QuestionsChanged(mentor_name, tuple(outdated))
    missing = [each.id for each in questions if each.required and not texts.get(each.id)]
    if missing:
        raise AnswersNeeded(mentor_name, tuple(missing))
    answered = [question for question in questions if texts.get(question.id)]
    return tuple(Answer(question.text, texts[question.id]) for question in answered)


def _one_line(text: str) -> str:
    return " ".join(_storable(text).split())


def _lines(text: str) -> str:
    return _storable(text).strip()


def _storable(text: str) -> str:
    # PostgreSQL can't store U+0000, which a modified client can send.
    return unicodedata.normalize("NFC", text).replace("\0", "")


_NORMALIZED: Mapping[AnswerKind, Callable[[str], str]] = {
    AnswerKind.SHORT: _one_line,
    AnswerKind.LONG: _lines,
}
