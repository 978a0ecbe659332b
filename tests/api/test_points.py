"""Points over REST: the main app's grants and deductions, gifts, and the transfer history."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from mentorship.actors import Actor
from mentorship.notifications.catalogue import NotificationKind
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
