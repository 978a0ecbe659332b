"""Webhook endpoints of the program's configuration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from mentorship import web_addresses
from mentorship.errors import ConfiguredEndpoint
from mentorship.event_types import EventType
from mentorship.webhooks import configured, endpoints, secrets
from mentorship.webhooks.configured import ConfiguredWebhook
from mentorship.webhooks.endpoints import DisabledReason, EndpointChange, NewEndpoint
from storage import Transaction
from storage.tables import WebhookEndpoint
from tests.mentorship.support.community import OTHER_GUILD, Community, hours

URL = web_addresses.parse("https://app.example/hooks")
OTHER_URL = web_addresses.parse("https://app.example/other")
APP = ConfiguredWebhook("app", URL, secrets.generate(), (EventType.SESSION_BOOKED,))


async def load_rows(tx: Transaction) -> list[Mapping[str, Any]]:
    query = select(*WebhookEndpoint.__table__.c).order_by(WebhookEndpoint.id)
    return [dict(row) for row in (await tx.connection.execute(query)).mappings()]


async def keep(town: Community, *webhooks: ConfiguredWebhook) -> list[Mapping[str, Any]]:
    await town.db.run(configured.keep, webhooks)
    return await town.db.read(load_rows)


async def test_an_endpoint_of_the_configuration_is_kept_once(town: Community) -> None:
    rows = await keep(town, APP)
    assert await keep(town, APP) == rows
    [row] = rows
    assert (row["guild_id"], row["name"], row["url"]) == (None, "app", URL.text)
    assert (row["event_types"], row["secret"]) == (["session.booked"], APP.secret)


async def test_each_named_server_gets_one_also_before_the_bot_joins(town: Community) -> None:
    rows = await keep(town, replace(APP, guild_ids=(town.guild_id, OTHER_GUILD)))
    assert [row["guild_id"] for row in rows] == [town.guild_id, OTHER_GUILD]
    [listed] = await town.db.read(endpoints.list_all, town.chief)
    assert listed.name == "app"


async def test_a_changed_endpoint_is_updated(town: Community) -> None:
    await keep(town, APP)
    changed = replace(APP, url=OTHER_URL, event_types=())
    [row] = await keep(town, changed)
    assert (row["url"], row["event_types"], row["revision"]) == (OTHER_URL.text, [], 2)
    assert row["previous_secret"] is None


async def test_a_changed_secret_is_a_rotation(town: Community) -> None:
    await keep(town, APP)
    [row] = await keep(town, replace(APP, secret=secrets.generate()))
    assert row["previous_secret"] == APP.secret
    assert row["previous_secret_until"] == town.clock.now + hours(24)


async def test_what_is_no_longer_configured_is_deleted(town: Community) -> None:
    webhook = replace(APP, guild_ids=(town.guild_id,))
    own = await town.db.run(endpoints.create, town.chief, NewEndpoint(URL))
    await keep(town, webhook)
    rows = await keep(town)
    assert [row["disabled_reason"] for row in rows] == [None, "deleted"]
    assert rows[1]["secret"] == ""
    assert await town.db.read(endpoints.list_all, town.chief) == (own.endpoint,)
    assert await keep(town) == rows
    # It comes back before a job has deleted its row.
    [_, row] = await keep(town, webhook)
    assert (row["disabled_at"], row["secret"], row["previous_secret"]) == (None, APP.secret, None)


async def test_a_start_enables_what_had_failed(town: Community) -> None:
    await keep(town, APP)

    async def disable(tx: Transaction) -> None:
        values = {"disabled_at": tx.now, "disabled_reason": DisabledReason.FAILING}
        await tx.connection.execute(update(WebhookEndpoint).values(**values))

    await town.db.run(disable)
    [row] = await keep(town, APP)
    assert (row["disabled_at"], row["disabled_reason"]) == (None, None)


async def test_the_main_app_cannot_change_a_configured_endpoint(town: Community) -> None:
    await keep(town, replace(APP, guild_ids=(town.guild_id,)))
    [listed] = await town.db.read(endpoints.list_all, town.chief)
    with pytest.raises(ConfiguredEndpoint):
        await town.db.run(endpoints.change, town.chief, listed.id, EndpointChange(url=OTHER_URL))
    with pytest.raises(ConfiguredEndpoint):
        await town.db.run(endpoints.rotate, town.chief, listed.id)
    with pytest.raises(ConfiguredEndpoint):
        await town.db.run(endpoints.delete, town.chief, listed.id)
