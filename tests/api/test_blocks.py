"""Blocks over REST."""

from __future__ import annotations

from mentorship.sessions import transitions
from tests.api.server import ApiServer
from tests.mentorship.support.community import TUESDAY_NOON, Community, hours


async def test_a_member_is_blocked_listed_and_unblocked(
    community: Community, api: ApiServer
) -> None:
    oliver = await community.mentor("Oliver")
    maya = await community.member("Maya", points=500)
    kept = await community.book(maya, oliver, TUESDAY_NOON)
    await community.db.run(transitions.confirm, oliver, kept.id)
    pending = await community.book(maya, oliver, TUESDAY_NOON + hours(24))
    app, path = api.client_of(oliver), f"/me/blocks/{maya.user_id}"
    outdated = await app.put(path, json={"expectedRequests": 0})
    assert (outdated.status_code, outdated.json()["code"]) == (409, "terms-changed")
    assert (await app.get("/me/blocks")).json() == {"blocks": []}
    blocked = await app.put(path, json={"expectedRequests": 1})
    assert blocked.json() == {
        "userId": str(maya.user_id),
        "endedRequests": [str(pending.id)],
        "keptSessions": [str(kept.id)],
    }
    assert (await app.put(path)).status_code == 200, "the body can be left out"
    (listed,) = (await app.get("/me/blocks")).json()["blocks"]
    assert (listed["userId"], listed["name"]) == (str(maya.user_id), "Maya")
    assert (await api.client_of(maya).get("/me/blocks")).json() == {"blocks": []}
    moderator = api.client_of(community.chief, "moderator")
    assert (await moderator.get(f"/blocks/{maya.user_id}")).json()["blockedBy"] == 1
    assert (await app.delete(path)).json() == {"blocks": []}
    assert (await app.delete(path)).status_code == 404


async def test_the_blocked_member_only_learns_that_the_mentor_is_not_available(
    community: Community, api: ApiServer
) -> None:
    oliver = await community.mentor("Oliver")
    maya = await community.member("Maya", points=500)
    await api.client_of(oliver).put(f"/me/blocks/{maya.user_id}")
    app = api.client_of(maya)
    booking = {
        "mentorId": str(oliver.user_id),
        "duration": 60,
        "timezone": "Europe/London",
        "scheduledAt": "2026-03-05T12:00:00Z",
    }
    for refused in (
        await app.post("/book", json=booking),
        await app.get(f"/mentors/{oliver.user_id}/slots"),
    ):
        assert (refused.status_code, refused.json()["code"]) == (409, "not-available")
        assert refused.json()["detail"] == "Oliver isn't available to book."
    gift = await app.post("/points/gifts", json={"userId": str(oliver.user_id), "amount": 5})
    assert (gift.status_code, gift.json()["code"]) == (409, "not-available")
    assert (await app.get("/search")).json()["mentors"] == []
    own = await api.client_of(oliver).post(
        "/points/gifts", json={"userId": str(maya.user_id), "amount": 5}
    )
    assert (own.status_code, own.json()["code"]) == (409, "blocked-by-you")
