"""Suggestions of expertise, and the audit log, over REST."""

from __future__ import annotations

from mentorship.actors import Actor
from mentorship.points import adjustments
from mentorship.points.transfers import Recipient
from tests.api.server import ApiServer
from tests.mentorship.support.community import GUILD, Community


async def test_a_misspelt_expertise_is_completed(community: Community, api: ApiServer) -> None:
    await community.mentor("Oliver")
    client = api.client_of(await community.member("Maya"))
    for typed in ("", "py", "pyton"):
        answer = (await client.get("/expertise", params={"query": typed})).json()
        assert answer == {"expertise": ["python"]}
    assert (await client.get("/expertise?query=xyzzy")).json() == {"expertise": []}


async def test_the_audit_log_comes_in_pages(community: Community, api: ApiServer) -> None:
    maya, noor = await community.member("Maya"), await community.member("Noor")
    for amount in (1, 2, 3):
        recipient = Recipient(maya.user_id, "Maya", is_member=True)
        await community.db.run(adjustments.grant, community.chief, recipient, amount, "A prize")
    app = api.client_of(Actor(99, "the app", GUILD), "service")
    moderator = api.client_of(community.chief, "moderator")
    path = "/audit-log?limit=2&action=points-granted"
    first = (await app.get(path)).json()
    assert first["entries"] == (await moderator.get(path)).json()["entries"]
    second = (await app.get(f"{path}&cursor={first['nextCursor']}")).json()
    amounts = [entry["facts"]["amount"] for entry in first["entries"] + second["entries"]]
    assert (amounts, second["nextCursor"]) == ([3, 2, 1], None)
    entry = first["entries"][0]
    assert (entry["actorId"], entry["userId"], entry["note"]) == (
        str(community.chief.user_id),
        str(maya.user_id),
        "A prize",
    )
    about_noor = (await app.get(f"/audit-log?userId={noor.user_id}")).json()
    assert about_noor["entries"] == []
    refused = await api.client_of(maya).get("/audit-log")
    assert (refused.status_code, refused.json()["code"]) == (403, "not-a-moderator")
