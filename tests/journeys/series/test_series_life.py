"""A series after it was booked: answers, expiry, cancelling what remains, one session's card."""

from __future__ import annotations

from datetime import timedelta

from bot.formatting import discord_timestamp
from tests.journeys.series.test_booking_series import about_series, buttons, plan
from tests.journeys.support.helpers import at, choose_option
from tests.journeys.support.scenarios import approved_mentor
from tests.journeys.support.simulated_guild import (
    SimulatedGuild,
    card_titles,
    message_text,
)

WEEK = timedelta(weeks=1)


async def booked_series(guild: SimulatedGuild, repeat: str = "Every week, 3 times"):
    """Return Maya and Oliver, who has the request for a series in his direct messages."""
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="Europe/London", points=1_000)
    card = await plan(guild, maya, oliver, at(guild, 15, day=4), repeat)
    await maya.click(card, label=buttons(card)[0])
    await guild.deliver()
    return maya, oliver


async def test_a_mentor_declines_a_series_with_a_reason(guild: SimulatedGuild) -> None:
    maya, oliver = await booked_series(guild)
    form = await oliver.user.click(guild.last_dm(oliver), label="Decline all 3")
    answer = await oliver.user.submit_modal(form, {"reason": "Too much this month"})
    assert "You declined this request." in message_text(answer.response)
    await guild.deliver()
    text = message_text(guild.last_dm(maya))
    assert "Oliver declined your 3 sessions." in text
    assert "You're refunded in full: 🪙 180." in text
    assert "> Too much this month" in text
    assert await guild.balance(maya) == 1_000


async def test_a_mentor_answers_one_session_alone_and_the_others_together(
    guild: SimulatedGuild,
) -> None:
    maya, oliver = await booked_series(guild)
    request = guild.last_dm(oliver)
    single = await choose_option(oliver.user, request, "2. Wed 11 Mar, 15:00 GMT")
    assert "Series: 2 of 3, weekly" in message_text(single.response)
    form = await oliver.user.click(single.response, label="Decline")
    await oliver.user.submit_modal(form, {"reason": ""})
    # The request as it was shown can't be confirmed any more: what is left is shown instead.
    stale = await oliver.user.click(request, label="Confirm all 3")
    assert "Nothing has happened yet." in message_text(stale.followups[0])
    assert "2 of 3 sessions are waiting for your answer." in message_text(stale.response)
    await guild.deliver()
    request = about_series(guild, oliver)[0]
    assert "2 of 3 sessions are waiting for your answer." in message_text(request)
    await oliver.user.click(request, label="Confirm all 2")
    await guild.deliver()
    texts = [message_text(message) for message in guild.inbox(maya)]
    assert "Oliver declined your session request." in texts[0]
    assert "Oliver confirmed your 2 sessions." in texts[1]
    assert len(texts) == 2


async def test_a_suggested_time_is_for_one_session_of_a_series(guild: SimulatedGuild) -> None:
    _, oliver = await booked_series(guild)
    single = await choose_option(oliver.user, guild.last_dm(oliver), "1. Wed 4 Mar, 15:00 GMT")
    days = await oliver.user.click(single.response, label="Suggest another time")
    form = await oliver.user.click(days.response, label="Enter a time")
    card = await oliver.user.submit_modal(form, {"time": "4 March 20:10"})
    assert "The other sessions of the series keep their times." in message_text(card.response)


async def test_an_unanswered_series_expires_with_one_message_each(guild: SimulatedGuild) -> None:
    maya, oliver = await booked_series(guild)
    await guild.advance_to(at(guild, 14, day=4))
    (message,) = guild.inbox(maya)
    text = message_text(message)
    assert "Oliver didn't answer in time, so your request for 3 sessions expired." in text
    assert "You're refunded in full: 🪙 180." in text
    assert len(about_series(guild, oliver)) == 2
    text = message_text(guild.last_dm(oliver))
    assert "A request for 3 sessions expired because you didn't answer Maya." in text
    assert "This request has expired." in message_text(about_series(guild, oliver)[0])
    assert await guild.balance(maya) == 1_000


async def test_a_mentee_cancels_all_that_remain(guild: SimulatedGuild) -> None:
    maya, oliver = await booked_series(guild)
    await oliver.user.click(guild.last_dm(oliver), label="Confirm all 3")
    await guild.advance_to(at(guild, 16, day=4) + timedelta(minutes=5))
    await maya.user.click(guild.last_dm(maya), label="We met")
    listed = (await maya.slash(guild.channel, "sessions")).response
    assert "2 of 3, weekly" in message_text(listed)
    series = guild.inbox(maya)[0]
    preview = (await maya.user.click(series, label="Cancel all that remain")).response
    assert card_titles(preview) == ["Cancel 2 sessions with Oliver?"]
    text = message_text(preview)
    assert "You're refunded in full: 🪙 120." in text
    assert discord_timestamp(at(guild, 15, day=11)) in text
    assert discord_timestamp(at(guild, 15, day=4)) not in text
    assert buttons(preview) == ["Cancel 2 sessions", "Cancel with a reason", "Keep sessions"]
    kept = (await maya.user.click(preview, label="Keep sessions")).response
    assert "2 of 3 sessions are still to come." in message_text(kept)
    preview = (await maya.user.click(kept, label="Cancel all that remain")).response
    form = await maya.user.click(preview, label="Cancel with a reason")
    answer = await maya.user.submit_modal(form, {"reason": "New job"})
    text = message_text(answer.response)
    assert "You're refunded in full: 🪙 120. I'll let Oliver know." in text
    await guild.deliver()
    text = message_text(guild.last_dm(oliver))
    assert "Maya cancelled your 2 sessions." in text
    assert "> New job" in text
    assert "Others can book those times again." in text


async def test_a_mentor_cancels_all_that_remain_from_a_sessions_card(
    guild: SimulatedGuild,
) -> None:
    maya, oliver = await booked_series(guild)
    await oliver.user.click(guild.last_dm(oliver), label="Confirm all 3")
    single = await choose_option(oliver.user, guild.last_dm(oliver), "1. Wed 4 Mar, 15:00 GMT")
    labels = buttons(single.response)
    assert {"View series", "Cancel all that remain", "Cancel session"} <= set(labels)
    preview = (await oliver.user.click(single.response, label="Cancel all that remain")).response
    assert "Maya is refunded in full: 🪙 180." in message_text(preview)
    answer = (await oliver.user.click(preview, label="Cancel 3 sessions")).response
    assert "You cancelled this series." in message_text(answer)
    await guild.deliver()
    text = message_text(guild.last_dm(maya))
    assert "Oliver cancelled your 3 sessions." in text
    assert "You're refunded in full: 🪙 180." in text
    assert await guild.balance(maya) == 1_000


async def test_a_cancellation_is_shown_again_when_a_session_changed(
    guild: SimulatedGuild,
) -> None:
    maya, oliver = await booked_series(guild)
    await oliver.user.click(guild.last_dm(oliver), label="Confirm all 3")
    await guild.deliver()
    preview = await maya.user.click(guild.last_dm(maya), label="Cancel all that remain")
    single = await choose_option(oliver.user, guild.last_dm(oliver), "3. Wed 18 Mar, 15:00 GMT")
    confirm = await oliver.user.click(single.response, label="Cancel session")
    await oliver.user.click(confirm.response, label="Cancel session")
    answer = await maya.user.click(preview.response, label="Cancel 3 sessions")
    text = message_text(answer.response)
    assert "Nothing has happened yet." in text
    assert card_titles(answer.response) == ["Cancel 2 sessions with Oliver?"]
