"""Calls of what keeps events and cards in Discord up to date, for `tests.scale.test_steps`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any

from sqlalchemy import update

from mentorship.administration import demand
from mentorship.notifications.channel_cards import ChannelProblem
from mentorship.sessions.groups.discord_events import changes, sync
from mentorship.sessions.groups.discord_events.changes import ShownEvent
from mentorship.sessions.groups.group_views import GroupView
from mentorship.sessions.offers import request_cards
from storage import Transaction
from storage.tables import GroupSession, Guild
from tests.scale.arguments import Arguments, given
from tests.scale.calls.group_calls import CHANNEL, create_group
from tests.scale.calls.offer_calls import ask_for_help
from tests.scale.layout import TOWN
from tests.scale.scene import Scene

Calls = Callable[[Scene], Iterable[Arguments]]

EVENT = 88
"""The event of the group session."""


async def _create_with_event(tx: Transaction, scene: Scene, *, is_due: bool) -> GroupView:
    """Create a group session that has an event, which has to be edited if it `is_due`."""
    group = await create_group(tx, scene, is_joined=True)
    values = {"wants_event": True, "event_id": EVENT, "event_due_at": tx.now if is_due else None}
    await tx.connection.execute(
        update(GroupSession).where(GroupSession.id == group.id).values(values)
    )
    return group


def _with_event(*arguments: Any, is_due: bool = False, **named: Any) -> Calls:
    """Call it when a group session has an event."""

    async def create(tx: Transaction, scene: Scene) -> tuple[Any, ...]:
        await _create_with_event(tx, scene, is_due=is_due)
        return arguments

    return lambda scene: [replace(given(**named), before=partial(create, scene=scene))]


def _as_mentor(scene: Scene) -> list[Arguments]:
    """Call it as the mentor of a group session that has an event."""

    async def create(tx: Transaction) -> tuple[int]:
        return ((await _create_with_event(tx, scene, is_due=False)).id,)

    return [replace(given(scene.mentor.actor), before=create)]


def _on_claimed_event(*arguments: Any) -> Calls:
    """Call it on an event that was claimed."""

    async def claim(tx: Transaction, scene: Scene) -> tuple[Any, ...]:
        group = await _create_with_event(tx, scene, is_due=True)
        (own,) = [each for each in await sync.claim(tx) if each.group.id == group.id]
        return (own, *arguments)

    return lambda scene: [replace(given(), before=partial(claim, scene=scene))]


async def _ask_in_channel(tx: Transaction, scene: Scene) -> int:
    """Ask for help in a guild with a channel for requests, and return the request's id."""
    await tx.connection.execute(
        update(Guild).where(Guild.id == TOWN).values(requests_channel_id=CHANNEL)
    )
    return (await ask_for_help(tx, scene))[0]


def _with_card(scene: Scene) -> list[Arguments]:
    """Call it when the card of a request has to be posted."""

    async def ask(tx: Transaction) -> tuple[()]:
        await _ask_in_channel(tx, scene)
        return ()

    return [replace(given(), before=ask)]


def _on_claimed_card(*more: tuple[Any, ...]) -> Calls:
    """Call it on a card that was claimed, once with each of `more`."""

    async def claim(tx: Transaction, scene: Scene, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        request_id = await _ask_in_channel(tx, scene)
        (own,) = [each for each in await request_cards.claim(tx) if each.request.id == request_id]
        return (own, *arguments)

    return lambda scene: [
        replace(given(), before=partial(claim, scene=scene, arguments=arguments))
        for arguments in more
    ]


def _renamed(scene: Scene) -> list[Arguments]:
    shown = ShownEvent(EVENT, "Another title", scene.slot)
    return [*_with_event(shown)(scene)]


CHANNEL_CALLS: dict[Callable[..., Awaitable[object]], Calls] = {
    changes.list_watched: _with_event(0),
    changes.record_change: _renamed,
    changes.record_end: _with_event(EVENT, was_cancelled=True),
    changes.restore: _as_mentor,
    demand.list_demand: lambda scene: [given(scene.chief)],
    request_cards.claim: _with_card,
    request_cards.has_due: _with_card,
    request_cards.record_failure: _on_claimed_card((), *((problem,) for problem in ChannelProblem)),
    request_cards.record_fault: _on_claimed_card((ValueError("gone"),)),
    request_cards.record_sent: _on_claimed_card((55,), (None,)),
    sync.claim: _with_event(is_due=True),
    sync.has_due: _with_event(is_due=True),
    sync.is_recorded: _with_event(EVENT),
    sync.record_failure: _on_claimed_event(),
    sync.record_fault: _on_claimed_event(ValueError("gone")),
    sync.record_forbidden: _on_claimed_event(),
    sync.record_synced: _on_claimed_event(EVENT),
    sync.resume: _as_mentor,
}
"""Each use case with its calls; the event or card is made before each."""
