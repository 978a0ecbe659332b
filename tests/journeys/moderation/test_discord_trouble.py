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
from tests.journeys.support.people import BIO, apply, fields_of
from tests.journeys.support.world import World, labels, words


def close(town: World, channel: simcord.ChannelHandle) -> None:
    """Keep the bot from writing in a channel, as somebody would in the channel's settings."""
    nothing, writing = discord.Permissions.none(), discord.Permissions(send_messages=True)
    town.env.backend.set_overwrite(
        channel.id,
        Overwrite(town.bot_id, OverwriteType.MEMBER, nothing.value, deny=writing.value),
    )


def reopen(town: World, channel: simcord.ChannelHandle) -> None:
    town.env.backend.delete_overwrite(channel.id, town.bot_id)


def of_the_owner(town: World) -> list[str]:
    """What the bot wrote to the server's owner, after its welcome."""
    return [words(message) for message in town.guild.owner.dm_channel.history()][1:]


async def pick(
    moderator: simcord.MemberActor, queue: simcord.InteractionResult, name: str
) -> simcord.InteractionResult:
    """The card of somebody's application, from the queue."""
    (menu,) = queue.response.components[0]["components"]
    (value,) = (each["value"] for each in menu["options"] if each["label"] == name)
    return await moderator.select(queue.response, [value], custom_id=menu["custom_id"])


async def test_a_review_channel_that_cannot_be_written_to(town: World) -> None:
    oliver = await town.person("Oliver", zone="Europe/London")
    priya = await town.moderator("Priya")
    close(town, town.review)

    # The applicant has done their part, and hears so.
    answer = await apply(town, oliver)
    assert "Your application is with the moderators" in words(answer.response)
    await town.deliver()
    assert town.review.history() == []

    # Somebody who can mend it hears how, once, however often it is tried.
    (told,) = of_the_owner(town)
    assert f"<@{oliver.id}> sent waits for your decision, and I can't write to" in told
    assert f"<#{town.review.id}>" in told
    assert "View Channel, Send Messages and Embed Links" in told
    await town.wait_until(town.now + timedelta(hours=6), step=timedelta(minutes=20))
    assert len(of_the_owner(town)) == 1

    # What is written meanwhile is kept too, and the queue tells that there is no card.
    status = await oliver.slash(town.square, "mentor status")
    form = await oliver.click(status.response, label="Change it")
    await oliver.submit_modal(form, {**fields_of(form), "expertise": "rust"})
    queue = await priya.slash(town.square, "moderation queue")
    assert f"<@{oliver.id}>: an application" in words(queue.response)
    assert "no card yet" in words(queue.response)

    # Once the bot may write again the card comes by itself, one card, with the latest text.
    await town.restart()
    reopen(town, town.review)
    await town.wait_until(town.now + HOLD_DURATION)
    (card,) = town.review.history()
    assert "Expertise: rust" in words(card)
    await priya.click(card, label="Approve")
    await town.deliver()
    assert "Welcome among the mentors" in words(town.last_dm(oliver))


async def test_moderators_decide_from_the_queue_while_the_channel_is_closed(town: World) -> None:
    journal = town.guild.create_text_channel("mod-log")
    await town.settle(log_channel_id=journal.id)
    oliver = await town.person("Oliver", zone="Europe/London")
    priya = await town.moderator("Priya")
    close(town, town.review)
    await apply(town, oliver)
    await town.deliver()
    assert "waits for your decision" in words(journal.last_message)
    assert of_the_owner(town) == []

    queue = await priya.slash(town.square, "moderation queue")
    await town.restart()
    card = await pick(priya, queue, "Oliver")
    assert BIO in words(card.response)
    form = await priya.click(card.response, label="Reject")
    done = await priya.submit_modal(form, {"reason": "Too short."})
    assert f"Rejected by <@{priya.id}>" in words(done.response)
    assert labels(done.response) == []
    await town.deliver()
    assert "Too short." in words(town.last_dm(oliver))

    reopen(town, town.review)
    await town.wait_until(town.now + 2 * HOLD_DURATION)
    assert town.review.history() == [], "what is decided needs no card any more"


