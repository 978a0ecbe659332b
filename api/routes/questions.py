"""Routes of a mentor's own questions at booking."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.dependencies import MemberCaller
from api.idempotency import changed_response
from api.openapi import error_responses
from api.schemas.questions import QuestionList, QuestionListRequest
from mentorship.actors import Actor
from mentorship.errors import (
    InvalidField,
    KeyReused,
    NotAMentor,
    NotFound,
    StillAnApplicant,
    StoppedMentoring,
    Suspended,
)
from mentorship.idempotency import Answer
from mentorship.mentors import booking_questions
from storage import Transaction

router = APIRouter(tags=["mentors"])

_NOT_MENTORING = (NotAMentor, StillAnApplicant, StoppedMentoring, Suspended)


@router.get(
    "/me/questions", summary="List own questions", responses=error_responses(*_NOT_MENTORING)
)
async def list_questions(caller: MemberCaller) -> QuestionList:
    """Return what the caller asks members who book a session with them."""
    return QuestionList.from_domain(await caller.read(booking_questions.list_own))


@router.put(
    "/me/questions",
    summary="Replace own questions",
    response_model=QuestionList,
    responses=error_responses(NotFound, InvalidField, KeyReused, *_NOT_MENTORING, has_body=True),
)
async def replace_questions(caller: MemberCaller, body: QuestionListRequest) -> Response:
    """Replace what the caller asks members who book a session with them. A question with an `id`
    changes the one that has it; questions that aren't sent are removed. Booked sessions keep what
    was asked and answered."""

    async def replace(tx: Transaction, actor: Actor) -> Answer:
        questions = await booking_questions.replace_all(tx, actor, body.to_domain())
        return Answer(QuestionList.from_domain(questions).model_dump())

    return changed_response(await caller.run_once(replace))
