"""Sessions stay where they are when a zone's rules change, and people are told what clocks show."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from bot.client import MentorBot
from mentorbot.jobs.schedule import compare_wall_times, create_jobs
from mentorbot.settings import JobSettings, RetentionSettings
from mentorship.actors import Actor
from mentorship.event_types import EventType
from mentorship.notifications.catalogue import NotificationKind
from mentorship.sessions import rescheduling, transitions
from mentorship.sessions.groups import creation, seats
from mentorship.sessions.groups.creation import GroupRequest
from mentorship.sessions.groups.seats import JoinRequest
from mentorship.sessions.session_views import SessionView
from mentorship.sessions.wall_times import zone_rules
from mentorship.time import timezones
from storage import Transaction
from storage.tables import Event, Fault, Participant
from tests.crash.tzdata import changed_database, compare_all
from tests.mentorship.support.community import HIGH_LIMITS, Community

HOUR = timedelta(hours=1)
JULY = datetime(2026, 7, 7, 12, tzinfo=UTC)
"""In London, summer time; that of the test's new rules is like its winter."""

CHANGED = NotificationKind.LOCAL_TIME_CHANGED


@pytest.fixture
async def oliver(town: Community) -> Actor:
    return await town.mentor("Oliver", rate=0, instant_booking=True, horizon_days=365)


@pytest.fixture
async def maya(town: Community) -> Actor:
    return await town.member("Maya")


async def kept(town: Community, session: SessionView) -> dict[int, tuple[str | None, int | None]]:
    """Return the zone and offset that are kept for each participant of a session."""

    async def query(tx: Transaction) -> dict[int, tuple[str | None, int | None]]:
        columns = Participant.user_id, Participant.timezone, Participant.utc_offset
        statement = select(*columns).where(Participant.session_id == session.id)
        rows = await tx.connection.execute(statement)
        return {row.user_id: (row.timezone, row.utc_offset) for row in rows}

    return await town.db.read(query)


async def set_kept(town: Community, **values: Any) -> None:
    """Change what is kept for all participants, as if the rules had been others."""

    async def change(tx: Transaction) -> None:
        await tx.connection.execute(update(Participant).values(**values))

    await town.db.run(change)


async def told(town: Community) -> list[tuple[int, int | None, dict[str, Any]]]:
    rows = await town.notifications(CHANGED)
    return sorted((row.user_id, row.session_id, row.facts) for row in rows)


