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
