"""An erasure in many small steps, while the person returns or the program crashes."""

from __future__ import annotations

import asyncio
import itertools
import re
import shutil
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, make_url, select, text, update

from mentorbot.jobs.schedule import finish_changes, finish_erasures
from mentorship import faults
from mentorship.actors import Actor
from mentorship.administration import moderation, setup
from mentorship.availability import timezone_change
from mentorship.delivery import outbox, outcomes
from mentorship.members import members
from mentorship.mentors import mentor_roles
from mentorship.notifications.catalogue import DeliveryProblem, NotificationKind
from mentorship.operations import erasure, guild_purge, own_data, personal_data
from mentorship.operations.erasure_phases import rows as erasure_rows
from mentorship.operations.erasure_phases import steps as erasure_steps
from mentorship.operations.erasure_phases.rows import RowsOf
from mentorship.points import adjustments
from mentorship.points.transfers import Recipient
from mentorship.sessions import blocking, booking, departures, transitions
from mentorship.sessions.blocking import BlockTarget
from mentorship.sessions.booking import BookingRequest
from mentorship.sessions.follow_up import reviews
from mentorship.sessions.places import meeting
from mentorship.statuses import SessionStatus
from storage import Database, Transaction
from storage.batches import run_in_batches
from storage.tables import (
    Account,
    Block,
    CalendarFeed,
    Commitment,
    EarnedRole,
    Erasure,
    Event,
    ExternalBusy,
    ExternalCalendar,
    GroupSession,
    IdempotencyKey,
    Listing,
    MeetingPlace,
    Member,
    MemberReminderChange,
    MenteeMonth,
    MentorProfile,
    MentorRoleRemoval,
    Mentorship,
    NextStep,
    Notification,
    Participant,
    PrivateNote,
    Review,
    Session,
    SessionEnding,
    SharedNote,
    SlotAlert,
    Table,
    Tag,
    WaitlistEntry,
)
from tests.conftest import Clock
from tests.mentorship.operations.test_privacy import ID, NAME, Story, cells, tell_story, traces
from tests.mentorship.support.community import (
    HIGH_LIMITS,
    TUESDAY_NOON,
    Community,
    assert_ledger_consistent,
    hours,
)
from tests.mentorship.support.statements import record_statements

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


async def finish(db: Database, erasure_id: int | None, rows: int = 500) -> int:
    """Go on with an erasure until it is complete. Returns the number of steps."""
    steps = 0
    while erasure_id is not None and await db.run(erasure_steps.step, erasure_id, rows):
        steps += 1
    return steps


@pytest.fixture
async def story(town: Community) -> Story:
    return await tell_story(town)


async def count_with(db: Database, column: Any, user_id: int = ID) -> int:
    async def query_rows(tx: Transaction) -> int:
        rows = await tx.connection.execute(select(column).where(column == user_id))
        return len(rows.all())

    return await db.read(query_rows)


# --- Steps of any size -------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [3, 40])
async def test_small_steps_leave_no_trace_and_a_balanced_ledger(story: Story, rows: int) -> None:
    db = story.town.db
    begun = await db.run(erasure.erase, story.zebedee, None, 0)
    assert begun.cancelled_sessions == 3
    assert await finish(db, begun.unfinished, rows) > 2
    assert traces(await db.read(cells)) == []
    assert await story.town.count(Erasure) == 0
    assert (await story.town.reload(story.taught)).status is SessionStatus.COMPLETED


async def test_a_short_history_is_erased_in_one_transaction(story: Story) -> None:
    assert (await story.town.db.run(erasure.erase, story.zebedee)).unfinished is None


async def test_a_mentor_with_many_sessions_ends_a_few_in_each_transaction(
    town: Community,
) -> None:
    await town.configure(**HIGH_LIMITS)
    oliver = await town.mentor("Oliver", horizon_days=365)
    maya = await town.member("Maya", points=10_000)
    for number in range(25):
        await town.book(maya, oliver, TUESDAY_NOON + hours(2 * number))
    erased = await town.db.run(erasure.erase, oliver)
    assert erased.cancelled_sessions == 25

    async def count_live(tx: Transaction) -> int:
        live = select(Session.id).where(Session.status == SessionStatus.SCHEDULED)
        return len((await tx.connection.execute(live)).all())

    assert await town.db.read(count_live) == 15
    await finish(town.db, erased.unfinished)
    assert await town.db.read(count_live) == 0
    assert await town.balance(maya) == 10_000
    assert await count_with(town.db, Event.actor_id, oliver.user_id) == 0
    assert not await town.db.read(personal_data.has_data, town.guild_id, oliver.user_id)


