"""A rate limit for opening direct messages with people whom the bot has not written to before.

Discord documents no number, but treats a bot that opens many of them quickly as a spammer. It first
answers with error 40003 and in the end quarantines the bot, which then can open none. Developers
report being flagged after 20 to 50 in a row. Messages in an open channel do not count.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

BURST = 10
"""Channels that may be opened at once after a pause."""

INTERVAL = timedelta(seconds=10)
"""Time after which one more channel may be opened: 360 an hour."""

COOLDOWN = timedelta(minutes=10)
"""How long no channel is opened after Discord has complained."""

PATIENCE = timedelta(minutes=2)
"""How long after its assigned time a notification may ask again. Later it loses its place: most
likely nobody needs it any more."""


@dataclass(frozen=True, slots=True)
class Waiter:
    """A person whose direct messages have to be opened, for a guild's notification of some cause.

    The same person may wait for several of them, of which the first to have its turn serves all.
    """

    user_id: int
    guild_id: int
    caused_by: int | None = None


class DmRateLimit:
    """Assigns the times at which direct messages may be opened: a token bucket of `BURST` tokens.

    Guilds take turns, and in each guild the people who caused the notifications. So somebody who
    causes hundreds delays another's by a few intervals only.

    Urgent notifications have a bucket of their own and need not wait until it is empty; each also
    delays those that are not urgent.
    """

    def __init__(self) -> None:
        self._next: datetime | None = None
        self._next_urgent: datetime | None = None
        self._queue = _Turns()
        self._ask_at: dict[Waiter, datetime] = {}
        self._granted: dict[int, datetime] = {}

    def reserve(self, waiter: Waiter, *, urgent: bool, now: datetime) -> datetime:
        """Return when the channel for a notification may be opened: `now`, or a later time.

        At a later time it has to ask again. It keeps its place, but others whose turn comes first
        may have arrived meanwhile.
        """
        if urgent and _next_opening(self._next_urgent, now) <= now:
            self._next_urgent = _next_opening(self._next_urgent, now) + INTERVAL
            self._next = _next_opening(self._next, now) + INTERVAL
            self._forget(waiter.user_id)
            return now
        if waiter.user_id not in self._granted:
            if waiter not in self._ask_at:
                self._queue.add(waiter)
            self._ask_at[waiter] = now
            self._grant(now)
        if self._granted.pop(waiter.user_id, None) is not None:
            return now
        ask_at = _next_opening(self._next, now) + self._queue.count_ahead(waiter) * INTERVAL
        self._ask_at[waiter] = ask_at
        return ask_at

    def pause(self, now: datetime) -> datetime:
        """Open nothing for `COOLDOWN`, since Discord has complained. Returns the end of the
        pause."""
        until = now + COOLDOWN
        self._next = self._next_urgent = until
        self._queue = _Turns()
        self._ask_at.clear()
        self._granted.clear()
        return until

    def _grant(self, now: datetime) -> None:
        """Give the available tokens to those whose turn it is."""
        for user_id, ask_at in list(self._granted.items()):
            if now > ask_at + PATIENCE:
                del self._granted[user_id]
        while self._queue and (opening := _next_opening(self._next, now)) <= now:
            waiter = self._queue.pop()
            ask_at = self._ask_at.pop(waiter)
            if now <= ask_at + PATIENCE:
                self._next = opening + INTERVAL
                self._forget(waiter.user_id)
                self._granted[waiter.user_id] = ask_at

    def _forget(self, user_id: int) -> None:
        """End all waiting for a person."""
        self._granted.pop(user_id, None)
        for waiter in self._queue.waiters_for(user_id):
            self._queue.discard(waiter)
            del self._ask_at[waiter]


class _Turns:
    """A queue in which guilds take turns, and causes within a guild."""

    def __init__(self) -> None:
        # Guilds, their causes, and who waits for each; the next to have its turn comes first.
        self._guilds: OrderedDict[int, OrderedDict[int | None, dict[int, Waiter]]] = OrderedDict()
        self._by_user: dict[int, set[Waiter]] = {}

    def __bool__(self) -> bool:
        return bool(self._guilds)

    def add(self, waiter: Waiter) -> None:
        """Add someone at the end of the queue of their cause."""
        causes = self._guilds.setdefault(waiter.guild_id, OrderedDict())
        causes.setdefault(waiter.caused_by, {})[waiter.user_id] = waiter
        self._by_user.setdefault(waiter.user_id, set()).add(waiter)

    def pop(self) -> Waiter:
        """Remove and return the next in turn. Someone must be waiting."""
        guild_id, causes = next(iter(self._guilds.items()))
        cause, waiters = next(iter(causes.items()))
        waiter = next(iter(waiters.values()))
        causes.move_to_end(cause)
        self._guilds.move_to_end(guild_id)
        self.discard(waiter)
        return waiter

    def waiters_for(self, user_id: int) -> list[Waiter]:
        """List the places in which a person waits."""
        return list(self._by_user.get(user_id, ()))

    def discard(self, waiter: Waiter) -> None:
        """Remove somebody who waits."""
        causes = self._guilds[waiter.guild_id]
        del causes[waiter.caused_by][waiter.user_id]
        if not causes[waiter.caused_by]:
            del causes[waiter.caused_by]
        if not causes:
            del self._guilds[waiter.guild_id]
        self._by_user[waiter.user_id].remove(waiter)
        if not self._by_user[waiter.user_id]:
            del self._by_user[waiter.user_id]

    def count_ahead(self, waiter: Waiter) -> int:
        """Return how many turns come before that of someone who waits."""
        causes = self._guilds[waiter.guild_id]
        ahead_of_cause = list(causes[waiter.caused_by]).index(waiter.user_id)
        ahead_in_guild = _turns_before(
            ahead_of_cause,
            list(causes).index(waiter.caused_by),
            [len(waiters) for waiters in causes.values()],
        )
        return _turns_before(
            ahead_in_guild,
            list(self._guilds).index(waiter.guild_id),
            [sum(map(len, each.values())) for each in self._guilds.values()],
        )


def _turns_before(rounds: int, position: int, lengths: list[int]) -> int:
    """Count the turns before the one in `position` has had `rounds` and is next, round robin."""
    return sum(min(length, rounds + (other < position)) for other, length in enumerate(lengths))


def _next_opening(after: datetime | None, now: datetime) -> datetime:
    """Return the next time of a bucket; up to `BURST` unused ones are kept."""
    earliest = now - (BURST - 1) * INTERVAL
    return earliest if after is None else max(after, earliest)
