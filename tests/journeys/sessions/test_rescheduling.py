"""Proposals that cross, change or come late, as both participants see them in Discord."""

from __future__ import annotations

from datetime import datetime, timedelta

import discord
import pytest
import simcord
from discord import ui

from mentorship.administration import moderation
from mentorship.sessions import rescheduling, session_views
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from tests.journeys.sessions.test_session_life import THURSDAY, chooses
from tests.journeys.support.helpers import actor_of
from tests.journeys.support.scenarios import approved_mentor, book, book_and_confirm
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text

FRIDAY, SATURDAY = (THURSDAY + timedelta(days=days) for days in (1, 2))


@pytest.fixture
async def oliver(guild: SimulatedGuild) -> simcord.MemberActor:
    return await approved_mentor(guild, "Oliver")


@pytest.fixture
async def maya(guild: SimulatedGuild) -> simcord.MemberActor:
    return await guild.add_member("Maya", zone="America/New_York", points=100)


async def the_session(guild: SimulatedGuild) -> SessionView:
    """Return the only session."""
    return await guild.db.read(session_views.load, 1)


async def propose(guild: SimulatedGuild, person: simcord.MemberActor, start: datetime) -> None:
    await guild.db.run(rescheduling.propose, actor_of(guild, person), 1, start)
    await guild.deliver()


async def send_old_buttons(
    guild: SimulatedGuild, person: simcord.MemberActor, *custom_ids: str
) -> discord.Message:
    """Send the person a message as an older version of the bot did."""
    view = ui.View(timeout=None)
    for custom_id in custom_ids:
        view.add_item(ui.Button(label=custom_id, custom_id=custom_id))
    user = await guild.bot.fetch_user(person.id)
    return await user.send("An old message", view=view)


@pytest.mark.parametrize("label", ["Accept new time", "Keep current time"])
async def test_a_replaced_proposal_is_shown_again(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor, label: str
) -> None:
    await book_and_confirm(guild, maya, oliver, THURSDAY)
    await propose(guild, maya, FRIDAY)
    first = guild.last_dm(oliver)
    guild.refuse_edits()
    await propose(guild, maya, SATURDAY)
    assert "Sat 7 Mar" in message_text(guild.last_dm(oliver)), "the new one is notified, too"
    await guild.restart_bot()
    shown = await oliver.user.click(first, label=label)
    (why,) = shown.followups
    assert "The time has changed" in message_text(why)
    assert "Sat 7 Mar" in message_text(shown.response)
    assert "Fri 6 Mar" not in message_text(shown.response)
    unchanged = await the_session(guild)
    assert (unchanged.starts_at, unchanged.times.proposed_starts_at) == (THURSDAY, SATURDAY)
    await oliver.user.click(shown.response, label=label)
    answered = await the_session(guild)
    expected = SATURDAY if label == "Accept new time" else THURSDAY
    assert (answered.starts_at, answered.proposal) == (expected, None)


@pytest.mark.parametrize("label", ["Confirm", "Decline"])
async def test_a_request_whose_mentee_has_suggested_another_time_is_shown_again(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor, label: str
) -> None:
    await book(guild, maya, oliver, THURSDAY)
    request = guild.last_dm(oliver)
    guild.refuse_edits()
    await propose(guild, maya, FRIDAY)
    shown = await oliver.user.click(request, label=label)
    assert "The time has changed" in message_text(shown.followups[0])
    assert "Fri 6 Mar" in message_text(shown.response)
    assert (await the_session(guild)).status is SessionStatus.SCHEDULED
    await oliver.user.click(shown.response, label="Confirm current time")
    confirmed = await the_session(guild)
    assert (confirmed.status, confirmed.starts_at) == (SessionStatus.CONFIRMED, THURSDAY)


@pytest.mark.parametrize("key", ["accept", "keep"])
async def test_buttons_of_an_older_version_show_the_proposal_and_ask_again(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor, key: str
) -> None:
    await book_and_confirm(guild, maya, oliver, THURSDAY)
    await propose(guild, maya, FRIDAY)
    old = await send_old_buttons(guild, oliver, f"session:1:{key}")
    shown = await oliver.user.click(old, label=f"session:1:{key}")
    assert "othing has happened yet" in message_text(shown.followups[0])
    assert "Fri 6 Mar" in message_text(shown.response)
    assert (await the_session(guild)).times.proposed_starts_at == FRIDAY
    assert "Accept new time" in button_labels(shown.response)


