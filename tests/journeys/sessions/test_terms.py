"""The terms of a booking on cards and messages, and consent to refunds."""

from __future__ import annotations

from datetime import datetime, timedelta

import discord
import pytest
import simcord
from icalendar import Calendar

from bot.formatting import discord_timestamp
from bot.views.sessions.cancellation import CancelWithReasonButton, ConfirmCancellationButton
from tests.journeys.support.components import old_view
from tests.journeys.support.helpers import at
from tests.journeys.support.scenarios import (
    approved_mentor,
    book,
    book_and_confirm,
    confirmation_card,
)
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text

THURSDAY = datetime.fromisoformat("2026-03-05T10:00+00:00")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
async def oliver(guild: SimulatedGuild) -> simcord.MemberActor:
    return await approved_mentor(guild, "Oliver")


@pytest.fixture
async def maya(guild: SimulatedGuild) -> simcord.MemberActor:
    return await guild.add_member("Maya", zone="America/New_York", points=100)


async def test_a_refund_that_ended_after_the_card_is_shown_again(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await book_and_confirm(guild, maya, oliver, THURSDAY)
    sure = await maya.user.click(guild.last_dm(maya), label="Cancel session")
    assert "You're refunded in full: 🪙 60." in message_text(sure.response)
    guild.refuse_edits()
    await guild.advance_to(THURSDAY - DAY + timedelta(seconds=1))
    again = await maya.user.click(sure.response, label="Cancel session")
    assert "The refund has changed since this card was sent." in message_text(again.response)
    assert "You get no refund: Oliver is paid 🪙 60." in message_text(again.response)
    assert (await guild.balance(maya), await guild.balance(oliver)) == (40, 0)
    done = await maya.user.click(again.response, label="Cancel session")
    assert "You cancelled this session." in message_text(done.response)
    assert "Oliver is paid 🪙 60." in message_text(done.response)
    assert (await guild.balance(maya), await guild.balance(oliver)) == (40, 60)


async def test_a_typed_reason_is_kept_when_the_refund_has_changed(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await book_and_confirm(guild, maya, oliver, THURSDAY)
    sure = await maya.user.click(guild.last_dm(maya), label="Cancel session")
    form = await maya.user.click(sure.response, label="Cancel with a reason")
    await guild.advance_to(THURSDAY - DAY + timedelta(seconds=1))
    again = await maya.user.submit_modal(form, {"reason": "My *exam* moved."})
    assert "You get no refund" in message_text(again.response)
    await maya.user.click(again.response, label="Cancel session")
    await guild.deliver()
    assert r"> My \*exam\* moved." in message_text(guild.last_dm(oliver))


async def test_cards_of_an_older_version_ask_again_before_cancelling(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await book_and_confirm(guild, maya, oliver, THURSDAY)
    channel = guild.bot.get_channel(guild.channel.id)
    old = await channel.send(  # type: ignore[union-attr]
        "Cancel this session?",
        view=old_view(ConfirmCancellationButton(1, None), CancelWithReasonButton(1, None)),
    )
    await guild.restart_bot()
    again = await maya.click(old, label="Cancel session")
    assert "Nothing is cancelled yet." in message_text(again.response)
    assert "You're refunded in full: 🪙 60." in message_text(again.response)
    assert await guild.balance(maya) == 40
    done = await maya.click(again.response, label="Cancel session")
    assert "You cancelled this session." in message_text(done.response)


async def test_a_policy_changed_after_the_booking_card_is_shown_again(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    card = await confirmation_card(guild, maya, oliver, THURSDAY, topic="Loops")
    until = discord_timestamp(THURSDAY - DAY)
    assert f"Full refund if you cancel by {until}" in message_text(card.response)
    await guild.configure(free_cancellation_until=2 * 1_440)
    again = await maya.click(card.response, label="Confirm")
    text = message_text(again.response)
    assert "has changed since this card was sent. Nothing has happened yet." in text
    assert f"Full refund if you cancel by {discord_timestamp(THURSDAY - 2 * DAY)}" in text
    assert "Topic: Loops" in text
    assert await guild.balance(maya) == 100
    done = await maya.click(again.response, label="Confirm")
    assert "Request sent to Oliver" in message_text(done.response)


async def test_cards_and_refunds_keep_the_terms_of_the_booking(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await guild.configure(late_refund_percent=50, fee_percent=10, complete_after=60)
    await book_and_confirm(guild, maya, oliver, THURSDAY)
    await guild.configure(
        free_cancellation_until=14 * 1_440,
        late_refund_percent=0,
        fee_percent=90,
        complete_after=2_880,
    )
    until = discord_timestamp(THURSDAY - DAY)
    policy = f"Full refund if you cancel by {until}. After that, a 50% refund."
    assert policy in message_text(guild.last_dm(maya))
    await guild.advance_to(THURSDAY + HOUR)
    deadline = discord_timestamp(THURSDAY + 2 * HOUR)
    asked = message_text(guild.last_dm(maya))
    assert "Confirming that you met pays Oliver 🪙 54." in asked
    assert deadline in asked
    asked = message_text(guild.last_dm(oliver))
    assert "You're paid 🪙 54 when Maya confirms" in asked
    assert deadline in asked
    await guild.advance_to(THURSDAY + 2 * HOUR)
    assert await guild.balance(oliver) == 54


@pytest.mark.parametrize(
    ("fee", "on_request", "question"),
    [
        (0, "60 minutes, 🪙 60\n", "Confirming that you met pays Oliver 🪙 60."),
        (
            10,
            "60 minutes, 🪙 60 (you get 🪙 54 after the server's fee)",
            "Confirming that you met pays Oliver 🪙 54.",
        ),
        (
            100,
            "60 minutes, 🪙 60 (you get 🪙 0 after the server's fee)",
            "Confirming that you met completes the session.",
        ),
    ],
)
async def test_cards_say_what_the_mentor_gets_after_the_fee(
    guild: SimulatedGuild,
    oliver: simcord.MemberActor,
    maya: simcord.MemberActor,
    fee: int,
    on_request: str,
    question: str,
) -> None:
    await guild.configure(fee_percent=fee)
    await book_and_confirm(guild, maya, oliver, at(guild, 15))
    request_card = next(
        message for message in guild.inbox(oliver) if "60 minutes" in message_text(message)
    )
    assert on_request in message_text(request_card)
    await guild.advance_to(at(guild, 16))
    assert question in message_text(guild.last_dm(maya))


async def test_a_session_at_short_notice_can_be_cancelled_right_after_the_confirmation(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    start = at(guild, 15)
    card = await confirmation_card(guild, maya, oliver, start)
    promise = (
        "Full refund if you cancel within 15 minutes after Oliver confirms. After that, no refund."
    )
    assert promise in message_text(card.response)
    await book_and_confirm(guild, maya, oliver, start)
    until = guild.now + timedelta(minutes=15)
    confirmed = message_text(guild.last_dm(maya))
    assert f"Full refund if you cancel by {discord_timestamp(until)}" in confirmed
    sure = await maya.user.click(guild.last_dm(maya), label="Cancel session")
    assert "You're refunded in full: 🪙 60." in message_text(sure.response)


async def test_a_booking_an_hour_ahead_is_answered_well_before_the_start(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    start = at(guild, 15)
    await guild.advance_to(start - HOUR)
    card = await confirmation_card(guild, maya, oliver, start)
    deadline = start - HOUR / 2
    assert f"If Oliver doesn't confirm by {discord_timestamp(deadline)}" in message_text(
        card.response
    )
    await maya.click(card.response, label="Confirm")
    await guild.deliver()
    request = message_text(guild.last_dm(oliver))
    assert f"If you don't answer by {discord_timestamp(deadline)}" in request
    await guild.advance_to(deadline)
    assert "Oliver didn't answer in time" in message_text(guild.last_dm(maya))
    assert await guild.balance(maya) == 100


async def test_a_proposal_shows_the_mentor_which_refund_applies(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await book_and_confirm(guild, maya, oliver, at(guild, 15))
    await guild.advance_to(guild.now + timedelta(minutes=16))
    choices = await maya.autocomplete(guild.channel, "reschedule", "session", "")
    friday = str(int((THURSDAY + DAY).timestamp()))
    card = await maya.slash(guild.channel, "reschedule", session=choices[0]["value"], when=friday)
    assert "If you cancel at the new time, there's still no refund" in message_text(card.response)
    await maya.click(card.response, label="Suggest this time")
    await guild.deliver()
    proposal = guild.last_dm(oliver)
    assert "If Maya cancels at the new time, there's still no refund" in message_text(proposal)
    await oliver.user.click(proposal, label="Accept new time")
    await guild.deliver()
    sure = await maya.user.click(guild.last_dm(maya), label="Cancel session")
    assert "You get no refund: Oliver is paid 🪙 60." in message_text(sure.response)


@pytest.mark.parametrize("end", ["declined", "expired"])
async def test_requests_that_come_to_nothing_can_be_taken_out_of_the_calendar(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor, end: str
) -> None:
    await book(guild, maya, oliver, THURSDAY)
    if end == "declined":
        form = await oliver.user.click(guild.last_dm(oliver), label="Decline")
        await oliver.user.submit_modal(form, {"reason": ""})
        await guild.deliver()
    else:
        await guild.advance_to(guild.now + DAY, step=HOUR)
    for person in (maya, oliver):
        message = guild.last_dm(person)
        assert "Remove from calendar" in button_labels(message)
        answer = await person.user.click(message, label="Remove from calendar")
        assert "remove the session from your calendar" in message_text(answer.response)
        (file,) = answer.response.attachments
        assert str(Calendar.from_ical(await file.read())["METHOD"]) == "CANCEL"


async def test_a_card_of_an_older_version_keeps_its_text_and_becomes_a_new_one(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await book_and_confirm(guild, maya, oliver, THURSDAY)
    embed = discord.Embed(title="Cancel this session?")
    embed.add_field(name="Your reason", value=r"My \*exam\* moved.")
    channel = await guild.bot.create_dm(discord.Object(maya.id))
    old = await channel.send(
        "Cancel it?", embed=embed, view=old_view(ConfirmCancellationButton(1, (60, THURSDAY)))
    )
    await guild.restart_bot()
    await maya.user.click(old, label="Cancel session")
    card = guild.env.backend.get_message(channel.id, old.id)
    assert "You cancelled this session." in message_text(card)
    assert (card.content, card.embeds) == ("", [])
    await guild.deliver()
    assert r"> My \*exam\* moved." in message_text(guild.last_dm(oliver))
