"""The server's settings over REST: read by members, changed by the main app."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from mentorship.actors import Actor
from mentorship.guilds import guild_settings
from mentorship.guilds.setting_limits import SETTINGS
from storage import Database, Transaction
from storage.tables import Guild
from tests.api.server import ApiServer, booking_body
from tests.mentorship.support.community import GUILD, REVIEW_CHANNEL, Community


def main_app(api: ApiServer) -> httpx.AsyncClient:
    return api.client_of(Actor(99, "the app", GUILD), "service")


async def test_members_read_policies_and_limits_and_no_channels(
    community: Community, api: ApiServer
) -> None:
    await community.configure(fee_percent=15, limit_upcoming=3)
    maya = api.client_of(await community.member("Maya"))
    response = await maya.get("/settings")
    settings = response.json()
    assert (settings["feePercent"], settings["limits"]["upcoming"]) == (15, 3)
    assert settings["management"] is None
    assert str(REVIEW_CHANNEL) not in response.text
    shown = (await main_app(api).get("/settings")).json()
    assert shown["management"]["reviewChannelId"] == str(REVIEW_CHANNEL)
    assert shown | {"management": None} == settings


async def test_the_main_app_changes_only_what_it_sends(
    community: Community, api: ApiServer
) -> None:
    before = await community.db.read(guild_settings.load, GUILD)
    body = {
        "feePercent": 10,
        "reminders": [60],
        "limits": {"upcoming": 20},
        "management": {"logChannelId": "77", "reviewChannelId": None},
    }
    response = await main_app(api).patch("/settings", json=body)
    assert response.status_code == 200, response.text
    after = await community.db.read(guild_settings.load, GUILD)
    changed = {name for name in SETTINGS if getattr(before, name) != getattr(after, name)}
    assert changed == {
        "fee_percent",
        "reminders",
        "limit_upcoming",
        "log_channel_id",
        "review_channel_id",
    }
    assert response.headers["etag"] == (await main_app(api).get("/settings")).headers["etag"]
    (entry, *_) = (await main_app(api).get("/audit-log?action=setting-changed")).json()["entries"]
    assert (entry["action"], entry["actorId"]) == ("setting-changed", "99")


async def test_a_server_is_set_up_and_used_over_rest_alone(db: Database, api: ApiServer) -> None:
    app = main_app(api)
    oliver, maya, moderator = (Actor(user_id, f"P{user_id}", GUILD) for user_id in (51, 52, 53))
    settings = {"startingBalance": 100, "management": {"reviewChannelId": "11"}}
    assert (await app.patch("/settings", json=settings)).status_code == 200
    for person in (oliver, maya):
        zone = await api.client_of(person).put("/me", json={"timezone": "Europe/London"})
        assert zone.status_code == 200
    application = {"expertise": ["python"], "hourlyRate": 60, "bio": "I explain Python gladly."}
    assert (await api.client_of(oliver).post("/apply", json=application)).status_code == 201
    decided = await api.client_of(moderator, "moderator").put(
        f"/profile/{oliver.user_id}/status", json={"status": "approved"}
    )
    assert decided.status_code == 200
    week = [{"dayOfWeek": "Tuesday", "startTime": "00:00", "endTime": "24:00"}]
    assert (await api.client_of(oliver).put("/availability", json=week)).status_code == 200
    booked = await api.client_of(maya).post("/book", json=booking_body(oliver.user_id))
    assert booked.status_code == 201, booked.text
    assert (await api.client_of(maya).get("/me")).json()["balance"] == 40


async def test_of_two_changes_of_one_version_the_second_is_refused(
    community: Community, api: ApiServer
) -> None:
    app = main_app(api)
    tag = (await app.get("/settings")).headers["etag"]
    answers = await asyncio.gather(
        *(
            app.patch("/settings", json={"feePercent": percent}, headers={"If-Match": tag})
            for percent in (10, 20)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    won = next(answer for answer in answers if answer.status_code == 200)
    assert (await app.get("/settings")).json()["feePercent"] == won.json()["feePercent"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"feePercent": 101}, "/feePercent"),
        ({"currencyEmoji": "points"}, "/currencyEmoji"),
        ({"limits": {"upcoming": 0}}, "/limits/upcoming"),
        ({"whoMayApply": "roles"}, "/applyRoleIds"),
        ({"management": {"logChannelId": "x"}}, "/management/logChannelId"),
        ({"colour": "red"}, "/colour"),
    ],
)
async def test_a_wrong_setting_is_named_and_nothing_is_changed(
    community: Community, api: ApiServer, body: dict[str, Any], pointer: str
) -> None:
    before = await community.db.read(guild_settings.load, GUILD)
    refused = await main_app(api).patch("/settings", json={"confirmWithin": 60} | body)
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]
    assert await community.db.read(guild_settings.load, GUILD) == before


async def test_settings_that_discord_deleted_are_named(
    community: Community, api: ApiServer
) -> None:
    async def lose(tx: Transaction) -> None:
        await tx.connection.execute(update(Guild).values(lost=["log_channel_id"]))

    await community.db.run(lose)
    settings = (await main_app(api).get("/settings")).json()
    assert settings["management"]["lost"] == ["logChannelId"]