async def test_two_processes_may_work_on_one_erasure(story: Story) -> None:
    db = story.town.db
    begun = await db.run(erasure.erase, story.zebedee, None, 0)
    await asyncio.gather(*(finish(db, begun.unfinished, 10) for _ in range(3)))
    assert traces(await db.read(cells)) == []
    await db.read(assert_ledger_consistent)


def test_a_phase_handles_every_column_with_an_id() -> None:
    """A new column of `PERSON_COLUMNS` needs a phase, unless one of these statements handles it."""
    elsewhere = {
        *(Member.user_id, MentorProfile.user_id, Account.user_id, Erasure.user_id),  # erasure_steps
        *(SessionEnding.user_id, SessionEnding.actor_id, MemberReminderChange.user_id),
        *(Session.mentor_id, Session.proposed_by, Session.no_show_user_id),  # erasure_sessions
        *(Participant.user_id, Commitment.user_id, Review.author_id),
        *(SharedNote.mentor_id, SharedNote.mentee_id, PrivateNote.user_id),  # erasure_notes
        *(NextStep.mentor_id, NextStep.mentee_id),
        *(GroupSession.mentor_id, WaitlistEntry.user_id, SlotAlert.user_id),  # erasure_groups
        *(ExternalCalendar.user_id, ExternalBusy.user_id),  # erasure_calendars
        CalendarFeed.user_id,  # erasure_steps
        *(Mentorship.mentor_id, Mentorship.mentee_id),  # erasure_goals
        Participant.mentor_id,  # triggers
        Notification.caused_by,  # erasure_rows.clear_caused
        Block.blocked_id,  # members.returning
        Listing.user_id,  # triggers
        MenteeMonth.mentee_id,  # erasure_sessions.separate
        MentorRoleRemoval.user_id,  # mentors.role_removals
        EarnedRole.user_id,  # recognition.earned_roles
    }
    phases = [phase for phase in erasure_rows.PHASES.values() if isinstance(phase, RowsOf)]
    handled = {*elsewhere, *(phase.column for phase in phases)}
    assert {str(column) for column in handled} == {
        str(column) for column, _ in personal_data.PERSON_COLUMNS
    }


async def test_an_erasure_skips_a_guild_that_is_being_purged(story: Story, clock: Clock) -> None:
    db, guild_id = story.town.db, story.town.guild_id
    begun = await db.run(erasure.erase, story.zebedee, None, 0)
    assert begun.unfinished is not None
    await db.run(erasure_steps.step, begun.unfinished, 20)
    await db.run(setup.record_guild_left, guild_id)
    clock.turn(days=31)
    assert await db.run(guild_purge.begin, guild_id)
    await db.run(guild_purge.delete_batch, guild_id, 40)
    assert not await db.run(erasure_steps.step, begun.unfinished)
    assert await finish_erasures(db) == 0
    await run_in_batches(db, guild_purge.delete_batch, guild_id)
    assert not await db.run(erasure_steps.step, begun.unfinished)
    assert {name for name, rows in (await story.town.dump()).items() if rows} == set()


def is_too_wide(step: str) -> bool:
    """Return whether a step of a plan reads a whole table, or all rows of a guild."""
    # Not a subquery, which is about what another step has found.
    table = step.split()[1].rstrip("_0123456789")
    reads_all = step.startswith("SCAN ") and table in Table.metadata.tables
    return reads_all or (step.endswith("(guild_id=?)") and " guilds " not in step)


async def test_no_statement_of_an_erasure_reads_a_guild(story: Story) -> None:
    db = story.town.db
    if db.url.startswith("postgresql"):
        pytest.skip("the plans of SQLite")
    with record_statements(db) as statements:
        await db.run(erasure.erase, story.zebedee)
    path = make_url(db.url).database or ""
    wide = set()
    with closing(sqlite3.connect(path)) as file:
        for statement, values in statements:
            if statement.startswith(("SELECT", "UPDATE", "DELETE")):
                plan = file.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
                wide |= {f"{step}: {statement}" for *_, step in plan if is_too_wide(step)}
    assert len(statements) > 100
    assert wide == set()


