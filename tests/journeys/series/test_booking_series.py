"""Booking a series in Discord: its dates, what doesn't fit, and what each person reads."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import simcord

from bot.formatting import discord_timestamp
from mentorship.availability import editor
from storage.tables import Series, Session
from tests.journeys.support.components import iter_components
from tests.journeys.support.helpers import (
    actor_of,
    at,
    choose_option,
    count_rows,
    menu_options,
    select_menus,
)
from tests.journeys.support.scenarios import approved_mentor, book
from tests.journeys.support.simulated_guild import (
    SimulatedGuild,
    card_titles,
    message_text,
)

WEEK = timedelta(weeks=1)


def buttons(message: Any) -> list[str]:
    """Return the labels of a message's buttons, without its menus."""
    return [part["label"] for part in iter_components(message) if part["type"] == 2]


def about_series(guild: SimulatedGuild, mentor: simcord.MemberActor) -> list[Any]:
    """Return a mentor's direct messages after the one that welcomed them."""
    return guild.inbox(mentor)[1:]


async def plan(
    guild: SimulatedGuild,
    person: simcord.MemberActor,
    mentor: simcord.MemberActor,
    start: Any,
    repeat: str = "Every week, 4 times",
    **options: Any,
) -> Any:
    """Return the card of a series that begins with the session at `start`."""
    options = {"mentor": str(mentor.id), "when": str(int(start.timestamp()))} | options
    card = await person.slash(guild.channel, "book", **options)
    card = await person.click(card.response, label="Repeat…")
    if repeat != "Every week, 4 times":
        card = await choose_option(person, card.response, repeat)
    return card.response


async def test_a_series_keeps_the_mentors_time_through_a_clock_change(
    guild: SimulatedGuild,
) -> None:
    carol = await approved_mentor(guild, "Carol", zone="America/New_York")
    maya = await guild.add_member("Maya", zone="Europe/London", points=1_000)
    # America's clocks go forward on Sunday 8 March, Britain's on the 29th.
    start = at(guild, 15, day=3)
    card = await plan(guild, maya, carol, start, topic="Career")
    assert card_titles(card) == ["Every week with Carol"]
    text = message_text(card)
    assert "Book 4 sessions of 60 minutes?" in text
    dates = [start, *(start + n * WEEK - timedelta(hours=1) for n in (1, 2, 3))]
    for number, (date, day) in enumerate(zip(dates, (3, 10, 17, 24), strict=True), 1):
        assert (
            f"{number}\\. ✓ {discord_timestamp(date)}\n"
            f"-# Carol's time (New York): Tue {day} Mar, 10:00–11:00" in text
        )
    assert "so they aren't all at the same time for you. Carol's time stays the same." in text
    assert "Price: 4 × 🪙 60 = 🪙 240" in text
    assert "Balance after: 🪙 760" in text
    assert "Topic: Career" in text
    assert "If Carol doesn't confirm by" in text
    assert buttons(card) == ["Book 4 sessions · 🪙 240", "Back", "Cancel"]

    booked = (await maya.click(card, label="Book 4 sessions · 🪙 240")).response
    text = message_text(booked)
    assert "Request sent to Carol." in text
    assert card_titles(booked) == ["4 sessions with Carol, every week"]
    assert "🪙 240 on hold: each session's price until after it." in text
    assert text.count("waiting for an answer") == 4
    assert "-# Carol's time (New York): Tue 10 Mar, 10:00–11:00" in text
    assert buttons(booked) == ["Cancel all that remain"]
    assert await guild.balance(maya) == 760

    await guild.deliver()
    assert len(about_series(guild, carol)) == 1
    request = guild.last_dm(carol)
    text = message_text(request)
    assert "Maya would like 4 sessions with you, every week." in text
    assert f"1\\. {discord_timestamp(start)} · waiting for your answer" in text
    assert "-# Maya's time (London): Tue 10 Mar, 14:00–15:00" in text
    assert "Length and price: 60 minutes, 🪙 60 each" in text
    assert "If you don't answer by" in text
    assert buttons(request) == ["Confirm all 4", "Decline all 4", "Block"]

    answered = (await carol.user.click(request, label="Confirm all 4")).response
    assert "4 of 4 sessions are still to come." in message_text(answered)
    assert buttons(answered) == ["Cancel all that remain"]
    await guild.deliver()
    text = message_text(guild.last_dm(maya))
    assert "Carol confirmed your 4 sessions." in text
    assert text.count("· confirmed") == 4
    assert len(guild.inbox(maya)) == 1


