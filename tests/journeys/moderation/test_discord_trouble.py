"""Applications and decisions when Discord stands in the way: nothing is lost, and whoever can mend
it is told how."""

from __future__ import annotations

from datetime import timedelta

import discord
import pytest
import simcord
from simcord.backend.models import Overwrite
from simcord.enums import OverwriteType

from bot.notifications.delivery import HOLD_DURATION
from tests.journeys.support.scenarios import BIO, submit_application, text_fields
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text


def close(guild: SimulatedGuild, channel: simcord.ChannelHandle) -> None:
    """Keep the bot from writing in a channel, as somebody would in the channel's settings."""
    nothing, writing = discord.Permissions.none(), discord.Permissions(send_messages=True)
    guild.env.backend.set_overwrite(
        channel.id,
        Overwrite(guild.bot_id, OverwriteType.MEMBER, nothing.value, deny=writing.value),
    )


def reopen(guild: SimulatedGuild, channel: simcord.ChannelHandle) -> None:
    guild.env.backend.delete_overwrite(channel.id, guild.bot_id)


def of_the_owner(guild: SimulatedGuild) -> list[str]:
    """What the bot wrote to the server's owner, after its welcome."""
    return [message_text(message) for message in guild.handle.owner.dm_channel.history()][1:]


async def pick(
    moderator: simcord.MemberActor, queue: simcord.InteractionResult, name: str
) -> simcord.InteractionResult:
    """The card of somebody's application, from the queue."""
    (menu,) = queue.response.components[0]["components"]
    (value,) = (each["value"] for each in menu["options"] if each["label"] == name)
    return await moderator.select(queue.response, [value], custom_id=menu["custom_id"])


async def test_applications_wait_for_an_unwritable_review_channel(guild: SimulatedGuild) -> None:
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    priya = await guild.add_moderator("Priya")
    close(guild, guild.review_channel)

    # The applicant has done their part, and hears so.
    answer = await submit_application(guild, oliver)
    assert "Your application is with the moderators" in message_text(answer.response)
    await guild.deliver()
    assert guild.review_channel.history() == []

    # Somebody who can mend it hears how, once, however often it is tried.
    (told,) = of_the_owner(guild)
    assert f"<@{oliver.id}> sent waits for your decision, and I can't write to" in told
    assert f"<#{guild.review_channel.id}>" in told
    assert "View Channel, Send Messages and Embed Links" in told
    await guild.advance_to(guild.now + timedelta(hours=6), step=timedelta(minutes=20))
    assert len(of_the_owner(guild)) == 1

    # What is written meanwhile is kept too, and the queue tells that there is no card.
    status = await oliver.slash(guild.channel, "mentor status")
    form = await oliver.click(status.response, label="Change it")
    await oliver.submit_modal(form, {**text_fields(form), "expertise": "rust"})
    queue = await priya.slash(guild.channel, "moderation queue")
    assert f"<@{oliver.id}>: an application" in message_text(queue.response)
    assert "no card yet" in message_text(queue.response)

    # Once the bot may write again the card comes by itself, one card, with the latest text.
    await guild.restart_bot()
    reopen(guild, guild.review_channel)
    await guild.advance_to(guild.now + HOLD_DURATION)
    (card,) = guild.review_channel.history()
    assert "Expertise: rust" in message_text(card)
    await priya.click(card, label="Approve")
    await guild.deliver()
    assert "Welcome among the mentors" in message_text(guild.last_dm(oliver))


async def test_the_queue_works_without_the_review_channel(
    guild: SimulatedGuild,
) -> None:
    journal = guild.handle.create_text_channel("mod-log")
    await guild.configure(log_channel_id=journal.id)
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    priya = await guild.add_moderator("Priya")
    close(guild, guild.review_channel)
    await submit_application(guild, oliver)
    await guild.deliver()
    assert "waits for your decision" in message_text(journal.last_message)
    assert of_the_owner(guild) == []

    queue = await priya.slash(guild.channel, "moderation queue")
    await guild.restart_bot()
    card = await pick(priya, queue, "Oliver")
    assert BIO in message_text(card.response)
    form = await priya.click(card.response, label="Reject")
    done = await priya.submit_modal(form, {"reason": "Too short."})
    assert f"Rejected by <@{priya.id}>" in message_text(done.response)
    assert button_labels(done.response) == []
    await guild.deliver()
    assert "Too short." in message_text(guild.last_dm(oliver))

    reopen(guild, guild.review_channel)
    await guild.advance_to(guild.now + 2 * HOLD_DURATION)
    assert guild.review_channel.history() == [], "what is decided needs no card any more"


