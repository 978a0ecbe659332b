"""Routes of the caller's slot alerts."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.dependencies import MemberCaller
from api.idempotency import EFFECT_ONLY, changed_response
from api.openapi import error_responses
from api.routes.mentors import MentorId
from api.schemas.offers.slot_alerts import SlotAlert, SlotAlertList, SlotAlertRequest
from mentorship.actors import Actor
from mentorship.availability.slot_alerts import alerts
from mentorship.errors import (
    BlockedByYou,
    KeyReused,
    LimitReached,
    NotAMentor,
    NotAvailable,
    NotFound,
    OwnSlots,
    ScreeningPending,
    SlotsOpen,
    TimezoneNeeded,
)
from mentorship.idempotency import Answer
from storage import Transaction

router = APIRouter(tags=["mentors"])


@router.put(
    "/mentors/{id}/slot-alert",
    summary="Wait for a mentor's slot",
    response_model=SlotAlert,
    responses=error_responses(
        KeyReused,
        NotAMentor,
        OwnSlots,
        NotAvailable,
        BlockedByYou,
        SlotsOpen,
        LimitReached,
        ScreeningPending,
        TimezoneNeeded,
        has_body=True,
    ),
)
async def set_slot_alert(
    caller: MemberCaller, mentor_id: MentorId, body: SlotAlertRequest | None = None
) -> Response:
    """Have the caller told in Discord, once, when a mentor has an open slot that suits them.
    Members are told in the order of asking, one of a mentor's line every 15 minutes. Sent again, it
    changes which slots suit and keeps the place. If a slot that suits is open already, the answer
    is 409 `slots-open` with `nearestSlots` and their `duration`, and nothing is stored. Without a
    body any slot suits."""
    wish = (body or SlotAlertRequest()).wish()

    async def wait(tx: Transaction, actor: Actor) -> Answer:
        alert = await alerts.set_alert(tx, actor, mentor_id, wish)
        return Answer(SlotAlert.from_domain(alert).model_dump(), mentor_id)

    return changed_response(await caller.run_once(wait))


@router.delete(
    "/mentors/{id}/slot-alert",
    summary="Stop waiting for a mentor's slot",
    response_model=SlotAlertList,
    responses=error_responses(NotFound, KeyReused),
)
async def remove_slot_alert(caller: MemberCaller, mentor_id: MentorId) -> Response:
    """Remove the caller's alert for a mentor. Returns the alerts that are left."""

    async def remove(tx: Transaction, actor: Actor) -> Answer:
        await alerts.remove(tx, actor, mentor_id)
        return EFFECT_ONLY

    result = await caller.run_once(remove)
    left = await list_slot_alerts(caller)
    return changed_response(result.with_body(left.model_dump()))


@router.get("/me/slot-alerts", summary="List own slot alerts", responses=error_responses())
async def list_slot_alerts(caller: MemberCaller) -> SlotAlertList:
    """Return the mentors whose slots the caller waits for."""
    own = await caller.read(alerts.list_own)
    return SlotAlertList(slot_alerts=[SlotAlert.from_domain(alert) for alert in own])