# --- Asking again, and crashes -----------------------------------------------------------------


async def test_nothing_to_erase_writes_nothing(town: Community) -> None:
    nobody = Actor(4_711, "Nobody", town.guild_id)
    before = await town.dump()
    assert await town.db.run(erasure.erase, nobody) == erasure.ErasureResult(0)
    assert await town.dump() == before


async def test_repeating_the_request_continues_the_erasure(story: Story) -> None:
    db = story.town.db
    begun = await db.run(erasure.erase, story.zebedee, None, 0)
    preview = await db.read(own_data.preview_erasure, story.zebedee)
    assert (preview.in_progress, preview.upcoming) == (True, ())
    again = await db.run(own_data.erase, story.zebedee)
    assert again is not None
    assert (again.unfinished, await story.town.count(Erasure)) == (begun.unfinished, 1)


async def test_the_job_completes_unfinished_erasures(story: Story, clock: Clock) -> None:
    db = story.town.db
    begun = await db.run(erasure.erase, story.zebedee, None, 0)
    assert begun.unfinished is not None
    await db.run(erasure_steps.step, begun.unfinished, 5)
    assert await finish_erasures(db) == 0, "whoever began it still works on it"
    clock.turn(minutes=1)
    assert await finish_erasures(db) == 1
    assert traces(await db.read(cells)) == []
    assert await finish_erasures(db) == 0


async def test_an_erasure_that_fails_delays_no_other(town: Community, clock: Clock) -> None:
    """A page of erasures fails again and again, and one that comes after them is completed."""
    oliver = await town.mentor("Oliver Quux")

    async def add_failing(tx: Transaction) -> None:
        common = {"guild_id": town.guild_id, "name": "", "watermarks": {}, "created_at": tx.now}
        await tx.connection.execute(
            insert(Erasure),
            [
                common | {"user_id": number, "placeholder_id": -number, "phase": "of tomorrow"}
                for number in range(1_000_001, 1_000_121)
            ],
        )

    await town.db.run(add_failing)
    await town.db.run(erasure.erase, oliver, None, 0)
    clock.turn(minutes=2)
    assert await finish_erasures(town.db) == 121
    assert await town.count(Erasure) == 120
    assert await traces_of(town, oliver) == []
    (fault, *others) = await town.db.read(faults.list_recent)
    assert (fault.kind, fault.table, fault.error) == ("erasure", "erasures", "ValueError")
    assert len(others) == 19
    # They are tried again later, at growing intervals.
    assert await finish_erasures(town.db) == 0
    clock.turn(minutes=2)
    assert await finish_erasures(town.db) == 120
    clock.turn(minutes=1)
    assert await finish_erasures(town.db) == 0


async def test_an_erasure_that_works_again_is_no_longer_a_fault(
    town: Community, clock: Clock
) -> None:
    oliver = await town.mentor("Oliver Quux")
    begun = await town.db.run(erasure.erase, oliver, None, 0)
    change = text("UPDATE erasures SET phase = :phase WHERE id = :erasure")

    async def set_phase(tx: Transaction, phase: str) -> None:
        params = {"phase": phase, "erasure": begun.unfinished}
        await tx.connection.execute(change, params)

    await town.db.run(set_phase, "of tomorrow")
    clock.turn(minutes=2)
    await finish_erasures(town.db)
    assert len(await town.db.read(faults.list_recent)) == 1
    await town.db.run(set_phase, "upcoming")
    clock.turn(minutes=2)
    assert await finish_erasures(town.db) == 1
    assert await town.db.read(faults.list_recent) == []
    assert await town.count(Erasure) == 0


async def test_erasures_that_wait_for_sessions_delay_no_other(
    town: Community, clock: Clock
) -> None:
    maya = await town.member("Maya", points=500)
    waiting = await town.mentor("Noor")
    session = await town.session(SessionStatus.CONFIRMED, maya, waiting)
    await town.db.run(erasure.erase, waiting, None, 0)
    await town.wait_until(session.starts_at + timedelta(minutes=5))
    oliver = await town.mentor("Oliver Quux")
    await town.db.run(erasure.erase, oliver, None, 0)
    clock.turn(minutes=2)
    first = await town.db.read(erasure_steps.list_unfinished, 0, 1)
    second = await town.db.read(erasure_steps.list_unfinished, first[0], 1)
    assert second > first
    for _ in range(2):
        clock.turn(minutes=2)
        await finish_erasures(town.db)
    assert await town.count(Erasure) == 1
    assert await traces_of(town, oliver) == []


