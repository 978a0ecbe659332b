"""Notes, next steps and links over REST, for the two people of a session."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mentorship.actors import Actor
from mentorship.relationships import notes
from mentorship.sessions.groups import creation, seats
from mentorship.sessions.groups.creation import GroupRequest
from mentorship.sessions.session_views import SessionView
from tests.api.groups.conftest import problem
from tests.api.server import ApiServer
from tests.mentorship.support.community import Community

URL = "https://video.example.com/1"


@pytest.fixture
async def oliver(community: Community) -> Actor:
    return await community.mentor("Oliver", instant_booking=True)


@pytest.fixture
async def maya(community: Community) -> Actor:
    return await community.member("Maya", points=1_000)


@pytest.fixture
async def session(community: Community, oliver: Actor, maya: Actor) -> SessionView:
    return await community.book(maya, oliver)


async def test_a_note_is_written_by_both_with_its_etag(
    api: ApiServer, oliver: Actor, maya: Actor, session: SessionView
) -> None:
    path = f"/session/{session.id}/notes"
    mentor, mentee = api.client_of(oliver), api.client_of(maya)
    empty = await mentee.get(path)
    assert (empty.headers["etag"], empty.json()["revision"]) == ('"v0"', 0)
    first = await mentee.put(path, json={"text": "Slides"}, headers={"If-Match": '"v0"'})
    assert (first.status_code, first.headers["etag"]) == (200, '"v1"')
    assert first.json()["changedBy"] == "mentee"
    late = await mentor.put(path, json={"text": "No slides"}, headers={"If-Match": '"v0"'})
    assert problem(late) == (412, "text-changed")
    assert late.json()["current"] == 1
    second = await mentor.put(path, json={"text": "No slides"}, headers={"If-Match": '"v1"'})
    assert second.json()["text"] == "No slides"
    unchanged = await mentee.get(path, headers={"If-None-Match": '"v2"'})
    assert unchanged.status_code == 304
    weak = await mentee.put(path, json={"text": "x"}, headers={"If-Match": 'W/"v2"'})
    assert problem(weak) == (412, "weak-etag")


async def test_a_change_in_discord_is_not_overwritten_over_rest(
    api: ApiServer, community: Community, oliver: Actor, maya: Actor, session: SessionView
) -> None:
    path, client = f"/session/{session.id}/notes", api.client_of(maya)
    tag = (await client.get(path)).headers["etag"]
    await community.db.run(notes.write_shared, oliver, session.id, "In Discord", 0)
    refused = await client.put(path, json={"text": "Over REST"}, headers={"If-Match": tag})
    assert problem(refused) == (412, "text-changed")
    assert (await client.get(path)).json()["text"] == "In Discord"
    # As an app that shows no revisions does.
    forced = await client.put(path, json={"text": "Over REST"})
    assert forced.json()["revision"] == 2


async def test_a_private_note_is_for_its_author_only(
    api: ApiServer, community: Community, oliver: Actor, maya: Actor, session: SessionView
) -> None:
    path = f"/session/{session.id}/notes/private"
    written = await api.client_of(maya).put(path, json={"text": "He is late."})
    assert written.json()["text"] == "He is late."
    assert (await api.client_of(oliver).get(path)).json()["text"] == ""
    moderator = api.client_of(community.chief, "moderator")
    assert (await moderator.get(path)).status_code == 404
    for person in (oliver, maya):
        client = api.client_of(person)
        for other in ("", "/notes", "/steps", "/links"):
            body = (await client.get(f"/session/{session.id}{other}")).text
            assert "late." not in body
    dump = await community.dump()
    assert all("late." not in str(row) for row in (*dump["events"], *dump["idempotency_keys"]))


async def test_a_repeated_private_note_is_not_stored_with_its_key(
    api: ApiServer, community: Community, maya: Actor, session: SessionView
) -> None:
    client = api.client_of(maya, **{"Idempotency-Key": "note-1"})
    path = f"/session/{session.id}/notes/private"
    for replayed in (None, "true"):
        answer = await client.put(path, json={"text": "He is late."})
        assert answer.json()["text"] == "He is late."
        assert answer.headers.get("idempotency-replayed") == replayed
    assert "late." not in str((await community.dump())["idempotency_keys"])


async def test_a_note_that_is_too_long_says_so(
    api: ApiServer, maya: Actor, session: SessionView
) -> None:
    text = ("مرحبا @everyone <@1> " * 250)[:4_000]
    refused = await api.client_of(maya).put(f"/session/{session.id}/notes", json={"text": text})
    assert problem(refused) == (422, "invalid-field")
    assert refused.json()["errors"][0]["pointer"] == "/text"
    assert "2,000 characters" in refused.json()["detail"]


async def test_steps_are_added_changed_done_and_removed(
    api: ApiServer, oliver: Actor, maya: Actor, session: SessionView
) -> None:
    mentor, mentee = api.client_of(oliver), api.client_of(maya)
    path = f"/session/{session.id}/steps"
    body = {"text": "Write a draft", "assignee": "mentee", "dueOn": "2026-03-09"}
    added = await mentor.post(path, json=body, headers={"Idempotency-Key": "step-1"})
    again = await mentor.post(path, json=body, headers={"Idempotency-Key": "step-1"})
    assert added.status_code == again.status_code == 201
    assert added.json() == again.json()
    step = added.json()
    own = f"/steps/{step['id']}"
    assert added.headers["location"].endswith(own)
    assert (await mentee.get(path)).json() == {"steps": [step]}
    change = body | {"text": "Write it", "revision": 1}
    assert (await mentee.put(own, json=change)).json()["revision"] == 2
    stale = await mentor.put(own, json=body | {"text": "No", "revision": 1})
    assert problem(stale) == (412, "text-changed")
    done = await mentee.put(f"{own}/done", json={"done": True})
    assert done.json()["doneBy"] == "mentee"
    assert (await mentor.get(own)).json()["doneAt"] is not None
    assert (await mentor.put(f"{own}/done", json={"done": False})).json()["doneAt"] is None
    assert (await mentor.delete(own)).json() == {"steps": []}
    assert (await mentor.get(own)).status_code == 404


async def test_refused_steps_say_what_is_wrong(
    api: ApiServer, maya: Actor, session: SessionView
) -> None:
    client, path = api.client_of(maya), f"/session/{session.id}/steps"
    missing = await client.post(path, json={"text": "Rest", "dueOn": "2026-02-31"})
    assert missing.status_code == 422
    past = await client.post(path, json={"text": "Rest", "dueOn": "2026-03-01"})
    assert (problem(past), past.json()["errors"][0]["pointer"]) == (
        (422, "invalid-field"),
        "/dueOn",
    )
    for _ in range(5):
        await client.post(path, json={"text": "Rest"})
    full = await client.post(path, json={"text": "Rest"})
    assert (problem(full), full.json()["most"]) == ((409, "too-many-next-steps"), 5)


async def test_links_of_a_session_and_of_a_group_session(
    api: ApiServer, community: Community, oliver: Actor, maya: Actor, session: SessionView
) -> None:
    mentor, mentee = api.client_of(oliver), api.client_of(maya)
    path = f"/session/{session.id}/links"
    private = await mentee.post(path, json={"url": "https://10.0.0.1/recording"})
    assert (problem(private), private.json()["errors"][0]["pointer"]) == (
        (422, "invalid-field"),
        "/url",
    )
    link = (await mentee.post(path, json={"url": URL})).json()
    assert (link["label"], link["addedBy"]) == ("video.example.com", "mentee")
    assert (await mentor.get(path)).json() == {"links": [link]}
    assert (await mentor.delete(f"/links/{link['id']}")).json() == link
    start = community.clock.now + timedelta(days=2)
    request = GroupRequest("Types", start, 60, capacity=5, price=0)
    group = await community.db.run(creation.create, oliver, request)
    seat = await community.db.run(seats.join, maya, seats.JoinRequest(group.id))
    added = await mentor.post(f"/groups/{group.id}/links", json={"url": URL, "label": "Slides"})
    assert added.json()["groupId"] == str(group.id)
    assert (await mentee.get(f"/session/{seat.id}/links")).json() == {"links": [added.json()]}
    assert (await mentee.delete(f"/links/{added.json()['id']}")).status_code == 404
