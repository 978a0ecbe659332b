"""Meetings follow their sessions, through failures of the provider at any step."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta

import jwt
import pytest

from integrations.meetings.jitsi import Jitsi, JitsiAccount
from integrations.meetings.worker import MeetingWorker
from mentorbot.jobs import integration_jobs
from mentorship.availability import editor
from mentorship.meetings import outcomes, work
from mentorship.mentors import meeting_link
from mentorship.notifications.catalogue import NotificationKind
from mentorship.sessions import rescheduling, transitions
from mentorship.sessions.groups import creation, group_changes, group_views, moving, seats
from mentorship.sessions.groups.creation import GroupRequest
from mentorship.sessions.groups.group_changes import GroupEdit
from mentorship.sessions.groups.seats import JoinRequest
from mentorship.sessions.places import session_link
from mentorship.sessions.session_views import SessionView
from storage import Database
from tests.conftest import Clock
from tests.integrations.meetings.place import JITSI, Place, meeting_at
from tests.integrations.meetings.standins import DailyStandIn, Fault, ZoomStandIn
from tests.mentorship.support.community import TUESDAY_NOON, Community

OWN_LINK = "https://meet.example.com/oliver"
LATER = TUESDAY_NOON + timedelta(days=1)


@pytest.fixture
async def town(db: Database, clock: Clock) -> Community:
    return Community(db, clock)


@pytest.fixture(params=["zoom", "daily"])
async def place(request: pytest.FixtureRequest, town: Community) -> AsyncIterator[Place]:
    server = ZoomStandIn() if request.param == "zoom" else DailyStandIn()
    async with meeting_at(town, server) as opened:
        yield opened


async def move(place: Place, session: SessionView) -> None:
    await place.town.db.run(rescheduling.propose, place.mentee, session.id, LATER)
    await place.town.db.run(rescheduling.accept, place.mentor, session.id)


async def cancel(place: Place, session: SessionView) -> None:
    await place.town.db.run(transitions.cancel, place.mentee, session.id)


async def messages(place: Place) -> list[tuple[int, NotificationKind]]:
    rows = await place.town.notifications(NotificationKind.MEETING_LINK)
    return [(row.user_id, row.kind) for row in rows]


# --- The life of a meeting ------------------------------------------------------------------------


async def test_request_has_no_meeting_until_it_is_confirmed(place: Place) -> None:
    session = await place.town.book(place.mentee, place.mentor)
    await place.work()
    assert place.existing() == []
    await place.town.db.run(transitions.confirm, place.mentor, session.id)
    await place.work()
    [row] = await place.rows()
    assert [key for key, *_ in place.existing()] == [row.room_key]
    assert (row.status, row.next_at, row.problem) == ("made", None, None)
    assert await place.link(session) == row.join_url


async def test_link_is_a_new_revision_and_an_event(place: Place) -> None:
    session = await place.agree()
    before = (await place.town.reload(session)).sequence
    await place.work()
    assert (await place.town.reload(session)).sequence == before + 1
    assert await place.events("session.meeting_link_changed") == [{"provider": place.provider}]
    # The reminders will have it.
    assert await messages(place) == []


async def test_link_shortly_before_the_start_is_told_to_both(place: Place) -> None:
    await place.town.db.run(editor.set_limits, place.mentor, minimum_notice=0)
    session = await place.agree(start=place.town.clock.now + timedelta(minutes=30))
    await place.work()
    people = {place.mentor.user_id, place.mentee.user_id}
    assert {user_id for user_id, _ in await messages(place)} == people
    assert await place.link(session) is not None


async def test_moved_session_keeps_its_link(place: Place) -> None:
    session = await place.agree()
    await place.work()
    link, before = await place.link(session), place.existing()
    await move(place, session)
    await place.work()
    assert await place.link(session) == link
    [(key, *times)] = place.existing()
    assert key == before[0][0]
    assert tuple(times) != before[0][1:]
    [row] = await place.rows()
    assert (row.starts_at, row.next_at) == (LATER, None)


async def test_cancelled_session_has_no_meeting_any_more(place: Place) -> None:
    session = await place.agree()
    await place.work()
    await cancel(place, session)
    await place.work()
    assert place.existing() == []
    assert await place.rows() == []


async def test_session_that_is_cancelled_before_the_meeting_is_made_gets_none(
    place: Place,
) -> None:
    session = await place.agree()
    await cancel(place, session)
    await place.work()
    assert place.existing() == []
    assert [each for each in place.server.requests if "POST" in each and "oauth" not in each] == []


async def test_completed_session_leaves_no_work(place: Place) -> None:
    session = await place.agree()
    await place.work()
    await place.town.wait_until(session.ends_at + timedelta(days=3))
    await place.work()
    assert await place.rows() == []


async def test_own_link_of_a_session_replaces_its_meeting(place: Place) -> None:
    session = await place.agree()
    await place.work()
    made = await place.link(session)
    await place.town.db.run(session_link.set_link, place.mentor, session.id, OWN_LINK)
    await place.work()
    assert place.existing() == []
    assert await place.link(session) == OWN_LINK
    # Without it, the provider is asked again.
    await place.town.db.run(session_link.set_link, place.mentor, session.id, "")
    await place.work()
    assert len(place.existing()) == 1
    assert await place.link(session) not in (None, made, OWN_LINK)


async def test_link_that_is_emptied_comes_back(place: Place) -> None:
    session = await place.agree()
    await place.work()
    made = await place.link(session)
    await place.town.db.run(session_link.set_link, place.mentor, session.id, "")
    await place.work()
    assert await place.link(session) == made
    assert len(place.existing()) == 1


async def test_mentors_own_link_is_not_for_sessions_at_a_provider(place: Place) -> None:
    session = await place.agree()
    await place.town.db.run(meeting_link.change, place.mentor, OWN_LINK)
    assert await place.link(session) is None
    await place.work()
    assert await place.link(session) == (await place.rows())[0].join_url


async def test_session_at_a_provider_begins_without_the_mentors_link(place: Place) -> None:
    await place.town.db.run(meeting_link.change, place.mentor, OWN_LINK)
    session = await place.agree()
    assert await place.link(session) is None
    await place.work()
    assert await place.link(session) == (await place.rows())[0].join_url


async def test_mentors_choice_of_their_own_link_comes_before_the_guilds(place: Place) -> None:
    await place.town.db.run(meeting_link.change, place.mentor, OWN_LINK)
    await place.town.db.run(meeting_link.change_place, place.mentor, "link")
    session = await place.agree()
    await place.work()
    assert await place.link(session) == OWN_LINK
    assert place.existing() == []


async def test_mentors_choice_of_a_provider_comes_before_the_guilds(place: Place) -> None:
    await place.town.configure(meeting_place="link")
    await place.town.db.run(meeting_link.change_place, place.mentor, place.provider)
    session = await place.agree()
    await place.work()
    assert len(place.existing()) == 1
    assert await place.link(session) is not None


async def test_provider_that_is_chosen_later_serves_sessions_that_start_soon(
    place: Place,
) -> None:
    await place.town.configure(meeting_place="thread")
    session = await place.agree()
    await place.work()
    await place.town.configure(meeting_place=place.provider)
    await place.work()
    assert place.existing() == []
    place.town.clock.now = TUESDAY_NOON - timedelta(minutes=50)
    await place.work()
    assert len(place.existing()) == 1
    assert await place.link(session) is not None


async def test_each_session_has_a_meeting_of_its_own(place: Place) -> None:
    links = set()
    for hours in (0, 2, 4):
        session = await place.agree(start=TUESDAY_NOON + timedelta(hours=hours))
        await place.work()
        links.add(await place.link(session))
    assert len(links) == 3
    assert len(place.existing()) == 3


# --- Failures -------------------------------------------------------------------------------------

_LONG = pytest.mark.long
FAULTS = [
    Fault(0, carried_out=True),
    Fault(503, carried_out=True),
    Fault(401),
    Fault(404),
    pytest.param(Fault(500), marks=_LONG),
    pytest.param(Fault(0), marks=_LONG),
    pytest.param(Fault(-1, carried_out=True), marks=_LONG),
    pytest.param(Fault(-2, carried_out=True), marks=_LONG),
    pytest.param(Fault(429, headers={"Retry-After": "30"}), marks=_LONG),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.status}-{fault.carried_out}")
@pytest.mark.parametrize("step", range(5))
async def test_failure_at_any_step_leaves_one_meeting_and_then_none(
    place: Place, fault: Fault, step: int
) -> None:
    """The steps are the requests of making, moving and removing a meeting, one after another."""
    if place.provider == "daily" and step > 2:
        pytest.skip("Daily is asked three times")
    session = await place.agree()
    failing = _FailOnce(place, fault, step)
    await failing.until_done()
    assert len(place.existing()) == 1
    assert await place.link(session) == (await place.rows())[0].join_url
    await move(place, session)
    await failing.until_done()
    [(_, *times)] = place.existing()
    assert await place.link(session) == (await place.rows())[0].join_url
    assert (await place.rows())[0].starts_at == LATER
    assert len(times) == 2
    await cancel(place, session)
    await failing.until_done()
    assert place.existing() == []
    assert await place.rows() == []


class _FailOnce:
    """Lets one request of the provider's API fail: the one with this number."""

    def __init__(self, place: Place, fault: Fault, step: int) -> None:
        self.place = place
        place.server.faults.append(replace(fault, skip=step))

    async def until_done(self) -> None:
        """Work until nothing is left to do."""
        await self.place.work()
        for _ in range(20):
            if not [row for row in await self.place.rows() if row.next_at is not None]:
                return
            await self.place.work_later(minutes=5)
        raise AssertionError(await self.place.rows())


