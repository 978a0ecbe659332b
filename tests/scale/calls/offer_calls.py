"""Calls of the use cases of invitations and requests for help, for `tests.scale.test_steps`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import insert, select

from mentorship.sessions.lifecycle import Party
from mentorship.sessions.offers import (
    help_requests,
    invitation_answers,
    invitation_views,
    invitations,
    request_views,
)
from mentorship.sessions.offers.help_requests import HelpRequestDraft
from mentorship.sessions.offers.invitation_views import OPEN_INVITATIONS, InvitationFilter
from mentorship.sessions.offers.invitations import InvitationRequest, Invitee
from storage import Transaction
from storage.tables import RequestedMentor, Tag
from tests.scale.arguments import Arguments, given
from tests.scale.layout import TOWN
from tests.scale.scene import Scene

Calls = Callable[[Scene], Iterable[Arguments]]


def _terms(scene: Scene) -> InvitationRequest:
    return InvitationRequest(scene.slot, 30, price=0)


def _invitee(scene: Scene) -> Invitee:
    return Invitee(scene.mentee.actor.user_id)


async def send_invitation(tx: Transaction, scene: Scene) -> tuple[int]:
    """Invite the mentee as the mentor, and return the invitation's id."""
    sent = await invitations.send(tx, scene.mentor.actor, _invitee(scene), _terms(scene))
    return (sent.id,)


async def ask_for_help(tx: Transaction, scene: Scene) -> tuple[int]:
    """Ask for help with the mentor's expertise as the mentee, and return the request's id.

    It was shown to the mentor, and is to be shown to others now.
    """
    tag = (await tx.connection.execute(select(Tag.name).where(Tag.id == scene.tag))).scalar_one()
    draft = HelpRequestDraft(tag, "Why is it so slow?")
    request = await help_requests.ask(tx, scene.mentee.actor, draft)
    shown = {
        "request_id": request.id,
        "mentor_id": scene.mentor.actor.user_id,
        "guild_id": TOWN,
        "shown_at": tx.now,
    }
    await tx.connection.execute(insert(RequestedMentor).values(shown))
    return (request.id,)


async def _offer(tx: Transaction, scene: Scene) -> tuple[int, int]:
    """Offer the mentor's time for a request, and return the ids of the request and the offer."""
    (request_id,) = await ask_for_help(tx, scene)
    offer = await help_requests.offer(tx, scene.mentor.actor, request_id, _terms(scene))
    return (request_id, offer.id)


def _on_invitation(*roles: str) -> Calls:
    """Call it as the mentor or the mentee, on an invitation and on an offer of the mentor."""

    async def offer(tx: Transaction, scene: Scene) -> tuple[int]:
        return ((await _offer(tx, scene))[1],)

    return lambda scene: [
        replace(given(getattr(scene, role).actor), before=partial(before, scene=scene))
        for role in roles
        for before in (send_invitation, offer)
    ]


def _on_request(*roles: str, more: Callable[[Scene], tuple[Any, ...]] = lambda _: ()) -> Calls:
    """Call it as the mentor or the mentee, on a request of the mentee."""

    async def ask(tx: Transaction, scene: Scene) -> tuple[Any, ...]:
        return (*await ask_for_help(tx, scene), *more(scene))

    return lambda scene: [
        replace(given(getattr(scene, role).actor), before=partial(ask, scene=scene))
        for role in roles
    ]


def _withdraw_request(scene: Scene) -> list[Arguments]:
    """Call it on an open request, and on one for which a time was offered."""

    async def offer(tx: Transaction) -> tuple[int]:
        return ((await _offer(tx, scene))[0],)

    return [
        *_on_request("mentee")(scene),
        replace(given(scene.mentee.actor), before=offer),
    ]


def _asks(scene: Scene) -> list[Arguments]:
    return [
        given(scene.mentee.actor, HelpRequestDraft(tag, "Why is it so slow?"))
        for tag in ("script", "kascript", "xyzzy")
    ]


def _pages(scene: Scene) -> list[Arguments]:
    filters = (InvitationFilter(), OPEN_INVITATIONS, *map(InvitationFilter, [_ALL] * 2, Party))
    return [
        given(person.actor, each) for person in (scene.mentor, scene.mentee) for each in filters
    ]


_ALL = InvitationFilter().statuses

OFFER_CALLS: dict[Callable[..., Awaitable[object]], Calls] = {
    help_requests.ask: _asks,
    help_requests.list_to_answer: lambda scene: [
        given(scene.mentor.actor),
        given(scene.mentee.actor),
    ],
    help_requests.load_for_mentor: _on_request("mentor"),
    help_requests.load_for_reader: _on_request("mentor", "mentee"),
    help_requests.load_form_defaults: _on_request("mentor"),
    help_requests.offer: _on_request("mentor", more=lambda scene: (_terms(scene),)),
    help_requests.pass_on: _on_request("mentor"),
    help_requests.preview: _asks,
    help_requests.withdraw: _withdraw_request,
    invitation_answers.accept: _on_invitation("mentee"),
    invitation_answers.decline: _on_invitation("mentee"),
    invitation_answers.withdraw: _on_invitation("mentor"),
    invitation_views.list_page: _pages,
    invitation_views.load_for_participant: _on_invitation("mentor", "mentee"),
    invitations.load_defaults: lambda scene: [given(scene.mentor.actor)],
    invitations.preview: lambda scene: [given(scene.mentor.actor, _invitee(scene), _terms(scene))],
    invitations.send: lambda scene: [given(scene.mentor.actor, _invitee(scene), _terms(scene))],
    invitations.suggest_starts: lambda scene: [
        given(scene.mentor.actor, scene.mentee.actor.user_id, 30, text)
        for text in ("", "tomorrow evening")
    ],
    request_views.list_open: lambda scene: [given(scene.mentee.actor)],
}
"""Each use case with its calls; what it is called on is made before each."""
