"""A row that a newer version wrote, or a manual change broke, breaks no page and no job."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from bot.guilds.meeting_rooms import update_meeting_rooms
from bot.guilds.membership import detect_departures
from bot.guilds.roll_call import check_everyone
from mentorship import faults
from mentorship.event_types import EventType
from storage import Transaction
from storage.tables import Event, MeetingPlace
from tests.journeys.sessions.test_meeting_rooms import enable_rooms, rooms
from tests.journeys.support.scenarios import approved_mentor, book_and_confirm
from tests.journeys.support.simulated_guild import SimulatedGuild, message_text


async def test_the_audit_log_shows_the_other_entries(guild: SimulatedGuild) -> None:
    priya = await guild.add_moderator("Priya")
    await approved_mentor(guild, "Oliver")

    async def add(tx: Transaction) -> None:
        await tx.connection.execute(
            insert(Event).values(
                guild_id=guild.id,
                type=EventType.SETTING_CHANGED,
                occurred_at=tx.now,
                audited=True,
                facts={"setting": "colour_of_the_moon", "before": 1, "after": 2},
            )
        )

    await guild.db.run(add)
    log = message_text((await priya.slash(guild.channel, "moderation audit")).response)
    assert "an entry that can't be shown" in log
    assert "approved the application of" in log
    assert [kind for kind, _ in guild.db.unreadable] == ["event_view"]


@pytest.mark.parametrize(
    ("allowed", "error"), [("ON", "KeyError"), ("OFF", "IntegrityError")], ids=["opened", "claimed"]
)
async def test_other_rooms_open_if_one_fails(
    guild: SimulatedGuild, allowed: str, error: str
) -> None:
    """Neither when Discord is asked to create it, nor already when it is claimed."""
    if guild.db.url.startswith("postgresql"):
        pytest.skip("PostgreSQL refuses an unknown kind")
    await enable_rooms(guild, "thread")
    starts = guild.now.replace(hour=15)
    mentors = [await approved_mentor(guild, name) for name in ("Oliver", "Ines")]
    mentees = [
        await guild.add_member(name, zone="Europe/London", points=500) for name in ("Maya", "Noor")
    ]
    for mentor, mentee in zip(mentors, mentees, strict=True):
        await book_and_confirm(guild, mentee, mentor, starts)

    async def claim_as_a_newer_version(tx: Transaction) -> None:
        await tx.connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        await tx.connection.execute(
            insert(MeetingPlace).values(
                session_id=1, kind="hologram", name="Oliver & Maya", next_at=tx.now
            )
        )
        await tx.connection.exec_driver_sql(f"PRAGMA ignore_check_constraints = {allowed}")

    await guild.db.run(claim_as_a_newer_version)
    await guild.advance_to(starts - timedelta(minutes=10))
    assert await update_meeting_rooms(guild.bot, guild.db) == 1
    (room,) = rooms(guild)
    assert room.name == "Ines & Noor · 2 Mar 15.00 UTC"
    (fault,) = await guild.db.read(faults.list_recent)
    assert (fault.kind, fault.row_id, fault.error) == ("meeting_room", 1, error)

    async def repair(tx: Transaction) -> None:
        await tx.connection.execute(update(MeetingPlace).values(kind="thread"))

    await guild.db.run(repair)
    await guild.advance_to(starts)
    assert await update_meeting_rooms(guild.bot, guild.db) == 1
    assert len(rooms(guild)) == 2
    assert await guild.db.read(faults.list_recent) == []


@pytest.mark.parametrize("check", [check_everyone, detect_departures])
async def test_member_checks_continue_after_one_fails(
    guild: SimulatedGuild, check: Callable[..., Awaitable[int]]
) -> None:
    if guild.db.url.startswith("postgresql"):
        pytest.skip("the trigger is SQLite's")
    oliver, ines = await approved_mentor(guild, "Oliver"), await approved_mentor(guild, "Ines")

    async def refuse(tx: Transaction) -> None:
        await tx.connection.exec_driver_sql(
            "CREATE TRIGGER stuck BEFORE UPDATE OF left_at ON members "
            f"WHEN NEW.user_id = {min(oliver.id, ines.id)} "
            "BEGIN SELECT RAISE(ABORT, 'stuck'); END"
        )

    await guild.db.run(refuse)
    for mentor in (oliver, ines):
        guild.handle.remove_member(mentor)
    assert await check(guild.bot, guild.db) == 1


async def test_people_with_an_unknown_time_zone_are_served_in_utc(guild: SimulatedGuild) -> None:
    """A newer tz database may have named it; everything but a mentor's hours is shown in UTC."""
    oliver, ines = await approved_mentor(guild, "Oliver"), await approved_mentor(guild, "Ines")
    maya = await guild.add_member("Maya", zone="Europe/London", points=500)
    starts = guild.now.replace(hour=15)
    await book_and_confirm(guild, maya, oliver, starts)

    async def rename_zones(tx: Transaction) -> None:
        for table in ("mentor_profiles", "members"):
            await tx.connection.exec_driver_sql(
                f"UPDATE {table} SET timezone = 'Mars/Phobos' WHERE user_id <> {ines.id}"
            )
        await tx.connection.exec_driver_sql("UPDATE sessions SET timezone = 'Mars/Phobos'")

    await guild.db.run(rename_zones)
    found = message_text((await maya.slash(guild.channel, "mentor search")).response)
    assert "Ines" in found
    for person, command, options in (
        (maya, "sessions", {}),
        (oliver, "sessions", {}),
        (maya, "mentor profile", {"member": oliver}),
        (maya, "mentor profile", {"member": ines}),
        (oliver, "mentor profile", {"member": oliver}),
        (oliver, "mentor hours", {}),
        (maya, "notifications", {}),
        (maya, "timezone show", {}),
        (maya, "points balance", {}),
        (maya, "points history", {}),
        (maya, "book", {"mentor": str(ines.id)}),
        (maya, "book", {"mentor": str(oliver.id)}),
    ):
        answer = message_text((await person.slash(guild.channel, command, **options)).response)
        assert answer
        assert "reference" not in answer.casefold(), (command, answer)
    await guild.advance_to(starts)
    await guild.deliver()
    for person in (oliver, maya):
        assert "start" in message_text(guild.last_dm(person)).casefold()
