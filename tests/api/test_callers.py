"""Who makes a request: members, newcomers, people who left, services, and what each can see."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from mentorship.actors import Actor
from mentorship.availability import timezone_change
from mentorship.sessions import departures, transitions
from storage import Transaction
from storage.tables import MentorProfile
from tests.api.server import ApiServer, booking_body, create_token
from tests.mentorship.support.community import Community


@pytest.fixture
async def oliver(community: Community) -> str:
    return str((await community.mentor("Oliver")).user_id)


async def test_private_data_is_not_disclosed(community: Community, api: ApiServer) -> None:
    oliver = await community.mentor("Oliver")

    async def set_link(tx: Transaction) -> None:
        await tx.connection.execute(
            update(MentorProfile).values(meeting_link="https://meet.example/secret")
        )

    await community.db.run(set_link)
    maya, noor = await community.member("Maya", points=100), await community.member("Noor")
    booked = await community.book(maya, oliver)
    for path in (f"/profile/{oliver.user_id}", "/search", f"/mentors/{oliver.user_id}/slots"):
        response = await api.client_of(noor).get(path)
        assert response.status_code == 200
        assert "secret" not in response.text
        assert "balance" not in response.text
    pending = await api.client_of(maya).get(f"/session/{booked.id}")
    assert pending.json()["meetingLink"] is None
    await community.db.run(transitions.confirm, oliver, booked.id)
    seen = await api.client_of(maya).get(f"/session/{booked.id}")
    assert seen.json()["meetingLink"] == "https://meet.example/secret"
    assert (await api.client_of(noor).get(f"/session/{booked.id}")).status_code == 404


async def test_somebody_who_left_the_server_is_refused(
    community: Community, api: ApiServer
) -> None:
    oliver = await community.mentor("Oliver")
    await community.db.run(departures.record_departure, community.guild_id, oliver.user_id)
    response = await api.client_of(oliver).get("/me")
    assert (response.status_code, response.json()["code"]) == (403, "not-a-member")


async def test_a_new_member_has_the_name_in_the_token(
    community: Community, api: ApiServer, oliver: str
) -> None:
    newcomer = Actor(4242, "Ada Neumann", community.guild_id)
    await community.configure(starting_balance=100)
    booked = await api.client_of(newcomer).post("/book", json=booking_body(oliver))
    assert (booked.status_code, booked.json()["menteeName"]) == (201, "Ada Neumann")
    assert (await api.client_of(newcomer).get("/me")).json()["timezone"] == "America/New_York"


async def test_a_name_from_discord_replaces_the_default_name(
    community: Community, api: ApiServer, oliver: str
) -> None:
    newcomer = api.client_with_token(create_token(4242, community.guild_id))
    assert (await newcomer.get("/me")).json()["name"] == "A member"
    await community.db.run(
        timezone_change.set_timezone, Actor(4242, "Ada", community.guild_id), "Asia/Kolkata"
    )
    await community.grant(Actor(4242, "Ada", community.guild_id), 100)
    booked = await newcomer.post("/book", json=booking_body(oliver))
    assert booked.json()["menteeName"] == "Ada"


async def test_only_a_service_can_act_for_another_member(
    community: Community, api: ApiServer
) -> None:
    maya, noor = await community.member("Maya"), await community.member("Noor")
    for scope in ("member", "moderator"):
        response = await api.client_of(maya, scope, **{"Act-As": str(noor.user_id)}).get("/me")
        assert (response.status_code, response.json()["code"]) == (403, "insufficient-scope")
    own = await api.client_of(maya, **{"Act-As": str(maya.user_id)}).get("/me")
    assert own.json()["userId"] == str(maya.user_id)
    service = await api.client_of(maya, "service", **{"Act-As": str(noor.user_id)}).get("/me")
    assert service.json()["name"] == "Noor"
    wrong = await api.client_of(maya, "service", **{"Act-As": "noor"}).get("/me")
    assert (wrong.status_code, wrong.json()["errors"][0]["header"]) == (422, "Act-As")


async def test_an_unapproved_profile_is_visible_to_its_owner_only(
    community: Community, api: ApiServer
) -> None:
    amy, _ = await community.applicant("Amy")
    noor = await community.member("Noor")
    path = f"/profile/{amy.user_id}"
    assert (await api.client_of(noor).get(path)).status_code == 404
    own = await api.client_of(amy).get(path)
    assert (own.status_code, own.json()["status"]) == (200, "applicant")
