"""Booking step by step, back and forth, and every entry point."""

from __future__ import annotations

from datetime import timedelta

from mentorship.availability import editor
from tests.journeys.support.components import iter_components
from tests.journeys.support.helpers import actor_of, at, choose_option, menu_options, select_menus
from tests.journeys.support.scenarios import approved_mentor, book, confirmation_card
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text


async def test_booking_takes_few_presses(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", expertise="python, testing")
    await approved_mentor(guild, "Ines", zone="Europe/Lisbon", expertise="design")
    maya = await guild.add_member("Maya", zone="America/New_York", points=200)

    # With a mentor: a slot and Confirm.
    result = await maya.slash(guild.channel, "book", mentor=str(oliver.id))
    assert "When would you like to meet Oliver?" in message_text(result.response)
    result = await maya.click(result.response, label="08:00 EST")
    done = await maya.click(result.response, label="Confirm")
    assert "Request sent to Oliver" in message_text(done.response)

    # Without: the mentor in a menu (two clicks), a slot and Confirm. Nobody asks for an expertise.
    result = await maya.slash(guild.channel, "book", topic="Fixtures")
    assert set(menu_options(result.response, "Choose a mentor")) == {"Oliver", "Ines"}
    assert button_labels(result.response)[1:] == ["Cancel"], "no way back from here"
    result = await choose_option(maya, result.response, "Oliver")
    text = message_text(result.response)
    assert "60 minutes, 🪙 60. Times below are in your time zone (New York)." in text
    assert all(day in text for day in ("Mon 2 Mar", "Tue 3 Mar", "Wed 4 Mar"))
    assert "Thu 5 Mar" not in text, "further days are in the menu"
    assert menu_options(result.response, "Choose a day")[:2] == ["Mon 2 Mar", "Tue 3 Mar"]

    result = await maya.click(result.response, label="30 minutes, 🪙 30")
    assert "30 minutes, 🪙 30." in message_text(result.response)
    assert len(list(iter_components(result.response))) <= 40
    result = await choose_option(maya, result.response, "Wed 4 Mar")
    assert "What time on Wed 4 Mar would you like to meet Oliver?" in message_text(result.response)
    assert menu_options(result.response, "Choose a time")[:2] == ["04:00 EST", "04:30 EST"]
    result = await choose_option(maya, result.response, "10:30 EST")
    assert "Book 30 minutes with Oliver?" in message_text(result.response)
    assert "Topic: Fixtures" in message_text(result.response), "it has come along"
    await maya.click(result.response, label="Confirm")
    assert await guild.balance(maya) == 110


async def test_an_expertise_is_asked_for_where_mentors_are_many(guild: SimulatedGuild) -> None:
    for number in range(25):
        await approved_mentor(guild, f"Oliver {number}", expertise="python, testing")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    result = await maya.slash(guild.channel, "book")
    assert len(menu_options(result.response, "Choose a mentor")) == 25
    await approved_mentor(guild, "Ines", expertise="design")
    result = await maya.slash(guild.channel, "book")
    assert "What would you like to learn?" in message_text(result.response)
    assert menu_options(result.response, "Choose an expertise") == ["design", "python", "testing"]
    assert button_labels(result.response)[1:] == ["Show everyone", "Cancel"]
    # Six clicks: two in each menu, a slot, Confirm.
    result = await choose_option(maya, result.response, "design")
    assert "They can help you with **design**" in message_text(result.response)
    assert "Back" in button_labels(result.response)
    result = await choose_option(maya, result.response, "Ines")
    result = await maya.click(result.response, label="08:00 EST")
    done = await maya.click(result.response, label="Confirm")
    assert "Request sent to Ines" in message_text(done.response)


async def test_a_length_that_is_not_offered_is_said(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver Hughes")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    for options in ({}, {"when": "wednesday"}, {"when": "wednesday 15:00 UTC"}):
        result = await maya.slash(
            guild.channel, "book", mentor=str(oliver.id), minutes=45, **options
        )
        assert "Oliver doesn't offer 45 minutes" in message_text(result.response)
        assert "Confirm" not in button_labels(result.response), options
    result = await maya.slash(guild.channel, "book", mentor=str(oliver.id), minutes=45)
    assert "These slots are for 60 minutes." in message_text(result.response)
    assert "30 minutes, 🪙 30" in button_labels(result.response)
    result = await maya.click(result.response, label="30 minutes, 🪙 30")
    assert "doesn't offer" not in message_text(result.response)


async def test_a_time_with_a_length_that_is_not_offered_is_kept(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver Hughes", hours="mon-wed 9-17")
    maya = await guild.add_member("Maya", zone="Europe/London", points=100)
    options = {"mentor": str(oliver.id), "minutes": 45}
    answer = await maya.slash(guild.channel, "book", when="wednesday 15:00", **options)
    assert button_labels(answer.response)[0].startswith("09:00"), "Wednesday's slots come first"
    text = message_text(answer.response)
    assert text.index("Wed 4 Mar") < text.index("Mon 9 Mar")
    assert "Nothing is open" not in text
    answer = await maya.slash(guild.channel, "book", when="friday 15:00", **options)
    text = message_text(answer.response)
    assert "Oliver doesn't offer 45 minutes." in text
    assert "Nothing is open on Fri 6 Mar." in text
    assert "Mon 9 Mar" in text


async def test_a_booking_window_of_one_day_is_in_hours(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="fri 9-17")
    maya = await guild.add_member("Maya", zone="Europe/London", points=100)
    await guild.db.run(editor.set_limits, actor_of(guild, oliver), horizon_days=1)
    answer = await maya.slash(guild.channel, "book", mentor=str(oliver.id), minutes=30)
    assert "Oliver has no open slot for 30 minutes in the next 24 hours." in message_text(
        answer.response
    )


async def test_booking_ones_own_slot_again_shows_the_session(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=200)
    await book(guild, maya, oliver, at(guild, 15))
    again = await confirmation_card(guild, maya, oliver, at(guild, 15))
    assert "You've already booked this session with Oliver" in message_text(again.response)
    assert "taken" not in message_text(again.response)
    assert button_labels(again.response) == ["View", "Other days", "Dismiss"]
    viewed = await maya.click(again.response, label="View")
    assert "Cancel session" in button_labels(viewed.response)
    assert await guild.balance(maya) == 140
    # Another person's session is still only a slot that is gone.
    noor = await guild.add_member("Noor", zone="Asia/Kolkata", points=100)
    refused = await confirmation_card(guild, noor, oliver, at(guild, 15))
    assert "That slot was just taken." in message_text(refused.response)


async def test_back_keeps_selections_even_after_a_restart(guild: SimulatedGuild) -> None:
    await approved_mentor(guild, "Oliver", expertise="python, testing")
    await approved_mentor(guild, "Ines", zone="Europe/Lisbon", expertise="testing")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    result = await maya.slash(guild.channel, "book", topic="Fixtures & *mocks*")
    result = await choose_option(maya, result.response, "Oliver")
    result = await maya.click(result.response, label="30 minutes, 🪙 30")
    for choice in ("Wed 4 Mar", "10:30 EST"):
        result = await choose_option(maya, result.response, choice)
    await guild.restart_bot()
    titles = []
    while "Back" in button_labels(result.response):
        result = await maya.click(result.response, label="Back")
        titles.append(message_text(result.response).split("\n")[0])
        assert "Topic: Fixtures & \\*mocks\\*" in message_text(result.response)
    assert titles == ["When would you like to meet Oliver?", "Who would you like to meet?"]
    # The selected duration is kept for another mentor.
    result = await choose_option(maya, result.response, "Ines")
    assert "30 minutes, 🪙 30." in message_text(result.response)


async def test_steps_without_a_choice_are_skipped(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    await guild.db.run(editor.set_limits, actor_of(guild, oliver), durations=[45])
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    result = await maya.slash(guild.channel, "book")
    assert "Who would you like to meet?" in message_text(result.response), (
        "there is one expertise only"
    )
    assert "Back" not in button_labels(result.response)
    result = await choose_option(maya, result.response, "Oliver")
    assert "45 minutes, " in message_text(result.response)
    assert len(select_menus(result.response)) == 1, "and one length only"


async def test_every_slot_of_a_day_can_be_reached(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="daily 0-24")
    await guild.db.run(editor.set_limits, actor_of(guild, oliver), slot_step=5, durations=[15])
    maya = await guild.add_member("Maya", zone="Europe/London", points=100)
    result = await maya.slash(guild.channel, "book", mentor=str(oliver.id), when="wednesday")
    assert "What time on Wed 4 Mar would you like to meet Oliver?" in message_text(result.response)
    met: list[str] = []
    while True:
        assert len(list(iter_components(result.response))) <= 40
        met += [
            option["label"] for menu in select_menus(result.response) for option in menu["options"]
        ]
        if "Later times" not in button_labels(result.response):
            break
        result = await maya.click(result.response, label="Later times")
    assert met == [f"{minute // 60:02}:{minute % 60:02} GMT" for minute in range(0, 24 * 60, 5)]
    assert select_menus(result.response)[-1]["placeholder"].startswith("Evening: ")
    result = await maya.click(result.response, label="Earlier times")
    assert "13:00 GMT" in [
        o["label"] for menu in select_menus(result.response) for o in menu["options"]
    ]


async def test_every_day_of_the_booking_window_can_be_reached(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="daily 9-10")
    maya = await guild.add_member("Maya", zone="Europe/London", points=100)
    result = await maya.slash(guild.channel, "book", mentor=str(oliver.id))
    days = menu_options(result.response, "Choose a day")
    assert (len(days), days[0]) == (25, "Tue 3 Mar")
    while "Later days" in button_labels(result.response):
        result = await maya.click(result.response, label="Later days")
        days += menu_options(result.response, "Choose a day")
    assert len(days) == len(set(days)) == 60
    # Back from a distant day leads to its page.
    result = await choose_option(maya, result.response, days[-1])
    result = await maya.click(result.response, label="Back")
    assert days[-1] in menu_options(result.response, "Choose a day")


async def test_the_card_adds_changes_and_removes_a_topic(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    result = await confirmation_card(guild, maya, oliver, at(guild, 15))
    form = await maya.click(result.response, label="Add topic")
    result = await maya.submit_modal(form, {"topic": "  Loops\nand *stars* "})
    assert "Topic: Loops\nand \\*stars\\*" in message_text(result.response)
    form = await maya.click(result.response, label="Change topic")
    assert "Loops" in str(form.modal), "what was typed is there to be changed"
    result = await maya.submit_modal(form, {"topic": ""})
    assert "Topic" not in message_text(result.response)
    form = await maya.click(result.response, label="Add topic")
    result = await maya.submit_modal(form, {"topic": "Loops"})
    await maya.click(result.response, label="Confirm")
    await guild.deliver()
    assert "Topic: Loops" in message_text(guild.last_dm(oliver))


async def test_every_entry_point_leads_to_the_same_steps(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    profile = await maya.slash(guild.channel, "mentor profile", member=oliver)
    for result in (
        await maya.context_menu(guild.channel, "Book a session", oliver),
        await maya.click(profile.response, label="Book a session"),
        await maya.slash(guild.channel, "book", mentor=str(oliver.id)),
        await maya.slash(guild.channel, "book", mentor="olivr"),
        await maya.slash(guild.channel, "book", mentor="python", when="some day, perhaps"),
    ):
        assert "When would you like to meet Oliver?" in message_text(result.response)
        assert button_labels(result.response)[-2:] == ["Later days", "Cancel"]
        assert "Back" in button_labels(result.response)
    assert "I couldn't read `some day, perhaps` as a time" in message_text(result.response)
    result = await maya.slash(guild.channel, "book", mentor=str(oliver.id), when="tomorrow")
    assert "What time on Tue 3 Mar would you like to meet Oliver?" in message_text(result.response)
    result = await maya.slash(guild.channel, "book", mentor=str(oliver.id), when="next week")
    assert "When would you like to meet Oliver?" in message_text(result.response)
    result = await maya.slash(guild.channel, "book", mentor=str(oliver.id), when="tomorrow 10am")
    assert "with Oliver?" in message_text(result.response)


async def test_an_ambiguous_mentor_query_shows_a_choice(guild: SimulatedGuild) -> None:
    await approved_mentor(guild, "Oliver", expertise="python")
    await approved_mentor(guild, "Olga", expertise="python, design")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    result = await maya.slash(guild.channel, "book", mentor="ol", when="tomorrow 10am")
    assert set(menu_options(result.response, "Choose a mentor")) == {"Oliver", "Olga"}
    result = await choose_option(maya, result.response, "Olga")
    assert "Tue 3 Mar" in menu_options(result.response, "Choose a day")
    result = await maya.click(result.response, label="Back")
    assert set(menu_options(result.response, "Choose a mentor")) == {"Oliver", "Olga"}
    result = await maya.slash(guild.channel, "book", mentor="Xanthippe")
    assert "No mentor matches “Xanthippe”. These take bookings:" in message_text(result.response)


async def test_a_mentor_who_types_their_own_name_sees_others(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    result = await oliver.slash(guild.channel, "book", mentor="Oliver")
    assert "You can't book a session with yourself" in message_text(result.response)
    assert "Nobody else takes bookings at the moment." in message_text(result.response)
    await approved_mentor(guild, "Ines", expertise="design")
    for typed in ("Oliver", "oli"):
        result = await oliver.slash(guild.channel, "book", mentor=typed)
        assert "You can't book a session with yourself" in message_text(result.response)
        assert "goes by" not in message_text(result.response)
        assert menu_options(result.response, "Choose a mentor") == ["Ines"]
    result = await choose_option(oliver, result.response, "Ines")
    assert "When would you like to meet Ines?" in message_text(result.response)
    assert "yourself" not in message_text(result.response)
    result = await oliver.slash(guild.channel, "book", mentor="Xanthippe")
    assert "No mentor matches “Xanthippe”" in message_text(result.response)


async def test_the_fullest_page_of_slots_fits_in_a_message(guild: SimulatedGuild) -> None:
    name = "Bartholomew Featherstonehaugh-Cho"[:32]
    oliver = await approved_mentor(guild, name, hours="daily 0-24")
    limits = {"slot_step": 5, "durations": [15, 30, 60, 240], "horizon_days": 365}
    await guild.db.run(editor.set_limits, actor_of(guild, oliver), **limits)
    maya = await guild.add_member("Maya", zone="Europe/London", points=100)
    result = await maya.slash(
        guild.channel, "book", mentor=str(oliver.id), minutes=45, topic="x" * 300
    )
    assert "doesn't offer 45 minutes" in message_text(result.response)
    result = await maya.click(result.response, label="Later days")
    assert {"Earlier days", "Later days", "Back"} <= set(button_labels(result.response))
    assert len(list(iter_components(result.response))) <= 40
    assert len(message_text(result.response)) <= 4_000
    # A minute that isn't a slot gets the nearest ones, the earliest first.
    off_grid = at(guild, 15, day=3) + timedelta(minutes=1)
    refused = await confirmation_card(guild, maya, oliver, off_grid, topic="*" * 300)
    labels = button_labels(refused.response)
    assert labels[5:] == ["Other days", "Choose another mentor", "Cancel"]
    nearest = ("14:50", "14:55", "15:00", "15:05", "15:10")
    assert labels[:5] == [f"Tue 3 Mar, {time} GMT" for time in nearest]
    assert len(list(iter_components(refused.response))) <= 40
    assert len(message_text(refused.response)) <= 4_000
