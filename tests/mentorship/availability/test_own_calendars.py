"""What mentors have in their own calendars keeps others from choosing that time, and not them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from mentorship.actors import Actor
from mentorship.availability import editor, slot_queries
from mentorship.availability.slot_alerts import alerts, dispatch
from mentorship.availability.slot_alerts.wishes import SlotWish
from mentorship.errors import SlotTaken
from mentorship.notifications.catalogue import NotificationKind
from mentorship.search import profile_views, search
from mentorship.search.query import SearchQuery, Sort
from mentorship.sessions import alternatives, booking, rescheduling
from mentorship.sessions.booking import BookingRequest
from mentorship.sessions.groups import creation, mentor_defaults
from mentorship.sessions.groups.creation import GroupRequest
from mentorship.sessions.offers import invitations
from mentorship.sessions.offers.invitations import InvitationRequest, Invitee
from mentorship.sessions.series import quotes
from mentorship.sessions.series.quotes import SeriesRequest
from mentorship.statuses import SessionStatus
from mentorship.time.intervals import Span
from tests.mentorship.support.community import TUESDAY_NOON, Community
from tests.mentorship.support.own_calendars import add_calendar

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya", points=500)


@pytest.fixture
async def oliver(town: Community) -> Actor:
    """A mentor with buffers of 15 minutes, who is busy on Tuesday from 12 to 13."""
    oliver = await town.mentor("Oliver", buffer_before=15, buffer_after=15)
    await town.db.run(add_calendar, oliver, (TUESDAY_NOON, HOUR))
    return oliver


async def slots(town: Community, member: Actor, mentor: Actor) -> list[datetime]:
    """Return the slots of an hour on Tuesday from 10 to 15."""
    window = TUESDAY_NOON - 2 * HOUR, TUESDAY_NOON + 3 * HOUR
    listed = await town.db.read(
        slot_queries.list_slots_in_window, member, mentor.user_id, *window, 60
    )
    return list(listed.starts)


async def test_a_slot_is_taken_when_the_mentors_own_calendar_is_busy(
    town: Community, maya: Actor, oliver: Actor
) -> None:
    with pytest.raises(SlotTaken) as error:
        await town.book(maya, oliver, TUESDAY_NOON + HOUR / 2)
    # Without buffers around it: they are for sessions.
    assert {TUESDAY_NOON - HOUR, TUESDAY_NOON + HOUR} <= set(error.value.nearest)
    request = BookingRequest(oliver.user_id, TUESDAY_NOON, 60)
    with pytest.raises(SlotTaken):
        await town.db.read(booking.quote, maya, request)
    assert await slots(town, maya, oliver) == [
        TUESDAY_NOON + minutes * HOUR / 60 for minutes in (-120, -90, -60, 60, 90, 120)
    ]
    suggested = await town.db.read(
        lambda tx: slot_queries.suggest_slots(tx, maya, oliver.user_id, text="tuesday 13:00")
    )
    assert TUESDAY_NOON not in suggested.starts
    everything = await town.db.read(slot_queries.list_bookable_slots, maya, oliver.user_id)
    assert TUESDAY_NOON + DAY in everything.starts
    assert TUESDAY_NOON not in everything.starts


async def test_own_calendars_block_slots_in_every_guild(
    town: Community, village: Community, maya: Actor
) -> None:
    there = await village.mentor("Oliver")
    elsewhere = await town.join(there)
    await town.db.run(add_calendar, elsewhere, (TUESDAY_NOON, HOUR))
    with pytest.raises(SlotTaken):
        await village.book(await village.join(maya, points=100), there)


async def test_own_calendars_do_not_keep_people_from_booking_others(
    town: Community, oliver: Actor
) -> None:
    ada = await town.mentor("Ada")
    await town.grant(oliver, 100)
    assert (await town.book(oliver, ada)).starts_at == TUESDAY_NOON


async def test_search_finds_the_soonest_slot_after_the_appointment(
    town: Community, maya: Actor, oliver: Actor
) -> None:
    await town.db.run(editor.set_weekly, oliver, "tue 12:00-14:00")
    ada = await town.mentor("Ada", hours="tue 12:30-14:00")
    free = Span(TUESDAY_NOON, TUESDAY_NOON + HOUR)
    page = await town.db.read(search.search, maya, SearchQuery(free=free))
    assert [result.mentor.user_id for result in page.results] == [ada.user_id]
    page = await town.db.read(search.search, maya, SearchQuery(sort=Sort.SOONEST))
    assert [result.slots[0] for result in page.results] == [
        TUESDAY_NOON + HOUR / 2,
        TUESDAY_NOON + HOUR,
    ]
    profile = await town.db.read(profile_views.load, maya, oliver.user_id)
    assert profile.next_slots[0] == TUESDAY_NOON + HOUR


async def test_alternatives_after_a_request_are_not_at_busy_times(
    town: Community, maya: Actor, oliver: Actor
) -> None:
    ada = await town.mentor("Ada")
    expired = await town.session(SessionStatus.EXPIRED, maya, ada, TUESDAY_NOON)
    town.clock.now -= DAY
    (other,) = await town.db.read(alternatives.find_alternatives, expired)
    assert other.mentor_id == oliver.user_id
    assert abs(other.starts_at - TUESDAY_NOON) == HOUR


async def test_a_series_names_the_date_on_which_the_mentor_is_busy(
    town: Community, maya: Actor, oliver: Actor
) -> None:
    await town.db.run(add_calendar, oliver, (TUESDAY_NOON + 8 * DAY, HOUR))
    request = SeriesRequest(oliver.user_id, TUESDAY_NOON + DAY, 60, every_weeks=1, count=3)
    quote = await town.db.read(quotes.quote_series, maya, request)
    assert [date.is_bookable for date in quote.dates] == [True, False, True]


async def test_a_slot_alert_waits_until_the_calendar_is_free(
    town: Community, maya: Actor, oliver: Actor
) -> None:
    await town.db.run(editor.set_weekly, oliver, "")
    await town.db.run(alerts.set_alert, maya, oliver.user_id, SlotWish())
    await town.db.run(editor.set_weekly, oliver, "tue 12:00-13:00")
    await town.db.run(editor.set_limits, oliver, horizon_days=7)
    await _look(town)
    assert not await town.notifications(NotificationKind.SLOT_OPENED)
    town.clock.now += 2 * DAY
    await _look(town)
    assert await town.notifications(NotificationKind.SLOT_OPENED)


async def _look(town: Community) -> None:
    town.clock.now += HOUR
    while await town.db.run(dispatch.tell_due):
        pass


# --- What mentors choose themselves ---------------------------------------------------------------


async def test_mentors_can_invite_over_their_appointments_and_are_told(
    town: Community, maya: Actor, oliver: Actor
) -> None:
    invitee = Invitee(maya.user_id, maya.name)
    own, free = (
        InvitationRequest(starts_at=start, minutes=60)
        for start in (TUESDAY_NOON, TUESDAY_NOON + DAY)
    )
    for request, has_appointment in ((own, True), (free, False)):
        preview = await town.db.read(invitations.preview, oliver, invitee, request)
        assert preview.has_appointment is has_appointment
    suggested = await town.db.read(invitations.suggest_starts, oliver, maya.user_id, 60)
    assert suggested
    assert TUESDAY_NOON not in suggested
    await town.db.run(invitations.send, oliver, invitee, own)


async def test_mentors_can_propose_a_time_over_their_appointments(
    town: Community, maya: Actor, oliver: Actor
) -> None:
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver, TUESDAY_NOON + 2 * HOUR)
    preview = await town.db.read(rescheduling.preview_proposal, oliver, session.id, TUESDAY_NOON)
    assert preview.has_appointment
    options = await town.db.read(rescheduling.list_options, oliver, session.id)
    assert TUESDAY_NOON not in options.starts
    assert TUESDAY_NOON - HOUR in options.starts
    await town.db.run(rescheduling.propose, oliver, session.id, TUESDAY_NOON)


async def test_mentees_cannot_propose_a_time_at_which_the_mentor_is_busy(
    town: Community, maya: Actor, oliver: Actor
) -> None:
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver, TUESDAY_NOON + 2 * HOUR)
    with pytest.raises(SlotTaken):
        await town.db.run(rescheduling.propose, maya, session.id, TUESDAY_NOON)
    preview = await town.db.read(
        rescheduling.preview_proposal, maya, session.id, TUESDAY_NOON + 4 * HOUR
    )
    assert not preview.has_appointment


async def test_a_copy_of_the_session_in_the_calendar_does_not_block_moving_it(
    town: Community, maya: Actor, oliver: Actor
) -> None:
    start = TUESDAY_NOON + DAY
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver, start)
    await town.db.run(add_calendar, oliver, (start, HOUR))
    await town.db.run(rescheduling.propose, maya, session.id, start + HOUR / 2)


async def test_group_sessions_can_be_at_busy_times_but_are_not_suggested_there(
    town: Community, oliver: Actor
) -> None:
    await town.db.run(editor.set_weekly, oliver, "tue 12:00-14:00")
    assert await town.db.read(mentor_defaults.find_next_slot, oliver, 60) == TUESDAY_NOON + HOUR
    request = GroupRequest(
        title="Office hours", starts_at=TUESDAY_NOON, minutes=60, capacity=5, price=0
    )
    preview = await town.db.read(creation.preview, oliver, request)
    assert preview.has_appointment
    await town.db.run(creation.create, oliver, request)


# --- What others see ------------------------------------------------------------------------------


async def test_only_the_mentor_sees_which_times_come_from_calendars(
    town: Community, maya: Actor, oliver: Actor
) -> None:
    own = await town.db.read(editor.load, oliver)
    assert own.external_busy == (Span(TUESDAY_NOON, TUESDAY_NOON + HOUR),)
    assert own.busy == ()
    profile = await town.db.read(profile_views.load, maya, oliver.user_id)
    assert profile.busy == own.external_busy
