"""Jobs: work that runs again and again while the program is up.

What is due is stored in the tables, so a job is a plain function that may run at any time and as
often as needed. APScheduler calls it at an interval; several missed runs count as one.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.client import MentorBot
from bot.guilds.announcements import update_announcements
from bot.guilds.group_rooms import update_group_rooms
from bot.guilds.meeting_rooms import update_meeting_rooms
from bot.guilds.membership import detect_departures
from bot.guilds.request_cards import update_request_cards
from bot.guilds.role_removals import take_roles
from bot.guilds.roll_call import check_everyone
from bot.guilds.scheduled_events import compare_events, update_events
from bot.guilds.threshold_roles import update_threshold_roles
from bot.notifications.delivery import deliver_due
from mentorbot.jobs.clock_leaps import run_jobs_after_leaps
from mentorbot.jobs.daily import HOUR_S, DailyWork
from mentorbot.jobs.housekeeping import Housekeeping
from mentorbot.jobs.job import Job
from mentorbot.jobs.ledger_check import check_ledger
from mentorbot.settings import JobSettings, RetentionSettings
from mentorship import faults
from mentorship.availability.slot_alerts import dispatch
from mentorship.delivery import outbox
from mentorship.mentors import mentor_roles
from mentorship.notifications import reminder_changes
from mentorship.operations.erasure_phases import steps as erasure_steps
from mentorship.recognition import earned_roles
from mentorship.relationships import goal_questions
from mentorship.sessions import clock as sessions_clock
from mentorship.sessions import departures, service_time
from mentorship.sessions.wall_times import zone_rules
from mentorship.time import timezones
from storage import Database
from storage.batches import iterate_batches

log = logging.getLogger(__name__)

ERASURES_INTERVAL_S = 60.0
"""Seconds between two looks for erasures that were begun and not completed, and for what they left
to do in Discord."""

SLOT_ALERTS_INTERVAL_S = 15.0
"""Seconds between two looks for open slots that members wait for."""

GOAL_QUESTIONS_INTERVAL_S = 300.0
"""Seconds between two looks for mentees to ask about their goals."""

MAX_SLOT_ALERT_STEPS = 5
"""Transactions in one run of that job. Each looks at up to `dispatch.MENTORS_AT_ONCE` mentors."""

WALL_TIMES_INTERVAL_S = 600.0
"""Seconds between two looks whether sessions have to be compared with new rules of time zones. They
change when the program is started with another tz database."""

ANNOUNCEMENTS_INTERVAL_S = 3.0
"""Seconds between two edits of an announcement or a request for help, at least. Discord allows 5
edits in 5 s."""

EVENTS_INTERVAL_S = 600.0
"""Seconds between two looks for scheduled events that people changed while the bot was offline."""

PRE_SESSION_CHECK = timedelta(minutes=10)
"""How long before a session starts its participants are checked to be still in the server."""

MAX_DELIVERY_HOLD_S = 120.0
"""Seconds that delivery waits, at most, for the clock of service time after a leap of the system
clock or a downtime. A wrong clock would drop reminders as too late."""

MIN_DELIVERY_DELAY_S = 1.0
"""Seconds before delivery retries notifications that are due but couldn't be sent just now."""


@dataclass(slots=True)
class DeliveryHold:
    """Holds delivery while the system clock may be wrong, for `MAX_DELIVERY_HOLD_S` at most.

    So a clock that leaps for one run drops no reminders, and a job that fails to tick stops no
    messages.
    """

    database: Database
    tolerance: timedelta
    _since: float | None = None

    async def is_on(self) -> bool:
        """Return whether delivery has to wait now."""
        if await self.database.read(service_time.is_near_last_tick, self.tolerance):
            self._since = None
            return False
        if self._since is None:
            self._since = time.monotonic()
        return time.monotonic() - self._since < MAX_DELIVERY_HOLD_S


async def advance_sessions(
    database: Database,
    tolerance: timedelta = service_time.DOWNTIME,
    after_step: Callable[[], None] = lambda: None,
) -> int:
    """Advance the sessions that are due, and return how many steps that were.

    The clock of service time ticks first, with this `tolerance`. Rows that reads have left
    out are recorded here, since reads can't write. `after_step` is called after each transaction.
    """
    if database.unreadable:
        noted, database.unreadable = database.unreadable, {}
        await database.run(faults.record_noted, noted)
    advanced = 0
    # One call advances each due session by one step, up to a maximum number of sessions.
    while step := await database.run(sessions_clock.advance, tolerance):
        advanced += step
        after_step()
    return advanced


async def finish_changes(database: Database, after_step: Callable[[], None] = lambda: None) -> int:
    """Finish changes to more rows than one transaction writes. Returns the number of steps.

    `after_step` is called after each transaction.
    """
    steps = 0
    for step in (
        departures.end_next,
        reminder_changes.replace_next_of_guild,
        reminder_changes.replace_next_of_member,
        mentor_roles.schedule_next,
    ):
        async for done in iterate_batches(database, step):
            steps += done
            after_step()
    return steps


