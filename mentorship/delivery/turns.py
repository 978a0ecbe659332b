"""Whose notification is sent next: guilds take turns, and in each guild the causes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

MAX_REMEMBERED = 10_000
"""The number of guilds of which it is remembered whose turn it is."""

CLOCK = 0
"""The cause of what is due by the clock alone, such as reminders."""


class Candidate(NamedTuple):
    """A notification that is due. `cause` is the person whose act caused it, or `CLOCK`.

    `due_at` is only compared, and is as the database's driver returns it.
    """

    id: int
    guild_id: int
    cause: int
    due_at: Any


@dataclass(slots=True)
class Turns:
    """Whose turn was last, for notifications of one priority.

    A process keeps it from one claim to the next, in memory: it is a hint that may be lost. Without
    it, the notification that has waited longest is first.
    """

    last_guild: int | None = None
    last_causes: dict[int, int] = field(default_factory=dict)
    end: int | None = None
    """The guild after which the next claim continues if all of this claim are served."""

    def order(self, candidates: Iterable[Candidate]) -> list[Candidate]:
        """Return the candidates in turn.

        The n-th of a cause comes after the first n - 1 of the guild's other causes; likewise
        guilds. The notifications of one cause are in the order in which they were due.
        """
        guilds: dict[int, dict[int, list[Candidate]]] = {}
        for each in sorted(candidates, key=lambda each: (each.due_at, each.id)):
            guilds.setdefault(each.guild_id, {}).setdefault(each.cause, []).append(each)
        queues = []
        for guild_id in self.in_turn(guilds):
            causes = guilds[guild_id]
            in_turn = self.in_turn_of_guild(guild_id, causes)
            queues.append(_round_robin([causes[cause] for cause in in_turn]))
        return _round_robin(queues)

    def in_turn(self, guild_ids: Iterable[int]) -> list[int]:
        """Return guilds in the order of their turns; those after the last one come first."""
        return _after(self.last_guild, guild_ids)

    def in_turn_of_guild(self, guild_id: int, causes: Iterable[int]) -> list[int]:
        """Return a guild's causes in the order of their turns."""
        return _after(self.last_causes.get(guild_id), causes)

    def served(self, candidates: Iterable[Candidate], *, all_of_them: bool = True) -> None:
        """Remember whose turns these were, and whether nobody else was found."""
        seen: set[tuple[int, int | None]] = set()
        for each in candidates:
            if (each.guild_id, None) not in seen:
                self.last_guild = each.guild_id
            if (each.guild_id, each.cause) not in seen:
                self.last_causes[each.guild_id] = each.cause
            seen |= {(each.guild_id, None), (each.guild_id, each.cause)}
        if self.end is not None and all_of_them:
            self.last_guild = self.end
        if len(self.last_causes) > MAX_REMEMBERED:
            self.last_causes.clear()


def _after(last: int | None, ids: Iterable[int]) -> list[int]:
    """Return ids in a circle that begins after the last one; as they are if there is none."""
    if last is None:
        return list(ids)
    return sorted(ids, key=lambda each: (each <= last, each))


def _round_robin(queues: Sequence[Sequence[Candidate]]) -> list[Candidate]:
    """Take one from each queue in turn, until all are empty."""
    longest = max(map(len, queues), default=0)
    return [queue[turn] for turn in range(longest) for queue in queues if turn < len(queue)]