@pytest.mark.parametrize("status", [SessionStatus.SCHEDULED, SessionStatus.CONFIRMED])
async def test_a_corrupt_session_delays_nothing_else_of_an_erasure(
    town: Community, clock: Clock, status: SessionStatus
) -> None:
    """The mentee's points are not where the session says, so that it can't be cancelled."""
    oliver = await town.mentor("Oliver")
    maya = await town.member("Maya Quux", points=500)
    corrupt = await town.session(status, maya, oliver)
    await town.book(maya, oliver, TUESDAY_NOON + hours(5))

    async def set_price(tx: Transaction, price: int) -> None:
        change = update(Session).where(Session.id == corrupt.id).values(price=price)
        await tx.connection.execute(change)

    await town.db.run(set_price, 10_000)
    preview = await town.db.run(own_data.preview_erasure, maya)
    erased = await town.db.run(own_data.erase, maya, preview.terms)
    assert erased is not None
    assert erased.cancelled_sessions == 1
    (fault,) = await town.db.read(faults.list_recent)
    assert (fault.kind, fault.row_id) == ("cancellation", corrupt.id)
    # Only the corrupt session still names them, and their membership, without a name.
    assert [line for line in await town.db.read(cells) if "quux" in line.casefold()] == [
        "erasures: Maya Quux"
    ]
    assert await count_with(town.db, Account.user_id, maya.user_id) == 0
    clock.turn(minutes=2)
    await finish_erasures(town.db)
    assert await town.count(Erasure) == 1
    # Once somebody has mended it, it is cancelled as well, and the points go where all others went.
    await town.db.run(set_price, corrupt.price)
    for _ in range(2):
        clock.turn(minutes=10)
        await finish_erasures(town.db)
    assert (await town.reload(corrupt)).status is SessionStatus.CANCELLED
    assert await town.count(Erasure) == 0
    assert await traces_of(town, maya) == []
    accounts = (await town.dump())["accounts"]
    assert [row.balance for row in accounts if (row.user_id or 0) < 0] == [0]


async def test_a_session_that_begins_meanwhile_is_separated_when_it_is_over(
    town: Community, clock: Clock
) -> None:
    """No step ran for a day. The mentor is paid, and that payment is erased as well."""
    oliver = await town.mentor("Oliver Quux")
    maya = await town.member("Maya", points=500)
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    begun = await town.db.run(erasure.erase, oliver, None, 0)
    await town.wait_until(session.starts_at + timedelta(minutes=5))
    for _ in range(3):
        assert await finish_erasures(town.db) == 1
        assert await town.count(Erasure) == 1, "the session is in progress"
        clock.turn(minutes=2)
    await town.wait_until(session.ends_at + timedelta(days=2))
    assert (await town.reload(session)).status is SessionStatus.COMPLETED
    for _ in range(3):
        clock.turn(minutes=2)
        await finish_erasures(town.db)
    assert begun.unfinished is not None
    assert await town.count(Erasure) == 0
    assert not await town.db.read(personal_data.has_data, town.guild_id, oliver.user_id)
    assert [line for line in await town.db.read(cells) if "quux" in line.casefold()] == []


# --- Beside the steps that end somebody's sessions -----------------------------------------------


@pytest.fixture
async def busy(town: Community) -> Actor:
    """A mentor with more sessions than a few transactions end."""
    await town.configure(**HIGH_LIMITS)
    oliver = await town.mentor("Oliver Quux", horizon_days=365)
    maya = await town.member("Maya", points=10_000)
    for number in range(25):
        await town.book(maya, oliver, TUESDAY_NOON + hours(2 * number))
    return oliver


async def finish_jobs(town: Community) -> None:
    """Let the jobs end all sessions and complete all erasures."""
    for _ in range(4):
        town.clock.turn(minutes=2)
        await finish_changes(town.db)
        await finish_erasures(town.db)
    assert (await town.count(SessionEnding), await town.count(Erasure)) == (0, 0)
    await town.db.read(assert_ledger_consistent)


