"""What leads to sessions beside bookings, each act in one transaction.

These are series, invitations, requests for help, and alerts for open slots.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from mentorship.actors import Actor
from mentorship.availability.slot_alerts import alerts
from mentorship.availability.slot_alerts.wishes import SlotWish
from mentorship.sessions.offers import help_requests, invitation_answers, invitations
from mentorship.sessions.offers.help_requests import HelpRequestDraft
from mentorship.sessions.offers.invitations import InvitationRequest, Invitee
from mentorship.sessions.series import booking, changes
from mentorship.sessions.series.quotes import SeriesRequest
from storage import Transaction
from tests.crash.activity.group_acts import MINUTES, UseCase
from tests.crash.activity.journal import Act


class OfferAct(StrEnum):
    """The kinds of acts on series, invitations, requests for help and slot alerts."""

    BOOK_SERIES = "book_series"
    CANCEL_SERIES = "cancel_series"
    INVITE = "invite"
    ACCEPT_INVITATION = "accept_invitation"
    DECLINE_INVITATION = "decline_invitation"
    WITHDRAW_INVITATION = "withdraw_invitation"
    ASK = "ask"
    OFFER = "offer"
    WITHDRAW_REQUEST = "withdraw_request"
    SET_ALERT = "set_alert"
    REMOVE_ALERT = "remove_alert"


async def _book_series(tx: Transaction, actor: Actor, act: Act) -> int:
    facts = act.facts
    start = datetime.fromisoformat(facts["start"])
    request = SeriesRequest(
        facts["mentor"], start, MINUTES, every_weeks=1, count=facts["count"], topic=act.mark
    )
    return (await booking.book_series(tx, actor, request)).series.id


async def _cancel_series(tx: Transaction, actor: Actor, act: Act) -> None:
    await changes.cancel_series(tx, actor, act.facts["series"])


def _terms(act: Act) -> InvitationRequest:
    start = datetime.fromisoformat(act.facts["start"])
    return InvitationRequest(start, MINUTES, topic=act.mark, price=act.facts["price"])


async def _invite(tx: Transaction, actor: Actor, act: Act) -> int:
    return (await invitations.send(tx, actor, Invitee(act.facts["to"]), _terms(act))).id


async def _accept(tx: Transaction, actor: Actor, act: Act) -> int:
    return (await invitation_answers.accept(tx, actor, act.facts["invitation"])).id


async def _decline(tx: Transaction, actor: Actor, act: Act) -> None:
    await invitation_answers.decline(tx, actor, act.facts["invitation"])


async def _withdraw(tx: Transaction, actor: Actor, act: Act) -> None:
    await invitation_answers.withdraw(tx, actor, act.facts["invitation"])


async def _ask(tx: Transaction, actor: Actor, act: Act) -> int:
    return (await help_requests.ask(tx, actor, HelpRequestDraft("python", act.mark))).id


async def _offer(tx: Transaction, actor: Actor, act: Act) -> int:
    return (await help_requests.offer(tx, actor, act.facts["request"], _terms(act))).id


async def _withdraw_request(tx: Transaction, actor: Actor, act: Act) -> None:
    await help_requests.withdraw(tx, actor, act.facts["request"])


async def _set_alert(tx: Transaction, actor: Actor, act: Act) -> None:
    await alerts.set_alert(tx, actor, act.facts["mentor"], SlotWish())


async def _remove_alert(tx: Transaction, actor: Actor, act: Act) -> None:
    await alerts.remove(tx, actor, act.facts["mentor"])


USE_CASES: Mapping[str, UseCase] = {
    OfferAct.BOOK_SERIES: _book_series,
    OfferAct.CANCEL_SERIES: _cancel_series,
    OfferAct.INVITE: _invite,
    OfferAct.ACCEPT_INVITATION: _accept,
    OfferAct.DECLINE_INVITATION: _decline,
    OfferAct.WITHDRAW_INVITATION: _withdraw,
    OfferAct.ASK: _ask,
    OfferAct.OFFER: _offer,
    OfferAct.WITHDRAW_REQUEST: _withdraw_request,
    OfferAct.SET_ALERT: _set_alert,
    OfferAct.REMOVE_ALERT: _remove_alert,
}
