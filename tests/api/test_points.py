"""Points over REST: what the main app grants and deducts, gifts, and one's own history."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from mentorship.actors import Actor
from mentorship.notifications.catalogue import NotificationKind
from tests.api.server import Api
from tests.mentorship.support.community import GUILD, Community


def the_app(api: Api, **headers: str) -> httpx.AsyncClient:
    return api.as_(Actor(99, "GrindMap", GUILD), "service", **headers)


def moved(person: Actor, kind: str, amount: int) -> dict[str, Any]:
    return {
        "userId": str(person.user_id),
        "kind": kind,
        "amount": amount,
        "reason": "Finished the spring course",
    }


async def test_the_app_grants_and_deducts_and_the_member_hears_of_it(
    town: Community, api: Api
) -> None:
    maya = await town.member("Maya")
    app = the_app(api)
    granted = await app.post("/points/transfers", json=moved(maya, "grant", 50))
    assert granted.status_code == 201
    assert {n: granted.json()[n] for n in ("userId", "amount", "balance")} == {
        "userId": str(maya.user_id),
        "amount": 50,
        "balance": 50,
    }
    deducted = await app.post("/points/transfers", json=moved(maya, "deduction", 20))
    assert (deducted.json()["amount"], deducted.json()["balance"]) == (-20, 30)
    refused = await app.post("/points/transfers", json=moved(maya, "deduction", 31))
    assert (refused.status_code, refused.json()["code"]) == (409, "balance-too-low")
    assert refused.json()["balance"] == 30
    assert await town.told(maya, NotificationKind.POINTS) == [
        NotificationKind.POINTS,
        NotificationKind.POINTS,
    ]


async def test_a_grant_that_is_sent_ten_times_is_one(town: Community, api: Api) -> None:
    maya = await town.member("Maya")
    app = the_app(api, **{"Idempotency-Key": "course-17"})
    answers = await asyncio.gather(
        *(app.post("/points/transfers", json=moved(maya, "grant", 50)) for _ in range(10))
    )
    assert len({answer.text for answer in answers}) == 1
    assert await town.balance(maya) == 50
    other = await app.post("/points/transfers", json=moved(maya, "grant", 51))
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


async def test_one_s_history_comes_in_pages_and_adds_up(town: Community, api: Api) -> None:
    maya, noor = await town.member("Maya", points=100), await town.member("Noor")
    oliver = await town.mentor("Oliver")
    booked = await town.book(maya, oliver)
    client = api.as_(maya)
    given = await client.post("/points/gifts", json={"userId": str(noor.user_id), "amount": 10})
    assert (given.status_code, given.json()["balance"]) == (201, 30)
    whole = (await client.get("/points/transfers")).json()
    assert (whole["balance"], whole["held"]) == (30, 60)
    seen = [(each["cause"], each["amount"], each["balance"]) for each in whole["transfers"]]
    assert seen == [("gift", -10, 30), ("hold", -60, 40), ("grant", 100, 100)]
    assert whole["transfers"][1]["sessionId"] == str(booked.id)
    assert whole["transfers"][0]["partnerName"] == "Noor"
    first = (await client.get("/points/transfers", params={"limit": 2})).json()
    asked = {"limit": 2, "cursor": first["nextCursor"]}
    second = (await client.get("/points/transfers", params=asked)).json()
    assert first["transfers"] + second["transfers"] == whole["transfers"]
    assert second["nextCursor"] is None
    numbered = (await client.get("/points/transfers", params={"limit": 2, "page": 2})).json()
    assert numbered["transfers"] == second["transfers"]


async def test_a_gift_to_oneself_and_of_too_much_is_refused(town: Community, api: Api) -> None:
    maya, noor = await town.member("Maya", points=5), await town.member("Noor")
    client = api.as_(maya)
    to_me = await client.post("/points/gifts", json={"userId": str(maya.user_id), "amount": 1})
    assert (to_me.status_code, to_me.json()["code"]) == (422, "gift-to-oneself")
    for amount in (0, -1, 1.5, 2**53 + 1):
        wrong = {"userId": str(noor.user_id), "amount": amount}
        assert (await client.post("/points/gifts", json=wrong)).status_code == 422
    too_much = await client.post("/points/gifts", json={"userId": str(noor.user_id), "amount": 6})
    assert too_much.json()["code"] == "balance-too-low"
