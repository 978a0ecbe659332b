"""A program that stops in the middle of a write transaction, for `test_frozen_processes.py`.

python tests/storage/on_postgresql/writer_process.py URL GUILD IDLE_LIMIT

It changes the guild's row, prints "written" and waits for a line on its standard input. Then it
commits, and prints how that ended.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace

from sqlalchemy import update

from storage import Database, DatabaseUnavailable, Transaction
from storage.postgresql.limits import SERVING
from storage.tables import Guild


async def change_and_wait(tx: Transaction, guild_id: int) -> None:
    """Change a guild's row, and wait until the test lets it continue."""
    changed = update(Guild).where(Guild.id == guild_id).values(starting_balance=1_000)
    await tx.connection.execute(changed)
    print("written", flush=True)
    await asyncio.to_thread(sys.stdin.readline)


async def main(url: str, guild_id: int, idle_limit: float) -> None:
    database = Database(url, limits=replace(SERVING, idle_transaction=idle_limit))
    await database.open()
    try:
        await database.run(change_and_wait, guild_id)
    except DatabaseUnavailable:
        print("unavailable", flush=True)
    else:
        print("committed", flush=True)
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
