"""Which moderator decided is no business of those whom the decision is about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mentorship.actors import Actor
from mentorship.administration import moderation
from mentorship.mentors import application_review
from mentorship.mentors.application_review import Decision
from mentorship.sessions.follow_up import disputes
from mentorship.sessions.groups import creation, group_changes, seats
from mentorship.sessions.groups.creation import GroupRequest
from mentorship.sessions.groups.seats import JoinRequest
from mentorship.sessions.lifecycle import Action
from mentorship.statuses import SessionStatus
from tests.api.server import ApiServer
from tests.mentorship.support.community import TUESDAY_NOON, Community


def moderator_of(community: Community) -> Actor:
    """Return a moderator with an id that nothing else contains."""
    return replace(community.chief, user_id=987_654_321)


async def responses_of(api: ApiServer, actor: Actor, *paths: str) -> dict[str, Any]:
    """Return what a member reads at these paths, as text."""
    client = api.client_of(actor)
    texts = {}
    for path in paths:
        response = await client.get(path)
        assert response.status_code == 200, (path, response.text)
        texts[path] = response.text
    return texts


async def test_participants_are_not_told_which_moderator_ended_a_session(
    community: Community, api: ApiServer
) -> None:
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=200)
    session = await community.session(SessionStatus.DISPUTED, maya, oliver)
    await community.db.run(disputes.resolve, moderator_of(community), session.id, Action.REFUND)
    paths = (f"/session/{session.id}", "/sessions/mentee", "/points/transfers")
    for path, text in (await responses_of(api, maya, *paths)).items():
        assert str(moderator_of(community).user_id) not in text, path
    for path, text in (
        await responses_of(api, oliver, f"/session/{session.id}", "/sessions/mentor")
    ).items():
        assert str(moderator_of(community).user_id) not in text, path


async def test_a_suspended_mentor_and_the_mentee_do_not_learn_who_suspended(
    community: Community, api: ApiServer
) -> None:
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=200)
    session = await community.session(SessionStatus.CONFIRMED, maya, oliver)
    await community.db.run(
        moderation.suspend, moderator_of(community), oliver.user_id, "Spam", cancel_sessions=True
    )
    for actor in (maya, oliver):
        (text,) = (await responses_of(api, actor, f"/session/{session.id}")).values()
        assert str(moderator_of(community).user_id) not in text
        assert '"status":"cancelled"' in text


async def test_an_applicant_is_not_told_which_moderator_decided(
    community: Community, api: ApiServer
) -> None:
    amy, application = await community.applicant("Amy")
    await community.db.run(
        application_review.decide,
        moderator_of(community),
        application.id,
        Decision.REJECTED,
        "Tell us more about yourself",
    )
    (text,) = (await responses_of(api, amy, "/apply")).values()
    assert str(moderator_of(community).user_id) not in text
    assert '"status":"rejected"' in text


async def test_attendees_are_not_told_which_moderator_cancelled_a_group_session(
    community: Community, api: ApiServer
) -> None:
    oliver, maya = await community.mentor("Oliver"), await community.member("Maya", points=200)
    group = await community.db.run(
        creation.create, oliver, GroupRequest("Office hours", TUESDAY_NOON, 60, capacity=2, price=0)
    )
    seat = await community.db.run(seats.join, maya, JoinRequest(group.id))
    await community.db.run(
        group_changes.cancel, moderator_of(community), group.id, "The room is gone"
    )
    chief = str(moderator_of(community).user_id)
    for actor in (maya, oliver):
        paths = (f"/groups/{group.id}", "/groups?status=cancelled")
        for path, text in (await responses_of(api, actor, *paths)).items():
            assert chief not in text, path
    (text,) = (await responses_of(api, maya, f"/session/{seat.id}")).values()
    assert chief not in text
    own = api.client_of(moderator_of(community), "moderator")
    assert (await own.get(f"/groups/{group.id}")).json()["endedBy"] == chief
