"""Changes of single fields, and what an act would mean before it is done."""

from __future__ import annotations

from typing import Any

import pytest

from mentorship.sessions import clock
from mentorship.statuses import SessionStatus
from tests.api.server import ApiServer, booking_body
from tests.mentorship.support.community import BIO, TUESDAY_NOON, Community, hours


async def test_a_mentor_changes_one_day_and_one_date(community: Community, api: ApiServer) -> None:
    oliver = await community.mentor("Oliver", hours="mon 9:00-12:00, 14:00-17:00; tue 9:00-12:00")
    client = api.client_of(oliver)
    whole = {"overrides": [{"date": "2026-03-03", "hours": []}, {"date": "2026-03-10"}]}
    before = (await client.put("/availability", json=whole)).json()
    patch = {
        "weekly": {"Monday": [{"startTime": "18:00", "endTime": "20:00"}], "Friday": []},
        "overrides": {
            "2026-03-03": None,
            "2026-03-12": [{"startTime": "10:00", "endTime": "11:00"}],
        },
        "settings": {"bufferAfter": 10},
    }
    response = await client.patch("/availability", json=patch)
    assert response.status_code == 200, response.text
    after = response.json()
    assert [(each["dayOfWeek"], each["startTime"]) for each in after["weekly"]] == [
        ("Monday", "18:00"),
        ("Tuesday", "09:00"),
    ]
    assert [(each["date"], len(each["hours"])) for each in after["overrides"]] == [
        ("2026-03-10", 0),
        ("2026-03-12", 1),
    ]
    assert after["settings"] == before["settings"] | {"bufferAfter": 10}
    shown = await client.get("/availability")
    assert shown.json() == after
    assert shown.headers["etag"] == response.headers["etag"]


async def test_a_change_of_an_outdated_availability_is_refused(
    community: Community, api: ApiServer
) -> None:
    client = api.client_of(await community.mentor("Oliver"))
    tag = {"If-Match": (await client.get("/availability")).headers["etag"]}
    body: dict[str, Any] = {"weekly": {"Monday": []}}
    first = await client.patch("/availability", json=body, headers=tag)
    assert first.status_code == 200
    second = await client.patch("/availability", json={"weekly": {"Sunday": []}}, headers=tag)
    assert second.status_code == 412
    assert (await client.get("/availability")).json() == first.json()


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"weekly": {"Funday": []}}, "/weekly/Funday/[key]"),
        ({"overrides": {"2026-02-30": []}}, "/overrides/2026-02-30/[key]"),
        (
            {"weekly": {"Monday": [{"startTime": "09:00", "endTime": "09:00"}]}},
            "/weekly/Monday/0/endTime",
        ),
        (
            {"overrides": {"2026-03-12": [{"startTime": "09:00", "endTime": "9"}]}},
            "/overrides/2026-03-12/0/endTime",
        ),
    ],
)
async def test_a_wrong_part_of_a_change_is_named(
    community: Community, api: ApiServer, body: dict[str, Any], pointer: str
) -> None:
    client = api.client_of(await community.mentor("Oliver"))
    refused = await client.patch("/availability", json=body)
    assert refused.status_code == 422, refused.text
    assert [error["pointer"] for error in refused.json()["errors"]] == [
        pointer.removesuffix("/[key]")
    ]


async def test_a_mentor_changes_the_rate_and_keeps_the_text_that_waits(
    community: Community, api: ApiServer
) -> None:
    oliver = await community.mentor("Oliver", rate=60)
    client = api.client_of(oliver)
    edited = (await client.patch("/profile", json={"expertise": ["django"]})).json()
    assert edited["waiting"]["expertise"] == ["django"]
    assert edited["waiting"]["bio"] == BIO
    changed = (await client.patch("/profile", json={"hourlyRate": 75})).json()
    assert (changed["rateChanged"], changed["withdrawn"]) == (True, False)
    waiting = (await client.get("/apply")).json()
    assert (waiting["status"], waiting["expertise"]) == ("pending", ["django"])
    profile = (await client.get(f"/profile/{oliver.user_id}")).json()
    assert (profile["hourlyRate"], profile["expertise"]) == (75, ["python"])


