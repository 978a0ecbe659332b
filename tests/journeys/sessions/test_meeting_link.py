"""Where two people meet: setting the link, and joining."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import simcord

from mentorship.actors import Actor
from mentorship.mentors import meeting_link
from tests.journeys.support.components import iter_components
from tests.journeys.support.scenarios import approved_mentor, book, book_and_confirm, text_fields
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text

LINK = "https://meet.example.com/oliver"


@pytest.fixture
async def oliver(guild: SimulatedGuild) -> simcord.MemberActor:
    return await approved_mentor(guild, "Oliver")


@pytest.fixture
async def maya(guild: SimulatedGuild) -> simcord.MemberActor:
    return await guild.add_member("Maya", zone="America/New_York", points=500)


def join_links(message: object) -> list[str]:
    """Return the addresses of the Join buttons of a message."""
    return [
        component["url"]
        for component in iter_components(message)
        if component.get("label") == "Join"
    ]


async def own_link(guild: SimulatedGuild, mentor: simcord.MemberActor) -> str | None:
    actor = Actor(mentor.id, "Oliver", guild.id)
    return await guild.db.read(meeting_link.load_own, actor)


async def test_a_mentor_without_a_link_is_asked_after_confirming(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await book(guild, maya, oliver, guild.now.replace(hour=15))
    await guild.deliver()
    confirmed = await oliver.user.click(guild.last_dm(oliver), label="Confirm")
    assert "doesn't know where to meet yet" in message_text(confirmed.response)
    form = await oliver.user.click(confirmed.response, label="Add meeting link")
    refused = await oliver.user.submit_modal(form, {"link": "javascript:alert(1)"})
    assert "must start with `https://`" in message_text(refused.response)
    form = await oliver.user.click(refused.response, label="Correct it")
    assert text_fields(form) == {"link": "javascript:alert(1)"}
    saved = await oliver.user.submit_modal(form, {"link": LINK})
    assert LINK in message_text(saved.response)
    assert button_labels(saved.response)[:1] != ["Add meeting link"]
    assert "Change meeting link" in button_labels(saved.response)
    assert await own_link(guild, oliver) == LINK


async def test_reminders_and_the_start_have_a_join_button_within_the_hour(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await guild.db.run(meeting_link.change, Actor(oliver.id, "Oliver", guild.id), LINK)
    start = guild.now.replace(hour=15) + timedelta(days=2)
    await book_and_confirm(guild, maya, oliver, start)
    for before, links in ((1_440, []), (60, [LINK]), (10, [LINK]), (0, [LINK])):
        await guild.advance_to(start - timedelta(minutes=before))
        await guild.deliver()
        for person in (maya, oliver):
            assert join_links(guild.last_dm(person)) == links, before


async def test_the_link_is_set_in_the_session_rules_and_in_the_profile_form(
    guild: SimulatedGuild, oliver: simcord.MemberActor
) -> None:
    panel = await oliver.slash(guild.channel, "mentor hours")
    rules = await oliver.click(panel.response, label="Session rules")
    form = await oliver.click(rules.response, label="Meeting link")
    refused = await oliver.submit_modal(form, {"link": "example.com"})
    form = await oliver.click(refused.response, label="Correct it")
    assert text_fields(form) == {"link": "example.com"}
    refused = await oliver.submit_modal(form, {"link": "example.com"})
    rules = await oliver.click(refused.response, label="Cancel")
    form = await oliver.click(rules.response, label="Meeting link")
    await oliver.submit_modal(form, {"link": LINK})
    assert await own_link(guild, oliver) == LINK
    edit = await oliver.slash(guild.channel, "mentor edit")
    assert edit.modal is not None
    fields = {f["component"]["custom_id"]: f["component"] for f in edit.modal["components"]}
    assert fields["meeting_link"]["value"] == LINK
    values = {name: field.get("value", "") for name, field in fields.items() if name != "picked"}
    saved = await oliver.submit_modal(edit, values | {"meeting_link": ""})
    assert "Your meeting link is removed" in message_text(saved.response)
    assert await own_link(guild, oliver) is None


async def test_a_last_minute_change_of_place_notifies_the_mentee(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await guild.db.run(meeting_link.change, Actor(oliver.id, "Oliver", guild.id), LINK)
    start = guild.now.replace(hour=15)
    await book_and_confirm(guild, maya, oliver, start)
    await guild.advance_to(start - timedelta(minutes=30))
    await guild.deliver()
    sessions = await oliver.slash(guild.channel, "sessions")
    menu = session_menu(sessions.response)
    session_id = menu["options"][0]["value"]
    card = await oliver.select(sessions.response, [session_id], custom_id=menu["custom_id"])
    form = await oliver.click(card.response, label="Change meeting link")
    await oliver.submit_modal(form, {"link": f"{LINK}-2"})
    await guild.deliver()
    assert "changed the meeting link" in message_text(guild.last_dm(maya))
    assert join_links(guild.last_dm(maya)) == [f"{LINK}-2"]


def session_menu(message: object) -> dict[str, Any]:
    """Return the menu that opens a session."""
    return next(
        component
        for component in iter_components(message)
        if component.get("options") and component["options"][0]["value"].isdecimal()
    )
