"""A moderator suspends a mentor who has group sessions."""

from __future__ import annotations

from tests.journeys.groups.support import GroupSession
from tests.journeys.support.simulated_guild import SimulatedGuild, message_text


async def test_suspending_asks_before_it_cancels_a_session_nobody_joined(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    priya = await guild.add_moderator("Priya")
    answer = await priya.slash(
        guild.channel,
        "moderation suspend",
        mentor=str(group.mentor.id),
        reason="Broke the rules",
        sessions="cancel",
    )
    text = message_text(answer.response).replace("**", "")
    assert "This cancels 1 group session that nobody has joined yet. Everyone is notified." in text
    assert (await group.view()).status.value == "confirmed"
    answer = await priya.click(answer.response, label="Suspend and cancel 1 group session")
    assert "Their group sessions were cancelled." in message_text(answer.response)
    assert (await group.view()).status.value == "cancelled"
    await group.announce()
    assert "cancelled" in message_text(group.announcement).lower()


async def test_suspending_counts_seats_and_refunds_them(
    guild: SimulatedGuild, group: GroupSession
) -> None:
    priya = await guild.add_moderator("Priya")
    maya = await guild.add_member("Maya", points=100)
    await group.join(maya)
    answer = await priya.slash(
        guild.channel,
        "moderation suspend",
        mentor=str(group.mentor.id),
        reason="Broke the rules",
        sessions="cancel",
    )
    text = message_text(answer.response).replace("**", "")
    assert "This cancels 1 session. 🪙 30 is refunded to 1 person." in text
    assert "That counts each seat in 1 group session." in text
    before = len(guild.inbox(group.mentor))
    answer = await priya.click(answer.response, label="Suspend and cancel 1 session")
    assert "1 session was cancelled and refunded." in message_text(answer.response)
    await guild.deliver()
    text = message_text(guild.last_dm(maya))
    assert text.startswith("The moderators cancelled “Office hours”.")
    assert "You're refunded in full: 🪙 30." in text
    assert await guild.balance(maya) == 100
    told = [message_text(each) for each in guild.inbox(group.mentor)[before:]]
    assert any("suspended" in text for text in told)
    suspended = next(text for text in told if "is suspended\n" in text)
    assert "1 group session was cancelled." in suspended
    assert "upcoming session" not in suspended, "seats aren't sessions of their own"
    (cancelled,) = [text for text in told if "“Office hours”" in text]
    assert cancelled.startswith(
        "“Office hours” was cancelled, since your mentor profile is suspended."
    )
    assert "Reason" not in cancelled
