"""What is sent wrongly is refused by name and place, and never breaks anything."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from api import error_mapping
from api.middleware import MAX_BODY_BYTES
from mentorship.actors import Actor
from mentorship.availability import timezone_change
from mentorship.sessions import booking as booking_use_case
from mentorship.sessions import departures
from mentorship.sessions.booking import BookingRequest
from storage import Transaction
from storage.tables import MentorProfile
from tests.api.server import OPTIONS, Api, served, token
from tests.conftest import Clock
from tests.errors import kinds, sample
from tests.mentorship.support.community import TUESDAY_NOON, Community


@pytest.fixture
async def maya(town: Community, api: Api) -> httpx.AsyncClient:
    return api.as_(await town.member("Maya", points=100))


@pytest.fixture
async def oliver(town: Community) -> str:
    return str((await town.mentor("Oliver")).user_id)


def booking(mentor: str, **changes: Any) -> dict[str, Any]:
    asked = {
        "mentorId": mentor,
        "duration": 60,
        "timezone": "America/New_York",
        "scheduledAt": "2026-03-03T12:00:00Z",
    } | changes
    return {name: value for name, value in asked.items() if value is not None}


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"topic": "tests"}, "/topic"),
        ({"duration": "60"}, "/duration"),
        ({"duration": 60.5}, "/duration"),
        ({"duration": True}, "/duration"),
        ({"duration": 45}, "/duration"),
        ({"mentorId": 1001}, "/mentorId"),
        ({"mentorId": "9" * 30}, "/mentorId"),
        ({"timezone": "Mars/Olympus"}, "/timezone"),
        ({"scheduledAt": "2026-03-03T12:00:00"}, "/scheduledAt"),
        ({"scheduledAt": 1772539200}, "/scheduledAt"),
        ({"scheduledAt": "2026-02-30T12:00:00Z"}, "/scheduledAt"),
        ({"scheduledAt": "9999-12-31T23:59:59-12:00"}, "/scheduledAt"),
        ({"notes": "a\0b"}, "/notes"),
        ({"notes": "x" * 301}, "/notes"),
        ({"scheduledAt": None}, "/scheduledAt"),
        ({"date": "2026-03-03"}, "/scheduledAt"),
        ({"scheduledAt": None, "date": "2026-03-03"}, "/startTime"),
        ({"scheduledAt": None, "startTime": "07:00"}, "/date"),
        ({"scheduledAt": None, "date": "2026-03-03", "startTime": "7:00"}, "/startTime"),
        ({"scheduledAt": None, "date": "2026-03-03", "startTime": "24:00"}, "/startTime"),
        (
            {"scheduledAt": None, "date": "2026-03-03", "startTime": "07:00", "timezone": None},
            "/timezone",
        ),
        (
            {
                "scheduledAt": None,
                "date": "2026-03-03",
                "startTime": "07:00",
                "endTime": "09:00",
            },
            "/endTime",
        ),
    ],
)
async def test_a_field_at_fault_is_pointed_at(
    maya: httpx.AsyncClient, oliver: str, change: dict[str, Any], pointer: str
) -> None:
    answer = await maya.post("/book", json=booking(oliver, **change))
    assert answer.status_code == 422
    problem = answer.json()
    assert [each["pointer"] for each in problem["errors"]] == [pointer]
    assert problem["errors"][0]["detail"]
    assert answer.headers["content-type"] == "application/problem+json"


async def test_half_a_surrogate_pair_is_refused(maya: httpx.AsyncClient, oliver: str) -> None:
    body = b'{"mentorId": "%s", "duration": 60, "notes": "\\ud800"}' % oliver.encode()
    answer = await maya.post("/book", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/notes")
    strange = b'{"\\ud800": 1}'
    answer = await maya.put("/me", content=strange, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422


async def test_a_time_that_the_clocks_skip_comes_back_with_both_readings(
    maya: httpx.AsyncClient, oliver: str
) -> None:
    wall = {"scheduledAt": None, "date": "2026-03-08", "startTime": "02:30"}
    answer = await maya.post("/book", json=booking(oliver, **wall))
    assert (answer.status_code, answer.json()["code"]) == (422, "time-skipped")
    assert answer.json()["readings"] == [
        {"scheduledAt": "2026-03-08T06:30:00Z", "local": "Sun 8 Mar 2026, 01:30 EST (UTC−5)"},
        {"scheduledAt": "2026-03-08T07:30:00Z", "local": "Sun 8 Mar 2026, 03:30 EDT (UTC−4)"},
    ]
    reading = answer.json()["readings"][1]["scheduledAt"]
    booked = await maya.post("/book", json=booking(oliver, scheduledAt=reading))
    assert booked.status_code == 201


async def test_a_time_that_comes_twice_comes_back_with_both_readings(
    maya: httpx.AsyncClient, oliver: str, clock: Clock
) -> None:
    clock.now = datetime(2026, 10, 20, 12, tzinfo=UTC)
    wall = {"scheduledAt": None, "date": "2026-11-01", "startTime": "01:30"}
    answer = await maya.post("/book", json=booking(oliver, **wall))
    assert (answer.status_code, answer.json()["code"]) == (422, "time-repeated")
    assert [each["scheduledAt"] for each in answer.json()["readings"]] == [
        "2026-11-01T05:30:00Z",
        "2026-11-01T06:30:00Z",
    ]


async def test_what_is_no_json_is_400_and_what_is_not_said_to_be_is_415(
    maya: httpx.AsyncClient,
) -> None:
    for body in (b"{", b"\xff\xfe", b'{"a": 1', b"[" * 60_000):
        answer = await maya.put("/me", content=body, headers={"Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed-json"), body[:9]
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/jsonp"):
        answer = await maya.put("/me", content=b"{}", headers={"Content-Type": kind})
        assert (answer.status_code, answer.json()["code"]) == (415, "unsupported-media-type")
    kind = "application/json; charset=utf-8"
    answer = await maya.put("/me", content=b"{}", headers={"Content-Type": kind})
    assert answer.status_code == 200


async def test_a_body_of_more_than_64_kib_is_413_with_or_without_its_length(
    maya: httpx.AsyncClient,
) -> None:
    headers = {"Content-Type": "application/json"}
    fits = b'{"timezone": "UTC"}'.ljust(MAX_BODY_BYTES)
    assert (await maya.put("/me", content=fits, headers=headers)).status_code == 200

    async def in_pieces() -> AsyncIterator[bytes]:
        for _ in range(9):
            yield b" " * (MAX_BODY_BYTES // 8)

    for body in (fits + b" ", in_pieces()):
        answer = await maya.put("/me", content=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (413, "content-too-large")


async def test_an_unknown_parameter_is_refused_by_name(maya: httpx.AsyncClient) -> None:
    answer = await maya.get("/search", params={"expertize": "python"})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"parameter": "expertize", "detail": "there is no such field here"}
    ]
    for params in (
        {"limit": "0"},
        {"limit": "many"},
        {"page": "51"},
        {"cursor": "made up"},
        {"sort": "best"},
        {"minRating": "6"},
        {"minRating": "nan"},
        {"freeFrom": "2026-03-03T12:00:00Z"},
        {"text": "a\0b"},
    ):
        answer = await maya.get("/search", params=params)
        assert answer.status_code == 422, params
        assert answer.json()["errors"][0]["parameter"] in params


async def test_a_wrong_method_and_an_unknown_path_are_problems_too(
    maya: httpx.AsyncClient,
) -> None:
    answer = await maya.patch("/me")
    assert (answer.status_code, answer.json()["code"]) == (405, "method-not-allowed")
    answer = await maya.get("/nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


async def test_a_conflict_carries_the_nearest_slots(
    town: Community, maya: httpx.AsyncClient, oliver: str
) -> None:
    noor = await town.member("Noor", points=100)
    await town.db.run(booking_use_case.book, noor, BookingRequest(int(oliver), TUESDAY_NOON, 60))
    answer = await maya.post("/book", json=booking(oliver))
    assert (answer.status_code, answer.json()["code"]) == (409, "slot-taken")
    assert set(answer.json()["nearestSlots"][:2]) == {
        "2026-03-03T11:00:00Z",
        "2026-03-03T13:00:00Z",
    }


async def test_too_few_points_say_how_many(town: Community, api: Api, oliver: str) -> None:
    poor = api.as_(await town.member("Poor", points=10))
    answer = await poor.post("/book", json=booking(oliver))
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (409, "not-enough-points")
    assert (problem["balance"], problem["needed"]) == (10, 60)


async def test_no_problem_names_a_command_of_discord(town: Community, api: Api) -> None:
    for kind in kinds():
        _, detail = error_mapping.answer(sample(kind), str)
        assert "`/" not in detail, kind
        assert "<@" not in detail, kind


def test_every_refusal_has_its_status() -> None:
    assert [kind for kind in kinds() if kind not in error_mapping.STATUS] == []


async def test_the_rate_is_told_and_held_for_each_caller(town: Community) -> None:
    maya, noor = await town.member("Maya"), await town.member("Noor")
    async with served(town.db, replace(OPTIONS, requests_per_minute=3)) as api:
        client = api.as_(maya)
        left = []
        for _ in range(3):
            answer = await client.get("/me")
            assert answer.status_code == 200
            assert answer.headers["ratelimit-limit"] == "3"
            left.append(answer.headers["ratelimit-remaining"])
        assert left == ["2", "1", "0"]
        answer = await client.get("/me")
        assert (answer.status_code, answer.json()["code"]) == (429, "too-many-requests")
        assert 1 <= int(answer.headers["retry-after"]) <= 20
        assert (await api.as_(noor).get("/me")).status_code == 200


async def test_other_pages_may_call_only_where_they_are_named(town: Community) -> None:
    asked = {
        "Origin": "https://app.example",
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    async with served(town.db) as api:
        answer = await api.bearer(None).options("/me", headers=asked)
        assert "access-control-allow-origin" not in answer.headers
    async with served(town.db, replace(OPTIONS, origins=("https://app.example",))) as api:
        answer = await api.bearer(None).options("/me", headers=asked)
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == "https://app.example"
        other = await api.bearer(None).options(
            "/me", headers=asked | {"Origin": "https://evil.example"}
        )
        assert "access-control-allow-origin" not in other.headers


async def test_what_is_private_is_not_told(town: Community, api: Api) -> None:
    oliver = await town.mentor("Oliver")

    async def set_link(tx: Transaction) -> None:
        await tx.connection.execute(
            update(MentorProfile).values(meeting_link="https://meet.example/secret")
        )

    await town.db.run(set_link)
    maya, noor = await town.member("Maya", points=100), await town.member("Noor")
    booked = await town.book(maya, oliver)
    for path in (f"/profile/{oliver.user_id}", "/search", f"/mentors/{oliver.user_id}/slots"):
        answer = await api.as_(noor).get(path)
        assert answer.status_code == 200
        assert "secret" not in answer.text
        assert "balance" not in answer.text
    seen = await api.as_(maya).get(f"/session/{booked.id}")
    assert seen.json()["meetingLink"] == "https://meet.example/secret"
    assert (await api.as_(noor).get(f"/session/{booked.id}")).status_code == 404


async def test_who_has_left_the_server_is_let_in_no_more(town: Community, api: Api) -> None:
    oliver = await town.mentor("Oliver")
    await town.db.run(departures.leave, town.guild_id, oliver.user_id)
    answer = await api.as_(oliver).get("/me")
    assert (answer.status_code, answer.json()["code"]) == (403, "not-a-member")


async def test_whom_nobody_knows_yet_is_called_as_the_token_says(
    town: Community, api: Api, oliver: str
) -> None:
    newcomer = Actor(4242, "Ada Neumann", town.guild_id)
    await town.settle(starting_balance=100)
    booked = await api.as_(newcomer).post("/book", json=booking(oliver))
    assert (booked.status_code, booked.json()["menteeName"]) == (201, "Ada Neumann")
    assert (await api.as_(newcomer).get("/me")).json()["timezone"] == "America/New_York"


async def test_whom_discord_has_named_meanwhile_is_called_so(
    town: Community, api: Api, oliver: str
) -> None:
    newcomer = api.bearer(token(4242, town.guild_id))
    assert (await newcomer.get("/me")).json()["name"] == "A member"
    await town.db.run(
        timezone_change.set_timezone, Actor(4242, "Ada", town.guild_id), "Asia/Kolkata"
    )
    await town.grant(Actor(4242, "Ada", town.guild_id), 100)
    booked = await newcomer.post("/book", json=booking(oliver))
    assert booked.json()["menteeName"] == "Ada"


async def test_a_member_acts_for_nobody_else(town: Community, api: Api) -> None:
    maya, noor = await town.member("Maya"), await town.member("Noor")
    for scope in ("member", "moderator"):
        answer = await api.as_(maya, scope, **{"Act-As": str(noor.user_id)}).get("/me")
        assert (answer.status_code, answer.json()["code"]) == (403, "insufficient-scope")
    own = await api.as_(maya, **{"Act-As": str(maya.user_id)}).get("/me")
    assert own.json()["userId"] == str(maya.user_id)
    service = await api.as_(maya, "service", **{"Act-As": str(noor.user_id)}).get("/me")
    assert service.json()["name"] == "Noor"
    wrong = await api.as_(maya, "service", **{"Act-As": "noor"}).get("/me")
    assert (wrong.status_code, wrong.json()["errors"][0]["header"]) == (422, "Act-As")


async def test_a_profile_that_is_not_approved_is_its_owner_s_alone(
    town: Community, api: Api
) -> None:
    amy, _ = await town.applicant("Amy")
    noor = await town.member("Noor")
    path = f"/profile/{amy.user_id}"
    assert (await api.as_(noor).get(path)).status_code == 404
    own = await api.as_(amy).get(path)
    assert (own.status_code, own.json()["status"]) == (200, "applicant")
