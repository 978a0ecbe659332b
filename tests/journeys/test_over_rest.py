"""Actions over REST are visible in Discord, and the other way round."""

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
from tests.journeys.support.scenarios import (
    BIO,
    approved_mentor,
    book_and_confirm,
    confirmation_card,
    submit_application,
)
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text


@pytest.fixture
async def api(guild: SimulatedGuild) -> AsyncIterator[ApiServer]:
    """The REST API next to the bot, as the program serves it; Discord says who is a moderator."""
    options = replace(OPTIONS, moderators=ModeratorSource.DISCORD)
    async with serve_api(guild.db, options, member_lookup=MemberDirectory(guild.bot)) as api:
        yield api


def at_the_app(
    guild: SimulatedGuild, api: ApiServer, person: simcord.MemberActor, scope: str = "member"
) -> httpx.AsyncClient:
    """Return a client of the main app that acts for a person."""
    return api.client_with_token(create_token(person.id, guild.id, scope))


def booking_body(
    guild: SimulatedGuild, mentor: simcord.MemberActor, hour: int, **fields: Any
) -> dict[str, Any]:
    return {
        "mentorId": str(mentor.id),
        "duration": 60,
        "timezone": "America/New_York",
        "scheduledAt": f"2026-03-02T{hour:02}:00:00Z",
    } | fields


async def test_a_rest_booking_is_confirmed_in_discord(
    guild: SimulatedGuild, api: ApiServer
) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    app = at_the_app(guild, api, maya)
    answer = await app.post("/book", json=booking_body(guild, oliver, 15, notes="My *first* PR"))
    assert answer.status_code == 201

    await guild.deliver()
    request = guild.last_dm(oliver)
    assert "Maya would like a session with you" in message_text(request)
    assert r"My \*first\* PR" in message_text(request)
    await oliver.user.click(request, label="Confirm")
    await guild.deliver()
    assert "Oliver confirmed" in message_text(guild.last_dm(maya))

    session = (await app.get(f"/session/{answer.json()['id']}")).json()
    assert (session["status"], session["menteeName"]) == ("confirmed", "Maya")
    listed = await maya.slash(guild.channel, "sessions")
    assert "**Oliver**" in message_text(listed.response)


async def test_a_discord_booking_is_cancelled_over_rest(
    guild: SimulatedGuild, api: ApiServer
) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    await book_and_confirm(guild, maya, oliver, guild.now.replace(day=4, hour=15))
    app = at_the_app(guild, api, maya)
    (session,) = (await app.get("/sessions/mentee")).json()["sessions"]
    answer = await app.request("DELETE", f"/session/{session['id']}", json={"reason": "I am ill"})
    assert answer.json()["points"] == {"held": 0, "refunded": 60, "earned": 0}
    assert await guild.balance(maya) == 100

    await guild.deliver()
    message = guild.last_dm(oliver)
    assert "Maya cancelled your session" in message_text(message)
    assert "I am ill" in message_text(message)


async def test_a_slot_booked_over_rest_makes_the_card_stale(
    guild: SimulatedGuild, api: ApiServer
) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    noor = await guild.add_member("Noor", zone="Asia/Kolkata", points=100)
    result = await confirmation_card(guild, maya, oliver, guild.now.replace(hour=15))
    answer = await at_the_app(guild, api, noor).post("/book", json=booking_body(guild, oliver, 15))
    assert answer.status_code == 201
    refused = await maya.click(result.response, label="Confirm")
    assert "That slot was just taken." in message_text(refused.response)
    refused = await at_the_app(guild, api, maya).post("/book", json=booking_body(guild, oliver, 15))
    assert refused.json()["code"] == "slot-taken"
    assert "2026-03-02T14:00:00Z" in refused.json()["nearestSlots"]


async def test_a_rest_application_is_decided_over_rest(
    guild: SimulatedGuild, api: ApiServer
) -> None:
    amy = await guild.add_member("Amy", zone="Europe/London")
    priya = await guild.add_moderator("Priya")
    application = await at_the_app(guild, api, amy).post(
        "/apply",
        json={
            "expertise": ["Python"],
            "hourlyRate": 60,
            "bio": BIO,
            "applicationReason": "I was helped here, and want to help in turn.",
        },
    )
    assert application.status_code == 201
    await guild.deliver()
    review = guild.review_channel.last_message
    assert "would like to mentor" in message_text(review)
    assert "Why they apply: I was helped here" in message_text(review)

    decided = await at_the_app(guild, api, priya, "moderator").put(
        f"/profile/{amy.id}/status", json={"status": "approved"}
    )
    assert decided.json()["status"] == "approved"
    await guild.deliver()
    review = guild.review_channel.last_message
    assert f"Approved by <@{priya.id}>" in message_text(review)
    assert button_labels(review) == []
    assert guild.has_role(amy, guild.mentor_role)
    assert "Welcome to the mentors" in message_text(guild.last_dm(amy))


async def test_the_first_decision_wins_across_discord_and_rest(
    guild: SimulatedGuild, api: ApiServer
) -> None:
    amy = await guild.add_member("Amy", zone="Europe/London")
    priya = await guild.add_moderator("Priya")
    await submit_application(guild, amy)
    await guild.deliver()
    await priya.click(guild.review_channel.last_message, label="Approve")
    late = await at_the_app(guild, api, priya, "moderator").put(
        f"/profile/{amy.id}/status", json={"status": "rejected", "reason": "Too late."}
    )
    assert (late.status_code, late.json()["code"]) == (409, "already-decided")
    assert late.json()["decidedBy"] == str(priya.id)


