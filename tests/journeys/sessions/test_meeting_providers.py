"""People meet at a meeting provider, or elsewhere if it fails."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
import simcord

from integrations.egress import Egress
from integrations.meetings.worker import MeetingWorker
from mentorbot.jobs.integration_jobs import follow_events
from mentorship.actors import Actor
from mentorship.mentors import meeting_link
from tests.integrations.meetings.place import providers_of
from tests.integrations.meetings.standins import ZoomStandIn, serving
from tests.journeys.sessions.test_meeting_link import join_links
from tests.journeys.support.scenarios import approved_mentor, book, book_and_confirm
from tests.journeys.support.simulated_guild import SimulatedGuild, message_text

OWN_LINK = "https://meet.example.com/oliver"


@dataclass
class Zoom:
    """A guild that meets at Zoom, whose server is a stand-in."""

    guild: SimulatedGuild
    server: ZoomStandIn
    worker: MeetingWorker

    async def work(self) -> None:
        """Do what the jobs do."""
        await follow_events(self.guild.db)
        await self.worker.run()
        await self.guild.deliver()
        await self.guild.env.settle()

    @property
    def links(self) -> list[str]:
        """The links of the meetings at Zoom."""
        return [f"/j/{number}" for number in self.server.meetings]


@pytest.fixture
async def zoom(guild: SimulatedGuild) -> AsyncIterator[Zoom]:
    server = ZoomStandIn()
    async with serving(server), Egress(allow_private=True, timeout_s=5) as egress:
        await guild.configure(meeting_place="zoom")
        guild.bot.meeting_providers = ("zoom",)
        place = Zoom(guild, server, MeetingWorker(guild.db, providers_of(server, egress)))
        await place.work()
        yield place
    assert server.violations == []


@pytest.fixture
async def oliver(guild: SimulatedGuild, zoom: Zoom) -> simcord.MemberActor:
    return await approved_mentor(guild, "Oliver")


@pytest.fixture
async def maya(guild: SimulatedGuild, zoom: Zoom) -> simcord.MemberActor:
    return await guild.add_member("Maya", zone="America/New_York", points=500)


async def test_confirmed_session_gets_a_zoom_link_that_both_can_join(
    guild: SimulatedGuild, zoom: Zoom, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    start = guild.now.replace(hour=15) + timedelta(days=2)
    await book(guild, maya, oliver, start)
    await guild.deliver()
    confirmed = await oliver.user.click(guild.last_dm(oliver), label="Confirm")
    # Nobody has to think about where to meet.
    assert "doesn't know where to meet" not in message_text(confirmed.response)
    assert "The link to the Zoom meeting isn't ready yet" in message_text(confirmed.response)
    await guild.deliver()
    # The program stops before Zoom was asked.
    await guild.restart_bot()
    await zoom.work()
    [link] = zoom.links
    assert link in message_text(guild.last_dm(maya))
    assert link in message_text(guild.last_dm(oliver))
    await guild.advance_to(start - timedelta(hours=1))
    await zoom.work()
    for person in (maya, oliver):
        [joined] = join_links(guild.last_dm(person))
        assert link in joined


async def test_cancelled_session_leaves_no_meeting_at_zoom(
    guild: SimulatedGuild, zoom: Zoom, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    start = guild.now.replace(hour=15) + timedelta(days=2)
    await book_and_confirm(guild, maya, oliver, start)
    await zoom.work()
    assert len(zoom.links) == 1
    asked = await maya.user.click(guild.last_dm(maya), label="Cancel session")
    await maya.user.click(asked.response, label="Cancel session")
    await zoom.work()
    assert zoom.links == []


async def test_both_are_told_where_to_meet_when_zoom_is_down(
    guild: SimulatedGuild, zoom: Zoom, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await guild.db.run(meeting_link.change, Actor(oliver.id, "Oliver", guild.id), OWN_LINK)
    start = guild.now.replace(hour=15) + timedelta(days=1)
    await book_and_confirm(guild, maya, oliver, start)
    zoom.server.is_down = True
    await zoom.work()
    await guild.advance_to(start - timedelta(hours=1))
    await zoom.work()
    assert join_links(guild.last_dm(maya)) == []
    await guild.advance_to(start - timedelta(minutes=15))
    await zoom.work()
    for person in (maya, oliver):
        text = message_text(guild.last_dm(person))
        assert "The Zoom meeting can't be opened" in text
        assert join_links(guild.last_dm(person)) == [OWN_LINK]


async def test_mentor_chooses_where_to_meet_in_the_session_rules(
    guild: SimulatedGuild, zoom: Zoom, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    mentor = Actor(oliver.id, "Oliver", guild.id)
    await guild.db.run(meeting_link.change, mentor, OWN_LINK)
    panel = await oliver.slash(guild.channel, "mentor hours")
    rules = await oliver.click(panel.response, label="Session rules")
    rules = await oliver.select(rules.response, ["link"], custom_id="hours:place")
    assert (await guild.db.read(meeting_link.load_place, mentor)).place == "link"
    start = guild.now.replace(hour=15) + timedelta(days=2)
    await book_and_confirm(guild, maya, oliver, start)
    await zoom.work()
    assert zoom.links == []
    assert OWN_LINK in message_text(guild.last_dm(maya))
    await oliver.select(rules.response, ["server"], custom_id="hours:place")
    assert (await guild.db.read(meeting_link.load_place, mentor)).place is None
