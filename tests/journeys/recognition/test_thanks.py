"""Thanking a mentor with words and a tip, as the two see it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import simcord

from mentorship.sessions.follow_up import thanks
from storage.tables import Thanks
from tests.journeys.support.concurrency import button_press, send_concurrently
from tests.journeys.support.helpers import actor_of, choose_option, count_rows
from tests.journeys.support.scenarios import approved_mentor, book_and_confirm, text_fields
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text
from tests.mentorship.support.community import grant_silently


@pytest.fixture
async def oliver(guild: SimulatedGuild) -> simcord.MemberActor:
    return await approved_mentor(guild, "Oliver")


@pytest.fixture
async def maya(guild: SimulatedGuild, oliver: simcord.MemberActor) -> simcord.MemberActor:
    """A mentee with 🪙 440, who has rated a session that has ended."""
    maya = await guild.add_member("Maya", zone="Europe/London", points=500)
    start = guild.now.replace(hour=15)
    await book_and_confirm(guild, maya, oliver, start)
    await guild.advance_to(start + timedelta(hours=1), step=timedelta(minutes=30))
    await maya.user.click(guild.last_dm(maya), label="We met")
    await maya.user.click(guild.last_dm(maya), label="5 ★")
    await guild.deliver()
    return maya


async def test_a_tip_is_confirmed_and_reaches_the_mentor(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    form = await maya.user.click(guild.last_dm(maya), label="Say thanks")
    await maya.user.submit_modal(form, {"words": "You *really* helped.\n@everyone", "tip": "40"})
    card = guild.last_dm(maya)
    text = message_text(card)
    assert "Thank Oliver with a tip of 🪙 40?" in text
    assert "Your balance: 🪙 440" in text
    assert "Balance after: 🪙 400" in text
    assert await count_rows(guild, Thanks) == 0

    await guild.restart_bot()
    await maya.user.click(card, label="Confirm")
    text = message_text(guild.last_dm(maya))
    assert "Tip: 🪙 40" in text
    assert "> You \\*really\\* helped." in text
    assert "Say thanks" not in button_labels(guild.last_dm(maya))
    await guild.deliver()
    text = message_text(guild.last_dm(oliver))
    assert "Maya thanked you for your session, with a tip of 🪙 40." in text
    assert "> You \\*really\\* helped." in text
    assert "> \\@everyone" in text

    listed = await oliver.slash(guild.channel, "sessions")
    past = await choose_option(oliver, listed.response, "Past")
    result = await choose_option(oliver, past.response, "Maya")
    assert "Tip: 🪙 40" in message_text(result.response)
    history = await oliver.slash(guild.channel, "points history")
    assert "+🪙 40** a tip from Maya for your session" in message_text(history.response)
    history = await maya.slash(guild.channel, "points history")
    assert "−🪙 40** your tip to Oliver for your session" in message_text(history.response)


async def test_words_alone_are_sent_at_once(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    form = await maya.user.click(guild.last_dm(maya), label="Say thanks")
    await maya.user.submit_modal(form, {"words": "Thank you!", "tip": ""})
    assert "> Thank you!" in message_text(guild.last_dm(maya))
    await guild.deliver()
    text = message_text(guild.last_dm(oliver))
    assert "Maya thanked you for your session." in text
    assert "Tip" not in text


async def test_a_double_press_pays_one_tip(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    listed = await maya.slash(guild.channel, "sessions")
    past = await choose_option(maya, listed.response, "Past")
    card = await choose_option(maya, past.response, "Oliver")
    form = await maya.click(card.response, label="Say thanks")
    preview = await maya.submit_modal(form, {"words": "", "tip": "40"})
    press = button_press(maya, preview.response, "Confirm")
    await send_concurrently(guild, [press, press, press])
    assert await count_rows(guild, Thanks) == 1
    balance = await maya.slash(guild.channel, "points balance")
    assert "🪙 400" in message_text(balance.response)
    await guild.deliver()
    assert message_text(guild.last_dm(oliver)).count("thanked you") == 1


async def test_a_tip_by_another_way_first_leaves_the_session_card(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    form = await maya.user.click(guild.last_dm(maya), label="Say thanks")
    await maya.user.submit_modal(form, {"words": "", "tip": "40"})
    db = guild.bot.db
    await db.run(thanks.send, actor_of(guild, maya), 1, "From the app", 5)
    result = await maya.user.click(guild.last_dm(maya), label="Confirm")
    assert "already said thanks" in message_text(result.followups[0])
    assert "> From the app" in message_text(guild.last_dm(maya))
    assert await count_rows(guild, Thanks) == 1


async def test_a_balance_that_changed_is_shown_before_paying(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    form = await maya.user.click(guild.last_dm(maya), label="Say thanks")
    await maya.user.submit_modal(form, {"words": "Thanks!", "tip": "40"})
    await guild.bot.db.run(grant_silently, actor_of(guild, maya), 60)
    await maya.user.click(guild.last_dm(maya), label="Confirm")
    text = message_text(guild.last_dm(maya))
    assert "Balance after: 🪙 460" in text
    assert await count_rows(guild, Thanks) == 0
    await maya.user.click(guild.last_dm(maya), label="Confirm")
    assert await count_rows(guild, Thanks) == 1


@pytest.mark.parametrize(
    ("tip", "saying"),
    [
        ("lots", "The tip must be a whole number"),
        ("-5", "The tip must be a whole number"),
        ("1.5", "The tip must be a whole number"),
        ("441", "You have 440 points, so you can't give 441."),
    ],
)
async def test_a_tip_that_cannot_be_paid_keeps_what_was_typed(
    guild: SimulatedGuild,
    oliver: simcord.MemberActor,
    maya: simcord.MemberActor,
    tip: str,
    saying: str,
) -> None:
    form = await maya.user.click(guild.last_dm(maya), label="Say thanks")
    result = await maya.user.submit_modal(form, {"words": "Kept", "tip": tip})
    assert saying in message_text(result.response)
    again = await maya.user.click(result.response, label=button_labels(result.response)[0])
    preview = await maya.user.submit_modal(again, text_fields(again) | {"tip": "1"})
    assert "Your words: Kept" in message_text(preview.response)


async def test_cancel_leads_back_without_thanks(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    form = await maya.user.click(guild.last_dm(maya), label="Say thanks")
    await maya.user.submit_modal(form, {"words": "", "tip": "40"})
    await maya.user.click(guild.last_dm(maya), label="Cancel")
    assert "Say thanks" in button_labels(guild.last_dm(maya))
    assert await count_rows(guild, Thanks) == 0
