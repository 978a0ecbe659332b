"""Points in Discord: balance, history, gifts and adjustments."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mentorship.actors import Actor
from mentorship.administration import setup
from tests.journeys.support.concurrency import button_press, send_concurrently
from tests.journeys.support.scenarios import approved_mentor, book, book_and_confirm
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text


async def test_giving_points_shows_a_preview_and_notifies(guild: SimulatedGuild) -> None:
    maya = await guild.add_member("Maya", points=100)
    oliver = await guild.add_member("Oli*ver")
    result = await maya.slash(guild.channel, "points balance")
    assert "You have **🪙 100** points." in message_text(result.response)

    card = await maya.slash(guild.channel, "points give", member=oliver, amount=30)
    assert card.ephemeral
    text = message_text(card.response)
    assert "Give 🪙 30 to Oli\\*ver?" in text
    assert "Oli\\*ver is notified. You can't undo a gift." in text
    assert "To: Oli\\*ver" in text
    assert "Your balance: 🪙 100" in text
    assert "Balance after: 🪙 70" in text
    assert button_labels(card.response) == ["Give", "Cancel"]
    assert await guild.balance(maya) == 100, "a card moves nothing"

    await guild.restart_bot()
    done = await maya.click(card.response, label="Give")
    assert f"You gave <@{oliver.id}> 🪙 30" in message_text(done.response)
    assert "You have 🪙 70 left" in message_text(done.response)
    assert button_labels(done.response) == []
    assert (await guild.balance(maya), await guild.balance(oliver)) == (70, 30)

    await guild.deliver()
    assert len(guild.inbox(oliver)) == 1
    text = message_text(guild.last_dm(oliver))
    assert "Maya gave you 🪙 30." in text
    assert "Your balance is now 🪙 30" in text
    history = await maya.slash(guild.channel, "points history")
    assert "**−🪙 30** your gift to Oli\\*ver" in message_text(history.response)
    history = await oliver.slash(guild.channel, "points history")
    assert "**+🪙 30** a gift from Maya" in message_text(history.response)


async def test_dismissing_a_gift_transfers_nothing(guild: SimulatedGuild) -> None:
    maya = await guild.add_member("Maya", points=100)
    oliver = await guild.add_member("Oliver")
    card = await maya.slash(guild.channel, "points give", member=oliver, amount=30)
    answer = await maya.click(card.response, label="Cancel")
    assert "No points were given." in message_text(answer.response)
    assert await guild.balance(maya) == 100


async def test_impossible_gifts_are_refused_before_the_preview(guild: SimulatedGuild) -> None:
    maya = await guild.add_member("Maya", points=100)
    oliver = await guild.add_member("Oliver")
    robot = guild.handle.add_member(guild.env.create_user("Robot", bot=True))
    for member, amount, answer in (
        (oliver, 0, "The amount is 0. Choose 1 or more."),
        (oliver, -5, "The amount is below zero."),
        (oliver, 101, "You have 100 points, so you can't give 101. Give 100 or fewer."),
        (maya, 5, "You can't give points to yourself."),
        (robot, 5, "Bots don't have points."),
    ):
        refused = await maya.slash(guild.channel, "points give", member=member, amount=amount)
        assert refused.ephemeral
        assert answer in message_text(refused.response)
    assert await guild.balance(maya) == 100


async def test_points_spent_after_the_preview_prevent_a_gift(guild: SimulatedGuild) -> None:
    maya = await guild.add_member("Maya", points=100)
    oliver = await guild.add_member("Oliver")
    card = await maya.slash(guild.channel, "points give", member=oliver, amount=80)
    other = await maya.slash(guild.channel, "points give", member=oliver, amount=50)
    await maya.click(other.response, label="Give")
    refused = await maya.click(card.response, label="Give")
    assert "You have 50 points, so you can't give 80." in message_text(refused.followups[0])
    assert (await guild.balance(maya), await guild.balance(oliver)) == (50, 50)


async def test_a_gift_to_somebody_who_left_after_the_preview_is_refused(
    guild: SimulatedGuild,
) -> None:
    maya = await guild.add_member("Maya", points=100)
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    card = await maya.slash(guild.channel, "points give", member=oliver, amount=30)
    guild.handle.remove_member(oliver)
    refused = await maya.click(card.response, label="Give")
    assert "Oliver doesn't seem to be in this server, so no points were sent." in message_text(
        refused.followups[0]
    )
    assert (await guild.balance(maya), await guild.balance(oliver)) == (100, 0)


async def test_the_database_decides_about_recipients_if_discord_cannot_say(
    guild: SimulatedGuild,
) -> None:
    maya = await guild.add_member("Maya", points=100)
    oliver = await guild.add_member("Oliver", zone="Europe/London")
    noor = await guild.add_member("Noor")
    cards = [
        await maya.slash(guild.channel, "points give", member=person, amount=30)
        for person in (oliver, noor)
    ]
    guild.env.inject_error("GET", "/guilds/*/members/*", status=403, code=50013, times=2)
    given = await maya.click(cards[0].response, label="Give")
    assert "You have 🪙 70 left" in message_text(given.response)
    # Noor has never used the bot, so it can't be sure that she is there.
    refused = await maya.click(cards[1].response, label="Give")
    assert "Noor doesn't seem to be in this server" in message_text(refused.followups[0])
    assert (await guild.balance(maya), await guild.balance(oliver)) == (70, 30)


async def test_a_gift_of_points_is_made_once_when_its_button_is_pressed_twice(
    guild: SimulatedGuild,
) -> None:
    maya = await guild.add_member("Maya", points=100)
    oliver = await guild.add_member("Oliver")
    card = await maya.slash(guild.channel, "points give", member=oliver, amount=30)
    press = button_press(maya, card.response, "Give")
    for answer in await send_concurrently(guild, [press, press]):
        assert "You have 🪙 70 left" in message_text(answer.response)
    assert (await guild.balance(maya), await guild.balance(oliver)) == (70, 30)


async def test_grants_and_deductions_are_notified_and_logged(
    guild: SimulatedGuild,
) -> None:
    journal = guild.handle.create_text_channel("mod-log")
    chief = Actor(user_id=1, name="chief", guild_id=guild.id, manages_guild=True)
    await guild.db.run(setup.configure, chief, log_channel_id=journal.id)
    priya = await guild.add_moderator("Priya")
    maya = await guild.add_member("Maya")

    answer = await priya.slash(
        guild.channel, "moderation grant", member=maya, amount=1_200, reason="For *the* talk."
    )
    assert answer.ephemeral
    assert "Grant 🪙 1,200?" in message_text(answer.response)
    answer = await priya.click(answer.response, label="Confirm")
    assert f"<@{maya.id}> got 🪙 1,200" in message_text(answer.response)
    assert "Their balance is now 🪙 1,200" in message_text(answer.response)
    await guild.deliver()
    text = message_text(guild.last_dm(maya))
    assert "The moderators gave you 🪙 1,200." in text
    assert "> For \\*the\\* talk." in text
    assert f"<@{priya.id}> **gave points to** <@{maya.id}>" in message_text(journal.last_message)
    assert "(1,200 points): For \\*the\\* talk." in message_text(journal.last_message)

    answer = await priya.slash(
        guild.channel, "moderation deduct", member=maya, amount=200, reason="Counted twice."
    )
    assert f"<@{maya.id}> lost 🪙 200" in message_text(answer.response)
    await guild.deliver()
    text = message_text(guild.last_dm(maya))
    assert "The moderators took 🪙 200 from your account." in text
    assert "> Counted twice." in text
    assert "Your balance is now 🪙 1,000" in text
    assert "**took points from**" in message_text(journal.last_message)
    history = await maya.slash(guild.channel, "points history")
    assert "deducted by the moderators: Counted twice." in message_text(history.response)
    log = await priya.slash(guild.channel, "moderation audit", action="points_granted")
    assert "1,200 points" in message_text(log.response)


@pytest.mark.parametrize("command", ["moderation grant", "moderation deduct"])
async def test_invalid_adjustments_transfer_nothing(guild: SimulatedGuild, command: str) -> None:
    priya = await guild.add_moderator("Priya")
    maya = await guild.add_member("Maya", points=10)
    robot = guild.handle.add_member(guild.env.create_user("Robot", bot=True))
    for member, amount, reason, answer in (
        (maya, 0, "help", "The amount is 0. Choose 1 or more."),
        (maya, -5, "help", "The amount is below zero. Choose 1 or more. To "),
        (maya, 5, " ", "Give a reason."),
        (robot, 5, "help", "Bots don't have points."),
    ):
        refused = await priya.slash(
            guild.channel, command, member=member, amount=amount, reason=reason
        )
        assert answer in message_text(refused.response)
    mallory = await guild.add_member("Mallory")
    refused = await mallory.slash(guild.channel, command, member=maya, amount=5, reason="help")
    assert "Only this server's moderators can do that" in message_text(refused.response)
    assert await guild.balance(maya) == 10
    await guild.deliver()
    assert guild.inbox(maya) == []


async def test_points_of_somebody_who_left_can_be_deducted_but_not_added_to(
    guild: SimulatedGuild,
) -> None:
    priya = await guild.add_moderator("Priya")
    maya = await guild.add_member("Maya", points=50)
    guild.handle.remove_member(maya)
    for giver, command in ((priya, "moderation grant"), (priya, "points give")):
        reason = {"reason": "help"} if command == "moderation grant" else {}
        refused = await giver.slash(guild.channel, command, member=maya.user, amount=5, **reason)
        assert "Maya doesn't seem to be in this server" in message_text(refused.response)
    answer = await priya.slash(
        guild.channel, "moderation deduct", member=maya.user, amount=20, reason="Spam."
    )
    assert f"<@{maya.id}> lost 🪙 20" in message_text(answer.response)
    assert await guild.balance(maya) == 30


async def test_a_deduction_above_the_balance_shows_the_balance(guild: SimulatedGuild) -> None:
    priya = await guild.add_moderator("Priya")
    maya = await guild.add_member("Maya", points=10)
    refused = await priya.slash(
        guild.channel, "moderation deduct", member=maya, amount=11, reason="help"
    )
    assert "Maya has 10 points, so you can't deduct 11. Deduct 10 or fewer." in message_text(
        refused.response
    )


async def test_points_history_is_paged(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="Europe/London", points=1_000)
    start = guild.now.replace(hour=15)
    await book_and_confirm(guild, maya, oliver, start)
    await guild.advance_to(start + timedelta(hours=1), step=timedelta(minutes=30))
    await maya.user.click(guild.last_dm(maya), label="We met")
    for day in (4, 5, 6, 10):
        await book(guild, maya, oliver, guild.now.replace(day=day, hour=15, minute=0))
        await oliver.user.click(guild.last_dm(oliver), label="Decline")
        form = await oliver.user.click(guild.last_dm(oliver), label="Decline")
        await oliver.user.submit_modal(form, {"reason": ""})
    await book(guild, maya, oliver, guild.now.replace(day=11, hour=15, minute=0))

    result = await maya.slash(guild.channel, "points balance")
    assert "You have **🪙 880** points. Another 🪙 60 is on hold" in message_text(result.response)
    first = await maya.slash(guild.channel, "points history")
    lines = message_text(first.response).splitlines()
    assert lines[1].startswith("**−🪙 60** on hold for your session with Oliver on <t:")
    assert lines[2].endswith("🪙 880 afterwards")
    assert lines[3].startswith("**+🪙 60** refunded for your session with Oliver")
    assert button_labels(first.response) == ["Older"]
    await guild.restart_bot()
    last = await maya.click(first.response, label="Older")
    assert "granted by the moderators" in message_text(last.response)
    assert "🪙 1,000 afterwards" in message_text(last.response)
    assert "**−🪙 60** paid to Oliver for your session on <t:" in message_text(last.response)
    assert button_labels(last.response) == ["Newer"]
    again = await maya.click(last.response, label="Newer")
    assert message_text(again.response) == message_text(first.response)
    earned = await oliver.slash(guild.channel, "points history")
    assert "**+🪙 60** earned from your session with Maya" in message_text(earned.response)


async def test_points_history_says_what_became_of_points_on_hold(guild: SimulatedGuild) -> None:
    await guild.configure(late_refund_percent=50)
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="Europe/London", points=200)
    today = guild.now.replace(hour=15)
    later = today + timedelta(days=3)
    lines = []
    for start in (today, later):
        await book_and_confirm(guild, maya, oliver, start)
        if start == today:
            # Past the free cancellation, and past the grace period after the confirmation.
            await guild.advance_to(guild.now + timedelta(minutes=16))
        history = await maya.slash(guild.channel, "points history")
        lines.append(message_text(history.response).splitlines()[1])
        sure = await maya.user.click(guild.last_dm(maya), label="Cancel session")
        await maya.user.click(sure.response, label="Cancel session")
    history = await maya.slash(guild.channel, "points history")
    lines += message_text(history.response).splitlines()[3:8:4]
    dates = [f"your session with Oliver on <t:{int(day.timestamp())}:F>" for day in (today, later)]
    assert lines == [
        f"**−🪙 60** on hold for {dates[0]}",
        f"**−🪙 60** on hold for {dates[1]}",
        f"**−🪙 60** held for {dates[1]}, and refunded",
        f"**−🪙 60** held for {dates[0]}: 🪙 30 refunded to you · 🪙 30 paid to Oliver",
    ]


async def test_an_empty_points_history_explains_points(guild: SimulatedGuild) -> None:
    noor = await guild.add_member("Noor")
    result = await noor.slash(guild.channel, "points history")
    assert "No changes yet. Earn points by mentoring" in message_text(result.response)
