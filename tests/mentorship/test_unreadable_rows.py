"""A row that can't be read affects no other row.

Each corruption is one that a newer process, a newer tz database or a broken disk may cause. Rows of
Oliver and Maya are corrupted; everything of Priya and Noor must keep working.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from mentorbot.jobs import schedule as jobs
from mentorship import faults
from mentorship.actors import Actor
from mentorship.administration import audit, moderation
from mentorship.availability import slot_queries
from mentorship.guilds import guild_settings
from mentorship.mentors import application_review, mentor_roles
from mentorship.operations import health
from mentorship.points import adjustments, grant_requests
from mentorship.points.transfers import Recipient
from mentorship.search import directory, search
from mentorship.search.query import SearchQuery, Sort
from mentorship.sessions import alternatives, departures, points_history, session_views, transitions
from mentorship.sessions.places import meeting
from mentorship.sessions.session_views import SessionView
from mentorship.statuses import SessionStatus
from mentorship.time.intervals import Span
from storage import Database
from tests.conftest import Clock
from tests.mentorship.support.community import TUESDAY_NOON, Community, hours

CHECKED = "a check constraint"
JSON_TYPE = TIME_TYPE = "the type of the column"

CORRUPTIONS = {
    "unknown status of a session": (
        "UPDATE sessions SET status = 'paused' WHERE id = :session",
        CHECKED,
    ),
    "unknown status of a profile": (
        "UPDATE mentor_profiles SET status = 'sabbatical' WHERE id = :profile",
        CHECKED,
    ),
    "unknown attendance report": (
        "UPDATE participants SET says = 'partly' WHERE session_id = :session",
        CHECKED,
    ),
    "unknown zone of a profile": (
        "UPDATE mentor_profiles SET timezone = 'Mars/Phobos' WHERE id = :profile",
        None,
    ),
    "unknown zone of the members": (
        "UPDATE members SET timezone = 'Mars/Phobos' WHERE user_id IN (:mentor, :mentee)",
        None,
    ),
    "unknown zone of a session": (
        "UPDATE sessions SET timezone = 'Mars/Phobos' WHERE id = :session",
        None,
    ),
    "broken JSON in a profile": (
        "UPDATE mentor_profiles SET durations = '[30,' WHERE id = :profile",
        JSON_TYPE,
    ),
    "no session length": ("UPDATE mentor_profiles SET durations = '[]' WHERE id = :profile", None),
    "steps without a length": (
        "UPDATE mentor_profiles SET slot_step = 0 WHERE id = :profile",
        None,
    ),
    "impossible hours": (
        "UPDATE date_overrides SET start_minute = 9000 WHERE profile_id = :profile",
        None,
    ),
    "broken JSON in a revision": (
        "UPDATE profile_revisions SET expertise = '{' WHERE profile_id = :applicant",
        JSON_TYPE,
    ),
    "unknown kind of a revision": (
        "UPDATE profile_revisions SET kind = 'appeal' WHERE profile_id = :applicant",
        CHECKED,
    ),
    "broken facts of an event": (
        "UPDATE events SET facts = '{' WHERE subject_id = :mentor",
        JSON_TYPE,
    ),
    "facts that lack everything": ("UPDATE events SET facts = '{}'", None),
    "unknown type of an event": (
        "UPDATE events SET type = 'mentor.knighted' WHERE subject_id = :mentor",
        None,
    ),
    "unknown cause of a transfer": (
        "UPDATE transfers SET cause = 'bounty' WHERE reason = 'Thanks'",
        None,
    ),
    "broken settings of a guild": (
        "UPDATE guilds SET reminders = '[60', lost = 'x' WHERE id = 20",
        JSON_TYPE,
    ),
    "a session without a time": (
        "UPDATE sessions SET ends_at = 'soon' WHERE id = :session",
        TIME_TYPE,
    ),
    "a pause without a time": (
        "UPDATE mentor_profiles SET paused_until = 'soon' WHERE id = :profile",
        TIME_TYPE,
    ),
    "a revision without a time": (
        "UPDATE profile_revisions SET submitted_at = 'soon' WHERE profile_id = :applicant",
        TIME_TYPE,
    ),
    "events without a time": (
        "UPDATE events SET occurred_at = 'soon' WHERE subject_id = :mentor",
        TIME_TYPE,
    ),
    "a transfer without a time": (
        "UPDATE transfers SET created_at = 'soon' WHERE reason = 'Thanks'",
        TIME_TYPE,
    ),
    "a mentee's seat gone": (
        "DELETE FROM participants WHERE session_id = :session AND role = 'mentee'",
        None,
    ),
    "a mentor's membership gone": ("DELETE FROM members WHERE user_id = :mentor", None),
    "a profile gone": ("DELETE FROM mentor_profiles WHERE id = :profile", None),
    "a profile's hours gone": ("DELETE FROM weekly_hours WHERE profile_id = :profile", None),
    "a search entry without a profile": (
        "UPDATE listings SET profile_id = 999999 WHERE profile_id = :profile",
        None,
    ),
}


@pytest.fixture
async def db(database_url: str, clock: Clock) -> AsyncIterator[Database]:
    """A database whose ledger isn't checked afterwards, since rows of it are corrupted."""
    database = Database(database_url, clock=clock, synchronous="OFF")
    await database.open()
    yield database
    await database.close()