async def traces_of(town: Community, person: Actor) -> list[str]:
    number = re.compile(rf"(?<!\d){person.user_id}(?!\d)")
    lines = await town.db.read(cells)
    return [line for line in lines if "quux" in line.casefold() or number.search(line)]


@pytest.mark.parametrize("rows", [0, 60])
async def test_leaving_during_an_erasure_writes_nothing_about_the_person(
    town: Community, busy: Actor, rows: int
) -> None:
    """The erasure ends the sessions, not the departure, which would act under the person's id."""
    await town.db.run(erasure.erase, busy, None, rows)
    # The roll call has found them in the server before.
    await town.db.run(members.record_return, town.guild_id, busy.user_id)
    assert await town.db.run(departures.record_departure, town.guild_id, busy.user_id) == 0
    await finish_jobs(town)
    assert await traces_of(town, busy) == []
    assert await town.balance(Actor(1002, "Maya", town.guild_id)) == 10_000


async def test_a_returned_person_who_leaves_during_an_erasure_has_left(
    town: Community, busy: Actor
) -> None:
    await town.db.run(erasure.erase, busy, None, 0)
    await town.db.run(timezone_change.set_timezone, busy, "Europe/Paris")
    await town.db.run(departures.record_departure, town.guild_id, busy.user_id)

    async def has_left(tx: Transaction) -> bool:
        of_person = Member.user_id == busy.user_id
        return await tx.connection.scalar(select(Member.left_at).where(of_person)) is not None

    assert await town.db.read(has_left)
    await finish_jobs(town)


async def test_an_erasure_takes_over_the_sessions_that_a_departure_was_ending(
    town: Community, busy: Actor
) -> None:
    await town.db.run(departures.record_departure, town.guild_id, busy.user_id)
    await town.db.run(erasure.erase, busy, None, 0)
    assert await town.db.run(departures.end_next) == 0
    await finish_jobs(town)
    assert await traces_of(town, busy) == []


async def test_a_suspension_continues_after_its_moderator_is_erased(
    town: Community, busy: Actor
) -> None:
    ada = replace(await town.member("Ada Quux"), manages_guild=True)
    suspend = moderation.suspend, ada, busy.user_id, "No-shows."
    await town.db.run(*suspend, cancel_sessions=True)
    await town.db.run(erasure.erase, ada, None, 0)
    assert await town.db.run(departures.end_next) == 1
    await finish_jobs(town)
    assert await count_with(town.db, Session.ended_by, ada.user_id) == 0
    assert await count_with(town.db, Event.actor_id, ada.user_id) == 0
    assert not await town.db.read(personal_data.has_data, town.guild_id, ada.user_id)


async def test_erasure_continues_if_one_session_cannot_be_ended(
    town: Community, busy: Actor
) -> None:
    """It is tried again until it can be ended. Only then the erasure is complete."""

    async def set_price(tx: Transaction, price: int) -> None:
        # More than what is on hold.
        first = select(Session.id).order_by(Session.starts_at).limit(1).scalar_subquery()
        await tx.connection.execute(update(Session).where(Session.id == first).values(price=price))

    await town.db.run(set_price, 999)
    begun = await town.db.run(erasure.erase, busy, None, 0)
    await finish(town.db, begun.unfinished)
    assert await count_with(town.db, Participant.user_id, busy.user_id) == 1
    assert await count_with(town.db, Notification.user_id, busy.user_id) == 0
    (fault,) = await town.db.read(faults.list_recent)
    assert (fault.kind, await town.count(Erasure)) == ("cancellation", 1)

    await town.db.run(set_price, 60)
    await finish_jobs(town)
    assert await traces_of(town, busy) == []
    assert await town.balance(Actor(1002, "Maya", town.guild_id)) == 10_000
    assert await town.db.read(faults.list_recent) == []


async def test_an_erasure_of_a_newer_version_is_left_to_that(town: Community, busy: Actor) -> None:
    """Without the phases that this version doesn't know, it might leave something out."""
    begun = await town.db.run(erasure.erase, busy, None, 0)
    assert begun.unfinished is not None

    async def set_phase(tx: Transaction) -> None:
        await tx.connection.execute(update(Erasure).values(phase="something new"))

    await town.db.run(set_phase)
    before = await town.dump()
    with pytest.raises(ValueError, match="something new"):
        await town.db.run(erasure_steps.step, begun.unfinished)
    assert await town.dump() == before


