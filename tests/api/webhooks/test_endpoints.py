"""The main app's webhook endpoints over REST: their life, and what is refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from mentorship.webhooks import feed, outcomes, secrets, sending
from mentorship.webhooks.outcomes import Outcome
from storage import Transaction
from storage.tables import IdempotencyKey
from tests.api.server import OPTIONS, ApiServer, serve_api
from tests.api.test_points import service_client
from tests.mentorship.support.community import Community, hours

URL = "https://app.example/hooks/mentorbot"


@pytest.fixture
async def app(api: ApiServer) -> httpx.AsyncClient:
    """The main app, with the scope `service`."""
    return service_client(api)


async def create(app: httpx.AsyncClient, **body: Any) -> dict[str, Any]:
    response = await app.post("/webhooks", json={"url": URL} | body)
    assert response.status_code == 201, response.text
    created: dict[str, Any] = response.json()
    return created


def problem(response: httpx.Response) -> tuple[int, str]:
    """Return the status and the code of an error."""
    return response.status_code, response.json().get("code")


async def test_an_endpoint_is_created_changed_and_deleted(
    community: Community, app: httpx.AsyncClient
) -> None:
    created = await create(app, eventTypes=["session.booked"], description="Staging")
    assert secrets.is_valid(created.pop("secret"))
    path = f"/webhooks/{created['id']}"
    assert (await app.get(path)).json() == created
    assert (created["eventTypes"], created["enabled"]) == (["session.booked"], True)
    changed = (await app.patch(path, json={"url": f"{URL}/2", "enabled": False})).json()
    assert (changed["url"], changed["enabled"]) == (f"{URL}/2", False)
    assert (changed["disabledReason"], changed["description"]) == ("switched-off", "Staging")
    assert changed["revision"] == created["revision"] + 1
    assert (await app.get("/webhooks")).json() == {"webhooks": [changed]}
    assert (await app.delete(path)).json() == {"webhooks": []}
    assert problem(await app.get(path)) == (404, "not-found")


async def test_a_change_needs_the_version_that_was_read(
    community: Community, app: httpx.AsyncClient
) -> None:
    created = await create(app)
    path = f"/webhooks/{created['id']}"
    seen = {"If-Match": (await app.get(path)).headers["ETag"]}
    changed = await app.patch(path, json={"description": "One"}, headers=seen)
    assert changed.status_code == 200
    late = await app.patch(path, json={"description": "Two"}, headers=seen)
    assert problem(late) == problem(await app.delete(path, headers=seen))
    assert problem(late)[0] == 412
    assert (await app.get(path)).json()["description"] == "One"
    now = {"If-Match": changed.headers["ETag"]}
    assert (await app.delete(path, headers=now)).json() == {"webhooks": []}


async def test_a_known_endpoint_is_sent_again_once_deliveries_fail(
    community: Community, app: httpx.AsyncClient
) -> None:
    path = f"/webhooks/{(await create(app))['id']}"
    tag = (await app.get(path)).headers["ETag"]
    assert (await app.get(path, headers={"If-None-Match": tag})).status_code == 304
    assert (await app.post(f"{path}/test")).is_success
    (attempt,) = (await community.db.run(sending.claim, 1)).attempts
    await community.db.run(outcomes.record, [Outcome(attempt, status=500)])
    shown = await app.get(path, headers={"If-None-Match": tag})
    assert shown.status_code == 200
    assert shown.json()["failingSince"] is not None


async def test_a_secret_is_shown_once(community: Community, app: httpx.AsyncClient) -> None:
    secret = secrets.generate()
    created = await create(app, secret=secret)
    assert created["secret"] == secret
    for path in ("/webhooks", f"/webhooks/{created['id']}"):
        assert secret not in (await app.get(path)).text


async def test_a_rotation_keeps_the_previous_secret_for_a_while(
    community: Community, app: httpx.AsyncClient
) -> None:
    created = await create(app)
    path = f"/webhooks/{created['id']}/secret"
    rotated = (await app.post(path, json={"overlap": 60})).json()
    assert rotated["secret"] != created["secret"]
    assert rotated["previousSecretUntil"] == "2026-03-02T13:00:00Z"
    pending = await app.post(path)
    assert problem(pending) == (409, "rotation-pending")
    assert pending.json()["until"] == "2026-03-02T13:00:00Z"
    leaked = await app.post(path, json={"overlap": 0})
    assert (leaked.status_code, leaked.json()["previousSecretUntil"]) == (201, None)
    community.clock.now += hours(1)
    assert (await app.post(path)).status_code == 201


async def test_only_one_of_two_simultaneous_rotations_counts(
    community: Community, app: httpx.AsyncClient
) -> None:
    created = await create(app)
    path = f"/webhooks/{created['id']}/secret"
    responses = await asyncio.gather(*(app.post(path) for _ in range(2)))
    assert sorted(response.status_code for response in responses) == [201, 409]


async def test_a_repeated_creation_with_a_key_is_one_endpoint(
    community: Community, api: ApiServer
) -> None:
    app = service_client(api, **{"Idempotency-Key": "hook"})
    first, second = await create(app), await create(app)
    assert first == second
    assert len((await app.get("/webhooks")).json()["webhooks"]) == 1


async def test_a_repeated_answer_has_the_secret_while_it_is_used(
    community: Community, api: ApiServer
) -> None:
    """The secret itself isn't stored under the key."""
    app, other = service_client(api, **{"Idempotency-Key": "hook"}), service_client(api)
    created = await create(app)
    path = f"/webhooks/{created['id']}"
    rotated = (await app.post(f"{path}/secret", headers={"Idempotency-Key": "rotation"})).json()

    async def stored(tx: Transaction) -> list[Any]:
        return list(await tx.connection.scalars(select(IdempotencyKey.answer)))

    answers = await community.db.read(stored)
    assert [answer["id"] for answer in answers] == [created["id"]] * 2
    for secret in (created["secret"], rotated["secret"]):
        assert secret not in str(answers)
    assert (await create(app))["secret"] == created["secret"]
    community.clock.turn(hours=25)
    assert problem(await app.post("/webhooks", json={"url": URL})) == (404, "not-found")
    again = await app.post(f"{path}/secret", headers={"Idempotency-Key": "rotation"})
    assert again.json() == rotated
    assert len((await other.get("/webhooks")).json()["webhooks"]) == 1


