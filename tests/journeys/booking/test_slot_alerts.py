"""Waiting for a mentor's slot: asking, being told, changing and removing the alert."""

from __future__ import annotations

from datetime import timedelta

import pytest
import simcord

from mentorbot.jobs.schedule import send_slot_alerts
from mentorship.availability import editor
from mentorship.mentors import profiles
from tests.journeys.support.helpers import actor_of, at, choose_option, menu_options
from tests.journeys.support.scenarios import approved_mentor
from tests.journeys.support.simulated_guild import (
    SimulatedGuild,
    button_labels,
    card_titles,
    message_text,
)

ASK = "Tell me when there's a slot"


@pytest.fixture
async def oliver(guild: SimulatedGuild) -> simcord.MemberActor:
    """A mentor without an open slot, in London."""
    oliver = await approved_mentor(guild, "Oliver", hours="mon 9-10")
    await set_hours(guild, oliver, "")
    return oliver


async def set_hours(guild: SimulatedGuild, mentor: simcord.MemberActor, hours: str) -> None:
    await guild.db.run(editor.set_weekly, actor_of(guild, mentor), hours)


async def tell(guild: SimulatedGuild, after: timedelta = timedelta(minutes=3)) -> int:
    """Let time pass, run the job, and deliver. Returns how many messages arrived."""
    await guild.env.advance_time(after.total_seconds())
    await send_slot_alerts(guild.db)
    return await guild.deliver()


async def open_form(
    guild: SimulatedGuild, person: simcord.MemberActor, mentor: simcord.MemberActor
) -> simcord.Message:
    profile = await person.slash(guild.channel, "mentor profile", member=mentor)
    return (await person.click(profile.response, label=ASK)).response


async def ask(
    guild: SimulatedGuild, person: simcord.MemberActor, mentor: simcord.MemberActor
) -> simcord.Message:
    form = await open_form(guild, person, mentor)
    return (await person.click(form, label="Tell me")).response


async def test_a_member_waits_for_a_saturday_evening_and_books_it(
    guild: SimulatedGuild, oliver: simcord.MemberActor
) -> None:
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    form = await open_form(guild, maya, oliver)
    assert card_titles(form) == ["Tell me when Oliver has a slot"]
    assert "Which slots suit you, in your time (New York)?" in message_text(form)
    form = (await choose_option(maya, form, "Saturday")).response
    form = (await choose_option(maya, form, "Morning (06:00–12:00)")).response
    saved = (await maya.click(form, label="Tell me")).response
    assert card_titles(saved) == ["You'll get a message when Oliver has a slot"]
    assert "Slots that suit you: Saturday morning" in message_text(saved)
    assert await tell(guild) == 0

    await set_hours(guild, oliver, "fri 14-15")
    assert await tell(guild) == 0
    await set_hours(guild, oliver, "fri 14-15; sat 14-15")
    await guild.restart_bot()
    assert await tell(guild) == 1
    message = guild.last_dm(maya)
    text = message_text(message)
    assert text.startswith("Oliver has open slots.")
    assert card_titles(message) == ["Book Oliver"]
    assert "60 minutes, 🪙 60. The next slots that suit you, in your time (New York):" in text
    # London is five hours ahead of New York, and four from 8 to 29 March.
    assert button_labels(message) == [
        "Sat 7 Mar, 09:00 EST",
        "Sat 14 Mar, 10:00 EDT",
        "Sat 21 Mar, 10:00 EDT",
        "All slots",
    ]
    card = await maya.user.click(message, label="Sat 7 Mar, 09:00 EST")
    booked = await maya.user.click(card.response, label="Confirm")
    assert "Request sent to Oliver" in message_text(booked.response)
    assert await tell(guild, timedelta(hours=1)) == 1, "only Oliver gets a message: the request"
    assert "Maya would like a session with you." in message_text(guild.last_dm(oliver))


