"""A program that purges a guild in small batches until `test_purge.py` kills it.

python tests/crash/programs/purger.py URL GUILD NOW

It prints a line for each batch.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime

from mentorship.operations import guild_purge
from storage import Database, Transaction
from storage.batches import run_in_batches

BATCH_SIZE = 3


async def main(url: str, guild: int, now: datetime) -> None:
    db = Database(url, clock=lambda: now)
    await db.open()
    await db.run(guild_purge.begin, guild)

    async def delete_batch(tx: Transaction) -> int:
        deleted = await guild_purge.delete_batch(tx, guild, BATCH_SIZE)
        print("deleting", deleted, flush=True)
        return deleted

    await run_in_batches(db, delete_batch)
    print("purged", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), datetime.fromisoformat(sys.argv[3])))
