"""A program in which everybody acts at random is killed again and again, at any moment.

Many act at once, so their transactions share commits. Whoever got an answer finds their act in the
database. An act without an answer is wholly there or wholly absent, and repeating it does it once.
On PostgreSQL, sessions of the program and the server itself are killed as well. `make test` runs a
few rounds; in `make test-long` their number is `--rounds`.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from bot.replies import nonce
from mentorbot.jobs.schedule import finish_erasures
from mentorship.actors import Actor
from mentorship.errors import StillToSettle
from mentorship.notifications.catalogue import ASKING_KINDS, DropReason
from mentorship.operations import erasure, personal_data
from mentorship.operations.erasure_phases import steps as erasure_steps
from mentorship.sessions.lifecycle import Action
from storage.batches import run_in_batches
from tests.conftest import Clock
from tests.crash.activity import acts, checks, group_checks
from tests.crash.activity.group_acts import GroupAct
from tests.crash.activity.offer_acts import OfferAct
from tests.crash.activity.world import VILLAGES, VISITORS, World, create_world
from tests.mentorship.operations.test_privacy import cells
from tests.mentorship.support.community import assert_ledger_consistent

SHORT_ROUNDS = 3

ENOUGH_ROUNDS = 50
"""In as many rounds, people do everything that they can."""

LONGEST_WAIT_DAYS = 40
"""After that, every session is over, also if its dispute was resolved by nobody."""


@pytest.mark.parametrize("rounds", [SHORT_ROUNDS, pytest.param(None, marks=pytest.mark.long)])
async def test_repeated_kills_lose_and_duplicate_nothing(
    database_url: str,
    clock: Clock,
    tmp_path: Path,
    rounds: int | None,
    request: pytest.FixtureRequest,
) -> None:
    is_postgresql = request.config.getoption("engine") == "postgresql"
    server = request.getfixturevalue("server") if is_postgresql else None
    seed = random.randrange(10**6)
    print(f"seed of the actions: {seed}")
    async with create_world(database_url, clock, tmp_path, seed, server) as world:
        for number in range(rounds or request.config.getoption("rounds")):
            await world.run_round(number)
            await check_everything(world)
        # The budget for opening direct messages suffices for a few people at once.
        for _ in range(2):
            clock.turn(hours=1)
            await world.run_until_idle()
        await check_everything(world)
        await check_deliveries(world)
        await check_purged_guilds(world)
        await erase_visitors(world)
        print(world.report())
        acknowledged = {
            each.act.kind for each in world.history.acts.values() if each.outcome.is_acknowledged
        }
        # Enough was done at once for the comparison to mean something.
        assert acknowledged >= {acts.BOOK, acts.GIVE, acts.GRANT, acts.ERASE, Action.CONFIRM}
        assert acknowledged >= {GroupAct.CREATE, GroupAct.JOIN}
        assert is_postgresql or max(world.history.commits) > 1
        if rounds is None and request.config.getoption("rounds") >= ENOUGH_ROUNDS:
            assert acknowledged >= {acts.RATE, acts.RESOLVE, Action.ACCEPT_PROPOSAL, Action.CANCEL}
            assert acknowledged >= {*GroupAct, *OfferAct}


async def check_everything(world: World) -> None:
    """Compare the database with the journal, and with itself."""
    await world.town.db.open()
    tables = await world.town.dump()
    await world.town.db.read(assert_ledger_consistent)
    await world.town.db.close()
    done = checks.find_done(tables)
    checks.check_outcomes(world.history, done)
    checks.check_effects(world.history, tables, done)
    group_checks.check_effects(world.history, tables, done)
    checks.check_sessions(tables, world.town.guild_id)
    group_checks.check_groups(tables)
    group_checks.check_escrow(tables, world.town.guild_id)
    group_checks.check_series(tables)
    group_checks.check_invitations(tables)
    group_checks.check_notifications(tables["notices"])
    checks.check_commitments(tables["commitments"])
    for recorded in world.history.unfinished():
        world.repeated["done" if recorded.act.id in done else "absent"] += 1


async def check_deliveries(world: World) -> None:
    """Check that each notification that was due was sent, and shown once."""
    await world.town.db.open()
    notifications = await world.town.notifications()
    await world.town.db.close()
    messages = [message.nonce for message in world.discord.messages]
    checks.check_messages(notifications, messages, nonce)
    now = world.clock.now
    late = [row.key for row in notifications if row.status == "waiting" and row.next_at <= now]
    assert late == []
    # While the program was down, the time to answer some questions passed.
    failed = [row for row in notifications if row.status == "failed"]
    assert {row.problem for row in failed} <= {DropReason.EXPIRED}
    assert {row.kind for row in failed} <= set(ASKING_KINDS)


async def check_purged_guilds(world: World) -> None:
    """Check that nothing is left of the servers that were purged."""
    await world.town.db.open()
    tables = await world.town.dump()
    await world.town.db.close()
    rows = [row for rows in tables.values() for row in rows]
    assert [row for row in rows if getattr(row, "guild_id", None) in VILLAGES] == []
    assert [row for row in tables["guilds"] if row.id in VILLAGES] == []


async def erase_visitors(world: World) -> None:
    """Erase everybody who has come back, and check that no id of theirs is left."""
    db, guild_id = world.town.db, world.town.guild_id
    remaining = set(VISITORS)
    for _ in range(LONGEST_WAIT_DAYS):
        await db.open()
        for user_id in sorted(remaining):
            try:
                result = await db.run(erasure.erase, Actor(user_id, f"Person {user_id}", guild_id))
            except StillToSettle:
                continue
            if result.unfinished is not None:
                await run_in_batches(db, erasure_steps.step, result.unfinished)
        await finish_erasures(db)
        remaining = {
            user_id
            for user_id in remaining
            if await db.read(personal_data.has_data, guild_id, user_id)
        }
        if not remaining:
            break
        await db.close()
        world.clock.turn(days=1)
        await world.run_until_idle()
    traces = [cell for cell in await db.read(cells) if any(str(each) in cell for each in VISITORS)]
    await db.read(assert_ledger_consistent)
    await db.close()
    assert traces == []
