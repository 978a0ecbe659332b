"""A mentor's questions at booking, and the answers to them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import Field

from api.schemas.base import Id, IdText, RequestModel, ResponseModel, Text, with_examples
from mentorship.mentors.question_rules import (
    LONGEST_ANSWER,
    LONGEST_QUESTION,
    MOST_QUESTIONS,
    Answer,
    AnswerKind,
    GivenAnswer,
    Question,
    QuestionDraft,
)

QUESTION_EXAMPLE: dict[str, Any] = {
    "id": "7",
    "revision": 1,
    "text": "What would you like to work on?",
    "kind": "long",
    "required": True,
    "maxLength": LONGEST_ANSWER[AnswerKind.LONG],
}


class BookingQuestion(ResponseModel):
    """A question that the mentor asks members who book a session."""

    id: IdText
    revision: int = Field(
        description="Rises with each change of the text or the kind. Send it with the answer, "
        "which is refused if the question says something else by then."
    )
    text: str
    kind: Literal["short", "long"] = Field(description="Whether to show one line or several.")
    required: bool = Field(description="Nobody can book without an answer.")
    max_length: int = Field(description="Characters of an answer.")

    @classmethod
    def from_domain(cls, question: Question) -> BookingQuestion:
        return cls(
            id=str(question.id),
            revision=question.revision,
            text=question.text,
            kind=question.kind.value,
            required=question.required,
            max_length=question.longest_answer,
        )


class QuestionList(ResponseModel):
    """The caller's questions, in the order in which they are asked."""

    model_config = with_examples({"questions": [QUESTION_EXAMPLE]})

    questions: list[BookingQuestion]

    @classmethod
    def from_domain(cls, questions: Iterable[Question]) -> QuestionList:
        return cls(questions=[BookingQuestion.from_domain(question) for question in questions])


class QuestionRequest(RequestModel):
    """A question as its mentor wants it."""

    id: Id | None = Field(None, description="The question that this one changes; null for a new.")
    text: Annotated[Text, Field(max_length=LONGEST_QUESTION)]
    kind: Literal["short", "long"] = "short"
    required: bool = False


class QuestionListRequest(RequestModel):
    """All questions of a mentor, in their order."""

    model_config = with_examples(
        {
            "questions": [
                {
                    "id": "7",
                    "text": "What would you like to work on?",
                    "kind": "long",
                    "required": True,
                },
                {"text": "How long have you used Python?"},
            ]
        }
    )

    questions: Annotated[list[QuestionRequest], Field(max_length=MOST_QUESTIONS)]

    def to_domain(self) -> list[QuestionDraft]:
        return [
            QuestionDraft(each.text, AnswerKind(each.kind), each.required, each.id)
            for each in self.questions
        ]


class AnswerRequest(RequestModel):
    """An answer to a question of the mentor."""

    question_id: Id
    revision: Annotated[int, Field(ge=1, lt=2**53)] | None = Field(
        None, description="That of the question which the member saw."
    )
    answer: Annotated[Text, Field(max_length=max(LONGEST_ANSWER.values()))]

    def to_domain(self) -> GivenAnswer:
        return GivenAnswer(self.question_id, self.answer, self.revision)


AnswerList = Annotated[
    list[AnswerRequest],
    Field(
        max_length=MOST_QUESTIONS,
        description="Answers to the mentor's `questions` (`GET /profile/{id}`). Those to questions "
        "that the mentor has removed are ignored.",
    ),
]


class SessionAnswer(ResponseModel):
    """What the mentee answered at booking, with the question as it was asked."""

    question: str = Field(description="Empty once the mentor's data was erased.")
    answer: str

    @classmethod
    def from_domain(cls, answer: Answer) -> SessionAnswer:
        return cls(question=answer.question, answer=answer.text)