async def test_provider_that_asks_to_wait_is_not_asked_before(place: Place) -> None:
    place.server.faults.append(
        Fault(429, headers={"Retry-After": "600"}, only=f"POST /{_version(place)}")
    )
    await place.agree()
    await place.work()
    asked = len(place.server.requests)
    await place.work_later(minutes=9)
    assert len(place.server.requests) == asked
    await place.work_later(minutes=2)
    assert len(place.existing()) == 1


def _version(place: Place) -> str:
    return "v2" if place.provider == "zoom" else "v1"


async def fail_until(place: Place, minutes_before: float) -> None:
    """Let the provider be down until so many minutes before the start."""
    place.server.is_down = True
    until = TUESDAY_NOON - timedelta(minutes=minutes_before)
    while place.town.clock.now < until:
        await place.work()
        place.town.clock.now = min(place.town.clock.now + timedelta(minutes=10), until)
    await place.work()


async def test_fallback_is_the_mentors_own_link_and_both_are_told(place: Place) -> None:
    session = await place.agree()
    await place.town.db.run(meeting_link.change, place.mentor, OWN_LINK)
    await fail_until(place, 16)
    assert await place.link(session) is None
    await fail_until(place, 15)
    assert await place.link(session) == OWN_LINK
    people = {place.mentor.user_id, place.mentee.user_id}
    assert {user_id for user_id, _ in await messages(place)} == people
    [facts] = await place.events("session.meeting_link_changed")
    assert facts["fallback"] == "own_link"


