"""Invalid requests, and the limits of all requests: each problem says what is wrong and where."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from api import error_mapping
from api.middleware import BASE_PATH, MAX_BODY_BYTES, REFUSALS_PER_MINUTE
from mentorship.sessions import booking
from mentorship.sessions.booking import BookingRequest
from tests.api.server import ApiServer, booking_body, create_token
from tests.conftest import Clock
from tests.errors import kinds, sample
from tests.mentorship.support.community import TUESDAY_NOON, Community
from wording.reader import ENGLISH
from wording.refusals import api_errors


@pytest.fixture
async def maya(community: Community, api: ApiServer) -> httpx.AsyncClient:
    return api.client_of(await community.member("Maya", points=100))


@pytest.fixture
async def oliver(community: Community) -> str:
    return str((await community.mentor("Oliver")).user_id)


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
async def test_an_invalid_field_is_named_by_json_pointer(
    maya: httpx.AsyncClient, oliver: str, change: dict[str, Any], pointer: str
) -> None:
    response = await maya.post("/book", json=booking_body(oliver, **change))
    assert response.status_code == 422
    problem = response.json()
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    for sentence in (problem["detail"], problem["errors"][0]["detail"]):
        assert ".." not in sentence, sentence
    assert response.headers["content-type"] == "application/problem+json"


async def test_half_a_surrogate_pair_is_refused(maya: httpx.AsyncClient, oliver: str) -> None:
    body = b'{"mentorId": "%s", "duration": 60, "notes": "\\ud800"}' % oliver.encode()
    response = await maya.post("/book", content=body, headers={"Content-Type": "application/json"})
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "/notes")
    body = b'{"\\ud800": 1}'
    response = await maya.put("/me", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 422


async def test_a_skipped_time_is_refused_with_both_readings(
    maya: httpx.AsyncClient, oliver: str
) -> None:
    wall = {"scheduledAt": None, "date": "2026-03-08", "startTime": "02:30"}
    response = await maya.post("/book", json=booking_body(oliver, **wall))
    assert (response.status_code, response.json()["code"]) == (422, "time-skipped")
    assert response.json()["readings"] == [
        {"scheduledAt": "2026-03-08T06:30:00Z", "local": "Sun 8 Mar 2026, 01:30 EST (UTC−5)"},
        {"scheduledAt": "2026-03-08T07:30:00Z", "local": "Sun 8 Mar 2026, 03:30 EDT (UTC−4)"},
    ]
    reading = response.json()["readings"][1]["scheduledAt"]
    booked = await maya.post("/book", json=booking_body(oliver, scheduledAt=reading))
    assert booked.status_code == 201


async def test_a_repeated_time_is_refused_with_both_readings(
    maya: httpx.AsyncClient, oliver: str, clock: Clock
) -> None:
    clock.now = datetime(2026, 10, 20, 12, tzinfo=UTC)
    wall = {"scheduledAt": None, "date": "2026-11-01", "startTime": "01:30"}
    response = await maya.post("/book", json=booking_body(oliver, **wall))
    assert (response.status_code, response.json()["code"]) == (422, "time-repeated")
    assert [each["scheduledAt"] for each in response.json()["readings"]] == [
        "2026-11-01T05:30:00Z",
        "2026-11-01T06:30:00Z",
    ]


async def test_malformed_json_is_400_and_other_media_types_are_415(
    maya: httpx.AsyncClient,
) -> None:
    for body in (b"{", b"\xff\xfe", b'{"a": 1', b"[" * 60_000):
        response = await maya.put("/me", content=body, headers={"Content-Type": "application/json"})
        assert (response.status_code, response.json()["code"]) == (400, "malformed-json"), body[:9]
    for media_type in ("text/plain", "application/x-www-form-urlencoded", "application/jsonp"):
        response = await maya.put("/me", content=b"{}", headers={"Content-Type": media_type})
        assert (response.status_code, response.json()["code"]) == (415, "unsupported-media-type")
    media_type = "application/json; charset=utf-8"
    response = await maya.put("/me", content=b"{}", headers={"Content-Type": media_type})
    assert response.status_code == 200


async def test_a_body_over_64_kib_is_413_with_or_without_content_length(
    maya: httpx.AsyncClient,
) -> None:
    headers = {"Content-Type": "application/json"}
    fits = b'{"timezone": "UTC"}'.ljust(MAX_BODY_BYTES)
    assert (await maya.put("/me", content=fits, headers=headers)).status_code == 200

    async def in_chunks() -> AsyncIterator[bytes]:
        for _ in range(9):
            yield b" " * (MAX_BODY_BYTES // 8)

    for body in (fits + b" ", in_chunks()):
        response = await maya.put("/me", content=body, headers=headers)
        assert (response.status_code, response.json()["code"]) == (413, "content-too-large")


async def test_an_invalid_query_parameter_is_named(maya: httpx.AsyncClient) -> None:
    response = await maya.get("/search", params={"expertize": "python"})
    assert response.status_code == 422
    assert response.json()["errors"] == [
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
        response = await maya.get("/search", params=params)
        assert response.status_code == 422, params
        assert response.json()["errors"][0]["parameter"] in params
    response = await maya.get("/groups", params={"status": ["cancelled", "lost"]})
    assert [error["parameter"] for error in response.json()["errors"]] == ["status"]


async def test_a_value_of_wrong_length_is_told_its_bounds(maya: httpx.AsyncClient) -> None:
    long = await maya.post("/invitations/1/decline", json={"reason": "x" * 301})
    assert long.json()["errors"][0]["detail"] == "must have at most 300 characters"
    short = await maya.put("/groups/1/attendance", json={"noShows": []})
    assert short.json()["errors"][0]["detail"] == "must have at least 1 item"


async def test_wrong_methods_and_unknown_paths_are_problem_documents(
    maya: httpx.AsyncClient,
) -> None:
    response = await maya.post("/me")
    assert (response.status_code, response.json()["code"]) == (405, "method-not-allowed")
    response = await maya.get("/nothing")
    assert (response.status_code, response.json()["code"]) == (404, "not-found")


async def test_a_taken_slot_is_409_with_the_nearest_slots(
    community: Community, maya: httpx.AsyncClient, oliver: str
) -> None:
    noor = await community.member("Noor", points=100)
    await community.db.run(booking.book, noor, BookingRequest(int(oliver), TUESDAY_NOON, 60))
    response = await maya.post("/book", json=booking_body(oliver))
    assert (response.status_code, response.json()["code"]) == (409, "slot-taken")
    assert set(response.json()["nearestSlots"][:2]) == {
        "2026-03-03T11:00:00Z",
        "2026-03-03T13:00:00Z",
    }


async def test_not_enough_points_says_balance_and_price(
    community: Community, api: ApiServer, oliver: str
) -> None:
    poor = api.client_of(await community.member("Poor", points=10))
    response = await poor.post("/book", json=booking_body(oliver))
    problem = response.json()
    assert (response.status_code, problem["code"]) == (409, "not-enough-points")
    assert (problem["balance"], problem["needed"]) == (10, 60)


async def test_no_problem_mentions_a_discord_command(community: Community, api: ApiServer) -> None:
    for kind in kinds():
        detail = api_errors.detail(sample(kind), ENGLISH, str)
        assert "`/" not in detail, kind
        assert "<@" not in detail, kind


def test_every_error_has_a_status() -> None:
    assert [kind for kind in kinds() if kind not in error_mapping.STATUS] == []


async def test_an_address_without_a_token_is_limited_but_not_others_behind_it(
    community: Community, api: ApiServer, caplog: pytest.LogCaptureFixture
) -> None:
    maya = api.client_of(await community.member("Maya"))
    stranger = api.client_with_token("nonsense")
    started = time.monotonic()
    statuses = [(await stranger.get("/me")).status_code for _ in range(REFUSALS_PER_MINUTE)]
    assert statuses == [401] * REFUSALS_PER_MINUTE
    while (limited := await stranger.get("/me")).status_code == 401:
        statuses.append(401)
        # On a busy machine, the bucket refills while it is being emptied.
        refilled = (time.monotonic() - started) * REFUSALS_PER_MINUTE / 60
        assert len(statuses) <= REFUSALS_PER_MINUTE + refilled
    assert limited.status_code == 429
    assert int(limited.headers["retry-after"]) > 0
    assert limited.json()["code"] == "too-many-requests"
    assert (await maya.get("/me")).status_code == 200
    refused = [record for record in caplog.records if record.message == "request refused"]
    assert len(refused) == len(statuses)


async def test_a_body_that_takes_too_long_is_408(
    community: Community, api: ApiServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.middleware.BODY_TIMEOUT_S", 0.05)
    maya = await community.member("Maya")
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(api.address).port)
    head = (
        f"POST {BASE_PATH}/book HTTP/1.1",
        "Host: localhost",
        f"Authorization: Bearer {create_token(maya.user_id, maya.guild)}",
        "Idempotency-Key: slow",
        "Content-Type: application/json",
        "Content-Length: 100",
    )
    writer.write("\r\n".join([*head, "", "{"]).encode())
    async with asyncio.timeout(10):
        assert (await reader.readline()).startswith(b"HTTP/1.1 408 ")
    writer.close()
