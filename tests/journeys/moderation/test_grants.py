"""Large grants in Discord: the card to confirm, and the second moderator's decision."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from mentorship.points import grant_requests
from tests.journeys.support.concurrency import button_press, send_concurrently
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text

REASON = "First prize of the *spring* course."


async def test_a_large_grant_is_confirmed_on_a_card(guild: SimulatedGuild) -> None:
    priya = await guild.add_moderator("Priya")
    maya = await guild.add_member("Maya", points=10)
    card = await priya.slash(
        guild.channel, "moderation grant", member=maya, amount=5_000, reason=REASON
    )
    text = message_text(card.response)
    assert card.ephemeral
    assert "Grant 🪙 5,000?" in text
    assert "Member: Maya" in text
    assert "Balance now: 🪙 10" in text
    assert "Balance after: 🪙 5,010" in text
    assert button_labels(card.response) == ["Confirm", "Dismiss"]
    assert await guild.balance(maya) == 10

    await guild.restart_bot()
    done = await priya.click(card.response, label="Confirm")
    assert f"<@{maya.id}> got 🪙 5,000" in message_text(done.response)
    assert button_labels(done.response) == []
    assert await guild.balance(maya) == 5_010
    await guild.deliver()
    assert r"> First prize of the \*spring\* course." in message_text(guild.last_dm(maya))


async def test_dismissing_the_card_changes_nothing(guild: SimulatedGuild) -> None:
    priya = await guild.add_moderator("Priya")
    maya = await guild.add_member("Maya", points=5_000)
    card = await priya.slash(
        guild.channel, "moderation deduct", member=maya, amount=5_000, reason=REASON
    )
    assert "Deduct 🪙 5,000?" in message_text(card.response)
    assert "Balance after: 🪙 0" in message_text(card.response)
    dismissed = await priya.click(card.response, label="Dismiss")
    assert "Nothing was changed." in message_text(dismissed.response)
    assert await guild.balance(maya) == 5_000


async def test_a_card_with_an_old_balance_is_shown_again(guild: SimulatedGuild) -> None:
    priya = await guild.add_moderator("Priya")
    maya = await guild.add_member("Maya", points=9_000)
    oliver = await guild.add_member("Oliver")
    card = await priya.slash(
        guild.channel, "moderation deduct", member=maya, amount=5_000, reason=REASON
    )
    gift = await maya.slash(guild.channel, "points give", member=oliver, amount=1_000)
    await maya.click(gift.response, label="Give")
    again = await priya.click(card.response, label="Confirm")
    text = message_text(again.response)
    assert "The balance has changed since this card was sent. Nothing has happened yet." in text
    assert "Balance now: 🪙 8,000" in text
    assert "Balance after: 🪙 3,000" in text
    assert await guild.balance(maya) == 8_000
    done = await priya.click(again.response, label="Confirm")
    assert "lost 🪙 5,000" in message_text(done.response)
    assert await guild.balance(maya) == 3_000


async def test_a_card_is_refused_after_the_moderator_lost_the_role(guild: SimulatedGuild) -> None:
    priya = await guild.add_moderator("Priya")
    maya = await guild.add_member("Maya")
    card = await priya.slash(
        guild.channel, "moderation grant", member=maya, amount=5_000, reason=REASON
    )
    guild.env.backend.remove_member_role(guild.id, priya.id, guild.moderator_role.id)
    refused = await priya.click(card.response, label="Confirm")
    assert "Only this server's moderators can do that" in message_text(refused.followups[0])
    assert await guild.balance(maya) == 0


@pytest.mark.parametrize("command", ["moderation grant", "moderation deduct"])
async def test_moderators_do_not_change_their_own_points(
    guild: SimulatedGuild, command: str
) -> None:
    priya = await guild.add_moderator("Priya")
    refused = await priya.slash(guild.channel, command, member=priya, amount=5, reason=REASON)
    assert "This is about you, so another moderator has to decide." in message_text(
        refused.response
    )
    assert await guild.balance(priya) == 0


async def request_grant(guild: SimulatedGuild) -> tuple[Any, Any, discord.Message]:
    """Let Priya request a grant above the ceiling. Returns her, Maya and the moderators' card."""
    priya = await guild.add_moderator("Priya")
    maya = await guild.add_member("Maya")
    card = await priya.slash(
        guild.channel, "moderation grant", member=maya, amount=50_000, reason=REASON
    )
    assert "can grant a member up to 🪙 10,000 a day" in message_text(card.response)
    done = await priya.click(card.response, label="Confirm")
    assert f"A second moderator has to confirm the 🪙 50,000 for <@{maya.id}>" in message_text(
        done.response
    )
    assert await guild.balance(maya) == 0
    await guild.deliver()
    message = guild.review_channel.last_message
    assert message is not None
    return priya, maya, message


