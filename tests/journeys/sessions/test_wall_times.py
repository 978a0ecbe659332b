"""New rules of a time zone: what both read about a session that hasn't moved."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import update

from mentorbot.jobs.schedule import compare_wall_times
from mentorship.sessions.groups import creation, seats
from mentorship.sessions.groups.creation import GroupRequest
from mentorship.sessions.groups.seats import JoinRequest
from storage import Transaction
from storage.tables import GroupSession, Participant
from tests.journeys.support.helpers import actor_of
from tests.journeys.support.scenarios import approved_mentor, book_and_confirm
from tests.journeys.support.simulated_guild import SimulatedGuild, button_labels, message_text


async def keep_older_offset(guild: SimulatedGuild, zone: str, shift: timedelta) -> None:
    """Change what was kept for a zone, as if its rules had been others at the booking."""

    async def change(tx: Transaction) -> None:
        minutes = int(shift.total_seconds() // 60)
        for table in (Participant, GroupSession):
            older: Any = table.utc_offset - minutes
            values = {"utc_offset": older}
            is_there = table.timezone == zone
            await tx.connection.execute(update(table).where(is_there).values(values))

    await guild.db.run(change)


async def test_both_read_the_new_time_on_the_clock_that_changed(guild: SimulatedGuild) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    maya = await guild.add_member("Maya", zone="Asia/Kolkata", points=500)
    start = guild.now.replace(hour=15, minute=0) + timedelta(days=2)
    await book_and_confirm(guild, maya, oliver, start)
    await guild.deliver()
    await keep_older_offset(guild, "Asia/Kolkata", timedelta(hours=-1))
    await guild.restart_bot()
    await compare_wall_times(guild.db, "2099a")
    await guild.deliver()
    own = message_text(guild.last_dm(maya))
    assert "your time, not" in own
    # 15:00 UTC is 20:30 in Kolkata, and was 21:30 by the rules of the booking.
    for person in (maya, oliver):
        text = message_text(guild.last_dm(person))
        assert "8:30" in text or "20:30" in text
        assert "9:30" in text or "21:30" in text
        assert "Kolkata" in text
        assert f"<t:{int(start.timestamp())}:F>" in text
        buttons = button_labels(guild.last_dm(person))
        assert buttons[:2] == ["Suggest another time", "Cancel session"]
    assert "For Maya, your session on" in message_text(guild.last_dm(oliver))
    before = len(guild.inbox(maya))
    await compare_wall_times(guild.db, "2099a")
    await guild.deliver()
    assert len(guild.inbox(maya)) == before


async def test_the_mentor_of_a_group_session_reads_the_new_time_once(
    guild: SimulatedGuild,
) -> None:
    oliver = await approved_mentor(guild, "Oliver")
    start = guild.now.replace(hour=15, minute=0) + timedelta(days=2)
    request = GroupRequest("Office hours", start, 60, capacity=0, price=0)
    group = await guild.db.run(creation.create, actor_of(guild, oliver), request)
    people = [await guild.add_member(name, zone="Asia/Tokyo") for name in ("Maya", "Sam")]
    for person in people:
        await guild.db.run(seats.join, actor_of(guild, person), JoinRequest(group.id))
    await guild.deliver()
    before = len(guild.inbox(oliver))
    await keep_older_offset(guild, group.timezone, timedelta(hours=1))
    await compare_wall_times(guild.db, "2099a")
    await guild.deliver()
    assert len(guild.inbox(oliver)) == before + 1
    own = message_text(guild.last_dm(oliver))
    assert own.startswith("“Office hours” on ")
    assert "your time, not" in own
    for person in people:
        assert message_text(guild.last_dm(person)).startswith("For Oliver, “Office hours” on ")
