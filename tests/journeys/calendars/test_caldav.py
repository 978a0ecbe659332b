"""Sessions in a mentor's own calendar, and what the mentor does to them there."""

from __future__ import annotations

from datetime import timedelta

import pytest
import simcord
from icalendar import Calendar as IcsCalendar

from mentorship.calendars import accounts
from mentorship.sessions import session_views
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from tests.calendars.caldav.people import account_of
from tests.journeys.calendars.conftest import CalendarWorld
from tests.journeys.groups.support import announce_group
from tests.journeys.sessions.test_session_life import THURSDAY
from tests.journeys.support.helpers import actor_of
from tests.journeys.support.scenarios import book, book_and_confirm, confirmation_card
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text

HOUR = timedelta(hours=1)
FRIDAY = THURSDAY + timedelta(days=1)


@pytest.fixture
async def maya(guild: SimulatedGuild) -> simcord.MemberActor:
    return await guild.add_member("Maya", zone="America/New_York", points=200)


async def session_of(guild: SimulatedGuild) -> SessionView:
    return await guild.db.read(session_views.load, 1)


def entry(world: CalendarWorld) -> tuple[str, str, str]:
    """Return the name, start and status of the only event in the calendar."""
    ((name, text),) = world.calendar.events().items()
    (event,) = IcsCalendar.from_ical(text).walk("VEVENT")
    return name, f"{event['DTSTART'].dt:%a %H:%M}", str(event["STATUS"])


async def test_a_booking_is_in_the_calendar_through_restarts(
    guild: SimulatedGuild, world: CalendarWorld, maya: simcord.MemberActor
) -> None:
    await world.connect()
    await book(guild, maya, world.oliver, THURSDAY)
    await guild.restart_bot()
    await world.run_jobs()
    assert entry(world)[1:] == ("Thu 10:00", "TENTATIVE")
    await world.oliver.user.click(guild.last_dm(world.oliver), label="Confirm")
    await guild.restart_bot()
    await world.run_jobs()
    name, *shown = entry(world)
    assert shown == ["Thu 10:00", "CONFIRMED"]

    card = await maya.user.click(guild.last_dm(maya), label="Cancel session")
    await maya.user.click(card.response, label="Cancel session")
    await world.run_jobs()
    assert world.calendar.events() == {}
    assert name.startswith("session-1-")


async def test_a_private_appointment_takes_the_slot(
    guild: SimulatedGuild, world: CalendarWorld, maya: simcord.MemberActor
) -> None:
    await world.connect()
    card = await confirmation_card(guild, maya, world.oliver, THURSDAY)
    assert "Confirm" in button_labels(card.response)
    world.calendar.add_event(THURSDAY, THURSDAY + HOUR, "dentist")
    await world.pass_time()
    card = await confirmation_card(guild, maya, world.oliver, THURSDAY)
    assert "Confirm" not in button_labels(card.response)
    assert "dentist" not in message_text(card.response).lower()
    world.calendar.delete("dentist.ics")
    await world.pass_time()
    card = await confirmation_card(guild, maya, world.oliver, THURSDAY)
    assert "Confirm" in button_labels(card.response)


async def test_a_move_in_the_calendar_becomes_a_reschedule_request(
    guild: SimulatedGuild, world: CalendarWorld, maya: simcord.MemberActor
) -> None:
    await world.connect()
    await book_and_confirm(guild, maya, world.oliver, THURSDAY)
    await world.run_jobs()
    world.calendar.move(entry(world)[0], FRIDAY, FRIDAY + HOUR)
    await world.pass_time()
    question = guild.last_dm(world.oliver)
    assert "was moved in your calendar “Work”" in message_text(question)
    assert button_labels(question) == ["Suggest new time", "Keep current time", "Cancel session"]
    assert (await session_of(guild)).starts_at == THURSDAY, "nothing is done by itself"

    await guild.restart_bot()
    preview = await world.oliver.user.click(question, label="Suggest new time")
    await world.oliver.user.click(preview.response, label="Suggest this time")
    await guild.deliver()
    await maya.user.click(guild.last_dm(maya), label="Accept new time")
    await world.pass_time()
    assert (await session_of(guild)).starts_at == FRIDAY
    assert entry(world)[1:] == ("Fri 10:00", "CONFIRMED")
    await world.pass_time()
    assert "was moved in" not in message_text(guild.last_dm(world.oliver))