async def test_a_deleted_review_channel_is_reported_and_replaced(guild: SimulatedGuild) -> None:
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    await submit_application(guild, oliver)
    guild.env.backend.delete_channel(guild.review_channel.id)
    await guild.deliver()
    lost, told = of_the_owner(guild)
    assert "Something that I need was deleted." in lost
    assert "the channel where I post such things is gone" in told
    assert "choose another with `/setup`" in told
    other = guild.handle.create_text_channel("new-review")
    await guild.configure(review_channel_id=other.id)
    await guild.advance_to(guild.now + HOLD_DURATION)
    assert "Oliver wants to mentor" in message_text(other.last_message)


async def test_a_decision_from_the_queue_updates_the_card(guild: SimulatedGuild) -> None:
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    priya = await guild.add_moderator("Priya")
    await submit_application(guild, oliver)
    await guild.deliver()
    queue = await priya.slash(guild.channel, "moderation queue")
    card = await pick(priya, queue, "Oliver")
    await priya.click(card.response, label="Approve")
    await guild.deliver()
    (posted,) = guild.review_channel.history()
    assert f"Approved by <@{priya.id}>" in message_text(posted)
    assert button_labels(posted) == []


@pytest.mark.parametrize("decision", ["Approve", "Reject", "Ask for changes"])
async def test_a_decision_about_a_departed_applicant_is_reported(
    guild: SimulatedGuild, decision: str
) -> None:
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    priya = await guild.add_moderator("Priya")
    await submit_application(guild, oliver)
    await guild.deliver()
    card = guild.review_channel.last_message
    guild.handle.remove_member(oliver)

    pressed = await priya.click(card, label=decision)
    if pressed.modal is not None:
        await priya.submit_modal(pressed, {"reason": "Which languages?"})
    await guild.deliver()
    decided, told = guild.review_channel.history()
    assert f"by <@{priya.id}>" in message_text(decided)
    assert f"<@{oliver.id}> has left this server, so I could not tell them" in message_text(told)
    assert "The decision stands" in message_text(told)
    assert ("`/moderation suspend` takes them out of search" in message_text(told)) == (
        decision == "Approve"
    )
    assert guild.inbox(oliver) == []


async def test_a_deleted_mentor_role_is_reported(guild: SimulatedGuild) -> None:
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    priya = await guild.add_moderator("Priya")
    await submit_application(guild, oliver)
    await guild.deliver()
    guild.env.backend.delete_role(guild.id, guild.mentor_role.id)
    await guild.env.settle()
    # As if the bot had not been told of it: it was down, or Discord was.
    await guild.configure(mentor_role_id=guild.mentor_role.id)
    await priya.click(guild.review_channel.last_message, label="Approve")
    await guild.deliver()
    decided, told = guild.review_channel.history()
    assert f"Approved by <@{priya.id}>" in message_text(decided)
    assert f"<@{oliver.id}> should get the mentor role, and it is gone" in message_text(told)
    assert "choose another with `/setup`" in message_text(told)
    assert "Welcome among the mentors" in message_text(guild.last_dm(oliver))
    # There is nothing to take from whoever is suspended, and nothing to say about it.
    await priya.slash(
        guild.channel,
        "moderation suspend",
        mentor=str(oliver.id),
        reason="On leave.",
        sessions="keep",
    )
    await guild.deliver()
    assert len(guild.review_channel.history()) == 2
    assert "On leave." in message_text(guild.last_dm(oliver))


async def test_problems_reach_the_owner_without_a_review_channel(
    guild: SimulatedGuild,
) -> None:
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    priya = await guild.add_moderator("Priya")
    await submit_application(guild, oliver)
    await guild.deliver()
    card = guild.review_channel.last_message
    close(guild, guild.review_channel)
    guild.env.inject_error("PUT", "/guilds/*/members/*/roles/*", status=403, code=50013)
    await priya.click(card, label="Approve")
    await guild.deliver()
    # The mentor's own message does not suffer from the moderators' trouble.
    assert "Welcome among the mentors" in message_text(guild.last_dm(oliver))
    assert any("I couldn't give the role" in told for told in of_the_owner(guild))
