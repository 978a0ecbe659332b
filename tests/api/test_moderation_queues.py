"""What waits for the moderators, in the main app: page after page, as it is decided."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from mentorship.mentors import applications
from mentorship.mentors.profile_rules import ProfileContent
from mentorship.statuses import SessionStatus
from tests.api.server import Api
from tests.mentorship.support.community import BIO, TUESDAY_NOON, Community

WHAT = ("applications", "disputes")


async def _five_wait(town: Community, what: str) -> list[str]:
    """Their ids, the longest waiting first."""
    if what == "applications":
        people = [await town.applicant(name) for name in ("Amy", "Ben", "Cem", "Dee", "Eve")]
        # Who changes their text while it waits keeps their place.
        town.clock.turn(hours=1)
        await town.db.run(applications.revise, people[0][0], ProfileContent(["go"], 50, BIO))
        return [str(application.id) for _, application in people]
    oliver, maya = await town.mentor("Oliver"), await town.member("Maya", points=1_000)
    starts = [TUESDAY_NOON + timedelta(days=day) for day in range(5)]
    sessions = [await town.session(SessionStatus.DISPUTED, maya, oliver, start) for start in starts]
    return [str(session.id) for session in sessions]


@pytest.mark.parametrize("what", WHAT)
async def test_a_queue_is_turned_by_cursor_and_by_number(
    town: Community, api: Api, what: str
) -> None:
    every = await _five_wait(town, what)
    priya = api.as_(town.chief, "moderator")

    async def page(**asked: object) -> tuple[list[str], str | None, str | None]:
        told = await _told(priya, what, **asked)
        ids = [each["id"] for each in told[what]]
        return ids, told["previousCursor"], told["nextCursor"]

    assert await page() == (every, None, None)
    first, nothing, onward = await page(limit=2)
    assert (first, nothing) == (every[:2], None)
    second, back, further = await page(limit=2, cursor=onward)
    assert second == every[2:4]
    assert await page(limit=2, page=2) == (second, back, further)
    last, _, end = await page(limit=2, cursor=further)
    assert (last, end) == (every[4:], None)
    assert await page(limit=2, cursor=back) == (first, None, onward)
    assert await page(limit=2, page=9) == ([], None, None)


async def test_what_is_decided_meanwhile_makes_no_page_skip_anybody(
    town: Community, api: Api
) -> None:
    every = await _five_wait(town, "applications")
    priya = api.as_(town.chief, "moderator")
    first = await _told(priya, "applications", limit=2)
    for each in first["applications"]:
        decided = await priya.put(f"/profile/{each['userId']}/status", json={"status": "approved"})
        assert decided.status_code == 200
    second = await _told(priya, "applications", limit=2, cursor=first["nextCursor"])
    assert [each["id"] for each in second["applications"]] == every[2:4]
    # What was before is gone, so the list begins here.
    again = await _told(priya, "applications", limit=2, cursor=second["previousCursor"])
    assert (again["applications"], again["previousCursor"]) == (second["applications"], None)


@pytest.mark.parametrize("what", WHAT)
async def test_another_list_s_cursor_harms_nothing(town: Community, api: Api, what: str) -> None:
    await _five_wait(town, what)
    priya = api.as_(town.chief, "moderator")
    for cursor in ("a0.1.0", "b0.1.0", "a0.1.2.3", "b1y2p0ij32e8e7.0.0", "a0.1y2p0ij32e8e7.0"):
        told = await _told(priya, what, cursor=cursor)
        assert len(told[what]) <= 5
    refused = await priya.get(f"/{what}", params={"cursor": "a0.1"})
    assert (refused.status_code, refused.json()["errors"][0]["parameter"]) == (422, "cursor")


async def _told(client: httpx.AsyncClient, what: str, **asked: Any) -> dict[str, Any]:
    answer = await client.get(f"/{what}", params=asked)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told
