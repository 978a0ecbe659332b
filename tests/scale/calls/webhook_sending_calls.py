"""Calls of what sends webhooks, for `tests.scale.test_steps`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from mentorship import events
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.web_addresses import WebAddress
from mentorship.webhooks import (
    cursors,
    deliveries,
    endpoints,
    fan_out,
    feed,
    outcomes,
    removal,
    sending,
    webhook_health,
)
from mentorship.webhooks.endpoints import NewEndpoint
from mentorship.webhooks.feed_events import FeedEvent
from mentorship.webhooks.outcomes import Outcome
from mentorship.webhooks.sending import Attempt
from storage import Transaction
from tests.scale.arguments import Arguments, given
from tests.scale.layout import NOW, TOWN
from tests.scale.scene import Scene

Calls = Callable[[Scene], Iterable[Arguments]]

URL = WebAddress("https://app.example/hooks", "app.example")
EVENTS = 20
CONSUMER = "consumer"


async def _create(tx: Transaction, scene: Scene) -> int:
    created = await endpoints.create(tx, scene.chief, NewEndpoint(URL))
    return created.endpoint.id


async def _happen(tx: Transaction, scene: Scene) -> int:
    """Let events happen that an endpoint is to be sent, and return the endpoint's id."""
    endpoint = await _create(tx, scene)
    for number in range(EVENTS):
        session = scene.mentor.sessions["confirmed"]
        await events.record(
            tx, Event(EventType.RANK_CHANGED, TOWN, session_id=session + number % 5)
        )
    return endpoint


async def _assign(tx: Transaction, scene: Scene) -> int:
    endpoint = await _happen(tx, scene)
    while await feed.assign(tx):
        pass
    return endpoint


async def _claim(tx: Transaction, scene: Scene) -> Sequence[Attempt]:
    await _assign(tx, scene)
    return (await sending.claim(tx, 100)).attempts


async def _claim_to_record(tx: Transaction, scene: Scene, status: int) -> tuple[Sequence[Outcome]]:
    return ([Outcome(attempt, status=status) for attempt in await _claim(tx, scene)],)


async def _replay(tx: Transaction, scene: Scene) -> None:
    endpoint = await _assign(tx, scene)
    await deliveries.replay_since(tx, scene.chief, endpoint, NOW)


async def _delete(tx: Transaction, scene: Scene) -> None:
    await endpoints.delete(tx, scene.chief, await _assign(tx, scene))


async def _handle(_tx: Transaction, _event: FeedEvent) -> None:
    """Handle an event in no time, since the work of consumers is measured for themselves."""


async def _fall_behind(tx: Transaction, scene: Scene) -> None:
    await cursors.follow(tx, CONSUMER, _handle)
    await _assign(tx, scene)


def _after(before: Callable[[Transaction, Scene], Awaitable[object]], *arguments: Any) -> Calls:
    return lambda scene: [replace(given(*arguments), before=partial(_ignore, before, scene))]


async def _ignore(
    before: Callable[[Transaction, Scene], Awaitable[object]], scene: Scene, tx: Transaction
) -> None:
    await before(tx, scene)


def _recorded(scene: Scene) -> list[Arguments]:
    return [
        Arguments(before=partial(_claim_to_record, scene=scene, status=status))
        for status in (204, 500, 410)
    ]


WEBHOOK_SENDING_CALLS: dict[Callable[..., Awaitable[object]], Calls] = {
    feed.assign: _after(_happen),
    feed.load_events: lambda _scene: [given(list(range(1, 101)))],
    fan_out.replay_some: _after(_replay),
    sending.find_work: _after(_assign),
    sending.claim: _after(_assign, 100),
    outcomes.record: _recorded,
    removal.delete_removed: _after(_delete),
    removal.delete_old: _after(_assign),
    cursors.has_unpositioned: _after(_happen),
    cursors.is_behind: _after(_fall_behind, CONSUMER),
    cursors.follow: _after(_fall_behind, CONSUMER, _handle),
    webhook_health.list_troubled: _after(_assign),
    webhook_health.overdue_since: _after(_assign),
}
