"""Suggestions of `/cancel`, `/reschedule` and `/rate`: labels that are read back, namesakes."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from mentorship.sessions import booking, transitions
from mentorship.sessions.booking import BookingRequest
from mentorship.sessions.follow_up import attendance
from mentorship.sessions.lifecycle import Attendance
from tests.habits import foreign_habits
from tests.journeys.support.helpers import actor_of, choose_option, menu_options
from tests.journeys.support.languages import set_language
from tests.journeys.support.scenarios import approved_mentor
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text
from wording.reader import Reader

WEDNESDAY = datetime.fromisoformat("2026-03-04T15:00+00:00")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LANGUAGES = ("en-GB", "en-US")
NAMES = {
    ("en-GB", "cancel"): "Oliver · Fri 6 Mar, 10:00 EST",
    ("en-US", "cancel"): "Oliver · Fri, Mar 6, 10:00 AM EST",
    ("en-GB", "reschedule"): "Oliver · Fri 6 Mar, 10:00 EST",
    ("en-US", "reschedule"): "Oliver · Fri, Mar 6, 10:00 AM EST",
    ("en-GB", "rate"): "Oliver · Wed 4 Mar, 10:00 EST",
    ("en-US", "rate"): "Oliver · Wed, Mar 4, 10:00 AM EST",
}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_typed_label_chooses_the_session_of_its_value(
    guild: SimulatedGuild, language: str
) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=500, language=language)
    for start in (WEDNESDAY, WEDNESDAY + HOUR, WEDNESDAY + 2 * DAY, WEDNESDAY + 2 * DAY + HOUR):
        request = BookingRequest(oliver.id, start, 60)
        session = await guild.db.run(booking.book, actor_of(guild, maya), request)
        await guild.db.run(transitions.confirm, actor_of(guild, oliver), session.id)
    await guild.advance_to(WEDNESDAY + 2 * HOUR)
    for session_id in (1, 2):
        await guild.db.run(attendance.report, actor_of(guild, maya), session_id, Attendance.MET)
    for command, more in (("cancel", {}), ("reschedule", {}), ("rate", {"stars": 5})):
        choices = await maya.autocomplete(guild.channel, command, "session", "")
        names = [choice["name"] for choice in choices]
        assert NAMES[language, command] in names
        assert not any(foreign_habits(name, Reader.of(language)) for name in names)
        chosen = next(c for c in choices if c["name"] == NAMES[language, command])
        by_value = await maya.slash(guild.channel, command, session=chosen["value"], **more)
        # The label is typed, pasted from somebody with other habits, or seen in another language.
        for other in LANGUAGES:
            label = NAMES[other, command]
            by_name = await maya.slash(guild.channel, command, session=label, **more)
            assert message_text(by_name.response) == message_text(by_value.response)
            assert button_labels(by_name.response) == button_labels(by_value.response)
            (suggestion,) = await maya.autocomplete(guild.channel, command, "session", label)
            assert suggestion == chosen
    # The same holds for the times that suit both.
    times = await maya.autocomplete(guild.channel, "reschedule", "when", "", session="3")
    time = times[3]
    by_value = await maya.slash(guild.channel, "reschedule", session="3", when=time["value"])
    for other in LANGUAGES:
        set_language(guild.env, maya, other)
        again = await maya.autocomplete(guild.channel, "reschedule", "when", "", session="3")
        label = next(each["name"] for each in again if each["value"] == time["value"])
        set_language(guild.env, maya, language)
        by_name = await maya.slash(guild.channel, "reschedule", session="3", when=label)
        assert message_text(by_name.response) == message_text(by_value.response)


async def test_people_of_one_name_are_told_apart(guild: SimulatedGuild) -> None:
    first = await approved_mentor(guild, "Oliver")
    second = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=500)
    for mentor, start in ((first, WEDNESDAY), (second, WEDNESDAY + HOUR)):
        request = BookingRequest(mentor.id, start, 60)
        await guild.db.run(booking.book, actor_of(guild, maya), request)
    expected = [f"Oliver · ID {mentor.id}" for mentor in (first, second)]
    for command in ("cancel", "reschedule"):
        choices = await maya.autocomplete(guild.channel, command, "session", "")
        assert [choice["name"].rpartition(" · ")[0] for choice in choices] == expected
    listed = await maya.slash(guild.channel, "sessions")
    assert all(name in message_text(listed.response) for name in expected)
    assert menu_options(listed.response, "View a session") == expected
    opened = await choose_option(maya, listed.response, expected[1])
    assert f"discord.com/users/{second.id}" in str(opened.response.components)
    # A person with a name of their own keeps it.
    ines = await approved_mentor(guild, "Ines")
    await guild.db.run(
        booking.book,
        actor_of(guild, maya),
        BookingRequest(ines.id, WEDNESDAY + DAY, 60),
    )
    listed = await maya.slash(guild.channel, "sessions")
    assert menu_options(listed.response, "View a session") == [*expected, "Ines"]
