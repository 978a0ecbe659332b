"""The moderation queues over REST: pages of pending applications and of disputes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from mentorship.mentors import applications
from mentorship.mentors.profile_rules import ProfileContent
from mentorship.statuses import SessionStatus
from tests.api.server import ApiServer
from tests.mentorship.support.community import BIO, TUESDAY_NOON, Community

QUEUES = ("applications", "disputes")


async def _create_five(community: Community, queue: str) -> list[str]:
    """Create five items in the queue. Returns their ids, the oldest first."""
    if queue == "applications":
        people = [await community.applicant(name) for name in ("Amy", "Ben", "Cem", "Dee", "Eve")]
        # An applicant who changes their application keeps their place in the queue.
        community.clock.turn(hours=1)
        await community.db.run(applications.revise, people[0][0], ProfileContent(["go"], 50, BIO))
        return [str(application.id) for _, application in people]
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=1_000)
    starts = [TUESDAY_NOON + timedelta(days=day) for day in range(5)]
    sessions = [
        await community.session(SessionStatus.DISPUTED, maya, oliver, start) for start in starts
    ]
    return [str(session.id) for session in sessions]


@pytest.mark.parametrize("queue", QUEUES)
async def test_a_queue_has_pages_by_cursor_and_by_number(
    community: Community, api: ApiServer, queue: str
) -> None:
    ids = await _create_five(community, queue)
    priya = api.client_of(community.chief, "moderator")

    async def page(**params: object) -> tuple[list[str], str | None, str | None]:
        body = await _get(priya, queue, **params)
        page_ids = [item["id"] for item in body[queue]]
        return page_ids, body["previousCursor"], body["nextCursor"]

    assert await page() == (ids, None, None)
    first, previous, onward = await page(limit=2)
    assert (first, previous) == (ids[:2], None)
    second, back, further = await page(limit=2, cursor=onward)
    assert second == ids[2:4]
    assert await page(limit=2, page=2) == (second, back, further)
    last, _, end = await page(limit=2, cursor=further)
    assert (last, end) == (ids[4:], None)
    assert await page(limit=2, cursor=back) == (first, None, onward)
    assert await page(limit=2, page=9) == ([], None, None)


async def test_decisions_between_two_pages_skip_no_item(
    community: Community, api: ApiServer
) -> None:
    ids = await _create_five(community, "applications")
    priya = api.client_of(community.chief, "moderator")
    first = await _get(priya, "applications", limit=2)
    for each in first["applications"]:
        decided = await priya.put(f"/profile/{each['userId']}/status", json={"status": "approved"})
        assert decided.status_code == 200
    second = await _get(priya, "applications", limit=2, cursor=first["nextCursor"])
    assert [each["id"] for each in second["applications"]] == ids[2:4]
    # Everything before this page has been decided, so it is the first page now.
    again = await _get(priya, "applications", limit=2, cursor=second["previousCursor"])
    assert (again["applications"], again["previousCursor"]) == (second["applications"], None)


@pytest.mark.parametrize("queue", QUEUES)
async def test_a_cursor_of_another_list_is_refused(
    community: Community, api: ApiServer, queue: str
) -> None:
    await _create_five(community, queue)
    priya = api.client_of(community.chief, "moderator")
    other = next(each for each in QUEUES if each != queue)
    await _create_five(community, other)
    cursor = (await _get(priya, other, limit=2))["nextCursor"]
    for wrong in (cursor, "a0.1.0", "a0.1.2.3", "b1y2p0ij32e8e7.0.0", "a0.1y2p0ij32e8e7.0"):
        refused = await priya.get(f"/{queue}", params={"cursor": wrong})
        assert (refused.status_code, refused.json()["code"]) == (400, "cursor-mismatch")
    refused = await priya.get(f"/{queue}", params={"cursor": "a0.1"})
    assert (refused.status_code, refused.json()["errors"][0]["parameter"]) == (422, "cursor")


async def _get(client: httpx.AsyncClient, queue: str, **params: Any) -> dict[str, Any]:
    response = await client.get(f"/{queue}", params=params)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body
