"""Invitations over REST."""

from __future__ import annotations

from typing import Any

from mentorship.actors import Actor
from mentorship.sessions import clock
from tests.api.server import ApiServer
from tests.mentorship.support.community import Community


def body(member: Actor, **changes: Any) -> dict[str, Any]:
    return {
        "userId": str(member.user_id),
        "scheduledAt": "2026-03-05T20:00:00Z",
        "duration": 45,
        "notes": "Your talk",
        "message": "I liked your draft.",
        **changes,
    }


async def test_a_mentor_invites_and_the_member_accepts(
    community: Community, api: ApiServer
) -> None:
    oliver = await community.mentor("Oliver", hours="sun 9-10")
    maya = await community.member("Maya", points=100)
    mentor, member = api.client_of(oliver), api.client_of(maya)
    key = {"Idempotency-Key": "once"}
    sent = await mentor.post("/invitations", json=body(maya), headers=key)
    assert sent.status_code == 201
    assert (await mentor.post("/invitations", json=body(maya), headers=key)).json() == sent.json()
    invitation = sent.json()
    assert sent.headers["Location"].endswith(f"/invitations/{invitation['id']}")
    assert (invitation["status"], invitation["role"], invitation["price"]) == ("open", "mentor", 45)
    listed = (await member.get("/invitations?status=open&role=mentee")).json()["invitations"]
    assert [each["id"] for each in listed] == [invitation["id"]]
    assert (await member.get("/invitations?role=mentor")).json()["invitations"] == []
    path = f"/invitations/{invitation['id']}"
    seen = (await member.get(path)).json()
    for wrong, code in (
        ({"expectedPrice": 44}, "price-changed"),
        ({"expectedTerms": "00000000"}, "terms-changed"),
    ):
        refused = await member.post(f"{path}/accept", json=wrong)
        assert (refused.status_code, refused.json()["code"]) == (409, code)
    agreed = {"expectedPrice": seen["price"], "expectedTerms": seen["terms"]}
    accepted = await member.post(f"{path}/accept", json=agreed, headers=key)
    assert accepted.status_code == 201
    session = accepted.json()
    assert (session["status"], session["amountPaid"]) == ("confirmed", 45)
    replayed = await member.post(f"{path}/accept", json=agreed, headers=key)
    assert replayed.json() == session
    again = await member.post(f"{path}/accept")
    assert (again.status_code, again.json()["code"]) == (409, "invitation-ended")
    assert again.json()["detail"] == "This invitation was already accepted."
    assert (await mentor.get(path)).json()["sessionId"] == session["id"]


async def test_decline_and_withdraw(community: Community, api: ApiServer) -> None:
    oliver = await community.mentor("Oliver")
    maya = await community.member("Maya", points=100)
    mentor, member = api.client_of(oliver), api.client_of(maya)
    first = (await mentor.post("/invitations", json=body(maya, price=0))).json()["id"]
    forbidden = await mentor.post(f"/invitations/{first}/decline")
    assert (forbidden.status_code, forbidden.json()["code"]) == (403, "not-yours")
    declined = await member.post(f"/invitations/{first}/decline", json={"reason": "Travelling"})
    assert declined.json()["status"] == "declined"
    second = (await mentor.post("/invitations", json=body(maya))).json()["id"]
    assert (await member.delete(f"/invitations/{second}")).status_code == 403
    assert (await mentor.delete(f"/invitations/{second}")).json()["status"] == "withdrawn"
    assert (await member.post(f"/invitations/{second}/accept")).status_code == 409


