"""Find the notifications to claim next, with bounded work however many are due or waiting.

Usually all that is due is among the `WINDOW` notifications that have been due longest. If there are
more, one guild or one cause may fill the whole window. So the others are looked up as well, by an
index in which one step leads from a guild or cause to the next one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import TextClause, bindparam, text

from mentorship.delivery.turns import Candidate, Turns
from storage import Transaction
from storage.types import UtcDateTime

WINDOW = 400
"""How many notifications that have been due longest are looked at."""

MAX_GUILD_STEPS = 1_000
"""How many guilds with waiting notifications are looked at in one claim, due or not. If there are
more, the next claim continues with the others."""

MAX_CAUSE_STEPS = 1_000
"""How many causes are looked at in one claim, in all guilds together, but `MIN_CAUSE_STEPS` in
each."""

MIN_CAUSE_STEPS = 10

MAX_CLAIMANTS = 4
"""The number of processes on one PostgreSQL that can claim a whole batch at the same moment. Each
considers that many batches and skips rows that another has locked."""

_FIRST, _LAST = -(2**63), 2**63 - 1
"""The range of ids."""

# Written as text, since they are recursive and must use exactly the conditions of their indexes.
_WAITS = "n.status = 'waiting' AND n.urgency = :urgency"
_CAUSE = "coalesce(n.caused_by, 0)"

_LONGEST_DUE = f"""
SELECT n.id, n.guild_id, {_CAUSE} AS cause, n.due_at
FROM notices AS n
WHERE {_WAITS} AND n.next_at <= :now
ORDER BY n.next_at
LIMIT :window
"""

_EARLIEST_OF_GUILD = f"""
SELECT n.next_at FROM notices AS n
WHERE {_WAITS} AND n.guild_id = step.guild_id ORDER BY n.next_at LIMIT 1
"""
_NEXT_GUILD = f"""
SELECT n.guild_id FROM notices AS n
WHERE {_WAITS} AND n.guild_id > {{after}} AND n.guild_id <= {{until}} ORDER BY n.guild_id LIMIT 1
"""

# Two walks: from the guild after the last turn to the end, and from the start to that guild.
_GUILDS = f"""
WITH RECURSIVE step(guild_id, until, steps, due) AS (
    SELECT ({_NEXT_GUILD.format(after=":after", until=":last")}), CAST(:last AS BIGINT), 1, 0
    UNION ALL
    SELECT ({_NEXT_GUILD.format(after=":first", until=":after")}), CAST(:after AS BIGINT), 1, 0
    UNION ALL
    SELECT
        ({_NEXT_GUILD.format(after="step.guild_id", until="step.until")}),
        step.until,
        step.steps + 1,
        step.due + CASE WHEN ({_EARLIEST_OF_GUILD}) <= :now THEN 1 ELSE 0 END
    FROM step
    WHERE step.guild_id IS NOT NULL AND step.steps < :max_steps AND step.due < :limit
)
SELECT
    step.guild_id,
    ({_EARLIEST_OF_GUILD}) <= :now AS is_due,
    ({_EARLIEST_OF_GUILD.replace("SELECT n.next_at", f"SELECT {_CAUSE}")}) AS cause
