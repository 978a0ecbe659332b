"""What a mentor with quiet hours hears during the night, in direct messages."""

from __future__ import annotations

from datetime import timedelta

import pytest
import simcord

from mentorship.notifications import preferences
from mentorship.sessions import session_views, transitions
from mentorship.time.quiet_hours import QuietHours
from tests.journeys.support.helpers import actor_of, at
from tests.journeys.support.scenarios import approved_mentor, book
from tests.journeys.support.simulated_guild import SimulatedGuild, message_text


@pytest.fixture
async def oliver(guild: SimulatedGuild) -> simcord.MemberActor:
    """A mentor in London with quiet hours from 22:00 to 7:00; it is 22:30."""
    oliver = await approved_mentor(guild, "Oliver", hours="daily 0-24")
    night = QuietHours(22 * 60, 7 * 60)
    await guild.db.run(preferences.set_quiet_hours, actor_of(guild, oliver), night)
    await guild.advance_to(at(guild, 22) + timedelta(minutes=30))
    return oliver


async def test_a_request_for_the_early_morning_arrives_at_night(
    guild: SimulatedGuild, oliver: simcord.MemberActor
) -> None:
    """It would have expired when the mentor wakes up."""
    maya = await guild.add_member("Maya", zone="America/New_York", points=500)
    await book(guild, maya, oliver, at(guild, 8, day=3))
    assert "Maya would like a session with you" in message_text(guild.last_dm(oliver))


async def test_a_request_withdrawn_at_night_never_arrives(
    guild: SimulatedGuild, oliver: simcord.MemberActor
) -> None:
    maya = await guild.add_member("Maya", zone="America/New_York", points=500)
    before = guild.inbox(oliver)
    for _ in range(3):
        await book(guild, maya, oliver, at(guild, 12, day=5))
        (session,) = await guild.db.read(session_views.list_upcoming, actor_of(guild, maya))
        await guild.db.run(transitions.cancel, actor_of(guild, maya), session.id)
        await guild.deliver()
    await guild.advance_to(at(guild, 8, day=3))
    assert [message.id for message in guild.inbox(oliver)] == [each.id for each in before]
