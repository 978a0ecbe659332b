"""Notes, next steps and links on the card of a session, by both of its people."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import simcord

from mentorship.relationships import notes
from mentorship.sessions import blocking
from mentorship.sessions.blocking import BlockTarget
from mentorship.sessions.groups import creation, seats
from mentorship.sessions.groups.creation import GroupRequest
from mentorship.sessions.groups.seats import JoinRequest
from storage.tables import NextStep, SessionLink, SharedNote
from tests.journeys.support.components import iter_components
from tests.journeys.support.helpers import actor_of, choose_option, count_rows, select_menus
from tests.journeys.support.scenarios import approved_mentor, book_and_confirm, text_fields
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text

NOTES = "Notes and next steps"
Person = simcord.MemberActor


@pytest.fixture
async def oliver(guild: SimulatedGuild) -> Person:
    return await approved_mentor(guild, "Oliver Hughes")


@pytest.fixture
async def maya(guild: SimulatedGuild) -> Person:
    return await guild.add_member("Maya Lind", zone="America/New_York", points=500)


@pytest.fixture
async def start(guild: SimulatedGuild, maya: Person, oliver: Person) -> datetime:
    """The start of a confirmed session in two days."""
    start = guild.now.replace(hour=15, minute=0) + timedelta(days=2)
    await book_and_confirm(guild, maya, oliver, start)
    return start


async def open_session(guild: SimulatedGuild, person: Person) -> Any:
    """Open the person's only session from their list."""
    listed = (await person.slash(guild.channel, "sessions")).response
    menu = next(each for each in select_menus(listed) if "open" in each["custom_id"])
    value = menu["options"][0]["value"]
    return (await person.select(listed, [value], custom_id=menu["custom_id"])).response


async def open_notes(guild: SimulatedGuild, person: Person) -> Any:
    card = await open_session(guild, person)
    return (await person.click(card, label=NOTES)).response


async def submit(person: Person, message: Any, button: str, **values: Any) -> Any:
    """Press a button, send its form, and return the answer."""
    form = await person.click(message, label=button)
    # As the client does, with the option that is selected.
    chosen = {"who": ["mentee"]} if button == "Add next step" else {}
    return (await person.submit_modal(form, chosen | values)).response


async def test_both_read_the_shared_note_and_only_one_their_private_one(
    guild: SimulatedGuild, oliver: Person, maya: Person, start: datetime
) -> None:
    card = await open_notes(guild, maya)
    assert "Nothing yet." in message_text(card)
    card = await submit(maya, card, "Edit shared note", text="Bring *three* questions @everyone")
    card = await submit(maya, card, "My private note", text="Ask about his book.")
    text = message_text(card)
    assert r"Bring \*three\* questions" in text
    assert "Last changed by you" in text
    assert "Ask about his book." in text
    theirs = await open_notes(guild, oliver)
    assert r"Bring \*three\* questions" in message_text(theirs)
    assert "Last changed by Maya" in message_text(theirs)
    assert "book" not in message_text(theirs)
    form = await oliver.click(theirs, label="My private note")
    assert text_fields(form) == {"text": ""}


async def test_the_form_has_the_text_that_is_there(
    guild: SimulatedGuild, oliver: Person, maya: Person, start: datetime
) -> None:
    await submit(maya, await open_notes(guild, maya), "Edit shared note", text="The agenda")
    form = await oliver.click(await open_notes(guild, oliver), label="Edit shared note")
    assert text_fields(form) == {"text": "The agenda"}