async def compare_thresholds(
    database: Database, after_step: Callable[[], None] = lambda: None
) -> int:
    """Compare mentors with the thresholds of roles, as far as it is due. Returns the steps."""
    steps = 0
    while await database.read(earned_roles.has_due_rules):
        await database.run(earned_roles.compare_some)
        steps += 1
        after_step()
    return steps


def create_jobs(
    settings: JobSettings,
    retention: RetentionSettings,
    bot: MentorBot,
    database: Database,
    clock: Callable[[], float] = time.monotonic,
) -> tuple[Job, ...]:
    """Create all jobs, scheduled from now on; the first is delivery. The caller runs them.

    They deliver notifications, advance sessions, manage the channels of sessions, announce group
    sessions, post requests for help, notice members who left, check the points ledger, and delete
    old data. Those of daily work run every hour, so that it is soon tried again. `clock` (seconds)
    is one that nobody can set.
    """
    # A longer interval between two ticks of service time needs a more patient clock.
    tolerance = max(service_time.DOWNTIME, timedelta(seconds=3 * settings.advance))
    hold = DeliveryHold(database, tolerance)

    async def deliver_all() -> int:
        # Until Discord has sent the bot its guilds, roles can't be assigned.
        if not bot.is_ready() or await hold.is_on():
            return 0
        return await deliver_due(bot, database, after_batch=delivery.record_progress)

    async def advance_all() -> int:
        return await advance_sessions(database, tolerance, advancing.record_progress)

    async def finish_all() -> int:
        return await finish_changes(database, finishing.record_progress)

    async def manage_rooms() -> int:
        if not bot.is_ready():
            return 0
        updated = await update_meeting_rooms(bot, database, after_room=rooms.record_progress)
        return updated + await update_group_rooms(bot, database, after_room=rooms.record_progress)

    async def announce_all() -> int:
        if not bot.is_ready():
            return 0
        sent = await update_announcements(bot, database, after_each=announcing.record_progress)
        # Events link to their announcements, so they come second.
        return sent + await update_events(bot, database, after_each=announcing.record_progress)

    async def compare_all() -> int:
        if not bot.is_ready():
            return 0
        return await compare_events(bot, database, after_guild=comparing.record_progress)

    async def post_requests() -> int:
        if not bot.is_ready():
            return 0
        return await update_request_cards(bot, database, after_each=posting.record_progress)

    async def check_participants() -> int:
        if not bot.is_ready():
            return 0
        return await detect_departures(
            bot, database, PRE_SESSION_CHECK, after_person=participants.record_progress
        )

    async def check_members() -> int | None:
        # At the start of the process, the bot isn't ready yet.
        return await check_everyone(bot, database) if bot.is_ready() else None

    async def tell_of_slots() -> int:
        return await send_slot_alerts(database, slot_alerts.record_progress)

    async def ask_mentees() -> int:
        return await ask_about_goals(database, goal_questions_job.record_progress)

    async def resume_erasures() -> int:
        return await finish_erasures(database, erasures.record_progress)

    async def take_mentor_roles() -> int:
        if not bot.is_ready():
            return 0
        taken = await take_roles(bot, database, after_each=roles.record_progress)
        await compare_thresholds(database, roles.record_progress)
        return taken + await update_threshold_roles(bot, database, after_each=roles.record_progress)

    async def compare_times() -> int:
        version = await asyncio.to_thread(timezones.database_version)
        return await compare_wall_times(database, version, wall_times.record_progress)

    async def check_points() -> int:
        return await check_ledger(database)

    def daily(name: str, function: Callable[[], Awaitable[int | None]]) -> Job:
        return job(name, DailyWork(function, clock).run_if_due, HOUR_S)

    job = partial(Job, clock=clock)
    delivery = job("deliver notifications", deliver_all, settings.deliver, is_essential=True)
    advancing = job("advance sessions", advance_all, settings.advance, is_essential=True)
    finishing = job("finish changes", finish_all, settings.advance)
    rooms = job("manage session channels", manage_rooms, settings.advance)
    announcing = job("announce group sessions", announce_all, ANNOUNCEMENTS_INTERVAL_S)
    posting = job("post requests for help", post_requests, ANNOUNCEMENTS_INTERVAL_S)
    comparing = job("compare scheduled events", compare_all, EVENTS_INTERVAL_S)
    check_interval_s = PRE_SESSION_CHECK.total_seconds() / 2
    participants = job("check participants", check_participants, check_interval_s)
    slot_alerts = job("send slot alerts", tell_of_slots, SLOT_ALERTS_INTERVAL_S)
    goal_questions_job = job("ask about goals", ask_mentees, GOAL_QUESTIONS_INTERVAL_S)
    erasures = job("resume erasures", resume_erasures, ERASURES_INTERVAL_S)
    roles = job("take mentor roles", take_mentor_roles, ERASURES_INTERVAL_S)
    wall_times = job("compare wall times", compare_times, WALL_TIMES_INTERVAL_S)
    return (
        delivery,
        advancing,
        finishing,
        rooms,
        announcing,
        posting,
        comparing,
        participants,
        slot_alerts,
        goal_questions_job,
        daily("check all members", check_members),
        daily("check ledger", check_points),
        erasures,
        roles,
        wall_times,
        daily("housekeeping", Housekeeping(database, retention, tolerance).run),
    )


