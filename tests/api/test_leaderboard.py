"""The leaderboard over REST."""

from __future__ import annotations

from mentorship.statuses import SessionStatus
from tests.api.server import ApiServer
from tests.mentorship.insights.recount import keep_figures
from tests.mentorship.support.community import Community


async def test_the_leaderboard_over_rest(community: Community, api: ApiServer) -> None:
    oliver, maya = await community.mentor("Oliver", rate=0), await community.member("Maya")
    await community.session(SessionStatus.COMPLETED, maya, oliver)
    await keep_figures(community.db)
    member, mentor = api.client_of(maya), api.client_of(oliver)
    off = await member.get("/leaderboard")
    assert (off.status_code, off.json()["code"]) == (409, "leaderboard-off")
    await community.configure(leaderboard=True)
    place = {"rank": 1, "userId": str(oliver.user_id), "name": "Oliver", "value": 60}
    seen = await member.get("/leaderboard", params={"period": "all", "measure": "hours"})
    assert seen.json() == {
        "period": "all",
        "measure": "hours",
        "places": [place],
        "own": None,
        "hidden": False,
    }
    assert (await mentor.get("/leaderboard", params={"period": "all"})).json()["own"] == place
    hidden = await mentor.put("/leaderboard/visibility", json={"hidden": True})
    assert (hidden.status_code, hidden.json()) == (200, {"hidden": True})
    own = (await mentor.get("/leaderboard", params={"period": "all"})).json()
    assert (own["places"], own["own"], own["hidden"]) == ([], None, True)
    wrong = await member.get("/leaderboard", params={"measure": "money"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid-request")