async def test_request_and_proposal_buttons_of_an_older_version_act_on_nothing(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await book(guild, maya, oliver, THURSDAY)
    before = await the_session(guild)
    friday = f"move:ask:1:{int(FRIDAY.timestamp())}"
    old = await send_old_buttons(guild, oliver, "session:1:confirm", "session:1:decline", friday)
    for label in ("session:1:confirm", "session:1:decline"):
        shown = await oliver.user.click(await send_old_buttons(guild, oliver, label), label=label)
        assert {"Confirm", "Decline"} <= set(button_labels(shown.response))
    card = await oliver.user.click(old, label=friday)
    assert "Suggest this time to Maya?" in message_text(card.response)
    assert await the_session(guild) == before


# --- one proposal at a time ---


async def test_the_second_to_propose_is_told_of_the_first(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await book_and_confirm(guild, maya, oliver, THURSDAY)
    confirmation = guild.last_dm(maya)
    guild.refuse_edits()
    await propose(guild, oliver, FRIDAY)
    days = await maya.user.click(confirmation, label="Suggest another time")
    friday = f"<t:{int(FRIDAY.timestamp())}:F>"
    assert f"Oliver suggested: {friday}" in message_text(days.response)
    assert {"Accept new time", "Keep current time"} <= set(button_labels(days.response))
    times = await chooses(maya.user, days, "Sat 7 Mar")
    card = await chooses(maya.user, times, "05:00")
    assert f"{friday}" in message_text(card.response)
    assert "Suggesting another time declines it" in message_text(card.response)
    await maya.user.click(card.response, label="Decline and suggest this time")
    await guild.deliver()
    assert "Maya can't make the time you suggested, and suggests another." in message_text(
        guild.last_dm(oliver)
    )
    session = await the_session(guild)
    assert session.times.proposed_starts_at == SATURDAY


async def test_a_proposal_that_crosses_another_is_not_sent(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await book_and_confirm(guild, maya, oliver, THURSDAY)
    days = await maya.user.click(guild.last_dm(maya), label="Suggest another time")
    times = await chooses(maya.user, days, "Sat 7 Mar")
    card = await chooses(maya.user, times, "05:00")
    await propose(guild, oliver, FRIDAY)
    shown = await maya.user.click(card.response, label="Suggest this time")
    assert "already suggested another time" in message_text(shown.followups[0])
    assert "Oliver suggested another time." in message_text(shown.response)
    session = await the_session(guild)
    assert session.proposal is not None
    assert (session.proposal.by, session.proposal.starts_at) == (oliver.id, FRIDAY)
    await maya.user.click(shown.response, label="Accept new time")
    assert (await the_session(guild)).starts_at == FRIDAY


# --- the mentor's own time ---


async def test_a_mentor_types_a_time_outside_their_hours(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await book_and_confirm(guild, maya, oliver, THURSDAY)
    shown = await maya.slash(guild.channel, "reschedule", session="1")
    assert "Enter a time" not in button_labels(shown.response), "mentees choose open slots"
    typed = await oliver.slash(guild.channel, "reschedule", session="1", when="tomorrow 20:10")
    assert "Suggest this time to Maya?" in message_text(typed.response)
    days = await oliver.slash(guild.channel, "reschedule", session="1")
    form = await oliver.click(days.response, label="Enter a time")
    misread = await oliver.submit_modal(form, {"time": "whenever"})
    assert "whenever" in message_text(misread.response)
    form = await oliver.click(days.response, label="Enter a time")
    assert form.modal["components"][0]["component"]["value"] == "whenever", "nothing is lost"
    card = await oliver.submit_modal(form, {"time": "today 20:10"})
    tonight = guild.now.replace(hour=20, minute=10)
    assert f"<t:{int(tonight.timestamp())}:F>" in message_text(card.response)
    await oliver.click(card.response, label="Suggest this time")
    await guild.deliver()
    await maya.user.click(guild.last_dm(maya), label="Accept new time")
    assert (await the_session(guild)).starts_at == tonight


# --- a mentor who is suspended ---


async def test_a_suspended_mentor_can_only_decline_an_old_request(
    guild: SimulatedGuild, oliver: simcord.MemberActor, maya: simcord.MemberActor
) -> None:
    await book(guild, maya, oliver, THURSDAY)
    request = guild.last_dm(oliver)
    await guild.db.run(
        moderation.suspend, guild.manager, oliver.id, "A complaint.", cancel_sessions=False
    )
    shown = await oliver.user.click(request, label="Confirm")
    assert "isn't taking new sessions right now" in message_text(shown.followups[0])
    assert "Your mentor profile is suspended" in message_text(shown.response)
    assert "Confirm" not in button_labels(shown.response)
    assert (await the_session(guild)).status is SessionStatus.SCHEDULED
    form = await oliver.user.click(shown.response, label="Decline")
    await oliver.user.submit_modal(form, {"reason": ""})
    assert (await the_session(guild)).status is SessionStatus.DECLINED
    assert await guild.balance(maya) == 100
