"""The route that sets many ranks at once."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.dependencies import ServiceCaller
from api.idempotency import changed_response
from api.openapi import error_responses
from api.schemas.service.ranks import RankResults, RanksRequest
from mentorship.actors import Actor
from mentorship.errors import KeyReused
from mentorship.idempotency import Answer
from mentorship.main_app import ranks
from storage import Transaction

router = APIRouter(tags=["service"])


@router.put(
    "/ranks",
    summary="Set many ranks",
    response_model=RankResults,
    responses=error_responses(KeyReused, has_body=True),
)
async def set_ranks(caller: ServiceCaller, body: RanksRequest) -> Response:
    """Set the ranks of up to 1,000 people. Each entry is checked by itself, and all valid ones are
    written. The results are in the order of the entries."""
    entries, problems = body.valid_entries()

    async def set_all(tx: Transaction, actor: Actor) -> Answer:
        outcomes = await ranks.set_ranks(tx, actor, list(entries.values()))
        by_place = dict(zip(entries, outcomes, strict=True))
        # It names nobody, so that an erasure leaves nothing to clear in a stored answer.
        return Answer(RankResults.from_domain(by_place, problems).model_dump())

    return changed_response(await caller.run_once(set_all))