async def test_a_deleted_entry_comes_back_or_cancels_the_session(
    guild: SimulatedGuild, world: CalendarWorld, maya: simcord.MemberActor
) -> None:
    await world.connect()
    await book_and_confirm(guild, maya, world.oliver, THURSDAY)
    await world.run_jobs()
    name = entry(world)[0]
    world.calendar.delete(name)
    await world.pass_time()
    question = guild.last_dm(world.oliver)
    assert "was deleted from your calendar “Work”" in message_text(question)
    assert button_labels(question) == ["Suggest another time", "Cancel session", "Keep session"]
    await guild.restart_bot()
    await world.oliver.user.click(question, label="Keep session")
    await world.pass_time()
    assert entry(world) == (name, "Thu 10:00", "CONFIRMED")

    world.calendar.delete(name)
    await world.pass_time()
    card = await world.oliver.user.click(guild.last_dm(world.oliver), label="Cancel session")
    await world.oliver.user.click(card.response, label="Cancel session")
    await world.pass_time()
    assert (await session_of(guild)).status is SessionStatus.CANCELLED
    assert await guild.balance(maya) == 200, "refunded in full"
    assert world.calendar.events() == {}


async def test_only_the_owner_can_keep_what_they_deleted(
    guild: SimulatedGuild, world: CalendarWorld, maya: simcord.MemberActor
) -> None:
    await world.connect()
    await book_and_confirm(guild, maya, world.oliver, THURSDAY)
    await world.run_jobs()
    world.calendar.delete(entry(world)[0])
    await world.pass_time()
    texts = [message_text(message) for message in guild.inbox(maya)]
    assert not any("calendar “Work”" in text for text in texts)


async def test_a_mentee_gets_sessions_in_their_own_calendar(
    guild: SimulatedGuild, world: CalendarWorld, maya: simcord.MemberActor
) -> None:
    hers = world.calendar.account.server.new_user().make_calendar()
    await guild.db.run(
        accounts.connect,
        actor_of(guild, maya),
        account_of(hers, label="Private"),
        allow_private=True,
    )
    await book_and_confirm(guild, maya, world.oliver, THURSDAY)
    await world.run_jobs()
    ((name, text),) = hers.events().items()
    assert "Oliver" in text
    assert world.calendar.events() == {}
    hers.delete(name)
    await guild.advance_to(guild.now + timedelta(minutes=20))
    await world.run_jobs()
    assert "was deleted from your calendar “Private”" in message_text(guild.last_dm(maya))


async def test_a_moved_group_session_asks_its_mentor(
    guild: SimulatedGuild, world: CalendarWorld
) -> None:
    await world.connect()
    group = await announce_group(guild, world.oliver)
    await world.run_jobs()
    name = entry(world)[0]
    start = (await group.view()).starts_at + 2 * HOUR
    world.calendar.move(name, start, start + HOUR)
    await world.pass_time()
    question = guild.last_dm(world.oliver)
    assert "“Office hours” was moved in your calendar" in message_text(question)
    await guild.restart_bot()
    await world.oliver.user.click(question, label=button_labels(question)[0])
    assert (await group.view()).starts_at == start
    await world.pass_time()

    world.calendar.delete(name)
    await world.pass_time()
    question = guild.last_dm(world.oliver)
    assert "“Office hours” was deleted from your calendar" in message_text(question)
    await world.oliver.user.click(question, label="Keep session")
    await world.pass_time()
    assert entry(world)[0] == name


async def test_a_group_session_moved_into_the_past_can_only_be_kept(
    guild: SimulatedGuild, world: CalendarWorld
) -> None:
    await world.connect()
    group = await announce_group(guild, world.oliver)
    await world.run_jobs()
    past = guild.now - 2 * HOUR
    world.calendar.move(entry(world)[0], past, past + HOUR)
    await world.pass_time()
    question = guild.last_dm(world.oliver)
    assert "It can't be moved to that time" in message_text(question)
    assert "Move the session" not in message_text(question)
    assert button_labels(question) == ["Keep current time"]
    assert (await group.view()).starts_at > guild.now


async def test_a_moved_seat_can_be_kept_or_left(
    guild: SimulatedGuild, world: CalendarWorld, maya: simcord.MemberActor
) -> None:
    """Only its mentor can move a group session."""
    hers = world.calendar.account.server.new_user().make_calendar()
    await guild.db.run(
        accounts.connect, actor_of(guild, maya), account_of(hers), allow_private=True
    )
    group = await announce_group(guild, world.oliver)
    await group.join(maya)
    await world.run_jobs()
    (name,) = hers.events()
    start = (await group.view()).starts_at + 2 * HOUR
    hers.move(name, start, start + HOUR)
    await guild.advance_to(guild.now + timedelta(minutes=20))
    await world.run_jobs()
    question = guild.last_dm(maya)
    assert "was moved in your calendar “Work”" in message_text(question)
    assert button_labels(question) == ["Keep current time", "Leave session"]
    card = await maya.user.click(question, label="Leave session")
    await maya.user.click(card.response, label="Leave session")
    await world.run_jobs()
    assert hers.events() == {}
