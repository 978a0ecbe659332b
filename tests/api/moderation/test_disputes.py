"""Attendance reports, their deadlines, and conceding a dispute over REST."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mentorship.sessions.follow_up import attendance
from mentorship.sessions.lifecycle import Attendance
from mentorship.statuses import SessionStatus
from tests.api.server import ApiServer
from tests.mentorship.support.community import TUESDAY_NOON, Community, hours


async def test_a_session_shows_the_reports_and_what_silence_means(
    community: Community, api: ApiServer
) -> None:
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=100)
    session = await community.session(SessionStatus.CONFIRMED, maya, oliver)
    app = api.client_of(oliver)

    async def shown() -> object:
        return (await app.get(f"/session/{session.id}")).json()["attendance"]

    assert await shown() is None
    await community.wait_until(TUESDAY_NOON + timedelta(minutes=11))
    nothing = {"mentor": None, "mentee": None, "pointsIfConceded": None}
    by = {"deadline": "2026-03-04T13:00:00Z"}
    assert await shown() == nothing | by | {"otherwise": "completed"}
    await community.db.run(attendance.report, maya, session.id, Attendance.NO_SHOW)
    claimed = nothing | by | {"mentee": "no-show", "otherwise": "no-show"}
    assert await shown() == claimed
    await community.wait_until(TUESDAY_NOON + hours(1))
    assert await shown() == claimed
    disputed = (await app.put(f"/session/{session.id}/status", json={"status": "completed"})).json()
    assert disputed["actions"] == ["concede"]
    assert disputed["attendance"] == {
        "mentor": "met",
        "mentee": "no-show",
        "deadline": "2026-03-17T13:00:00Z",
        "otherwise": "split",
        "pointsIfConceded": 60,
    }


@pytest.mark.parametrize(
    ("who", "points", "status"), [("mentee", 54, "completed"), ("mentor", 60, "refunded")]
)
async def test_a_participant_concedes_the_points_that_they_saw(
    community: Community, api: ApiServer, who: str, points: int, status: str
) -> None:
    await community.configure(fee_percent=10)
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=100)
    session = await community.session(SessionStatus.DISPUTED, maya, oliver)
    app = api.client_of({"mentee": maya, "mentor": oliver}[who])
    path = f"/session/{session.id}"
    assert (await app.get(path)).json()["attendance"]["pointsIfConceded"] == points
    body = {"status": "conceded", "pointsIfConceded": points - 1}
    refused = await app.put(f"{path}/status", json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "terms-changed")
    body["pointsIfConceded"] = points
    conceded = (await app.put(f"{path}/status", json=body)).json()
    assert conceded["status"] == status
    moved = conceded["points"]
    assert (moved["earned"] if who == "mentee" else moved["refunded"]) == points
    assert conceded["attendance"]["deadline"] is None
    assert conceded["attendance"]["otherwise"] is None
    again = await app.put(f"{path}/status", json={"status": "conceded"})
    assert (again.status_code, again.json()["code"]) == (409, "not-allowed-now")
