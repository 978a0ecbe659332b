"""Typed times in `/book`: the day, the part of the day and the slot that somebody means."""

from __future__ import annotations

import pytest

from bot.formatting import discord_timestamp
from tests.journeys.support.helpers import at, menu_options
from tests.journeys.support.scenarios import approved_mentor, book, book_and_confirm
from tests.journeys.support.simulated_guild import (
    SimulatedGuild,
    button_labels,
    card_titles,
    message_text,
)

# It is Monday, 2 March 2026; mentors are open from 9:00 to 17:00 in London unless stated otherwise.


@pytest.mark.parametrize("when", ["fri", "friday", "6.3.", "6 march", "in 4 days", "Freitag"])
async def test_a_day_shows_its_slots(guild: SimulatedGuild, when: str) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="Europe/London", points=100)
    result = await maya.slash(guild.channel, "book", mentor=str(oliver.id), when=when)
    text = message_text(result.response)
    assert "What time on Fri 6 Mar would you like to meet Oliver?" in text
    assert "Nothing is open" not in text
    slots = menu_options(result.response, "Choose a time")
    assert (slots[0], slots[-1]) == ("09:00 GMT", "16:00 GMT")


async def test_a_part_of_the_day_shows_only_its_slots(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="daily 9-20")
    maya = await guild.add_member("Maya", zone="Europe/London", points=100)
    result = await maya.slash(guild.channel, "book", mentor=str(oliver.id), when="tomorrow evening")
    slots = menu_options(result.response, "Choose a time")
    assert slots == ["18:00 GMT", "18:30 GMT", "19:00 GMT"]
    assert "Nothing is open" not in message_text(result.response)
    result = await maya.click(result.response, label="Other times")
    assert "When would you like to meet Oliver?" in message_text(result.response)


async def test_a_part_of_the_day_without_slots_shows_the_nearest(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="daily 9-12")
    maya = await guild.add_member("Maya", zone="Europe/London", points=100)
    result = await maya.slash(guild.channel, "book", mentor=str(oliver.id), when="tomorrow evening")
    text = message_text(result.response)
    assert "Nothing is open on Tue 3 Mar, 18:00–23:00." in text
    assert "These are the nearest open slots." in text
    assert "What time on Tue 3 Mar" in text


async def test_slots_of_several_days_have_their_dates(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="daily 18-20")
    maya = await guild.add_member("Maya", zone="Europe/London", points=100)
    result = await maya.slash(
        guild.channel, "book", mentor=str(oliver.id), when="tuesday or wednesday evening"
    )
    slots = menu_options(result.response, "Choose a time")
    assert slots[0] == "Tue 3 Mar, 18:00 GMT"
    assert {slot[:3] for slot in slots} == {"Tue", "Wed"}


async def test_a_spoken_time_is_the_one_that_is_open(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="daily 06-8")
    ines = await approved_mentor(guild, "Ines", hours="daily 18-20", expertise="design")
    zoe = await approved_mentor(guild, "Zoe", hours="daily 6-20", expertise="go lang")
    maya = await guild.add_member("Maya", zone="Europe/London", points=100)
    for mentor, start in (
        (oliver, at(guild, 6, day=3).replace(minute=30)),
        (ines, at(guild, 18, day=3).replace(minute=30)),
    ):
        result = await maya.slash(
            guild.channel, "book", mentor=str(mentor.id), when="tomorrow at half past six"
        )
        assert card_titles(result.response) == [discord_timestamp(start)]
        assert "Confirm" in button_labels(result.response)
    both = await maya.slash(
        guild.channel, "book", mentor=str(zoe.id), when="tomorrow at half past six"
    )
    assert menu_options(both.response, "Choose a time") == ["06:30 GMT", "18:30 GMT"]


@pytest.mark.parametrize(
    ("when", "sentence"),
    [
        ("yesterday", "`yesterday` has already passed."),
        ("next friday", "Did you mean `Fri 6 Mar 2026` or `Fri 13 Mar 2026`? `next friday` can"),
        ("29 march 01:30", "The clocks go forward and skip `29 march 01:30`."),
    ],
)
async def test_a_time_that_cannot_be_booked_says_why(
    guild: SimulatedGuild, when: str, sentence: str
) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="Europe/London", points=100)
    result = await maya.slash(guild.channel, "book", mentor=str(oliver.id), when=when)
    assert sentence in message_text(result.response)
    assert "Confirm" not in button_labels(result.response)
    assert "Nothing is open" not in message_text(result.response)


