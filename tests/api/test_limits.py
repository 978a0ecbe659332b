"""Limits over REST: which one was reached, how much it allows, and when it ends."""

from __future__ import annotations

from tests.api.server import ApiServer
from tests.mentorship.support.community import TUESDAY_NOON, Community, hours


async def test_a_booking_above_a_limit_says_which_one_and_when_it_ends(
    community: Community, api: ApiServer
) -> None:
    oliver = await community.mentor("Oliver", rate=0)
    maya = await community.member("Maya")
    app = api.client_of(maya)

    def body(number: int) -> dict[str, object]:
        start = TUESDAY_NOON + hours(24 * number)
        return {
            "mentorId": str(oliver.user_id),
            "duration": 60,
            "timezone": "America/New_York",
            "scheduledAt": start.isoformat(),
        }

    first, _ = [await app.post("/book", json=body(number)) for number in (1, 2)]
    refused = await app.post("/book", json=body(3))
    assert (refused.status_code, refused.json()["code"]) == (409, "limit-reached")
    facts = {name: refused.json()[name] for name in ("limit", "most", "endsAt")}
    assert facts == {
        "limit": "pending-per-mentor",
        "most": 2,
        "endsAt": first.json()["answerBy"],
    }
    assert "You already have 2 pending requests with this mentor" in refused.json()["detail"]


async def test_ranges_a_day_and_override_dates_are_limited(
    community: Community, api: ApiServer
) -> None:
    oliver = api.client_of(await community.mentor("Oliver"))
    dates = [
        {"date": f"{2027 + month // 12}-{month % 12 + 1:02}-{day:02}", "hours": []}
        for month in range(15)
        for day in range(1, 29)
    ]
    response = await oliver.put("/availability", json={"overrides": dates[:400]})
    assert len(response.json()["overrides"]) == 400
    response = await oliver.put("/availability", json={"overrides": dates[:401]})
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "/overrides")
    ranges = [
        {
            "dayOfWeek": "Monday",
            "startTime": f"{hour:02}:{minute}",
            "endTime": f"{hour:02}:{minute + 20}",
        }
        for hour in range(13)
        for minute in (10, 35)
    ]
    response = await oliver.put("/availability", json=ranges)
    assert (response.status_code, response.json()["code"]) == (422, "invalid-field")
    assert response.json()["detail"].startswith(
        "A day can have up to 24 time ranges, and this one has 26"
    )