async def test_moderators_are_told_once_a_day_of_a_provider_that_fails(place: Place) -> None:
    await place.agree()
    await fail_until(place, 60 * 20)
    rows = await place.town.notifications(NotificationKind.MEETING_PLACE_FAILED)
    assert [row.facts["provider"] for row in rows] == [place.provider]
    assert "secret" not in repr(rows)


async def test_fallback_without_an_own_link_is_a_spare_room(town: Community) -> None:
    async with meeting_at(town, DailyStandIn(), with_jitsi=True) as place:
        session = await place.agree()
        await fail_until(place, 15)
        link = await place.link(session)
        assert link is not None
        assert link.startswith(f"{JITSI}/")
        assert await place.events("session.meeting_link_changed") == [
            {"room": "daily", "fallback": "spare_room"}
        ]


async def test_fallback_with_nothing_asks_for_a_link_and_takes_it(place: Place) -> None:
    session = await place.agree()
    await fail_until(place, 15)
    assert await place.link(session) is None
    assert {user_id for user_id, _ in await messages(place)} == {
        place.mentor.user_id,
        place.mentee.user_id,
    }
    await place.town.db.run(meeting_link.change, place.mentor, OWN_LINK)
    assert await place.link(session) == OWN_LINK


async def test_provider_that_comes_back_late_doubles_nothing(place: Place) -> None:
    session = await place.agree()
    # The provider makes the meeting, and its answer is lost.
    place.server.faults.append(Fault(0, carried_out=True, only=f"POST /{_version(place)}"))
    await place.work()
    assert len(place.existing()) == 1
    await place.town.db.run(meeting_link.change, place.mentor, OWN_LINK)
    await fail_until(place, 15)
    assert await place.link(session) == OWN_LINK
    place.server.is_down = False
    await place.work_later(minutes=5)
    # Its meeting is removed, and the place that both were told of stays.
    assert place.existing() == []
    assert await place.link(session) == OWN_LINK
    told = len(await messages(place))
    await place.work_later(minutes=30)
    assert (place.existing(), len(await messages(place))) == ([], told)


