"""Creating a group session: the form, the preview, and the announcement."""

from __future__ import annotations

import pytest
import simcord

from mentorship.sessions.groups import group_lists
from tests.journeys.groups.support import actor
from tests.journeys.support.components import iter_components
from tests.journeys.support.helpers import at
from tests.journeys.support.scenarios import approved_mentor, text_fields
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text

FORM = {
    "title": "Office hours",
    "description": "Bring *any* question.",
    "when": "tomorrow 15:00",
    "seats": "10",
    "price": "30",
}


@pytest.fixture
async def oliver(guild: SimulatedGuild) -> simcord.MemberActor:
    return await approved_mentor(guild, "Oliver")


async def preview(
    guild: SimulatedGuild, mentor: simcord.MemberActor, **changes: str
) -> simcord.InteractionResult:
    """Fill in the form of `/session create`."""
    form = await mentor.slash(guild.channel, "session create")
    return await mentor.submit_modal(form, FORM | changes)


async def test_a_mentor_creates_a_session_from_its_preview(
    guild: SimulatedGuild, oliver: simcord.MemberActor
) -> None:
    channel = guild.handle.create_text_channel("sessions")
    await guild.configure(sessions_channel_id=channel.id)
    card = await preview(guild, oliver)
    text = message_text(card.response)
    assert text.startswith("Office hours\nPreview. Nothing is published yet.")
    assert "Description: Bring \\*any\\* question." in text
    assert "Your time (London): Tue 3 Mar, 15:00–16:00" in text
    assert "Length and price: 60 minutes, 🪙 30 a seat" in text
    assert f"Announced in: <#{channel.id}>" in text
    assert await guild.db.read(group_lists.list_upcoming, actor(guild, oliver)) == []

    longer = await oliver.select(card.response, ["90"], custom_id=menu(card, "length"))
    weekly = await oliver.select(longer.response, ["1"], custom_id=menu(longer, "repeat"))
    await guild.restart_bot()
    event = await oliver.click(weekly.response, label="Discord event: off")
    text = message_text(event.response)
    assert "Length and price: 90 minutes, 🪙 30 a seat" in text
    assert "Repeats: every week" in text
    assert "Bring \\*any\\* question." in text, "nothing is lost by a restart"
    created = await oliver.click(event.response, label="Create")
    assert "“Office hours” is created." in message_text(created.response)
    (group,) = await guild.db.read(group_lists.list_upcoming, actor(guild, oliver))
    assert (group.minutes, group.repeat_weeks, group.wants_event) == (90, 1, True)
    assert (group.capacity, group.price, group.channel_id) == (10, 30, channel.id)
    assert group.description == "Bring *any* question."


async def test_prices_are_typed_as_people_write_them(
    guild: SimulatedGuild, oliver: simcord.MemberActor
) -> None:
    await guild.configure(maximum_hourly_rate=5_000)
    card = await preview(guild, oliver, price="1,000", seats=" 20 ")
    text = message_text(card.response)
    assert "🪙 1,000 a seat" in text
    assert "Seats: 20" in text
    refused = await preview(guild, oliver, price="1,00")
    assert "The price must be a whole number" in message_text(refused.response)


async def test_an_empty_time_means_the_next_open_slot(
    guild: SimulatedGuild, oliver: simcord.MemberActor
) -> None:
    card = await preview(guild, oliver, when="", seats="no limit", price="")
    text = message_text(card.response)
    assert "Your time (London): Mon 2 Mar, 13:00–14:00" in text
    assert "Seats: no limit" in text
    assert "60 minutes, free" in text


async def test_all_wrong_fields_are_named_at_once_and_nothing_is_lost(
    guild: SimulatedGuild, oliver: simcord.MemberActor
) -> None:
    refused = await preview(guild, oliver, when="someday", seats="1", price="a lot")
    text = message_text(refused.response)
    assert "I couldn't read" in text
    assert "2 to 100" in text or "between 2 and 100" in text
    assert "The price must be a whole number of points" in text
    form = await oliver.click(refused.response, label="Correct it")
    assert text_fields(form) == FORM | {"when": "someday", "seats": "1", "price": "a lot"}
    card = await oliver.submit_modal(form, FORM)
    assert "Preview" in message_text(card.response)


