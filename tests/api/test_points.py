"""Points over REST: the main app's grants and deductions, gifts, and the transfer history."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from mentorship.actors import Actor
from mentorship.notifications.catalogue import NotificationKind
from mentorship.sessions import departures
from tests.api.server import ApiServer
from tests.mentorship.support.community import GUILD, Community


def service_client(api: ApiServer, **headers: str) -> httpx.AsyncClient:
    return api.client_of(Actor(99, "GrindMap", GUILD), "service", **headers)


def transfer_body(person: Actor, kind: str, amount: int) -> dict[str, Any]:
    return {
        "userId": str(person.user_id),
        "kind": kind,
        "amount": amount,
        "reason": "Finished the spring course",
    }


async def test_grants_and_deductions_notify_the_member(
    community: Community, api: ApiServer
) -> None:
    maya = await community.member("Maya")
    app = service_client(api)
    granted = await app.post("/points/transfers", json=transfer_body(maya, "grant", 50))
    assert granted.status_code == 201
    assert {n: granted.json()[n] for n in ("userId", "amount", "balance")} == {
        "userId": str(maya.user_id),
        "amount": 50,
        "balance": 50,
    }
    deducted = await app.post("/points/transfers", json=transfer_body(maya, "deduction", 20))
    assert (deducted.json()["amount"], deducted.json()["balance"]) == (-20, 30)
    refused = await app.post("/points/transfers", json=transfer_body(maya, "deduction", 31))
    assert (refused.status_code, refused.json()["code"]) == (409, "balance-too-low")
    assert refused.json()["balance"] == 30
    assert await community.notified_kinds(maya, NotificationKind.POINTS) == [
        NotificationKind.POINTS,
        NotificationKind.POINTS,
    ]


async def test_a_grant_sent_ten_times_with_one_key_is_one(
    community: Community, api: ApiServer
) -> None:
    maya = await community.member("Maya")
    app = service_client(api, **{"Idempotency-Key": "course-17"})
    responses = await asyncio.gather(
        *(app.post("/points/transfers", json=transfer_body(maya, "grant", 50)) for _ in range(10))
    )
    assert len({response.text for response in responses}) == 1
    assert await community.balance(maya) == 50
    other = await app.post("/points/transfers", json=transfer_body(maya, "grant", 51))
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


async def test_the_transfer_history_has_pages_and_adds_up(
    community: Community, api: ApiServer
) -> None:
    maya, noor = await community.member("Maya", points=100), await community.member("Noor")
    oliver = await community.mentor("Oliver")
    booked = await community.book(maya, oliver)
    client = api.client_of(maya)
    gift = await client.post("/points/gifts", json={"userId": str(noor.user_id), "amount": 10})
    assert (gift.status_code, gift.json()["balance"]) == (201, 30)
    history = (await client.get("/points/transfers")).json()
    assert (history["balance"], history["held"]) == (30, 60)
    seen = [(item["cause"], item["amount"], item["balance"]) for item in history["transfers"]]
    assert seen == [("gift", -10, 30), ("hold", -60, 40), ("grant", 100, 100)]
    assert history["transfers"][1]["sessionId"] == str(booked.id)
    assert history["transfers"][0]["partnerName"] == "Noor"
    first = (await client.get("/points/transfers", params={"limit": 2})).json()
    params = {"limit": 2, "cursor": first["nextCursor"]}
    second = (await client.get("/points/transfers", params=params)).json()
    assert first["transfers"] + second["transfers"] == history["transfers"]
    assert second["nextCursor"] is None
    numbered = (await client.get("/points/transfers", params={"limit": 2, "page": 2})).json()
    assert numbered["transfers"] == second["transfers"]


async def test_gifts_to_oneself_or_above_the_balance_are_refused(
    community: Community, api: ApiServer
) -> None:
    maya, noor = await community.member("Maya", points=5), await community.member("Noor")
    client = api.client_of(maya)
    to_oneself = await client.post("/points/gifts", json={"userId": str(maya.user_id), "amount": 1})
    assert (to_oneself.status_code, to_oneself.json()["code"]) == (422, "gift-to-oneself")
    for amount in (0, -1, 1.5, 2**53 + 1):
        body = {"userId": str(noor.user_id), "amount": amount}
        assert (await client.post("/points/gifts", json=body)).status_code == 422
    too_much = await client.post("/points/gifts", json={"userId": str(noor.user_id), "amount": 6})
    assert too_much.json()["code"] == "balance-too-low"


async def test_a_gift_to_an_id_that_is_nobodys_is_refused(
    community: Community, api: ApiServer
) -> None:
    maya, noor = await community.member("Maya", points=50), await community.member("Noor")
    await community.db.run(departures.record_departure, community.guild_id, noor.user_id)
    # The main app has named this id, and nobody has used it.
    assert (await service_client(api).put("/ranks/4711", json={"rank": 3})).status_code == 200
    client = api.client_of(maya)
    for user_id in ("424242", "4711", str(noor.user_id)):
        response = await client.post("/points/gifts", json={"userId": user_id, "amount": 5})
        assert (response.status_code, response.json()["code"]) == (422, "recipient-not-a-member")
        assert response.json()["errors"][0]["pointer"] == "/userId"
    assert await community.balance(maya) == 50
    # Once the person has called, they are known.
    await api.client_of(Actor(4711, "Ada", GUILD)).put("/me", json={"timezone": "Asia/Kolkata"})
    gift = await client.post("/points/gifts", json={"userId": "4711", "amount": 5})
    assert (gift.status_code, gift.json()["balance"]) == (201, 45)


async def test_the_main_app_can_grant_points_before_a_member_uses_the_bot(
    community: Community, api: ApiServer
) -> None:
    await community.configure(starting_balance=10)
    ada, noor = Actor(4711, "Ada", GUILD), await community.member("Noor")
    app = service_client(api)
    granted = await app.post("/points/transfers", json=transfer_body(ada, "grant", 50))
    assert (granted.status_code, granted.json()["balance"]) == (201, 60)
    assert (await api.client_of(ada).get("/me")).json()["balance"] == 60
    await community.db.run(departures.record_departure, community.guild_id, noor.user_id)
    refused = await app.post("/points/transfers", json=transfer_body(noor, "grant", 50))
    assert (refused.status_code, refused.json()["code"]) == (422, "recipient-not-a-member")


async def test_a_grant_above_the_ceiling_waits_for_a_moderator(
    community: Community, api: ApiServer
) -> None:
    maya = await community.member("Maya")
    app = service_client(api, **{"Idempotency-Key": "prize-1"})
    body = transfer_body(maya, "grant", 50_000)
    pending, replayed = [await app.post("/points/transfers", json=body) for _ in range(2)]
    assert (pending.status_code, replayed.status_code) == (202, 202)
    assert replayed.headers["Idempotency-Replayed"] == "true"
    assert pending.json() == replayed.json()
    grant = pending.json()
    assert (grant["status"], grant["amount"], grant["requestedBy"]) == ("pending", 50_000, "99")
    assert await community.balance(maya) == 0

    moderator = api.client_of(community.chief, "moderator")
    listed = (await moderator.get("/points/grant-requests")).json()
    assert listed["grantRequests"] == [grant]
    path = f"/points/grant-requests/{grant['id']}"
    confirmed = await moderator.put(path, json={"decision": "confirm"})
    assert (confirmed.status_code, confirmed.json()["status"]) == (200, "confirmed")
    assert confirmed.json()["decidedBy"] == str(community.chief.user_id)
    assert await community.balance(maya) == 50_000
    assert (await service_client(api).get(path)).json() == confirmed.json()
    again = await moderator.put(path, json={"decision": "reject"})
    assert (again.status_code, again.json()["code"]) == (409, "already-decided")
    assert (again.json()["decision"], again.json()["decidedBy"]) == (
        "confirmed",
        str(community.chief.user_id),
    )
    assert (await moderator.get("/points/grant-requests")).json()["grantRequests"] == []


async def test_a_grant_is_not_confirmed_by_whoever_gets_the_points(
    community: Community, api: ApiServer
) -> None:
    maya = await community.member("Maya")
    body = transfer_body(maya, "grant", 50_000)
    grant = (await service_client(api).post("/points/transfers", json=body)).json()
    path = f"/points/grant-requests/{grant['id']}"
    own = await api.client_of(maya, "moderator").put(path, json={"decision": "confirm"})
    assert (own.status_code, own.json()["code"]) == (403, "own-case")
    same = api.client_of(Actor(99, "GrindMap", GUILD), "moderator")
    asked = await same.put(path, json={"decision": "confirm"})
    assert (asked.status_code, asked.json()["code"]) == (403, "second-moderator-needed")
    assert (await same.put(path, json={"decision": "reject"})).json()["status"] == "rejected"
    assert await community.balance(maya) == 0