async def test_session_at_short_notice_falls_back_at_once(place: Place) -> None:
    await place.town.db.run(meeting_link.change, place.mentor, OWN_LINK)
    await place.town.db.run(editor.set_limits, place.mentor, minimum_notice=0)
    place.server.is_down = True
    start = place.town.clock.now.replace(minute=0) + timedelta(hours=1)
    place.town.clock.now = start - timedelta(minutes=5)
    session = await place.agree(start=start)
    await place.work()
    assert await place.link(session) == OWN_LINK


async def test_provider_that_is_not_configured_any_more_falls_back(place: Place) -> None:
    session = await place.agree()
    await place.town.db.run(meeting_link.change, place.mentor, OWN_LINK)
    place.worker = MeetingWorker(place.town.db, {})
    await fail_until(place, 15)
    assert await place.link(session) == OWN_LINK
    assert [row.problem for row in await place.rows()] == ["not_configured"]


async def test_zoom_host_has_one_meeting_at_a_time(town: Community) -> None:
    server = ZoomStandIn(users=("one@example.com", "two@example.com"))
    async with meeting_at(town, server) as place:
        others = [await town.mentor(f"Mentor {number}") for number in range(2)]
        guests = [await town.member(f"Guest {number}", points=100) for number in range(2)]
        await place.agree()
        for mentor, guest in zip(others, guests, strict=True):
            session = await town.book(guest, mentor, TUESDAY_NOON + timedelta(minutes=30))
            await town.db.run(transitions.confirm, mentor, session.id)
        await place.agree(start=TUESDAY_NOON + timedelta(hours=2))
        await place.work()
        hosts = sorted((each["start_time"], each["host"]) for each in server.meetings.values())
        assert hosts == [
            ("2026-03-03T12:00:00Z", "one@example.com"),
            ("2026-03-03T12:30:00Z", "two@example.com"),
            ("2026-03-03T14:00:00Z", "one@example.com"),
        ]
        assert [row.problem for row in await place.rows() if row.status == "wanted"] == [
            "no_free_host"
        ]


async def test_meeting_without_a_host_is_given_up_without_a_request(town: Community) -> None:
    server = ZoomStandIn()
    async with meeting_at(town, server) as place:
        other, guest = await town.mentor("Ada"), await town.member("Noah", points=100)
        await place.agree()
        await place.work()
        session = await town.book(guest, other, TUESDAY_NOON + timedelta(minutes=30))
        await town.db.run(transitions.confirm, other, session.id)
        await place.work()
        assert [row.host for row in await place.rows()] == ["host@example.com", None]
        before = list(server.requests)
        await town.db.run(transitions.cancel, guest, session.id)
        await place.work()
        assert server.requests == before
        assert [row.status for row in await place.rows()] == ["made"]


# --- Two workers ----------------------------------------------------------------------------------


async def test_work_that_is_claimed_is_not_claimed_again(place: Place) -> None:
    await place.agree()
    await integration_jobs.follow_events(place.town.db)
    hosts = {"zoom": ("host@example.com",)}
    assert len(await place.town.db.run(work.claim, hosts)) == 1
    assert await place.town.db.run(work.claim, hosts) == []
    place.town.clock.turn(minutes=3)
    assert len(await place.town.db.run(work.claim, hosts)) == 1


async def test_late_worker_overwrites_nothing_and_learns_of_its_double(place: Place) -> None:
    session = await place.agree()
    await integration_jobs.follow_events(place.town.db)
    hosts = {"zoom": ("host@example.com",)}
    [late] = await place.town.db.run(work.claim, hosts)
    await place.work_later()
    link = await place.link(session)
    assert link is not None
    counts = await place.town.db.run(
        outcomes.record_made, late, "4711", "https://elsewhere.example.com/4711"
    )
    assert counts is False
    await place.town.db.run(outcomes.record_failure, late, outcomes.MeetingProblem.UNAVAILABLE)
    assert await place.link(session) == link
    assert [row.problem for row in await place.rows()] == [None]


# --- Group sessions -------------------------------------------------------------------------------