@pytest.mark.parametrize(
    ("url", "detail"),
    [
        ("https://127.0.0.1/hooks", "must be on the public internet"),
        ("https://localhost:8443/", "must be on the public internet"),
        ("https://10.1.2.3/", "must be on the public internet"),
        ("https://169.254.169.254/latest/meta-data/", "must be on the public internet"),
        ("https://[::1]/", "must be on the public internet"),
        ("https://[::ffff:192.168.0.1]/", "must be on the public internet"),
        ("https://2130706433/", "must be a web address"),
        ("http://app.example/", "must begin with https://"),
        ("ftp://app.example/", "must begin with https://"),
        ("https://me:secret@app.example/", "can't contain a user name"),
        ("app.example", "must be a web address"),
        ("https://app.example/ hooks", "must be a web address"),
        ("https://app.example/" + "x" * 2000, "characters"),
        ("", ""),
    ],
)
async def test_addresses_that_must_not_be_called_are_refused(
    community: Community, app: httpx.AsyncClient, url: str, detail: str
) -> None:
    endpoint = await create(app)
    for response in (
        await app.post("/webhooks", json={"url": url}),
        await app.patch(f"/webhooks/{endpoint['id']}", json={"url": url}),
    ):
        assert problem(response) == (422, "invalid-request")
        [error] = response.json()["errors"]
        assert error["pointer"] == "/url"
        assert detail in error["detail"]
    assert (await app.get(f"/webhooks/{endpoint['id']}")).json()["url"] == URL


@pytest.fixture
async def app_nearby(community: Community) -> AsyncIterator[httpx.AsyncClient]:
    """A main app in an installation that allows private addresses."""
    async with serve_api(community.db, replace(OPTIONS, allow_private_addresses=True)) as api:
        yield service_client(api)


