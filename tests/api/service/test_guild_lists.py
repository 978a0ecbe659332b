"""The lists of a whole server, with which a main app keeps a copy of it in sync."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx

from mentorship.actors import Actor
from mentorship.members import members
from mentorship.sessions import departures
from mentorship.statuses import SessionStatus
from tests.api.server import ApiServer
from tests.mentorship.support.community import GUILD, TUESDAY_NOON, Community, hours


def main_app(api: ApiServer) -> httpx.AsyncClient:
    return api.client_of(Actor(99, "the app", GUILD), "service")


async def load(client: httpx.AsyncClient, path: str, **query: Any) -> dict[str, Any]:
    response = await client.get(path, params=query)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


async def test_a_session_that_changes_between_pages_is_listed_again_and_none_is_skipped(
    community: Community, api: ApiServer
) -> None:
    oliver = await community.mentor("Oliver")
    maya = await community.member("Maya", points=600)
    app, sessions = main_app(api), []
    for number in range(4):
        start = TUESDAY_NOON + hours(24 * number)
        sessions.append(await community.session(SessionStatus.CONFIRMED, maya, oliver, start))
        community.clock.turn(hours=1)
    ids = [str(session.id) for session in sessions]
    page = await load(app, "/sessions", limit=2)
    seen = [session["id"] for session in page["sessions"]]
    assert seen == ids[:2]
    cancelled = await api.client_of(maya).delete(f"/session/{ids[0]}")
    assert cancelled.status_code == 200
    while page["nextCursor"]:
        page = await load(app, "/sessions", limit=2, cursor=page["nextCursor"])
        seen += [session["id"] for session in page["sessions"]]
    assert seen == [*ids, ids[0]]
    assert page["sessions"][-1]["status"] == "cancelled"
    back = await load(app, "/sessions", limit=2, cursor=page["previousCursor"])
    assert [session["id"] for session in back["sessions"]] == ids[2:]


async def test_updated_since_has_sessions_whose_status_report_or_review_changed(
    community: Community, api: ApiServer
) -> None:
    oliver = await community.mentor("Oliver")
    maya = await community.member("Maya", points=600)
    over = await community.session(SessionStatus.COMPLETED, maya, oliver)
    other = await community.session(SessionStatus.SCHEDULED, maya, oliver, TUESDAY_NOON + hours(72))
    app = main_app(api)

    async def changed() -> list[str]:
        """Return what has changed since an hour ago, and let two hours pass."""
        since = (community.clock.now - timedelta(hours=1)).isoformat()
        page = await load(app, "/sessions", updatedSince=since)
        community.clock.turn(hours=2)
        return [session["id"] for session in page["sessions"]]

    community.clock.turn(hours=2)
    assert await changed() == []
    as_mentee, as_mentor = api.client_of(maya), api.client_of(oliver)
    rated = await as_mentee.post(f"/session/{over.id}/rate", json={"rating": 5, "review": "Good."})
    assert rated.is_success
    assert await changed() == [str(over.id)]
    assert (await as_mentor.post(f"/session/{over.id}/reply", json={"reply": "Hi"})).is_success
    assert await changed() == [str(over.id)]
    link = {"meetingLink": "https://meet.example.com/oliver"}
    assert (await as_mentor.put(f"/session/{other.id}/meeting-link", json=link)).is_success
    assert await changed() == [str(other.id)]
    body = {"status": "confirmed"}
    assert (await as_mentor.put(f"/session/{other.id}/status", json=body)).is_success
    assert await changed() == [str(other.id)]
    await community.wait_until(other.ends_at)
    assert await changed() == [str(other.id)]
    body = {"status": "no-show"}
    assert (await as_mentor.put(f"/session/{other.id}/status", json=body)).is_success
    assert await changed() == [str(other.id)]
    assert await changed() == []


async def test_the_sessions_of_a_server_can_be_filtered_by_status(
    community: Community, other_community: Community, api: ApiServer
) -> None:
    oliver = await community.mentor("Oliver")
    maya = await community.member("Maya", points=600)
    pending = await community.session(SessionStatus.SCHEDULED, maya, oliver)
    done = await community.session(SessionStatus.DECLINED, maya, oliver, TUESDAY_NOON + hours(9))
    app = main_app(api)
    for status, expected in (("scheduled", pending), ("declined", done)):
        page = await load(app, "/sessions", status=status)
        assert [session["id"] for session in page["sessions"]] == [str(expected.id)]
        assert page["sessions"][0]["meetingLink"] is None
    both = await load(app, "/sessions", status=["scheduled", "declined"])
    assert len(both["sessions"]) == 2


async def test_members_are_listed_by_their_last_change(
    community: Community, other_community: Community, api: ApiServer
) -> None:
    oliver = await community.mentor("Oliver")
    maya = await community.member("Maya", points=140)
    await other_community.member("Stranger")
    community.clock.turn(hours=2)
    app = main_app(api)
    page = await load(app, "/members")
    by_id = {member["userId"]: member for member in page["members"]}
    assert by_id[str(oliver.user_id)]["mentorStatus"] == "approved"
    shown = by_id[str(maya.user_id)]
    assert (shown["balance"], shown["timezone"], shown["rank"]) == (140, "America/New_York", 0)
    assert "Stranger" not in str(page)

    since = page["asOf"]
    assert (await load(app, "/members", updatedSince=since))["members"] == []
    community.clock.turn(hours=2)
    assert (await app.put(f"/ranks/{maya.user_id}", json={"rank": 7})).is_success
    (changed,) = (await load(app, "/members", updatedSince=since))["members"]
    assert (changed["userId"], changed["rank"]) == (str(maya.user_id), 7)
    community.clock.turn(hours=2)
    await community.db.run(departures.record_departure, GUILD, oliver.user_id)
    listed = (await load(app, "/members", updatedSince=since))["members"]
    assert [member["userId"] for member in listed] == [str(maya.user_id), str(oliver.user_id)]
    assert listed[-1]["leftAt"] == listed[-1]["updatedAt"]


async def test_using_the_bot_again_is_no_change_of_a_member(
    community: Community, api: ApiServer
) -> None:
    maya = await community.member("Maya")
    community.clock.turn(hours=2)
    since = community.clock.now.isoformat()
    await community.db.run(members.record, maya)
    assert (await load(main_app(api), "/members", updatedSince=since))["members"] == []
    await community.db.run(members.record, Actor(maya.user_id, "Maya T.", GUILD))
    (changed,) = (await load(main_app(api), "/members", updatedSince=since))["members"]
    assert changed["name"] == "Maya T."
