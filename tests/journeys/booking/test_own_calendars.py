"""Mentors whose own calendars, at another server, keep their slots free of other appointments."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
import simcord

from integrations.calendars.ics_fetcher import IcsFetcher
from integrations.calendars.ics_worker import IcsWorker
from integrations.calendars.importing import CalendarImporter
from integrations.egress import Egress
from mentorship.calendars import external_calendars
from tests.api.server import serve_api
from tests.calendars.ics_files import calendar, event
from tests.calendars.importing.conftest import CalendarServer
from tests.integrations.receivers import receiver
from tests.journeys.support.helpers import actor_of, at
from tests.journeys.support.scenarios import approved_mentor, book_and_confirm, confirmation_card
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text

PRIVATE = event("20260302T150000Z", "20260302T160000Z", "SUMMARY:Dentist", uid="private")


@dataclass
class OwnCalendar:
    """A server with Oliver's calendar, and the importer that reads it."""

    server: CalendarServer
    importer: CalendarImporter
    mentor: simcord.MemberActor


@pytest.fixture
async def own(guild: SimulatedGuild) -> AsyncIterator[OwnCalendar]:
    oliver = await approved_mentor(guild, "Oliver")
    server, worker = CalendarServer(), IcsWorker()
    async with receiver(server.answer) as server.state, Egress(allow_private=True) as egress:
        importer = CalendarImporter(guild.db, {"ics": IcsFetcher(egress)}, worker)
        await guild.db.run(
            external_calendars.add_ics,
            actor_of(guild, oliver),
            "Home",
            server.address,
            allow_private=True,
        )
        await importer.run()
        yield OwnCalendar(server, importer, oliver)
    worker.close()


async def test_a_slot_goes_when_the_mentor_gets_an_appointment(
    guild: SimulatedGuild, own: OwnCalendar
) -> None:
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    card = await confirmation_card(guild, maya, own.mentor, at(guild, 15))
    own.server.content = calendar(PRIVATE)
    await guild.advance_to(guild.now + timedelta(minutes=16))
    await own.importer.run()

    refused = await maya.click(card.response, label="Confirm")
    text = message_text(refused.response)
    assert "Dentist" not in text
    assert "Home" not in text
    assert await guild.balance(maya) == 100
    assert "Request sent" not in text
    assert any(label.endswith("EST") for label in button_labels(refused.response))


async def test_confirming_reads_a_calendar_that_is_overdue(
    guild: SimulatedGuild, own: OwnCalendar
) -> None:
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    guild.bot.calendar_refresher = own.importer
    card = await confirmation_card(guild, maya, own.mentor, at(guild, 15))
    own.server.content = calendar(PRIVATE)
    await guild.advance_to(guild.now + timedelta(minutes=16))

    refused = await maya.click(card.response, label="Confirm")
    assert "Request sent" not in message_text(refused.response)
    assert await guild.balance(maya) == 100


async def test_booking_over_rest_reads_a_calendar_that_is_overdue(
    guild: SimulatedGuild, own: OwnCalendar
) -> None:
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    own.server.content = calendar(PRIVATE)
    await guild.advance_to(guild.now + timedelta(minutes=16))
    async with serve_api(guild.db, calendar_refresher=own.importer) as api:
        client = api.client_of(actor_of(guild, maya))
        booking = {
            "mentorId": str(own.mentor.id),
            "scheduledAt": at(guild, 15).isoformat(),
            "duration": 60,
        }
        refused = await client.post("/book", json=booking)
    assert refused.status_code == 409, refused.text
    assert "nearestSlots" in refused.json()


async def test_an_appointment_that_overlaps_a_session_is_told_with_its_actions(
    guild: SimulatedGuild, own: OwnCalendar
) -> None:
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    await book_and_confirm(guild, maya, own.mentor, at(guild, 15))
    own.server.content = calendar(
        event("20260302T153000Z", "20260302T173000Z", "SUMMARY:Dentist", uid="private")
    )
    await guild.advance_to(guild.now + timedelta(minutes=16))
    await own.importer.run()
    await guild.deliver()

    told = guild.last_dm(own.mentor)
    text = message_text(told)
    assert "Your session with Maya overlaps an appointment in your calendar “Home”." in text
    assert "Dentist" not in text
    assert "Cancel session" in button_labels(told)
    before = len(guild.inbox(own.mentor))

    await guild.advance_to(guild.now + timedelta(minutes=16))
    await own.importer.run()
    await guild.deliver()
    assert len(guild.inbox(own.mentor)) == before


async def test_a_calendar_that_is_gone_is_told_to_its_owner(
    guild: SimulatedGuild, own: OwnCalendar
) -> None:
    own.server.status = "404 Not Found"
    await guild.advance_to(guild.now + timedelta(minutes=16))
    await own.importer.run()
    await guild.deliver()
    text = message_text(guild.last_dm(own.mentor))
    assert "I can't read your calendar “Home”." in text
    assert "`/calendar`" in text
    assert own.server.address not in text


async def test_check_now_shows_what_came_of_it(guild: SimulatedGuild, own: OwnCalendar) -> None:
    guild.bot.calendar_refresher = own.importer
    card = await own.mentor.slash(guild.channel, "calendar")
    card = await own.mentor.click(card.response, label="Edit")
    await guild.advance_to(guild.now + timedelta(minutes=5))
    checked = await own.mentor.click(card.response, label="Check now")
    assert "It's up to date." in message_text(checked.response)
    assert f"<t:{int(guild.now.timestamp())}:R>" in message_text(checked.response)

    own.server.status = "404 Not Found"
    await guild.advance_to(guild.now + timedelta(minutes=5))
    checked = await own.mentor.click(checked.response, label="Check now")
    assert "There's no calendar at that address." in message_text(checked.response)
