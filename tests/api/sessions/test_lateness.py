"""Saying over REST that one will be late, and the zone in which a session was booked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mentorship.actors import Actor
from mentorship.notifications.catalogue import NotificationKind
from tests.api.groups.conftest import GroupApi, problem
from tests.api.server import ApiServer
from tests.mentorship.support.community import TUESDAY_NOON, Community

MINUTE = timedelta(minutes=1)
LATE = NotificationKind.RUNNING_LATE


@pytest.fixture
async def oliver(community: Community) -> Actor:
    return await community.mentor("Oliver", instant_booking=True)


@pytest.fixture
async def maya(community: Community) -> Actor:
    return await community.member("Maya", points=1_000)


async def test_a_delay_is_announced_once_for_each_key(
    community: Community, api: ApiServer, oliver: Actor, maya: Actor
) -> None:
    session = await community.book(maya, oliver)
    path = f"/session/{session.id}/late"
    client = api.client_of(maya)
    early = await client.post(path, json={"minutes": 5})
    assert problem(early) == (409, "not-allowed-now")
    await community.wait_until(TUESDAY_NOON - 10 * MINUTE)
    loaded = (await client.get(f"/session/{session.id}")).json()
    assert loaded["late"] == {"mentor": None, "mentee": None, "choices": [5, 10, 15]}
    key = {"Idempotency-Key": "late-1"}
    for _ in range(2):
        answer = await client.post(path, json={"minutes": 5}, headers=key)
        assert answer.json()["late"] == {"mentor": None, "mentee": 5, "choices": [10, 15]}
    assert len(await community.notifications(LATE)) == 1
    seen = (await api.client_of(oliver).get(f"/session/{session.id}")).json()
    assert seen["late"] == {"mentor": None, "mentee": 5, "choices": [5, 10, 15]}
    assert seen["updatedAt"] == "2026-03-03T11:50:00Z"
    reused = await client.post(path, json={"minutes": 10}, headers=key)
    assert problem(reused) == (422, "idempotency-key-reused")


@pytest.mark.parametrize("minutes", [0, 7, -5, 20, "10", None, 10.5])
async def test_only_three_delays_can_be_announced(
    community: Community, api: ApiServer, oliver: Actor, maya: Actor, minutes: Any
) -> None:
    session = await community.book(maya, oliver)
    await community.wait_until(TUESDAY_NOON)
    path = f"/session/{session.id}/late"
    refused = await api.client_of(maya).post(path, json={"minutes": minutes})
    assert refused.status_code == 422
    assert await community.notifications(LATE) == []


async def test_the_mentor_of_a_group_session_is_late_for_everyone(
    community: Community, api: ApiServer, oliver: Actor, maya: Actor
) -> None:
    groups = GroupApi(api, oliver, api.client_of(oliver))
    group = await groups.create()
    seat = (await groups.join(group, maya)).json()
    await community.wait_until(TUESDAY_NOON - 5 * MINUTE)
    path = f"/groups/{group['id']}/late"
    refused = await api.client_of(maya).post(path, json={"minutes": 10})
    assert problem(refused) == (403, "not-yours")
    answer = await groups.mentor.post(path, json={"minutes": 10})
    assert answer.json()["lateMinutes"] == 10
    own = (await api.client_of(maya).get(f"/session/{seat['id']}")).json()
    assert own["late"] == {"mentor": 10, "mentee": None, "choices": [5, 10, 15]}
    assert (await groups.load(group, maya))["lateMinutes"] == 10


async def test_the_zone_of_the_booking_comes_back(
    community: Community, api: ApiServer, oliver: Actor, maya: Actor
) -> None:
    body = {
        "mentorId": str(oliver.user_id),
        "duration": 60,
        "timezone": "asia/calcutta",
        "scheduledAt": "2026-03-03T12:00:00Z",
    }
    booked = (await api.client_of(maya).post("/book", json=body)).json()
    expected = ("Asia/Kolkata", "Tue 3 Mar 2026, 17:30–18:30 IST (UTC+5:30)")
    assert (booked["timezone"], booked["local"]) == expected
    for person, part in ((maya, "mentee"), (oliver, "mentor")):
        client = api.client_of(person)
        loaded = (await client.get(f"/session/{booked['id']}")).json()
        (listed,) = (await client.get(f"/sessions/{part}")).json()["sessions"]
        for session in (loaded, listed):
            assert (session["timezone"], session["local"]) == expected
    # The member's own zone stays.
    assert (await api.client_of(maya).get("/me")).json()["timezone"] == "America/New_York"


async def test_a_booking_without_a_zone_has_that_of_the_mentee(
    community: Community, api: ApiServer, oliver: Actor, maya: Actor
) -> None:
    session = await community.book(maya, oliver)
    loaded = (await api.client_of(oliver).get(f"/session/{session.id}")).json()
    assert loaded["timezone"] == "America/New_York"


async def test_a_series_keeps_the_zone_of_its_booking(
    community: Community, api: ApiServer, oliver: Actor, maya: Actor
) -> None:
    body = {
        "mentorId": str(oliver.user_id),
        "duration": 60,
        "timezone": "Europe/Paris",
        "scheduledAt": "2026-03-03T12:00:00Z",
        "everyWeeks": 1,
        "count": 2,
    }
    booked = await api.client_of(maya).post("/series", json=body)
    assert booked.status_code == 201, booked.text
    sessions = (await api.client_of(maya).get("/sessions/mentee")).json()["sessions"]
    assert {session["timezone"] for session in sessions} == {"Europe/Paris"}