@dataclass
class World:
    """A guild in which Oliver's and Maya's rows may be broken, and Priya's and Noor's aren't."""

    town: Community
    oliver: Actor
    priya: Actor
    maya: Actor
    noor: Actor
    sick: SessionView
    sound: SessionView
    applicant_profile: int
    sound_application: int

    @property
    def db(self) -> Database:
        return self.town.db

    async def corrupt(self, statement: str) -> None:
        """Run a statement without foreign keys, check constraints and triggers."""

        async def ids(tx: Any) -> dict[str, int]:
            rows = await tx.connection.execute(
                text("SELECT user_id, id FROM mentor_profiles"),
            )
            profiles = dict(rows.all())
            return {
                "session": self.sick.id,
                "profile": profiles[self.oliver.user_id],
                "mentor": self.oliver.user_id,
                "mentee": self.maya.user_id,
                "applicant": self.applicant_profile,
            }

        params = await self.db.read(ids)
        used = {name: value for name, value in params.items() if f":{name}" in statement}
        url = make_url(self.db.url)
        if url.get_backend_name() == "sqlite":
            assert url.database is not None
            with closing(sqlite3.connect(url.database)) as connection:
                connection.execute("PRAGMA ignore_check_constraints = ON")
                triggers = connection.execute(
                    "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
                ).fetchall()
                for name, _ in triggers:
                    connection.execute(f"DROP TRIGGER {name}")
                assert connection.execute(statement, used).rowcount > 0
                for _, definition in triggers:
                    connection.execute(definition)
                connection.commit()
            return
        engine = create_async_engine(url)
        async with engine.begin() as postgres:
            await postgres.execute(text("SET session_replication_role = replica"))
            changed = await postgres.execute(text(statement), used)
            assert changed.rowcount > 0
        await engine.dispose()


@pytest.fixture
async def world(town: Community, village: Community) -> World:
    oliver, priya = await town.mentor("Oliver"), await town.mentor("Priya")
    maya, noor = await town.member("Maya", points=500), await town.member("Noor", points=500)
    applicant, first = await town.applicant("Ana")
    _, second = await town.applicant("Ben")
    sick = await town.book(maya, oliver)
    sound = await town.book(noor, priya)
    for mentor, session in ((oliver, sick), (priya, sound)):
        await town.db.run(transitions.confirm, mentor, session.id)
    await town.db.run(moderation.suspend, town.chief, oliver.user_id, "x", cancel_sessions=False)
    await town.db.run(moderation.reinstate, town.chief, oliver.user_id)
    for person in (maya, noor):
        await town.db.run(adjustments.grant, town.chief, Recipient(person.user_id), 5, "Thanks")

    async def prepare(tx: Any) -> int:
        await tx.connection.execute(
            text(
                "INSERT INTO date_overrides (profile_id, date, start_minute, end_minute) "
                "SELECT id, '2026-03-20', 60, 120 FROM mentor_profiles WHERE user_id = :mentor"
            ).bindparams(mentor=oliver.user_id)
        )
        return int(
            await tx.connection.scalar(
                text("SELECT id FROM mentor_profiles WHERE user_id = :user").bindparams(
                    user=applicant.user_id
                )
            )
        )

    profile = await town.db.run(prepare)
    assert first.id != second.id
    return World(town, oliver, priya, maya, noor, sick, sound, profile, second.id)


async def search_names(world: World, **query: Any) -> set[str]:
    page = await world.db.read(search.search, world.noor, SearchQuery(**query))
    return {result.mentor.name for result in page.results}


