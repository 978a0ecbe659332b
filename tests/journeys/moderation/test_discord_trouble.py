"""Applications and decisions when Discord refuses something: nothing is lost."""

from __future__ import annotations

from datetime import timedelta

import discord
import pytest
import simcord
from simcord.backend.models import Overwrite
from simcord.enums import OverwriteType

from bot.notifications.delivery import HOLD_DURATION
from tests.journeys.support.components import action_rows_of
from tests.journeys.support.scenarios import (
    BIO,
    approved_mentor,
    submit_application,
    text_fields,
)
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text


def deny_access(guild: SimulatedGuild, channel: simcord.ChannelHandle) -> None:
    """Deny the bot's access to a channel, as in the channel's settings."""
    nothing, writing = discord.Permissions.none(), discord.Permissions(send_messages=True)
    guild.env.backend.set_overwrite(
        channel.id,
        Overwrite(guild.bot_id, OverwriteType.MEMBER, nothing.value, deny=writing.value),
    )


def reopen(guild: SimulatedGuild, channel: simcord.ChannelHandle) -> None:
    guild.env.backend.delete_overwrite(channel.id, guild.bot_id)


def owner_messages(guild: SimulatedGuild) -> list[str]:
    """Return what the bot wrote to the guild's owner, after its greeting."""
    return [message_text(message) for message in guild.handle.owner.dm_channel.history()][1:]


async def open_from_queue(
    moderator: simcord.MemberActor, queue: simcord.InteractionResult, name: str
) -> simcord.InteractionResult:
    """Return the card of an application from the queue."""
    ((menu,),) = action_rows_of(queue.response)
    (value,) = (each["value"] for each in menu["options"] if each["label"] == name)
    return await moderator.select(queue.response, [value], custom_id=menu["custom_id"])


async def test_applications_wait_for_an_unwritable_review_channel(guild: SimulatedGuild) -> None:
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    priya = await guild.add_moderator("Priya")
    deny_access(guild, guild.review_channel)

    # The applicant is told that the application was sent.
    answer = await submit_application(guild, oliver)
    assert "Your application is with the moderators" in message_text(answer.response)
    await guild.deliver()
    assert guild.review_channel.history() == []

    # The owner is told once what to do, however often delivery is tried.
    (message,) = owner_messages(guild)
    assert f"<@{oliver.id}> is waiting for your decision, but I can't post in" in message
    assert f"<#{guild.review_channel.id}>" in message
    assert "View Channel, Send Messages and Embed Links" in message
    await guild.advance_to(guild.now + timedelta(hours=6), step=timedelta(minutes=20))
    assert len(owner_messages(guild)) == 1

    # An edit in the meantime is kept, and the queue says that there is no card.
    status = await oliver.slash(guild.channel, "mentor status")
    form = await oliver.click(status.response, label="Edit application")
    await oliver.submit_modal(form, {**text_fields(form), "expertise": "rust"})
    queue = await priya.slash(guild.channel, "moderation queue")
    assert "Oliver: an application" in message_text(queue.response)
    assert "no card yet" in message_text(queue.response)

    # Once the bot can write again, it posts one card with the latest text.
    await guild.restart_bot()
    reopen(guild, guild.review_channel)
    await guild.advance_to(guild.now + HOLD_DURATION)
    (card,) = guild.review_channel.history()
    assert "Expertise: rust" in message_text(card)
    await priya.click(card, label="Approve")
    await guild.deliver()
    assert "Welcome to the mentors" in message_text(guild.last_dm(oliver))


async def test_the_queue_works_without_the_review_channel(
    guild: SimulatedGuild,
) -> None:
    journal = guild.handle.create_text_channel("mod-log")
    await guild.configure(log_channel_id=journal.id)
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    priya = await guild.add_moderator("Priya")
    deny_access(guild, guild.review_channel)
    await submit_application(guild, oliver)
    await guild.deliver()
    assert "is waiting for your decision" in message_text(journal.last_message)
    assert owner_messages(guild) == []

    queue = await priya.slash(guild.channel, "moderation queue")
    await guild.restart_bot()
    card = await open_from_queue(priya, queue, "Oliver")
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
    await guild.env.settle()
    await guild.deliver()
    deleted, message = owner_messages(guild)
    assert "Something I need was deleted." in deleted
    assert "the review channel was deleted" in message
    assert "choose another with `/setup`" in message
    new_channel = guild.handle.create_text_channel("new-review")
    await guild.configure(review_channel_id=new_channel.id)
    await guild.advance_to(guild.now + HOLD_DURATION)
    assert "would like to mentor" in message_text(new_channel.last_message)


