"""Booking in a direct message, where Discord does not say which guilds a person is in."""

from __future__ import annotations

from datetime import timedelta

import simcord

from bot.views.booking.items import StepButton
from bot.views.booking.steps import BookingStep, Selection
from tests.journeys.support.concurrency import Press, send_concurrently
from tests.journeys.support.helpers import at, choose_option, update_member
from tests.journeys.support.scenarios import approved_mentor, confirmation_card
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text


async def expired(guild: SimulatedGuild) -> tuple[simcord.MemberActor, simcord.MemberActor]:
    """Return Maya, whose request to Oliver has expired, and Ines, an alternative."""
    oliver = await approved_mentor(guild, "Oliver", expertise="python, testing")
    ines = await approved_mentor(
        guild, "Ines", zone="Europe/Lisbon", expertise="testing", hours="daily 9-24"
    )
    await approved_mentor(guild, "Dora", expertise="design")
    maya = await guild.add_member("Maya", zone="America/New_York", points=100)
    result = await confirmation_card(guild, maya, oliver, at(guild, 15, day=4), topic="Loops")
    await maya.click(result.response, label="Confirm")
    await guild.advance_to(guild.now + timedelta(hours=24), step=timedelta(hours=1))
    return maya, ines


async def test_an_expired_request_offers_bookable_alternatives(guild: SimulatedGuild) -> None:
    maya, ines = await expired(guild)
    message = guild.last_dm(maya)
    assert "Oliver didn't answer in time, so the session request expired." in message_text(message)
    assert "Here are slots near that time with other mentors" in message_text(message)
    assert button_labels(message) == [
        "Ines · Wed 4 Mar, 10:00 EST",
        "Remove from calendar",
        "Book again",
    ]
    await guild.restart_bot()

    result = await maya.user.click(message, label="Ines · Wed 4 Mar, 10:00 EST")
    assert "with Ines?" in message_text(result.response)
    assert "Topic: Loops" in message_text(result.response)
    # Back leads up to the mentors, and the steps lead down again.
    result = await maya.user.click(result.response, label="Back")
    assert "When would you like to meet Ines?" in message_text(result.response)
    result = await maya.user.click(result.response, label="Back")
    for choice in ("Ines", "Thu 5 Mar", "11:00 EST"):
        result = await choose_option(maya.user, result.response, choice)
    done = await maya.user.click(result.response, label="Confirm")
    assert "Request sent to Ines" in message_text(done.response)
    assert await guild.balance(maya) == 40
    await guild.deliver()
    assert "Maya would like a session with you." in message_text(guild.last_dm(ines))


async def test_former_members_cannot_book_in_direct_messages(guild: SimulatedGuild) -> None:
    maya, _ = await expired(guild)
    message = guild.last_dm(maya)
    result = await maya.user.click(message, label="Ines · Wed 4 Mar, 10:00 EST")
    guild.handle.remove_member(maya)
    for label in ("Confirm", "Back"):
        answer = await maya.user.click(result.response, label=label)
        text = "\n".join(
            message_text(each) for each in (answer.response, *answer.followups) if each
        )
        assert "You don't seem to be in that server" in text
    answer = await maya.user.click(message, label="Ines · Wed 4 Mar, 10:00 EST")
    assert "You don't seem to be in that server" in message_text(answer.response)
    assert await guild.balance(maya) == 100


async def test_somebody_who_came_back_can_book_in_direct_messages(guild: SimulatedGuild) -> None:
    maya, _ = await expired(guild)
    result = await maya.user.click(guild.last_dm(maya), label="Ines · Wed 4 Mar, 10:00 EST")
    # The bot has seen her leave, but not come back. Discord says that she is a member.
    await update_member(guild, maya, left_at=guild.now)
    done = await maya.user.click(result.response, label="Confirm")
    assert "Request sent to Ines" in message_text(done.response)
    assert await guild.balance(maya) == 40


async def test_forged_steps_show_nothing_of_another_guild(
    guild: SimulatedGuild,
) -> None:
    maya, _ = await expired(guild)
    stranger = guild.env.create_user("Stranger")
    message = guild.last_dm(maya)
    other_handle = guild.env.create_guild("Elsewhere")
    visitor = other_handle.add_member(stranger)
    lobby = other_handle.create_text_channel("lobby")
    result = await visitor.slash(lobby, "book")
    selection = Selection(guild.id)
    for step in BookingStep:
        forged = Press(visitor, result.response, StepButton(step, selection).item.custom_id)
        (answer,) = await send_concurrently(guild_with_handle(guild, other_handle), [forged])
        text = "\n".join(
            message_text(each) for each in (answer.response, *answer.followups) if each
        )
        assert "You don't seem to be in that server" in text
    assert message is not None


def guild_with_handle(guild: SimulatedGuild, handle: simcord.GuildHandle) -> SimulatedGuild:
    return SimulatedGuild(
        guild.env,
        guild.db,
        handle,
        guild.channel,
        guild.review_channel,
        guild.moderator_role,
        guild.mentor_role,
    )
