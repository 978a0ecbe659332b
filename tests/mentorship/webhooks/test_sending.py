"""Deliveries: their order, retries and leases, and how endpoints are disabled."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from mentorship import events
from mentorship.errors import EndpointDisabled, NotFound
from mentorship.event_types import EventType
from mentorship.events import Event
from mentorship.notifications.catalogue import NotificationKind
from mentorship.web_addresses import WebAddress
from mentorship.webhooks import (
    deliveries,
    endpoints,
    fan_out,
    feed,
    outcomes,
    removal,
    sending,
    webhook_health,
)
from mentorship.webhooks.deliveries import DeliveryStatus, DeliveryView
from mentorship.webhooks.endpoints import DisabledReason, EndpointChange, NewEndpoint
from mentorship.webhooks.outcomes import Outcome
from mentorship.webhooks.sending import Attempt
from storage import Database, Transaction
from storage.tables import Guild, WebhookDelivery, WebhookEndpoint
from tests.conftest import Clock
from tests.mentorship.support.community import Community
from tests.mentorship.support.statements import record_statements

URL = WebAddress("https://app.example/hooks", "app.example")


async def create(town: Community, *types: EventType) -> int:
    """Create an endpoint that gets what happens from now on."""
    while await town.db.run(feed.assign):
        pass
    town.clock.turn(seconds=1)
    created = await town.db.run(endpoints.create, town.chief, NewEndpoint(URL, "", types))
    return created.endpoint.id


async def happen(town: Community, *types: EventType, **about: int) -> list[int]:
    ids = [await town.db.run(events.record, Event(each, town.guild_id, **about)) for each in types]
    while await town.db.run(feed.assign):
        pass
    return ids


async def claim(town: Community, limit: int = 100, **options: Any) -> Sequence[Attempt]:
    return (await town.db.run(sending.claim, limit, **options)).attempts


async def answer(town: Community, attempts: Sequence[Attempt], status: int) -> None:
    await town.db.run(outcomes.record, [Outcome(each, status=status) for each in attempts])


async def log(town: Community, endpoint_id: int) -> list[DeliveryView]:
    """Return the deliveries, the oldest first."""
    page = await town.db.read(deliveries.list_page, town.chief, endpoint_id, None, None, 100)
    return list(reversed(page.items))


async def test_each_event_of_a_wanted_type_is_delivered_once(town: Community) -> None:
    chosen = await create(town, EventType.MEMBER_LEFT)
    everything = await create(town)
    left, ranked = await happen(town, EventType.MEMBER_LEFT, EventType.RANK_CHANGED)
    attempts = await claim(town)
    assert sorted((each.endpoint_id, each.event_id) for each in attempts) == [
        (chosen, left),
        (everything, left),
        (everything, ranked),
    ]
    assert {each.message_id for each in attempts} == {f"evt_{left}", f"evt_{ranked}"}
    await answer(town, attempts, 204)
    assert not await claim(town)
    assert {each.status for each in await log(town, everything)} == {DeliveryStatus.SENT}


async def test_events_before_an_endpoint_was_created_are_not_delivered(town: Community) -> None:
    await town.db.run(events.record, Event(EventType.RANK_CHANGED, town.guild_id))
    town.clock.turn(seconds=1)
    await town.db.run(endpoints.create, town.chief, NewEndpoint(URL))
    while await town.db.run(feed.assign):
        pass
    assert not await claim(town)


async def test_an_event_waits_for_the_one_before_it_of_its_session(
    town: Community, clock: Clock
) -> None:
    await create(town)
    first, second, third = await happen(town, *[EventType.SESSION_BOOKED] * 3, session_id=1)
    (other,) = await happen(town, EventType.SESSION_BOOKED, session_id=2)
    attempts = await claim(town)
    assert [each.event_id for each in attempts] == [first, other]
    await answer(town, attempts, 500)
    clock.turn(seconds=6)
    attempts = await claim(town)
    # By chance, either is due a little earlier.
    assert {each.event_id for each in attempts} == {first, other}
    await answer(town, attempts, 200)
    (attempt,) = await claim(town)
    assert attempt.event_id == second
    # One that happens meanwhile waits behind both.
    (fourth,) = await happen(town, EventType.SESSION_COMPLETED, session_id=1)
    assert not await claim(town)
    for expected in (third, fourth):
        await answer(town, [attempt], 200)
        (attempt,) = await claim(town)
        assert attempt.event_id == expected


async def test_a_seats_events_are_in_order_with_those_of_its_group(town: Community) -> None:
    await create(town)
    first, _ = await happen(town, EventType.GROUP_CANCELLED, group_id=7), None
    await happen(town, EventType.SEAT_CANCELLED, group_id=7, session_id=1)
    assert [each.event_id for each in await claim(town)] == first


async def test_a_delivery_is_tried_ten_times_over_three_days(town: Community, clock: Clock) -> None:
    endpoint = await create(town)
    begin = clock.now
    (event,) = await happen(town, EventType.SESSION_BOOKED, session_id=1)
    (following,) = await happen(town, EventType.SESSION_COMPLETED, session_id=1)
    waits = []
    for attempt_number in range(10):
        before = clock.now
        while not (attempts := await claim(town)):
            clock.turn(seconds=max(1, (clock.now - before).total_seconds() / 20))
        waits.append(clock.now - before)
        assert [each.event_id for each in attempts] == [event], attempt_number
        await answer(town, attempts, 500)
    for wait, delay in zip(waits[1:], outcomes.RETRY_DELAYS, strict=True):
        assert delay <= wait <= delay * 1.25 + timedelta(seconds=1)
    assert timedelta(days=3) < clock.now - begin < timedelta(days=4)
    # What waited for it is sent now.
    assert [each.event_id for each in await claim(town)] == [following]
    failed, _ = await log(town, endpoint)
    assert (failed.status, failed.attempts, failed.last_status) == (DeliveryStatus.FAILED, 10, 500)


async def test_a_claim_that_is_never_recorded_ends_with_its_lease(
    town: Community, clock: Clock
) -> None:
    await create(town)
    await happen(town, EventType.RANK_CHANGED)
    (lost,) = await claim(town)
    clock.turn(seconds=59)
    assert not await claim(town)
    clock.turn(seconds=1)
    (again,) = await claim(town)
    assert (again.id, again.message_id, again.attempts) == (lost.id, lost.message_id, 0)
    # The late failure of the first worker doesn't disturb the second one.
    await answer(town, [lost], 500)
    clock.turn(seconds=30)
    assert not await claim(town)
    await answer(town, [again], 200)
    (delivery,) = await log(town, again.endpoint_id)
    assert (delivery.status, delivery.attempts) == (DeliveryStatus.SENT, 1)


async def test_several_workers_never_claim_the_same_delivery(
    town: Community, database_url: str, clock: Clock
) -> None:
    await create(town)
    ids = await happen(town, *[EventType.RANK_CHANGED] * 40)
    others = [Database(database_url, clock=clock, synchronous="OFF") for _ in range(3)]
    try:
        claimed = []
        for _ in range(4):
            claims = await asyncio.gather(*(db.run(sending.claim, 5) for db in (town.db, *others)))
            claimed += [each.event_id for found in claims for each in found.attempts]
        claimed += [each.event_id for each in await claim(town)]
    finally:
        for other in others:
            await other.close()
    assert sorted(claimed, key=lambda each: each or 0) == ids


async def test_a_failing_endpoint_gets_few_requests_at_once(town: Community) -> None:
    endpoint = await create(town)
    await happen(town, *[EventType.RANK_CHANGED] * 20)
    assert len(await claim(town, in_flight={endpoint: 60})) == 4
    (failed, *_) = first = await claim(town, 1)
    await answer(town, first, 500)
    assert len(await claim(town)) == sending.MAX_AT_ONCE_FAILING
    assert not await claim(town, in_flight={endpoint: 4})
    assert not await claim(town, skip_failing=True)
    assert failed.endpoint_id == endpoint


async def test_410_disables_an_endpoint_and_tells_the_moderators(town: Community) -> None:
    endpoint = await create(town)
    await happen(town, *[EventType.RANK_CHANGED] * 3)
    attempts = await claim(town, 1)
    await answer(town, attempts, 410)
    view = await town.db.read(endpoints.load, town.chief, endpoint)
    assert view.disabled_reason is DisabledReason.GONE
    (told,) = await town.notifications(NotificationKind.WEBHOOK_DISABLED)
    assert told.facts == {"host": "app.example", "reason": "gone"}
    # What was due before isn't sent, and what happens now isn't even kept.
    assert not await claim(town)
    await happen(town, EventType.RANK_CHANGED)
    assert [each.status for each in await log(town, endpoint)] == ["pending", "failed", "failed"]


async def test_an_endpoint_that_fails_for_a_week_is_disabled(town: Community, clock: Clock) -> None:
    endpoint = await create(town)
    for day in range(8):
        await happen(town, EventType.RANK_CHANGED)
        attempts = await claim(town)
        view = await town.db.read(endpoints.load, town.chief, endpoint)
        assert view.is_enabled, day
        await answer(town, attempts, 500)
        clock.turn(days=1)
    view = await town.db.read(endpoints.load, town.chief, endpoint)
    assert view.disabled_reason is DisabledReason.FAILING
    assert len(await town.notifications(NotificationKind.WEBHOOK_DISABLED)) == 1


async def test_one_success_begins_the_week_anew(town: Community, clock: Clock) -> None:
    endpoint = await create(town)
    for day in range(9):
        await happen(town, EventType.RANK_CHANGED)
        await answer(town, await claim(town), 200 if day == 4 else 500)
        clock.turn(days=1)
    view = await town.db.read(endpoints.load, town.chief, endpoint)
    assert view.is_enabled
    assert view.failing_since is not None


async def test_an_event_that_cannot_be_rendered_is_not_the_receivers_fault(
    town: Community, clock: Clock
) -> None:
    endpoint = await create(town)
    await happen(town, EventType.RANK_CHANGED)
    for _ in range(10):
        ended = [Outcome(each, problem="not_rendered") for each in await claim(town)]
        await town.db.run(outcomes.record, ended)
        clock.turn(hours=30)
    view = await town.db.read(endpoints.load, town.chief, endpoint)
    assert view.failing_since is None
    (delivery,) = await log(town, endpoint)
    assert (delivery.status, delivery.last_error) == (DeliveryStatus.FAILED, "not_rendered")


async def test_a_replayed_delivery_is_made_again_with_its_id(town: Community) -> None:
    endpoint = await create(town)
    await happen(town, EventType.RANK_CHANGED)
    (first,) = await claim(town)
    await answer(town, [first], 200)
    again = await town.db.run(deliveries.replay, town.chief, endpoint, first.id)
    assert again.status is DeliveryStatus.PENDING
    (second,) = await claim(town)
    assert (second.id, second.message_id) == (first.id, first.message_id)


async def test_all_since_an_instant_are_replayed_in_steps(
    town: Community, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fan_out, "REPLAY_BATCH", 3)
    endpoint = await create(town)
    await happen(town, *[EventType.RANK_CHANGED] * 4)
    await answer(town, await claim(town), 200)
    clock.turn(hours=1)
    since = clock.now
    ids = await happen(town, *[EventType.RANK_CHANGED] * 8)
    await answer(town, await claim(town), 200)
    await town.db.run(deliveries.replay_since, town.chief, endpoint, since)
    # What happens from now on is delivered once.
    new = await happen(town, EventType.RANK_CHANGED)
    steps = 0
    while await town.db.run(fan_out.replay_some):
        steps += 1
    assert steps == 3
    attempts = await claim(town)
    assert sorted(each.message_id for each in attempts) == sorted(f"evt_{id_}" for id_ in ids + new)


async def test_nothing_is_sent_to_a_disabled_endpoint_nor_replayed(town: Community) -> None:
    endpoint = await create(town)
    await happen(town, EventType.RANK_CHANGED)
    (attempt,) = await claim(town)
    off = EndpointChange(is_enabled=False)
    await town.db.run(endpoints.change, town.chief, endpoint, off)
    await answer(town, [attempt], 500)
    for use_case, *more in (
        (deliveries.send_test,),
        (deliveries.replay, attempt.id),
        (deliveries.replay_since, town.clock.now),
    ):
        with pytest.raises(EndpointDisabled):
            await town.db.run(use_case, town.chief, endpoint, *more)  # type: ignore[operator]
    await happen(town, EventType.RANK_CHANGED)
    town.clock.turn(days=1)
    assert not await claim(town)
    await town.db.run(endpoints.change, town.chief, endpoint, EndpointChange(is_enabled=True))
    town.clock.turn(seconds=1)
    assert not await claim(town)
    new = await happen(town, EventType.RANK_CHANGED)
    assert [each.event_id for each in await claim(town)] == new


async def test_a_deleted_endpoint_goes_with_its_deliveries_in_steps(town: Community) -> None:
    endpoint = await create(town)
    await happen(town, *[EventType.RANK_CHANGED] * 5)
    await town.db.run(endpoints.delete, town.chief, endpoint)
    with pytest.raises(NotFound):
        await town.db.read(endpoints.load, town.chief, endpoint)
    assert await town.db.read(endpoints.list_all, town.chief) == ()
    assert not await claim(town)
    assert [await town.db.run(removal.delete_removed, 3) for _ in range(3)] == [3, 3, 0]

    async def count(tx: Transaction) -> int:
        tables = (WebhookDelivery.id, WebhookEndpoint.id)
        return sum([len((await tx.connection.scalars(select(each))).all()) for each in tables])

    assert await town.db.read(count) == 0


async def test_settled_deliveries_are_kept_for_a_month(town: Community, clock: Clock) -> None:
    await create(town)
    await happen(town, *[EventType.RANK_CHANGED] * 2)
    await answer(town, await claim(town, 1), 200)
    clock.turn(days=29)
    assert await town.db.run(removal.delete_old) == 0
    clock.turn(days=2)
    # The other one is still pending.
    assert await town.db.run(removal.delete_old) == 1


async def test_unreadable_types_of_one_endpoint_dont_stop_the_feed(town: Community) -> None:
    if town.db.url.startswith("postgresql"):
        pytest.skip("PostgreSQL stores no broken JSON")
    broken, sound = await create(town), await create(town)

    async def spoil(tx: Transaction) -> None:
        statement = "UPDATE webhook_endpoints SET event_types = '[' WHERE id = ?"
        await tx.connection.exec_driver_sql(statement, (broken,))

    await town.db.run(spoil)
    await happen(town, EventType.RANK_CHANGED)
    assert sound in {each.endpoint_id for each in await claim(town)}


async def test_both_secrets_sign_until_the_previous_one_ends(town: Community, clock: Clock) -> None:
    endpoint = await create(town)

    async def set_first(tx: Transaction) -> None:
        await tx.connection.execute(update(WebhookEndpoint).values(secret="whsec_first"))

    await town.db.run(set_first)
    second = await town.db.run(endpoints.rotate, town.chief, endpoint)
    await happen(town, *[EventType.RANK_CHANGED] * 2)
    (during,) = await claim(town, 1)
    assert during.secrets == (second.secret, "whsec_first")
    clock.turn(hours=24)
    assert {each.secrets for each in await claim(town)} == {(second.secret,)}


async def test_operators_see_endpoints_that_fail_and_what_is_late(
    town: Community, clock: Clock
) -> None:
    endpoint = await create(town)
    await happen(town, EventType.RANK_CHANGED)
    await answer(town, await claim(town), 500)
    assert await town.db.read(webhook_health.list_troubled) == []
    assert await town.db.read(webhook_health.overdue_since) is None
    clock.turn(hours=2)
    (failing,) = await town.db.read(webhook_health.list_troubled)
    assert (failing.id, failing.host, failing.disabled_at) == (endpoint, "app.example", None)
    assert await town.db.read(webhook_health.overdue_since) is not None
    await answer(town, await claim(town), 410)
    (gone,) = await town.db.read(webhook_health.list_troubled)
    assert gone.disabled_reason == "gone"
    clock.turn(days=31)
    assert await town.db.read(webhook_health.list_troubled) == []


async def test_deliveries_are_listed_page_by_page_in_both_directions(town: Community) -> None:
    endpoint = await create(town)
    await happen(town, *[EventType.RANK_CHANGED] * 7)
    await answer(town, await claim(town, 3), 200)
    for status, count in ((None, 7), (DeliveryStatus.SENT, 3), (DeliveryStatus.PENDING, 4)):
        pages, cursor = [], None
        while True:
            args = (town.chief, endpoint, status, cursor, 2)
            page = await town.db.read(deliveries.list_page, *args)
            pages.append([each.id for each in page.items])
            cursor = page.next
            if cursor is None:
                break
        ids = [each for ids in pages for each in ids]
        assert ids == sorted(set(ids), reverse=True)
        assert len(ids) == count
        back = await town.db.read(
            deliveries.list_page, town.chief, endpoint, status, page.previous, 2
        )
        assert [each.id for each in back.items] == pages[-2]


async def test_endpoints_without_events_cost_no_statement(town: Community) -> None:
    """However many there are: neither when something happens elsewhere, nor when nothing does."""
    sound = await create(town)

    async def add(tx: Transaction, number: int) -> None:
        guilds = [{"id": 1_000 + each, "created_at": tx.now} for each in range(number)]
        await tx.connection.execute(insert(Guild), guilds)
        row = {"url": URL.text, "secret": "", "created_at": tx.now}
        rows = [row | {"guild_id": guild["id"]} for guild in guilds]
        await tx.connection.execute(insert(WebhookEndpoint), rows)

    async def count_statements() -> int:
        await town.db.run(events.record, Event(EventType.RANK_CHANGED, town.guild_id))
        with record_statements(town.db) as statements:
            await town.db.run(feed.assign)
            attempts = await claim(town)
            await answer(town, attempts, 200)
            await town.db.read(sending.find_work)
        assert [each.endpoint_id for each in attempts] == [sound]
        return len(statements)

    alone = await count_statements()
    await town.db.run(add, 10_000)
    assert await count_statements() == alone
