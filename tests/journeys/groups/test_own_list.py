"""A mentor's group sessions in `/sessions`, and calendar files of group sessions and seats."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import simcord
from icalendar import Calendar, Event

from bot.views.sessions.calendar import GroupCalendarButton
from mentorship.sessions.groups import group_changes
from tests.journeys.groups.support import GroupSession, actor
from tests.journeys.support.components import old_view
from tests.journeys.support.helpers import choose_option
from tests.journeys.support.scenarios import book_and_confirm
from tests.journeys.support.simulated_guild import (
    SimulatedGuild,
    button_labels,
    card_titles,
    message_text,
)


async def calendar_event(answer: simcord.InteractionResult) -> tuple[str, Event]:
    """Return the method and the only event of the file that a person got."""
    assert answer.ephemeral
    (file,) = answer.response.attachments
    calendar = Calendar.from_ical(await file.read())
    (event,) = calendar.walk("VEVENT")
    return str(calendar["METHOD"]), event


async def open_own(guild: SimulatedGuild, mentor: simcord.MemberActor) -> Any:
    """Open the group session from the mentor's list."""
    listed = await mentor.slash(guild.channel, "sessions")
    return (await choose_option(mentor, listed.response, "Office hours")).response


async def test_a_mentor_sees_group_sessions_among_their_sessions(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    maya = await guild.add_member("Maya", zone="America/New_York", points=200)
    await group.join(maya)
    earlier = (await group.view()).starts_at - timedelta(hours=3)
    await book_and_confirm(guild, maya, group.mentor, earlier)
    listed = await group.mentor.slash(guild.channel, "sessions")
    text = message_text(listed.response)
    assert "Office hours** (your group session) · open for sign-up" in text
    assert "1 of 2 taken" in text
    assert text.index("Maya") < text.index("Office hours")
    assert text.count("Office hours") == 1, "not once more for each seat"
    opened = await open_own(guild, group.mentor)
    assert card_titles(opened) == ["Office hours"]
    assert "Your session" in message_text(opened)


async def test_the_mentors_calendar_file_follows_the_group_session(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    opened = await open_own(guild, group.mentor)
    await guild.restart_bot()
    method, event = await calendar_event(await group.mentor.click(opened, label="Add to calendar"))
    view = await group.view()
    assert (method, str(event["SUMMARY"])) == ("PUBLISH", "Office hours")
    uid = str(event["UID"])
    assert uid.startswith(f"group-{group.id}@")
    assert event["DTSTART"].dt == view.starts_at
    assert str(event["LOCATION"]) == "https://meet.example.com/oliver"
    assert "Seats: 0 of 2 taken" in str(event["DESCRIPTION"])
    await guild.db.run(group_changes.cancel, actor(guild, group.mentor), group.id)
    answer = await group.mentor.click(opened, label="Add to calendar")
    assert "Open this file to remove the session" in message_text(answer.response)
    method, cancelled = await calendar_event(answer)
    assert (method, str(cancelled["STATUS"])) == ("CANCEL", "CANCELLED")
    assert cancelled["UID"] == event["UID"]
    assert int(cancelled["SEQUENCE"]) > int(event["SEQUENCE"])


async def test_an_attendees_calendar_file_names_the_session_and_its_mentor(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    joined = await group.join(maya)
    assert "Add to calendar" in button_labels(joined.response)
    answer = await maya.click(joined.response, label="Add to calendar")
    _, event = await calendar_event(answer)
    assert str(event["SUMMARY"]) == "Office hours with Oliver"
    assert "\nYour time: Tue 3 Mar 2026, 10:00–11:00 EST" in str(event["DESCRIPTION"])
    assert str(event["UID"]).startswith("session-1@")


async def test_only_the_mentor_gets_the_group_sessions_calendar_file(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    channel = guild.bot.get_channel(guild.channel.id)
    card = await channel.send("A card", view=old_view(GroupCalendarButton(group.id)))  # type: ignore[union-attr]
    refused = await maya.click(card, label="Add to calendar")
    assert "That session isn't yours" in message_text(refused.response)
    assert not refused.response.attachments
    method, _ = await calendar_event(await group.mentor.click(card, label="Add to calendar"))
    assert method == "PUBLISH"
