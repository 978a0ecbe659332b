"""A calendar app subscribes to the address from `/calendar`, and follows what people do."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import datetime

import httpx
import pytest
from icalendar import Calendar

from mentorship.calendars.options import CalendarOptions
from mentorship.sessions import session_views
from tests.api.server import ApiServer, serve_api
from tests.journeys.sessions.test_session_life import proposes
from tests.journeys.support.scenarios import approved_mentor, book
from tests.journeys.support.simulated_guild import SimulatedGuild, message_text


@pytest.fixture
async def api(guild: SimulatedGuild) -> AsyncIterator[ApiServer]:
    """The API next to the bot, which shows addresses there."""
    async with serve_api(guild.db) as api:
        guild.bot.calendars = CalendarOptions(api.address, None, False)
        yield api


class CalendarApp:
    """A calendar app that has subscribed to an address, and shows what it read last."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.etag = ""
        self.shown: list[tuple[str, str]] = []
        self.starts: list[datetime] = []
        self.uids: set[str] = set()

    async def poll(self) -> int:
        """Read the address again, as calendar apps do, and return the response's status."""
        headers = {"If-None-Match": self.etag} if self.etag else {}
        async with httpx.AsyncClient(verify=False) as client:
            response = await client.get(self.address, headers=headers)
        if response.status_code == 200:
            self.etag = response.headers["etag"]
            events = Calendar.from_ical(response.content).walk("VEVENT")
            self.uids |= {str(event["UID"]) for event in events}
            shown = [event for event in events if event["STATUS"] != "CANCELLED"]
            self.shown = [(str(event["SUMMARY"]), str(event["STATUS"])) for event in shown]
            self.starts = [event["DTSTART"].dt for event in shown]
        return response.status_code


async def test_a_subscribed_calendar_follows_a_session(
    guild: SimulatedGuild, api: ApiServer
) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    card = await maya.slash(guild.channel, "calendar")
    card = await maya.click(card.response, label="Get my address")
    (address,) = re.findall(r"^http://\S+/calendar/\S+\.ics$", message_text(card.response), re.M)
    app = CalendarApp(address)
    assert (await app.poll(), app.shown) == (200, [])

    await book(guild, maya, oliver, guild.now.replace(day=4, hour=15))
    assert (await app.poll(), app.shown) == (200, [("Session with Oliver", "TENTATIVE")])
    assert await app.poll() == 304
    await oliver.user.click(guild.last_dm(oliver), label="Confirm")
    await guild.deliver()
    await guild.restart_bot()
    assert (await app.poll(), app.shown) == (200, [("Session with Oliver", "CONFIRMED")])

    # While the move is only proposed, the session is where it was.
    before = app.starts
    await proposes(guild, oliver, time="10:00")
    await app.poll()
    assert app.starts == before
    await maya.user.click(guild.last_dm(maya), label="Accept new time")
    assert (await app.poll(), app.shown) == (200, [("Session with Oliver", "CONFIRMED")])
    session = await guild.db.read(session_views.load, 1)
    assert app.starts == [session.starts_at] != before
    assert await app.poll() == 304
    assert len(app.uids) == 1

    preview = await maya.slash(guild.channel, "cancel", session="1")
    await maya.click(preview.response, label="Cancel session")
    assert (await app.poll(), app.shown) == (200, [])

    # The bot was restarted with other settings; the old card still works.
    guild.bot.calendars = CalendarOptions(api.address, None, False)
    card = await maya.click(card.response, label="Turn off")
    await maya.click(card.response, label="Turn off")
    assert await app.poll() == 404
