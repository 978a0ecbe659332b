"""Calls of the use cases of webhooks and of the feed, for `tests.scale.test_steps`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from mentorship import web_addresses
from mentorship.event_types import EventType
from mentorship.guilds import guild_settings
from mentorship.mentors import application_views
from mentorship.pagination import Cursor, Direction, Position
from mentorship.sessions import session_views
from mentorship.sessions.follow_up import reviews, thanks
from mentorship.sessions.groups import group_views
from mentorship.sessions.offers import invitation_views, request_views
from mentorship.webhooks import configured, deliveries, endpoints, feed, secrets
from mentorship.webhooks.configured import ConfiguredWebhook
from mentorship.webhooks.deliveries import DeliveryStatus
from mentorship.webhooks.endpoints import EndpointChange, NewEndpoint
from storage import Transaction
from tests.scale.arguments import Arguments, given
from tests.scale.building import ENDPOINT
from tests.scale.layout import CHIEF, NOW, TOWN
from tests.scale.scene import Scene, actor

_APP = replace(actor(CHIEF, manages_guild=True), is_main_app=True)
_URL = web_addresses.parse("https://app.example/hooks")


async def _find_delivery(tx: Transaction) -> tuple[int]:
    query = text("SELECT max(id) FROM webhook_deliveries WHERE endpoint_id = :endpoint")
    return ((await tx.connection.execute(query, {"endpoint": ENDPOINT})).scalar_one(),)


async def _find_fingerprint(tx: Transaction) -> tuple[str]:
    query = text("SELECT secret FROM webhook_endpoints WHERE id = :endpoint")
    secret = (await tx.connection.execute(query, {"endpoint": ENDPOINT})).scalar_one()
    return (secrets.fingerprint(secret),)


async def _find_middle(tx: Transaction) -> tuple[Any, ...]:
    """Return the position of an event in the middle, no types, and a size."""
    query = text("SELECT max(position) / 2 FROM events WHERE guild_id = :guild")
    return ((await tx.connection.execute(query, {"guild": TOWN})).scalar_one(), frozenset(), 100)


def _loaded_from(table: str, size: int = 50) -> Callable[[Scene], list[Arguments]]:
    """Return a call of a function that loads rows of a table by their ids."""

    async def find_ids(tx: Transaction) -> tuple[list[int]]:
        query = text(f"SELECT id FROM {table} ORDER BY id LIMIT {size}")
        return (list(await tx.connection.scalars(query)),)

    return lambda _: [Arguments(before=find_ids)]


def _pages(_: Scene) -> list[Arguments]:
    cursor = Cursor(Direction.FORWARD, Position(0, (100_000, 0))).text
    return [
        given(_APP, ENDPOINT, None, None, 25),
        given(_APP, ENDPOINT, None, cursor, 25),
        given(_APP, ENDPOINT, DeliveryStatus.FAILED, None, 25),
        given(_APP, ENDPOINT, DeliveryStatus.SENT, None, 25),
    ]


WEBHOOK_CALLS: dict[Callable[..., Awaitable[object]], Callable[[Scene], Iterable[Arguments]]] = {
    application_views.load_many: _loaded_from("profile_revisions"),
    group_views.load_many: _loaded_from("group_sessions"),
    guild_settings.load_many: _loaded_from("guilds", 3),
    invitation_views.load_many: _loaded_from("invitations"),
    request_views.load_many: _loaded_from("help_requests"),
    reviews.find_for_sessions: _loaded_from("sessions"),
    thanks.find_for_sessions: _loaded_from("sessions"),
    session_views.load_many: _loaded_from("sessions"),
    configured.keep: lambda _: [given((ConfiguredWebhook("app", _URL, "whsec_"),))],
    deliveries.list_page: _pages,
    deliveries.load: lambda _: [Arguments((_APP, ENDPOINT), before=_find_delivery)],
    deliveries.replay: lambda _: [Arguments((_APP, ENDPOINT), before=_find_delivery)],
    deliveries.replay_since: lambda _: [given(_APP, ENDPOINT, NOW - timedelta(days=3))],
    deliveries.send_test: lambda _: [given(_APP, ENDPOINT)],
    endpoints.change: lambda _: [given(_APP, ENDPOINT, EndpointChange(description="New"))],
    endpoints.create: lambda _: [given(_APP, NewEndpoint(_URL))],
    endpoints.delete: lambda _: [given(_APP, ENDPOINT)],
    endpoints.list_all: lambda _: [given(_APP)],
    endpoints.load: lambda _: [given(_APP, ENDPOINT)],
    endpoints.load_secret: lambda _: [Arguments((_APP, ENDPOINT), before=_find_fingerprint)],
    endpoints.rotate: lambda _: [given(_APP, ENDPOINT)],
    feed.read_after: lambda _: [
        given(_APP, None, frozenset(), 100),
        given(_APP, None, frozenset({EventType.SESSION_BOOKED}), 100),
        Arguments((_APP,), before=_find_middle),
    ],
}