async def test_an_operator_can_allow_private_addresses(app_nearby: httpx.AsyncClient) -> None:
    assert (await create(app_nearby, url="http://app:3000/hooks"))["url"] == "http://app:3000/hooks"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"eventTypes": ["session.exploded"]}, "/eventTypes/0"),
        ({"eventTypes": "session.booked"}, "/eventTypes"),
        ({"description": "x" * 201}, "/description"),
        ({"secret": "whsec_c2hvcnQ="}, "/secret"),
        ({"secret": "a secret of my own that is long enough"}, "/secret"),
        ({"colour": "red"}, "/colour"),
    ],
)
async def test_other_bad_values_are_refused(
    community: Community, app: httpx.AsyncClient, body: dict[str, Any], pointer: str
) -> None:
    response = await app.post("/webhooks", json={"url": URL} | body)
    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]
    assert (await app.get("/webhooks")).json() == {"webhooks": []}


async def test_a_server_has_a_limited_number_of_endpoints(
    community: Community, app: httpx.AsyncClient
) -> None:
    for _ in range(20):
        created = await create(app)
    refused = await app.post("/webhooks", json={"url": URL})
    assert problem(refused) == (409, "too-many-endpoints")
    assert refused.json()["most"] == 20
    await app.delete(f"/webhooks/{created['id']}")
    await create(app)


async def test_endpoints_of_other_servers_do_not_exist(
    community: Community, other_community: Community, api: ApiServer, app: httpx.AsyncClient
) -> None:
    endpoint = await create(app)
    path = f"/webhooks/{endpoint['id']}"
    elsewhere = api.client_of(replace(other_community.chief, user_id=3), "service")
    assert (await elsewhere.get("/webhooks")).json() == {"webhooks": []}
    for response in (
        await elsewhere.get(path),
        await elsewhere.patch(path, json={"enabled": False}),
        await elsewhere.delete(path),
        await elsewhere.post(f"{path}/secret"),
        await elsewhere.post(f"{path}/test"),
        await elsewhere.post(f"{path}/replay", json={"since": "2026-03-01T00:00:00Z"}),
        await elsewhere.get(f"{path}/deliveries"),
    ):
        assert problem(response) == (404, "not-found")


async def test_deliveries_are_listed_and_replayed(
    community: Community, app: httpx.AsyncClient
) -> None:
    endpoint = await create(app)
    path = f"/webhooks/{endpoint['id']}"
    await community.member("Maya")
    await community.db.run(feed.assign)
    test = (await app.post(f"{path}/test")).json()
    assert (test["eventType"], test["status"]) == ("webhook.test", "pending")
    page = (await app.get(f"{path}/deliveries", params={"limit": 1})).json()
    assert page["deliveries"] == [test]
    older = (await app.get(f"{path}/deliveries", params={"cursor": page["nextCursor"]})).json()
    zone = older["deliveries"][0]
    assert zone["eventType"] == "member.timezone_changed"
    assert zone["webhookId"].startswith("evt_")
    assert (await app.get(f"{path}/deliveries/{zone['id']}")).json() == zone
    assert (await app.get(f"{path}/deliveries", params={"status": "sent"})).json() == {
        "deliveries": [],
        "nextCursor": None,
        "previousCursor": None,
    }
    replayed = await app.post(f"{path}/deliveries/{zone['id']}/replay")
    assert (replayed.status_code, replayed.json()["webhookId"]) == (200, zone["webhookId"])
    all_since = await app.post(f"{path}/replay", json={"since": "2026-03-01T00:00:00Z"})
    assert all_since.status_code == 202


async def test_nothing_is_sent_to_an_endpoint_that_is_off(
    community: Community, app: httpx.AsyncClient
) -> None:
    endpoint = await create(app)
    path = f"/webhooks/{endpoint['id']}"
    await app.patch(path, json={"enabled": False})
    assert problem(await app.post(f"{path}/test")) == (409, "endpoint-disabled")
    replay = await app.post(f"{path}/replay", json={"since": "2026-03-01T00:00:00Z"})
    assert problem(replay) == (409, "endpoint-disabled")
