"""Maya exports what the bot stores about her, and then erases it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import discord
import pytest
import simcord
from simcord.http import router
from sqlalchemy import select

from bot.guilds.role_removals import take_roles
from bot.views.members.privacy import EraseButton
from mentorship.actors import Actor
from mentorship.operations import own_data, personal_data
from storage import Transaction
from storage.tables import IdempotencyKey, MentorRoleRemoval
from tests.journeys.support.components import old_view
from tests.journeys.support.scenarios import (
    approved_mentor,
    book,
    book_and_confirm,
    confirmation_card,
)
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text


async def test_a_member_exports_and_erases_their_data(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="Europe/London", points=500)
    await book_and_confirm(guild, maya, oliver, guild.now.replace(day=4, hour=15))
    await book(guild, maya, oliver, guild.now.replace(day=5, hour=15))

    answer = await maya.slash(guild.channel, "privacy export")
    assert answer.ephemeral
    (file,) = answer.response.attachments
    assert file.filename == "mentorbot-my-data.zip"

    preview = await maya.slash(guild.channel, "privacy forget")
    assert preview.ephemeral
    assert "2 sessions" not in message_text(preview.response)
    assert message_text(preview.response).count("• Oliver, <t:") == 2
    assert "🪙 380" in message_text(preview.response)
    assert button_labels(preview.response) == ["Delete my data", "Cancel"]
    await maya.click(preview.response, label="Cancel")
    assert await guild.balance(maya) == 380

    # The card works after a restart.
    preview = await maya.slash(guild.channel, "privacy forget")
    await guild.restart_bot()
    done = await maya.click(preview.response, label="Delete my data")
    assert "Done. Your data in this server is deleted." in message_text(done.response)
    assert "2 sessions were cancelled, and the other people are notified." in message_text(
        done.response
    )
    await guild.deliver()
    texts = [message_text(message) for message in guild.inbox(oliver)]
    assert sum("cancelled your session" in text for text in texts) == 2
    assert await guild.db.read(personal_data.list_guilds_with_data, maya.id) == []
    again = await maya.slash(guild.channel, "privacy forget")
    assert "I keep nothing about you" in message_text(again.response)
    assert "Maya" not in str([message_text(m) for m in guild.inbox(oliver)][-2:])


DEFERRED_MESSAGE = 5
"""Discord's callback type of "the bot is thinking"."""


