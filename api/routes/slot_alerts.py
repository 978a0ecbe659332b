"""Routes of the caller's slot alerts."""

from __future__ import annotations

from fastapi import APIRouter

from api.dependencies import MemberCaller
from api.openapi import error_responses
from api.routes.mentors import MentorId
from api.schemas.slot_alerts import SlotAlert, SlotAlertList, SlotAlertRequest
from mentorship.availability.slot_alerts import alerts
from mentorship.errors import (
    BlockedByYou,
    LimitReached,
    NotAMentor,
    NotAvailable,
    NotFound,
    OwnSlots,
    ScreeningPending,
    SlotsOpen,
    TimezoneNeeded,
)

router = APIRouter(tags=["mentors"])


@router.put(
    "/mentors/{id}/slot-alert",
    summary="Wait for a mentor's slot",
    responses=error_responses(
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
) -> SlotAlert:
    """Have the caller told in Discord, once, when a mentor has an open slot that suits them.
    Members are told in the order of asking, one of a mentor's line every 15 minutes. Sent again, it
    changes which slots suit and keeps the place. If a slot that suits is open already, the answer
    is 409 `slots-open` with `nearestSlots` and their `duration`, and nothing is stored. Without a
    body any slot suits."""
    wish = (body or SlotAlertRequest()).wish()
    return SlotAlert.from_domain(await caller.run(alerts.set_alert, mentor_id, wish))


@router.delete(
    "/mentors/{id}/slot-alert",
    summary="Stop waiting for a mentor's slot",
    responses=error_responses(NotFound),
)
async def remove_slot_alert(caller: MemberCaller, mentor_id: MentorId) -> SlotAlertList:
    """Remove the caller's alert for a mentor. Returns the alerts that are left."""
    await caller.run(alerts.remove, mentor_id)
    return await list_slot_alerts(caller)


@router.get("/me/slot-alerts", summary="List own slot alerts", responses=error_responses())
async def list_slot_alerts(caller: MemberCaller) -> SlotAlertList:
    """Return the mentors whose slots the caller waits for."""
    own = await caller.read(alerts.list_own)
    return SlotAlertList(slot_alerts=[SlotAlert.from_domain(alert) for alert in own])
