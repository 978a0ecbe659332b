"""The command that lets all figures about mentoring be counted anew."""

from __future__ import annotations

from mentorbot.database import open_existing
from mentorbot.settings import Settings
from mentorship.insights import rebuilding


async def recount(settings: Settings) -> None:
    """Let the running program count all figures anew. Raises what `open_existing` does."""
    async with open_existing(settings) as database:
        await database.run(rebuilding.restart)
