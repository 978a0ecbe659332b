"""The routes of the leaderboard."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.dependencies import MemberCaller
from api.idempotency import changed_response
from api.openapi import error_responses
from api.schemas.leaderboard import (
    Leaderboard,
    LeaderboardQuery,
    LeaderboardVisibility,
    OwnVisibility,
)
from mentorship.actors import Actor
from mentorship.errors import KeyReused, LeaderboardOff
from mentorship.idempotency import Answer
from mentorship.recognition import leaderboard
from storage import Transaction

router = APIRouter()


@router.get(
    "/leaderboard",
    tags=["mentors"],
    summary="Get the leaderboard",
    responses=error_responses(LeaderboardOff),
)
async def get_leaderboard(
    caller: MemberCaller, query: Annotated[LeaderboardQuery, Query()]
) -> Leaderboard:
    """Return the mentors who help most, if the server has turned its leaderboard on. Mentors who
    are suspended, have left or have hidden themselves aren't in it."""
    board = await caller.read(leaderboard.load, query.period, query.measure)
    return Leaderboard.from_domain(board)


@router.put(
    "/leaderboard/visibility",
    tags=["members"],
    summary="Hide from the leaderboard",
    response_model=OwnVisibility,
    responses=error_responses(KeyReused, has_body=True),
)
async def set_visibility(caller: MemberCaller, body: LeaderboardVisibility) -> Response:
    """Hide the caller from the leaderboard, or show them again. This is possible at any time, also
    while there is no leaderboard."""

    async def change(tx: Transaction, actor: Actor) -> Answer:
        await leaderboard.set_hidden(tx, actor, body.hidden)
        return Answer(OwnVisibility(hidden=body.hidden).model_dump())

    return changed_response(await caller.run_once(change))