FROM step
WHERE step.guild_id IS NOT NULL
"""

_EARLIEST_OF_CAUSE = f"""
SELECT n.next_at FROM notices AS n
WHERE {_WAITS} AND n.guild_id = step.guild_id AND {_CAUSE} = step.cause ORDER BY n.next_at LIMIT 1
"""
_NEXT_CAUSE = f"""
SELECT {_CAUSE} FROM notices AS n
WHERE {_WAITS} AND n.guild_id = {{guild_id}} AND {_CAUSE} > {{after}} AND {_CAUSE} <= {{until}}
ORDER BY {_CAUSE} LIMIT 1
"""
_CAUSES = f"""
WITH RECURSIVE
walk(guild_id, start, until) AS ({{walks}}),
step(guild_id, cause, until, steps, due) AS (
    SELECT
        walk.guild_id,
        ({_NEXT_CAUSE.format(guild_id="walk.guild_id", after="walk.start", until="walk.until")}),
        walk.until,
        1,
        0
    FROM walk
    UNION ALL
    SELECT
        step.guild_id,
        ({_NEXT_CAUSE.format(guild_id="step.guild_id", after="step.cause", until="step.until")}),
        step.until,
        step.steps + 1,
        step.due + CASE WHEN ({_EARLIEST_OF_CAUSE}) <= :now THEN 1 ELSE 0 END
    FROM step
    WHERE step.cause IS NOT NULL AND step.steps < :max_steps AND step.due < :limit
)
SELECT step.guild_id, step.cause, ({_EARLIEST_OF_CAUSE}) <= :now AS is_due
FROM step
WHERE step.cause IS NOT NULL
"""

_FIRST_OF_CAUSE = f"""
SELECT n.id, n.guild_id, n.caused_by, n.due_at FROM notices AS n
WHERE {_WAITS} AND n.guild_id = pair.guild_id AND {_CAUSE} = pair.cause AND n.next_at <= :now
ORDER BY n.next_at LIMIT :limit
"""
_FIRST_OF_CAUSES = f"""
WITH pair(guild_id, cause) AS ({{pairs}})
SELECT n.id, n.guild_id, {_CAUSE} AS cause, n.due_at
FROM pair {{join}}
"""

_LOCK = """
SELECT n.id
FROM unnest(CAST(:ids AS bigint[])) WITH ORDINALITY AS candidate(id, position)
JOIN notices AS n ON n.id = candidate.id
WHERE n.status = 'waiting' AND n.next_at <= :now
ORDER BY candidate.position
LIMIT :limit
FOR UPDATE OF n SKIP LOCKED
"""


async def list_due(tx: Transaction, urgency: int, limit: int, turns: Turns) -> list[Candidate]:
    """Return up to `limit` notifications of a priority that are due, in turn.

    The caller says which of them had their turn (`Turns.served`). On PostgreSQL they are locked,
    and those that another process has locked are skipped.
    """
    considered = limit if tx.dialect == "sqlite" else limit * MAX_CLAIMANTS
    params = {"urgency": urgency, "now": tx.now}
    window = max(WINDOW, considered)
    candidates = await _list(tx, _LONGEST_DUE, params | {"window": window})
    turns.end = None
    if len(candidates) == window:
        candidates |= await _list_others(tx, params, considered, turns)
    in_turn = turns.order(candidates)[:considered]
    if tx.dialect != "sqlite" and in_turn:
        lock = {"ids": [each.id for each in in_turn], "now": tx.now, "limit": limit}
        locked = {row.id for row in await tx.connection.execute(_statement(_LOCK), lock)}
        in_turn = [each for each in in_turn if each.id in locked]
    return in_turn


async def _list_others(
    tx: Transaction, params: dict[str, Any], limit: int, turns: Turns
) -> set[Candidate]:
    """Return the first due notifications of up to `limit` guilds and causes whose turn is next."""
    turns.last_guild = _FIRST if turns.last_guild is None else turns.last_guild
    walk = {"after": turns.last_guild, "first": _FIRST, "last": _LAST}
    walk |= {"max_steps": MAX_GUILD_STEPS, "limit": limit}
    rows = (await tx.connection.execute(_statement(_GUILDS), params | walk)).all()
    visited = turns.in_turn([row.guild_id for row in rows])[:MAX_GUILD_STEPS]
    causes = {row.guild_id: row.cause for row in rows if row.is_due}
    guild_ids = [each for each in visited if each in causes][:limit]
    is_cut_off = len(rows) >= MAX_GUILD_STEPS and len(guild_ids) < limit
    turns.end = visited[-1] if is_cut_off else None
    if not guild_ids:
        return set()
    pairs = {(guild_id, causes[guild_id]) for guild_id in guild_ids}
    pairs |= await _list_causes(tx, params, guild_ids, limit, turns)
    first = {"values": json.dumps(sorted(pairs)), "limit": max(1, limit // len(pairs))}
    return await _list(tx, _first_of_causes(tx.dialect), params | first)


async def _list_causes(
    tx: Transaction, params: dict[str, Any], guild_ids: Sequence[int], limit: int, turns: Turns
) -> set[tuple[int, int]]:
    """Return pairs of a guild and a cause that has something due, those whose turn is next."""
    share = max(1, limit // len(guild_ids))
    max_steps = max(MIN_CAUSE_STEPS, MAX_CAUSE_STEPS // len(guild_ids))
    walks = []
    for guild_id in guild_ids:
        after = turns.last_causes.setdefault(guild_id, _FIRST)
        walks += [(guild_id, after, _LAST), (guild_id, _FIRST, after)]
    walk = {"values": json.dumps(walks), "max_steps": max_steps, "limit": share}
    steps: dict[int, dict[int, bool]] = {}
    for row in await tx.connection.execute(_causes(tx.dialect), params | walk):
        steps.setdefault(row.guild_id, {})[row.cause] = bool(row.is_due)
    pairs = set()
    for guild_id, is_due in steps.items():
        visited = turns.in_turn_of_guild(guild_id, is_due)[:max_steps]
        due = [cause for cause in visited if is_due[cause]][:share]
        pairs |= {(guild_id, cause) for cause in due}
        if not due:
            # The next claim continues after those that wait.
            turns.last_causes[guild_id] = visited[-1]
    return pairs


async def _list(
    tx: Transaction, statement: str | TextClause, params: dict[str, Any]
) -> set[Candidate]:
    rows = await tx.connection.execute(
        _statement(statement) if isinstance(statement, str) else statement, params
    )
    return {Candidate(*row) for row in rows}


@cache
def _statement(sql: str) -> TextClause:
    """Return a statement whose parameter `now`, if it has one, is an instant."""
    statement = text(sql)
    if ":now" in sql:
        statement = statement.bindparams(bindparam("now", type_=UtcDateTime))
    return statement


@cache
def _causes(dialect: str) -> TextClause:
    return _statement(_CAUSES.format(walks=_rows_of(dialect, 3)))


@cache
def _first_of_causes(dialect: str) -> TextClause:
    if dialect == "sqlite":
        # It has no LATERAL.
        ids = f"SELECT id FROM ({_FIRST_OF_CAUSE})"
        join = f"JOIN notices AS n ON n.id IN ({ids})"
    else:
        join = f"CROSS JOIN LATERAL ({_FIRST_OF_CAUSE}) AS n"
    return _statement(_FIRST_OF_CAUSES.format(pairs=_rows_of(dialect, 2), join=join))


def _rows_of(dialect: str, columns: int) -> str:
    """Return a query for the rows of the JSON in the parameter `values`, lists of integers."""
    if dialect == "sqlite":
        values = (f"json_extract(value, '$[{column}]')" for column in range(columns))
        return f"SELECT {', '.join(values)} FROM json_each(:values)"
    values = (f"CAST(value->>{column} AS BIGINT)" for column in range(columns))
    return f"SELECT {', '.join(values)} FROM json_array_elements(CAST(:values AS json))"
