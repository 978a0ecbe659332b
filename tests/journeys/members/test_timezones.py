"""Choosing a time zone when it is needed, and continuing afterwards."""

from __future__ import annotations

from datetime import datetime

import pytest

from mentorship.actors import Actor
from mentorship.members import members
from tests.habits import foreign_habits
from tests.journeys.support.components import iter_components
from tests.journeys.support.helpers import at, menu_options
from tests.journeys.support.scenarios import approved_mentor, book_and_confirm
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text
from wording.reader import Reader


async def zone_of(guild: SimulatedGuild, person) -> str | None:
    actor = Actor(user_id=person.id, name=person.name, guild_id=guild.id)
    return (await guild.db.read(members.load, actor)).timezone


async def test_a_time_zone_is_chosen_from_the_menu(guild: SimulatedGuild) -> None:
    sana = await guild.add_member("Sana")
    offered = await sana.autocomplete(guild.channel, "timezone set", "zone", "kolkata")
    assert offered[0]["value"] == "Asia/Kolkata"
    assert "17:30" in offered[0]["name"], "the list shows what the clock says there"
    answer = await sana.slash(guild.channel, "timezone set", zone=offered[0]["value"])
    assert answer.ephemeral
    assert "Your time zone is **Kolkata**" in message_text(answer.response)
    assert await zone_of(guild, sana) == "Asia/Kolkata"


async def test_a_legacy_zone_is_stored_under_its_current_name(guild: SimulatedGuild) -> None:
    sana = await guild.add_member("Sana")
    await sana.slash(guild.channel, "timezone set", zone="Asia/Calcutta")
    assert await zone_of(guild, sana) == "Asia/Kolkata"


async def test_an_unknown_zone_offers_the_nearest_names(guild: SimulatedGuild) -> None:
    sana = await guild.add_member("Sana")
    answer = await sana.slash(guild.channel, "timezone set", zone="Europe/Londn")
    assert "I don't know a time zone called `Europe/Londn`" in message_text(answer.response)
    assert "Did you mean `London`" in message_text(answer.response)
    assert "Choose your time zone" in button_labels(answer.response)
    assert await zone_of(guild, sana) is None


