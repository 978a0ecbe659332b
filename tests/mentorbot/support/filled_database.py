"""A database with a little of everything that commands about whole databases need."""

from __future__ import annotations

from storage import Database
from tests.conftest import Clock
from tests.mentorship.support.community import Community, hours


async def fill(url: str, clock: Clock) -> Community:
    """Add a server with a session and points to an empty database, and close it."""
    town = Community(Database(url, clock=clock), clock)
    await town.configure()
    oliver = await town.mentor("Oliver")
    maya = await town.member("Maya", points=500)
    await town.book(maya, oliver, clock.now + hours(50))
    await town.db.close()
    return town