async def test_an_answer_sent_again_with_its_key_is_the_same(
    community: Community, api: ApiServer
) -> None:
    oliver = await community.mentor("Oliver")
    maya = await community.member("Maya", points=100)
    mentor, member = api.client_of(oliver), api.client_of(maya)
    key = {"Idempotency-Key": "answer"}
    path = f"/invitations/{(await mentor.post('/invitations', json=body(maya))).json()['id']}"
    declined = await member.post(f"{path}/decline", json={"reason": "Away"}, headers=key)
    again = await member.post(f"{path}/decline", json={"reason": "Away"}, headers=key)
    assert (again.status_code, again.json()) == (200, declined.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    path = f"/invitations/{(await mentor.post('/invitations', json=body(maya))).json()['id']}"
    withdrawn = await mentor.delete(path, headers=key)
    again = await mentor.delete(path, headers=key)
    assert (again.status_code, again.json()) == (200, withdrawn.json())
    help_ = {"expertise": "python", "text": "My tests are slow."}
    path = f"/requests/{(await member.post('/requests', json=help_)).json()['id']}"
    key = {"Idempotency-Key": "withdrawal"}
    withdrawn = await member.delete(path, headers=key)
    again = await member.delete(path, headers=key)
    assert (again.status_code, again.json()) == (200, withdrawn.json())


async def test_an_invitation_can_start_at_a_wall_clock_time(
    community: Community, api: ApiServer
) -> None:
    mentor = api.client_of(await community.mentor("Oliver"))
    maya = await community.member("Maya", points=100)
    start = {"date": "2026-03-05", "startTime": "15:00", "timezone": "America/New_York"}
    wall = {name: value for name, value in body(maya).items() if name != "scheduledAt"} | start
    sent = await mentor.post("/invitations", json=wall)
    assert (sent.status_code, sent.json()["scheduledAt"]) == (201, "2026-03-05T20:00:00Z")
    skipped = await mentor.post(
        "/invitations", json=wall | {"date": "2026-03-08", "startTime": "02:30"}
    )
    assert (skipped.status_code, skipped.json()["code"]) == (422, "time-skipped")
    missing = await mentor.post("/invitations", json={"userId": "5", "duration": 45})
    assert missing.json()["errors"][0]["pointer"] == "/scheduledAt"


async def test_refusals_say_which_field_is_wrong_and_which_slots_are_near(
    community: Community, api: ApiServer
) -> None:
    oliver = await community.mentor("Oliver")
    maya = await community.member("Maya", points=100)
    mentor = api.client_of(oliver)
    dear = await mentor.post("/invitations", json=body(maya, price=10_000))
    assert (dear.status_code, dear.json()["errors"][0]["pointer"]) == (422, "/price")
    other = await community.member("Ana", points=100)
    await mentor.post("/invitations", json=body(maya))
    taken = await mentor.post("/invitations", json=body(other))
    assert (taken.status_code, taken.json()["code"]) == (409, "slot-taken")
    assert taken.json()["nearestSlots"]
    own = await mentor.post("/invitations", json=body(oliver))
    assert (own.status_code, own.json()["code"]) == (422, "not-invitable")
    stranger = await mentor.post("/invitations", json=body(maya, userId="999"))
    assert stranger.status_code == 404


async def test_a_request_for_help_is_answered_by_an_offer(
    community: Community, api: ApiServer
) -> None:
    oliver = await community.mentor("Oliver", rate=0)
    maya = await community.member("Maya", points=100)
    mentor, member = api.client_of(oliver), api.client_of(maya)
    help_ = {"expertise": "Python", "text": "My tests are slow.", "times": ["evening"]}
    asked = await member.post("/requests", json=help_)
    assert (asked.status_code, asked.json()["expertise"]) == (201, "python")
    path = f"/requests/{asked.json()['id']}"
    assert (await mentor.get(path)).status_code == 404, "not shown to them yet"
    assert (await mentor.get("/requests?role=mentor")).json()["requests"] == []
    await community.db.run(clock.advance_due)
    assert (await mentor.get(path)).json()["text"] == "My tests are slow."
    (to_answer,) = (await mentor.get("/requests?role=mentor")).json()["requests"]
    assert (to_answer["id"], to_answer["invitationId"]) == (asked.json()["id"], None)
    assert (await member.get("/requests?role=mentor")).json()["requests"] == []
    time = {"scheduledAt": "2026-03-05T20:00:00Z", "duration": 60}
    offered = await mentor.post(f"{path}/offers", json=time)
    assert (offered.status_code, offered.json()["requestId"]) == (201, asked.json()["id"])
    again = await mentor.post(f"{path}/offers", json=time)
    assert (again.status_code, again.json()["code"]) == (409, "help-request-ended")
    (own,) = (await member.get("/requests")).json()["requests"]
    assert (own["status"], own["offeredBy"]) == ("offered", str(oliver.user_id))
    assert own["invitationId"] == offered.json()["id"]
    assert (await mentor.get("/requests?role=mentor")).json()["requests"] == []
    assert (await member.delete(path)).json()["status"] == "withdrawn"
    declined = await mentor.get(f"/invitations/{offered.json()['id']}")
    assert declined.json()["status"] == "declined"


async def test_a_booked_request_leads_to_its_invitation(
    community: Community, api: ApiServer
) -> None:
    oliver = await community.mentor("Oliver", rate=0)
    maya = await community.member("Maya")
    mentor, member = api.client_of(oliver), api.client_of(maya)
    asked = await member.post("/requests", json={"expertise": "Python", "text": "Slow tests."})
    path = f"/requests/{asked.json()['id']}"
    await community.db.run(clock.advance_due)
    time = {"scheduledAt": "2026-03-05T20:00:00Z", "duration": 60}
    offered = (await mentor.post(f"{path}/offers", json=time)).json()
    assert (await member.post(f"/invitations/{offered['id']}/accept")).status_code == 201
    booked = (await member.get(path)).json()
    assert (booked["status"], booked["invitationId"]) == ("booked", offered["id"])
    assert booked["offeredBy"] is None
