"""Many ranks at once."""

from __future__ import annotations

import httpx

from mentorship.actors import Actor
from mentorship.sessions import departures
from storage.tables import Event
from tests.api.server import ApiServer
from tests.mentorship.support.community import GUILD, Community


def main_app(api: ApiServer, **headers: str) -> httpx.AsyncClient:
    return api.client_of(Actor(99, "the app", GUILD), "service", **headers)


async def test_each_entry_of_many_ranks_has_its_own_outcome(
    community: Community, api: ApiServer
) -> None:
    maya, noor = await community.member("Maya"), await community.member("Noor")
    gone = await community.member("Gone")
    await community.db.run(departures.record_departure, GUILD, gone.user_id)
    await community.set_rank(noor, 5)
    entries = [
        {"userId": str(maya.user_id), "rank": 3, "name": "Somebody else"},
        {"userId": str(noor.user_id), "rank": 5},
        {"userId": "9000001", "rank": 2, "name": "Newcomer"},
        {"userId": str(gone.user_id), "rank": 2},
        {"userId": "abc", "rank": 2},
        {"userId": "9000002", "rank": -1},
        {"userId": str(maya.user_id), "rank": 4},
        "nonsense",
        {"userId": "9000003", "rank": 2, "colour": "red"},
    ]
    answer = (await main_app(api).put("/ranks", json={"ranks": entries})).json()
    assert [result["outcome"] for result in answer["results"]] == [
        "set",
        "unchanged",
        "set",
        "not-a-member",
        *["invalid"] * 5,
    ]
    assert (answer["written"], answer["refused"]) == (2, 6)
    assert [result["detail"].partition(":")[0] for result in answer["results"][4:7]] == [
        "userId",
        "rank",
        "userId",
    ]
    members = (await main_app(api).get("/members")).json()["members"]
    ranks = {member["name"]: member["rank"] for member in members}
    # Discord knows Maya's name better.
    assert ranks == {"Maya": 3, "Noor": 5, "Newcomer": 2, "Gone": 0} | {
        name: rank for name, rank in ranks.items() if name == "Chief"
    }


async def test_a_thousand_ranks_are_written_at_once_and_only_once(
    community: Community, api: ApiServer
) -> None:
    body = {"ranks": [{"userId": str(9_000_000 + n), "rank": n} for n in range(1_000)]}
    app = main_app(api, **{"Idempotency-Key": "all"})
    first = await app.put("/ranks", json=body)
    assert (first.status_code, first.json()["written"]) == (200, 1_000)
    events = await community.count(Event)
    again = await app.put("/ranks", json=body)
    assert again.json() == first.json()
    unchanged = await main_app(api).put("/ranks", json=body)
    assert unchanged.json()["written"] == 0
    assert await community.count(Event) == events
    body["ranks"].append({"userId": "1", "rank": 1})
    assert (await main_app(api).put("/ranks", json=body)).status_code == 422