async def test_a_review_channel_that_was_deleted(town: World) -> None:
    oliver = await town.person("Oliver", zone="Europe/London")
    await apply(town, oliver)
    town.env.backend.delete_channel(town.review.id)
    await town.deliver()
    lost, told = of_the_owner(town)
    assert "Something that I need was deleted." in lost
    assert "the channel where I post such things is gone" in told
    assert "choose another with `/setup`" in told
    other = town.guild.create_text_channel("new-review")
    await town.settle(review_channel_id=other.id)
    await town.wait_until(town.now + HOLD_DURATION)
    assert "Oliver wants to mentor" in words(other.last_message)


async def test_a_decision_made_elsewhere_shows_on_the_card(town: World) -> None:
    oliver = await town.person("Oliver", zone="Europe/London")
    priya = await town.moderator("Priya")
    await apply(town, oliver)
    await town.deliver()
    queue = await priya.slash(town.square, "moderation queue")
    card = await pick(priya, queue, "Oliver")
    await priya.click(card.response, label="Approve")
    await town.deliver()
    (posted,) = town.review.history()
    assert f"Approved by <@{priya.id}>" in words(posted)
    assert labels(posted) == []


@pytest.mark.parametrize("decision", ["Approve", "Reject", "Ask for changes"])
async def test_an_applicant_who_has_left(town: World, decision: str) -> None:
    oliver = await town.person("Oliver", zone="Europe/London")
    priya = await town.moderator("Priya")
    await apply(town, oliver)
    await town.deliver()
    card = town.review.last_message
    town.guild.remove_member(oliver)

    pressed = await priya.click(card, label=decision)
    if pressed.modal is not None:
        await priya.submit_modal(pressed, {"reason": "Which languages?"})
    await town.deliver()
    decided, told = town.review.history()
    assert f"by <@{priya.id}>" in words(decided)
    assert f"<@{oliver.id}> has left this server, so I could not tell them" in words(told)
    assert "The decision stands" in words(told)
    assert ("`/moderation suspend` takes them out of search" in words(told)) == (
        decision == "Approve"
    )
    assert town.inbox(oliver) == []


async def test_a_mentor_role_that_was_deleted(town: World) -> None:
    oliver = await town.person("Oliver", zone="Europe/London")
    priya = await town.moderator("Priya")
    await apply(town, oliver)
    await town.deliver()
    town.env.backend.delete_role(town.guild.id, town.mentors.id)
    await town.env.settle()
    # As if the bot had not been told of it: it was down, or Discord was.
    await town.settle(mentor_role_id=town.mentors.id)
    await priya.click(town.review.last_message, label="Approve")
    await town.deliver()
    decided, told = town.review.history()
    assert f"Approved by <@{priya.id}>" in words(decided)
    assert f"<@{oliver.id}> should get the mentor role, and it is gone" in words(told)
    assert "choose another with `/setup`" in words(told)
    assert "Welcome among the mentors" in words(town.last_dm(oliver))
    # There is nothing to take from whoever is suspended, and nothing to say about it.
    await priya.slash(
        town.square,
        "moderation suspend",
        mentor=str(oliver.id),
        reason="On leave.",
        sessions="keep",
    )
    await town.deliver()
    assert len(town.review.history()) == 2
    assert "On leave." in words(town.last_dm(oliver))


async def test_a_role_above_the_bots_own_and_a_closed_review_channel_at_once(town: World) -> None:
    oliver = await town.person("Oliver", zone="Europe/London")
    priya = await town.moderator("Priya")
    await apply(town, oliver)
    await town.deliver()
    card = town.review.last_message
    close(town, town.review)
    town.env.inject_error("PUT", "/guilds/*/members/*/roles/*", status=403, code=50013)
    await priya.click(card, label="Approve")
    await town.deliver()
    # The mentor's own message does not suffer from the moderators' trouble.
    assert "Welcome among the mentors" in words(town.last_dm(oliver))
    assert any("I couldn't give the role" in told for told in of_the_owner(town))