async def test_a_slot_that_is_gone_leads_to_the_nearest_ones(
    guild: SimulatedGuild, oliver: simcord.MemberActor
) -> None:
    maya = await guild.add_member("Maya", zone="Europe/London", points=100)
    noor = await guild.add_member("Noor", zone="Europe/London", points=100)
    await ask(guild, maya, oliver)
    await set_hours(guild, oliver, "tue 14-15")
    await tell(guild)
    message = guild.last_dm(maya)
    taken = at(guild, 14, day=3)
    result = await noor.slash(
        guild.channel, "book", mentor=str(oliver.id), when=str(int(taken.timestamp()))
    )
    await noor.click(result.response, label="Confirm")
    answer = await maya.user.click(message, label="Tue 3 Mar, 14:00 GMT")
    assert "These are the nearest open slots" in message_text(answer.response)
    assert "Tue 10 Mar, 14:00 GMT" in button_labels(answer.response)


async def test_members_are_told_one_after_the_other(
    guild: SimulatedGuild, oliver: simcord.MemberActor
) -> None:
    maya = await guild.add_member("Maya", zone="Europe/London", points=100)
    noor = await guild.add_member("Noor", zone="Europe/London", points=100)
    for person in (noor, maya):
        await ask(guild, person, oliver)
    await set_hours(guild, oliver, "daily 14-15")
    assert await tell(guild) == 1
    assert "Oliver has open slots." in message_text(guild.last_dm(noor))
    assert await tell(guild, timedelta(minutes=14)) == 0
    assert await tell(guild, timedelta(minutes=1)) == 1
    assert "Oliver has open slots." in message_text(guild.last_dm(maya))


async def test_open_slots_are_shown_in_place_of_an_alert(
    guild: SimulatedGuild, oliver: simcord.MemberActor
) -> None:
    maya = await guild.add_member("Maya", zone="Europe/London", points=100)
    await set_hours(guild, oliver, "sat 14-15")
    answer = await ask(guild, maya, oliver)
    assert card_titles(answer) == ["Oliver has open slots that suit you"]
    assert "You needn't wait." in message_text(answer)
    assert button_labels(answer) == [
        "Sat 7 Mar, 14:00 GMT",
        "Sat 14 Mar, 14:00 GMT",
        "Sat 21 Mar, 14:00 GMT",
        "All slots",
        "Other days or times",
        "Cancel",
    ]
    form = (await maya.click(answer, label="Other days or times")).response
    form = (await choose_option(maya, form, "Sunday")).response
    saved = (await maya.click(form, label="Tell me")).response
    assert "Slots that suit you: Sunday" in message_text(saved)


async def test_alerts_are_listed_changed_and_removed(
    guild: SimulatedGuild, oliver: simcord.MemberActor
) -> None:
    maya = await guild.add_member("Maya", zone="Europe/London")
    settings = await maya.slash(guild.channel, "notifications")
    empty = await maya.click(settings.response, label="Slot alerts")
    assert "You have none." in message_text(empty.response)
    await ask(guild, maya, oliver)
    profile = await maya.slash(guild.channel, "mentor profile", member=oliver)
    assert button_labels(profile.response)[-1] == "Change slot alert"
    settings = await maya.slash(guild.channel, "notifications")
    listed = (await maya.click(settings.response, label="Slot alerts")).response
    assert "• **Oliver**: any time" in message_text(listed)
    form = (await choose_option(maya, listed, "Oliver")).response
    form = (await choose_option(maya, form, "Evening (18:00–24:00)")).response
    saved = (await maya.click(form, label="Save changes")).response
    assert "Slots that suit you: any evening" in message_text(saved)
    removed = await maya.click(saved, label="Remove alert")
    assert message_text(removed.response) == "The alert is removed. You won't get a message."
    settings = await maya.slash(guild.channel, "notifications")
    empty = await maya.click(settings.response, label="Slot alerts")
    assert "You have none." in message_text(empty.response)
    await set_hours(guild, oliver, "daily 14-15")
    assert await tell(guild) == 0


