"""A program in which everybody acts at random is killed again and again, at random moments.

Every action that was reported is in the database, nothing is incomplete, every notification is sent
once, and the ledger is consistent. `make test` runs a few rounds; in `make test-long` their number
is `--rounds`.
"""

from __future__ import annotations

import asyncio
import random
import signal
from collections import Counter
from pathlib import Path

import pytest

from bot.replies import nonce
from mentorship.notifications.catalogue import ASKING_KINDS, DropReason, NotificationKind
from mentorship.operations import reconciliation
from mentorship.statuses import SessionStatus
from storage import Database
from storage.tables import Notification, Participant, Review, Session, Transfer
from tests.conftest import Clock
from tests.mentorbot.support.fake_discord import FakeDiscord, fake_discord
from tests.mentorbot.support.processes import run_script
from tests.mentorship.support.community import Community

ACTIVITY = Path(__file__).with_name("activity.py")
MENTORS, MENTEES = 3, 5

# The statuses that a session may have after an action, whatever came later.
STATUSES_AFTER = {
    "confirm": set(SessionStatus)
    - {SessionStatus.SCHEDULED, SessionStatus.DECLINED, SessionStatus.EXPIRED},
    "decline": {SessionStatus.DECLINED},
    "cancel": {SessionStatus.CANCELLED},
}


async def run_and_kill(arguments: list[str], after_lines: int, delay: float) -> list[str]:
    """Run the program, and kill it `delay` seconds after it has printed some lines.

    Returns all complete lines that it printed.
    """
    lines = []
    async with run_script(ACTIVITY, *arguments) as process, asyncio.timeout(60):
        for _ in range(after_lines):
            line = await process.stdout.readline()
            assert line, "the program ended by itself"
            lines.append(line)
        await asyncio.sleep(delay)
        process.signal(signal.SIGKILL)
        rest = (await process.stdout.read()).splitlines(keepends=True)
        assert await process.ended() == -signal.SIGKILL
    return [line.decode().strip() for line in (*lines, *rest) if line.endswith(b"\n")]


@pytest.mark.parametrize("rounds", [4, pytest.param(None, marks=pytest.mark.long)])
async def test_repeated_kills_lose_and_duplicate_nothing(
    database_url: str, clock: Clock, rounds: int | None, request: pytest.FixtureRequest
) -> None:
    rounds = rounds or request.config.getoption("rounds")
    rng = random.Random()
    seed = rng.randrange(10**6)
    print(f"seed of the actions: {seed}")
    db = Database(database_url, clock=clock)
    town = Community(db, clock)
    await town.configure()
    mentors = [await town.mentor(f"Mentor {n}", minimum_notice=0) for n in range(MENTORS)]
    mentees = [await town.member(f"Mentee {n}", points=10**6) for n in range(MENTEES)]
    await db.close()
    people = [",".join(str(actor.user_id) for actor in group) for group in (mentors, mentees)]
    lines: list[str] = []
    async with fake_discord() as discord:
        for number in range(rounds):
            # Long enough for leases to expire and sessions to start and end.
            clock.turn(hours=7)
            arguments = [discord.address, database_url, clock.now.isoformat()]
            arguments += [f"{seed}.{number}", str(town.guild_id), *people]
            lines += await run_and_kill(arguments, rng.randrange(1, 60), rng.random() / 10)
        clock.turn(hours=1)
        arguments = [discord.address, database_url, clock.now.isoformat(), ""]
        await run_until_idle(arguments, town, people)
        await verify(town, lines, rounds, discord)
    # Enough kinds of actions were reported for the comparison to mean something.
    assert {line.split()[0] for line in lines} >= {"booked", "confirm", "cancel", "gave"}


async def run_until_idle(arguments: list[str], town: Community, people: list[str]) -> None:
    async with (
        run_script(ACTIVITY, *arguments, town.guild_id, *people) as process,
        asyncio.timeout(120),
    ):
        assert await process.stdout.read() == b"idle\n"
        assert await process.ended() == 0


async def verify(town: Community, lines: list[str], rounds: int, discord: FakeDiscord) -> None:
    """Compare what the program reported with the database and the messages sent."""
    await town.db.open()
    tables = await town.dump()
    found = await town.db.read(reconciliation.check)
    await town.db.close()
    assert found.faults == ()
    sessions = {row.id: row for row in tables[Session.__tablename__]}
    gifts = {row.id: row for row in tables[Transfer.__tablename__] if row.cause == "gift"}
    stars = {row.session_id: row.stars for row in tables[Review.__tablename__]}
    seats = Counter(row.session_id for row in tables[Participant.__tablename__])

    # Every action that was reported is in the database.
    booked = set()
    for line in lines:
        action, row_id, *facts = line.split()
        if action == "gave":
            assert gifts[int(row_id)].amount == int(facts[0]), line
            continue
        session = sessions[int(row_id)]
        if action == "booked":
            booked.add(session.id)
        elif action == "rated":
            assert stars[session.id] == int(facts[0]), line
        assert session.status in STATUSES_AFTER.get(action, set(SessionStatus)), line

    # Nothing is incomplete or duplicated. A kill may hide one action of each person.
    assert set(seats.values()) == {2}
    assert seats.keys() == sessions.keys()
    unreported = rounds * (MENTORS + MENTEES)
    assert booked <= sessions.keys()
    assert len(sessions) - len(booked) <= unreported
    assert len(gifts) - sum(line.startswith("gave") for line in lines) <= unreported

    # Every notification was sent once or dropped; none that is due is still waiting.
    notifications = tables[Notification.__tablename__]
    requested = {row.session_id for row in notifications if row.kind == NotificationKind.REQUESTED}
    assert requested == sessions.keys()
    assert {row.status for row in notifications} <= {"sent", "dropped", "waiting", "failed"}
    # While the program was down, the time to answer some questions passed.
    unheard = [row for row in notifications if row.status == "failed"]
    assert {row.problem for row in unheard} <= {DropReason.EXPIRED}
    assert {row.kind for row in unheard} <= set(ASKING_KINDS)
    now = town.clock.now
    assert [
        row.key for row in notifications if row.status == "waiting" and row.next_at <= now
    ] == []
    sent = {nonce(row.key) for row in notifications if row.status == "sent"}
    messages = Counter(message.nonce for message in discord.messages)
    assert messages.keys() >= sent
    assert set(messages.values()) <= {1}
    assert messages.keys() <= {nonce(row.key) for row in notifications}