async def find_alternatives(world: World) -> set[str]:
    """Alternatives to Priya, and to Oliver: whoever can be read."""
    found = await world.db.read(alternatives.find_alternatives, world.sound)
    assert {each.mentor_name for each in found} <= {"Oliver"}
    found = await world.db.read(alternatives.find_alternatives, world.sick)
    return {each.mentor_name for each in found} | {"Priya"}


async def tuesday_free(world: World) -> set[str]:
    return await search_names(
        world, free=Span(TUESDAY_NOON + hours(4), TUESDAY_NOON + hours(8)), sort=Sort.RATING
    )


async def audit_entries(world: World) -> set[str]:
    entries = await world.db.read(audit.list_entries, world.town.chief, limit=50)
    await world.db.read(audit.list_actions, world.town.chief)
    for action in ("application_approved", "settled_pay"):
        await world.db.read(audit.list_entries, world.town.chief, action=action)
    return {"Priya"} if len(entries) > 3 else set()


async def applications(world: World) -> set[str]:
    page = await world.db.read(application_review.list_pending, world.town.chief, None, 1)
    ids = {item.id for item in page.items}
    if page.next:
        page = await world.db.read(application_review.list_pending, world.town.chief, page.next, 1)
        ids |= {item.id for item in page.items}
    return {"Priya"} if world.sound_application in ids else set()


async def sessions_of(world: World, person: Actor) -> set[str]:
    listed = await world.db.read(session_views.list_upcoming, person)
    return {session.mentor.name for session in listed}


async def expected_members(world: World) -> set[str]:
    listed = await world.db.read(departures.list_expected_members, timedelta(days=3))
    everybody = await world.db.read(departures.list_expected_members)
    standings = await world.db.read(mentor_roles.list_present)
    assert standings is not None
    known = {each.user_id for each in listed} & {each.user_id for each in everybody}
    return {"Priya"} if world.priya.user_id in known else set()


async def all_settings(world: World) -> set[str]:
    listed = await world.db.read(health.list_guild_settings)
    several = await world.db.read(guild_settings.load_many, [10, 20])
    return {"Priya"} if 10 in several and 10 in {each.id for each in listed} else set()


async def history(world: World) -> set[str]:
    """The points of Noor, a page of one entry at a time and back."""
    page = await world.db.read(points_history.list_page, world.noor, None, 1)
    entries, cursors = list(page.entries), [page]
    while page.older:
        page = await world.db.read(points_history.list_page, world.noor, page.older, 1)
        entries += page.entries
        cursors.append(page)
    # The hold for Priya's session has the balance that the transfers before it leave.
    (hold,) = [entry for entry in entries if entry.session_id == world.sound.id]
    assert (hold.amount, hold.balance) == (-60, 440)
    while page.newer:
        page = await world.db.read(points_history.list_page, world.noor, page.newer, 1)
    assert page.entries == cursors[0].entries
    return {"Priya"}


BATCHES: dict[str, Callable[[World], Awaitable[set[str]]]] = {
    "a page of search": lambda world: search_names(world),
    "search by the soonest slot": lambda world: search_names(world, sort=Sort.SOONEST),
    "search by a free time": tuesday_free,
    "search by words": lambda world: search_names(world, text="Python", expertise="python"),
    "alternatives": find_alternatives,
    "suggested mentors": lambda world: _names(directory.suggest_mentors, world, ""),
    "mentors by name": lambda world: _names(directory.suggest_mentors, world, "pri"),
    "the audit log": audit_entries,
    "the queue of applications": applications,
    "one's own sessions": lambda world: sessions_of(world, world.noor),
    "members that are checked": expected_members,
    "the settings of all guilds": all_settings,
    "the points history": history,
    "grants to confirm": lambda world: _ignore(
        world, world.db.read(grant_requests.list_pending, world.town.chief)
    ),
    "slots of a mentor": lambda world: _ignore(
        world, world.db.read(slot_queries.suggest_slots, world.noor, world.priya.user_id)
    ),
}


async def _names(use_case: Any, world: World, typed: str) -> set[str]:
    return {each.name for each in await world.db.read(use_case, world.noor, typed)}


async def _ignore(_world: World, read: Awaitable[Any]) -> set[str]:
    await read
    return {"Priya"}


