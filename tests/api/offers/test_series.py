"""Series over HTTP: quote, book, read, answer and cancel."""

from __future__ import annotations

from typing import Any

from mentorship.actors import Actor
from storage.tables import Session
from tests.api.server import ApiServer
from tests.mentorship.support.community import TUESDAY_NOON, Community


def series_of(mentor: Actor, count: int = 3, **more: Any) -> dict[str, Any]:
    return {
        "mentorId": str(mentor.user_id),
        "duration": 60,
        "scheduledAt": "2026-03-03T12:00:00Z",
        "everyWeeks": 1,
        "count": count,
        "notes": "Rust",
    } | more


async def test_a_series_is_quoted_booked_confirmed_and_cancelled(
    community: Community, api: ApiServer
) -> None:
    oliver = await community.mentor("Oliver", zone="Europe/London")
    maya = await community.member("Maya", points=500)
    as_maya, as_oliver = api.client_of(maya), api.client_of(oliver)
    # Britain's clocks go forward on 29 March.
    quote = (await as_maya.post("/series/preview", json=series_of(oliver, 5))).json()
    assert [date["scheduledAt"] for date in quote["dates"]][2:] == [
        "2026-03-17T12:00:00Z",
        "2026-03-24T12:00:00Z",
        "2026-03-31T11:00:00Z",
    ]
    assert {date["status"] for date in quote["dates"]} == {"fits"}
    assert (quote["price"], quote["total"], quote["balance"]) == (60, 300, 500)
    assert quote["answerBy"] == "2026-03-03T11:00:00Z"

    body = series_of(oliver, 5, expectedPrice=300, expectedTerms=quote["terms"])
    key = {"Idempotency-Key": "series-1"}
    booked = await as_maya.post("/series", json=body, headers=key)
    assert booked.status_code == 201
    series = booked.json()
    assert booked.headers["location"].endswith(f"/series/{series['id']}")
    assert series["points"]["held"] == 300
    assert (series["refundIfCancelled"], series["actions"]) == (300, ["cancel"])
    assert [each["seriesId"] for each in series["sessions"]] == [series["id"]] * 5
    again = await as_maya.post("/series", json=body, headers=key)
    assert again.headers["idempotency-replayed"] == "true"
    assert await community.count(Session) == 5

    path = f"/series/{series['id']}"
    seen = (await as_oliver.get(path)).json()
    assert seen["actions"] == ["confirm", "decline", "cancel"]
    confirmed = await as_oliver.put(f"{path}/status", json={"status": "confirmed"})
    assert {each["status"] for each in confirmed.json()["sessions"]} == {"confirmed"}

    refused = await as_maya.delete(path, params={"expectedRefund": 1})
    assert (refused.status_code, refused.json()["code"]) == (409, "terms-changed")
    cancelled = await as_maya.delete(path, params={"expectedRefund": 300, "reason": "Moving"})
    assert cancelled.json()["points"]["refunded"] == 300
    assert {each["reason"] for each in cancelled.json()["sessions"]} == {"Moving"}
    assert cancelled.json()["refundIfCancelled"] is None
    assert await community.balance(maya) == 500
    gone = await as_maya.delete(path)
    assert (gone.status_code, gone.json()["code"]) == (409, "not-allowed-now")


async def test_a_series_can_start_at_a_wall_clock_time(
    community: Community, api: ApiServer
) -> None:
    oliver = await community.mentor("Oliver", zone="Europe/London")
    client = api.client_of(await community.member("Maya", points=500))
    start = {"date": "2026-03-03", "startTime": "07:00", "timezone": "America/New_York"}
    body = series_of(oliver) | start
    del body["scheduledAt"]
    quote = (await client.post("/series/preview", json=body)).json()
    # London's clock goes on by an hour later than New York's.
    assert [date["scheduledAt"][:16] for date in quote["dates"]] == [
        "2026-03-03T12:00",
        "2026-03-10T12:00",
        "2026-03-17T12:00",
    ]


async def test_dates_that_are_taken_are_named_and_can_be_changed(
    community: Community, api: ApiServer
) -> None:
    oliver = await community.mentor("Oliver")
    tom = await community.member("Tom", points=100)
    maya = await community.member("Maya", points=500)
    await community.book(tom, oliver, TUESDAY_NOON.replace(day=10))
    client = api.client_of(maya)
    quote = (await client.post("/series/preview", json=series_of(oliver))).json()
    date = quote["dates"][1]
    assert (date["status"], date["problem"]) == ("unavailable", "busy")
    refused = await client.post("/series", json=series_of(oliver))
    assert refused.status_code == 409
    assert refused.json()["code"] == "series-unavailable"
    assert refused.json()["dates"] == [
        {"number": 2, "scheduledAt": "2026-03-10T12:00:00Z", "problem": "busy"}
    ]
    changes = [
        {"number": 2, "scheduledAt": date["alternatives"][0]},
        {"number": 3, "scheduledAt": None},
    ]
    booked = await client.post("/series", json=series_of(oliver, changes=changes))
    starts = [each["scheduledAt"] for each in booked.json()["sessions"]]
    assert starts == ["2026-03-03T12:00:00Z", date["alternatives"][0]]


async def test_a_mentor_declines_a_series_over_rest(community: Community, api: ApiServer) -> None:
    oliver = await community.mentor("Oliver")
    maya = await community.member("Maya", points=500)
    booked = await api.client_of(maya).post("/series", json=series_of(oliver))
    path = f"/series/{booked.json()['id']}/status"
    declined = await api.client_of(oliver).put(path, json={"status": "declined", "reason": "Away"})
    assert declined.json()["points"]["refunded"] == 180
    assert {each["status"] for each in declined.json()["sessions"]} == {"declined"}


async def test_a_malformed_series_is_refused(community: Community, api: ApiServer) -> None:
    oliver = await community.mentor("Oliver")
    maya = await community.member("Maya", points=500)
    client = api.client_of(maya)
    twice = [{"number": 2, "scheduledAt": None}, {"number": 2, "scheduledAt": None}]
    too_far = [{"number": 2, "scheduledAt": "2026-03-20T12:00:00Z"}]
    for more in (
        {"everyWeeks": 3},
        {"count": 1},
        {"count": 13},
        {"changes": twice},
        {"changes": [{"number": 4, "scheduledAt": None}]},
        {"changes": too_far},
        {"scheduledAt": "2199-12-31T12:00:00Z", "count": 12, "changes": [twice[0]]},
    ):
        response = await client.post("/series", json=series_of(oliver) | more)
        assert response.status_code in (409, 422), more
        assert response.json()["code"] in ("invalid-field", "invalid-request", "series-unavailable")
