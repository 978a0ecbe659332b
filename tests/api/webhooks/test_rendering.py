"""The bodies of webhooks: the API's shapes as they are now, and nothing private."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from api.webhooks import payloads, rendering
from api.webhooks.payloads import EVENTS
from mentorship.actors import Actor
from mentorship.administration import moderation, setup
from mentorship.event_types import EventType
from mentorship.mentors import application_review, meeting_link
from mentorship.mentors.application_review import Decision
from mentorship.operations import erasure
from mentorship.points import adjustments, transfers
from mentorship.points.transfers import Recipient
from mentorship.sessions import transitions
from mentorship.sessions.follow_up import disputes, reviews
from mentorship.sessions.lifecycle import Action
from mentorship.statuses import SessionStatus
from mentorship.webhooks.feed_events import FeedEvent
from tests.api.groups.conftest import GroupApi
from tests.api.server import ApiServer
from tests.api.webhooks.feed import load_events, render_all, render_latest
from tests.mentorship.support.community import Community

LINK = "https://meet.example.com/oliver"

OWN_FIELDS = {"meetingLink", "refundIfCancelled", "actions"}
"""Fields of a session that depend on who looks at it."""


def without(shape: dict[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in shape.items() if name not in names}


async def test_a_session_is_the_one_of_the_api_without_private_fields(
    community: Community, api: ApiServer
) -> None:
    oliver = await community.mentor("Oliver")
    maya = await community.member("Maya", points=100)
    await community.db.run(meeting_link.change, oliver, LINK)
    session = await community.book(maya, oliver, topic="Slow tests")
    await community.db.run(transitions.confirm, oliver, session.id)
    body = await render_latest(community.db, EventType.SESSION_CONFIRMED)
    assert (body["type"], body["timestamp"]) == ("session.confirmed", "2026-03-02T12:00:00Z")
    data = body["data"]
    assert (data["guildId"], data["actorId"]) == (str(oliver.guild_id), str(oliver.user_id))
    assert (data["sessionId"], data["groupId"]) == (str(session.id), None)
    seen = (await api.client_of(maya).get(f"/session/{session.id}")).json()
    assert seen["meetingLink"] == LINK
    # What the mentee has answered is for the two people alone.
    assert "answers" not in data["session"]
    del seen["answers"]
    assert without(data["session"], OWN_FIELDS) == without(seen, OWN_FIELDS)
    private = {name: data["session"][name] for name in OWN_FIELDS}
    assert private == {"meetingLink": None, "refundIfCancelled": None, "actions": []}


async def test_a_session_is_shown_as_it_is_now(community: Community) -> None:
    oliver = await community.mentor("Oliver")
    maya = await community.member("Maya", points=100)
    await community.session(SessionStatus.DECLINED, maya, oliver)
    booked = await render_latest(community.db, EventType.SESSION_BOOKED)
    assert booked["data"]["session"]["status"] == "declined"


async def test_no_moderator_is_named(community: Community) -> None:
    oliver = await community.mentor("Oliver")
    maya = await community.member("Maya", points=100)
    disputed = await community.session(SessionStatus.DISPUTED, maya, oliver)
    judith = Actor(777_777, "Judith", community.guild_id, manages_guild=True)
    run = community.db.run
    await run(disputes.resolve, judith, disputed.id, Action.REFUND)
    await run(adjustments.grant, judith, Recipient(maya.user_id, "Maya"), 5, "Thanks")
    await run(moderation.suspend, judith, oliver.user_id, "Silent", cancel_sessions=False)
    await run(setup.configure, judith, fee_percent=5)
    _, application = await community.applicant("Priya")
    await run(application_review.decide, judith, application.id, Decision.APPROVED)
    for body in await render_all(community.db):
        assert not marks(judith) & words(body), body["type"]
    granted = await render_latest(community.db, EventType.POINTS_GRANTED)
    assert (granted["data"]["memberId"], granted["data"]["amount"]) == (str(maya.user_id), 5)
    suspended = await render_latest(community.db, EventType.MENTOR_SUSPENDED)
    assert suspended["data"]["mentor"]["status"] == "suspended"
    changed = await render_latest(community.db, EventType.SETTING_CHANGED)
    assert changed["data"]["settings"] == ["fee_percent"]


async def test_a_hidden_review_is_not_shown(community: Community) -> None:
    oliver = await community.mentor("Oliver")
    maya = await community.member("Maya", points=100)
    met = await community.session(SessionStatus.COMPLETED, maya, oliver)
    await community.db.run(reviews.rate, maya, met.id, 5, "A gem")
    written = await render_latest(community.db, EventType.REVIEW_WRITTEN)
    assert written["data"]["review"]["review"] == "A gem"
    await community.db.run(moderation.hide_review, community.chief, met.id, "Rude")
    for kind in (EventType.REVIEW_WRITTEN, EventType.REVIEW_HIDDEN):
        assert (await render_latest(community.db, kind))["data"]["review"] is None


async def test_seats_and_groups_are_shown(community: Community, api: ApiServer) -> None:
    oliver = await community.mentor("Oliver")
    groups = GroupApi(api, oliver, api.client_of(oliver))
    maya = await community.member("Maya", points=100)
    group = await groups.create(place="link", meetingLink=LINK)
    assert (await groups.join(group, maya)).status_code == 201
    taken = (await render_latest(community.db, EventType.SEAT_TAKEN))["data"]
    assert (taken["groupId"], taken["session"]["menteeId"]) == (group["id"], str(maya.user_id))
    created = (await render_latest(community.db, EventType.GROUP_CREATED))["data"]["group"]
    assert (created["seatsTaken"], created["actions"], created["meetingLink"]) == (1, [], None)
    own = {"meetingLink", "actions", "mySeat", "points", "attendees", "refundIfCancelled"}
    seen = await groups.load(group, maya)
    assert without(created, own) == without(seen, own | {"following"})


async def test_offers_and_applications_are_shown(community: Community, api: ApiServer) -> None:
    oliver = await community.mentor("Oliver")
    maya = await community.member("Maya", points=100)
    start = {"scheduledAt": "2026-03-03T12:00:00Z", "duration": 60, "notes": "Talk", "price": 30}
    invitation = await api.client_of(oliver).post(
        "/invitations", json=start | {"userId": str(maya.user_id)}
    )
    assert invitation.status_code == 201, invitation.text
    sent = (await render_latest(community.db, EventType.INVITATION_SENT))["data"]
    assert sent["invitation"]["id"] == sent["invitationId"] == invitation.json()["id"]
    asked = await api.client_of(maya).post(
        "/requests", json={"expertise": "python", "text": "My tests are slow."}
    )
    assert asked.status_code == 201, asked.text
    wish = (await render_latest(community.db, EventType.HELP_REQUESTED))["data"]
    assert wish["helpRequest"]["text"] == "My tests are slow."
    _, application = await community.applicant("Priya")
    submitted = (await render_latest(community.db, EventType.APPLICATION_SUBMITTED))["data"]
    assert submitted["applicationId"] == str(application.id)
    assert submitted["application"]["status"] == "pending"


async def test_an_erased_person_is_left_out(community: Community) -> None:
    oliver = await community.mentor("Oliver Quux")
    maya = await community.member("Maya Zyzzyx", points=100)
    met = await community.session(SessionStatus.COMPLETED, maya, oliver)
    await community.db.run(reviews.rate, maya, met.id, 5, "A gem")
    give = Recipient(oliver.user_id, "Oliver Quux", is_member=True)
    await community.db.run(transfers.give, maya, give, 5)
    before = await render_all(community.db)
    for person in (maya, oliver):
        assert any(marks(person) & words(body) for body in before)
        await community.db.run(erasure.erase, person)
    after = await render_all(community.db)
    assert [body["id"] for body in after] == [body["id"] for body in before]
    for body in after:
        assert not (marks(maya) | marks(oliver)) & words(body), body["type"]


def marks(person: Actor) -> set[str]:
    return {str(person.user_id), person.name}


def words(value: Any) -> set[str]:
    """Return all texts in a value of JSON."""
    if isinstance(value, dict):
        return set().union(*map(words, value.values()))
    if isinstance(value, list):
        return set().union(*map(words, value))
    return {value} if isinstance(value, str) else set()


@pytest.mark.parametrize("kind", list(EventType))
async def test_every_type_is_rendered_when_its_subject_is_gone(
    community: Community, kind: EventType
) -> None:
    event = FeedEvent(7, 1, community.guild_id, kind, datetime(2026, 3, 2, 12, tzinfo=UTC))
    gone = 999
    ids = dict.fromkeys(
        ("session_id", "revision_id", "group_id", "invitation_id", "request_id"), gone
    )
    for each in (event, FeedEvent(8, 2, *_start(event), gone, gone, **ids)):
        [body] = (await community.db.read(rendering.render_bodies, [each])).values()
        parsed = json.loads(body)
        assert parsed["id"] == f"evt_{each.id}"
        assert EVENTS[kind][0].model_validate(parsed).type == kind.value


def _start(event: FeedEvent) -> tuple[int, EventType, datetime]:
    return event.guild_id, event.type, event.occurred_at


async def test_only_an_event_that_cannot_be_read_is_left_out(community: Community) -> None:
    oliver = await community.mentor("Oliver")
    maya = await community.member("Maya", points=200)
    await community.book(maya, oliver)
    events = await community.db.read(load_events)
    events[0] = replace(events[0], type=EventType.POINTS_GIVEN, facts={"amount": "many"})
    bodies = await community.db.read(rendering.render_bodies, events)
    assert [event.id for event in events if event.id not in bodies] == [events[0].id]


def test_every_event_has_a_model_and_a_sentence() -> None:
    for kind, (model, sentence) in EVENTS.items():
        schema = model.model_json_schema()
        assert kind.value in schema["properties"]["type"]["enum"]
        assert sentence.endswith(".")


def test_a_test_delivery_has_the_form_of_an_event() -> None:
    body = rendering.test_body("test_1", 10, datetime(2026, 3, 2, 12, tzinfo=UTC))
    event = payloads.TestEvent.model_validate_json(body)
    assert (event.id, event.type, event.data.guild_id) == ("test_1", "webhook.test", "10")