# --- What others keep of the person ------------------------------------------------------------


async def secrets_of(town: Community) -> list[str]:
    return [line for line in await town.db.read(cells) if "secret" in line]


async def test_the_reason_for_hiding_a_review_is_erased_in_every_copy(town: Community) -> None:
    """It is in the review, in the event, and in the notification of the review's author."""
    oliver = await town.mentor("Oliver")
    maya = await town.member("Maya", points=500)
    met = await town.session(SessionStatus.COMPLETED, maya, oliver)
    await town.db.run(reviews.rate, maya, met.id, 1, "Well.")
    await town.db.run(moderation.hide_review, town.chief, 1, "Oliver told me a secret")
    assert len(await secrets_of(town)) == 3
    await town.db.run(erasure.erase, oliver)
    assert await secrets_of(town) == []


async def test_texts_of_an_erased_moderator_are_cleared(town: Community) -> None:
    oliver = await town.mentor("Oliver")
    await town.member("Maya")
    await town.db.run(
        moderation.suspend, town.chief, oliver.user_id, "It's a secret", cancel_sessions=False
    )
    assert len(await secrets_of(town)) == 2
    await town.db.run(erasure.erase, town.chief)
    assert await secrets_of(town) == []
    assert len(await town.notifications(NotificationKind.SUSPENDED)) == 1


async def test_reports_about_an_erased_person_are_deleted(town: Community) -> None:
    """It tells moderators that somebody's role couldn't be changed: only its facts name them."""
    oliver = await town.mentor("Oliver")
    problem = DeliveryProblem.ROLE_GONE
    await town.db.run(mentor_roles.report_problem, town.guild_id, oliver.user_id, problem)
    assert len(await town.notifications(NotificationKind.DELIVERY_PROBLEM)) == 1
    await town.db.run(erasure.erase, oliver)
    assert await town.notifications(NotificationKind.DELIVERY_PROBLEM) == []


async def test_a_message_in_delivery_leaves_no_report_about_the_person(
    town: Community,
) -> None:
    """It couldn't be delivered, but by then it was about nobody."""
    oliver = await town.mentor("Oliver")
    await town.db.run(moderation.suspend, town.chief, oliver.user_id, "-", cancel_sessions=False)
    claimed = [each for each in await town.db.run(outbox.claim_due) if each.user_id is not None]
    await town.db.run(erasure.erase, oliver)
    wait, problem = timedelta(hours=1), DeliveryProblem.ROLE_GONE
    held = [
        outcomes.hold_for_moderators(each, "-", wait, town.clock.now, problem) for each in claimed
    ]
    assert held
    await town.db.run(outcomes.record, held)
    assert await town.notifications(NotificationKind.DELIVERY_PROBLEM) == []
    assert not await town.db.read(personal_data.has_data, town.guild_id, oliver.user_id)


async def test_a_tag_is_erased_with_its_last_mentor(town: Community) -> None:
    async def load_tags(tx: Transaction) -> list[str]:
        return list(await tx.connection.scalars(select(Tag.name)))

    oliver, ada = await town.mentor("Oliver"), await town.mentor("Ada")
    await town.db.run(erasure.erase, oliver)
    assert await town.db.read(load_tags) == ["python"]
    await town.db.run(erasure.erase, ada)
    assert await town.db.read(load_tags) == []


async def test_meeting_places_lose_names_and_are_still_deleted(
    town: Community, clock: Clock
) -> None:
    db = town.db
    await town.configure(meeting_place="voice", meeting_parent_id=14)
    oliver, ada = await town.mentor("Oliver Quux"), await town.mentor("Ada Quux")
    maya = await town.member("Maya", points=500)
    zoe = await town.member("Zoe", points=500)
    made = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    unmade = await town.session(SessionStatus.CONFIRMED, zoe, ada)
    clock.now = made.starts_at - timedelta(minutes=10)
    rooms = {room.session.id: room for room in await db.run(meeting.claim_rooms_to_open)}
    await db.run(meeting.record_opened, rooms[made.id], 99)
    await db.run(meeting.postpone, rooms[unmade.id], "RuntimeError: Ada Quux")
    await town.wait_until(made.ends_at + timedelta(days=2))
    assert await town.count(MeetingPlace) == 2
    for mentor in (oliver, ada):
        await db.run(erasure.erase, mentor)
    assert [line for line in await db.read(cells) if "quux" in line.casefold()] == []
    (room,) = await db.run(meeting.claim_rooms_to_close)
    assert (room.session.id, room.channel_id) == (made.id, 99)