@asynccontextmanager
async def run_jobs(
    settings: JobSettings,
    retention: RetentionSettings,
    bot: MentorBot,
    database: Database,
    *,
    grace_seconds: float,
) -> AsyncIterator[tuple[Job, ...]]:
    """Run all jobs while the context is open; yields them.

    Delivery also runs right after a commit that wrote notifications, and when the next one comes
    due. On exit, jobs that are running have `grace_seconds` to finish.
    """
    jobs = create_jobs(settings, retention, bot, database)
    delivery = jobs[0]
    scheduler = AsyncIOScheduler(timezone=UTC)
    for job in jobs:
        scheduler.add_job(
            job.run,
            "interval",
            id=job.name,
            seconds=job.interval_s,
            next_run_time=datetime.now(UTC),
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
    scheduler.start()
    delivering = asyncio.create_task(
        _deliver_when_due(database, delivery, settings), name="deliver when due"
    )
    listening = asyncio.create_task(database.listen(), name="listen for notifications")
    watching = asyncio.create_task(run_jobs_after_leaps(scheduler), name="watch the clock")
    try:
        yield jobs
    finally:
        scheduler.pause()
        try:
            async with asyncio.timeout(grace_seconds), AsyncExitStack() as idle:
                for job in jobs:
                    await idle.enter_async_context(job.lock)
        except TimeoutError:
            log.warning("a job took too long to finish and is cancelled")
        delivering.cancel()
        listening.cancel()
        watching.cancel()
        # APScheduler cancels the runs that wait for a job's lock, none of which has begun.
        scheduler.shutdown(wait=False)


async def send_slot_alerts(
    database: Database, after_step: Callable[[], None] = lambda: None
) -> int:
    """Tell members of open slots that they wait for. Returns how many mentors were looked at.

    A run is limited, however many alerts there are; mentors take turns from one to the next.
    `after_step` is called after each transaction.
    """
    looked_at = 0
    for _ in range(MAX_SLOT_ALERT_STEPS):
        mentors = await database.run(dispatch.tell_due)
        looked_at += mentors
        after_step()
        if not mentors:
            break
    return looked_at


async def ask_about_goals(database: Database, after_step: Callable[[], None] = lambda: None) -> int:
    """Ask mentees how far they have come with their goals. Returns how many mentorships were due.

    `after_step` is called after each transaction.
    """
    handled = 0
    async for due in iterate_batches(database, goal_questions.ask_due):
        handled += due
        after_step()
    return handled


async def finish_erasures(database: Database, after_step: Callable[[], None] = lambda: None) -> int:
    """Continue erasures that were left unfinished, such as by a crash. Returns how many.

    The process that begins an erasure normally completes it. One that fails is retried later, and
    the others are still completed. So are those behind any number that have to wait. `after_step`
    is called after each transaction.
    """
    continued = after_id = 0
    while unfinished := await database.read(erasure_steps.list_unfinished, after_id):
        for erasure_id in unfinished:
            async for _ in iterate_batches(database, erasure_steps.resume, erasure_id):
                after_step()
        continued += len(unfinished)
        after_id = unfinished[-1]
    return continued


async def compare_wall_times(
    database: Database, version: str, after_step: Callable[[], None] = lambda: None
) -> int:
    """Compare upcoming sessions with this process's rules of time zones, if they are newer.

    `version` is that of its tz database. Returns the number of steps. `after_step` is called after
    each transaction.
    """
    steps = 0
    while await database.read(zone_rules.is_due, version):
        if not (done := await database.run(zone_rules.compare_next, version)):
            break
        steps += done
        after_step()
    return steps


async def _deliver_when_due(database: Database, delivery: Job, settings: JobSettings) -> None:
    """Run delivery after each commit that wrote notifications, and when the next one is due."""
    while True:
        try:
            due_at = await database.read(outbox.next_due)
        except Exception:
            log.exception("can't read the outbox")
            due_at = None
        delay = settings.deliver
        if due_at is not None:
            delay = max(MIN_DELIVERY_DELAY_S, (due_at - database.now()).total_seconds())
        try:
            async with asyncio.timeout(delay):
                await database.outbox_changed.wait()
        except TimeoutError:
            pass
        database.outbox_changed.clear()
        await delivery.run()
