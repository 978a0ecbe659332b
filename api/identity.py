"""Who somebody is in a guild, of whom a token says only an id.

Discord knows, where the bot runs beside the API (`bot.guilds.member_directory`); otherwise the
records do. The answer is remembered for a little, since callers come back at once.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from mentorship.actors import Actor
from mentorship.main_app import identity
from storage import Database

People = Callable[[int, int], Awaitable[Actor | None]]
"""Who somebody is in a guild (guild id, user id); None for whoever is known not to be in it.
Raises `ConnectionError` when Discord has to be asked and can't."""

KNOWN_FOR = 30.0
"""Seconds after which somebody is asked about again: so long may a new role take to count."""

MOST_KNOWN = 10_000


class Records:
    """Takes the records' word. Whoever is not in them has no name, and may well be there."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, guild_id: int, user_id: int) -> Actor | None:
        return await self._database.read(identity.recorded, guild_id, user_id)


class Remembered:
    """Asks `people`, and remembers for `KNOWN_FOR` whom it has found."""

    def __init__(self, people: People, clock: Callable[[], float] = time.monotonic) -> None:
        self._people, self._clock = people, clock
        self._known: OrderedDict[tuple[int, int], tuple[float, Actor]] = OrderedDict()

    async def __call__(self, guild_id: int, user_id: int) -> Actor | None:
        asked, known = self._known.get((guild_id, user_id), (0.0, None))
        now = self._clock()
        if known is not None and now - asked < KNOWN_FOR:
            return known
        found = await self._people(guild_id, user_id)
        # Whoever has just joined, or is not in the records yet, is not kept waiting.
        if found is None or not found.name:
            self._known.pop((guild_id, user_id), None)
            return found
        self._known[guild_id, user_id] = (now, found)
        self._known.move_to_end((guild_id, user_id))
        if len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        return found
