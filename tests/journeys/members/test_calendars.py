"""`/calendar`: the address of one's sessions, and the calendars that people keep elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import simcord

from integrations.calendars.caldav_directory import CalDavDirectory
from integrations.egress import Egress
from mentorship.calendars import external_calendars
from mentorship.calendars.external_calendars import CalendarKind, ExternalCalendarView
from mentorship.calendars.options import CalendarOptions
from storage.encryption import NO_CIPHER
from tests.calendars.caldav import servers
from tests.calendars.caldav.servers import PASSWORD, CalDavServer
from tests.journeys.support.components import iter_components
from tests.journeys.support.helpers import actor_of, menu_options
from tests.journeys.support.scenarios import approved_mentor, text_fields
from tests.journeys.support.simulated_guild import (
    SimulatedGuild,
    button_labels,
    card_titles,
    message_text,
)
from tests.mentorship.support.own_calendars import add_calendar
from wording.integrations import calendars

ADDRESS = "https://calendar.example.com/private/basic.ics"


@pytest.fixture
def guild(guild: SimulatedGuild) -> SimulatedGuild:
    """The guild of a bot on which all kinds of calendars are set up."""
    directory = CalDavDirectory(partial(Egress, allow_private=True))
    guild.bot.calendars = CalendarOptions("https://mentorbot.example", directory, True)
    return guild


@pytest.fixture(scope="module")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CalDavServer]:
    with servers.radicale(tmp_path_factory.mktemp("radicale")) as server:
        yield server


async def open_calendars(
    guild: SimulatedGuild, person: simcord.MemberActor
) -> simcord.InteractionResult:
    return await person.slash(guild.channel, "calendar")


async def calendars_of(
    guild: SimulatedGuild, person: simcord.MemberActor
) -> tuple[ExternalCalendarView, ...]:
    return await guild.db.read(external_calendars.list_own, actor_of(guild, person))


def links(message: Any) -> list[str]:
    return [part["url"] for part in iter_components(message) if "url" in part]


def address_in(message: Any) -> str:
    (address,) = re.findall(r"^https://mentorbot\.example/calendar/\S+\.ics$", text(message), re.M)
    return str(address)


def text(message: Any) -> str:
    return message_text(message)


# --- One's sessions in one's calendar -------------------------------------------------------------


async def test_people_get_an_address_and_can_renew_it_and_turn_it_off(
    guild: SimulatedGuild,
) -> None:
    maya = await guild.add_member("Maya")
    card = await open_calendars(guild, maya)
    assert card.response.flags.ephemeral
    card = await maya.click(card.response, label="Get my address")
    first = address_in(card.response)
    google, outlook = links(card.response)
    assert google.startswith("https://calendar.google.com/")
    assert outlook.startswith("https://outlook.")
    # Asking again shows the same address.
    assert address_in((await open_calendars(guild, maya)).response) == first

    question = await maya.click(card.response, label="Renew address")
    card = await maya.click(question.response, label="Cancel")
    assert address_in(card.response) == first
    question = await maya.click(card.response, label="Renew address")
    card = await maya.click(question.response, label="Renew address")
    assert address_in(card.response) != first

    question = await maya.click(card.response, label="Turn off")
    card = await maya.click(question.response, label="Turn off")
    assert links(card.response) == []
    assert "Get my address" in button_labels(card.response)


async def test_without_a_public_address_no_feed_is_offered(guild: SimulatedGuild) -> None:
    guild.bot.calendars = CalendarOptions()
    oliver = await approved_mentor(guild, "Oliver")
    card = await open_calendars(guild, oliver)
    assert button_labels(card.response) == ["Add address"]


async def test_without_a_key_nothing_can_be_added(guild: SimulatedGuild) -> None:
    guild.db.cipher = NO_CIPHER
    oliver = await approved_mentor(guild, "Oliver")
    card = await open_calendars(guild, oliver)
    assert button_labels(card.response) == []
    assert "encryption key" in text(card.response)


# --- Addresses of calendars -----------------------------------------------------------------------


async def add_address(
    guild: SimulatedGuild, mentor: simcord.MemberActor, address: str = ADDRESS, label: str = "Work"
) -> simcord.InteractionResult:
    card = await open_calendars(guild, mentor)
    form = await mentor.click(card.response, label="Add address")
    return await mentor.submit_modal(form, {"address": address, "label": label})


async def test_a_mentor_adds_changes_and_removes_a_calendar(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    card = await add_address(guild, oliver)
    assert card_titles(card.response) == ["Work"]
    assert ADDRESS not in text(card.response)
    (calendar,) = await calendars_of(guild, oliver)
    assert (calendar.kind, calendar.blocks_slots) == (CalendarKind.ICS, True)
    assert "Add my sessions" not in button_labels(card.response)

    card = await oliver.click(card.response, label="Stop blocking slots")
    assert "Not used" in text(card.response)
    card = await oliver.click(card.response, label="Block slots")
    form = await oliver.click(card.response, label="Rename")
    assert text_fields(form) == {"label": "Work"}
    card = await oliver.submit_modal(form, {"label": "Family"})
    assert card_titles(card.response) == ["Family"]
    card = await oliver.click(card.response, label="Check now")
    card = await oliver.click(card.response, label="Back")
    assert "Family" in text(card.response)

    card = await oliver.click(card.response, label="Edit")
    question = await oliver.click(card.response, label="Remove")
    card = await oliver.click(question.response, label="Cancel")
    assert len(await calendars_of(guild, oliver)) == 1
    card = await oliver.click(card.response, label="Edit")
    question = await oliver.click(card.response, label="Remove")
    await oliver.click(question.response, label="Remove")
    assert await calendars_of(guild, oliver) == ()


async def test_a_wrong_address_can_be_corrected_in_the_form(guild: SimulatedGuild) -> None:
    guild.bot.calendars = CalendarOptions()
    oliver = await approved_mentor(guild, "Oliver")
    wrong = "https://192.168.1.2/work.ics"
    answer = await add_address(guild, oliver, wrong)
    assert await calendars_of(guild, oliver) == ()
    form = await oliver.click(answer.response, label="Correct it")
    assert text_fields(form) == {"address": wrong, "label": "Work"}
    card = await oliver.submit_modal(form, {"address": "webcal://example.com/a.ics", "label": ""})
    # Without a name, it is called by its host.
    assert card_titles(card.response) == ["example.com"]


async def test_a_calendar_cannot_be_added_twice(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    await add_address(guild, oliver)
    await add_address(guild, oliver, label="Again")
    assert [calendar.label for calendar in await calendars_of(guild, oliver)] == ["Work"]


async def test_five_calendars_are_the_most(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    for number in range(5):
        await add_address(guild, oliver, f"https://example.com/{number}.ics", f"Number {number}")
    card = await open_calendars(guild, oliver)
    assert "Add address" not in button_labels(card.response)
    assert button_labels(card.response).count("Edit") == 5


async def test_only_mentors_are_offered_to_block_slots(guild: SimulatedGuild) -> None:
    maya = await guild.add_member("Maya")
    card = await open_calendars(guild, maya)
    assert "Add address" not in button_labels(card.response)
    assert "Connect account" in button_labels(card.response)


async def test_the_availability_panel_leads_to_calendars(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    panel = await oliver.slash(guild.channel, "mentor hours")
    card = await oliver.click(panel.response, label="Calendars")
    assert card_titles(card.response)[0] == "Calendars"


# --- Appointments ---------------------------------------------------------------------------------


async def test_mentors_are_told_of_an_appointment_before_they_invite(
    guild: SimulatedGuild,
) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="Europe/London")
    tomorrow = guild.now.replace(day=3, hour=20, minute=0)
    await guild.db.run(add_calendar, actor_of(guild, oliver), (tomorrow, timedelta(hours=1)))
    for when, is_told in (("tomorrow 20:30", True), ("tomorrow 21:00", False)):
        preview = await oliver.slash(guild.channel, "mentor invite", member=maya, when=when)
        assert (calendars.OWN_APPOINTMENT in text(preview.response)) is is_told
        # They know it: the invitation can be sent all the same.
        assert "Send invitation" in button_labels(preview.response)


async def test_members_do_not_see_why_a_mentor_is_busy(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver", hours="tue 20-21")
    maya = await guild.add_member("Maya", zone="Europe/London", points=100)
    tomorrow = guild.now.replace(day=3, hour=20, minute=0)
    await guild.db.run(add_calendar, actor_of(guild, oliver), (tomorrow, timedelta(hours=1)))
    profile = await maya.slash(guild.channel, "mentor profile", member=oliver)
    assert f"<t:{int(tomorrow.timestamp())}" not in text(profile.response)
    answer = await maya.slash(guild.channel, "book", mentor=str(oliver.id), when="tomorrow 20:00")
    for word in ("calendar", "appointment", "Private"):
        assert word not in text(answer.response)
    assert "Confirm" not in button_labels(answer.response)


# --- Accounts -------------------------------------------------------------------------------------


async def open_account_form(
    guild: SimulatedGuild, person: simcord.MemberActor
) -> simcord.InteractionResult:
    card = await open_calendars(guild, person)
    return await person.click(card.response, label="Connect account")


async def test_a_calendar_of_an_account_is_chosen_and_connected(
    guild: SimulatedGuild, radicale: CalDavServer
) -> None:
    account = radicale.add_user("oliver")
    account.make_calendar("work", "Work")
    account.make_calendar("home", "Home")
    oliver = await approved_mentor(guild, "Oliver")
    form = await open_account_form(guild, oliver)
    fields = {"server": radicale.url, "username": "oliver", "password": "wrong"}
    answer = await oliver.submit_modal(form, fields)
    form = await oliver.click(answer.response, label="Open the form again")
    # What was typed is there, and the password isn't.
    assert text_fields(form) == fields | {"password": ""}
    choice = await oliver.submit_modal(form, fields | {"password": PASSWORD})
    assert sorted(menu_options(choice.response, "Choose a calendar")) == ["Home", "Work"]
    card = await choose(oliver, choice, "Work")
    assert card_titles(card.response) == ["Work"]
    (calendar,) = await calendars_of(guild, oliver)
    assert calendar.kind is CalendarKind.CALDAV
    assert calendar.blocks_slots
    assert calendar.receives_sessions
    card = await oliver.click(card.response, label="Stop adding sessions")
    assert "Add my sessions" in button_labels(card.response)


async def choose(
    person: simcord.MemberActor, choice: simcord.InteractionResult, label: str
) -> simcord.InteractionResult:
    (menu,) = (part for part in iter_components(choice.response) if "options" in part)
    (value,) = (each["value"] for each in menu["options"] if each["label"] == label)
    return await person.select(choice.response, [value], custom_id=menu["custom_id"])


async def test_a_members_calendar_gets_sessions_and_blocks_nothing(
    guild: SimulatedGuild, radicale: CalDavServer
) -> None:
    radicale.add_user("maya").make_calendar("private", "Private")
    maya = await guild.add_member("Maya")
    form = await open_account_form(guild, maya)
    fields = {"server": radicale.url, "username": "maya", "password": PASSWORD}
    await choose(maya, await maya.submit_modal(form, fields), "Private")
    (calendar,) = await calendars_of(guild, maya)
    assert (calendar.blocks_slots, calendar.receives_sessions) == (False, True)


async def test_a_password_is_asked_for_again_after_a_restart(
    guild: SimulatedGuild, radicale: CalDavServer
) -> None:
    radicale.add_user("ada").make_calendar("private", "Private")
    ada = await guild.add_member("Ada")
    form = await open_account_form(guild, ada)
    fields = {"server": radicale.url, "username": "ada", "password": PASSWORD}
    choice = await ada.submit_modal(form, fields)
    await guild.restart_bot()
    answer = await choose(ada, choice, "Private")
    assert "Connect account" in button_labels(answer.response)
    assert await calendars_of(guild, ada) == ()