async def test_a_booking_keeps_both_zones_with_their_offsets_at_the_start(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.book(maya, oliver, JULY)
    assert await kept(town, session) == {
        oliver.user_id: ("Europe/London", 60),
        maya.user_id: ("America/New_York", -240),
    }
    winter = JULY + timedelta(days=180)
    await town.db.run(rescheduling.propose, oliver, session.id, winter)
    await town.db.run(rescheduling.accept, maya, session.id)
    assert await kept(town, session) == {
        oliver.user_id: ("Europe/London", 0),
        maya.user_id: ("America/New_York", -300),
    }


async def test_both_are_told_once_when_the_rules_of_one_zone_change(
    town: Community, oliver: Actor, maya: Actor, database_url: str, tmp_path: Path
) -> None:
    tzdata = changed_database(tmp_path, "2099a", London="Africa/Abidjan")
    summer = await town.book(maya, oliver, JULY)
    winter = await town.book(maya, oliver, JULY + timedelta(days=180))
    cancelled = await town.book(maya, oliver, JULY + 2 * HOUR)
    await town.db.run(transitions.cancel, maya, cancelled.id)
    assert (await compare_all(database_url, town.clock.now, tzdata))[0] == "2099a"
    shift = {"mentor_shift": -60}
    assert await told(town) == [
        (oliver.user_id, summer.id, shift),
        (maya.user_id, summer.id, shift),
    ]
    assert (await town.reload(summer)).starts_at == JULY
    assert (await kept(town, summer))[oliver.user_id] == ("Europe/London", 0)
    assert (await kept(town, winter))[oliver.user_id] == ("Europe/London", 0)
    assert await compare_all(database_url, town.clock.now, tzdata) == ["2099a", "done"]
    assert len(await told(town)) == 2
    # A process that still has the older rules leaves everything as it is.
    assert await compare_wall_times(town.db, timezones.database_version()) == 0
    assert (await kept(town, summer))[oliver.user_id] == ("Europe/London", 0)
    event = await town.db.read(_latest_event)
    assert (event.type, event.facts) == (EventType.SESSION_LOCAL_TIME_CHANGED, shift)


async def test_rules_that_change_back_are_told_again(
    town: Community, oliver: Actor, maya: Actor, database_url: str, tmp_path: Path
) -> None:
    await town.book(maya, oliver, JULY)
    changed = changed_database(tmp_path, "2099a", London="Africa/Abidjan")
    await compare_all(database_url, town.clock.now, changed)
    await compare_all(database_url, town.clock.now, changed_database(tmp_path, "2099b"))
    shifts = [row.facts["mentor_shift"] for row in await town.notifications(CHANGED)]
    assert sorted(shifts) == [-60, -60, 60, 60]


async def test_a_job_compares_with_the_rules_of_its_process(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    await town.book(maya, oliver, JULY)
    await set_kept(town, utc_offset=0)
    jobs = create_jobs(JobSettings(), RetentionSettings(), MentorBot(town.db), town.db)
    (job,) = (each for each in jobs if each.name == "compare wall times")
    await job.run()
    assert len(await told(town)) == 2
    await job.run()
    assert len(await told(town)) == 2


async def test_the_zone_of_the_booking_counts_for_the_mentee(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.book(maya, oliver, JULY, timezone="Europe/Paris")
    assert (await kept(town, session))[maya.user_id] == ("Europe/Paris", 120)
    await set_kept(town, utc_offset=60)
    await compare_wall_times(town.db, "2099a")
    assert {facts["mentee_shift"] for *_, facts in await told(town)} == {60}


async def test_everyone_in_a_group_session_is_told_once(
    town: Community, oliver: Actor, maya: Actor, database_url: str, tmp_path: Path
) -> None:
    request = GroupRequest("Office hours", JULY, 60, capacity=0, price=0)
    group = await town.db.run(creation.create, oliver, request)
    sam = await town.member("Sam", zone="Europe/London")
    taken = {
        person.user_id: await town.db.run(seats.join, person, JoinRequest(group.id))
        for person in (maya, sam)
    }
    tzdata = changed_database(tmp_path, "2099a", London="Africa/Abidjan")
    await compare_all(database_url, town.clock.now, tzdata)
    rows = await town.notifications(CHANGED)
    assert {(row.user_id, row.session_id, row.group_id) for row in rows} == {
        (oliver.user_id, None, group.id),
        (maya.user_id, taken[maya.user_id].id, group.id),
        (sam.user_id, taken[sam.user_id].id, group.id),
    }
    facts = {row.user_id: row.facts for row in rows}
    assert facts[sam.user_id] == {"mentor_shift": -60, "mentee_shift": -60}
    assert facts[oliver.user_id] == {"mentor_shift": -60}


async def test_sessions_of_older_versions_get_their_offsets_quietly(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    session = await town.book(maya, oliver, JULY)
    await set_kept(town, utc_offset=None)
    await compare_wall_times(town.db, "2099a")
    assert await told(town) == []
    assert (await kept(town, session))[oliver.user_id] == ("Europe/London", 60)
    await set_kept(town, utc_offset=None, timezone=None)
    await compare_wall_times(town.db, "2099b")
    assert (await kept(town, session))[oliver.user_id] == (None, None)


async def test_a_comparison_takes_a_limited_number_of_sessions_in_each_step(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    await town.configure(**HIGH_LIMITS)
    for n in range(7):
        await town.book(maya, oliver, JULY + n * HOUR)
    await set_kept(town, utc_offset=0)
    counts = []
    while await town.db.read(zone_rules.is_due, "2099a"):
        await town.db.run(zone_rules.compare_next, "2099a", 3)
        counts.append(len(await told(town)) // 2)
    # Three sessions, three more, the last one, and the group sessions, of which there are none.
    assert counts == [3, 6, 7, 7]


async def test_a_newer_version_starts_a_comparison_from_the_beginning(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    first = await town.book(maya, oliver, JULY)
    await town.book(maya, oliver, JULY + HOUR)
    await town.db.run(zone_rules.compare_next, "2099a", 1)
    await set_kept(town, utc_offset=0)
    assert await compare_wall_times(town.db, "2099a") > 0
    assert first.id not in {session_id for _, session_id, _ in await told(town)}
    await compare_wall_times(town.db, "2099b")
    assert first.id in {session_id for _, session_id, _ in await told(town)}


async def test_a_session_that_fails_does_not_stop_the_others(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    broken = await town.book(maya, oliver, JULY)
    fine = await town.book(maya, oliver, JULY + HOUR)
    await set_kept(town, utc_offset=0)
    await town.db.run(without_mentee, broken)
    await compare_wall_times(town.db, "2099a")
    assert {session_id for _, session_id, _ in await told(town)} == {fine.id}
    assert await town.count(Fault) == 1
    await town.db.run(with_mentee, broken)
    town.clock.turn(hours=2)
    assert await compare_wall_times(town.db, "2099a") == 1
    assert {session_id for _, session_id, _ in await told(town)} == {fine.id, broken.id}
    assert await town.count(Fault) == 0


async def test_older_rules_leave_a_failed_session_to_newer_ones(
    town: Community, oliver: Actor, maya: Actor
) -> None:
    broken = await town.book(maya, oliver, JULY)
    await set_kept(town, utc_offset=0)
    await town.db.run(without_mentee, broken)
    await compare_wall_times(town.db, "2099b")
    await town.db.run(with_mentee, broken)
    town.clock.turn(hours=2)
    assert await compare_wall_times(town.db, "2099a") == 0
    assert await town.count(Fault) == 1
    assert await told(town) == []
    assert await compare_wall_times(town.db, "2099b") == 1
    assert await town.count(Fault) == 0
    assert {session_id for _, session_id, _ in await told(town)} == {broken.id}


async def without_mentee(tx: Transaction, session: SessionView) -> None:
    """Break a session: it can't be loaded without its mentee."""
    of_mentee = Participant.session_id == session.id, Participant.role == "mentee"
    await tx.connection.execute(delete(Participant).where(*of_mentee))


async def with_mentee(tx: Transaction, session: SessionView) -> None:
    row = {"session_id": session.id, "user_id": session.mentee.user_id}
    row |= {"guild_id": session.guild_id, "role": "mentee"}
    await tx.connection.execute(insert(Participant).values(row))


async def _latest_event(tx: Transaction) -> Any:
    latest = select(*Event.__table__.c).order_by(Event.id.desc()).limit(1)
    return (await tx.connection.execute(latest)).one()
