"""Moderators' decisions over REST: on the text that was read, and never about themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from mentorship.actors import Actor
from mentorship.administration import audit
from mentorship.members import members
from mentorship.mentors import applications, profiles
from mentorship.mentors.profile_rules import ProfileContent
from mentorship.operations import erasure
from mentorship.statuses import SessionStatus
from storage import Database
from tests.api.server import OPTIONS, ApiServer, booking_body, serve_api
from tests.mentorship.support.community import BIO, TUESDAY_NOON, Community


async def test_the_queue_names_the_revision_and_a_decision_agrees_to_it(
    community: Community, api: ApiServer
) -> None:
    amy, _ = await community.applicant("Amy")
    priya = api.client_of(community.chief, "moderator")
    (listed,) = (await priya.get("/applications")).json()["applications"]
    assert listed["revision"] == 1
    await community.db.run(applications.revise, amy, ProfileContent(["spam"], 10_000, BIO))
    path, body = f"/profile/{amy.user_id}/status", {"status": "approved", "revision": 1}
    refused = await priya.put(path, json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "terms-changed")
    assert (refused.json()["term"], refused.json()["current"]) == ("revision", 2)
    (listed,) = (await priya.get("/applications")).json()["applications"]
    assert (listed["revision"], listed["hourlyRate"]) == (2, 10_000)
    approved = await priya.put(path, json=body | {"revision": 2})
    assert (approved.status_code, approved.json()["status"]) == (200, "approved")


async def test_a_withdrawn_text_and_its_successor_are_two_revisions(
    community: Community, api: ApiServer
) -> None:
    amy, _ = await community.applicant("Amy")
    priya = api.client_of(community.chief, "moderator")
    (listed,) = (await priya.get("/applications")).json()["applications"]
    await community.db.run(applications.withdraw, amy)
    await community.db.run(applications.apply, amy, ProfileContent(["spam"], 10_000, BIO))
    refused = await priya.put(
        f"/profile/{amy.user_id}/status",
        json={"status": "approved", "revision": listed["revision"]},
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "terms-changed")
    assert refused.json()["current"] == 2


async def test_approving_a_text_does_not_lift_a_suspension(
    community: Community, api: ApiServer
) -> None:
    oliver = await community.mentor("Oliver")
    await community.db.run(profiles.edit, oliver, ProfileContent(["go"], 60, BIO))
    priya = api.client_of(community.chief, "moderator")
    (listed,) = (await priya.get("/applications")).json()["applications"]
    path = f"/profile/{oliver.user_id}/status"
    await priya.put(path, json={"status": "suspended", "reason": "No-shows."})
    approval = {"status": "approved", "revision": listed["revision"]}
    approved = await priya.put(path, json=approval)
    assert (approved.status_code, approved.json()["status"]) == (200, "suspended")
    assert (await priya.get("/applications")).json()["applications"] == []
    reinstated = await priya.put(path, json={"status": "approved"})
    assert (reinstated.status_code, reinstated.json()["status"]) == (200, "approved")


async def test_a_moderator_does_not_decide_about_themselves(
    community: Community, api: ApiServer
) -> None:
    amy, _ = await community.applicant("Amy")
    own = await api.client_of(amy, "moderator").put(
        f"/profile/{amy.user_id}/status", json={"status": "approved"}
    )
    assert (own.status_code, own.json()["code"]) == (403, "own-case")
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=100)
    session = await community.session(SessionStatus.DISPUTED, maya, oliver)
    for person in (oliver, maya):
        own = await api.client_of(person, "moderator").put(
            f"/session/{session.id}/settlement", json={"decision": "pay"}
        )
        assert (own.status_code, own.json()["code"]) == (403, "own-case")
    own = await api.client_of(oliver, "moderator").put(
        f"/profile/{oliver.user_id}/status", json={"status": "suspended", "reason": "A break."}
    )
    assert (own.status_code, own.json()["code"]) == (403, "own-case")


async def test_who_manages_the_server_in_discord_may(community: Community, db: Database) -> None:
    amy, _ = await community.applicant("Amy")

    async def ask_discord(guild_id: int, user_id: int) -> Actor:
        return replace(amy, manages_guild=True)

    async with serve_api(db, OPTIONS, member_lookup=ask_discord) as api:
        own = await api.client_of(amy, "moderator").put(
            f"/profile/{amy.user_id}/status", json={"status": "approved"}
        )
    assert own.status_code == 200, own.text
    (entry,) = await db.read(audit.list_entries, community.chief, action="application_approved")
    assert entry.facts["own_case"] is True


async def test_the_api_asks_discord_about_an_applicant_before_an_approval(
    community: Community, db: Database
) -> None:
    amy, _ = await community.applicant("Amy")
    pending = True

    async def ask_discord(guild_id: int, user_id: int) -> Actor:
        person = amy if user_id == amy.user_id else community.chief
        return replace(person, screening_pending=pending and person is amy)

    async with serve_api(db, OPTIONS, member_lookup=ask_discord) as api:
        path, body = f"/profile/{amy.user_id}/status", {"status": "approved"}
        priya = api.client_of(community.chief, "moderator")
        refused = await priya.put(path, json=body)
        assert (refused.status_code, refused.json()["code"]) == (403, "screening-pending")
        pending = False
        approved = await priya.put(path, json=body)
    assert approved.status_code == 200, approved.text


async def test_what_is_approved_is_within_the_limits_of_now(
    community: Community, api: ApiServer
) -> None:
    amy, _ = await community.applicant("Amy", rate=9_000)
    await community.configure(maximum_hourly_rate=100)
    refused = await api.client_of(community.chief, "moderator").put(
        f"/profile/{amy.user_id}/status", json={"status": "approved"}
    )
    assert (refused.status_code, refused.json()["code"]) == (409, "outside-limits")
    assert "between 0 and 100" in refused.json()["detail"]


async def test_a_suspension_is_previewed_and_agreed_to(
    community: Community, api: ApiServer
) -> None:
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=500)
    for day in range(2):
        await community.book(maya, oliver, TUESDAY_NOON + timedelta(days=day))
    priya = api.client_of(community.chief, "moderator")
    preview = (await priya.get(f"/profile/{oliver.user_id}/upcoming")).json()
    assert preview == {"sessions": 2, "groups": 0, "refund": 120, "mentees": 1}
    path = f"/profile/{oliver.user_id}/status"
    body = {"status": "suspended", "reason": "No-shows.", "cancelSessions": True}
    refused = await priya.put(path, json=body | {"expectedSessions": 1, "expectedRefund": 60})
    assert (refused.status_code, refused.json()["code"]) == (409, "terms-changed")
    assert (refused.json()["term"], refused.json()["current"]) == ("count", 2)
    agreed = await priya.put(path, json=body | {"expectedSessions": 2, "expectedRefund": 120})
    assert (agreed.status_code, agreed.json()["sessionsCancelled"]) == (200, 2)
    assert await community.balance(maya) == 500


async def test_who_has_not_passed_the_screening_can_neither_apply_nor_book(
    community: Community, api: ApiServer
) -> None:
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=500)
    await community.db.run(members.record_screening, community.guild_id, maya.user_id, True)
    client = api.client_of(maya)
    for path, body in (
        ("/apply", {"expertise": ["go"], "hourlyRate": 5, "bio": BIO}),
        ("/book", booking_body(oliver.user_id)),
    ):
        refused = await client.post(path, json=body)
        assert (refused.status_code, refused.json()["code"]) == (403, "screening-pending")
    await community.db.run(members.record_screening, community.guild_id, maya.user_id, False)
    assert (await client.post("/book", json=booking_body(oliver.user_id))).status_code == 201


async def test_a_suspension_that_outlasted_an_erasure_can_be_lifted(
    community: Community, api: ApiServer
) -> None:
    oliver = await community.mentor("Oliver")
    moderator, client = api.client_of(community.chief, "moderator"), api.client_of(oliver)
    path = f"/profile/{oliver.user_id}/status"
    await moderator.put(path, json={"status": "suspended", "reason": "Spam"})
    await community.db.run(erasure.erase, oliver)
    await client.put("/me", json={"timezone": "Europe/London"})
    body = {"expertise": ["python"], "hourlyRate": 10, "bio": BIO}
    refused = await client.post("/apply", json=body)
    assert (refused.status_code, refused.json()["code"]) == (403, "suspended")
    lifted = await moderator.put(path, json={"status": "approved"})
    assert (lifted.status_code, lifted.json()["status"]) == (200, "applicant")
    assert (await moderator.put(path, json={"status": "approved"})).status_code == 404
    assert (await client.post("/apply", json=body)).status_code == 201
