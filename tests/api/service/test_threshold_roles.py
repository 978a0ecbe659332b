"""Roles that mentors earn, as the main app sets them."""

from __future__ import annotations

from mentorship.actors import Actor
from mentorship.recognition import threshold_roles
from mentorship.recognition.threshold_roles import ThresholdRule, Thresholds
from tests.api.server import ApiServer
from tests.mentorship.support.community import GUILD, Community


async def test_the_main_app_sets_and_removes_roles(community: Community, api: ApiServer) -> None:
    app = api.client_of(Actor(99, "GrindMap", GUILD), "service")
    assert (await app.get("/settings/roles")).json() == {"roles": []}
    role = {"roleId": "777", "sessions": 10, "stars": 4.5, "hours": None, "problem": None}
    put = await app.put("/settings/roles/777", json={"sessions": 10, "stars": 4.5})
    assert (put.status_code, put.json()) == (200, {"roles": [role]})
    rules = await community.db.read(threshold_roles.list_rules, community.chief)
    assert rules == [ThresholdRule(777, Thresholds(10, 45))]
    changed = await app.put("/settings/roles/777", json={"sessions": 20, "hours": 5})
    (only,) = changed.json()["roles"]
    assert (only["sessions"], only["stars"], only["hours"]) == (20, None, 5)
    for body in ({"sessions": 0}, {"sessions": 1, "stars": 4.55}, {"sessions": 1, "stars": 6}, {}):
        wrong = await app.put("/settings/roles/777", json=body)
        assert wrong.status_code == 422, body
    assert (await app.delete("/settings/roles/777")).json() == {"roles": []}
    gone = await app.delete("/settings/roles/777")
    assert (gone.status_code, gone.json()["code"]) == (404, "not-found")


async def test_a_sixth_role_is_refused(community: Community, api: ApiServer) -> None:
    app = api.client_of(Actor(99, "GrindMap", GUILD), "service")
    for number in range(5):
        response = await app.put(f"/settings/roles/{700 + number}", json={"sessions": 1})
        assert response.status_code == 200
    refused = await app.put("/settings/roles/800", json={"sessions": 1})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid-field")
