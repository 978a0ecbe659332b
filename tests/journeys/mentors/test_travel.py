"""Trips and filled gaps in the availability panel, and what mentees see of them."""

from __future__ import annotations

from datetime import date

import pytest
import simcord

from mentorship.availability import editor
from mentorship.availability.travel import Travel
from tests.journeys.mentors.test_availability_panel import options, panel
from tests.journeys.support.helpers import actor_of
from tests.journeys.support.scenarios import approved_mentor, book, text_fields
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text

LISBON_TRIP = {"first": "9 March", "last": "10 March", "place": "Lisbon"}


async def trips_of(guild: SimulatedGuild, person: simcord.MemberActor) -> tuple[Travel, ...]:
    return (await guild.db.read(editor.load, actor_of(guild, person))).travel


async def open_form(
    guild: SimulatedGuild, mentor: simcord.MemberActor
) -> simcord.InteractionResult:
    travel = await mentor.click((await panel(guild, mentor)).response, label="Travel")
    return await mentor.click(travel.response, label="Add a trip")


async def test_a_trip_moves_hours_and_is_shown_to_mentees(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", zone="America/New_York", hours="daily 18-20")
    maya = await guild.add_member("Maya", zone="Europe/London", points=500)
    # At 18:00 in New York, where summer time has begun on 8 March.
    await book(guild, maya, oliver, guild.now.replace(day=9, hour=22, minute=0))
    travel = await oliver.click((await panel(guild, oliver)).response, label="Travel")
    assert "none yet" in message_text(travel.response)
    form = await oliver.click(travel.response, label="Add a trip")
    travel = await oliver.submit_modal(form, LISBON_TRIP)
    text = message_text(travel.response)
    dates = "Mon 9 Mar – Tue 10 Mar 2026"
    assert f"Lisbon, {dates}" in text
    assert "Booked outside these hours" in text, "18:00 in New York is 22:00 in Lisbon"
    assert "They stay booked." in text
    week = await oliver.click(travel.response, label="Back to the week")
    assert f"Lisbon, {dates}" in message_text(week.response)
    profile = await maya.slash(guild.channel, "mentor profile", member=oliver)
    trip = f"In Lisbon {dates}\nHours follow the local time there."
    assert trip in message_text(profile.response)

    travel = await oliver.click(week.response, label="Travel")
    ((label, value),) = options(travel.response, "hours:travel:remove").items()
    assert label == f"Lisbon: {dates}"
    travel = await oliver.select(travel.response, [value], custom_id="hours:travel:remove")
    assert "Booked outside these hours" not in message_text(travel.response)
    assert await trips_of(guild, oliver) == ()
    profile = await maya.slash(guild.channel, "mentor profile", member=oliver)
    assert "Lisbon" not in message_text(profile.response)


async def test_an_unknown_place_is_not_called_a_match(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    form = await open_form(guild, oliver)
    question = await oliver.submit_modal(form, LISBON_TRIP | {"place": "Mars"})
    assert "I don't know a time zone called `Mars`." in message_text(question.response)
    travel = await oliver.click(question.response, label="Cancel")
    assert "none yet" in message_text(travel.response)
    assert await trips_of(guild, oliver) == ()


async def test_a_place_with_several_zones_offers_them(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    question = await oliver.submit_modal(
        await open_form(guild, oliver), LISBON_TRIP | {"place": "Portugal", "last": ""}
    )
    assert "Several time zones match `Portugal`." in message_text(question.response)
    assert await trips_of(guild, oliver) == ()
    day = date(2026, 3, 9)
    custom_id = f"hours:travel:zone:{day.toordinal()}:{day.toordinal()}"
    zones = options(question.response, custom_id).values()
    assert {"Europe/Lisbon", "Atlantic/Azores"} <= set(zones)
    await guild.restart_bot()
    await oliver.select(question.response, ["Atlantic/Azores"], custom_id=custom_id)
    assert await trips_of(guild, oliver) == (Travel(day, day, "Atlantic/Azores"),)


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"place": "Atlantis"}, "Atlantis"),
        ({"last": "8 March"}, "The last day must not come before the first."),
        ({"first": "someday"}, "someday"),
        ({"last": "11 March"}, "This overlaps another trip on Wed 11 Mar 2026."),
        ({"first": "9 March 2030", "last": "10 March 2030"}, "up to two years from now"),
    ],
)
async def test_a_trip_with_a_problem_can_be_corrected(
    guild: SimulatedGuild, wrong: dict[str, str], problem: str
) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    later = {"first": "11 March", "last": "12 March", "place": "Tokyo"}
    await oliver.submit_modal(await open_form(guild, oliver), later)
    answer = await oliver.submit_modal(await open_form(guild, oliver), LISBON_TRIP | wrong)
    assert problem in message_text(answer.response)
    assert len(await trips_of(guild, oliver)) == 1
    again, way_out = button_labels(answer.response)
    assert way_out == "Cancel"
    form = await oliver.click(answer.response, label=again)
    assert text_fields(form) == LISBON_TRIP | wrong
    travel = await oliver.click(answer.response, label=way_out)
    assert "Tokyo" in message_text(travel.response)
    await oliver.submit_modal(form, LISBON_TRIP)
    assert [trip.zone for trip in await trips_of(guild, oliver)] == ["Europe/Lisbon", "Asia/Tokyo"]


async def test_a_mentor_switches_filled_gaps_on_and_off(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    rules = await oliver.click((await panel(guild, oliver)).response, label="Session rules")
    assert "Fill gaps: after a booking" in message_text(rules.response)
    rules = await oliver.click(rules.response, label="Fill gaps")
    assert "also start at the next quarter hour after a booking" in message_text(rules.response)
    assert (await guild.db.read(editor.load, actor_of(guild, oliver))).limits.fill_gaps
    rules = await oliver.click(rules.response, label="Stop filling gaps")
    assert "Fill gaps: after a booking" in message_text(rules.response)
    assert not (await guild.db.read(editor.load, actor_of(guild, oliver))).limits.fill_gaps
