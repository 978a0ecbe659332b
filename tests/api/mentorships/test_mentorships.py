"""Mentorships and goals over REST."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mentorship.actors import Actor
from mentorship.operations import erasure
from mentorship.relationships import goals
from mentorship.statuses import SessionStatus
from tests.api.server import ApiServer
from tests.mentorship.support.community import Community

TEXT = "Pass the AWS exam"


@pytest.fixture
async def oliver(community: Community) -> Actor:
    return await community.mentor("Oliver")


@pytest.fixture
async def maya(community: Community, oliver: Actor) -> Actor:
    maya = await community.member("Maya", points=1_000)
    await community.session(SessionStatus.COMPLETED, maya, oliver)
    return maya


async def test_a_goal_is_set_changed_reached_and_deleted(
    api: ApiServer, oliver: Actor, maya: Actor
) -> None:
    mayas, olivers = api.client_of(maya), api.client_of(oliver)
    created = await mayas.post(
        f"/mentorships/{oliver.user_id}/goals", json={"text": TEXT, "dueOn": "2026-05-01"}
    )
    goal = created.json()
    path = f"/goals/{goal['id']}"
    assert (created.status_code, created.headers["Location"]) == (
        201,
        f"/api/mentorship{path}",
    )
    assert (goal["text"], goal["dueOn"], goal["status"]) == (TEXT, "2026-05-01", "open")
    read = await olivers.get(path)
    assert (read.json(), read.headers["ETag"]) == (goal, '"v1"')
    unchanged = await olivers.get(path, headers={"If-None-Match": '"v1"'})
    assert unchanged.status_code == 304

    written = await olivers.patch(path, json={"progress": "Half"}, headers={"If-Match": '"v1"'})
    assert (written.status_code, written.headers["ETag"]) == (200, '"v2"')
    assert (written.json()["progress"], written.json()["progressBy"]) == ("Half", "mentor")
    stale = await mayas.patch(path, json={"progress": "All"}, headers={"If-Match": '"v1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "text-changed")
    forbidden = await olivers.patch(path, json={"status": "reached"})
    assert (forbidden.status_code, forbidden.json()["code"]) == (403, "not-yours")

    done = {"text": "Pass both exams", "dueOn": None, "progress": "All", "status": "reached"}
    reached = (await mayas.patch(path, json=done)).json()
    assert {name: reached[name] for name in done} == done
    closed = await olivers.patch(path, json={"progress": "Bravo"})
    assert (closed.status_code, closed.json()["code"]) == (409, "goal-closed")
    assert closed.json()["goalStatus"] == "reached"
    reopened = (await mayas.patch(path, json={"status": "open", "text": TEXT})).json()
    assert (reopened["status"], reopened["text"], reopened["closedAt"]) == ("open", TEXT, None)
    left = (await mayas.delete(path)).json()
    assert (left["goals"], left["role"]) == ([], "mentee")
    assert (await mayas.get(path)).status_code == 404


async def test_several_changes_are_made_together_or_not_at_all(
    api: ApiServer, oliver: Actor, maya: Actor
) -> None:
    mayas = api.client_of(maya)
    goal = (await mayas.post(f"/mentorships/{oliver.user_id}/goals", json={"text": TEXT})).json()
    refused = await mayas.patch(
        f"/goals/{goal['id']}", json={"text": "Other", "progress": "x" * 501}
    )
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/progress")
    assert (await mayas.get(f"/goals/{goal['id']}")).json() == goal


async def test_wrong_dates_and_texts_are_explained(
    api: ApiServer, oliver: Actor, maya: Actor
) -> None:
    mayas, path = api.client_of(maya), f"/mentorships/{oliver.user_id}/goals"
    for body, pointer in (
        ({"text": TEXT, "dueOn": "2026-02-31"}, "/dueOn"),
        ({"text": TEXT, "dueOn": "2026-01-01"}, "/dueOn"),
        ({"text": " "}, "/text"),
        ({"text": "x" * 201}, "/text"),
    ):
        refused = await mayas.post(path, json=body)
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"] == pointer
    for _ in range(3):
        await mayas.post(path, json={"text": TEXT})
    full = await mayas.post(path, json={"text": TEXT})
    assert (full.status_code, full.json()["code"], full.json()["most"]) == (
        409,
        "too-many-goals",
        3,
    )


async def test_a_repeated_request_sets_one_goal(api: ApiServer, oliver: Actor, maya: Actor) -> None:
    mayas = api.client_of(maya)
    headers = {"Idempotency-Key": "goal-1"}
    path = f"/mentorships/{oliver.user_id}/goals"
    first, second = [await mayas.post(path, json={"text": TEXT}, headers=headers) for _ in "12"]
    assert first.json() == second.json()
    assert second.headers["Idempotency-Replayed"] == "true"
    page = (await mayas.get(f"/mentorships/{oliver.user_id}")).json()
    assert len(page["goals"]) == 1


async def test_a_mentorship_has_its_timeline_in_pages(
    community: Community, api: ApiServer, oliver: Actor, maya: Actor
) -> None:
    community.clock.now += timedelta(hours=1)
    goal = await community.db.run(goals.set_goal, maya, oliver.user_id, TEXT)
    coming = await community.book(maya, oliver, community.clock.now + timedelta(days=2))
    path = f"/mentorships/{maya.user_id}"
    page = (await api.client_of(oliver).get(path, params={"limit": 2})).json()
    assert (page["role"], page["mentorName"], page["menteeName"]) == ("mentor", "Oliver", "Maya")
    assert (page["sessionsHeld"], page["minutesHeld"]) == (1, 60)
    assert [each["sessionId"] for each in page["upcoming"]] == [str(coming.id)]
    assert [entry["kind"] for entry in page["timeline"]] == ["session", "goal-set"]
    assert page["timeline"][1]["goal"]["id"] == str(goal.goal.id)
    rest = (
        await api.client_of(oliver).get(path, params={"limit": 2, "cursor": page["nextCursor"]})
    ).json()
    assert [entry["session"]["status"] for entry in rest["timeline"]] == ["completed"]
    assert rest["nextCursor"] is None
    read = await api.client_of(oliver).get(path)
    again = await api.client_of(oliver).get(path, headers={"If-None-Match": read.headers["ETag"]})
    assert again.status_code == 304


async def test_nobody_else_learns_of_a_mentorship(
    community: Community, api: ApiServer, oliver: Actor, maya: Actor
) -> None:
    goal_id = (await community.db.run(goals.set_goal, maya, oliver.user_id, TEXT)).goal.id
    noor = await community.member("Noor")
    for client in (api.client_of(noor), api.client_of(community.chief, scope="moderator")):
        assert (await client.get(f"/mentorships/{maya.user_id}")).status_code == 404
        assert (await client.post(f"/mentorships/{maya.user_id}/end")).status_code == 404
        assert (await client.get(f"/goals/{goal_id}")).status_code == 404
        assert (await client.patch(f"/goals/{goal_id}", json={"progress": "x"})).status_code == 404
        assert (await client.delete(f"/goals/{goal_id}")).status_code == 404
        assert (await client.get("/mentorships")).json()["mentorships"] == []


async def test_a_mentorship_ends_and_resumes(api: ApiServer, oliver: Actor, maya: Actor) -> None:
    mayas, olivers = api.client_of(maya), api.client_of(oliver)
    ended = (await olivers.post(f"/mentorships/{maya.user_id}/end")).json()
    assert (ended["endedBy"], ended["endedAt"]) == ("mentor", "2026-03-03T12:00:00Z")
    refused = await mayas.post(f"/mentorships/{oliver.user_id}/goals", json={"text": TEXT})
    assert (refused.status_code, refused.json()["code"]) == (409, "mentorship-ended")
    (listed,) = (await mayas.get("/mentorships")).json()["mentorships"]
    assert (listed["name"], listed["role"]) == ("Oliver", "mentee")
    assert listed["endedAt"] == "2026-03-03T12:00:00Z"
    resumed = (await mayas.post(f"/mentorships/{oliver.user_id}/resume")).json()
    assert (resumed["endedBy"], resumed["endedAt"]) == (None, None)


async def test_goals_stay_readable_after_the_mentors_erasure(
    community: Community, api: ApiServer, oliver: Actor, maya: Actor
) -> None:
    await community.db.run(goals.set_goal, maya, oliver.user_id, TEXT)
    await community.db.run(erasure.erase, oliver)
    mayas = api.client_of(maya)
    (former,) = (await mayas.get("/mentorships")).json()["mentorships"]
    assert (former["name"], former["userId"][0]) == ("Former member", "-")
    page = (await mayas.get(f"/mentorships/{former['userId']}")).json()
    assert [goal["text"] for goal in page["goals"]] == [TEXT]
    assert page["mentorName"] == "Former member"
