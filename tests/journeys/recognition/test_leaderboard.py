"""`/leaderboard`: off by default, who is on it, and hiding from it."""

from __future__ import annotations

from datetime import timedelta

import simcord

from tests.journeys.support.scenarios import approved_mentor, book_and_confirm
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text
from tests.mentorship.insights.recount import keep_figures


async def mentored(guild: SimulatedGuild) -> tuple[simcord.MemberActor, simcord.MemberActor]:
    """Return a mentor and the mentee with whom they have just had an hour."""
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="Europe/London", points=500)
    start = guild.now.replace(hour=15)
    await book_and_confirm(guild, maya, oliver, start)
    await guild.advance_to(start + timedelta(hours=1), step=timedelta(minutes=30))
    await maya.user.click(guild.last_dm(maya), label="We met")
    await keep_figures(guild.bot.db)
    return oliver, maya


async def test_the_leaderboard_is_off_by_default(guild: SimulatedGuild) -> None:
    maya = await guild.add_member("Maya", zone="Europe/London")
    answer = await maya.slash(guild.channel, "leaderboard")
    assert "This server has no leaderboard." in message_text(answer.response)


async def test_members_see_who_helps_most(guild: SimulatedGuild) -> None:
    await guild.configure(leaderboard=True)
    _, maya = await mentored(guild)
    answer = await maya.slash(guild.channel, "leaderboard")
    assert answer.ephemeral
    text = message_text(answer.response)
    assert "Most hours mentored · This month" in text
    assert "🥇 Oliver · 1 hour" in text
    assert "Hide me" not in button_labels(answer.response)

    await guild.restart_bot()
    members = await maya.click(answer.response, label="Members helped")
    assert "🥇 Oliver · 1 member" in message_text(members.response)
    all_time = await maya.click(members.response, label="All time")
    assert "Most members helped · All time" in message_text(all_time.response)
    answer = await maya.slash(guild.channel, "leaderboard", period="quarter", measure="thanks")
    assert "Nobody is on the leaderboard" in message_text(answer.response)


async def test_a_mentor_hides_and_returns(guild: SimulatedGuild) -> None:
    await guild.configure(leaderboard=True)
    oliver, maya = await mentored(guild)
    shown = await oliver.slash(guild.channel, "leaderboard")
    assert "🥇 **Oliver** · 1 hour" in message_text(shown.response)
    hidden = await oliver.click(shown.response, label="Hide me")
    assert "You're hidden." in message_text(hidden.response)
    answer = await maya.slash(guild.channel, "leaderboard")
    assert "Oliver" not in message_text(answer.response)
    again = await oliver.click(hidden.response, label="Show me")
    assert "🥇 **Oliver** · 1 hour" in message_text(again.response)


async def test_a_board_that_was_turned_off_says_so_at_the_next_press(
    guild: SimulatedGuild,
) -> None:
    await guild.configure(leaderboard=True)
    _, maya = await mentored(guild)
    answer = await maya.slash(guild.channel, "leaderboard")
    await guild.configure(leaderboard=False)
    pressed = await maya.click(answer.response, label="Thanks")
    assert "This server has no leaderboard." in message_text(pressed.response)