async def test_a_place_that_was_being_made_is_removed(town: Community, clock: Clock) -> None:
    await town.configure(meeting_place="voice", meeting_parent_id=14)
    oliver = await town.mentor("Oliver Quux")
    maya = await town.member("Maya", points=500)
    session = await town.session(SessionStatus.CONFIRMED, maya, oliver)
    clock.now = session.starts_at - timedelta(minutes=10)
    (room,) = await town.db.run(meeting.claim_rooms_to_open)
    await town.db.run(erasure.erase, oliver)
    await town.db.run(meeting.record_opened, room, 99)
    assert await traces_of(town, oliver) == []
    (closing,) = await town.db.run(meeting.claim_rooms_to_close)
    assert (closing.session.id, closing.channel_id) == (session.id, 99)
    await town.db.run(meeting.record_closed, closing)
    assert await town.count(MeetingPlace) == 0


# --- Somebody who returns meanwhile ------------------------------------------------------------


@dataclass
class ReturningPerson:
    """Somebody who returns during their erasure, and the new data that they have then."""

    town: Community
    oliver: Actor
    rows: int
    actor: Actor = field(default_factory=lambda: Actor(ID, "ReturningPerson", 10))
    has_returned: bool = False
    points: int = 0
    sessions: int = 0
    blocks: int = 0
    acts: int = 0
    latest: int = 0
    times: Any = field(default_factory=itertools.count)

    async def step(self) -> None:
        """Let somebody do a step of the latest erasure."""
        found = await self.town.db.read(erasure_steps.find, 10, ID)
        if found is not None:
            await self.town.db.run(erasure_steps.step, found.id, self.rows)

    async def come_back(self) -> None:
        await self.town.db.run(timezone_change.set_timezone, self.actor, "Europe/Paris")
        self.has_returned = True

    async def book(self) -> None:
        """Get some points, and book a session with them."""
        await self.come_back()
        await self.town.grant(self.actor, 100)
        start = TUESDAY_NOON + hours(24 * 14 + 2 * next(self.times))
        request = BookingRequest(self.oliver.user_id, start, 60, "Ashes", key=f"{start}")
        self.latest = (await self.town.db.run(booking.book, self.actor, request)).id
        self.sessions += 1
        self.points += 40

    async def book_and_cancel(self) -> None:
        """Have a session that is over."""
        await self.book()
        await self.town.db.run(transitions.cancel, self.actor, self.latest)
        self.points += 60

    async def block(self) -> None:
        person = 5_000 + next(self.times)
        await self.town.db.run(blocking.block, self.actor, BlockTarget(person, "Somebody"))
        self.has_returned, self.blocks = True, self.blocks + 1

    async def moderate(self) -> None:
        """Grant points to somebody."""
        chief = Actor(ID, "ReturningPerson", 10, manages_guild=True)
        to = Recipient(self.oliver.user_id, "Oliver")
        await self.town.db.run(adjustments.grant, chief, to, 1, "From the ashes")
        self.has_returned = True

    async def be_missed(self) -> None:
        """Be reported as a member who has left, unless that would end new sessions."""
        if not self.has_returned:
            await self.town.db.run(members.record_return, 10, ID)
            await self.town.db.run(departures.record_departure, 10, ID)
            await finish_changes(self.town.db)

    async def erase(self) -> None:
        """Erase what there is now, too."""
        await self.town.db.run(erasure.erase, self.actor, None, 0)
        self.has_returned = False
        self.points = self.sessions = self.blocks = self.acts = 0

    async def check(self) -> None:
        """Check that all old data is gone, and all new data is kept."""
        db = self.town.db
        await db.read(assert_ledger_consistent)
        assert await self.town.count(Erasure) == 0
        lines = await db.read(cells)
        if not self.has_returned:
            assert [line for line in lines if "phoenix" in line.casefold()] == []
            assert traces(lines) == []
            return
        assert traces([line for line in lines if str(ID) not in line]) == []
        assert await self.town.balance(self.actor) == self.points
        assert await count_with(db, Participant.user_id) == self.sessions
        assert await count_with(db, IdempotencyKey.user_id) == self.sessions
        assert await count_with(db, Block.blocker_id) == self.blocks
        # Granting points alone doesn't make a moderator a member.
        assert await count_with(db, Member.user_id) >= (self.sessions + self.blocks > 0)
        assert await count_with(db, Event.actor_id) == self.acts


