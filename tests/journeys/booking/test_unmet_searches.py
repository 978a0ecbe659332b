"""Searches that find nobody: counted for moderators, and a way on for the member."""

from __future__ import annotations

from datetime import timedelta

from mentorship.insights import insights
from mentorship.insights.views import InsightsRange
from tests.journeys.support.helpers import actor_of
from tests.journeys.support.scenarios import approved_mentor, text_fields
from tests.journeys.support.simulated_guild import (
    SimulatedGuild,
    button_labels,
    message_text,
)


async def demand(guild: SimulatedGuild) -> str:
    moderator = await guild.add_moderator("Mod")
    return message_text((await moderator.slash(guild.channel, "moderation demand")).response)


async def test_moderators_see_which_expertise_nobody_was_found_for(guild: SimulatedGuild) -> None:
    await approved_mentor(guild, "Oliver", expertise="python", rate="60")
    maya, ken = [await guild.add_member(name, zone="UTC", points=100) for name in ("Maya", "Ken")]
    for person in (maya, ken, maya):
        await person.slash(guild.channel, "mentor search", expertise="Python", max_rate=1)
    nobody = await maya.slash(guild.channel, "mentor search", expertise="my secret plan")
    await maya.click(nobody.response, label="Remove expertise (1 mentor)")
    ada = await guild.add_member("Ada", zone="UTC", points=100)
    found = await ada.slash(guild.channel, "mentor search", expertise="python")
    assert "Oliver" in message_text(found.response)
    shown = await demand(guild)
    assert "**python**: 2 searches" in shown, "Maya's second search is the same"
    assert "Anything else: 1 search" in shown
    assert "secret" not in shown


async def test_booking_by_an_expertise_that_nobody_has_counts_and_leads_to_a_request(
    guild: SimulatedGuild,
) -> None:
    await approved_mentor(guild, "Oliver", expertise="python")
    maya = await guild.add_member("Maya", zone="UTC", points=100)
    result = await maya.slash(guild.channel, "book", mentor="gardening")
    assert "No mentor matches “gardening”." in message_text(result.response)
    form = await maya.click(result.response, label="Ask for help")
    assert text_fields(form)["expertise"] == "gardening"
    assert "Anything else: 1 search" in await demand(guild)


async def test_the_form_has_the_words_and_the_part_of_the_day_of_the_search(
    guild: SimulatedGuild,
) -> None:
    await approved_mentor(guild, "Oliver", expertise="python", hours="mon 8-12")
    maya = await guild.add_member("Maya", zone="UTC", points=100)
    nobody = await maya.slash(
        guild.channel, "mentor search", expertise="python", text="monads", free="tomorrow evening"
    )
    await guild.restart_bot()
    form = await maya.click(nobody.response, label="Ask for help")
    assert text_fields(form)["about"] == "monads"
    preview = await maya.submit_modal(form, text_fields(form) | {"points": ""})
    assert "Ask for help with python?" in message_text(preview.response)
    sent = await maya.click(preview.response, label="Ask mentors")
    assert "Request sent." in message_text(sent.response)


async def test_looking_for_a_mentor_without_slots_counts_for_their_insights(
    guild: SimulatedGuild,
) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="mon 8-8:15")
    maya, ken = [await guild.add_member(name, zone="UTC", points=100) for name in ("Maya", "Ken")]
    for person, when in ((maya, "tomorrow evening"), (maya, ""), (ken, "")):
        options = {"when": when} if when else {}
        result = await person.slash(guild.channel, "book", mentor=str(oliver.id), **options)
        assert "Oliver has no open slot" in message_text(result.response)
        assert "Ask for help" in button_labels(result.response)
    mentor = actor_of(guild, oliver)
    shown = await guild.db.read(insights.mentor_insights, mentor, InsightsRange.YEAR)
    assert sum(each.count for each in shown.vain_searches) == 2, "once a day for each person"
    weekday = (guild.now + timedelta(days=1)).weekday()
    assert (weekday, 1) in [(each.weekday, each.count) for each in shown.vain_searches]


async def test_a_time_that_is_taken_counts_as_looked_for_in_vain(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="daily 8-12")
    maya = await guild.add_member("Maya", zone="UTC", points=100)
    result = await maya.slash(guild.channel, "book", mentor=str(oliver.id), when="tomorrow 23:00")
    assert "Oliver" in message_text(result.response)
    shown = await guild.db.read(
        insights.mentor_insights, actor_of(guild, oliver), InsightsRange.YEAR
    )
    assert [each.count for each in shown.vain_searches] == [1]