@pytest.mark.parametrize("name", CORRUPTIONS)
async def test_one_corrupt_row_affects_no_other(
    world: World, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    statement, guard = CORRUPTIONS[name]
    if guard is not None and world.db.url.startswith("postgresql"):
        pytest.skip(f"PostgreSQL refuses this by {guard}")
    await world.corrupt(statement)
    hidden = []
    for batch, run in BATCHES.items():
        try:
            if "Priya" not in await run(world):
                hidden.append(f"{batch}: hidden")
        except Exception as error:
            hidden.append(f"{batch}: {error!r}")
    assert hidden == []

    # The clock: Priya's session goes its way to the end, whatever becomes of Oliver's.
    await world.town.db.run(meeting.claim_rooms_to_open)
    world.town.clock.now = TUESDAY_NOON
    await world.db.run(transitions.advance_due)
    assert (await world.town.reload(world.sound)).status is SessionStatus.IN_PROGRESS
    recorded = await world.db.read(faults.list_recent)
    assert {fault.kind for fault in recorded} <= {"transition"}
    for fault in recorded:
        assert fault.row_id == world.sick.id
        assert any(record.__dict__.get("reference") == fault.reference for record in caplog.records)
    # It isn't tried at each run, and keeps its deadline.
    assert await world.db.run(transitions.advance_due) == 0
    await world.db.run(faults.record_noted, world.db.unreadable)


async def test_the_job_records_rows_that_reads_left_out(world: World) -> None:
    await world.corrupt("UPDATE mentor_profiles SET durations = '[]' WHERE id = :profile")
    await search_names(world)
    await jobs.advance_sessions(world.db)
    (fault,) = await world.db.read(faults.list_recent)
    assert (fault.kind, fault.table, fault.error) == ("calendar", "mentor_profiles", "ValueError")
    assert world.db.unreadable == {}


async def test_a_repaired_session_advances_again(world: World) -> None:
    if world.db.url.startswith("postgresql"):
        pytest.skip("PostgreSQL refuses this by a check constraint")
    await world.corrupt("UPDATE sessions SET status = 'paused' WHERE id = :session")
    world.town.clock.now = TUESDAY_NOON
    await world.db.run(transitions.advance_due)
    (fault,) = await world.db.read(faults.list_recent)
    assert (fault.kind, fault.error, fault.count) == ("transition", "ValueError", 1)
    await world.corrupt("UPDATE sessions SET status = 'confirmed' WHERE id = :session")
    assert await world.db.run(transitions.advance_due) == 0
    world.town.clock.turn(minutes=1)
    assert await world.db.run(transitions.advance_due) == 1
    assert (await world.town.reload(world.sick)).status is SessionStatus.IN_PROGRESS
    assert await world.db.read(faults.list_recent) == []


async def test_a_page_is_full_although_a_session_on_it_cannot_be_read(world: World) -> None:
    if world.db.url.startswith("postgresql"):
        pytest.skip("PostgreSQL refuses this by a check constraint")
    later = [
        await world.town.book(world.maya, world.priya, TUESDAY_NOON + timedelta(days=day))
        for day in (1, 2)
    ]
    await world.corrupt("UPDATE participants SET says = 'partly' WHERE session_id = :session")
    upcoming = session_views.UPCOMING_SESSIONS
    first = await world.db.read(session_views.list_page, world.maya, upcoming, None, 1)
    assert [session.id for session in first.items] == [later[0].id]
    second = await world.db.read(session_views.list_page, world.maya, upcoming, first.next, 1)
    assert [session.id for session in second.items] == [later[1].id]
    assert second.next is None
    back = await world.db.read(session_views.list_page, world.maya, upcoming, second.previous, 1)
    assert [session.id for session in back.items] == [later[0].id]


async def test_a_mentor_in_an_unknown_zone_has_no_slots_and_is_noted(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    await world.corrupt("UPDATE mentor_profiles SET timezone = 'Mars/Deimos' WHERE id = :profile")
    page = await world.db.read(search.search, world.noor, SearchQuery())
    slots = {result.mentor.name: result.slots for result in page.results}
    assert slots["Priya"]
    assert not slots["Oliver"]
    assert [kind for kind, _ in world.db.unreadable] == ["calendar"]
    (logged,) = [record for record in caplog.records if record.__dict__.get("fault")]
    assert (logged.levelname, logged.__dict__["fault"]) == ("WARNING", "calendar")


async def test_settings_that_cannot_be_read_stop_their_guild_and_are_noted(world: World) -> None:
    if world.db.url.startswith("postgresql"):
        pytest.skip("PostgreSQL refuses broken JSON")
    await world.corrupt("UPDATE guilds SET apply_role_ids = '[' WHERE id = 10")
    with pytest.raises(ValueError, match="apply_role_ids of server 10"):
        await world.db.read(guild_settings.load, 10)
    assert await world.db.read(guild_settings.load_many, [10]) == {}
    assert list(world.db.unreadable) == [("guild_settings", 10)]
