"""Everybody reads times and dates as they write them, from a first search to a last message."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.journeys.support.helpers import at
from tests.journeys.support.observer import Observer
from tests.journeys.support.scenarios import BIO
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text


@pytest.mark.parametrize(
    ("mentors", "mentees"), [("en-GB", "en-US"), ("en-US", "en-GB"), ("ko", "da"), ("da", "ko")]
)
async def test_a_whole_story_is_told_in_each_readers_habits(
    guild: SimulatedGuild, mentors: str, mentees: str
) -> None:
    priya = await guild.add_moderator("Priya")
    oliver = Observer(
        guild, await guild.add_member("Oliver", zone="Europe/London", language=mentors), mentors
    )
    maya = Observer(
        guild,
        await guild.add_member("Maya", zone="America/New_York", points=500, language=mentees),
        mentees,
    )

    # Oliver applies, is approved and sets his hours.
    form = await oliver.slash("mentor apply")
    fields = {"expertise": "python", "rate": "60", "bio": BIO, "meeting_link": ""}
    await oliver.submit(form, **fields)
    await oliver.slash("mentor status")
    await guild.deliver()
    await priya.click(guild.review_channel.last_message, label="Approve")
    await guild.deliver()
    oliver.open_dm()
    await oliver.slash("mentor hours", hours="someday")
    await oliver.slash("mentor hours", hours="mon 9-5")
    await oliver.slash("mentor hours", hours="daily 9:00-17:00")
    await oliver.slash("mentor hours")
    await oliver.choose("Change a day", 1)
    for label in ("Type hours", "Days off", "Travel", "Session rules"):
        await oliver.slash("mentor hours")
        await oliver.press(label)
    await oliver.slash("mentor hours")
    await oliver.press("Days off")
    form = await oliver.press("Add days off")
    await oliver.submit(form, first="24 Dec", last="", hours="10am-2pm")
    form = await oliver.press("Add days off")
    await oliver.submit(form, first="someday", last="", hours="")
    await oliver.slash("mentor profile")
    await oliver.slash("mentor pause", until="next monday")
    await oliver.slash("mentor resume")

    # Maya looks for a time, in words that can be read and in others.
    await maya.slash("mentor profile", member=oliver.person)
    await maya.slash("mentor search", free="tomorrow")
    await maya.slash("mentor search", free="whenever")
    (mentor,) = await maya.suggestions("book", "mentor", "oli")
    await maya.suggestions("book", "when", "", mentor=mentor["value"])
    for when in ("whenever", "yesterday", "next friday", "tomorrow afternoon", "tomorrow 3am"):
        await maya.slash("book", mentor=mentor["value"], when=when)
    await maya.slash("book", mentor=mentor["value"])
    await maya.choose("Choose a day", 1)
    await maya.choose("Choose a time", 1)
    assert "Confirm" in button_labels(maya.message)
    await maya.press("Confirm")
    assert "Request sent to Oliver" in message_text(maya.message)
    await maya.press("View")
    await guild.deliver()

    # Oliver confirms and suggests another time, Maya accepts it.
    oliver.open_dm()
    await oliver.press("Confirm")
    await oliver.press("Suggest another time")
    form = await oliver.press("Enter a time")
    await oliver.submit(form, time="someday")
    await oliver.slash("reschedule", session="1")
    await oliver.choose("Choose a day", 2)
    await oliver.choose("Choose a time", 0)
    await oliver.press("Suggest this time")
    await guild.deliver()
    maya.open_dm()
    await maya.press("Accept new time")
    await guild.deliver()
    await oliver.slash("sessions")
    await oliver.choose("View a session")

    # A second session is cancelled, and one that starts is reminded of, held and rated.
    start = at(guild, 16, day=5)
    await maya.slash("book", mentor=mentor["value"], when=str(int(start.timestamp())))
    await maya.press("Confirm")
    await guild.deliver()
    await oliver.slash("sessions")
    await maya.suggestions("cancel", "session", "")
    await maya.suggestions("reschedule", "session", "")
    await maya.slash("cancel", session="2")
    await maya.press("Cancel session")
    await guild.advance_to(at(guild, 20, day=4))
    await guild.advance_to(at(guild, 20, day=4) + timedelta(hours=1))
    maya.open_dm()
    await maya.slash("sessions")
    await maya.choose("Show other sessions", 3)
    await maya.choose("View a session")
    await maya.press("Book again")

    # What both read about themselves.
    for person in (oliver, maya):
        await person.slash("points history")
        await person.slash("notifications")
        await person.choose("Quiet hours", -1)
        await person.slash("privacy forget")
        await person.slash("help")

    for person in (oliver, maya):
        named = [text for text in person.texts if re.search(r"America/|Europe/", text)]
        assert named == [], "people know places, not the names of zones"
        await person.slash("timezone show")
        await person.suggestions("timezone set", "zone", "paris")
        await person.slash("timezone convert", time="tomorrow 3pm", to="Asia/Tokyo")
        assert person.foreign_habits() == []
        assert len(person.texts) > 25