async def test_group_session_has_one_meeting_for_all_seats(place: Place) -> None:
    db, town = place.town.db, place.town
    request = GroupRequest("Office hours", TUESDAY_NOON, 60, 5, 0, place=place.provider)
    group = await db.run(creation.create, place.mentor, request)
    early = await db.run(seats.join, place.mentee, JoinRequest(group.id))
    await place.work()
    [row] = await place.rows()
    assert (row.group_id, row.session_id) == (group.id, None)
    guest = await town.member("Noah")
    late = await db.run(seats.join, guest, JoinRequest(group.id))
    for seat in (early, late):
        assert (await town.reload(seat)).meeting_link == row.join_url
    assert (await db.read(group_views.load, group.id)).meeting_link == row.join_url
    await db.run(moving.move, place.mentor, group.id, LATER)
    await place.work()
    [row] = await place.rows()
    assert (row.starts_at, len(place.existing())) == (LATER, 1)
    await db.run(group_changes.cancel, place.mentor, group.id)
    await place.work()
    assert (place.existing(), await place.rows()) == ([], [])


async def test_group_session_that_changes_its_place_gets_another_link(place: Place) -> None:
    db = place.town.db
    await db.run(meeting_link.change, place.mentor, OWN_LINK)
    request = GroupRequest("Office hours", TUESDAY_NOON, 60, 5, 0, place=place.provider)
    group = await db.run(creation.create, place.mentor, request)
    assert group.meeting_link is None
    await place.work()
    await db.run(group_changes.edit, place.mentor, group.id, GroupEdit(place="link"))
    await place.work()
    assert place.existing() == []
    assert (await db.read(group_views.load, group.id)).meeting_link == OWN_LINK
    await db.run(group_changes.edit, place.mentor, group.id, GroupEdit(place=place.provider))
    await place.work()
    assert len(place.existing()) == 1
    assert (await db.read(group_views.load, group.id)).meeting_link not in (None, OWN_LINK)


async def test_everyone_in_a_group_session_is_told_of_the_fallback(place: Place) -> None:
    db = place.town.db
    await db.run(meeting_link.change, place.mentor, OWN_LINK)
    request = GroupRequest("Office hours", TUESDAY_NOON, 60, 5, 0, place=place.provider)
    group = await db.run(creation.create, place.mentor, request)
    seat = await db.run(seats.join, place.mentee, JoinRequest(group.id))
    await fail_until(place, 15)
    assert (await db.read(group_views.load, group.id)).meeting_link == OWN_LINK
    assert (await place.town.reload(seat)).meeting_link == OWN_LINK
    people = {place.mentor.user_id, place.mentee.user_id}
    assert {user_id for user_id, _ in await messages(place)} == people


async def test_mentor_has_the_link_that_moderates_a_jitsi_room(town: Community) -> None:
    async with meeting_at(town, DailyStandIn()) as place:
        secret = "jitsi-secret-" + "x" * 32
        account = JitsiAccount(JITSI, "mentorbot", secret)
        place.worker = MeetingWorker(town.db, {"jitsi": Jitsi(account)})
        await town.configure(meeting_place="jitsi")
        session = await place.agree()
        group_request = GroupRequest("Office hours", LATER, 60, 5, 0, place="jitsi")
        group = await town.db.run(creation.create, place.mentor, group_request)
        await place.work()
        seen = await town.reload(session)
        in_group = await town.db.read(group_views.load, group.id)
        pairs = [
            tuple(
                seen.link_for(person.user_id, town.clock.now)
                for person in (place.mentor, place.mentee)
            ),
            (in_group.mentor_link, in_group.join_link),
        ]
        for links in pairs:
            moderates = []
            for link in links:
                assert link is not None
                room, _, token = link.partition("?jwt=")
                claims = jwt.decode(
                    token,
                    secret,
                    algorithms=["HS256"],
                    audience="jitsi",
                    options={"verify_nbf": False, "verify_exp": False},
                )
                assert room == f"{JITSI}/{claims['room']}"
                moderates.append(claims["moderator"])
            assert moderates == [True, False]


async def test_jitsi_room_is_there_without_a_request(town: Community) -> None:
    async with AsyncExitStack() as stack:
        place = await stack.enter_async_context(meeting_at(town, DailyStandIn(), with_jitsi=True))
        await town.configure(meeting_place="jitsi", jitsi_server="https://jitsi.example.com")
        session = await place.agree()
        await place.work()
        link = await place.link(session)
        assert link is not None
        assert link.startswith("https://jitsi.example.com/")
        assert len(link.rpartition("/")[2]) == 32
        await move(place, session)
        await place.work()
        assert await place.link(session) == link
        assert place.server.requests == []
