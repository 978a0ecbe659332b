"""A program that erases a person until `test_erasure.py` kills it.

python tests/crash/programs/eraser.py URL GUILD PERSON NOW

It prints a line after each transaction.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime

from mentorship.actors import Actor
from mentorship.operations import erasure
from mentorship.operations.erasure_phases import steps as erasure_steps
from storage import Database


async def main(url: str, guild: int, person: int, now: datetime) -> None:
    db = Database(url, clock=lambda: now)
    await db.open()
    begun = await db.run(erasure.erase, Actor(person, "Somebody", guild), None, 0)
    print("begun", flush=True)
    assert begun.unfinished is not None
    while await db.run(erasure_steps.step, begun.unfinished, 1):
        print("step", flush=True)
    print("done", flush=True)


if __name__ == "__main__":
    url, guild, person, now = sys.argv[1:]
    started = datetime.fromisoformat(now).astimezone(UTC)
    asyncio.run(main(url, int(guild), int(person), started))