async def test_a_date_that_is_taken_is_left_out_moved_or_skipped(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="Europe/London", points=1_000)
    noor = await guild.add_member("Noor", zone="Europe/London", points=200)
    start = at(guild, 15, day=3)
    await book(guild, noor, oliver, start + WEEK)
    card = await plan(guild, maya, oliver, start)
    text = message_text(card)
    assert f"2\\. ✗ {discord_timestamp(start + WEEK)} · taken" in text
    assert "Dates marked ✗ are left out." in text
    assert buttons(card)[0] == "Book the 3 that fit · 🪙 180"

    placeholder = "2. Tue 10 Mar, 15:00 GMT, taken: move or skip it"
    options = menu_options(card, placeholder)
    assert options[0] == "Skip this date"
    assert {"Tue 10 Mar, 14:00 GMT", "Tue 10 Mar, 16:00 GMT"} <= set(options)
    assert "Tue 10 Mar, 15:00 GMT" not in options
    moved = (await choose_option(maya, card, "Tue 10 Mar, 16:00 GMT")).response
    assert f"2\\. ✓ {discord_timestamp(start + WEEK + timedelta(hours=1))} · moved" in (
        message_text(moved)
    )
    assert buttons(moved)[0] == "Book 4 sessions · 🪙 240"

    # A date that fits can be skipped, too, and put back.
    card = (await choose_option(maya, moved, "3. Tue 17 Mar, 15:00 GMT")).response
    card = (await choose_option(maya, card, "Skip this date")).response
    assert f"3\\. ~~{discord_timestamp(start + 2 * WEEK)}~~ · skipped" in message_text(card)
    assert buttons(card)[0] == "Book 3 sessions · 🪙 180"
    booked = (await maya.click(card, label="Book 3 sessions · 🪙 180")).response
    assert card_titles(booked) == ["3 sessions with Oliver, every week"]
    assert discord_timestamp(start + WEEK + timedelta(hours=1)) in message_text(booked)
    assert await count_rows(guild, Session) == 4


async def test_losing_one_date_books_nothing_and_shows_what_is_true_now(
    guild: SimulatedGuild,
) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="Europe/London", points=1_000)
    noor = await guild.add_member("Noor", zone="Europe/London", points=200)
    start = at(guild, 15, day=3)
    card = await plan(guild, maya, oliver, start, "Every 2 weeks, 3 times")
    await book(guild, noor, oliver, start + 2 * WEEK)
    answer = (await maya.click(card, label="Book 3 sessions · 🪙 180")).response
    text = message_text(answer)
    assert "Some of these dates aren't available any more, so nothing was booked." in text
    assert f"2\\. ✗ {discord_timestamp(start + 2 * WEEK)} · taken" in text
    assert await count_rows(guild, Series) == 0
    assert await guild.balance(maya) == 1_000
    # Pressing the button of the card as it is now books what it says.
    booked = (await maya.click(answer, label="Book the 2 that fit · 🪙 120")).response
    assert card_titles(booked) == ["2 sessions with Oliver, every 2 weeks"]


async def test_an_instant_series_is_confirmed_with_one_message_to_the_mentor(
    guild: SimulatedGuild,
) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    await guild.db.run(editor.set_limits, actor_of(guild, oliver), instant_booking=True)
    maya = await guild.add_member("Maya", zone="Europe/London", points=1_000)
    card = await plan(guild, maya, oliver, at(guild, 15, day=3), "Every week, 2 times")
    assert "They're confirmed as soon as you book." in message_text(card)
    booked = (await maya.click(card, label="Book 2 sessions · 🪙 120")).response
    assert "You've booked 2 sessions with Oliver." in message_text(booked)
    await guild.deliver()
    assert "Maya booked 2 sessions with you, every week." in message_text(guild.last_dm(oliver))
    assert len(about_series(guild, oliver)) == 1
    assert guild.inbox(maya) == []


async def test_twelve_dates_fit_on_a_card(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", zone="Asia/Kolkata")
    await guild.db.run(editor.set_weekly, actor_of(guild, oliver), "tue 0:00-24:00")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    card = await plan(guild, maya, oliver, at(guild, 15, day=3), "Every 2 weeks, 12 times")
    text = message_text(card)
    assert "12\\. ✓" in text
    assert len(text) < 4_000
    assert "You need 🪙" in text, "nothing can be booked without the points"
    assert not any(label.startswith("Book") for label in buttons(card))
    assert len(select_menus(card)) == 2


async def test_a_plan_works_after_a_restart_and_leads_back(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="Europe/London", points=1_000)
    start = at(guild, 15, day=3)
    card = await plan(guild, maya, oliver, start)
    back = (await maya.click(card, label="Back")).response
    assert card_titles(back) == [discord_timestamp(start)]
    assert "Repeat…" in buttons(back)
    gone = (await maya.click(card, label="Cancel")).response
    assert "Nothing was booked." in message_text(gone)
