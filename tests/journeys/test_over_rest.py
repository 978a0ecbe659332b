"""What is done over REST shows in Discord, and the other way round: one community, two doors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
import simcord

from api.options import ModeratorSource
from bot.guilds.member_directory import MemberDirectory
from tests.api.server import OPTIONS, ApiServer, create_token, serve_api
from tests.journeys.support.people import BIO, apply, card, confirmed, mentor
from tests.journeys.support.world import World, labels, words


@pytest.fixture
async def api(town: World) -> AsyncIterator[ApiServer]:
    """The API beside the bot, as the program serves it: Discord says who is who."""
    options = replace(OPTIONS, moderators=ModeratorSource.DISCORD)
    async with serve_api(town.db, options, member_lookup=MemberDirectory(town.bot)) as api:
        yield api


def at_the_app(
    town: World, api: ApiServer, person: simcord.MemberActor, scope: str = "member"
) -> httpx.AsyncClient:
    """A person at the main app, which knows their Discord id and nothing else of them."""
    return api.client_with_token(create_token(person.id, town.guild.id, scope))


def asked(town: World, of: simcord.MemberActor, hour: int, **more: Any) -> dict[str, Any]:
    return {
        "mentorId": str(of.id),
        "duration": 60,
        "timezone": "America/New_York",
        "scheduledAt": f"2026-03-02T{hour:02}:00:00Z",
    } | more


async def test_booked_in_the_app_confirmed_by_a_click(town: World, api: ApiServer) -> None:
    oliver = await mentor(town, "Oliver")
    maya = await town.person("Maya", zone="America/New_York", points=100)
    app = at_the_app(town, api, maya)
    answer = await app.post("/book", json=asked(town, oliver, 15, notes="My *first* PR"))
    assert answer.status_code == 201

    await town.deliver()
    request = town.last_dm(oliver)
    assert "Maya would like a session with you" in words(request)
    assert r"My \*first\* PR" in words(request)
    await oliver.user.click(request, label="Confirm")
    await town.deliver()
    assert "Oliver confirmed" in words(town.last_dm(maya))

    seen = (await app.get(f"/session/{answer.json()['id']}")).json()
    assert (seen["status"], seen["menteeName"]) == ("confirmed", "Maya")
    listed = await maya.slash(town.square, "sessions")
    assert "**Oliver**" in words(listed.response)


async def test_booked_in_discord_cancelled_in_the_app(town: World, api: ApiServer) -> None:
    oliver = await mentor(town, "Oliver")
    maya = await town.person("Maya", zone="America/New_York", points=100)
    await confirmed(town, maya, oliver, town.now.replace(day=4, hour=15))
    app = at_the_app(town, api, maya)
    (session,) = (await app.get("/sessions/mentee")).json()["sessions"]
    answer = await app.request("DELETE", f"/session/{session['id']}", json={"reason": "I am ill"})
    assert answer.json()["points"] == {"held": 0, "refunded": 60, "earned": 0}
    assert await town.balance(maya) == 100

    await town.deliver()
    told = town.last_dm(oliver)
    assert "Maya cancelled your session" in words(told)
    assert "I am ill" in words(told)


async def test_a_card_is_stale_once_the_app_was_faster(town: World, api: ApiServer) -> None:
    oliver = await mentor(town, "Oliver")
    maya = await town.person("Maya", zone="America/New_York", points=100)
    noor = await town.person("Noor", zone="Asia/Kolkata", points=100)
    shown = await card(town, maya, oliver, town.now.replace(hour=15))
    answer = await at_the_app(town, api, noor).post("/book", json=asked(town, oliver, 15))
    assert answer.status_code == 201
    lost = await maya.click(shown.response, label="Confirm")
    assert "That slot was just taken." in words(lost.response)
    refused = await at_the_app(town, api, maya).post("/book", json=asked(town, oliver, 15))
    assert refused.json()["code"] == "slot-taken"
    assert "2026-03-02T14:00:00Z" in refused.json()["nearestSlots"]


async def test_an_application_of_the_app_is_decided_there(town: World, api: ApiServer) -> None:
    amy = await town.person("Amy", zone="Europe/London")
    priya = await town.moderator("Priya")
    sent = await at_the_app(town, api, amy).post(
        "/apply",
        json={
            "expertise": ["Python"],
            "hourlyRate": 60,
            "bio": BIO,
            "applicationReason": "I was helped here, and want to help in turn.",
        },
    )
    assert sent.status_code == 201
    await town.deliver()
    review = town.review.last_message
    assert "Amy wants to mentor" in words(review)
    assert "Why they apply: I was helped here" in words(review)

    decided = await at_the_app(town, api, priya, "moderator").put(
        f"/profile/{amy.id}/status", json={"status": "approved"}
    )
    assert decided.json()["status"] == "approved"
    await town.deliver()
    review = town.review.last_message
    assert f"Approved by <@{priya.id}>" in words(review)
    assert labels(review) == []
    assert town.has_role(amy, town.mentors)
    assert "Welcome among the mentors" in words(town.last_dm(amy))


async def test_the_first_decision_wins_wherever_it_is_made(town: World, api: ApiServer) -> None:
    amy = await town.person("Amy", zone="Europe/London")
    priya = await town.moderator("Priya")
    await apply(town, amy)
    await town.deliver()
    await priya.click(town.review.last_message, label="Approve")
    late = await at_the_app(town, api, priya, "moderator").put(
        f"/profile/{amy.id}/status", json={"status": "rejected", "reason": "Too late."}
    )
    assert (late.status_code, late.json()["code"]) == (409, "already-decided")
    assert late.json()["decidedBy"] == str(priya.id)


async def test_a_scope_makes_nobody_a_moderator(town: World, api: ApiServer) -> None:
    maya = await town.person("Maya", zone="America/New_York")
    priya = await town.moderator("Priya")
    refused = await at_the_app(town, api, maya, "moderator").get("/applications")
    assert (refused.status_code, refused.json()["code"]) == (403, "not-a-moderator")
    assert (await at_the_app(town, api, priya).get("/applications")).status_code == 403
    assert (await at_the_app(town, api, priya, "moderator").get("/applications")).status_code == 200


async def test_who_is_not_in_the_server_can_do_nothing_there(town: World, api: ApiServer) -> None:
    oliver = await mentor(town, "Oliver")
    stranger = api.client_with_token(create_token(424242, town.guild.id))
    for path in ("/me", f"/profile/{oliver.id}", "/search"):
        answer = await stranger.get(path)
        assert (answer.status_code, answer.json()["code"]) == (403, "not-a-member")
    elsewhere = api.client_with_token(create_token(oliver.id, 424242))
    assert (await elsewhere.get("/me")).status_code == 403


async def test_a_role_that_may_apply_counts_in_the_app(town: World, api: ApiServer) -> None:
    guides = town.guild.create_role("Guides")
    await town.settle(who_may_apply="roles", apply_role_ids=[guides.id])
    amy = await town.person("Amy", zone="Europe/London", roles=(guides,))
    maya = await town.person("Maya", zone="Europe/London")
    text = {"expertise": ["python"], "hourlyRate": 1, "bio": BIO}
    assert (await at_the_app(town, api, amy).post("/apply", json=text)).status_code == 201
    refused = await at_the_app(town, api, maya).post("/apply", json=text)
    assert (refused.status_code, refused.json()["code"]) == (403, "may-not-apply")


async def test_a_rank_of_the_app_opens_the_form_in_discord(town: World, api: ApiServer) -> None:
    await town.settle(who_may_apply="rank", apply_minimum_rank=3)
    amy = await town.person("Amy", zone="Europe/London")
    app = api.client_with_token(create_token(77, town.guild.id, "service"))
    for rank, opens in ((2, False), (3, True)):
        answer = await app.put(f"/ranks/{amy.id}", json={"rank": rank})
        assert answer.json() == {"userId": str(amy.id), "rank": rank}
        shown = await amy.slash(town.square, "mentor apply")
        assert (shown.modal is not None) is opens
    assert (await app.put("/ranks/424242", json={"rank": 1})).status_code == 403


async def test_while_discord_is_away_the_app_is_told_to_wait(town: World, api: ApiServer) -> None:
    maya = await town.person("Maya", zone="Europe/London")
    async with serve_api(town.db, OPTIONS, member_lookup=_away) as cut_off:
        answer = await at_the_app(town, cut_off, maya).get("/me")
    assert (answer.status_code, answer.json()["code"]) == (503, "discord-unreachable")
    assert answer.headers["retry-after"] == "60"


async def _away(guild_id: int, user_id: int) -> None:
    raise ConnectionError("Discord is away")


async def test_hours_set_in_the_app_are_the_hours_in_discord(town: World, api: ApiServer) -> None:
    oliver = await mentor(town, "Oliver")
    week = [
        {
            "dayOfWeek": "Tuesday",
            "startTime": "09:00",
            "endTime": "12:00",
            "timezone": "Europe/London",
        }
    ]
    assert (await at_the_app(town, api, oliver).put("/availability", json=week)).status_code == 200
    panel = await oliver.slash(town.square, "mentor hours")
    assert "**Tuesday** 09:00–12:00" in words(panel.response)
    assert "**Monday** 09:00" not in words(panel.response)