async def test_a_second_moderator_confirms_a_grant(guild: SimulatedGuild) -> None:
    sam = await guild.add_moderator("Sam")
    priya, maya, message = await request_grant(guild)
    text = message_text(message)
    assert f"<@{priya.id}> would like to grant points to <@{maya.id}>" in text
    assert "🪙 50,000 for Maya" in text
    assert r"First prize of the \*spring\* course." in text
    assert button_labels(message) == ["Confirm grant", "Reject"]

    own = await priya.click(message, label="Confirm grant")
    assert "another moderator has to confirm it" in message_text(own.followups[0])
    assert await guild.balance(maya) == 0

    await guild.restart_bot()
    await sam.click(message, label="Confirm grant")
    assert await guild.balance(maya) == 50_000
    message = guild.review_channel.last_message
    assert f"Confirmed by <@{sam.id}>." in message_text(message)
    assert button_labels(message) == []
    await guild.deliver()
    assert "The moderators gave you 🪙 50,000." in message_text(guild.last_dm(maya))
    assert f"<@{sam.id}> confirmed your grant." in message_text(guild.last_dm(priya))
    assert "Maya got 🪙 50,000" in message_text(guild.last_dm(priya))
    log = await sam.slash(guild.channel, "moderation audit")
    assert f"<@{sam.id}> **confirmed another moderator's grant of points to** <@{maya.id}>" in (
        message_text(log.response)
    )


@pytest.mark.parametrize(("amount", "points"), [(5_000, 5_000), (50_000, 0)])
async def test_pressing_confirm_twice_grants_or_requests_once(
    guild: SimulatedGuild, amount: int, points: int
) -> None:
    priya = await guild.add_moderator("Priya")
    maya = await guild.add_member("Maya")
    card = await priya.slash(
        guild.channel, "moderation grant", member=maya, amount=amount, reason=REASON
    )
    press = button_press(priya, card.response, "Confirm")
    await send_concurrently(guild, [press, press])
    assert await guild.balance(maya) == points
    pending = await guild.db.read(grant_requests.list_pending, guild.manager)
    assert len(pending.items) == (0 if points else 1)


async def test_a_grant_is_rejected_from_the_moderation_queue(guild: SimulatedGuild) -> None:
    sam = await guild.add_moderator("Sam")
    priya, maya, message = await request_grant(guild)
    queue = await sam.slash(guild.channel, "moderation queue")
    assert "Grants that need a second moderator" in message_text(queue.response)
    assert f"🪙 50,000 for <@{maya.id}>, requested by <@{priya.id}>" in message_text(queue.response)
    card = await sam.select(queue.response, ["1"], custom_id="queue:grants")
    rejected = await sam.click(card.response, label="Reject")
    assert f"Rejected by <@{sam.id}>." in message_text(rejected.response)
    # The other card shows the decision when it is pressed.
    late = await sam.click(message, label="Confirm grant")
    assert "This was already rejected" in message_text(late.followups[0])
    assert f"Rejected by <@{sam.id}>." in message_text(guild.review_channel.last_message)
    await guild.deliver()
    assert f"<@{sam.id}> rejected your grant." in message_text(guild.last_dm(priya))
    assert await guild.balance(maya) == 0
    empty = await sam.slash(guild.channel, "moderation queue")
    assert "You're all caught up." in message_text(empty.response)


async def test_a_grant_to_somebody_who_left_stays_pending(guild: SimulatedGuild) -> None:
    sam = await guild.add_moderator("Sam")
    _, maya, message = await request_grant(guild)
    guild.handle.remove_member(maya)
    refused = await sam.click(message, label="Confirm grant")
    assert "Maya doesn't seem to be in this server" in message_text(refused.followups[0])
    assert await guild.balance(maya) == 0
    assert button_labels(guild.review_channel.last_message) == ["Confirm grant", "Reject"]
