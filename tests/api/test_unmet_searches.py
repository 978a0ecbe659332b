"""Searches over REST that find nobody: counted, and told where to ask for help."""

from __future__ import annotations

from mentorship.insights import insights
from mentorship.insights.views import InsightsRange
from tests.api.server import ApiServer
from tests.mentorship.support.community import Community


async def test_a_search_that_finds_nobody_is_counted_once_and_offers_a_request(
    community: Community, api: ApiServer
) -> None:
    await community.mentor("Oliver")
    maya = api.client_of(await community.member("Maya"))
    chief = api.client_of(community.chief, "moderator")
    found = (await maya.get("/search?expertise=python")).json()
    assert (len(found["mentors"]), found["askForHelp"]) == (1, None)
    for _ in range(2):
        empty = (await maya.get("/search?expertise=python&maxRate=0")).json()
        assert (empty["mentors"], empty["askForHelp"]) == ([], "requests")
    await maya.get("/search?expertise=my+secret+plan")
    await maya.get("/search?expertise=another+plan&page=2")
    assert (await chief.get("/demand")).json()["searches"] == [
        {"expertise": "python", "searches": 1},
        {"expertise": None, "searches": 1},
    ]
    refused = await maya.get("/demand")
    assert refused.status_code == 403


async def test_a_search_without_filters_counts_nothing(
    community: Community, api: ApiServer
) -> None:
    empty = (await api.client_of(await community.member("Maya")).get("/search")).json()
    assert (empty["mentors"], empty["askForHelp"]) == ([], "requests")
    chief = api.client_of(community.chief, "moderator")
    assert (await chief.get("/demand")).json()["searches"] == []


async def test_asking_for_slots_in_vain_counts_for_the_mentor(
    community: Community, api: ApiServer
) -> None:
    oliver = await community.mentor("Oliver", zone="UTC")
    maya = api.client_of(await community.member("Maya"))
    path = f"/mentors/{oliver.user_id}/slots?from=2026-03-03T00:00:00Z&to=2026-03-03T00:10:00Z"
    for _ in range(2):
        answer = await maya.get(path)
        assert (answer.status_code, answer.json()["slots"]) == (200, []), answer.json()
    shown = await community.db.read(insights.mentor_insights, oliver, InsightsRange.YEAR)
    assert [(each.weekday, each.count) for each in shown.vain_searches] == [(1, 1)]
