"""Each operation that changes something, sent twice with one `Idempotency-Key`."""

from __future__ import annotations

import pytest

from mentorship.actors import Actor
from mentorship.statuses import SessionStatus
from tests.api.operation_table import ROWS, Row, Scene
from tests.api.server import ApiServer
from tests.mentorship.support.community import GUILD, Community

CALLERS = ("noor", "maya", "oliver", "moderator", "service")

CHANGES = [
    row
    for row in ROWS
    # An erasure leaves nothing, not even a response.
    if row.method != "GET"
    # These change nothing.
    and not row.path.endswith(("/preview", "/discovery"))
    and not str(row).startswith("DELETE /me?")
]

EFFECTIVE = [row for row in CHANGES if any(getattr(row, who) in (200, 201) for who in CALLERS)]
"""Those that have an effect on the cast of the permission matrix."""


@pytest.mark.parametrize("row", CHANGES, ids=str)
async def test_each_operation_that_changes_something_reads_the_key(
    scene: Scene, community: Community, api: ApiServer, row: Row
) -> None:
    cast = scene.cast
    key = {"Idempotency-Key": "with space"}
    answers = [
        await row.request(client, cast)
        for client in (
            api.client_of(cast.oliver, **key),
            api.client_of(community.chief, "moderator", **key),
            api.client_of(Actor(99, "the app", GUILD), "service", **key),
        )
    ]
    errors = [answer.json().get("errors", [{}])[0] for answer in answers]
    assert "Idempotency-Key" in [error.get("header") for error in errors]


@pytest.mark.parametrize("row", EFFECTIVE, ids=str)
async def test_a_repeated_request_has_one_effect_and_one_response(
    scene: Scene, community: Community, other_community: Community, api: ApiServer, row: Row
) -> None:
    cast = scene.cast
    (who, *_) = [who for who in CALLERS if getattr(row, who) in (200, 201)]
    key = {"Idempotency-Key": "once"}
    clients = {
        "noor": lambda: api.client_of(cast.noor, **key),
        "maya": lambda: api.client_of(cast.maya, **key),
        "oliver": lambda: api.client_of(cast.oliver, **key),
        "moderator": lambda: api.client_of(community.chief, "moderator", **key),
        "service": lambda: api.client_of(
            Actor(99, "the app", GUILD), "service", **key, **{"Act-As": str(cast.maya.user_id)}
        ),
    }
    client = clients[who]()
    first, second = await row.request(client, cast), await row.request(client, cast)
    assert first.status_code == second.status_code == getattr(row, who)
    assert first.json() == second.json()
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    for name in ("location", "etag"):
        assert first.headers.get(name) == second.headers.get(name)
    # With another query, it is another request.
    other = await client.request(row.method, str(first.request.url) + "?other=1", json=None)
    assert other.status_code in (400, 409, 422)


async def test_a_repeated_cancellation_says_the_refund_again(
    community: Community, api: ApiServer
) -> None:
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=100)
    session = await community.session(SessionStatus.CONFIRMED, maya, oliver)
    path = f"/session/{session.id}"
    client = api.client_of(maya, **{"Idempotency-Key": "once"})
    first, second = await client.delete(path), await client.delete(path)
    assert first.json()["points"] == {"held": 0, "refunded": 60, "earned": 0}
    assert second.json() == first.json()
    assert await community.balance(maya) == 100
    without_key = await api.client_of(maya).delete(path)
    assert without_key.status_code == 409


async def test_a_replay_is_the_response_of_then_and_get_is_the_state_of_now(
    community: Community, api: ApiServer
) -> None:
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=100)
    session = await community.session(SessionStatus.SCHEDULED, maya, oliver)
    path = f"/session/{session.id}"
    client = api.client_of(oliver, **{"Idempotency-Key": "once"})
    confirmed = await client.put(f"{path}/status", json={"status": "confirmed"})
    assert (await api.client_of(maya).delete(path)).status_code == 200
    replayed = await client.put(f"{path}/status", json={"status": "confirmed"})
    assert replayed.json() == confirmed.json()
    assert replayed.json()["status"] == "confirmed"
    assert (await client.get(path)).json()["status"] == "cancelled"


async def test_ending_an_alert_or_a_block_twice_with_a_key_succeeds(
    community: Community, api: ApiServer
) -> None:
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=100)
    client = api.client_of(maya)
    await client.put(f"/me/blocks/{oliver.user_id}")
    path = f"/me/blocks/{oliver.user_id}"
    once = {"Idempotency-Key": "unblock"}
    first, second = await client.delete(path, headers=once), await client.delete(path, headers=once)
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json() == {"blocks": []}
    assert second.headers["idempotency-replayed"] == "true"
    assert (await client.delete(path)).status_code == 404


async def test_an_erasure_clears_what_a_replay_would_say_of_the_person(
    community: Community, api: ApiServer
) -> None:
    """A moderator's decision names two people, so its response isn't stored."""
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=100)
    session = await community.session(SessionStatus.DISPUTED, maya, oliver)
    client = api.client_of(community.chief, "moderator", **{"Idempotency-Key": "once"})
    path, body = f"/session/{session.id}/settlement", {"decision": "split"}
    first, second = await client.put(path, json=body), await client.put(path, json=body)
    assert first.json() == second.json()
    assert first.json()["points"] == {"held": 0, "refunded": 30, "earned": 30}
    (row,) = (await community.dump())["idempotency_keys"]
    assert row.answer == {"held": 0, "refunded": 30, "earned": 30}
