"""Blocking a member in Discord, and what the two see afterwards."""

from __future__ import annotations

from mentorship.actors import Actor
from mentorship.availability import travel_editor
from mentorship.operations import erasure
from tests.journeys.support.components import iter_components
from tests.journeys.support.helpers import at
from tests.journeys.support.scenarios import (
    approved_mentor,
    book,
    book_and_confirm,
    confirmation_card,
)
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text


async def test_a_mentor_blocks_the_author_of_a_request_from_its_message(
    guild: SimulatedGuild,
) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    await book(guild, maya, oliver, at(guild, 15))
    request = guild.last_dm(oliver)
    assert "Block" in button_labels(request)
    card = await oliver.user.click(request, label="Block")
    text = message_text(card.response)
    assert "Block Maya?" in text
    assert "1 pending request" in text
    done = await oliver.user.click(card.response, label="Block")
    assert "Maya is blocked" in message_text(done.response)
    await guild.deliver()
    told = message_text(guild.last_dm(maya))
    assert "Oliver declined your session request." in told
    assert "block" not in told.casefold()
    assert await guild.balance(maya) == 100
    refused = await confirmation_card(guild, maya, oliver, at(guild, 16))
    assert "Oliver isn't available to book." in message_text(refused.response)
    assert "Confirm" not in button_labels(refused.response)


async def test_block_and_unblock_commands(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=200)
    moderator = await guild.add_moderator("Morgan")
    await book_and_confirm(guild, maya, oliver, at(guild, 15))
    today = guild.now.date()
    actor = Actor(oliver.id, "Oliver", guild.id)
    await guild.db.run(travel_editor.add_trip, actor, today, today, "Europe/Lisbon")
    profile = await maya.slash(guild.channel, "mentor profile", member=oliver)
    assert "In Lisbon" in message_text(profile.response)
    assert len(profile.response.attachments) == 1
    card = await oliver.slash(guild.channel, "block", member=maya)
    assert card.ephemeral
    assert "stay booked until one of you cancels" in message_text(card.response)
    await oliver.click(card.response, label="Block")
    gift = await maya.slash(guild.channel, "points give", member=oliver, amount=5)
    assert "Oliver isn't available to receive points." in message_text(gift.response)
    profile = await maya.slash(guild.channel, "mentor profile", member=oliver)
    assert "Oliver isn't available to book." in message_text(profile.response)
    assert "Lisbon" not in message_text(profile.response)
    assert profile.response.attachments == []
    assert button_labels(profile.response) == []
    count = await moderator.slash(guild.channel, "moderation blocks", member=maya)
    assert "1 member has blocked" in message_text(count.response)
    suggested = await oliver.autocomplete(guild.channel, "unblock", "member", "ma")
    assert [choice["name"] for choice in suggested] == ["Maya"]
    assert await maya.autocomplete(guild.channel, "unblock", "member", "") == []
    undone = await oliver.slash(guild.channel, "unblock", member=str(maya.id))
    assert "Maya is no longer blocked." in message_text(undone.response)
    again = await confirmation_card(guild, maya, oliver, at(guild, 16))
    assert "Confirm" in button_labels(again.response)


async def test_a_request_that_arrives_after_the_card_is_shown_before_blocking(
    guild: SimulatedGuild,
) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=200)
    card = await oliver.slash(guild.channel, "block", member=maya)
    await book(guild, maya, oliver, at(guild, 15))
    again = await oliver.click(card.response, label="Block")
    assert "1 pending request" in message_text(again.response)
    assert await guild.balance(maya) == 140, "nothing has happened yet"
    await oliver.click(again.response, label="Block")
    assert await guild.balance(maya) == 200


async def test_a_long_name_of_emoji_fits_into_the_block_button(guild: SimulatedGuild) -> None:
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    rocket = await guild.add_member("🚀" * 32, zone="Europe/London")
    card = await oliver.slash(guild.channel, "block", member=rocket)
    (custom_id,) = (
        part["custom_id"] for part in iter_components(card.response) if part.get("label") == "Block"
    )
    assert len(custom_id.encode("utf-16-le")) <= 2 * 100
    done = await oliver.click(card.response, label="Block")
    assert "🚀 is blocked." in message_text(done.response)
    suggested = await oliver.autocomplete(guild.channel, "unblock", "member", "")
    assert [choice["name"] for choice in suggested] == ["🚀" * 32]


async def test_blocking_oneself_is_refused(guild: SimulatedGuild) -> None:
    maya = await guild.add_member("Maya", zone="America/New_York")
    answer = await maya.slash(guild.channel, "block", member=maya)
    assert "You can't block yourself." in message_text(answer.response)


async def test_the_author_of_an_old_request_who_was_erased_is_not_blocked(
    guild: SimulatedGuild,
) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    await book(guild, maya, oliver, at(guild, 15))
    request = guild.last_dm(oliver)
    await guild.db.run(erasure.erase, Actor(maya.id, "Maya", guild.id))
    answer = await oliver.user.click(request, label="Block")
    assert "I can't find that member." in message_text(answer.response)
    assert button_labels(answer.response) == []