async def test_an_ambiguous_day_suggests_the_slots_of_both(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="daily 9-11")
    maya = await guild.add_member("Maya", zone="Europe/London", points=100)
    options = await maya.autocomplete(
        guild.channel, "book", "when", "next friday", mentor=str(oliver.id)
    )
    names = [option["name"] for option in options]
    assert names[:3] == ["Fri 6 Mar, 09:00 GMT", "Fri 6 Mar, 09:30 GMT", "Fri 6 Mar, 10:00 GMT"]
    assert names[3] == "Fri 13 Mar, 09:00 GMT"


@pytest.mark.parametrize(
    ("zone", "language"),
    [("America/New_York", "en-US"), ("Asia/Kathmandu", "en-GB"), ("UTC", "hi")],
)
async def test_names_of_suggestions_mean_what_their_values_mean(
    guild: SimulatedGuild, zone: str, language: str
) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    await approved_mentor(guild, "Olivia", expertise="design")
    maya = await guild.add_member("Maya", zone=zone, points=1000, language=language)
    for mentor in await maya.autocomplete(guild.channel, "book", "mentor", ""):
        by_name, by_value = [
            await maya.slash(guild.channel, "book", mentor=mentor[key], when="tomorrow 15:00 UTC")
            for key in ("name", "value")
        ]
        assert message_text(by_name.response) == message_text(by_value.response)
    options = await maya.autocomplete(guild.channel, "book", "when", "", mentor=str(oliver.id))
    for option in options[::6]:
        by_name, by_value = [
            await maya.slash(guild.channel, "book", mentor=str(oliver.id), when=option[key])
            for key in ("name", "value")
        ]
        assert "Confirm" in button_labels(by_name.response)
        assert message_text(by_name.response) == message_text(by_value.response)


async def test_names_of_sessions_mean_what_their_values_mean(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="Europe/London", points=1000)
    await book(guild, maya, oliver, at(guild, 10, day=5))
    await book_and_confirm(guild, maya, oliver, at(guild, 12, day=5))
    for command in ("cancel", "reschedule"):
        options = await maya.autocomplete(guild.channel, command, "session", "")
        assert len(options) == 2
        for option in options:
            by_name, by_value = [
                await maya.slash(guild.channel, command, session=option[key])
                for key in ("name", "value")
            ]
            assert message_text(by_name.response) == message_text(by_value.response)
            assert button_labels(by_name.response) == button_labels(by_value.response)
    times = await maya.autocomplete(
        guild.channel, "reschedule", "when", "", session=options[0]["name"]
    )
    for time in times[::8]:
        by_name, by_value = [
            await maya.slash(
                guild.channel, "reschedule", session=options[0]["value"], when=time[key]
            )
            for key in ("name", "value")
        ]
        assert "Suggest this time to Oliver?" in message_text(by_name.response)
        assert message_text(by_name.response) == message_text(by_value.response)
    unknown = await maya.slash(guild.channel, "cancel", session="Oliver · some day")
    assert "Confirm" not in button_labels(unknown.response)


async def test_reschedule_filters_by_part_of_the_day(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="daily 9-20")
    maya = await guild.add_member("Maya", zone="Europe/London", points=1000)
    await book_and_confirm(guild, maya, oliver, at(guild, 12, day=5))
    result = await maya.slash(guild.channel, "reschedule", session="1", when="tomorrow evening")
    assert menu_options(result.response, "Choose a time") == [
        "18:00 GMT",
        "18:30 GMT",
        "19:00 GMT",
    ]
    later = await maya.slash(guild.channel, "reschedule", session="1", when="1 april at noon")
    assert "Suggest this time to Oliver?" in message_text(later.response), "beyond two weeks, too"
    days = await maya.slash(guild.channel, "reschedule", session="1", when="1 april")
    assert menu_options(days.response, "Choose a time")[0] == "09:00 BST"
    refused = await maya.slash(guild.channel, "reschedule", session="1", when="some day, perhaps")
    assert "I couldn't read `some day, perhaps` as a time" in message_text(refused.response)
    past = await maya.slash(guild.channel, "reschedule", session="1", when="yesterday")
    assert "has already passed" in message_text(past.response)
