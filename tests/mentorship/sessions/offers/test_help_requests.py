"""The rules of requests for help: whom they are shown to, in which order, and who wins."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from mentorship.actors import Actor
from mentorship.errors import HelpRequestEnded, InvalidField, Limit, LimitReached, NotFound
from mentorship.mentors import profiles
from mentorship.operations import erasure
from mentorship.operations.erasure_phases import steps as erasure_steps
from mentorship.sessions import blocking, clock, departures
from mentorship.sessions.blocking import BlockTarget
from mentorship.sessions.offers import (
    help_requests,
    invitation_answers,
    invitation_views,
    request_views,
)
from mentorship.sessions.offers.help_requests import HelpRequestDraft
from mentorship.sessions.offers.invitation_views import InvitationView
from mentorship.sessions.offers.invitations import InvitationRequest
from mentorship.sessions.offers.request_views import HelpRequestView, PartOfDay
from mentorship.statuses import HelpRequestStatus, InvitationStatus
from storage import Transaction
from storage.tables import RequestedMentor
from tests.mentorship.support.community import OTHER_GUILD, TUESDAY_NOON, Community
from tests.mentorship.support.statements import record_statements

DAY = timedelta(days=1)


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=100)


async def ask(
    town: Community, member: Actor, *times: PartOfDay, most_points: int | None = None
) -> HelpRequestView:
    """Ask for help, and show the request to the first mentors."""
    draft = HelpRequestDraft("python", "My tests are slow.", times, most_points)
    request = await town.db.run(help_requests.ask, member, draft)
    await town.db.run(clock.advance_due)
    return request


async def shown(town: Community) -> list[int]:
    """Return the ids of the mentors whom requests were shown to, in that order."""

    async def load(tx: Transaction) -> list[int]:
        query = select(RequestedMentor.mentor_id).order_by(
            RequestedMentor.shown_at, RequestedMentor.mentor_id
        )
        return list(await tx.connection.scalars(query))

    return await town.db.read(load)


async def offer(town: Community, mentor: Actor, request: HelpRequestView) -> InvitationView:
    terms = InvitationRequest(TUESDAY_NOON, 60, price=0)
    return await town.db.run(help_requests.offer, mentor, request.id, terms)


async def status(town: Community, request: HelpRequestView) -> HelpRequestStatus:
    return (await town.db.read(request_views.load, request.id)).status


async def test_mentors_with_fewer_sessions_lately_are_asked_first(
    town: Community, maya: Actor
) -> None:
    mentors = [await town.mentor(f"Mentor {number}", rate=0) for number in range(7)]
    busy = mentors[:2]
    for number, mentor in enumerate(busy):
        await town.book(await town.member(f"Ben {number}"), mentor)
    await ask(town, maya)
    first = await shown(town)
    assert sorted(first) == sorted(each.user_id for each in mentors[2:])
    town.clock.now += timedelta(minutes=59)
    await town.db.run(clock.advance_due)
    assert await shown(town) == first, "they have an hour"
    town.clock.now += timedelta(minutes=1)
    await town.db.run(clock.advance_due)
    assert sorted(await shown(town)) == sorted(each.user_id for each in mentors)
    town.clock.now += timedelta(hours=1)
    await town.db.run(clock.advance_due)
    assert len(await shown(town)) == 7, "nobody twice"


async def test_help_that_is_needed_now_reaches_others_every_ten_minutes(
    town: Community, maya: Actor
) -> None:
    for number in range(6):
        await town.mentor(f"Mentor {number}", rate=0)
    await ask(town, maya, PartOfDay.NOW)
    town.clock.now += timedelta(minutes=10)
    await town.db.run(clock.advance_due)
    assert len(await shown(town)) == 6


async def test_only_mentors_who_could_help_are_asked(town: Community, maya: Actor) -> None:
    suitable = await town.mentor("Ada", rate=60)
    dear = await town.mentor("Dan", rate=200)
    paused = await town.mentor("Pia", rate=0)
    await town.db.run(profiles.pause, paused)
    blocked = await town.mentor("Bob", rate=0)
    await town.db.run(blocking.block, blocked, BlockTarget(maya.user_id))
    gone = await town.mentor("Gus", rate=0)
    await town.db.run(departures.record_departure, town.guild_id, gone.user_id)
    own = await town.mentor("Own", rate=0)
    request = await ask(town, maya, most_points=30)
    # Ada's half hour costs 30 points.
    assert await shown(town) == sorted([suitable.user_id, own.user_id])
    with pytest.raises(NotFound):
        await offer(town, dear, request)
    await town.db.run(help_requests.withdraw, maya, request.id)
    await ask(town, own)
    assert (await shown(town)).count(own.user_id) == 1, "not about their own request"


async def test_of_mentors_who_offer_at_once_one_wins(town: Community, maya: Actor) -> None:
    mentors = [await town.mentor(f"Mentor {number}", rate=0) for number in range(3)]
    request = await ask(town, maya)
    outcomes = await asyncio.gather(
        *(offer(town, each, request) for each in mentors), return_exceptions=True
    )
    assert sum(isinstance(each, InvitationView) for each in outcomes) == 1
    refusals = [each for each in outcomes if isinstance(each, HelpRequestEnded)]
    assert [each.status for each in refusals] == [HelpRequestStatus.OFFERED] * 2
    assert all((each.name or "").startswith("Mentor") for each in refusals)


async def test_an_offer_is_within_what_the_member_can_pay(town: Community, maya: Actor) -> None:
    ada = await town.mentor("Ada", rate=10)
    request = await ask(town, maya, most_points=10)
    terms = InvitationRequest(TUESDAY_NOON, 60, price=11)
    with pytest.raises(InvalidField):
        await town.db.run(help_requests.offer, ada, request.id, terms)
    assert await status(town, request) is HelpRequestStatus.OPEN


async def test_accepting_books_and_declining_reopens(town: Community, maya: Actor) -> None:
    ada = await town.mentor("Ada", rate=0)
    request = await ask(town, maya)
    first = await offer(town, ada, request)
    assert await status(town, request) is HelpRequestStatus.OFFERED
    await town.db.run(invitation_answers.decline, maya, first.id)
    assert await status(town, request) is HelpRequestStatus.OPEN
    second = await offer(town, ada, request)
    await town.db.run(invitation_answers.accept, maya, second.id)
    assert await status(town, request) is HelpRequestStatus.BOOKED
    with pytest.raises(HelpRequestEnded):
        await town.db.run(help_requests.withdraw, maya, request.id)


async def test_a_request_expires_after_a_week_and_an_offer_keeps_it(
    town: Community, maya: Actor
) -> None:
    ada = await town.mentor("Ada", rate=0)
    request = await ask(town, maya)
    town.clock.now = request.expires_at - timedelta(hours=1)
    terms = InvitationRequest(request.expires_at + 2 * DAY, 60, price=0)
    offered = await town.db.run(help_requests.offer, ada, request.id, terms)
    town.clock.now = request.expires_at + timedelta(hours=1)
    await town.db.run(clock.advance_due)
    assert await status(town, request) is HelpRequestStatus.OFFERED
    await town.db.run(invitation_answers.decline, maya, offered.id)
    await town.db.run(clock.advance_due)
    assert await status(town, request) is HelpRequestStatus.EXPIRED


async def test_open_requests_are_limited(town: Community, maya: Actor) -> None:
    first = await ask(town, maya)
    await ask(town, maya)
    with pytest.raises(LimitReached) as error:
        await ask(town, maya)
    assert error.value.limit is Limit.HELP_REQUESTS
    await town.db.run(help_requests.withdraw, maya, first.id)
    await ask(town, maya)


async def test_the_request_of_somebody_who_left_ends(town: Community, maya: Actor) -> None:
    request = await ask(town, maya)
    await town.db.run(departures.record_departure, town.guild_id, maya.user_id)
    await town.db.run(clock.advance_due)
    assert await status(town, request) is HelpRequestStatus.WITHDRAWN


async def test_downtime_extends_the_week(town: Community, maya: Actor) -> None:
    await town.db.run(clock.advance)
    request = await ask(town, maya)
    town.clock.now += timedelta(hours=30)
    for _ in range(3):
        await town.db.run(clock.advance)
        town.clock.now += timedelta(seconds=30)
    extended = await town.db.read(request_views.load, request.id)
    assert extended.expires_at == request.expires_at + timedelta(hours=30)


async def test_erasing_somebody_ends_their_request_and_its_offer(
    town: Community, maya: Actor
) -> None:
    ada = await town.mentor("Ada", rate=0)
    offered = await ask(town, maya)
    waiting = await ask(town, maya)
    invitation = await offer(town, ada, offered)
    result = await town.db.run(erasure.erase, maya)
    while result.unfinished is not None and await town.db.run(
        erasure_steps.step, result.unfinished
    ):
        pass
    for request in (offered, waiting):
        ended = await town.db.read(request_views.load, request.id)
        assert (ended.status, ended.text) == (HelpRequestStatus.WITHDRAWN, "")
    ended_offer = await town.db.read(invitation_views.load, invitation.id)
    assert ended_offer.status is InvitationStatus.EXPIRED


async def test_a_mentor_of_two_servers_answers_a_request_in_its_own(
    town: Community, maya: Actor
) -> None:
    oliver = await town.mentor("Oliver", rate=0)
    elsewhere = Community(town.db, town.clock, OTHER_GUILD)
    await elsewhere.configure()
    there = await elsewhere.mentor("Other", rate=0)
    request = await ask(town, maya)
    with pytest.raises(NotFound):
        await offer(elsewhere, replace(oliver, guild_id=OTHER_GUILD), request)
    with pytest.raises(NotFound):
        await offer(elsewhere, there, request)


async def test_an_offer_loads_the_mentors_calendar_once(town: Community, maya: Actor) -> None:
    ada = await town.mentor("Ada", rate=0)
    request = await ask(town, maya)
    with record_statements(town.db) as statements:
        await offer(town, ada, request)
    calendars = [text for text, _ in statements if "weekly_hours" in text and "mentee_busy" in text]
    assert len(calendars) == 1


async def test_an_offer_at_the_usual_rate_is_within_what_the_member_can_pay(
    town: Community, maya: Actor
) -> None:
    ada = await town.mentor("Ada", rate=11)
    request = await ask(town, maya, most_points=10)
    with pytest.raises(InvalidField):
        await town.db.run(help_requests.offer, ada, request.id, InvitationRequest(TUESDAY_NOON, 60))
    half = InvitationRequest(TUESDAY_NOON, 30)
    offered = await town.db.run(help_requests.offer, ada, request.id, half)
    assert offered.price == 6
