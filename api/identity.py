"""Look up the guild member whose id a token names.

If the bot runs in the same process, Discord is asked (`bot.guilds.member_directory`); otherwise
the database is. Results are cached for a short time, since callers send requests in bursts.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from mentorship.actors import Actor
from mentorship.main_app import identity
from storage import Database

MemberLookup = Callable[[int, int], Awaitable[Actor | None]]
"""Takes a guild id and a user id. Returns None for somebody who is known not to be in the guild.
Raises `ConnectionError` if Discord can't be reached."""

CACHE_TTL_S = 30.0
"""Seconds. A new or removed role takes this long to have an effect on what a person can read."""

MAX_CACHED_MEMBERS = 10_000


class DatabaseMemberLookup:
    """Looks members up in the database. Somebody who isn't in it is returned without a name."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, guild_id: int, user_id: int) -> Actor | None:
        return await self._database.read(identity.find_actor, guild_id, user_id)


class CachedMemberLookup:
    """Caches the members that `lookup` returns, each for `CACHE_TTL_S`."""

    def __init__(self, lookup: MemberLookup, clock: Callable[[], float] = time.monotonic) -> None:
        self._lookup, self._clock = lookup, clock
        self._cache: OrderedDict[tuple[int, int], tuple[float, Actor]] = OrderedDict()

    async def __call__(self, guild_id: int, user_id: int) -> Actor | None:
        cached_at, member = self._cache.get((guild_id, user_id), (0.0, None))
        now = self._clock()
        if member is not None and now - cached_at < CACHE_TTL_S:
            return member
        return await self.fetch(guild_id, user_id)

    async def fetch(self, guild_id: int, user_id: int) -> Actor | None:
        """Look somebody up as they are now, and cache the result."""
        member = await self._lookup(guild_id, user_id)
        # Not cached, so that somebody who has just joined or accepted the rules can go on at once.
        if member is None or not member.name or member.screening_pending:
            self._cache.pop((guild_id, user_id), None)
            return member
        self._cache[guild_id, user_id] = (self._clock(), member)
        self._cache.move_to_end((guild_id, user_id))
        if len(self._cache) > MAX_CACHED_MEMBERS:
            self._cache.popitem(last=False)
        return member