async def test_the_later_writer_sees_the_others_change_and_keeps_their_text(
    guild: SimulatedGuild, oliver: Person, maya: Person, start: datetime
) -> None:
    form = await maya.click(await open_notes(guild, maya), label="Edit shared note")
    await submit(oliver, await open_notes(guild, oliver), "Edit shared note", text="From Oliver")
    refused = (await maya.submit_modal(form, {"text": "From Maya"})).response
    text = message_text(refused)
    assert "Oliver changed this note while you were writing." in text
    assert "> From Oliver" in text
    form = await maya.click(refused, label="Open the form again")
    assert text_fields(form) == {"text": "From Maya"}
    saved = (await maya.submit_modal(form, {"text": "From Oliver and Maya"})).response
    assert "> From Oliver and Maya" in message_text(saved)
    assert "> From Oliver and Maya" in message_text(await open_notes(guild, oliver))


async def test_a_change_by_the_main_app_is_seen_in_discord_first(
    guild: SimulatedGuild, oliver: Person, maya: Person, start: datetime
) -> None:
    form = await maya.click(await open_notes(guild, maya), label="Edit shared note")
    await guild.db.run(notes.write_shared, actor_of(guild, oliver), 1, "Over REST", 0)
    refused = (await maya.submit_modal(form, {"text": "In Discord"})).response
    assert "> Over REST" in message_text(refused)


async def test_a_step_is_added_reminded_and_done(
    guild: SimulatedGuild, oliver: Person, maya: Person, start: datetime
) -> None:
    await guild.advance_to(start + timedelta(minutes=30))
    card = await open_notes(guild, oliver)
    card = await submit(
        oliver, card, "Add next step", text="Write a draft", due="in 3 days", who=["mentee"]
    )
    assert "Write a draft" in message_text(card)
    assert "Maya · due" in message_text(card)
    due = (start + timedelta(days=3)).replace(hour=14, minute=0)
    await guild.advance_to(due - timedelta(minutes=5), timedelta(hours=1))
    await guild.deliver()
    assert "next step" not in message_text(guild.last_dm(maya)).replace(NOTES, "")
    await guild.advance_to(due)
    await guild.deliver()
    told = guild.last_dm(maya)
    assert "Your next step with Oliver is due today." in message_text(told)
    assert "> Write a draft" in message_text(told)
    await guild.restart_bot()
    done = (await maya.user.click(told, label="Done")).response
    assert "~~Write a draft~~" in message_text(done)
    assert "Undo" in button_labels(done)
    again = (await maya.user.click(done, label="Undo")).response
    assert "~~" not in message_text(again)


async def test_a_date_that_does_not_exist_is_explained_and_nothing_is_lost(
    guild: SimulatedGuild, oliver: Person, maya: Person, start: datetime
) -> None:
    refused = await submit(
        maya, await open_notes(guild, maya), "Add next step", text="Rest", due="31 February"
    )
    assert "I couldn't read `31 February` as a date" in message_text(refused)
    form = await maya.click(refused, label="Correct it")
    assert text_fields(form) == {"text": "Rest", "due": "31 February"}
    saved = await maya.submit_modal(form, {"text": "Rest", "due": "tomorrow", "who": ["mentee"]})
    assert "Rest" in message_text(saved.response)


async def test_a_step_is_edited_and_removed_from_the_menu(
    guild: SimulatedGuild, oliver: Person, maya: Person, start: datetime
) -> None:
    card = await submit(
        maya, await open_notes(guild, maya), "Add next step", text="Read", due="in 2 days"
    )
    form = await choose_option(maya, card, "Edit: Read")
    fields = text_fields(form)
    assert fields["text"] == "Read"
    card = (await maya.submit_modal(form, fields | {"text": "Read it", "who": ["both"]})).response
    assert "Read it" in message_text(card)
    assert "both of you · due" in message_text(card)
    card = (await choose_option(maya, card, "Remove: Read it")).response
    assert "Read it" not in message_text(card)
    assert await count_rows(guild, NextStep) == 0