async def test_a_busy_time_offers_the_nearest_free_ones(
    guild: SimulatedGuild, oliver: simcord.MemberActor
) -> None:
    first = await preview(guild, oliver)
    await oliver.click(first.response, label="Create")
    second = await preview(guild, oliver, title="Second")
    assert "You already have a session at that time." in message_text(second.response)
    assert "Create" not in button_labels(second.response)
    label = button_labels(second.response)[5]
    moved = await oliver.click(second.response, label=label)
    created = await oliver.click(moved.response, label="Create")
    assert "“Second” is created." in message_text(created.response)


async def test_options_can_be_typed_and_are_kept(
    guild: SimulatedGuild, oliver: simcord.MemberActor
) -> None:
    card = await preview(guild, oliver)
    form = await oliver.click(card.response, label="More options")
    typed = {"minutes": "50", "minimum": "3", "deadline": "", "left": "4", "link": "nonsense"}
    refused = await oliver.submit_modal(form, typed)
    assert refused.response.id == card.response.id, "the old preview is replaced"
    assert button_labels(refused.response) == ["Correct it"]
    form = await oliver.click(refused.response, label="Correct it")
    link = "https://meet.example.com/group"
    card = await oliver.submit_modal(form, typed | {"link": link})
    text = message_text(card.response)
    assert "Meeting link: https://meet.example.com/group" in text
    assert "Minimum: 3 seats by" in text
    created = await oliver.click(card.response, label="Create")
    assert "created" in message_text(created.response)
    (group,) = await guild.db.read(group_lists.list_upcoming, actor(guild, oliver))
    assert (group.minutes, group.minimum_seats, group.meeting_link) == (50, 3, link)


async def test_only_mentors_create_sessions(guild: SimulatedGuild) -> None:
    maya = await guild.add_member("Maya")
    refused = await maya.slash(guild.channel, "session create")
    assert refused.modal is None
    assert "/mentor apply" in message_text(refused.response)


async def test_members_find_sessions_in_the_list(
    guild: SimulatedGuild, oliver: simcord.MemberActor
) -> None:
    maya = await guild.add_member("Maya", points=100)
    empty = await maya.slash(guild.channel, "session list")
    assert "No group sessions are planned." in message_text(empty.response)
    card = await preview(guild, oliver, price="0")
    await oliver.click(card.response, label="Create")
    page = await maya.slash(guild.channel, "session list")
    start = at(guild, 15)
    assert "Office hours with Oliver" in message_text(page.response).replace("**", "")
    assert str(int(start.timestamp()) + 86_400) in message_text(page.response)
    joined = await maya.click(page.response, label="Join")
    assert "You have a seat in “Office hours”" in message_text(joined.response)


def menu(shown: simcord.InteractionResult, key: str) -> str:
    """Return the custom id of a menu of the preview."""
    ids = [part.get("custom_id") or "" for part in iter_components(shown.response)]
    return next(each for each in ids if each.startswith(f"group:new:{key}:"))


async def test_the_length_that_was_chosen_last_is_selected(
    guild: SimulatedGuild, oliver: simcord.MemberActor
) -> None:
    card = await preview(guild, oliver)
    ids = {menu(card, "length")}
    for minutes in ("45", "60", "45", "60"):
        card = await oliver.select(card.response, [minutes], custom_id=menu(card, "length"))
        (parts,) = [
            part
            for part in iter_components(card.response)
            if part.get("custom_id") == menu(card, "length")
        ]
        chosen = [option["value"] for option in parts["options"] if option.get("default")]
        assert chosen == [minutes]
        ids.add(menu(card, "length"))
    # Discord's clients remember by a menu's custom id what was selected in it.
    assert len(ids) > 2
