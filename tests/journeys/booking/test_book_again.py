"""Booking again: from a past session to the next one in two presses."""

from __future__ import annotations

from datetime import timedelta

import pytest
import simcord

from bot.formatting import discord_timestamp
from mentorship.availability import editor
from mentorship.mentors import profiles
from tests.journeys.support.helpers import actor_of, at, choose_option, menu_options, select_menus
from tests.journeys.support.scenarios import approved_mentor, book, book_and_confirm
from tests.journeys.support.simulated_guild import (
    SimulatedGuild,
    button_labels,
    card_titles,
    message_text,
)


async def past_session(guild: SimulatedGuild, person: simcord.MemberActor) -> simcord.Message:
    """Return the card of the person's only past session, as `/sessions` opens it."""
    answer = await person.slash(guild.channel, "sessions")
    answer = await choose_option(person, answer.response, "Past")
    (menu,) = (
        menu for menu in select_menus(answer.response) if menu["placeholder"] == "View a session"
    )
    answer = await person.select(
        answer.response, [menu["options"][0]["value"]], custom_id=menu["custom_id"]
    )
    return answer.response


async def test_a_rated_session_is_booked_again_on_the_mentors_clock(
    guild: SimulatedGuild,
) -> None:
    carol = await approved_mentor(guild, "Carol", zone="America/New_York")
    maya = await guild.add_member("Maya", zone="Europe/London", points=200)
    start = at(guild, 15, day=3)
    await book_and_confirm(guild, maya, carol, start)
    await guild.advance_to(start + timedelta(hours=1))
    await maya.user.click(guild.last_dm(maya), label="We met")
    assert "Book again" not in button_labels(guild.last_dm(maya)), "first they rate"
    await maya.user.click(guild.last_dm(maya), label="5 ★")
    rated = guild.last_dm(maya)
    assert button_labels(rated)[-3:] == ["Write a review", "Say thanks", "Book again"]

    # The first press shows the card, the second books. America's clocks change in between: it is
    # 10 AM in New York again, and an hour earlier in London.
    card = await maya.user.click(rated, label="Book again")
    again = at(guild, 14, day=10)
    assert card_titles(card.response) == [discord_timestamp(again)]
    text = message_text(card.response)
    assert "Book 60 minutes with Carol?" in text
    assert "Carol's time (New York): Tue 10 Mar, 10:00–11:00" in text
    assert "isn't open" not in text
    booked = await maya.user.click(card.response, label="Confirm")
    assert "Request sent to Carol" in message_text(booked.response)
    assert await guild.balance(maya) == 80


async def test_a_session_is_booked_again_from_its_card(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=200)
    noor = await guild.add_member("Noor", zone="Asia/Kolkata", points=200)
    start = at(guild, 15, day=4)
    await book(guild, maya, oliver, start)
    form = await oliver.user.click(guild.last_dm(oliver), label="Decline")
    await oliver.user.submit_modal(form, {"reason": "Travelling"})
    await guild.deliver()
    assert "Book again" in button_labels(guild.last_dm(maya))
    assert "Book again" not in button_labels(guild.last_dm(oliver))
    await book(guild, noor, oliver, start + timedelta(weeks=1))

    # Only the mentee books again.
    assert "Book again" not in button_labels(await past_session(guild, oliver))
    card = await past_session(guild, maya)
    answer = await maya.click(card, label="Book again")
    nearest = start + timedelta(weeks=1, hours=-1)
    assert card_titles(answer.response) == [discord_timestamp(nearest)]
    repeated = discord_timestamp(start + timedelta(weeks=1))
    assert f"{repeated} isn't open, so this is Oliver's nearest open slot." in message_text(
        answer.response
    )
    answer = await maya.click(answer.response, label="Confirm")
    assert "Request sent to Oliver" in message_text(answer.response)


async def test_a_length_that_is_gone_is_chosen_anew(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="Europe/London", points=200)
    await book(guild, maya, oliver, at(guild, 15, day=4))
    await cancel_only_session(guild, maya)
    await guild.db.run(editor.set_limits, actor_of(guild, oliver), durations=[30, 45])
    answer = await maya.click(await past_session(guild, maya), label="Book again")
    text = message_text(answer.response)
    assert "Oliver doesn't offer 60 minutes. These slots are for 45 minutes." in text
    assert {"30 minutes, 🪙 30", "45 minutes, 🪙 45"} <= set(button_labels(answer.response))


@pytest.mark.parametrize("change", [profiles.pause, profiles.stop])
async def test_a_mentor_who_cannot_be_booked_is_refused_kindly(
    guild: SimulatedGuild, change: object
) -> None:
    oliver, _ = await approved_mentor(guild, "Oliver"), await approved_mentor(guild, "Ines")
    maya = await guild.add_member("Maya", zone="Europe/London", points=200)
    await book(guild, maya, oliver, at(guild, 15, day=4))
    await cancel_only_session(guild, maya)
    card = await past_session(guild, maya)
    await guild.db.run(change, actor_of(guild, oliver))
    answer = await maya.click(card, label="Book again")
    assert "Oliver" in message_text(answer.response)
    # Somebody who only paused may have a slot again.
    waits = ["Tell me when there's a slot", "Ask for help"] if change is profiles.pause else []
    assert button_labels(answer.response) == ["Choose another mentor", *waits, "Cancel"]
    answer = await maya.click(answer.response, label="Choose another mentor")
    assert menu_options(answer.response, "Choose a mentor") == ["Ines"]
    if change is profiles.stop:
        assert "Book again" not in button_labels(await past_session(guild, maya))


async def cancel_only_session(guild: SimulatedGuild, mentee: simcord.MemberActor) -> None:
    """Cancel the mentee's only upcoming session."""
    (choice,) = await mentee.autocomplete(guild.channel, "cancel", "session", "")
    answer = await mentee.slash(guild.channel, "cancel", session=choice["value"])
    await mentee.click(answer.response, label="Cancel session")