async def test_a_link_is_shown_to_both_and_a_private_address_is_refused(
    guild: SimulatedGuild, oliver: Person, maya: Person, start: datetime
) -> None:
    card = await open_notes(guild, oliver)
    refused = await submit(oliver, card, "Add link", address="https://192.168.1.5/video", label="")
    assert "must start with `https://`" in message_text(refused)
    assert await count_rows(guild, SessionLink) == 0
    form = await oliver.click(refused, label="Correct it")
    assert text_fields(form)["address"] == "https://192.168.1.5/video"
    url = "https://video.example.com/1"
    await oliver.submit_modal(form, {"address": url, "label": "Recording"})
    shown = await open_notes(guild, maya)
    assert [(each["label"], each["url"]) for each in iter_components(shown) if each.get("url")] == [
        ("Recording", url)
    ]


async def test_the_first_reminder_shows_what_was_agreed_last_time(
    guild: SimulatedGuild, oliver: Person, maya: Person, start: datetime
) -> None:
    card = await submit(
        maya, await open_notes(guild, maya), "Edit shared note", text="We agreed on *types*."
    )
    card = await submit(maya, card, "My private note", text="My secret.")
    await submit(maya, card, "Add next step", text="Read PEP 484")
    await guild.advance_to(start + timedelta(hours=2))
    later = start + timedelta(days=7)
    await book_and_confirm(guild, maya, oliver, later)
    await guild.advance_to(later - timedelta(hours=24), timedelta(hours=1))
    await guild.deliver()
    for person, who in ((maya, "you"), (oliver, "Maya")):
        text = message_text(guild.last_dm(person))
        assert "starts" in text
        assert r"> We agreed on \*types\*." in text
        assert f"• Read PEP 484 ({who})" in text
        assert "secret" not in text
    await guild.advance_to(later - timedelta(hours=1), timedelta(hours=1))
    await guild.deliver()
    assert "We agreed" not in message_text(guild.last_dm(maya))


async def test_whoever_was_blocked_can_only_write_for_themselves(
    guild: SimulatedGuild, oliver: Person, maya: Person, start: datetime
) -> None:
    card = await open_notes(guild, oliver)
    form = await oliver.click(card, label="Edit shared note")
    await guild.advance_to(start + timedelta(hours=26), timedelta(hours=1))
    await guild.db.run(blocking.block, actor_of(guild, maya), BlockTarget(oliver.id))
    refused = await oliver.submit_modal(form, {"text": "Why?"})
    assert "isn't available" in message_text(refused.response)
    assert await count_rows(guild, SharedNote) == 0


async def test_a_mentors_links_of_a_group_session_reach_its_attendees(
    guild: SimulatedGuild, oliver: Person, maya: Person
) -> None:
    start = guild.now + timedelta(days=2)
    request = GroupRequest("Office hours", start, 60, capacity=0, price=0)
    group = await guild.db.run(creation.create, actor_of(guild, oliver), request)
    await guild.db.run(seats.join, actor_of(guild, maya), JoinRequest(group.id))
    card = await open_session(guild, oliver)
    card = (await oliver.click(card, label="Links")).response
    url = "https://video.example.com/2"
    card = await submit(oliver, card, "Add link", address=url, label="Recording")
    shown = await open_notes(guild, maya)
    assert [each["url"] for each in iter_components(shown) if each.get("url")] == [url]
    assert "Remove link: Recording" not in message_text(shown)
    card = (await choose_option(oliver, card, "Recording")).response
    assert "all attendees see them" in message_text(card)
    assert await count_rows(guild, SessionLink) == 0


async def test_an_attendee_has_notes_with_the_mentor_on_their_seat(
    guild: SimulatedGuild, oliver: Person, maya: Person
) -> None:
    start = guild.now + timedelta(days=2)
    request = GroupRequest("Office hours", start, 60, capacity=0, price=0)
    group = await guild.db.run(creation.create, actor_of(guild, oliver), request)
    await guild.db.run(seats.join, actor_of(guild, maya), JoinRequest(group.id))
    card = await submit(maya, await open_notes(guild, maya), "Edit shared note", text="My question")
    assert "> My question" in message_text(card)