@pytest.mark.parametrize("command", ["export", "forget"])
async def test_privacy_commands_are_acknowledged_before_data_is_read(
    guild: SimulatedGuild, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """Otherwise a long history takes longer than the three seconds in which Discord waits."""
    maya = await guild.add_member("Maya", zone="Europe/London", points=500)
    answers: list[Any] = []
    original = router.dispatch

    def dispatch(backend: Any, method: str, path: str, **kwargs: Any) -> Any:
        if path.endswith("/callback"):
            answers.append(kwargs["json"]["type"])
        return original(backend, method, path, **kwargs)

    monkeypatch.setattr(router, "dispatch", dispatch)
    answer = await maya.slash(guild.channel, f"privacy {command}")
    assert answers == [DEFERRED_MESSAGE]
    assert answer.ephemeral


async def test_the_card_is_shown_again_when_there_is_more_to_lose(guild: SimulatedGuild) -> None:
    maya = await guild.add_member("Maya", points=100)
    oliver = await guild.add_member("Oliver", points=100)
    card = await maya.slash(guild.channel, "privacy forget")
    assert (
        "Until this server's data is deleted, I keep a scrambled copy of your user ID"
        in message_text(card.response)
    )
    gift = await oliver.slash(guild.channel, "points give", member=maya, amount=30)
    await oliver.click(gift.response, label="Give")

    again = await maya.click(card.response, label="Delete my data")
    text = message_text(again.response)
    assert "The balance has changed since this card was sent. Nothing has happened yet." in text
    assert "🪙 130" in text
    assert await guild.balance(maya) == 130
    done = await maya.click(again.response, label="Delete my data")
    assert "Done. Your data in this server is deleted." in message_text(done.response)


async def test_the_button_of_an_older_version_shows_the_card(guild: SimulatedGuild) -> None:
    maya = await guild.add_member("Maya", points=100)
    channel = guild.bot.get_channel(guild.channel.id)
    assert isinstance(channel, discord.TextChannel)
    await channel.send("A card of old", view=old_view(EraseButton(None)))
    answer = await maya.click(guild.channel.last_message, custom_id="privacy:forget")
    (card,) = answer.followups
    assert "🪙 100" in message_text(card)
    assert button_labels(card) == ["Delete my data", "Cancel"]
    assert await guild.balance(maya) == 100


async def test_starting_points_are_not_given_again_to_who_returns(guild: SimulatedGuild) -> None:
    await guild.configure(starting_balance=100)
    maya = await guild.add_member("Maya", zone="Europe/London")
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    for received in (100, 0, 0):
        gift = await maya.slash(guild.channel, "points give", member=oliver, amount=100)
        if received:
            await maya.click(gift.response, label="Give")
        else:
            assert "You have 0 points" in message_text(gift.response)
        card = await maya.slash(guild.channel, "privacy forget")
        if button_labels(card.response):
            await maya.click(card.response, label="Delete my data")
        balance = await maya.slash(guild.channel, "points balance")
        assert "You have **🪙 0** points." in message_text(balance.response)
    assert await guild.balance(oliver) == 200


async def test_an_erased_suspension_is_lifted_by_a_moderator(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    priya = await guild.add_moderator("Priya")
    await priya.slash(
        guild.channel,
        "moderation suspend",
        mentor=str(oliver.id),
        reason="Complaints.",
        sessions="keep",
    )
    card = await oliver.slash(guild.channel, "privacy forget")
    await oliver.click(card.response, label="Delete my data")
    refused = await oliver.slash(guild.channel, "mentor apply")
    assert "Your mentor profile is suspended." in message_text(refused.response)
    lifted = await priya.slash(guild.channel, "moderation reinstate", mentor=str(oliver.id))
    assert "They can apply again." in message_text(lifted.response)
    await oliver.slash(guild.channel, "timezone set", zone="Europe/London")
    assert (await oliver.slash(guild.channel, "mentor apply")).modal is not None


async def test_erasing_a_mentor_removes_the_role(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    assert guild.has_role(oliver, guild.mentor_role)
    preview = await oliver.slash(guild.channel, "privacy forget")
    assert "You stop being a mentor" in message_text(preview.response)
    await oliver.click(preview.response, label="Delete my data")
    assert not guild.has_role(oliver, guild.mentor_role)


async def erase_elsewhere(guild: SimulatedGuild, person: simcord.MemberActor) -> None:
    """Erase a person as another process does, over REST or by an operator's command."""
    await guild.db.run(own_data.erase, Actor(person.id, person.name, guild.id))


async def removals(guild: SimulatedGuild) -> list[int]:
    """Return whose roles are still to be taken."""

    async def load(tx: Transaction) -> list[int]:
        return list(await tx.connection.scalars(select(MentorRoleRemoval.user_id)))

    return await guild.db.read(load)


async def test_erasing_a_mentor_elsewhere_removes_the_role(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    member = await guild.add_member("Maya", zone="Europe/London")
    await erase_elsewhere(guild, oliver)
    await erase_elsewhere(guild, member)
    assert guild.has_role(oliver, guild.mentor_role)
    assert await removals(guild) == [oliver.id]
    assert await take_roles(guild.bot, guild.db) == 1
    assert not guild.has_role(oliver, guild.mentor_role)
    assert await removals(guild) == []
    assert await guild.db.read(personal_data.list_guilds_with_data, oliver.id) == []


async def test_a_role_that_cannot_be_taken_is_tried_for_a_week(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    await erase_elsewhere(guild, oliver)
    path = f"/guilds/*/members/{oliver.id}/roles/*"
    refused = {"status": 403, "code": 50013, "message": "Missing Permissions"}
    guild.env.inject_error("DELETE", path, times=1, **refused)
    assert await take_roles(guild.bot, guild.db) == 0
    assert await take_roles(guild.bot, guild.db) == 0, "not again at once"
    await guild.env.advance_time(120)
    assert await take_roles(guild.bot, guild.db) == 1
    assert not guild.has_role(oliver, guild.mentor_role)


async def test_nobody_is_erased_during_a_session(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="Europe/London", points=500)
    await book_and_confirm(guild, maya, oliver, guild.now.replace(hour=15))
    await guild.advance_to(guild.now.replace(hour=15, minute=10))
    preview = await maya.slash(guild.channel, "privacy forget")
    assert "isn't closed yet" in message_text(preview.response)


async def test_presses_about_somebody_keep_no_id_of_them(guild: SimulatedGuild) -> None:
    """What others have pressed stays when a person is erased."""
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="America/New_York", points=500)
    moderator = await guild.add_moderator("Morgan")
    booking = await confirmation_card(guild, maya, oliver, guild.now + timedelta(days=2))
    await maya.click(booking.response, label="Confirm")
    gift = await maya.slash(guild.channel, "points give", member=oliver, amount=5)
    await maya.click(gift.response, label="Give")
    grant = await moderator.slash(
        guild.channel, "moderation grant", member=oliver, amount=2_000, reason="Thanks"
    )
    await moderator.click(grant.response, label="Confirm")

    card = await oliver.slash(guild.channel, "privacy forget")
    erased = await oliver.click(card.response, label="Delete my data")
    assert "Done. Your data in this server is deleted." in message_text(erased.response)

    async def list_keys(tx: Transaction) -> list[str]:
        return list(await tx.connection.scalars(select(IdempotencyKey.key)))

    keys = await guild.db.read(list_keys)
    assert len(keys) == 3
    assert [key for key in keys if str(oliver.id) in key] == []
