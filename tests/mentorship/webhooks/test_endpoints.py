"""Endpoints: what the main app can keep, and races between its requests."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import update

from mentorship.errors import (
    ChangedMeanwhile,
    ConfiguredEndpoint,
    InvalidField,
    NotFound,
    RotationPending,
    TooManyEndpoints,
)
from mentorship.event_types import EventType
from mentorship.web_addresses import WebAddress
from mentorship.webhooks import endpoints, secrets
from mentorship.webhooks.endpoints import EndpointChange, NewEndpoint
from storage import Transaction
from storage.tables import WebhookEndpoint
from tests.conftest import Clock
from tests.mentorship.support.community import Community

URL = WebAddress("https://app.example/hooks", "app.example")


async def create(town: Community) -> int:
    return (await town.db.run(endpoints.create, town.chief, NewEndpoint(URL))).endpoint.id


async def test_a_new_endpoint_has_a_secret_that_is_shown_once(town: Community) -> None:
    types = (EventType.SESSION_BOOKED, EventType.MEMBER_LEFT, EventType.SESSION_BOOKED)
    new = NewEndpoint(URL, "The site", types)
    created = await town.db.run(endpoints.create, town.chief, new)
    assert secrets.is_valid(created.secret)
    assert set(created.endpoint.event_types) == set(types)
    assert len(created.endpoint.event_types) == 2
    (listed,) = await town.db.read(endpoints.list_all, town.chief)
    assert listed == created.endpoint
    assert created.secret not in repr(listed)


@pytest.mark.parametrize("secret", ["", "whsec_c2hvcnQ=", "x" * 40, "whsec_" + "é" * 40])
async def test_a_secret_that_is_too_short_is_refused(town: Community, secret: str) -> None:
    with pytest.raises(InvalidField):
        await town.db.run(endpoints.create, town.chief, NewEndpoint(URL, secret=secret))
    endpoint = await create(town)
    with pytest.raises(InvalidField):
        await town.db.run(endpoints.rotate, town.chief, endpoint, secret)


async def test_a_guild_cannot_exceed_its_endpoints_in_a_race(town: Community) -> None:
    for _ in range(endpoints.MAX_ENDPOINTS - 1):
        await create(town)
    results = await asyncio.gather(*(create(town) for _ in range(5)), return_exceptions=True)
    assert sum(isinstance(each, TooManyEndpoints) for each in results) == 4
    listed = await town.db.read(endpoints.list_all, town.chief)
    assert len(listed) == endpoints.MAX_ENDPOINTS
    await town.db.run(endpoints.delete, town.chief, listed[0].id)
    await create(town)


async def test_another_guilds_endpoint_is_not_found(town: Community, village: Community) -> None:
    endpoint = await create(town)
    for call in (
        village.db.read(endpoints.load, village.chief, endpoint),
        village.db.run(endpoints.change, village.chief, endpoint, EndpointChange(url=URL)),
        village.db.run(endpoints.delete, village.chief, endpoint),
        village.db.run(endpoints.rotate, village.chief, endpoint),
    ):
        with pytest.raises(NotFound):
            await call


async def test_one_of_two_rotations_at_once_is_refused(town: Community, clock: Clock) -> None:
    endpoint = await create(town)
    results = await asyncio.gather(
        *(town.db.run(endpoints.rotate, town.chief, endpoint) for _ in range(2)),
        return_exceptions=True,
    )
    refused = [each for each in results if isinstance(each, RotationPending)]
    assert len(refused) == 1
    assert refused[0].until == clock.now + endpoints.OVERLAP
    # After a leak, nobody has to wait.
    now = await town.db.run(endpoints.rotate, town.chief, endpoint, None, timedelta(0))
    assert now.endpoint.previous_secret_until is None
    clock.turn(hours=1)
    await town.db.run(endpoints.rotate, town.chief, endpoint)


async def test_a_change_of_an_outdated_revision_is_refused(town: Community) -> None:
    endpoint = await create(town)
    change = EndpointChange(description="The site")
    changed = await town.db.run(endpoints.change, town.chief, endpoint, change, [1])
    assert (changed.revision, changed.description) == (2, "The site")
    with pytest.raises(ChangedMeanwhile):
        await town.db.run(endpoints.change, town.chief, endpoint, change, [1])
    with pytest.raises(ChangedMeanwhile):
        await town.db.run(endpoints.delete, town.chief, endpoint, [1])
    too_long = EndpointChange(description="x" * 201)
    with pytest.raises(InvalidField):
        await town.db.run(endpoints.change, town.chief, endpoint, too_long)


async def test_an_endpoint_of_the_configuration_cannot_be_changed(town: Community) -> None:
    endpoint = await create(town)

    async def name(tx: Transaction) -> None:
        await tx.connection.execute(update(WebhookEndpoint).values(name="site"))

    await town.db.run(name)
    with pytest.raises(ConfiguredEndpoint):
        await town.db.run(endpoints.delete, town.chief, endpoint)
    with pytest.raises(ConfiguredEndpoint):
        await town.db.run(endpoints.rotate, town.chief, endpoint)


async def test_types_of_a_newer_version_are_left_out(town: Community) -> None:
    endpoint = await create(town)

    async def add(tx: Transaction) -> None:
        types = ["session.booked", "session.dreamt"]
        await tx.connection.execute(update(WebhookEndpoint).values(event_types=types))

    await town.db.run(add)
    view = await town.db.read(endpoints.load, town.chief, endpoint)
    assert view.event_types == (EventType.SESSION_BOOKED,)