async def test_booking_continues_after_the_time_zone_menu(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    sana = await guild.add_member("Sana", points=100)
    start = datetime.fromtimestamp(guild.now.timestamp() + 2 * 3600, tz=guild.now.tzinfo)

    question = await sana.slash(
        guild.channel,
        "book",
        mentor=str(oliver.id),
        when=str(int(start.timestamp())),
        topic="My first week",
    )
    assert "Which time zone do you live in?" in message_text(question.response)

    card = await sana.select(question.response, ["America/New_York"])
    assert "with Oliver?" in message_text(card.response)
    assert "Oliver's time (London): Mon 2 Mar, 14:00–15:00" in message_text(card.response)
    assert "Topic: My first week" in message_text(card.response)


async def test_applying_continues_after_the_time_zone_menu(guild: SimulatedGuild) -> None:
    sana = await guild.add_member("Sana")
    question = await sana.slash(guild.channel, "mentor apply")
    typing = await sana.click(question.response, label="Type it")
    form = await sana.submit_modal(typing, {"zone": "it's 17:30 here"})
    # Several zones have that time; choosing one opens the form.
    if form.modal is None:
        form = await sana.select(form.response, ["Asia/Kolkata"])
    assert form.modal is not None
    assert form.modal["title"] == "Apply to mentor"
    assert await zone_of(guild, sana) == "Asia/Kolkata"


async def test_the_time_zone_menu_works_after_a_restart(guild: SimulatedGuild) -> None:
    sana = await guild.add_member("Sana")
    question = await sana.slash(guild.channel, "mentor apply")
    await guild.restart_bot()
    answer = await sana.select(question.response, ["Europe/London"])
    assert "Your time zone is **London**" in message_text(answer.response)


async def test_a_moving_mentor_can_keep_the_same_instants(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="mon-fri 18-20; sun 22-02")
    answer = await oliver.slash(guild.channel, "timezone set", zone="Asia/Kolkata")
    assert "trips" not in message_text(answer.response)
    panel = await oliver.slash(guild.channel, "mentor hours")
    trips = await oliver.click(panel.response, label="Travel")
    form = await oliver.click(trips.response, label="Add a trip")
    await oliver.submit_modal(form, {"first": "tomorrow", "last": "", "place": "Lisbon"})
    answer = await oliver.slash(guild.channel, "timezone set", zone="Asia/Kolkata")
    assert "On your trips, these different hours apply, too." in message_text(answer.response)
    await guild.restart_bot()
    await oliver.click(answer.response, label="Keep same moments")
    hours = await oliver.slash(guild.channel, "mentor hours")
    assert "**Mon** 03:30–07:30, 23:30–01:30 (next day)" in message_text(hours.response)


async def test_a_moving_mentor_can_keep_the_wall_clock_hours(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="mon-fri 18-20")
    answer = await oliver.slash(guild.channel, "timezone set", zone="Europe/Berlin")
    assert "What about your mentor hours?" in message_text(answer.response)
    done = await oliver.click(answer.response, label="Keep clock times")
    assert "Your time zone is **Berlin**" in message_text(done.response)
    hours = await oliver.slash(guild.channel, "mentor hours")
    assert "In your time zone (Berlin)." in message_text(hours.response)
    assert "**Mon–Fri** 18:00–20:00" in message_text(hours.response)


async def test_a_moving_mentor_is_told_of_sessions_outside_the_hours(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="mon-fri 10-18")
    maya = await guild.add_member("Maya", zone="Europe/London", points=500)
    start = at(guild, 10, day=5)
    await book_and_confirm(guild, maya, oliver, start)
    answer = await oliver.slash(guild.channel, "timezone set", zone="America/New_York")
    done = await oliver.click(answer.response, label="Keep clock times")
    text = message_text(done.response)
    assert "Booked outside these hours" in text
    assert f"<t:{int(start.timestamp())}:F>" in text


async def test_timezone_show_for_oneself_and_others(guild: SimulatedGuild) -> None:
    sana = await guild.add_member("Sana", zone="Asia/Kolkata")
    maya = await guild.add_member("Maya", zone="America/New_York")
    stranger = await guild.add_member("Stranger")
    own = await sana.slash(guild.channel, "timezone show")
    assert "It's Mon 2 Mar 2026, 17:30 IST (UTC+5:30)" in message_text(own.response)
    hers = await sana.slash(guild.channel, "timezone show", member=maya)
    assert (
        "Maya's time zone is **New York**. It's Mon 2 Mar 2026, 07:00 EST (UTC−5) there."
        in message_text(hers.response)
    )
    unknown = await sana.slash(guild.channel, "timezone show", member=stranger)
    assert "Stranger hasn't set their time zone yet" in message_text(unknown.response)


async def test_timezone_convert_shows_both_zones(guild: SimulatedGuild) -> None:
    sana = await guild.add_member("Sana", zone="Asia/Kolkata")
    answer = await sana.slash(
        guild.channel, "timezone convert", **{"time": "tomorrow 3pm", "from": "New York"}
    )
    assert "Tue 3 Mar 2026, 15:00 EST (UTC−5)" in message_text(answer.response)
    assert "Wed 4 Mar 2026, 01:30 IST (UTC+5:30)" in message_text(answer.response)
    answer = await sana.slash(guild.channel, "timezone convert", time="gibberish")
    assert "I couldn't read `gibberish` as a time" in message_text(answer.response)


@pytest.mark.parametrize(
    ("time", "sentences"),
    [
        (
            "8 march 2:30am",
            ["skip the time you entered", "Sun 8 Mar 2026, 03:30 EDT", "13:00 IST"],
        ),
        (
            "1 november 1:30am",
            ["that time occurs twice", "Sun 1 Nov 2026, 01:30 EDT", "Sun 1 Nov 2026, 12:00 IST"],
        ),
        ("1 november 1:30am EST", ["Sun 1 Nov 2026, 01:30 EST", "Sun 1 Nov 2026, 12:00 IST"]),
        ("yesterday 3pm", ["Sun 1 Mar 2026, 15:00 EST", "Mon 2 Mar 2026, 01:30 IST"]),
        ("friday", ["Enter an exact time"]),
        ("friday 3pm or 4pm", ["Enter one time"]),
        ("3/4 3pm", ["Fri 3 Apr 2026, 15:00 EDT"]),
        ("next friday 3pm", ["Did you mean `Fri 6 Mar 2026, 15:00 EST", "Fri 13 Mar 2026"]),
    ],
)
async def test_timezone_convert_says_what_is_special_about_a_time(
    guild: SimulatedGuild, time: str, sentences: list[str]
) -> None:
    sana = await guild.add_member("Sana", zone="Asia/Kolkata")
    answer = await sana.slash(
        guild.channel, "timezone convert", **{"time": time, "from": "New York"}
    )
    for sentence in sentences:
        assert sentence in message_text(answer.response)


@pytest.mark.parametrize("language", ["en-US", "en-GB"])
async def test_time_zones_and_quiet_hours_are_in_the_readers_habits(
    guild: SimulatedGuild, language: str
) -> None:
    sam = await guild.add_member("Sam", zone="America/New_York", language=language)
    reader = Reader.of(language)
    choices = await sam.autocomplete(guild.channel, "timezone set", "zone", "london")
    asked = await sam.slash(guild.channel, "timezone set", zone="US")
    answers = [
        await sam.slash(guild.channel, "timezone show"),
        await sam.slash(guild.channel, "timezone convert", time="tomorrow 3pm", to="Kolkata"),
        await sam.slash(guild.channel, "timezone convert", time="gibberish"),
        await sam.slash(guild.channel, "notifications"),
    ]
    texts = [
        choices[0]["name"],
        *menu_options(asked.response, "Choose your time zone"),
        *menu_options(answers[-1].response, "Quiet hours"),
        *(message_text(answer.response) for answer in answers),
    ]
    for text in texts:
        assert foreign_habits(text, reader) == []
        assert "America/" not in text
        assert "Europe/" not in text
    assert ("PM" in texts[0]) == (language == "en-US")


async def test_an_impossible_clock_is_not_called_an_unknown_zone(guild: SimulatedGuild) -> None:
    sana = await guild.add_member("Sana")
    answer = await sana.slash(guild.channel, "timezone set", zone="it's 12:30 here")
    assert "It isn't that time anywhere in the world now" in message_text(answer.response)
    assert "no time zone called" not in message_text(answer.response)


async def test_the_beginning_of_several_names_is_not_called_a_match(guild: SimulatedGuild) -> None:
    sana = await guild.add_member("Sana", zone="America/Sao_Paulo")
    answer = await sana.slash(guild.channel, "timezone set", zone="Mars")
    text = message_text(answer.response)
    assert "I don't know a time zone called `Mars`. Is yours one of these?" in text
    assert menu_options(answer.response, "Choose your time zone")[0].startswith("Paris")
    answer = await sana.slash(guild.channel, "timezone convert", time="tomorrow 3pm", to="Mars")
    assert "I don't know a time zone called `Mars`. Did you mean `Paris`" in message_text(
        answer.response
    )
    answer = await sana.slash(guild.channel, "timezone show")
    assert "Your time zone is **São Paulo**." in message_text(answer.response)


async def test_a_country_code_offers_the_zones_of_that_country(guild: SimulatedGuild) -> None:
    sana = await guild.add_member("Sana")
    answer = await sana.slash(guild.channel, "timezone set", zone="US")
    assert "Which of these is yours?" in message_text(answer.response)
    offered = menu_options(answer.response, "Choose your time zone")
    assert all("United States" in label or "USA" in label for label in offered)
    assert offered[0].startswith("New York · United States")


@pytest.mark.parametrize(
    "typed",
    ["Kolkata", "calcutta", "IST", "India", "+5:30", "UTC+5:30", "it's 17:30 here", "5:30pm here"],
)
async def test_zones_can_be_typed_in_many_ways(guild: SimulatedGuild, typed: str) -> None:
    sana = await guild.add_member("Sana")
    answer = await sana.slash(guild.channel, "timezone set", zone=typed)
    if "Your time zone is" not in message_text(answer.response):
        # Several zones match, so the menu shows each with its current time.
        assert "Which of these is yours?" in message_text(answer.response)
        (offered,) = (
            item["options"]
            for item in iter_components(answer.response)
            if item.get("placeholder") == "Choose your time zone"
        )
        (indian,) = (option for option in offered if option["value"] == "Asia/Kolkata")
        assert "17:30" in indian["label"]
        answer = await sana.select(answer.response, ["Asia/Kolkata"])
    assert "Your time zone is **Kolkata**" in message_text(answer.response)
    assert await zone_of(guild, sana) == "Asia/Kolkata"