async def test_a_booking_preview_shows_the_terms_and_takes_nothing(
    community: Community, api: ApiServer
) -> None:
    await community.configure(late_refund_percent=50)
    oliver = await community.mentor("Oliver")
    maya = await community.member("Maya", points=60)
    client = api.client_of(maya)
    body = booking_body(oliver.user_id)
    preview = (await client.post("/book/preview", json=body)).json()
    assert (preview["price"], preview["balance"], preview["lateRefundPercent"]) == (60, 60, 50)
    assert (preview["mentorTimezone"], preview["timezone"]) == ("Europe/London", "America/New_York")
    assert preview["answerBy"] is not None
    booked = await client.post("/book", json=body | {"expectedPrice": preview["price"]})
    assert booked.status_code == 201
    assert booked.json()["answerBy"] == preview["answerBy"]
    again = await client.post("/book/preview", json=body)
    assert (again.status_code, again.json()["code"]) == (409, "slot-taken")


async def test_a_block_preview_names_what_would_end(community: Community, api: ApiServer) -> None:
    oliver = await community.mentor("Oliver")
    maya = await community.member("Maya", points=200)
    pending = await community.session(SessionStatus.SCHEDULED, maya, oliver)
    kept = await community.session(SessionStatus.CONFIRMED, maya, oliver, TUESDAY_NOON + hours(24))
    client = api.client_of(oliver)
    preview = (await client.get(f"/me/blocks/{maya.user_id}")).json()
    assert preview == {
        "userId": str(maya.user_id),
        "requests": [str(pending.id)],
        "keptSessions": [str(kept.id)],
    }
    body = {"expectedRequests": len(preview["requests"])}
    blocked = await client.put(f"/me/blocks/{maya.user_id}", json=body)
    assert blocked.json()["endedRequests"] == preview["requests"]


async def test_moderators_see_what_is_in_demand(community: Community, api: ApiServer) -> None:
    await community.mentor("Oliver")
    maya, noor = await community.member("Maya"), await community.member("Noor")
    for person in (maya, noor):
        body = {"expertise": "python", "text": "My tests are slow."}
        assert (await api.client_of(person).post("/requests", json=body)).status_code == 201
    chief = api.client_of(community.chief, "moderator")
    (row,) = (await chief.get("/demand")).json()["demand"]
    assert (row["expertise"], row["requests"]) == ("python", 2)


async def test_a_dismissed_request_leaves_the_mentors_list(
    community: Community, api: ApiServer
) -> None:
    oliver = await community.mentor("Oliver")
    maya = await community.member("Maya")
    body = {"expertise": "python", "text": "My tests are slow."}
    asked = (await api.client_of(maya).post("/requests", json=body)).json()
    await community.db.run(clock.advance_due)
    mentor = api.client_of(oliver)
    assert len((await mentor.get("/requests?role=mentor")).json()["requests"]) == 1
    assert (await mentor.post(f"/requests/{asked['id']}/pass")).status_code == 200
    assert (await mentor.get("/requests?role=mentor")).json()["requests"] == []
    assert (await api.client_of(maya).get(f"/requests/{asked['id']}")).json()["status"] == "open"


async def test_a_member_sees_what_they_may_still_do(community: Community, api: ApiServer) -> None:
    await community.configure(limit_pending=2, limit_upcoming=9)
    oliver = await community.mentor("Oliver")
    maya = await community.member("Maya", points=200)
    client = api.client_of(maya)

    async def used() -> dict[str, tuple[int, int, str | None]]:
        listed = (await client.get("/me/limits")).json()["limits"]
        return {each["limit"]: (each["used"], each["most"], each["endsAt"]) for each in listed}

    before = await used()
    assert before["pending"] == (0, 2, None)
    first = await community.session(SessionStatus.SCHEDULED, maya, oliver)
    assert (await used())["pending"] == (1, 2, None)
    other = TUESDAY_NOON + hours(24)
    second = await community.session(SessionStatus.SCHEDULED, maya, oliver, other)
    body = {"expertise": "python", "text": "My tests are slow."}
    assert (await client.post("/requests", json=body)).status_code == 201
    after = await used()
    ends_at = min(first.answer_deadline, second.answer_deadline)
    refused = await client.post(
        "/book", json=booking_body(oliver.user_id, scheduledAt="2026-03-05T12:00:00Z")
    )
    assert refused.json()["code"] == "limit-reached"
    assert after["pending"] == (2, 2, refused.json()["endsAt"])
    assert ends_at.isoformat().startswith(refused.json()["endsAt"][:16])
    assert after["upcoming"] == (2, 9, None)
    assert after["help-requests"][0] == 1
    untouched = {"pending", "upcoming", "help-requests"}
    assert {name: use for name, use in after.items() if name not in untouched} == {
        name: use for name, use in before.items() if name not in untouched
    }
