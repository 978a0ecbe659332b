"""Housekeeping: what is deleted and compacted once a day, in independent steps.

A step that fails is logged by its name and counts as a failure of the job; the others still run.
Each consists of short transactions with pauses in between, so that it doesn't make others wait.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from mentorbot.settings import RetentionSettings
from mentorship import faults
from mentorship.availability import hours_storage, travel_storage
from mentorship.operations import (
    backup_log,
    event_retention,
    guild_purge,
    handled_interactions,
    retention,
)
from mentorship.operations.retention import BATCH_SIZE, Periods, Rule
from mentorship.search import unmet
from mentorship.sessions import service_time
from mentorship.webhooks import removal
from storage import Database, compaction
from storage.batches import run_in_batches

log = logging.getLogger(__name__)


class HousekeepingFailed(Exception):
    """Some steps of housekeeping failed; their names are the arguments."""


@dataclass(frozen=True, slots=True)
class Step:
    """A part of housekeeping; `run` returns how many rows it has deleted.

    `tables` are those from which it deletes old rows.
    """

    name: str
    run: Callable[[], Awaitable[int]]
    tables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Housekeeping:
    """Runs `run_housekeeping`, but never while the system clock may be wrong.

    A clock that is a month ahead would make it delete what has to be kept for a month.
    """

    database: Database
    retention: RetentionSettings
    tolerance: timedelta

    async def run(self) -> int | None:
        """Return how many rows were deleted, None if the clock isn't trusted.

        Raises what `run_housekeeping` does.
        """
        if not await self.database.read(service_time.is_near_last_tick, self.tolerance):
            return None
        return await run_housekeeping(self.database, self.retention)


async def run_housekeeping(database: Database, settings: RetentionSettings) -> int:
    """Run all steps. Returns how many rows were deleted. Raises `HousekeepingFailed` at the end."""
    deleted, failed = 0, []
    for step in steps(database, settings):
        started = time.perf_counter()
        try:
            rows = await step.run()
        except Exception:
            log.exception("housekeeping step failed", extra={"step": step.name})
            failed.append(step.name)
            continue
        seconds = round(time.perf_counter() - started, 3)
        level = logging.INFO if rows else logging.DEBUG
        log.log(level, "housekeeping", extra={"step": step.name, "rows": rows, "s": seconds})
        deleted += rows
    if failed:
        raise HousekeepingFailed(*failed)
    return deleted


def steps(database: Database, settings: RetentionSettings) -> Iterator[Step]:
    """Yield the steps in their order: compacting last, to wipe what the others have deleted."""
    periods = Periods(
        events=timedelta(days=settings.events),
        audit_log=_days(settings.audit_log),
        applications=_days(settings.applications),
    )
    batches = partial(run_in_batches, database)
    kept_events = (periods.events, periods.audit_log)
    yield from (
        Step(f"delete old {name}", run, (name,))
        for name, run in (
            ("idempotency_keys", partial(batches, retention.delete_old_keys)),
            ("handled_interactions", partial(batches, handled_interactions.delete_old)),
            ("events", partial(batches, event_retention.delete_old_events, *kept_events)),
            ("date_overrides", partial(batches, hours_storage.delete_past_overrides, BATCH_SIZE)),
            ("travel", partial(batches, travel_storage.delete_past, BATCH_SIZE)),
            ("faults", partial(batches, faults.delete_old)),
            ("backups", partial(batches, backup_log.delete_old)),
            ("webhook_deliveries", partial(batches, removal.delete_old)),
            ("unmet_searches", partial(batches, unmet.delete_old_unmet, BATCH_SIZE)),
            ("vain_searches", partial(batches, unmet.delete_old_vain, BATCH_SIZE)),
        )
    )
    for rule in retention.RULES:
        name = rule.table.__tablename__
        yield Step(f"delete old {name}", partial(_walk, database, rule, periods), rule.tables)
    yield Step("purge servers", partial(_purge_guilds, database))
    yield Step("compact", partial(_compact, database))
    yield Step("refresh statistics", partial(_optimize, database))


def _days(number: int) -> timedelta | None:
    return timedelta(days=number) if number else None


async def _walk(database: Database, rule: Rule, periods: Periods) -> int:
    """Delete the rows that a rule calls old. Only the deletions hold the write lock."""
    deleted = 0
    after_id: int | None = 0
    while after_id is not None:
        chunk = await database.read(retention.find_expired, rule, periods, after_id)
        for start in range(0, len(chunk.ids), BATCH_SIZE):
            ids = chunk.ids[start : start + BATCH_SIZE]
            deleted += await database.run(retention.delete_expired, rule, periods, ids)
        after_id = chunk.last_id
    return deleted


async def _purge_guilds(database: Database) -> int:
    """Purge the guilds that are due. One that can't be purged doesn't keep the others from it."""
    deleted, failed = 0, []
    for guild_id in await database.read(guild_purge.list_due):
        try:
            if not await database.run(guild_purge.begin, guild_id):
                continue
            rows = await run_in_batches(database, guild_purge.delete_batch, guild_id)
        except Exception:
            log.exception("can't purge a server", extra={"guild": guild_id})
            failed.append(guild_id)
            continue
        extra = {"guild": guild_id, "rows": rows}
        log.info("purged the data of a server that removed the bot", extra=extra)
        deleted += rows
    if failed:
        raise HousekeepingFailed(*failed)
    return deleted


async def _compact(database: Database) -> int:
    result = await compaction.compact(database)
    if not result.is_log_empty:
        log.warning("the write-ahead log is in use and can't be emptied")
    return 0


async def _optimize(database: Database) -> int:
    await database.optimize()
    return 0