async def test_a_muted_alert_says_so(guild: SimulatedGuild, oliver: simcord.MemberActor) -> None:
    maya = await guild.add_member("Maya", zone="Europe/London")
    settings = await maya.slash(guild.channel, "notifications")
    options = menu_options(settings.response, "Everything optional is turned off")
    assert "Notify me when a mentor has a slot you asked about" in options
    kinds = ["confirmed", "completed", "rated", "replied", "points"]
    await maya.select(settings.response, kinds, custom_id="notifications:kinds")
    saved = await ask(guild, maya, oliver)
    assert "You've turned these notifications off" in message_text(saved)


async def test_booking_without_an_open_slot_offers_an_alert(
    guild: SimulatedGuild, oliver: simcord.MemberActor
) -> None:
    maya = await guild.add_member("Maya", zone="Europe/London", points=100)
    result = await maya.slash(guild.channel, "book", mentor=str(oliver.id))
    assert "Oliver has no open slot" in message_text(result.response)
    form = (await maya.click(result.response, label=ASK)).response
    saved = (await maya.click(form, label="Tell me")).response
    assert card_titles(saved) == ["You'll get a message when Oliver has a slot"]
    result = await maya.slash(guild.channel, "book", mentor=str(oliver.id))
    asked = await maya.click(result.response, label="Ask for help")
    sent = {"expertise": "python", "about": "My tests are slow.", "points": ""}
    preview = await maya.submit_modal(asked, sent)
    assert "Ask for help with python?" in message_text(preview.response)


async def test_a_paused_mentor_can_be_waited_for(
    guild: SimulatedGuild, oliver: simcord.MemberActor
) -> None:
    maya = await guild.add_member("Maya", zone="Europe/London", points=100)
    await set_hours(guild, oliver, "daily 14-15")
    await guild.db.run(profiles.pause, actor_of(guild, oliver), None)
    result = await maya.slash(guild.channel, "book", mentor=str(oliver.id))
    assert "Ask for help" in button_labels(result.response)
    form = (await maya.click(result.response, label=ASK)).response
    await maya.click(form, label="Tell me")
    assert await tell(guild) == 0
    await guild.db.run(profiles.resume, actor_of(guild, oliver))
    await tell(guild)
    assert "Oliver has open slots." in message_text(guild.last_dm(maya))


async def test_a_search_result_without_slots_offers_an_alert(
    guild: SimulatedGuild, oliver: simcord.MemberActor
) -> None:
    maya = await guild.add_member("Maya", zone="Europe/London", points=100)
    result = await maya.slash(guild.channel, "mentor search")
    assert "No open slots in the next two weeks" in message_text(result.response)
    form = await maya.click(result.response, label=ASK)
    assert card_titles(form.response) == ["Tell me when Oliver has a slot"]


async def test_somebody_without_a_time_zone_chooses_one_first(
    guild: SimulatedGuild, oliver: simcord.MemberActor
) -> None:
    maya = await guild.add_member("Maya")
    question = await open_form(guild, maya, oliver)
    assert "Which time zone do you live in?" in message_text(question)


async def test_a_message_that_waited_for_the_night_to_end_restores_the_place(
    guild: SimulatedGuild, oliver: simcord.MemberActor
) -> None:
    maya = await guild.add_member("Maya", zone="Europe/London", points=100)
    await ask(guild, maya, oliver)
    await set_hours(guild, oliver, "daily 14-15")
    await send_slot_alerts(guild.db)
    await set_hours(guild, oliver, "")
    assert await guild.deliver() == 0
    await set_hours(guild, oliver, "daily 16-17")
    assert await tell(guild, timedelta(minutes=15)) == 1
    assert "16:00" in button_labels(guild.last_dm(maya))[0]