ACTS: dict[str, Callable[[ReturningPerson], Awaitable[None]]] = {
    "step": ReturningPerson.step,
    "come back": ReturningPerson.come_back,
    "book": ReturningPerson.book,
    "book and cancel": ReturningPerson.book_and_cancel,
    "block": ReturningPerson.block,
    "moderate": ReturningPerson.moderate,
    "be missed": ReturningPerson.be_missed,
    "erase": ReturningPerson.erase,
}


@pytest.fixture(scope="module")
def story_file(tmp_path_factory: pytest.TempPathFactory, migrated_file: Path) -> Path:
    """A database with the story of Zebedee."""
    path = tmp_path_factory.mktemp("story") / "story.db"
    shutil.copy(migrated_file, path)

    async def tell() -> None:
        async with opened(path, Clock(NOON)) as town:
            await town.configure(**HIGH_LIMITS)
            await tell_story(town)

    asyncio.run(tell())
    return path


@asynccontextmanager
async def opened(path: Path, clock: Clock) -> AsyncIterator[Community]:
    db = Database(f"sqlite+aiosqlite:///{path}", clock=clock, synchronous="OFF")
    try:
        yield Community(db, clock)
    finally:
        await db.close()


async def play(path: Path, acts: list[str], rows: int) -> None:
    """Erase Zebedee, let him act meanwhile, and complete all erasures."""
    clock = Clock(TUESDAY_NOON + hours(24))
    async with opened(path, clock) as town:
        phoenix = ReturningPerson(town, Actor(1002, "Oliver", 10), rows)
        await town.db.run(erasure.erase, Actor(ID, NAME, 10), None, 0)
        for act in acts:
            clock.turn(seconds=1)
            before = await count_with(town.db, Event.actor_id)
            await ACTS[act](phoenix)
            if act not in ("step", "erase"):
                phoenix.acts += await count_with(town.db, Event.actor_id) - before
        for _ in range(2):
            clock.turn(minutes=2)
            await finish_erasures(town.db)
        await phoenix.check()


ACTS_IN_ANY_ORDER = st.lists(
    st.sampled_from([*ACTS, "step", "step", "step"]), min_size=1, max_size=10
)


def run_copy(story_file: Path, acts: list[str], rows: int) -> None:
    path = story_file.with_name("copy.db")
    for leftover in story_file.parent.glob("copy.db*"):
        leftover.unlink()
    shutil.copy(story_file, path)
    asyncio.run(play(path, acts, rows))


@settings(max_examples=4)
@example(acts=["book and cancel", "moderate", "block", "step"], rows=200)
@example(acts=["be missed", "step", "be missed"], rows=10)
@given(acts=ACTS_IN_ANY_ORDER, rows=st.sampled_from([1, 10, 60, 200]))
def test_new_data_of_a_returning_person_is_kept(
    story_file: Path, acts: list[str], rows: int
) -> None:
    run_copy(story_file, acts, rows)


@pytest.mark.long
@settings(max_examples=150)
@given(acts=ACTS_IN_ANY_ORDER, rows=st.sampled_from([1, 10, 60, 200]))
def test_new_data_is_kept_in_random_histories(story_file: Path, acts: list[str], rows: int) -> None:
    run_copy(story_file, acts, rows)


@pytest.mark.parametrize(
    "column",
    [
        "notices SET facts",
        "events SET facts",
        "members SET muted_notices",
        "mentor_profiles SET durations",
        "profile_revisions SET expertise",
    ],
)
async def test_people_with_unreadable_data_can_be_erased(town: Community, column: str) -> None:
    """SQLite stores any text in a column of JSON."""
    if town.db.url.startswith("postgresql"):
        pytest.skip("PostgreSQL refuses broken JSON")
    oliver = await town.mentor("Oliver")

    async def spoil(tx: Transaction) -> None:
        await tx.connection.execute(text(f"UPDATE {column} = '{{'"))

    await town.db.run(spoil)
    assert (await town.db.run(erasure.erase, oliver)).unfinished is None
    assert not (await town.db.read(erasure.preview, oliver)).has_data
