"""A community in which everybody does everything is killed again and again, at random moments.

Whatever was said to be done is done, nothing is half done, every notice that was written is sent
once, and the books are right. Some rounds are in `make test`; `--rounds` says how many more there
are in `make test-long`.
"""

from __future__ import annotations

import asyncio
import random
import signal
from collections import Counter
from pathlib import Path

import pytest

from bot.replies import nonce
from mentorship.notifications.catalogue import NotificationKind
from mentorship.operations import reconciliation
from mentorship.statuses import SessionStatus
from storage import Database
from storage.tables import Notification, Participant, Review, Session, Transfer
from tests.conftest import Clock
from tests.mentorbot.fake_discord import DiscordStandin, discord_standin
from tests.mentorbot.processes import script
from tests.mentorship.support.community import Community

LIVING = Path(__file__).with_name("living.py")
MENTORS, MENTEES = 3, 5

# How each act may leave a session, whatever came after it.
LEAVES = {
    "confirm": set(SessionStatus)
    - {SessionStatus.SCHEDULED, SessionStatus.DECLINED, SessionStatus.EXPIRED},
    "decline": {SessionStatus.DECLINED},
    "cancel": {SessionStatus.CANCELLED},
}


async def round_of(arguments: list[str], after: int, then: float) -> list[str]:
    """Let the program live until it has done so much and a moment longer, and kill it. Returns
    what it said, to the last whole line."""
    said = []
    async with script(LIVING, *arguments) as process, asyncio.timeout(60):
        for _ in range(after):
            line = await process.stdout.readline()
            assert line, "it ended by itself"
            said.append(line)
        await asyncio.sleep(then)
        process.signal(signal.SIGKILL)
        rest = (await process.stdout.read()).splitlines(keepends=True)
        assert await process.ended() == -signal.SIGKILL
    return [line.decode().strip() for line in (*said, *rest) if line.endswith(b"\n")]


@pytest.mark.parametrize("rounds", [4, pytest.param(None, marks=pytest.mark.long)])
async def test_repeated_kills_lose_and_duplicate_nothing(
    database_url: str, clock: Clock, rounds: int | None, request: pytest.FixtureRequest
) -> None:
    rounds = rounds or request.config.getoption("rounds")
    chance = random.Random()
    seed = chance.randrange(10**6)
    print(f"seed {seed}, for what people do")
    db = Database(database_url, clock=clock)
    town = Community(db, clock)
    await town.settle()
    mentors = [await town.mentor(f"Mentor {n}", minimum_notice=0) for n in range(MENTORS)]
    mentees = [await town.member(f"Mentee {n}", points=10**6) for n in range(MENTEES)]
    await db.close()
    who = [",".join(str(each.user_id) for each in kind) for kind in (mentors, mentees)]
    said: list[str] = []
    async with discord_standin() as discord:
        for number in range(rounds):
            # Leases end, sessions begin and end.
            clock.turn(hours=7)
            given = [discord.address, database_url, clock.now.isoformat()]
            given += [f"{seed}.{number}", str(town.guild_id), *who]
            said += await round_of(given, chance.randrange(1, 60), chance.random() / 10)
        clock.turn(hours=1)
        await at_rest([discord.address, database_url, clock.now.isoformat(), ""], town, who)
        await judged(town, said, rounds, discord)
    # Enough came up for the comparison to mean something.
    assert {line.split()[0] for line in said} >= {"booked", "confirm", "cancel", "gave"}


async def at_rest(given: list[str], town: Community, who: list[str]) -> None:
    arguments = [*given, town.guild_id, *who]
    async with script(LIVING, *arguments) as process, asyncio.timeout(120):
        assert await process.stdout.read() == b"at rest\n"
        assert await process.ended() == 0


async def judged(town: Community, said: list[str], rounds: int, discord: DiscordStandin) -> None:
    """Compare what was said with what is there."""
    await town.db.open()
    there = await town.everything()
    found = await town.db.read(reconciliation.check)
    await town.db.close()
    assert found.faults == ()
    sessions = {row.id: row for row in there[Session.__tablename__]}
    gifts = {row.id: row for row in there[Transfer.__tablename__] if row.cause == "gift"}
    stars = {row.session_id: row.stars for row in there[Review.__tablename__]}
    places = Counter(row.session_id for row in there[Participant.__tablename__])

    # Whatever was said to be done is there.
    booked = set()
    for line in said:
        act, number, *facts = line.split()
        if act == "gave":
            assert gifts[int(number)].amount == int(facts[0]), line
            continue
        session = sessions[int(number)]
        if act == "booked":
            booked.add(session.id)
        elif act == "rated":
            assert stars[session.id] == int(facts[0]), line
        assert session.status in LEAVES.get(act, set(SessionStatus)), line

    # Nothing is there by half, and nothing twice: a kill may have cut off one act of each person.
    assert set(places.values()) == {2}
    assert places.keys() == sessions.keys()
    unsaid = rounds * (MENTORS + MENTEES)
    assert booked <= sessions.keys()
    assert len(sessions) - len(booked) <= unsaid
    assert len(gifts) - sum(line.startswith("gave") for line in said) <= unsaid

    # Every notice was sent once, or is of no more use; none waits that is due.
    notices = there[Notification.__tablename__]
    asked = {row.session_id for row in notices if row.kind == NotificationKind.REQUESTED}
    assert asked == sessions.keys()
    assert {row.status for row in notices} <= {"sent", "dropped", "waiting"}
    now = town.clock.now
    assert [row.key for row in notices if row.status == "waiting" and row.next_at <= now] == []
    sent = {nonce(row.key) for row in notices if row.status == "sent"}
    messages = Counter(message.nonce for message in discord.messages)
    assert messages.keys() >= sent
    assert set(messages.values()) <= {1}
    assert messages.keys() <= {nonce(row.key) for row in notices}
