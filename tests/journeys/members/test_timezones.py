"""Whoever has no time zone is asked for it when it is needed, and goes on from there."""

from __future__ import annotations

from datetime import datetime

import pytest

from mentorship.actors import Actor
from mentorship.members import members
from tests.journeys.support.people import mentor
from tests.journeys.support.world import World, labels, words


async def zone_of(town: World, person) -> str | None:
    who = Actor(user_id=person.id, name=person.name, guild_id=town.guild.id)
    return (await town.db.read(members.load, who)).timezone


async def test_a_zone_is_picked_from_the_list(town: World) -> None:
    sana = await town.person("Sana")
    offered = await sana.autocomplete(town.square, "timezone set", "zone", "kolkata")
    assert offered[0]["value"] == "Asia/Kolkata"
    assert "17:30" in offered[0]["name"], "the list shows what the clock says there"
    answer = await sana.slash(town.square, "timezone set", zone=offered[0]["value"])
    assert answer.ephemeral
    assert "Your time zone is **Asia/Kolkata**" in words(answer.response)
    assert await zone_of(town, sana) == "Asia/Kolkata"


async def test_an_old_name_is_stored_under_its_current_one(town: World) -> None:
    sana = await town.person("Sana")
    await sana.slash(town.square, "timezone set", zone="Asia/Calcutta")
    assert await zone_of(town, sana) == "Asia/Kolkata"


async def test_an_unknown_zone_gets_the_nearest_names(town: World) -> None:
    sana = await town.person("Sana")
    answer = await sana.slash(town.square, "timezone set", zone="Europe/Londn")
    assert "I know no time zone called `Europe/Londn`" in words(answer.response)
    assert "Europe/London" in words(answer.response)
    assert "Pick your time zone" in labels(answer.response)
    assert await zone_of(town, sana) is None


async def test_booking_asks_for_the_zone_and_then_goes_on(town: World) -> None:
    oliver = await mentor(town, "Oliver")
    sana = await town.person("Sana", points=100)
    start = datetime.fromtimestamp(town.now.timestamp() + 2 * 3600, tz=town.now.tzinfo)

    asked = await sana.slash(
        town.square,
        "book",
        mentor=str(oliver.id),
        when=str(int(start.timestamp())),
        topic="My first week",
    )
    assert "Which time zone do you live in?" in words(asked.response)

    card = await sana.select(asked.response, ["America/New_York"], custom_id="timezone:pick")
    assert "Book Oliver?" in words(card.response)
    assert "On your clock: Mon 2 Mar 2026, 09:00–10:00 EST (UTC−5)" in words(card.response)
    assert "Topic: My first week" in words(card.response)


async def test_applying_asks_for_the_zone_and_then_opens_the_form(town: World) -> None:
    sana = await town.person("Sana")
    asked = await sana.slash(town.square, "mentor apply")
    typing = await sana.click(asked.response, label="Type mine")
    form = await sana.submit_modal(typing, {"zone": "it's 17:30 here"})
    # Several zones show that time; the one of choice leads on to the form.
    if form.modal is None:
        form = await sana.select(form.response, ["Asia/Kolkata"], custom_id="timezone:pick")
    assert form.modal is not None
    assert form.modal["title"] == "Apply to mentor"
    assert await zone_of(town, sana) == "Asia/Kolkata"


async def test_after_a_restart_the_menu_still_sets_the_zone(town: World) -> None:
    sana = await town.person("Sana")
    asked = await sana.slash(town.square, "mentor apply")
    await town.restart()
    answer = await sana.select(asked.response, ["Europe/London"], custom_id="timezone:pick")
    assert "Your time zone is **Europe/London**" in words(answer.response)


async def test_a_mentor_who_moves_can_stay_open_at_the_same_moments(town: World) -> None:
    oliver = await mentor(town, "Oliver", hours="mon-fri 18-20; sun 22-02")
    answer = await oliver.slash(town.square, "timezone set", zone="Asia/Kolkata")
    await town.restart()
    await oliver.click(answer.response, label="Same moments")
    hours = await oliver.slash(town.square, "mentor hours")
    assert "**Monday** 03:30–07:30, 23:30–01:30 (next day)" in words(hours.response)


async def test_a_mentor_who_moves_can_keep_the_hours_on_the_clock(town: World) -> None:
    oliver = await mentor(town, "Oliver", hours="mon-fri 18-20")
    answer = await oliver.slash(town.square, "timezone set", zone="Europe/Berlin")
    assert "What about your mentor hours?" in words(answer.response)
    done = await oliver.click(answer.response, label="Same on my clock")
    assert "Your time zone is **Europe/Berlin**" in words(done.response)
    hours = await oliver.slash(town.square, "mentor hours")
    assert "Europe/Berlin" in words(hours.response)
    assert "**Monday** 18:00–20:00" in words(hours.response)


async def test_what_time_it_is_for_me_and_for_others(town: World) -> None:
    sana = await town.person("Sana", zone="Asia/Kolkata")
    maya = await town.person("Maya", zone="America/New_York")
    stranger = await town.person("Stranger")
    mine = await sana.slash(town.square, "timezone show")
    assert "it is Mon 2 Mar 2026, 17:30 IST (UTC+5:30)" in words(mine.response)
    hers = await sana.slash(town.square, "timezone show", member=maya)
    assert "For Maya it is Mon 2 Mar 2026, 07:00 EST (UTC−5)" in words(hers.response)
    unknown = await sana.slash(town.square, "timezone show", member=stranger)
    assert "Stranger has not said their time zone yet" in words(unknown.response)


async def test_a_time_in_another_zone(town: World) -> None:
    sana = await town.person("Sana", zone="Asia/Kolkata")
    answer = await sana.slash(
        town.square, "timezone convert", **{"time": "tomorrow 3pm", "from": "New York"}
    )
    assert "Tue 3 Mar 2026, 15:00 EST (UTC−5)" in words(answer.response)
    assert "Wed 4 Mar 2026, 01:30 IST (UTC+5:30)" in words(answer.response)
    answer = await sana.slash(town.square, "timezone convert", time="gibberish")
    assert "I couldn't read `gibberish` as a time" in words(answer.response)


@pytest.mark.parametrize(
    "typed",
    ["Kolkata", "calcutta", "IST", "India", "+5:30", "UTC+5:30", "it's 17:30 here", "5:30pm here"],
)
async def test_however_people_name_their_zone(town: World, typed: str) -> None:
    sana = await town.person("Sana")
    answer = await sana.slash(town.square, "timezone set", zone=typed)
    if "Your time zone is" not in words(answer.response):
        # Several zones fit, so each stands in the menu with its clock, and one choice ends it.
        assert "Which of these is yours?" in words(answer.response)
        (offered,) = (
            item["options"]
            for row in answer.response.components
            for item in row["components"]
            if item.get("custom_id") == "timezone:pick"
        )
        (indian,) = (option for option in offered if option["value"] == "Asia/Kolkata")
        assert "17:30" in indian["label"]
        answer = await sana.select(answer.response, ["Asia/Kolkata"], custom_id="timezone:pick")
    assert "Your time zone is **Asia/Kolkata**" in words(answer.response)
    assert await zone_of(town, sana) == "Asia/Kolkata"
