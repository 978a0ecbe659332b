"""The worker that sends webhooks, with receivers that answer well and badly."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook

from api.webhooks import rendering
from integrations.egress import Egress
from integrations.webhooks import WebhookSender
from mentorship import events
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.operations import erasure
from mentorship.sessions import transitions
from mentorship.web_addresses import WebAddress
from mentorship.webhooks import deliveries, endpoints, feed
from mentorship.webhooks.deliveries import DeliveryView
from mentorship.webhooks.endpoints import NewEndpoint
from mentorship.webhooks.feed_events import FeedEvent
from storage import Database, Transaction
from tests.conftest import Clock
from tests.integrations.receivers import Handler, Receiver, answering, receiver
from tests.mentorship.support.community import Community

REDIRECT = "Location: http://127.0.0.1:1/\r\n"


@pytest.fixture
async def town(database_url: str) -> AsyncIterator[Community]:
    """A guild by the system's clock, since receivers compare the timestamps with theirs."""
    clock = Clock(datetime.now(UTC))
    db = Database(database_url, clock=clock, synchronous="OFF")
    town = Community(db, clock)
    await town.configure()
    await let_pass(town)
    yield town
    await db.close()


async def let_pass(town: Community) -> None:
    """Give what has happened its positions, before there are endpoints."""
    while await town.db.run(feed.assign):
        pass
    town.clock.turn(seconds=0.001)


async def create(town: Community, server: Receiver) -> tuple[int, str]:
    address = WebAddress(f"http://127.0.0.1:{server.port}/hooks", "127.0.0.1")
    created = await town.db.run(endpoints.create, town.chief, NewEndpoint(address))
    return created.endpoint.id, created.secret


async def send(town: Community, *, allow_private: bool = True, timeout_s: float = 15) -> int:
    async with Egress(allow_private=allow_private, timeout_s=timeout_s) as egress:
        sender = WebhookSender(town.db, egress, rendering.render_bodies, rendering.test_body)
        return await sender.run()


async def log(town: Community, endpoint: int) -> Sequence[DeliveryView]:
    page = await town.db.read(deliveries.list_page, town.chief, endpoint, None, None, 100)
    return page.items


def parse(request: bytes) -> tuple[dict[str, str], bytes]:
    head, _, body = request.partition(b"\r\n\r\n")
    lines = (line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    return {name.lower(): value for name, value in lines}, body


async def test_a_test_delivery_is_verified_by_the_library(town: Community) -> None:
    async with receiver(answering()) as server:
        endpoint, secret = await create(town, server)
        sent = await town.db.run(deliveries.send_test, town.chief, endpoint)
        assert await send(town) == 1
    (request,) = server.requests
    headers, body = parse(request)
    payload = Webhook(secret).verify(body, headers)
    assert (payload["type"], headers["webhook-id"]) == ("webhook.test", sent.message_id)
    (delivery,) = await log(town, endpoint)
    assert (delivery.status, delivery.last_status) == ("sent", 204)


async def close(_request: bytes, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def hang(_request: bytes, _writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(5)


async def never_end(_request: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(10_000):
        writer.write(b"400\r\n" + b"x" * 1_024 + b"\r\n")
        await writer.drain()


@pytest.mark.parametrize(
    ("handler", "expected"),
    [
        (
            answering("302 Found", headers="Location: http://127.0.0.1:1/\r\n"),
            ("pending", 302, None),
        ),
        (answering("500 Internal Server Error"), ("pending", 500, None)),
        (close, ("pending", None, "unreachable")),
        (hang, ("pending", None, "timeout")),
        (answering("200 OK", b"x" * 10_000_000), ("sent", 200, None)),
        (never_end, ("sent", 200, None)),
    ],
)
async def test_only_2xx_counts_and_answers_are_not_read_to_their_end(
    town: Community, handler: Handler, expected: tuple[str, int | None, str | None]
) -> None:
    async with receiver(handler) as server:
        endpoint, _ = await create(town, server)
        await town.db.run(deliveries.send_test, town.chief, endpoint)
        await send(town, timeout_s=1)
    (delivery,) = await log(town, endpoint)
    assert (delivery.status, delivery.last_status, delivery.last_error) == expected
    assert len(server.requests) == 1


async def test_an_address_in_a_private_network_is_not_called(town: Community) -> None:
    async with receiver(answering()) as server:
        endpoint, _ = await create(town, server)
        await town.db.run(deliveries.send_test, town.chief, endpoint)
        await send(town, allow_private=False)
    assert server.connections == 0
    (delivery,) = await log(town, endpoint)
    assert (delivery.status, delivery.last_error) == ("pending", "refused")


async def test_a_replay_says_nothing_of_people_whose_data_was_erased(town: Community) -> None:
    oliver = await town.mentor("Oliver")
    maya = await town.member("Maya", points=100)
    await let_pass(town)
    async with receiver(answering()) as server:
        endpoint, _ = await create(town, server)
        start = town.clock.now.replace(minute=0, second=0, microsecond=0) + timedelta(days=2)
        session = await town.book(maya, oliver, start, topic="My number is 555 0100")
        await town.db.run(transitions.cancel, maya, session.id, "Too shy")
        await send(town)
        before = len(server.requests)
        assert str(maya.user_id) in str(server.requests)
        await town.db.run(erasure.erase, maya)
        for delivery in await log(town, endpoint):
            await town.db.run(deliveries.replay, town.chief, endpoint, delivery.id)
        await send(town)
    replayed = [parse(request) for request in server.requests[before:]]
    ids = {headers["webhook-id"] for headers, _ in replayed}
    assert ids >= {parse(request)[0]["webhook-id"] for request in server.requests[:before]}
    bodies = b"".join(body for _, body in replayed)
    for forgotten in (str(maya.user_id), "Maya", "555 0100", "Too shy"):
        assert forgotten.encode() not in bodies
    assert str(oliver.user_id).encode() in bodies


async def test_an_event_that_cannot_be_rendered_holds_up_no_other(town: Community) -> None:
    async def render(tx: Transaction, some: Sequence[FeedEvent]) -> Mapping[int, bytes]:
        if any(event.id == broken for event in some):
            raise ValueError("an unreadable row")
        return {event.id: json.dumps({"id": event.id}).encode() for event in some}

    async with receiver(answering()) as server, Egress(allow_private=True) as egress:
        await create(town, server)
        event = Event(EventType.RANK_CHANGED, town.guild_id)
        broken, *sound = [await town.db.run(events.record, event) for _ in range(5)]
        sender = WebhookSender(town.db, egress, render, rendering.test_body)
        assert await sender.run() == 5
    sent = [json.loads(parse(request)[1])["id"] for request in server.requests]
    assert sorted(sent) == sound


async def test_a_stopped_worker_ends_its_requests_and_begins_none(town: Community) -> None:
    received = asyncio.Event()

    async def answer_slowly(_request: bytes, writer: asyncio.StreamWriter) -> None:
        received.set()
        await asyncio.sleep(0.3)
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    async with receiver(answer_slowly) as server, Egress(allow_private=True) as egress:
        endpoint, _ = await create(town, server)
        event = Event(EventType.SESSION_BOOKED, town.guild_id, session_id=1)
        for _ in range(2):
            await town.db.run(events.record, event)
        sender = WebhookSender(town.db, egress, rendering.render_bodies, rendering.test_body)
        running = asyncio.create_task(sender.run())
        await received.wait()
        sender.stop()
        assert await running == 1
    assert [each.status for each in await log(town, endpoint)] == ["pending", "sent"]