async def test_a_token_scope_alone_makes_no_moderator(
    guild: SimulatedGuild, api: ApiServer
) -> None:
    maya = await guild.add_member("Maya", zone="America/New_York")
    priya = await guild.add_moderator("Priya")
    refused = await at_the_app(guild, api, maya, "moderator").get("/applications")
    assert (refused.status_code, refused.json()["code"]) == (403, "not-a-moderator")
    assert (await at_the_app(guild, api, priya).get("/applications")).status_code == 403
    assert (
        await at_the_app(guild, api, priya, "moderator").get("/applications")
    ).status_code == 200


async def test_rest_refuses_people_outside_the_guild(guild: SimulatedGuild, api: ApiServer) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    stranger = api.client_with_token(create_token(424242, guild.id))
    for path in ("/me", f"/profile/{oliver.id}", "/search"):
        answer = await stranger.get(path)
        assert (answer.status_code, answer.json()["code"]) == (403, "not-a-member")
    elsewhere = api.client_with_token(create_token(oliver.id, 424242))
    assert (await elsewhere.get("/me")).status_code == 403


async def test_apply_roles_count_over_rest(guild: SimulatedGuild, api: ApiServer) -> None:
    guides = guild.handle.create_role("Guides")
    await guild.configure(who_may_apply="roles", apply_role_ids=[guides.id])
    amy = await guild.add_member("Amy", zone="Europe/London", roles=(guides,))
    maya = await guild.add_member("Maya", zone="Europe/London")
    text = {"expertise": ["python"], "hourlyRate": 1, "bio": BIO}
    assert (await at_the_app(guild, api, amy).post("/apply", json=text)).status_code == 201
    refused = await at_the_app(guild, api, maya).post("/apply", json=text)
    assert (refused.status_code, refused.json()["code"]) == (403, "may-not-apply")


async def test_a_rest_rank_allows_applying_in_discord(
    guild: SimulatedGuild, api: ApiServer
) -> None:
    await guild.configure(who_may_apply="rank", apply_minimum_rank=3)
    amy = await guild.add_member("Amy", zone="Europe/London")
    app = api.client_with_token(create_token(77, guild.id, "service"))
    for rank, opens in ((2, False), (3, True)):
        answer = await app.put(f"/ranks/{amy.id}", json={"rank": rank})
        assert answer.json() == {"userId": str(amy.id), "rank": rank}
        result = await amy.slash(guild.channel, "mentor apply")
        assert (result.modal is not None) is opens
    assert (await app.put("/ranks/424242", json={"rank": 1})).status_code == 403


async def test_rest_answers_retry_while_discord_is_unavailable(
    guild: SimulatedGuild, api: ApiServer
) -> None:
    maya = await guild.add_member("Maya", zone="Europe/London")
    async with serve_api(guild.db, OPTIONS, member_lookup=_away) as cut_off:
        answer = await at_the_app(guild, cut_off, maya).get("/me")
    assert (answer.status_code, answer.json()["code"]) == (503, "discord-unreachable")
    assert answer.headers["retry-after"] == "60"


async def _away(guild_id: int, user_id: int) -> None:
    raise ConnectionError("Discord is away")


async def test_rest_availability_is_shown_in_discord(guild: SimulatedGuild, api: ApiServer) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    week = [
        {
            "dayOfWeek": "Tuesday",
            "startTime": "09:00",
            "endTime": "12:00",
            "timezone": "Europe/London",
        }
    ]
    assert (await at_the_app(guild, api, oliver).put("/availability", json=week)).status_code == 200
    panel = await oliver.slash(guild.channel, "mentor hours")
    assert "**Tue** 09:00–12:00" in message_text(panel.response)
    assert "**Mon" not in message_text(panel.response)


async def test_a_gift_over_rest_goes_to_present_people_only(
    guild: SimulatedGuild, api: ApiServer
) -> None:
    maya = await guild.add_member("Maya", points=50)
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    robot = guild.handle.add_member(guild.env.create_user("Robot", bot=True))
    app = at_the_app(guild, api, maya)
    gift = {"userId": str(oliver.id), "amount": 5}
    assert (await app.post("/points/gifts", json=gift)).status_code == 201
    # He leaves a moment later, while the lookup of a moment ago is still cached.
    guild.handle.remove_member(oliver)
    for user_id in (oliver.id, robot.id, 424242):
        refused = await app.post("/points/gifts", json={"userId": str(user_id), "amount": 5})
        assert (refused.status_code, refused.json()["code"]) == (422, "recipient-not-a-member")
    service = api.client_with_token(create_token(77, guild.id, "service"))
    grant = {"userId": "424242", "kind": "grant", "amount": 5, "reason": "A course"}
    assert (await service.post("/points/transfers", json=grant)).status_code == 422
    assert await guild.balance(maya) == 45


async def test_a_moderator_who_just_lost_the_role_decides_nothing_over_rest(
    guild: SimulatedGuild, api: ApiServer
) -> None:
    sam = await guild.add_moderator("Sam")
    maya = await guild.add_member("Maya")
    service = api.client_with_token(create_token(77, guild.id, "service"))
    body = {"userId": str(maya.id), "kind": "grant", "amount": 50_000, "reason": "A prize"}
    grant = await service.post("/points/transfers", json=body)
    assert grant.status_code == 202
    moderator = at_the_app(guild, api, sam, "moderator")
    assert (await moderator.get("/points/grant-requests")).status_code == 200
    guild.env.backend.remove_member_role(guild.id, sam.id, guild.moderator_role.id)
    path = f"/points/grant-requests/{grant.json()['id']}"
    refused = await moderator.put(path, json={"decision": "confirm"})
    assert (refused.status_code, refused.json()["code"]) == (403, "not-a-moderator")
    assert await guild.balance(maya) == 0