async def test_a_decision_from_the_queue_updates_the_card(guild: SimulatedGuild) -> None:
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    priya = await guild.add_moderator("Priya")
    await submit_application(guild, oliver)
    await guild.deliver()
    queue = await priya.slash(guild.channel, "moderation queue")
    card = await open_from_queue(priya, queue, "Oliver")
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
    decided, report = guild.review_channel.history()
    assert f"by <@{priya.id}>" in message_text(decided)
    assert f"<@{oliver.id}> left this server, so I couldn't tell them" in message_text(report)
    assert "about your decision" in message_text(report)
    assert ("Members can't book them" in message_text(report)) == (decision == "Approve")
    assert guild.inbox(oliver) == []


async def test_a_deleted_mentor_role_is_reported(guild: SimulatedGuild) -> None:
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    priya = await guild.add_moderator("Priya")
    await submit_application(guild, oliver)
    await guild.deliver()
    guild.env.backend.delete_role(guild.id, guild.mentor_role.id)
    await guild.env.settle()
    # As if the bot had missed the event during a downtime.
    await guild.configure(mentor_role_id=guild.mentor_role.id)
    await priya.click(guild.review_channel.last_message, label="Approve")
    await guild.deliver()
    decided, report = guild.review_channel.history()
    assert f"Approved by <@{priya.id}>" in message_text(decided)
    assert f"<@{oliver.id}> should have the mentor role, but" in message_text(report)
    assert "choose another with `/setup`" in message_text(report)
    assert "Welcome to the mentors" in message_text(guild.last_dm(oliver))
    # A suspended mentor has no role to lose, so nothing is reported.
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
    deny_access(guild, guild.review_channel)
    guild.env.inject_error("PUT", "/guilds/*/members/*/roles/*", status=403, code=50013)
    await priya.click(card, label="Approve")
    await guild.deliver()
    # The mentor is notified all the same.
    assert "Welcome to the mentors" in message_text(guild.last_dm(oliver))
    assert any("I couldn't give the role" in text for text in owner_messages(guild))


async def test_profile_changes_wait_for_a_deleted_review_channel(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya, priya = await guild.add_member("Maya"), await guild.add_moderator("Priya")
    guild.env.backend.delete_channel(guild.review_channel.id)
    await guild.env.settle()
    form = await oliver.slash(guild.channel, "mentor edit")
    answer = await oliver.submit_modal(form, {**text_fields(form), "expertise": "spam"})
    assert "Until they approve it, members see the old one." in message_text(answer.response)
    await guild.deliver()

    profile = await maya.slash(guild.channel, "mentor profile", member=oliver)
    assert "Expertise: python" in message_text(profile.response)
    assert "spam" not in message_text(profile.response)
    assert any(
        f"<@{oliver.id}> is waiting for your decision" in text for text in owner_messages(guild)
    )
    queue = await priya.slash(guild.channel, "moderation queue")
    assert "Oliver: a profile change" in message_text(queue.response)

    new_channel = guild.handle.create_text_channel("new-review")
    await guild.configure(review_channel_id=new_channel.id)
    await guild.deliver()
    await priya.click(new_channel.last_message, label="Approve")
    profile = await maya.slash(guild.channel, "mentor profile", member=oliver)
    assert "Expertise: spam" in message_text(profile.response)


async def test_an_application_outlives_a_review_channel_that_is_deleted_meanwhile(
    guild: SimulatedGuild,
) -> None:
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    form = await oliver.slash(guild.channel, "mentor apply")
    guild.env.backend.delete_channel(guild.review_channel.id)
    await guild.env.settle()
    typed = {"expertise": "python, go", "rate": "60", "bio": BIO}
    refused = await oliver.submit_modal(form, typed)
    assert "This server has no channel where moderators review applications yet" in message_text(
        refused.response
    )
    assert button_labels(refused.response) == ["Open the form again"]
    new_channel = guild.handle.create_text_channel("new-review")
    await guild.configure(review_channel_id=new_channel.id)
    form = await oliver.click(refused.response, label="Open the form again")
    assert {**text_fields(form), **typed} == text_fields(form)
    sent = await oliver.submit_modal(form, text_fields(form))
    assert "Your application is with the moderators" in message_text(sent.response)


async def test_a_profile_text_outlives_a_suspension_meanwhile(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    priya = await guild.add_moderator("Priya")
    form = await oliver.slash(guild.channel, "mentor edit")
    await priya.slash(
        guild.channel,
        "moderation suspend",
        mentor=str(oliver.id),
        reason="On leave.",
        sessions="keep",
    )
    refused = await oliver.submit_modal(form, {**text_fields(form), "expertise": "python, rust"})
    assert "Your mentor profile is suspended" in message_text(refused.response)
    await priya.slash(guild.channel, "moderation reinstate", mentor=str(oliver.id))
    form = await oliver.click(refused.response, label="Open the form again")
    assert text_fields(form)["expertise"] == "python, rust"
    sent = await oliver.submit_modal(form, text_fields(form))
    assert "Until they approve it" in message_text(sent.response)
